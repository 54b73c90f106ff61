"""Remarks on a submission, as graders note them in English, in the language of whoever reads."""

from __future__ import annotations

import re

from dalil.models import N_
from dalil.translation import Catalogue, translate

# What `dalil.grading` and `dalil.notebooks` note, and what a person reads.
_REMARKS = (
    (re.compile(r"submitted without a receipt"), N_("It was submitted without a receipt.")),
    (
        re.compile(r"(?P<cell>.{1,200}): the cell is missing; the released one stays"),
        N_("{cell}: the cell is missing; the one that was handed out stands in its place."),
    ),
    (
        re.compile(r"(?P<cell>.{1,200}): over (?P<n>\d+) bytes; the released cell stays"),
        N_(
            "{cell}: the cell is larger than {n} bytes; the one that was handed out stands in its "
            "place."
        ),
    ),
    (
        re.compile(
            r"(?P<cell>.{1,200}): nbgrader's metadata is lost; the cell was found by its id"
        ),
        N_("{cell}: the cell lost what nbgrader marks it with; it was found by its name."),
    ),
    (
        re.compile(r"(?P<cell>.{1,200}): (?P<n>\d+) cell\(s\) ignored, not of type code"),
        N_("{cell}: {n} of its cells did not count, since they hold no code."),
    ),
    (
        re.compile(r"(?P<cell>.{1,200}): (?P<n>\d+) cell\(s\) ignored, not of type markdown"),
        N_("{cell}: {n} of its cells did not count, since they hold no text."),
    ),
    (
        re.compile(r"(?P<cell>.{1,200}): (?P<n>\d+) cells joined in their order"),
        N_("{cell}: {n} cells of that name were joined in their order."),
    ),
)


def remark(note: str, catalogue: Catalogue) -> str:
    """Return *note* in the language of *catalogue*; one that is not known stays as it is."""
    for pattern, message in _REMARKS:
        if found := pattern.fullmatch(note):
            return translate(message, found.groupdict(), catalogue)
    return catalogue.get(note)
