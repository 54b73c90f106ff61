"""Seeds: equal for equal cases, apart for different ones, silent about themselves."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from dalil.errors import ForgingError
from dalil.forging import Seed, derive, practice, utc
from dalil.models import CaseKey, ModuleId, TraineeId

KEY = bytes(range(32))


def case(
    module: str = "custody", version: str = "1", trainee: str = "amina", attempt: int = 1
) -> CaseKey:
    return CaseKey(ModuleId(module), version, TraineeId(trainee), attempt)


def test_a_case_has_one_seed() -> None:
    assert derive(KEY, case()) == derive(KEY, case())


def test_each_part_of_a_case_changes_the_seed() -> None:
    cases = [
        case(),
        case(module="firearms"),
        case(version="2"),
        case(trainee="أمينة بنعلي"),
        case(attempt=2),
        # Joined without lengths these would be the same text.
        case(version="1|amina", trainee="1"),
        case(version="1", trainee="amina|1"),
        case(version="1,5:amina"),
    ]
    seeds = [derive(KEY, one) for one in cases]
    assert all(one != other for one, other in combinations(seeds, 2))
    assert derive(bytes(32), case()) != derive(KEY, case())


def test_the_seed_is_the_one_it_was_at_first() -> None:
    """An appeal years later derives it again: this value must never change."""
    assert derive(KEY, case()).token("serial", 16) == "3a4aa13983873881"
    assert int(derive(KEY, case()).rng("x").integers(2**62)) == 4111123742344289893


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_size_is_refused(key: bytes) -> None:
    with pytest.raises(ForgingError, match="32 bytes"):
        derive(key, case())


def test_attempts_begin_at_one() -> None:
    with pytest.raises(ForgingError, match="counted from 1"):
        derive(KEY, case(attempt=0))


def test_draws_of_different_names_are_independent() -> None:
    seed = derive(KEY, case())
    first = seed.rng("plan").random(1000)
    assert np.array_equal(first, seed.rng("plan").random(1000))
    for other in (seed.rng("plans"), seed.child("plan").rng("plan"), practice("plan").rng("plan")):
        assert abs(float(np.corrcoef(first, other.random(1000))[0, 1])) < 0.2
    assert seed.child("plan") != seed
    assert seed.child("a").child("b") != seed.child("ab")
    assert seed.token("child", 64) != seed.child("child").token("child", 64)


def test_practice_is_public_and_named() -> None:
    assert practice("custody") == practice("custody")
    assert practice("custody") != practice("firearms")


@pytest.mark.parametrize("n", [0, 1, 7, 32, 999])
def test_a_token_has_the_length_asked_for(n: int) -> None:
    token = practice("t").token("serial", n)
    assert len(token) == n
    assert set(token) <= set("0123456789abcdef")


def test_a_clock_stays_within_its_bounds_and_steps() -> None:
    start, end = utc("2026-03-01T23:30:00+01:00"), utc("2026-03-02T00:00:00Z")
    seed = practice("clock")
    moments = [seed.clock(f"{n}", start, end, timedelta(minutes=7)) for n in range(200)]
    assert {(moment - start) % timedelta(minutes=7) for moment in moments} == {timedelta(0)}
    assert min(moments) == start
    assert max(moments) == start + timedelta(minutes=84)
    assert all(moment.tzinfo is UTC for moment in moments)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (datetime(2026, 1, 1), datetime(2026, 1, 2)),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_clock_needs_an_interval_with_zones(start: datetime, end: datetime) -> None:
    with pytest.raises(ForgingError):
        practice("clock").clock("x", start, end)


def test_a_seed_does_not_show_itself() -> None:
    seed = Seed(KEY)
    for shown in (repr(seed), str(seed), f"{seed}", f"{[seed]}"):
        assert "Seed(…)" in shown
        assert KEY.hex() not in shown
        assert repr(KEY)[2:20] not in shown
    assert not hasattr(seed, "__dict__")


def test_a_seed_reaches_a_worker_process_unchanged() -> None:
    assert pickle.loads(pickle.dumps(Seed(KEY))) == Seed(KEY)


_EVERYTHING = """
import hashlib, sys, tempfile
from datetime import timedelta, timezone
from pathlib import Path
from dalil.forging import *
from dalil.models import CaseKey

seed = derive(bytes(range(32)), CaseKey("custody", "1", "أمينة بنعلي", 1))
folder = Path(tempfile.mkdtemp())
start, end = utc("2026-03-02T08:00:00+01:00"), utc("2026-04-02T08:00:00Z")
people = officers(seed.rng("people"), 40)
moments = working_moments(seed.rng("days"), start, 40, zone=timezone(timedelta(hours=1)))
write_csv(folder / "log.csv", ["who", "when", "value"],
          [(p.arabic, when, seed.rng(p.badge).normal()) for p, when in zip(people, moments)])
write_text(folder / "note.txt", "été\\r\\nمختبر\\n" + repr(labs(seed.rng("l"), 24)))
write_json(folder / "plan.json", {name: seed.token(name) for name in {"b", "a", "ج", "é"}})
write_zip(folder / "pack.zip", {name: (folder / name).read_bytes()
          for name in {"log.csv", "note.txt", "plan.json"}}, seed.clock("packed", start, end))
print(hashlib.sha256((folder / "pack.zip").read_bytes()).hexdigest())
"""


def test_equal_seeds_give_equal_bytes_everywhere(tmp_path: Path) -> None:
    """PYTHONHASHSEED, time zone, locale and encoding of the machine must not matter."""
    script = tmp_path / "forge.py"
    script.write_text(_EVERYTHING, encoding="utf-8")
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    machines = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C", **plain},
        {"PYTHONHASHSEED": "1", "TZ": "Africa/Casablanca", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Chatham", "LC_ALL": "ar_MA.UTF-8"},
    ]
    digests = set()
    for machine in machines:
        done = subprocess.run(
            [sys.executable, str(script)],
            env={**os.environ, **machine},
            capture_output=True,
            check=True,
            timeout=120,
        )
        digests.add(done.stdout)
    assert len(digests) == 1
