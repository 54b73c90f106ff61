"""Metadata and structure: what a notebook says about itself and its cells counts for nothing."""

from __future__ import annotations

from nbformat import NotebookNode

from tests.attacks.harness import FULL, NOTHING, Academy, Attack, cell, full_but
from tests.attacks.room import HONEST, POINTS


def raised_points(notebook: NotebookNode, academy: Academy) -> None:
    for question in POINTS:
        cell(notebook, question).metadata.nbgrader.points = 1000


ATTACKS = (
    Attack(
        "raised points",
        "every question says that it is worth 1,000 points",
        FULL,
        "points come from the release",
        work=HONEST,
        spoil=raised_points,
    ),
    Attack(
        "blank with points",
        "the same without an answer",
        NOTHING,
        "points come from the release",
        spoil=raised_points,
        flags={"mean": "unanswered"},
    ),
    Attack(
        "wrong mean",
        "an ordinary wrong answer, for comparison",
        full_but("mean"),
        "the sealed check",
        work=HONEST,
        answers={"mean": "mean = 1.5"},
    ),
)
