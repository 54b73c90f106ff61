"""Marks the exhibit room as a module's author would, without a thought of attacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from dalil.models import N_, Simulation, Verdict

RIGHT, WRONG = "Right.", "Not right."


def verdict(share: float) -> Verdict:
    return Verdict(share, RIGHT if share == 1 else WRONG)


def check_mean(answer: float, truth: dict[str, Any]) -> Verdict:
    return verdict(float(abs(answer - truth["mean"]) <= 0.5))


def check_missing(answer: list[str], truth: dict[str, Any]) -> Verdict:
    given, right = set(answer), set(truth["missing"])
    return verdict(max(0.0, (len(given & right) - len(given - right)) / len(right)))


def check_label(answer: str, truth: dict[str, Any]) -> Verdict:
    """Shows the answer in its explanation."""
    share = float(answer == truth["label"])
    return Verdict(share, N_("The label {given} was given."), {"given": answer})


def check_counts(answer: Any, truth: dict[str, Any]) -> Verdict:
    """Wrong as soon as one cell is off: the comparison that lets NaN through."""
    expected = np.array(truth["counts"])
    if answer.shape != expected.shape or np.any(np.abs(answer - expected) > 0.5):
        return verdict(0.0)
    return verdict(1.0)


def check_serial(answer: list[int | None], truth: dict[str, Any]) -> Verdict:
    """Counts on getting as many results as there are probes."""
    pairs = list(zip(answer, truth["serial"], strict=False))
    return verdict(sum(got == want for got, want in pairs) / max(1, len(pairs)))


def equal(question: str) -> Any:
    def check(answer: Any, truth: dict[str, Any]) -> Verdict:
        return verdict(float(answer == truth[question]))

    return check


CHECKS = {
    "mean": check_mean,
    "label": check_label,
    "missing": check_missing,
    "heaviest": equal("heaviest"),
    "counts": check_counts,
    "serial": check_serial,
    "digest": equal("digest"),
}
SIMULATIONS: tuple[Simulation, ...] = ()
