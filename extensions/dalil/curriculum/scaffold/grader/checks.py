"""Marks the answers of this module: each check is a pure function of (answer, truth)."""

from __future__ import annotations

from typing import Any

from dalil.marks import leaving, solving
from dalil.models import N_, Simulation, Verdict

TOLERANCE = 0.02  # mm: the readings are given to 0.01 mm


def check_middle(answer: float, truth: dict[str, Any]) -> Verdict:
    """The median, within 0.02 mm."""
    if abs(answer - truth["middle"]) <= TOLERANCE:
        return Verdict(1.0, N_("This is the median of all readings."))
    message = N_(
        "This is not the median of all readings within 0.02 mm. Sort them and take the middle; "
        "the mean is drawn away by a few readings that lie far off."
    )
    return Verdict(0.0, message)


def check_deviating(answer: list[int], truth: dict[str, Any]) -> Verdict:
    """Each deviating reading earns its part; each false accusation takes one such part away."""
    given, right = set(answer), set(truth["deviating"])
    missed, false = len(right - given), len(given - right)
    if not missed and not false:
        return Verdict(1.0, N_("All deviating readings, and none that is in order."))
    share = max(0.0, (len(given & right) - false) / len(right))
    message = N_(
        "{missed} deviating readings are missing and {false} named ones are in order. Measure each "
        "distance from the median, above and below, and compare it with 3 mm."
    )
    return Verdict(share, message, {"missed": missed, "false": false})


CHECKS = {"middle": check_middle, "deviating": check_deviating}

SIMULATIONS = (
    Simulation(
        "good",
        solving(deviating="deviating = methods.deviating(lengths)[:-1]"),
        {"deviating": 0.75},
    ),
    leaving("half", "deviating"),
    Simulation(
        "wrong",
        solving(
            middle="middle = sum(lengths) / len(lengths)",
            deviating="deviating = list(range(1, len(lengths) + 1))",
        ),
        {"middle": 0.0, "deviating": 0.0},
    ),
)
