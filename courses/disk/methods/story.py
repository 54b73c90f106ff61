"""What happens in the staged office: an ordinary fortnight, and what somebody wanted to hide.

Sealed offers were to be opened on a day and hour. Some days before, on the side of the clock change
where legal time is UTC+1, six things happen within an hour or so; the trainee puts them in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from dalil.courses.disk.methods import papers
from dalil.courses.disk.methods.computer import LOG, Computer, local, void
from dalil.courses.disk.methods.exchange import PICTURES, exchange, written
from dalil.courses.disk.methods.office import office, old_life, routine, system
from dalil.courses.disk.methods.plan import Calendar, Cast, Plan, Story, login_of
from dalil.courses.disk.methods.times import clock_changes
from dalil.forging import Seed, iso, officers, photographs, towns

ROLES = ("written", "copied", "deleted", "made", "plugged", "mail")


def tell(seed: Seed, plan: Plan) -> Story:
    """Queue a fortnight on a computer; its volumes are complete after ``computer.run``."""
    rng = seed.rng("story")
    change = next(
        when for when, by in clock_changes(plan.year) if (by > timedelta(0)) == plan.forward
    )
    calendar = Calendar(change.date())
    ahead = int(rng.integers(840, 1500))
    if plan.opened != "skewed" and rng.random() < 0.5:
        ahead = -ahead
    clerk, bidder = officers(seed.rng("people"), 2)
    (town,) = towns(seed.rng("town"), 1)
    cast = Cast(clerk, bidder, town, login_of(clerk))
    eve = 1 if plan.forward else -2  # the working day of the six events, in UTC+1
    due = 2 if plan.forward else 1
    deadline = calendar.at(due, 12)
    minute, second = (int(n) for n in rng.integers(60, size=2))
    seized = calendar.at(due + 1, int(rng.integers(9, 12)), minute, second)
    formatted = calendar.at(-40, 10, 12, 31)
    computer = Computer(seed.child("computer"), ahead, f"bureau-{rng.integers(2, 9)}", formatted)
    story = Story(plan, computer, deadline, seized, int(rng.integers(60, 150)))
    old_life(seed.child("before"), story)
    system(story, cast, calendar)
    office(seed.child("office"), story, cast, calendar)
    exchange(seed.child("exchange"), story, cast, calendar)
    _events(seed.child("events"), story, cast, calendar.at(eve, 15, 20))
    written(seed.child("written"), story, calendar)
    _deadline(seed.child("deadline"), story, cast, calendar, due)
    return story


def _events(seed: Seed, story: Story, cast: Cast, start: datetime) -> None:
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
    # The same name in every case: a photograph, or the offers under the name of one.
    copy = story.places["copy"] = f"{PICTURES}/IMG_0383.JPG"
    content = photographs.jpeg(photographs.scene(rng), local(at["copied"] - timedelta(minutes=7)))
    if "extension" in story.plan.tricks:
        content = story.contents["sealed"]
    pc.at(at["copied"], lambda now: fat.write(copy, content, local(now)))
    pc.at(at["deleted"], lambda now: linux.delete(story.places["photograph"], now))
    _memo(story, cast, at["made"], start)
    kernel = "kernel: usb 1-2: new high-speed USB device number {n} using xhci_hcd"
    pc.log(at["plugged"], kernel.format(n=int(rng.integers(4, 20))))
    attached = "kernel: sd 6:0:0:0: [sdc] Attached SCSI removable disk"
    pc.log(at["plugged"] + timedelta(seconds=1), attached)
    abroad, east = timezone(timedelta(hours=-5)), timezone(timedelta(hours=3))
    sent = (at["mail"] - timedelta(seconds=int(rng.integers(4, 20)))).astimezone(east)
    mail = papers.letter(
        "soumission@poste.example", f"{cast.login}@marches.example", sent,
        at["mail"].astimezone(abroad),
        f"Bien reçu. On se parle avant l'ouverture des plis.\r\n{cast.bidder.french}",
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


def _memo(story: Story, cast: Cast, when: datetime, start: datetime) -> None:
    """A memo; set back by a week and more if the plan says so, but not inside."""
    pc = story.computer
    path = story.places["memo"] = f"{cast.home}/Documents/مذكرة_الحضور.docx"
    data = papers.document([cast.clerk.arabic, cast.town.arabic], when + pc.ahead)
    back = (start - timedelta(days=9)).replace(hour=9, minute=30, second=0)
    pc.at(when, lambda now: void(pc.linux.write(path, data, now)))
    if "backdated" in story.plan.tricks:
        later = when + timedelta(minutes=3)
        pc.at(later, lambda now: pc.linux.set_times(path, now, modified=back))


def _deadline(seed: Seed, story: Story, cast: Cast, calendar: Calendar, due: int) -> None:
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
        before = timedelta(seconds=int(rng.integers(2400, 5400)))
        gone = story.moments["gone"] = story.deadline - before
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
            routine(rng, story, cast, calendar, day)


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


def event_rows(
    rng: np.random.Generator, story: Story
) -> tuple[list[tuple[str, ...]], list[str], str]:
    """The six events as (event, what, place, stamp), lettered by chance.

    With their letters in true order, and the letter of the mail.
    """
    where: Mapping[str, tuple[str, str, str]] = {
        "written": ("last written", f"exchange:{story.places['recover']}", "modified"),
        "copied": ("came into being", f"exchange:{story.places['copy']}", "created"),
        "deleted": ("deleted", f"linux:{story.places['photograph']}", "removed"),
        "made": ("came into being", f"linux:{story.places['memo']}", "created"),
        "plugged": ("a USB device plugged in", f"linux:{LOG}", "new high-speed USB device"),
        "mail": ("taken over by mx.marches.example", f"linux:{story.places['mail']}", "Received"),
    }
    letters = dict(zip((str(role) for role in rng.permutation(ROLES)), "ABCDEF", strict=True))
    rows: list[tuple[str, ...]] = sorted((letters[role], *where[role]) for role in ROLES)
    order = sorted(ROLES, key=lambda role: story.moments[role])
    return rows, [letters[role] for role in order], letters["mail"]


def utc_text(when: datetime) -> str:
    """A true time for the record, to the second."""
    return iso(when.astimezone(UTC).replace(microsecond=0))
