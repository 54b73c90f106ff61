"""The rules of the contract, a file per topic."""

from dalil.contract.rules import (
    answers,
    cells,
    checks,
    exhibits,
    files,
    imports,
    languages,
    lessons,
    questions,
    sealing,
    terms,
)

__all__ = [
    "answers",
    "cells",
    "checks",
    "exhibits",
    "files",
    "imports",
    "languages",
    "lessons",
    "questions",
    "sealing",
    "terms",
]
