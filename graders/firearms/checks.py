"""Marks the answers of the module firearms.

Two errors cost a whole question, because they mislead a court: a false identification, and a
likelihood ratio beyond what the calibration supports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

TILT_TOLERANCE = 0.5  # um/mm
ROUGHNESS_TOLERANCE = 0.03  # of the value
ROTATION_TOLERANCE = 0.8  # degrees
SHIFT_TOLERANCE = 15.0  # um
CELL_TOLERANCE = 1
LR_TOLERANCE = 0.1  # of log10 LR
LIMIT_SLACK = 0.05  # a limit that was rounded is no over-claim
PROBABILITY_TOLERANCE = 0.02
FALSE_ALARM = 0.25


def check_tilt(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for each slope."""
    right = [abs(answer[axis] - slope) <= TILT_TOLERANCE for axis, slope in truth["tilt"].items()]
    if all(right):
        return Verdict(1.0, N_("Both slopes are right."))
    if any(right):
        return Verdict(
            0.5,
            N_(
                "One of the two slopes is right. Rows count downwards, so y is positive where the "
                "surface rises from the top to the bottom of the picture."
            ),
        )
    return Verdict(
        0.0,
        N_(
            "Neither slope is right. Take the difference of the surface and the levelled one, go "
            "from one pixel to the next, and mind the units: heights and pixel widths are in µm, "
            "the slope is asked for in µm per millimetre."
        ),
    )


def check_roughness(answer: float, truth: dict[str, Any]) -> Verdict:
    """Within three per cent of the reference method's result."""
    if abs(answer - truth["roughness"]) <= ROUGHNESS_TOLERANCE * truth["roughness"]:
        return Verdict(1.0, N_("Right: this is the texture that the comparison works with."))
    return Verdict(
        0.0,
        N_(
            "That is not the root mean square in the band. Three things go wrong here: the tilt is "
            "still in it (level first, with degree 2), the band-pass was left out, or the unit is "
            "not µm. Points without a value must be left out, not counted as 0."
        ),
    )


