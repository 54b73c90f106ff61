"""The staged exchange partition: photographs, papers, and what is deceptive about some of them."""

from __future__ import annotations

from datetime import timedelta

from dalil.courses.disk.methods import papers
from dalil.courses.disk.methods.computer import draw_text, local
from dalil.courses.disk.methods.plan import Calendar, Cast, Story
from dalil.forging import Seed, photographs

PICTURES, PAPERS = "/DCIM/100DL_20", "/وثائق"


def exchange(seed: Seed, story: Story, cast: Cast, calendar: Calendar) -> None:
    """The FAT partition: photographs, papers, and what is deceptive about some of them."""
    rng, pc, fat = seed.rng("exchange"), story.computer, story.computer.exchange
    plan, taken = story.plan, calendar.at(-9, 11)
    for number, folder in enumerate(("/DCIM", PICTURES, PAPERS)):
        when = calendar.at(-13, 9, 30, 2 * number)
        pc.at(when, lambda now, f=folder: fat.mkdir(f, local(now)))
    first = papers.old_text(rng, int(rng.integers(2500, 5000)))
    old = f"{PAPERS}/liste_ancienne.txt"
    pc.at(calendar.at(-12, 15, 4), lambda now: fat.write(old, first, local(now)))
    pc.at(calendar.at(-8, 16, 20), lambda now: fat.delete(old))
    pc.at(calendar.at(-8, 16, 30), lambda now: fat.rewind())
    for number in range(3):
        later, seconds = 13 * number + int(rng.integers(10)), int(rng.integers(60))
        shot = taken + timedelta(minutes=later, seconds=seconds)
        data = photographs.jpeg(photographs.scene(rng), local(shot))
        path = f"{PICTURES}/IMG_{380 + number:04d}.JPG"
        when = calendar.at(-7, 9, 11 + number)
        pc.at(when, lambda now, p=path, d=data, s=shot: fat.write(p, d, local(now), local(s)))
    for role, name, rows in (
        ("moment", draw_text(rng, ("جدول_الاجتماعات.csv", "محضر_الجلسة.csv")), 40),
        ("recover", draw_text(rng, ("لائحة_العارضين.csv", "مبالغ_العروض.csv")), 90),
        ("draft", draw_text(rng, ("مسودة_الأثمنة.csv", "حساب_مؤقت.csv")), 60),
        ("plain", "تقرير\u200f 2.csv", 25),  # a right-to-left mark, as Arabic names hold them
    ):
        story.places[role] = f"{PAPERS}/{name}"
        data, path = papers.offers(rng, rows + int(rng.integers(20))), story.places[role]
        story.contents[role] = data
        when = calendar.at(-6, 10, int(rng.integers(60)), int(rng.integers(60)))
        pc.at(when, lambda now, p=path, d=data: fat.write(p, d, local(now)))
    archive = papers.document(["lot 3", "lot 7"], calendar.at(-5, 9))
    name = "facture_\u202efdp.zip" if "bidi" in plan.tricks else "facture_2.zip"
    path = story.places["bidi"] = f"{PAPERS}/{name}"
    pc.at(calendar.at(-5, 9, 47, 12), lambda now, p=path: fat.write(p, archive, local(now)))
    end = calendar.at(1, 8, 50) if plan.forward else calendar.at(-2, 9, 5)
    draft, filler = story.places["draft"], bytes([int(rng.choice((0x00, 0xFF, 0x55)))])
    # Either way one file is of one byte: the draft, wiped and deleted, or a buffer in use.
    size = len(story.contents["draft"])
    buffer, path = filler * size, f"{PAPERS}/tampon.dat"
    if "wiped" in plan.tricks:
        buffer = story.contents["draft"]
        pc.at(end, lambda now: fat.rewrite(draft, filler * size, local(now)))
    pc.at(end + timedelta(seconds=31), lambda now: fat.delete(draft))
    pc.at(end + timedelta(seconds=77), lambda now, p=path: fat.write(p, buffer, local(now)))


def written(seed: Seed, story: Story, calendar: Calendar) -> None:
    """The last writing of a table before or after the clock change, in office hours."""
    rng, pc = seed.rng("written"), story.computer
    day = 1 if story.plan.late else -3
    when = calendar.at(day, int(rng.integers(9, 12)), int(rng.integers(60)), int(rng.integers(60)))
    path = story.places["moment"]
    data = papers.offers(rng, story.contents["moment"].count(b"\n") - 1)
    story.moments["moment"] = when
    pc.at(when, lambda now: pc.exchange.rewrite(path, data, local(now)))
