"""Marks the sum."""

from __future__ import annotations

from typing import Any

from dalil.models import N_, Verdict


def check_total(answer: int, truth: dict[str, Any]) -> Verdict:
    """The sum and nothing else."""
    if answer == truth["total"]:
        return Verdict(1.0, N_("This is right."))
    return Verdict(0.0, N_("This is not the sum."))


CHECKS = {"total": check_total}
SIMULATIONS = ()
