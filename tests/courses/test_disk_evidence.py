"""The forged disks: within their bands, and with every kind of case among them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from dalil.courses.disk import methods
from dalil.courses.disk.methods.story import ROLES, tell
from dalil.forging import practice

MANY = 400


@pytest.fixture(scope="module")
def plans() -> list[methods.Plan]:
    return [methods.draw_plan(practice(f"plan {n}").rng("plan")) for n in range(MANY)]


def test_every_kind_of_case_is_drawn(plans: list[methods.Plan]) -> None:
    opened = Counter(plan.opened for plan in plans)
    assert set(opened) == set(methods.OPENED)
    assert min(opened.values()) > MANY // 15
    undetermined = sum(opened[kind] for kind in ("near", "skewed", "unseen"))
    assert 0.3 < undetermined / MANY < 0.6
    assert all(plan.tricks for plan in plans)
    for trick in methods.TRICKS:
        assert 0.6 < sum(trick in plan.tricks for plan in plans) / MANY < 0.85
    for name in ("scheme", "linux_first", "year", "forward", "late", "hidden", "damaged"):
        shares = Counter(getattr(plan, name) for plan in plans)
        assert min(shares.values()) > MANY / 6, name


@pytest.mark.parametrize("number", range(40))
def test_a_story_holds_what_its_questions_need(number: int) -> None:
    seed = practice(f"story {number}")
    plan = methods.draw_plan(seed.rng("plan"))
    story = tell(seed, plan)
    ahead = story.computer.ahead.total_seconds()
    assert 840 <= abs(ahead) <= 1500
    assert 60 <= story.uncertainty < 150
    times = [story.moments[role] for role in ROLES]
    ordered = sorted(times)
    gaps = [(b - a).total_seconds() for a, b in pairwise(ordered)]
    assert min(gaps) > 2 * story.uncertainty  # no order hangs on the clock's uncertainty
    # the mail falls out of order when the clock is left as it is
    mail = story.moments["mail"]
    others = [at for role, at in story.moments.items() if role in ROLES and role != "mail"]
    assert any((at < mail) != (at + story.computer.ahead < mail) for at in others)
    # and one of FAT's events when legal time is taken for UTC
    fat = [story.moments[role] for role in ("written", "copied")]
    rest = [story.moments[role] for role in ("deleted", "made", "plugged")]
    assert any(a < b < a + timedelta(hours=1) for a in fat for b in rest)
    margin = (story.moments["visited"] - story.deadline).total_seconds()
    bound = {
        "yes": margin > 4 * story.uncertainty,
        "near": 0 < abs(margin) < story.uncertainty,
        "skewed": margin < -story.uncertainty and margin + ahead > story.uncertainty - 60,
        "no": margin < 0 and story.deadline - story.moments.get("gone", story.deadline)
        > timedelta(seconds=4 * story.uncertainty),
        "unseen": margin < -1500,
    }  # fmt: skip
    assert bound[plan.opened]


def test_what_is_written_travels_well_and_is_individual(tmp_path: Path) -> None:
    digests = set()
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        seed = practice(f"written {number}")
        made = methods.stage(seed, folder, methods.draw_plan(seed.rng("plan")))
        assert len(made.data) == 18 << 20
        assert (folder / methods.IMAGE).stat().st_size < 3 << 20
        digests |= {made.digest, made.recovered, *made.carved}
    assert len(digests) == 12


def test_inodes_do_not_tell_the_order_of_the_story(tmp_path: Path) -> None:
    seed = practice("inodes")
    methods.stage(seed, tmp_path, methods.draw_plan(seed.rng("plan")))
    image = methods.open_image(tmp_path / methods.IMAGE)
    names = {"ext": "linux", "fat": "exchange"}
    volume = methods.open_partitions(image, methods.read_table_of(image), names)["linux"]
    kept = [e for e in methods.list_files(volume) if e.created and not e.deleted]
    by_birth = [e.inode for e in sorted(kept, key=lambda e: str(e.created))]
    assert by_birth != sorted(by_birth)
    seconds = [e.modified for e in kept if e.modified]
    assert len({when.replace(microsecond=0) for when in seconds}) > len(seconds) / 2