def check_control(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for the rotation, half for the shift."""
    known = truth["control"]
    turn = (answer["rotation"] - known["rotation"] + 180) % 360 - 180
    away = math.hypot(answer["dx"] - known["dx"], answer["dy"] - known["dy"])
    share = 0.5 * (abs(turn) <= ROTATION_TOLERANCE) + 0.5 * (away <= SHIFT_TOLERANCE)
    if share == 1.0:
        return Verdict(1.0, N_("The method found what is known. Now it may be used."))
    return Verdict(
        share,
        N_(
            "The rotation, the shift or both are off. register(first, second) says how the second "
            "lies on the first: known_a comes first here, the control second. The other way round "
            "the rotation changes its sign, and the shift is another one, not just its negative. "
            "Rotation is in degrees, shifts are in µm."
        ),
    )


def check_cells(answer: dict[str, int], truth: dict[str, Any]) -> Verdict:
    """A third for each pair."""
    given = _named(answer)
    right = sum(
        name in given and abs(given[name] - number) <= CELL_TOLERANCE
        for name, number in truth["cells"].items()
    )
    return by_parts(
        right,
        len(truth["cells"]),
        N_("The congruent cells of all pairs are counted rightly."),
        N_(
            "{right} of {total} pairs are right. A cell that was compared is not yet congruent: it "
            "must fit well and at the common place and rotation. The cells are those of the known "
            "mark, with the questioned one laid on it; the names are known_a, known_b, known_c."
        ),
    )


def check_count(answer: list[int | None], truth: dict[str, Any]) -> Verdict:
    """Sets with congruent cells counted rightly, less a quarter for each alarm on one without."""
    pairs = list(zip(answer, truth["count"], strict=True))
    held = [got == want for got, want in pairs if want]
    alarms = sum(got != 0 for got, want in pairs if not want)
    share = max(0.0, sum(held) / len(held) - FALSE_ALARM * alarms)
    values = {"right": sum(held), "held": len(held), "alarms": alarms}
    if share == 1.0:
        return Verdict(1.0, N_("Every set was counted rightly, the empty ones too."))
    return Verdict(
        share,
        N_(
            "Of {held} sets with congruent cells {right} were counted rightly; {alarms} sets "
            "without any gave another number than 0, or an error. Leave out every cell with a "
            "missing value before you take a median (one NaN makes the median NaN), measure from "
            "the medians and not from 0, let the bounds themselves count as within, and think of "
            "a set in which no candidate is left."
        ),
        values,
    )


def check_log10_lr(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """A third for each pair; nothing if one of them is over-claimed."""
    given, (low, high) = _named(answer), truth["limits"]
    if any(not low - LIMIT_SLACK <= value <= high + LIMIT_SLACK for value in given.values()):
        return Verdict(
            0.0,
            N_(
                "A value lies beyond what the calibration supports, and that costs the question. A "
                "set of some hundred comparisons cannot carry a ratio of a million, whatever the "
                "straight line says. Hold the value within LOG10_LR_LIMITS, and check that it is a "
                "logarithm to base 10, not the natural one."
            ),
        )
    right = sum(
        name in given and abs(given[name] - value) <= LR_TOLERANCE
        for name, value in truth["log10_lr"].items()
    )
    return by_parts(
        right,
        len(truth["log10_lr"]),
        N_("Every ratio is what the calibration supports, and no more."),
        N_(
            "{right} of {total} pairs are right. The ratio is that of H1 to H2: positive "
            "logarithms speak for H1, that the slide of this pistol made the mark. Take the score "
            "of the comparison, not its correlation or its number of cells, and give the logarithm."
        ),
    )


def check_probability(answer: float, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if abs(answer - truth["probability"]) <= PROBABILITY_TOLERANCE:
        return Verdict(
            1.0,
            N_("Right: the same ratio means little or much, depending on the other evidence."),
        )
    return Verdict(
        0.0,
        N_(
            "That is not what both together give. A likelihood ratio multiplies the prior odds: "
            "one pistol against all the others. To read it as odds by itself is the prosecutor's "
            "fallacy: it takes the probability of the marks for that of the proposition."
        ),
    )


def check_decisions(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A third for each pair; nothing after a false identification."""
    given = _named(answer)
    expected = truth["decisions"]
    false = [
        name
        for name, decision in given.items()
        if decision == "identification" and expected.get(name) != "identification"
    ]
    if false:
        return Verdict(
            0.0,
            N_(
                "An identification is stated that the policy does not allow, and that costs the "
                "question. Is the area of the questioned mark large enough? Are both bounds met, "
                "cells and ratio? Ridges shared by a production batch raise the ratio while few "
                "cells are congruent; a faint mark may have congruent cells and a weak ratio. The "
                "best of three pairs need not be a good one: the source may not be among them."
            ),
        )
    right = sum(given.get(name) == decision for name, decision in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Each decision follows from the policy."),
        N_(
            "{right} of {total} decisions follow from the policy. Go through its four rules in "
            "their order for each pair. What is not enough for an identification is not yet an "
            "exclusion."
        ),
    )


def _named(answer: Mapping[str, Any]) -> dict[str, Any]:
    """*answer* with its names as the exercise writes them, whatever case and blanks were typed."""
    return {name.strip().lower(): value for name, value in answer.items()}


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "tilt": check_tilt,
    "roughness": check_roughness,
    "control": check_control,
    "cells": check_cells,
    "count": check_count,
    "log10_lr": check_log10_lr,
    "probability": check_probability,
    "decisions": check_decisions,
}


_PLANE = "plane = questioned.heights - methods.level(questioned).heights\n"
_SLOPES = "float(np.nanmean(np.diff(plane, axis={axis}))) / questioned.{step}"

_UPWARDS = f"""{_PLANE}\
tilt = {{
    "x": {_SLOPES.format(axis=1, step="dx")} * 1000,
    "y": {_SLOPES.format(axis=0, step="dy")} * -1000,
}}
"""

_PER_MICROMETRE = f"""{_PLANE}\
tilt = {{"x": {_SLOPES.format(axis=1, step="dx")}, "y": {_SLOPES.format(axis=0, step="dy")}}}
"""

_NANOMETRES = """\
band = methods.bandpass(methods.level(questioned, 2), 40, 250)
roughness = root_mean_square(band.heights) * 1000
"""

