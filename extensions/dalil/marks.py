"""What the sealed checks of many modules share: verdicts by parts, and ways of answering."""

from __future__ import annotations

from dalil.models import SOLVE, Simulation, Verdict


def by_parts(right: int, total: int, whole: str, part: str) -> Verdict:
    """Return the verdict on an answer of *total* parts that count the same, *right* of them right.

    *whole* is said when all are right, else *part*, which may name ``{right}`` and ``{total}``;
    both are msgids.
    """
    values = {"right": right, "total": total}
    return Verdict(1.0, whole) if right == total else Verdict(right / total, part, values)


def less_false(hits: float, expected: int, false: int, cost: float) -> float:
    """Return the share, 0 to 1, of an answer that accuses: what it found, less each false one.

    *hits* of *expected* were found (where none was expected, all were), and each of the *false*
    ones costs *cost* of the question.
    """
    found = hits / expected if expected else 1.0
    return max(0.0, found - cost * false)


def solving(**sources: str | None) -> dict[str, str | None]:
    """Return the cells of a simulation: sources by question, None for one left as released."""
    return {SOLVE + question: source for question, source in sources.items()}


def leaving(name: str, *questions: str) -> Simulation:
    """Return the simulation *name*: as the reference, but *questions* are left and earn nothing."""
    return Simulation(name, solving(**dict.fromkeys(questions)), dict.fromkeys(questions, 0.0))
