"""Propose a class and an urgency for a report: character n-grams and a linear model.

A report is redacted, then read twice: as folded letters, and as the consonants that Arabic and
Latin Darija share (``normal.sounds``). Character n-grams bear spelling noise and word forms better
than words do, and a linear model can say why. Sources: W. Cavnar and J. Trenkle, "N-gram-based
text categorization", SDAIR (1994); F. Pedregosa et al., "Scikit-learn", JMLR 12 (2011) 2825.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from dalil.courses.iblagh.methods import normal
from dalil.courses.iblagh.methods.grammar import CLASSES
from dalil.courses.iblagh.methods.identifiers import redact

Floats = npt.NDArray[np.float64]
_NUMBERS = re.compile(r"\b\d[\d .,]*\b")
_MASK = re.compile(r"\[(phone|card|mail|id)\]")
STRENGTH = 3.0  # the inverse of the penalty, for classes and for urgency
URGENT_STRENGTH = 20.0


class TriageError(ValueError):
    """The reports given cannot be learned from: one line that says what is missing."""


@dataclass(frozen=True)
class Proposal:
    """What the machine proposes for one report; a human decides.

    ``shares`` are the model's probabilities of the classes, ``urgency`` that of danger to life, all
    from 0 to 1. They order reports; they are no probabilities about a person.
    """

    label: str
    shares: dict[str, float]
    urgency: float


@dataclass(frozen=True)
class Reason:
    """A word of the report as the model read it, and what its n-grams added to the score."""

    word: str
    weight: float


@dataclass(frozen=True, eq=False)
class Triage:
    """A trained model: two vectorizers, one model for the class and one for urgency."""

    letters: TfidfVectorizer
    consonants: TfidfVectorizer
    classes: LogisticRegression
    urgent: LogisticRegression


def readable(text: str) -> str:
    """*text* as the model reads it: redacted, folded, each number as 0."""
    return _NUMBERS.sub("0 ", normal.fold(_MASK.sub(" ", redact(text))))


def train(texts: Sequence[str], labels: Sequence[str], urgent: Sequence[bool]) -> Triage:
    """Learn from reports whose class and urgency officers have written down.

    Raises TriageError unless there are two classes or more, and urgent reports and others.
    """
    if not len(texts) == len(labels) == len(urgent):
        raise TriageError(f"{len(texts)} texts, {len(labels)} classes, {len(urgent)} urgencies")
    if len(set(labels)) < 2 or len(set(map(bool, urgent))) < 2:
        raise TriageError("learning needs two classes or more, and urgent reports and others")
    options: dict[str, Any] = {"analyzer": "char_wb", "min_df": 2, "sublinear_tf": True}
    letters = TfidfVectorizer(ngram_range=(2, 5), **options)
    consonants = TfidfVectorizer(ngram_range=(2, 4), **options)
    read = [readable(text) for text in texts]
    features = sparse.hstack(
        [letters.fit_transform(read), consonants.fit_transform(map(normal.sounds, read))]
    ).tocsr()
    return Triage(
        letters,
        consonants,
        _model(STRENGTH).fit(features, np.asarray(labels, dtype=str)),
        _model(URGENT_STRENGTH).fit(features, np.asarray(urgent, dtype=bool)),
    )


def _model(strength: float) -> LogisticRegression:
    # Rare classes weigh as much as common ones: a report of violence is one of twenty.
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=300, tol=1e-3)


def features_of(triage: Triage, texts: Sequence[str]) -> sparse.csr_matrix:
    """The features of *texts*, one row each: first letters, then consonants."""
    read = [readable(text) for text in texts]
    return sparse.hstack(
        [
            triage.letters.transform(read),
            triage.consonants.transform([normal.sounds(one) for one in read]),
        ]
    ).tocsr()


def propose(triage: Triage, texts: Sequence[str]) -> list[Proposal]:
    """A proposal for each of *texts*."""
    if not len(texts):
        return []
    features = features_of(triage, texts)
    names = [str(name) for name in triage.classes.classes_]
    shares = triage.classes.predict_proba(features)
    urgency = triage.urgent.predict_proba(features)[:, 1]
    return [
        Proposal(
            names[int(np.argmax(row))],
            {name: float(row[names.index(name)]) for name in CLASSES if name in names},
            float(score),
        )
        for row, score in zip(shares, urgency, strict=True)
    ]


def urgency_out_of_fold(
    triage: Triage, texts: Sequence[str], urgent: Sequence[bool], groups: Sequence[str]
) -> Floats:
    """Urgency of each training report, from models that saw no report of its *group*.

    Scores of reports that the model has learned are too good; a threshold is chosen on these.
    """
    features = features_of(triage, texts)
    truth = np.asarray(urgent, dtype=bool)
    scores = np.zeros(len(truth))
    for learn, judge in GroupKFold(5).split(features, truth, list(groups)):
        model = _model(URGENT_STRENGTH).fit(features[learn], truth[learn])
        scores[judge] = model.predict_proba(features[judge])[:, 1]
    return scores


def reasons(triage: Triage, text: str, target: str = "urgent") -> list[Reason]:
    """What each word of *text* adds to the score of *target*, a class or "urgent", in their order.

    The weight of an n-gram is shared among the words that hold it. Positive weights speak for the
    target. Weights of all words and the model's constant add up to the score (log odds).
    """
    model, row = triage.urgent, 0
    if target != "urgent":
        model, row = triage.classes, list(triage.classes.classes_).index(target)
    coefficients = model.coef_[row]
    vector = features_of(triage, [text])
    added = dict(zip(vector.indices, vector.data * coefficients[vector.indices], strict=True))
    words = readable(text).split()
    held = [_columns(triage, word) for word in words]
    total: dict[int, int] = {}
    for columns in held:
        for column in columns:
            total[column] = total.get(column, 0) + 1
    return [
        Reason(word, float(sum(added.get(column, 0.0) / total[column] for column in columns)))
        for word, columns in zip(words, held, strict=True)
    ]


def _columns(triage: Triage, word: str) -> list[int]:
    """The columns of the n-grams of one word, repeated as often as they occur."""
    offset = len(triage.letters.vocabulary_)
    columns = [
        triage.letters.vocabulary_[gram]
        for gram in triage.letters.build_analyzer()(word)
        if gram in triage.letters.vocabulary_
    ]
    columns += [
        offset + triage.consonants.vocabulary_[gram]
        for gram in triage.consonants.build_analyzer()(normal.sounds(word))
        if gram in triage.consonants.vocabulary_
    ]
    return columns
