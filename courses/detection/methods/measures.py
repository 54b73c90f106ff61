"""How good a rule is, and what its alarms cost where the sought is rare.

Precision and recall after van Rijsbergen; the share of true alarms at a base rate by Bayes' theorem
(Axelsson 2000, "The base-rate fallacy and the difficulty of intrusion detection"); bounds on a
share after Clopper and Pearson (1934).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from scipy.stats import beta


@dataclass(frozen=True)
class Counts:
    """Alarms and silences of a rule on events whose truth is known."""

    true_alarms: int
    false_alarms: int
    missed: int
    rightly_silent: int

    @property
    def precision(self) -> float:
        """The share of alarms that are true; nan without any alarm."""
        alarms = self.true_alarms + self.false_alarms
        return self.true_alarms / alarms if alarms else float("nan")

    @property
    def recall(self) -> float:
        """The share of sought events that raised an alarm; nan if there were none."""
        sought = self.true_alarms + self.missed
        return self.true_alarms / sought if sought else float("nan")

    @property
    def false_alarm_rate(self) -> float:
        """The share of other events that raised an alarm; nan if there were none."""
        others = self.false_alarms + self.rightly_silent
        return self.false_alarms / others if others else float("nan")


def count(fired: Collection[int], sought: Sequence[bool]) -> Counts:
    """Compare the positions *fired* (from 0) with the truth *sought*, one value per event."""
    alarms = set(fired)
    pairs = [(number in alarms, bool(truth)) for number, truth in enumerate(sought)]
    return Counts(
        true_alarms=pairs.count((True, True)),
        false_alarms=pairs.count((True, False)),
        missed=pairs.count((False, True)),
        rightly_silent=pairs.count((False, False)),
    )


def upper_bound(cases: int, of: int, confidence: float = 0.95) -> float:
    """The largest share that seeing *cases* out of *of* is still compatible with, one-sided.

    0 of 20 gives 0.139: nothing missed in twenty trials leaves room for one in seven. Raises
    ValueError unless 0 <= cases <= of, of >= 1 and 0 < confidence < 1.
    """
    if not (0 <= cases <= of and of >= 1 and 0 < confidence < 1):
        raise ValueError(f"{cases} of {of} at {confidence} is no observation")
    return 1.0 if cases == of else float(beta.ppf(confidence, cases + 1, of - cases))


def true_share(base_rate: float, recall: float, false_alarm_rate: float) -> float:
    """The share of alarms that are true when a share *base_rate* of the events is sought.

    Raises ValueError for a share outside of 0 to 1, or if nothing would ever raise an alarm.
    """
    if not all(0 <= share <= 1 for share in (base_rate, recall, false_alarm_rate)):
        raise ValueError("base rate, recall and false-alarm rate are shares from 0 to 1")
    true = base_rate * recall
    alarms = true + (1 - base_rate) * false_alarm_rate
    if alarms == 0:
        raise ValueError("with these rates there is never an alarm")
    return true / alarms


def alarms_per_day(
    events: float, base_rate: float, recall: float, false_alarm_rate: float
) -> tuple[float, float]:
    """(true, false) alarms to expect of *events* a day."""
    sought = events * base_rate
    return sought * recall, (events - sought) * false_alarm_rate
