"""Fuzzing that follows coverage: ``python -m tests.attacks.fuzz.guided TARGET [ARGUMENTS]``.

TARGET is a key of ``TARGETS``, the arguments are libFuzzer's: a folder with seeds, ``-runs=…``.
Whatever a target raises ends the run with a status other than 0 and leaves the input in a file.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris
from hypothesis import given
from hypothesis import strategies as st

with atheris.instrument_imports(include=["dalil"]):
    from tests.attacks.fuzz import properties, strategies

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
MODULE = properties.MODULES[0]


def notebook(data: bytes) -> None:
    """The bytes of a submission."""
    properties.only_answers_cross(data, MODULE, FOLDER)


def answers() -> Callable[[bytes], Any]:
    """Bundles, drawn by hypothesis with the bytes as its dice."""
    honest = properties.sealed(MODULE).honest

    @given(st.lists(strategies.bundles(honest), max_size=4))
    def holds(made: list[Any]) -> None:
        properties.marked_fairly(MODULE, made, {})

    return fuzzed(holds)


def outputs() -> Callable[[bytes], Any]:
    """Messages of two cells."""

    @given(st.lists(st.lists(strategies.messages, max_size=4), min_size=1, max_size=2))
    def holds(cells: list[Any]) -> None:
        properties.kept_within_bounds(cells)

    return fuzzed(holds)


def fuzzed(holds: Any) -> Callable[[bytes], Any]:
    """The test *holds* as a function of bytes."""
    run: Callable[[bytes], Any] = holds.hypothesis.fuzz_one_input
    return run


def channel(data: bytes) -> None:
    """What comes on a sandbox's channel."""
    properties.outputs_of_a_stream([data])


TARGETS: dict[str, Callable[[], Callable[[bytes], Any]]] = {
    "notebook": lambda: notebook,
    "answers": answers,
    "outputs": outputs,
    "channel": lambda: channel,
}


if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]()
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
