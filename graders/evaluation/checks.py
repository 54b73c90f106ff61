"""Marks the answers of the module evaluation.

Two errors cost a whole question, because they mislead a court: a ratio beyond what the data
support, and a ratio where none can be stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dalil.marks import by_parts, leaving, solving
from dalil.models import N_, Simulation, Verdict

CLLR_TOLERANCE = 0.03
CLLR_SHARE = 0.03  # of the value, on top
BOUND_TOLERANCE = 0.1  # of log10 LR
LR_TOLERANCE = 0.15
LIMIT_SLACK = 0.15  # a right way to calibrate may find bounds a little wider
SIZE_SLACK = 0.05  # a limit that was rounded is no over-claim
INTERVAL_TOLERANCE = 0.08
PRIOR_TOLERANCE = 0.01
FUNCTION_TOLERANCE = 0.4
FALSE_RATIO = 0.25


def check_propositions(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """Half for each; nothing for the pair the wrong way round."""
    right = {name: answer[name] == letter for name, letter in truth["propositions"].items()}
    if all(right.values()):
        return Verdict(1.0, N_("A pair on one level, of which only one can be true."))
    if right["h1"]:
        return Verdict(
            0.5,
            N_(
                "H1 is right. H2 must exclude H1 and speak of the cutters that the defence "
                "points to: its answer stands in the request (lesson, section 2)."
            ),
        )
    return Verdict(
        0.5 * sum(right.values()),
        N_(
            "Marks on a cut speak about the tool that made it, not about who held it and why, and "
            "a finding is not a proposition. H1 is the proposition that the request asks about; H2 "
            "is what else may be true, by what the defence says (lesson, section 2)."
        ),
    )


def check_performance(answer: dict[str, dict[str, float]], truth: dict[str, Any]) -> Verdict:
    """A sixth for each of six numbers."""
    given = _named(answer)
    right = sum(
        setup in given and _close(given[setup][name], span, CLLR_TOLERANCE + CLLR_SHARE * span[1])
        for setup, numbers in truth["performance"].items()
        for name, span in numbers.items()
    )
    total = 2 * len(truth["performance"])
    return by_parts(
        right,
        total,
        N_("Both costs of every set-up are right."),
        N_(
            "{right} of {total} numbers are right. Fit the line on the training set alone, take "
            "the validation pairs of one set-up at a time, same-source pairs first, and give the "
            "ratios as decimal logarithms. No bounds yet: they come in question 3 (lesson, "
            "sections 5 and 6)."
        ),
    )


def check_bounds(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for each bound."""
    right = sum(
        _close(answer[side], span, BOUND_TOLERANCE) for side, span in truth["bounds"].items()
    )
    return by_parts(
        right,
        len(truth["bounds"]),
        N_("Both bounds are what the training set supports."),
        N_(
            "{right} of {total} bounds are right. elub takes the log10 ratios of the training "
            "pairs, not their scores: same-source pairs first. The lower bound is negative; both "
            "are logarithms to base 10 (lesson, section 8)."
        ),
    )


