"""What happens in the staged office: an ordinary fortnight, and what somebody wanted to hide.

Sealed offers were to be opened on a day and hour. Some days before, on the side of the clock change
where legal time is UTC+1, six things happen within an hour or so; the trainee puts them in order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np

from dalil.courses.disk.methods import papers
from dalil.courses.disk.methods.computer import Computer, draw_text, local
from dalil.courses.disk.methods.times import ZONE, clock_changes, instants
from dalil.forging import Person, Seed, Town, iso, officers, photographs, towns

TRICKS = ("backdated", "bidi", "extension", "wiped")
OPENED = ("yes", "no", "near", "skewed", "unseen")
ROLES = ("written", "copied", "deleted", "made", "plugged", "mail")
_YEARS = (2024, 2025, 2026)
_PICTURES, _PAPERS = "/DCIM/100DL_20", "/وثائق"


@dataclass(frozen=True)
class Plan:
    """What a case holds.

    ``forward``: the change put clocks forward (after Ramadan) rather than back. ``late``: the file
    whose true time is asked for was written after it. ``opened``: what the records say of an
    opening after the deadline: ``yes``; ``no``, it was deleted before; ``near``, within the clock's
    uncertainty; ``skewed``, after it by a clock that is fast and before it in truth; ``unseen``,
    last seen before. ``damaged``: pieces of the image that changed after the acquisition.
    """

    scheme: str
    linux_first: bool
    year: int
    forward: bool
    late: bool
    hidden: bool
    tricks: frozenset[str]
    opened: str
    damaged: int


def draw_plan(rng: np.random.Generator) -> Plan:
    """A plan as cases have them."""
    tricks = frozenset(trick for trick in TRICKS if rng.random() < 0.7)
    return Plan(
        scheme=draw_text(rng, ("mbr", "gpt")),
        linux_first=bool(rng.random() < 0.5),
        year=_YEARS[int(rng.integers(len(_YEARS)))],
        forward=bool(rng.random() < 0.5),
        late=bool(rng.random() < 0.5),
        hidden=bool(rng.random() < 0.6),
        tricks=tricks or frozenset({TRICKS[int(rng.integers(len(TRICKS)))]}),
        opened=str(rng.choice(OPENED, p=(0.3, 0.25, 0.15, 0.15, 0.15))),
        damaged=int(rng.choice((0, 1, 2), p=(0.4, 0.35, 0.25))),
    )


@dataclass
class Story:
    """What was told, and what is true: filled while the actions are queued and replayed.

    ``places`` are paths by role; ``moments`` true times in UTC; ``contents`` what was deleted.
    """

    plan: Plan
    computer: Computer
    deadline: datetime
    seized: datetime
    uncertainty: int
    places: dict[str, str] = field(default_factory=dict)
    moments: dict[str, datetime] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cast:
    clerk: Person
    bidder: Person
    town: Town
    login: str

    @property
    def home(self) -> str:
        return f"/home/{self.login}"


@dataclass(frozen=True)
class _Calendar:
    """Moments (UTC) by day from the Sunday of the clock change and legal time of day."""

    sunday: date

    def at(self, day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        wall = datetime.combine(self.sunday + timedelta(days=day), time(hour, minute, second))
        return instants(wall)[0]


def tell(seed: Seed, plan: Plan) -> Story:
    """Queue a fortnight on a computer; its volumes are complete after ``computer.run``."""
    rng = seed.rng("story")
    change = next(
        when for when, by in clock_changes(plan.year) if (by > timedelta(0)) == plan.forward
    )
    calendar = _Calendar(change.date())
    ahead = int(rng.integers(840, 1500))
    if plan.opened != "skewed" and rng.random() < 0.5:
        ahead = -ahead
    clerk, bidder = officers(seed.rng("people"), 2)
    (town,) = towns(seed.rng("town"), 1)
    cast = _Cast(clerk, bidder, town, _login(clerk))
    eve = 1 if plan.forward else -2  # the working day of the six events, in UTC+1
    due = 2 if plan.forward else 1
    deadline = calendar.at(due, 12)
    seized = calendar.at(due + 1, int(rng.integers(9, 12)), *(int(n) for n in rng.integers(60, size=2)))
    formatted = calendar.at(-40, 10, 12, 31)
    computer = Computer(seed.child("computer"), ahead, f"bureau-{rng.integers(2, 9)}", formatted)
    story = Story(plan, computer, deadline, seized, int(rng.integers(60, 150)))
    _old_life(seed.child("before"), story)
    _system(story, cast, calendar)
    _office(seed.child("office"), story, cast, calendar)
    _exchange(seed.child("exchange"), story, cast, calendar)
    _events(seed.child("events"), story, cast, calendar.at(eve, 15, 20))
    _written(seed.child("written"), story, calendar)
    _deadline(seed.child("deadline"), story, cast, calendar, due)
    return story


def _login(person: Person) -> str:
    plain = unicodedata.normalize("NFKD", person.french).encode("ascii", "ignore").decode()
    first, last = plain.lower().split(" ", 1)
    return f"{first[0]}.{last}"


def _old_life(seed: Seed, story: Story) -> None:
    """Residue of an earlier life in both volumes: a whole picture, a broken one, old papers."""
    rng = seed.rng("residue")
    linux, exchange = story.computer.linux.image, story.computer.exchange
    taken = datetime(2019, int(rng.integers(1, 13)), int(rng.integers(1, 28)), 17, 31, 8)
    whole = photographs.jpeg(photographs.scene(rng), taken, model="KX-3")
    broken = photographs.jpeg(photographs.scene(rng), taken + timedelta(days=3), model="KX-3")
    blocks = 4096 * rng.choice(np.arange(900, 1700, 40), size=9, replace=False)
    linux[int(blocks[0]) : int(blocks[0]) + len(whole)] = whole
    kept = len(broken) * 6 // 10
    linux[int(blocks[1]) : int(blocks[1]) + kept] = broken[:kept]
    tail = papers.old_text(rng, 3 * 4096)
    linux[int(blocks[1]) + kept : int(blocks[1]) + kept + len(tail)] = tail
    for block in blocks[2:]:
        linux[int(block) : int(block) + len(tail)] = tail
    start = exchange.data_start
    text = papers.old_text(rng, 600 * exchange.cluster_bytes)
    exchange.image[start : start + len(text)] = text
    story.contents["residue"] = whole


def _system(story: Story, cast: _Cast, calendar: _Calendar) -> None:
    """Folders and settings of the system, weeks before."""
    pc, made = story.computer, calendar.at(-40, 10, 20)
    for number, path in enumerate(("/etc", "/var", "/var/log", "/home", "/tmp")):
        pc.at(made + timedelta(seconds=number), lambda now, path=path: pc.linux.mkdir(path, now, owner=0))
    texts = {
        "/etc/hostname": f"{pc.host}\n",
        "/etc/timezone": "Africa/Casablanca\n",
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\n',
    }
    for number, (path, text) in enumerate(texts.items()):
        when = made + timedelta(seconds=40 + 7 * number)
        pc.at(when, lambda now, p=path, t=text: void(pc.linux.write(p, t.encode(), now, owner=0)))
    folders = ("", "/Documents", "/Images", "/Mail", "/.cache", "/.cache/thumbnails",
               "/.cache/thumbnails/normal", "/.local", "/.local/share")  # fmt: skip
    for number, folder in enumerate(folders):
        when = made + timedelta(minutes=4, seconds=number)
        pc.at(when, lambda now, f=folder: pc.linux.mkdir(cast.home + f, now))


def _office(seed: Seed, story: Story, cast: _Cast, calendar: _Calendar) -> None:
    """The ordinary days on the Linux partition; the offers come in, a photograph too."""
    rng, pc = seed.rng("office"), story.computer
    home = cast.home
    # Files of the cache take the low inode numbers; freed later, these are given out again.
    caches = [f"/tmp/session-{rng.integers(1000, 9999)}-{n}" for n in range(8)]
    for number, path in enumerate(caches):
        when = calendar.at(-12, 8, 40, 5 * number)
        pc.at(when, lambda now, p=path: void(pc.linux.write(p, b"state\n", now)))
    drafts = f"{home}/Images/IMG_{rng.integers(100, 199):04d}.JPG"
    old = photographs.jpeg(photographs.scene(rng), local(calendar.at(-30, 16, 2)))
    pc.at(calendar.at(-12, 9, 3), lambda now: void(pc.linux.write(drafts, old, now)))
    for number in range(int(rng.integers(3, 6))):
        day, kept = int(rng.integers(-11, -5)), int(rng.integers(-300, -50))
        _copied(story, cast, f"عقد_{2019 + number}.docx", calendar.at(day, 9, 20 + number), kept, rng)
    pc.at(calendar.at(-5, 11, 41), lambda now: pc.linux.delete(drafts, now))
    pc.at(calendar.at(-5, 11, 50), lambda now: pc.linux.rewind())
    text = papers.old_text(rng, 3000)
    pc.at(calendar.at(-5, 14, 8), lambda now: void(pc.linux.write(f"{home}/Documents/notes.txt", text, now)))
    name = draw_text(rng, ("العروض_المختومة.docx", "الأظرفة_المالية.docx", "عروض_المتنافسين.docx"))
    sealed = story.places["sealed"] = f"{home}/Documents/{name}"
    arrived = calendar.at(-4, 10, int(rng.integers(60)), int(rng.integers(60)))
    offer = papers.document([f"{cast.town.arabic}: {n}" for n in range(9)], arrived + pc.ahead)
    story.contents["sealed"] = offer
    pc.at(arrived, lambda now: void(pc.linux.write(sealed, offer, now)))
    _photographed(seed.child("photograph"), story, cast, calendar.at(-4, 10, 59))
    history = "ls Documents\nmount /dev/sda2 /mnt/echange\ndf -h\nsudo apt update\n".encode()
    pc.at(calendar.at(-4, 16, 2), lambda now: void(pc.linux.write(f"{home}/.bash_history", history, now)))
    for path in caches:
        pc.at(calendar.at(-3, 17, 10), lambda now, p=path: pc.linux.delete(p, now))


def _copied(
    story: Story, cast: _Cast, name: str, when: datetime, kept: int, rng: np.random.Generator
) -> None:
    """A document copied with its date, *kept* days before: older than its own birth, and honest."""
    wrote = (when + timedelta(days=kept, minutes=int(rng.integers(200)))).replace(second=2 * int(rng.integers(30)))
    data = papers.document([cast.clerk.arabic, cast.town.french], wrote - timedelta(minutes=3))
    path, pc = f"{cast.home}/Documents/{name}", story.computer

    def act(now: datetime) -> None:
        pc.linux.write(path, data, now)
        pc.linux.set_times(path, now, modified=wrote)

    pc.at(when, act)


def _photographed(seed: Seed, story: Story, cast: _Cast, when: datetime) -> None:
    """The photograph that will be deleted, and its thumbnail, which will not."""
    rng, pc = seed.rng("photograph"), story.computer
    path = story.places["photograph"] = f"{cast.home}/Images/IMG_{rng.integers(400, 499):04d}.JPG"
    pixels = photographs.scene(rng)
    picture = photographs.jpeg(pixels, local(when - timedelta(minutes=17)))
    story.contents["photograph"] = picture
    uri = f"file://{path}"
    small = papers.thumbnail(pixels, uri)
    thumb = f"{cast.home}/.cache/thumbnails/normal/{papers.thumbnail_name(uri)}"
    pc.at(when, lambda now: void(pc.linux.write(path, picture, now)))
    pc.at(when + timedelta(seconds=41), lambda now: void(pc.linux.write(thumb, small, now)))


def _exchange(seed: Seed, story: Story, cast: _Cast, calendar: _Calendar) -> None:
    """The FAT partition: photographs, papers, and what is deceptive about some of them."""
    rng, pc, fat = seed.rng("exchange"), story.computer, story.computer.exchange
    plan, taken = story.plan, calendar.at(-9, 11)
    for number, folder in enumerate(("/DCIM", _PICTURES, _PAPERS)):
        when = calendar.at(-13, 9, 30, 2 * number)
        pc.at(when, lambda now, f=folder: fat.mkdir(f, local(now)))
    first = papers.old_text(rng, int(rng.integers(2500, 5000)))
    pc.at(calendar.at(-12, 15, 4), lambda now: fat.write(f"{_PAPERS}/liste_ancienne.txt", first, local(now)))
    pc.at(calendar.at(-8, 16, 20), lambda now: fat.delete(f"{_PAPERS}/liste_ancienne.txt"))
    pc.at(calendar.at(-8, 16, 30), lambda now: fat.rewind())
    for number in range(3):
        shot = taken + timedelta(minutes=13 * number + int(rng.integers(10)), seconds=int(rng.integers(60)))
        data = photographs.jpeg(photographs.scene(rng), local(shot))
        path = f"{_PICTURES}/IMG_{380 + number:04d}.JPG"
        when = calendar.at(-7, 9, 11 + number)
        pc.at(when, lambda now, p=path, d=data, s=shot: fat.write(p, d, local(now), local(s)))
    for role, name, rows in (
        ("moment", draw_text(rng, ("جدول_الاجتماعات.csv", "محضر_الجلسة.csv")), 40),
        ("recover", draw_text(rng, ("لائحة_العارضين.csv", "مبالغ_العروض.csv")), 90),
        ("draft", draw_text(rng, ("مسودة_الأثمنة.csv", "حساب_مؤقت.csv")), 60),
        ("plain", "تقرير‏ 2.csv", 25),  # a right-to-left mark, as Arabic names hold them
    ):
        story.places[role] = f"{_PAPERS}/{name}"
        data, path = papers.offers(rng, rows + int(rng.integers(20))), story.places[role]
        story.contents[role] = data
        when = calendar.at(-6, 10, int(rng.integers(60)), int(rng.integers(60)))
        pc.at(when, lambda now, p=path, d=data: fat.write(p, d, local(now)))
    archive = papers.document(["lot 3", "lot 7"], calendar.at(-5, 9))
    name = "facture_\u202efdp.zip" if "bidi" in plan.tricks else "facture_2.zip"
    story.places["bidi"] = f"{_PAPERS}/{name}"
    pc.at(calendar.at(-5, 9, 47, 12), lambda now: fat.write(story.places["bidi"], archive, local(now)))
    end = calendar.at(1, 8, 50) if plan.forward else calendar.at(-2, 9, 5)
    draft, filler = story.places["draft"], bytes([int(rng.choice((0x00, 0xFF, 0x55)))])
    if "wiped" in plan.tricks:
        size = len(story.contents["draft"])
        pc.at(end, lambda now: fat.rewrite(draft, filler * size, local(now)))
    pc.at(end + timedelta(seconds=31), lambda now: fat.delete(draft))


def _events(seed: Seed, story: Story, cast: _Cast, start: datetime) -> None:
    """Six events in an order that neither local times nor a wrong clock give right."""
    rng, pc = seed.rng("events"), story.computer
    order = _order(rng, pc.ahead > timedelta(0))
    when = start + timedelta(minutes=int(rng.integers(40)), seconds=int(rng.integers(60)))
    for role in order:
        story.moments[role] = when
        when += timedelta(seconds=int(rng.integers(390, 780)))
    at, fat, linux = story.moments, pc.exchange, pc.linux
    recover = story.places["recover"]
    data = papers.offers(rng, story.contents["recover"].count(b"\n") - 1)
    story.contents["recover"] = data
    pc.at(at["written"], lambda now: fat.rewrite(recover, data, local(now)))
    hidden = "extension" in story.plan.tricks
    copy = story.places["copy"] = f"{_PICTURES}/IMG_0383.JPG" if hidden else f"{_PAPERS}/نسخة.docx"
    pc.at(at["copied"], lambda now: fat.write(copy, story.contents["sealed"], local(now)))
    pc.at(at["deleted"], lambda now: linux.delete(story.places["photograph"], now))
    _memo(story, cast, at["made"], start)
    kernel = "kernel: usb 1-2: new high-speed USB device number {n} using xhci_hcd"
    pc.log(at["plugged"], kernel.format(n=int(rng.integers(4, 20))))
    pc.log(at["plugged"] + timedelta(seconds=1), "kernel: sd 6:0:0:0: [sdc] Attached SCSI removable disk")
    abroad, east = timezone(timedelta(hours=-5)), timezone(timedelta(hours=3))
    sent = (at["mail"] - timedelta(seconds=int(rng.integers(4, 20)))).astimezone(east)
    mail = papers.letter(
        "soumission@poste.example", f"{cast.login}@marches.example", sent,
        at["mail"].astimezone(abroad), "Bien reçu. On se parle avant l'ouverture des plis.",
    )  # fmt: skip
    inbox = story.places["mail"] = f"{cast.home}/Mail/lots.eml"
    pc.at(when + timedelta(minutes=9), lambda now: void(linux.write(inbox, mail, now)))
    pc.at(when + timedelta(minutes=26), lambda now: fat.delete(recover))


def _order(rng: np.random.Generator, fast: bool) -> list[str]:
    """Roles in an order that goes wrong when zone or clock are left out of account.

    Read as UTC, FAT's times lie an hour late: something of another kind must follow within 52
    minutes, four steps. The mail alone has a true time: something must happen before it when the
    clock is fast, after it when it is slow.
    """
    while True:
        order = [str(role) for role in rng.permutation(ROLES)]
        mail = order.index("mail")
        fat, other = ({order.index(role) for role in roles} for roles in (ROLES[:2], ROLES[2:5]))
        late = any(0 < after - before <= 4 for before in fat for after in other)
        if late and (mail >= 1 if fast else mail <= 4):
            return order


def _memo(story: Story, cast: _Cast, when: datetime, start: datetime) -> None:
    """A memo; set back by a week and more if the plan says so, but not inside."""
    pc = story.computer
    path = story.places["memo"] = f"{cast.home}/Documents/مذكرة_الحضور.docx"
    data = papers.document([cast.clerk.arabic, cast.town.arabic], when + pc.ahead)
    back = (start - timedelta(days=9)).replace(hour=9, minute=30, second=0)
    pc.at(when, lambda now: void(pc.linux.write(path, data, now)))
    if "backdated" in story.plan.tricks:
        later = when + timedelta(minutes=3)
        pc.at(later, lambda now: pc.linux.set_times(path, now, modified=back))


def _written(seed: Seed, story: Story, calendar: _Calendar) -> None:
    """The last writing of a table before or after the clock change, in office hours."""
    rng, pc = seed.rng("written"), story.computer
    day = 1 if story.plan.late else -3
    when = calendar.at(day, int(rng.integers(9, 12)), int(rng.integers(60)), int(rng.integers(60)))
    path = story.places["moment"]
    data = papers.offers(rng, story.contents["moment"].count(b"\n") - 1)
    story.moments["moment"] = when
    pc.at(when, lambda now: pc.exchange.rewrite(path, data, local(now)))


def _deadline(seed: Seed, story: Story, cast: _Cast, calendar: _Calendar, due: int) -> None:
    """The day of the deadline: visits, perhaps a deletion, and the backup that reads everything."""
    rng, pc, plan = seed.rng("deadline"), story.computer, story.plan
    seconds = {
        "yes": lambda: int(rng.integers(700, 3000)),
        "no": lambda: -int(rng.integers(7200, 9000)),
        "near": lambda: int(rng.choice((-1, 1)) * rng.uniform(0.2, 0.7) * story.uncertainty),
        "skewed": lambda: -int(rng.integers(
            story.uncertainty + 100, int(pc.ahead.total_seconds()) - 120
        )),
        "unseen": lambda: -int(rng.integers(7200, 10_800)),
    }  # fmt: skip
    visited = story.deadline + timedelta(seconds=seconds[plan.opened]())
    story.moments["visited"] = visited
    sealed = story.places["sealed"]
    if plan.opened == "no":
        gone = story.moments["gone"] = story.deadline - timedelta(seconds=int(rng.integers(2400, 5400)))
        pc.at(gone, lambda now: pc.linux.delete(sealed, now))

    def keep(now: datetime) -> None:
        # the microseconds of the file's own time are not those of the visit
        opened = visited + pc.ahead + timedelta(microseconds=int(rng.integers(10**5, 10**6)))
        added = story.deadline - timedelta(days=4, seconds=777) + pc.ahead
        visits = {
            f"{cast.home}/Documents/notes.txt": (added, opened - timedelta(days=1, seconds=4321)),
            sealed: (added, opened),
            story.places["memo"]: (added, opened - timedelta(seconds=1234)),
        }
        pc.linux.write(f"{cast.home}/.local/share/recently-used.xbel", papers.recent(visits), now)

    pc.at(visited + timedelta(seconds=1), keep)
    for day in range(-4, due + 1):
        if (calendar.sunday + timedelta(days=day)).weekday() < 5:
            _routine(rng, story, cast, calendar, day)


def _routine(
    rng: np.random.Generator, story: Story, cast: _Cast, calendar: _Calendar, day: int
) -> None:
    """What each working day has: a start, a clock that is not set, a backup that reads all files."""
    pc = story.computer
    on = calendar.at(day, 8, int(rng.integers(10, 40)), int(rng.integers(60)))
    pc.log(on, "systemd[1]: Starting Flush Journal to Persistent Storage...")
    pc.log(on + timedelta(seconds=19), "systemd-timesyncd[411]: Timed out waiting for reply from 0.debian.pool.example.")
    pc.log(on + timedelta(seconds=64), f"systemd-logind[480]: New session {abs(day) + 2} of user {cast.login}.")
    backup = calendar.at(day, 14, 0, 3)
    pc.log(backup, "CRON[2231]: (root) CMD (/usr/local/sbin/sauvegarde /home)")
    pc.log(backup + timedelta(seconds=50), "sauvegarde: all files under /home read and copied")

    def read(now: datetime) -> None:
        for number, path in enumerate(pc.linux.files_under("/home")):
            pc.linux.read_at(path, now + timedelta(milliseconds=120 * number))

    pc.at(backup + timedelta(seconds=2), read)


def void(_result: object) -> None:
    """Let an action be an expression."""


def request_rows(story: Story, digest: str, case: str) -> list[tuple[str, str]]:
    """The request as (field, value)."""
    shown = story.seized + story.computer.ahead
    local_shown = local(shown)
    return [
        ("case", case),
        ("legal_zone", "Africa/Casablanca"),
        ("deadline", f"{local(story.deadline)}"),
        ("sealed_file", f"linux:{story.places['sealed']}"),
        ("recover", f"exchange:{story.places['recover']}"),
        ("moment_file", f"exchange:{story.places['moment']}"),
        ("clock_shown", f"{local_shown}"),
        ("clock_true", iso(story.seized)),
        ("clock_uncertainty_s", str(story.uncertainty)),
        ("image_sha1_at_seizure", digest),
    ]


def event_rows(rng: np.random.Generator, story: Story) -> tuple[list[tuple[str, ...]], list[str]]:
    """The six events as (event, what, place, stamp), lettered by chance; and their true order."""
    where: Mapping[str, tuple[str, str, str]] = {
        "written": ("last written", f"exchange:{story.places['recover']}", "modified"),
        "copied": ("came into being", f"exchange:{story.places['copy']}", "created"),
        "deleted": ("deleted", f"linux:{story.places['photograph']}", "removed"),
        "made": ("came into being", f"linux:{story.places['memo']}", "created"),
        "plugged": ("a USB device plugged in", "linux:/var/log/syslog", "new high-speed USB device"),
        "mail": ("taken over by mx.marches.example", f"linux:{story.places['mail']}", "Received"),
    }
    letters = dict(zip((str(role) for role in rng.permutation(ROLES)), "ABCDEF", strict=True))
    rows = sorted((letters[role], *where[role]) for role in ROLES)
    order = sorted(ROLES, key=lambda role: story.moments[role])
    return rows, [letters[role] for role in order]


def utc_text(when: datetime) -> str:
    """A true time for the record, to the second."""
    return iso(when.astimezone(UTC).replace(microsecond=0))
