"""The staged Linux partition: an earlier life, the system, ordinary days, a backup."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from dalil.courses.disk.methods import papers
from dalil.courses.disk.methods.computer import draw_text, local, void
from dalil.courses.disk.methods.plan import Calendar, Cast, Story
from dalil.forging import Seed, photographs


def old_life(seed: Seed, story: Story) -> None:
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


def system(story: Story, cast: Cast, calendar: Calendar) -> None:
    """Folders and settings of the system, weeks before."""
    pc, made = story.computer, calendar.at(-40, 10, 20)
    for number, path in enumerate(("/etc", "/var", "/var/log", "/home", "/tmp")):
        when = made + timedelta(seconds=number)
        pc.at(when, lambda now, p=path: pc.linux.mkdir(p, now, owner=0))
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


def office(seed: Seed, story: Story, cast: Cast, calendar: Calendar) -> None:
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
        when = calendar.at(day, 9, 20 + number)
        wrote = when + timedelta(days=kept, minutes=int(rng.integers(200)))
        wrote = wrote.replace(second=2 * int(rng.integers(30)))
        _copied(story, cast, f"عقد_{2019 + number}.docx", when, wrote)
    pc.at(calendar.at(-5, 11, 41), lambda now: pc.linux.delete(drafts, now))
    pc.at(calendar.at(-5, 11, 50), lambda now: pc.linux.rewind())
    text, notes = papers.old_text(rng, 3000), f"{home}/Documents/notes.txt"
    pc.at(calendar.at(-5, 14, 8), lambda now: void(pc.linux.write(notes, text, now)))
    names = ("العروض_المختومة.docx", "الأظرفة_المالية.docx", "عروض_المتنافسين.docx")
    name = draw_text(rng, names)
    sealed = story.places["sealed"] = f"{home}/Documents/{name}"
    arrived = calendar.at(-4, 10, int(rng.integers(60)), int(rng.integers(60)))
    scan = photographs.jpeg(photographs.scene(rng))
    lines = [f"{cast.town.arabic}: {n}" for n in range(9)]
    offer = papers.document(lines, arrived + pc.ahead, scan)
    story.contents["sealed"] = offer
    pc.at(arrived, lambda now: void(pc.linux.write(sealed, offer, now)))
    _photographed(seed.child("photograph"), story, cast, calendar.at(-4, 10, 59))
    history = b"ls Documents\nmount /dev/sda2 /mnt/echange\ndf -h\nsudo apt update\n"
    shell = f"{home}/.bash_history"
    pc.at(calendar.at(-4, 16, 2), lambda now: void(pc.linux.write(shell, history, now)))
    for path in caches:
        pc.at(calendar.at(-3, 17, 10), lambda now, p=path: pc.linux.delete(p, now))


def _copied(story: Story, cast: Cast, name: str, when: datetime, wrote: datetime) -> None:
    """A document copied at *when* with its date *wrote*: older than its own birth, and honest."""
    data = papers.document([cast.clerk.arabic, cast.town.french], wrote - timedelta(minutes=3))
    path, pc = f"{cast.home}/Documents/{name}", story.computer

    def act(now: datetime) -> None:
        pc.linux.write(path, data, now)
        pc.linux.set_times(path, now, modified=wrote)

    pc.at(when, act)


def _photographed(seed: Seed, story: Story, cast: Cast, when: datetime) -> None:
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


def routine(
    rng: np.random.Generator, story: Story, cast: Cast, calendar: Calendar, day: int
) -> None:
    """What each working day has: a start, a clock not set, a backup that reads all files."""
    pc = story.computer
    on = calendar.at(day, 8, int(rng.integers(10, 40)), int(rng.integers(60)))
    pc.log(on, "systemd[1]: Starting Flush Journal to Persistent Storage...")
    silent = "systemd-timesyncd[411]: Timed out waiting for reply from 0.debian.pool.example."
    pc.log(on + timedelta(seconds=19), silent)
    session = f"systemd-logind[480]: New session {day + 6} of user {cast.login}."
    pc.log(on + timedelta(seconds=64), session)
    backup = calendar.at(day, 14, 0, 3)
    pc.log(backup, "CRON[2231]: (root) CMD (/usr/local/sbin/sauvegarde /home)")
    pc.log(backup + timedelta(seconds=50), "sauvegarde: all files under /home read and copied")

    def read(now: datetime) -> None:
        for number, path in enumerate(pc.linux.files_under("/home")):
            pc.linux.read_at(path, now + timedelta(milliseconds=120 * number))

    pc.at(backup + timedelta(seconds=2), read)
