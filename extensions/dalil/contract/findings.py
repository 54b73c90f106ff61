"""Findings, and the rules that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dalil.contract.subject import Subject

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing about one file of a module that breaks a rule, and what to do about it.

    ``file`` is relative to the curriculum's root, with ``/``; ``cell`` names the cell that it
    concerns, ``exercises/glass/glass.ipynb#intro``, where it concerns one.
    """

    file: str
    rule: str
    message: str
    hint: str
    severity: Severity = "error"
    cell: str = ""

    def __str__(self) -> str:
        warning = "warning: " if self.severity == "warning" else ""
        return f"{self.file}: {self.rule}: {warning}{self.message} ({self.hint})"


@dataclass(frozen=True)
class Fault:
    """What a rule yields: a finding before it knows its rule and the curriculum's root.

    ``cell`` is the id of a cell of ``notebook``; without one, of *path* itself.
    """

    path: Path
    message: str
    hint: str
    severity: Severity = "error"
    cell: str = ""
    notebook: Path | None = None


class BrokenError(Exception):
    """A part of the module that several rules need cannot be had; ``findings`` say why.

    The findings belong to the rule that owns the part, so that one cause gives one line however
    many rules stumble over it.
    """

    def __init__(self, *findings: Finding) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = findings


Look: TypeAlias = "Callable[[Subject], Iterator[Fault]]"


@dataclass(frozen=True)
class Rule:
    """One rule: its name, what it asks for in one sentence, and how a module is looked at.

    ``runs`` says that it executes notebooks, which takes seconds instead of milliseconds.
    """

    name: str
    sentence: str
    look: Look
    runs: bool = False


RULES: dict[str, Rule] = {}


def rule(name: str, sentence: str, *, runs: bool = False) -> Callable[[Look], Look]:
    """Register a function as the rule *name*."""

    def register(look: Look) -> Look:
        RULES[name] = Rule(name, sentence, look, runs)
        return look

    return register