_NOT_LEVELLED = "roughness = float(np.nanstd(questioned.heights))\n"

_OTHER_WAY_ROUND = """\
found = methods.register(ready["control"], ready["known_a"])
control = {"rotation": found.rotation, "dx": found.dx, "dy": found.dy}
"""

_ALL_CELLS = "cells = {name: one.cell_count for name, one in comparisons.items()}\n"

_GOOD_FITS = """\
def count(ccf, rotation, dx, dy, least, turn, reach):
    return int((ccf >= least).sum())
"""

_NAN_IN_MEDIAN = """\
def count(ccf, rotation, dx, dy, least, turn, reach):
    kept = ccf >= least
    rotation, dx, dy = rotation[kept], dx[kept], dy[kept]
    if not len(dx):
        return 0
    turned = np.abs(rotation - np.median(rotation)) <= turn
    moved = np.hypot(dx - np.median(dx), dy - np.median(dy)) <= reach
    return int((turned & moved).sum())
"""

_FROM_ZERO = """\
def count(ccf, rotation, dx, dy, least, turn, reach):
    return int(((ccf >= least) & (np.abs(rotation) <= turn) & (np.hypot(dx, dy) <= reach)).sum())
"""

_NATURAL = """\
log10_lr = {name: float(np.log(one.lr)) for name, one in comparisons.items()}
"""

_AGAINST = "log10_lr = {name: -one.log10_lr for name, one in comparisons.items()}\n"

_FALLACY = """\
lr = 10 ** float(request["earlier_log10_lr"])
probability = lr / (1 + lr)
"""

_INVERTED = """\
odds = 10 ** -float(request["earlier_log10_lr"]) / (float(request["pistols"]) - 1)
probability = odds / (1 + odds)
"""

_LR_ALONE = """\
decisions = {name: "identification" if log10_lr[name] >= 1 else "exclusion" for name in KNOWNS}
"""

_WHATEVER_FITS = """\
decisions = {
    name: "identification" if one.registration.ccf > 0 else "exclusion"
    for name, one in comparisons.items()
}
"""

# What a simulation earns must not depend on the case: each case holds a pair of different slides,
# some hold no source, no twin, or no mark worth a decision. Decisions drawn from wrong numbers are
# therefore left open here, unless they identify the different pair.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(tilt=_UPWARDS), {"tilt": 0.5}),
    leaving("half", "count", "log10_lr", "probability", "decisions"),
    # Does not level, takes each cell for a congruent one and each registration for a match.
    Simulation(
        "wrong",
        solving(
            roughness=_NOT_LEVELLED,
            cells=_ALL_CELLS,
            count=_GOOD_FITS,
            probability=_FALLACY,
            decisions=_WHATEVER_FITS,
        ),
        {"roughness": 0.0, "cells": 0.0, "count": 0.0, "probability": 0.0, "decisions": 0.0},
    ),
    # Mixes up millimetres, micrometres and nanometres, natural and decimal logarithms.
    Simulation(
        "units",
        solving(tilt=_PER_MICROMETRE, roughness=_NANOMETRES, log10_lr=_NATURAL, decisions=None),
        {"tilt": 0.0, "roughness": 0.0, "log10_lr": 0.0, "decisions": 0.0},
    ),
    # Turns the propositions round, and which surface is laid on which; decides by the ratio alone.
    Simulation(
        "direction",
        solving(
            control=_OTHER_WAY_ROUND,
            log10_lr=_AGAINST,
            probability=_INVERTED,
            decisions=_LR_ALONE,
        ),
        {"control": 0.0, "log10_lr": 0.0, "probability": 0.0, "decisions": 0.0},
    ),
    # The prosecutor's fallacy, and a count that measures from 0: two of eight sets lie elsewhere.
    Simulation(
        "fallacy",
        solving(probability=_FALLACY, count=_FROM_ZERO),
        {"probability": 0.0, "count": 0.75},
    ),
    # One lost value makes a median NaN: two of eight sets come out empty.
    Simulation("lost", solving(count=_NAN_IN_MEDIAN), {"count": 0.75}),
)