def check_decisions(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """A third for each set-up; nothing if a ratio is let through where none can be stated."""
    given, expected = _named(answer), truth["decisions"]
    if any(want == "none" and given.get(s, "none") != "none" for s, want in expected.items()):
        return Verdict(
            0.0,
            N_(
                "A set-up is let through in which no ratio can be stated, and that costs the "
                "question. Count the pairs of each set-up first; then ask whether the scores tell "
                "one source from two at all. A low loss alone shows neither (lesson, section 9)."
            ),
        )
    right = sum(given.get(setup) == decision for setup, decision in expected.items())
    return by_parts(
        right,
        len(expected),
        N_("Each decision follows from the policy."),
        N_(
            "{right} of {total} decisions follow from the policy. Go through its four rules in "
            "their order. A large loss with a low Cllr min says that the scores are good and the "
            "line is another population's (lesson, section 9)."
        ),
    )


def check_log10_lr(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """The same share for each cut; nothing for a ratio that is over-claimed or cannot be stated."""
    given, accepted = _named(answer), truth["log10_lr"]
    if any(name not in accepted for name in given):
        return Verdict(
            0.0,
            N_(
                "A ratio is stated for a cut that allows none, and that costs the question. Leave "
                "a cut out if the policy says none for its set-up: an unknown performance is not "
                "a ratio of 1 (lesson, section 9)."
            ),
        )
    limits = truth["limits"]
    if any(not _close(value, limits[name], LIMIT_SLACK) for name, value in given.items()):
        return Verdict(
            0.0,
            N_(
                "A ratio lies beyond what the data support, and that costs the question. Hold each "
                "ratio within the bounds of the set on which it was calibrated, and check that it "
                "is a decimal logarithm (lesson, section 8)."
            ),
        )
    right = sum(
        name in given and _close(given[name], span, LR_TOLERANCE) for name, span in accepted.items()
    )
    return by_parts(
        right,
        len(accepted),
        N_("Every ratio is what its data support, and no more."),
        N_(
            "{right} of {total} ratios are right. Where the policy says use, the line of the "
            "training set holds; where it says recalibrate, fit a new line, and new bounds, on "
            "the validation pairs of that set-up (lesson, sections 4 and 9)."
        ),
    )


def check_interval(answer: dict[str, float], truth: dict[str, Any]) -> Verdict:
    """Half for each end."""
    known = truth["interval"]
    right = sum(abs(answer[side] - value) <= INTERVAL_TOLERANCE for side, value in known.items())
    return by_parts(
        right,
        len(known),
        N_("So far the line could have come out elsewhere, by chance alone."),
        N_(
            "{right} of {total} ends are right. Draw both groups of the training set anew, each "
            "with its own size, fit the line each time, and take the middle 95 % of the log10 "
            "ratios of the cut that the request names. It is neither the bounds nor an interval "
            "of Cllr (lesson, section 10)."
        ),
    )


def check_words(answer: dict[str, dict[str, str]], truth: dict[str, Any]) -> Verdict:
    """A fifth for each cut: strength and direction together."""
    given = _named(answer)
    right = sum(given.get(name) == wanted for name, wanted in truth["words"].items())
    return by_parts(
        right,
        len(truth["words"]),
        N_("Figures and words agree."),
        N_(
            "{right} of {total} cuts are put in the right words. The steps of the scale belong to "
            "the ratio itself: 2, 10, 100, 1,000. Below 1 turn it over first: 0.05 is 20 in "
            "favour of H2. Where no ratio can be stated the words are no LR and neither (lesson, "
            "section 11)."
        ),
    )


def check_statements(answer: dict[str, str], truth: dict[str, Any]) -> Verdict:
    """The same share for each sentence."""
    given = _named(answer)
    right = sum(given.get(number) == kind for number, kind in truth["statements"].items())
    return by_parts(
        right,
        len(truth["statements"]),
        N_("Every sentence is judged rightly."),
        N_(
            "{right} of {total} sentences are judged rightly. Ask of each: does it speak of the "
            "findings, given a proposition (sound), or of a proposition, given the findings "
            "(transposed)? And does it claim more than any comparison could show, whatever the "
            "ratio (overstated)? (Lesson, section 12.)"
        ),
    )


def check_prior(answer: float, truth: dict[str, Any]) -> Verdict:
    """All or nothing."""
    if abs(answer - truth["prior"]) <= PRIOR_TOLERANCE:
        return Verdict(1.0, N_("Right: from there, and only from there, the findings lead so far."))
    return Verdict(
        0.0,
        N_(
            "From that probability the findings lead elsewhere. Posterior odds are prior odds "
            "times LR: turn the wanted probability into odds, divide by the LR (not by its "
            "logarithm), and turn the odds back into a probability (lesson, section 12)."
        ),
    )


def check_evaluate(answer: list[float | None], truth: dict[str, Any]) -> Verdict:
    """Ratios close to the true one and within the sizes of the set, less a quarter for each ratio
    where too few pairs are left."""
    pairs = list(zip(answer, truth["evaluate"], strict=True))
    held = [_supported(got, want) for got, want in pairs if want is not None]
    false = sum(got is None or abs(got) > 1e-6 for got, want in pairs if want is None)
    share = max(0.0, sum(held) / len(held) - FALSE_RATIO * false)
    values = {"right": sum(held), "held": len(held), "false": false}
    if share == 1.0:
        return Verdict(1.0, N_("Close to the true ratio each time, and silent where it must be."))
    return Verdict(
        share,
        N_(
            "Of {held} sets with enough pairs {right} gave a ratio close to the true one and "
            "within what their sizes support; {false} sets with too few gave another number than "
            "0, or an error. Take lost values (NaN) out before you count, give each group the same "
            "weight whatever its size, expect scores that fall where others rise, and hold the "
            "result between -log10(n + 1) and log10(m + 1) (lesson, sections 4 and 8)."
        ),
        values,
    )


def _supported(got: float | None, wanted: list[float]) -> bool:
    return (
        got is not None
        and _close(got, wanted[:2], FUNCTION_TOLERANCE)
        and _close(got, wanted[2:], SIZE_SLACK)
    )


def _close(value: float, span: list[float], tolerance: float) -> bool:
    """Whether *value* lies between several right answers, or next to them."""
    return span[0] - tolerance <= value <= span[1] + tolerance


def _named(answer: Mapping[str, Any]) -> dict[str, Any]:
    """*answer* with its names as the exercise writes them, whatever case and blanks were typed."""
    return {name.strip().upper(): value for name, value in answer.items()}


CHECKS: dict[str, Callable[[Any, dict[str, Any]], Verdict]] = {
    "propositions": check_propositions,
    "performance": check_performance,
    "bounds": check_bounds,
    "decisions": check_decisions,
    "log10_lr": check_log10_lr,
    "interval": check_interval,
    "words": check_words,
    "statements": check_statements,
    "prior": check_prior,
    "evaluate": check_evaluate,
}


_SUM_OF_BOTH = """\
performance = {}
for name, group in validation.items():
    ratios = [methods.on_line(group[kind], line) for kind in ("same", "different")]
    numbers = {"cllr": methods.cllr(*ratios), "cllr_min": methods.cllr_min(*ratios)}
    performance[name] = {key: 2 * value for key, value in numbers.items()}
"""

_LINE_ALONE = """\
log10_lr = {name: float(methods.on_line(cut["score"], line)) for name, cut in cuts.items()}
"""

_BOUNDS_FOR_INTERVAL = 'interval = {"low": bounds["low"], "high": bounds["high"]}\n'

_ALL_SOUND = 'statements = {row["number"]: "sound" for row in hearing}\n'

_EXTREME = """\
words = {name: {"strength": "extremely strong", "supports": "H1"} for name in cuts}
"""

_FALLACY = """\
lr = 10 ** float(request["earlier_log10_lr"])
prior = lr / (1 + lr)
"""

_LOGARITHM_FOR_RATIO = """\
wanted = float(request["wanted_probability"])
odds = wanted / (1 - wanted) / float(request["earlier_log10_lr"])
prior = odds / (1 + odds)
"""

_NATURAL = """\
ratios = [methods.on_line(training[kind], line) for kind in ("same", "different")]
low, high = (float(bound * np.log(10)) for bound in methods.elub(*ratios))
bounds = {"low": low, "high": high}
"""

_WRONG_LEVEL = """\
texts = {row["en"]: row["letter"] for row in candidates}
suspect = [letter for text, letter in texts.items() if "suspect" in text]
propositions = {"h1": suspect[0], "h2": suspect[1]}
"""

_UNBOUNDED = """\
def evaluate(score, same, different):
    same, different = same[np.isfinite(same)], different[np.isfinite(different)]
    if min(len(same), len(different)) < 10:
        return 0.0
    return float(methods.on_line(score, methods.fit_logistic(same, different)))
"""

_LOST = """\
def evaluate(score, same, different):
    if min(len(same), len(different)) < 10:
        return 0.0
    line = methods.fit_logistic(same, different)
    bounds = (-np.log10(len(same) + 1), np.log10(len(different) + 1))
    return float(methods.within(methods.on_line(score, line), bounds))
"""

# What a simulation earns must not depend on the case: which set-ups it holds, which ratios. Wrong
# decisions are right for some set-ups, so they are left open here.
SIMULATIONS: tuple[Simulation, ...] = (
    Simulation("good", solving(interval=_BOUNDS_FOR_INTERVAL), {"interval": 0.0}),
    leaving("half", "decisions", "log10_lr", "words", "evaluate"),
    # Adds the costs of both groups, believes the line everywhere, takes odds for the truth.
    Simulation(
        "wrong",
        solving(
            propositions=_WRONG_LEVEL,
            performance=_SUM_OF_BOTH,
            decisions=None,
            log10_lr=_LINE_ALONE,
            words=_EXTREME,
            statements=_ALL_SOUND,
            prior=_FALLACY,
            evaluate=_UNBOUNDED,
        ),
        {
            "propositions": 0.0,
            "performance": 0.0,
            "decisions": 0.0,
            "log10_lr": 0.0,
            "words": 0.0,
            "statements": 3 / 8,  # three of eight sentences are sound
            "prior": 0.0,
            "evaluate": 6 / 9,  # three of nine scores lie beyond what their set supports
        },
    ),
    # Mixes up natural and decimal logarithms, and a ratio with its logarithm.
    Simulation(
        "units",
        solving(bounds=_NATURAL, prior=_LOGARITHM_FOR_RATIO),
        {"bounds": 0.0, "prior": 0.0},
    ),
    # A lost value spoils the fit of one set, and passes for a pair in another.
    Simulation("lost", solving(evaluate=_LOST), {"evaluate": 8 / 9 - FALSE_RATIO}),
)
