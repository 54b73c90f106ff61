"""That whoever checks what was understood is told what is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.syntax import parse

ASKING = ("?", "…", "...")


@rule(
    "self-checks",
    "Before each self-check stands a text that asks: it ends with a question mark, or with … for "
    "the options to go on.",
)
def self_checks(subject: Subject) -> Iterator[Fault]:
    for path in (subject.lesson, subject.app):
        yield from _without_question(subject, path)


def _without_question(subject: Subject, path: Path) -> Iterator[Fault]:
    cells = subject.notebook(path).cells
    for before, cell in zip([None, *cells], cells, strict=False):
        if cell.cell_type != "code" or not _checks(cell.source):
            continue
        asks = before is not None and before.cell_type == "markdown"
        if not (asks and before.source.rstrip().endswith(ASKING)):
            message = f"cell {cell.id}: a self-check whose question does not stand before it"
            yield Fault(path, message, "ask it in the text cell just above", cell=cell.id)


def _checks(source: str) -> bool:
    """Whether *source* shows a self-check; what cannot be read is another rule's business."""
    try:
        nodes = ast.walk(parse(source))
    except SyntaxError:
        return False
    return any(isinstance(node, ast.Attribute) and node.attr == "self_check" for node in nodes)
