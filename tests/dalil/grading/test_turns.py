"""One grader at a time, however the other one ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from dalil.grading.turns import Turn, turn

HOLD = (
    "import sys\nfrom pathlib import Path\nfrom dalil.grading.turns import Turn\n"
    "Turn(Path(sys.argv[1])).take()\nprint('mine', flush=True)\nsys.stdin.read()\n"
)


def test_the_second_waits_until_the_first_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        said: list[str] = []

        def waiting() -> None:
            said.append("waiting")
            other.kill()

        with turn(tmp_path, waiting):
            assert said == ["waiting"]
        other.wait(30)


def test_a_turn_is_taken_once_and_ended_twice(tmp_path: Path) -> None:
    mine = Turn(tmp_path)
    mine.take()
    mine.take()
    taken = threading.Event()

    def other() -> None:
        with turn(tmp_path):
            taken.set()

    thread = threading.Thread(target=other)
    thread.start()
    assert not taken.is_set()
    mine.end()
    mine.end()
    thread.join(30)
    assert taken.is_set()
