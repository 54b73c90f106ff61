"""Corpora of invented reports: each with its truth, and some that tell one incident twice.

No real report, name or number went into them. The wording is that of an official form: what
threatens a person is named, never shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dalil.courses.iblagh.methods import grammar, spelling

# How often a report of a class speaks of a present danger to life, and how often another one
# uses the same words without any.
URGENT_SHARE = {
    "fraud": 0.003, "blackmail": 0.03, "insult": 0.03, "violence": 0.22, "other": 0.03
}  # fmt: skip
CALM_SHARE = 0.2
LENGTHS = (100.0, 300.0)  # characters that a writer means to fill, whatever there is to tell


@dataclass(frozen=True)
class Report:
    """A report with its truth: ``incident`` is equal for reports of one incident."""

    text: str
    variety: str
    label: str
    urgent: bool
    incident: int
    template: int
    clause: str  # the template of its urgent or calm clause, such as "calm 7"; "" if it has none

    @property
    def group(self) -> str:
        """What must stay together when reports are parted for a test: the wording that tells."""
        return self.clause or f"{self.label} {self.template}"


@dataclass(frozen=True)
class _Story:
    """What is told: the choices of an incident, before anybody writes it down."""

    variety: str
    label: str
    template: int
    opening: tuple[str, ...]
    clauses: tuple[tuple[str, ...], ...]
    rest: tuple[tuple[str, ...], ...]
    known: dict[str, str]
    urgent: bool
    clause: str


def make_corpus(
    rng: np.random.Generator,
    count: int,
    templates: grammar.Templates,
    *,
    mix: dict[str, float] | None = None,
    urgent: float = 1.0,
) -> list[Report]:
    """*count* reports of as many incidents, in chance order.

    *mix* gives the shares of the classes (``grammar.CLASS_MIX``); *urgent* multiplies the share of
    urgent reports.
    """
    shares = grammar.CLASS_MIX if mix is None else mix
    labels = rng.choice(list(shares), size=count, p=list(shares.values()))
    varieties = rng.choice(grammar.VARIETIES, size=count)
    stories = (
        _story(rng, str(variety), str(label), templates, urgent)
        for variety, label in zip(varieties, labels, strict=True)
    )
    return [_report(rng, story, number) for number, story in enumerate(stories)]


def make_queue(
    rng: np.random.Generator,
    incidents: int,
    templates: grammar.Templates,
    *,
    campaigns: Sequence[int] = (5, 4, 3),
    resent: int = 6,
    first_campaign: str | None = None,
    urgent: float = 1.0,
) -> list[Report]:
    """A queue in which *resent* incidents come twice, and *campaigns* so many times as they say.

    A second report keeps the particulars of its incident (sums, platforms, the suspect's number);
    it is opened and closed otherwise, spelled by another hand, and may lose or gain a sentence.
    *first_campaign* is the class of the first campaign. Raises ValueError for more repeated
    incidents than *incidents*.
    """
    labels = rng.choice(
        grammar.CLASSES, size=incidents, p=[grammar.CLASS_MIX[c] for c in grammar.CLASSES]
    )
    copies = [*campaigns, *[2] * resent]
    if len(copies) > incidents:
        raise ValueError(f"{len(copies)} repeated incidents do not fit in {incidents}")
    if campaigns and first_campaign:
        labels[0] = first_campaign
    reports = []
    for number, label in enumerate(labels):
        variety = str(rng.choice(grammar.VARIETIES))
        # a campaign complains of something; nobody passes on a danger to life as his own
        share = 0.0 if number < len(campaigns) else urgent
        story = _story(rng, variety, str(label), templates, share)
        for copy in range(copies[number] if number < len(copies) else 1):
            again = number >= len(campaigns)
            told = _retold(rng, story, same_person=again) if copy else story
            reports.append(_report(rng, told, number))
    return [reports[int(n)] for n in rng.permutation(len(reports))]


def _story(
    rng: np.random.Generator,
    variety: str,
    label: str,
    templates: grammar.Templates,
    urgent: float,
) -> _Story:
    template = int(rng.choice(templates.allowed[label]))
    body = _pieces(rng, variety, label, template)
    is_urgent = bool(rng.random() < urgent * URGENT_SHARE[label])
    clauses, clause = [body], ""
    if is_urgent or rng.random() < CALM_SHARE:
        kind = "urgent" if is_urgent else "calm"
        number = int(rng.choice(templates.allowed[kind]))
        clauses.insert(int(rng.integers(2)), _pieces(rng, variety, kind, number))
        clause = f"{kind} {number}"
    told = sum(len(piece) for clause in clauses for piece in clause)
    rest = _rest(rng, variety, told)
    return _Story(
        variety,
        label,
        template,
        _opening(rng, variety),
        tuple(clauses),
        rest,
        {},
        is_urgent,
        clause,
    )


def _pieces(rng: np.random.Generator, variety: str, kind: str, number: int) -> tuple[str, ...]:
    return tuple(grammar.pieces(rng, grammar.phrases(variety, kind)[number]))


def _opening(rng: np.random.Generator, variety: str) -> tuple[str, ...]:
    """A greeting; one report in four has none."""
    number = int(rng.integers(len(grammar.phrases(variety, "open")) + 2))
    known = number < len(grammar.phrases(variety, "open"))
    return _pieces(rng, variety, "open", number) if known else ()


def _rest(rng: np.random.Generator, variety: str, told: int) -> tuple[tuple[str, ...], ...]:
    """Sentences of no class, up to the length that the writer has in mind."""
    wanted = float(rng.uniform(*LENGTHS))
    rest: list[tuple[str, ...]] = []
    for number in rng.permutation(len(grammar.phrases(variety, "rest"))):
        if told >= wanted:
            break
        rest.append(_pieces(rng, variety, "rest", int(number)))
        told += sum(map(len, rest[-1]))
    return tuple(rest)


def _retold(rng: np.random.Generator, story: _Story, *, same_person: bool) -> _Story:
    """The same incident, written again: another opening, a sentence lost, a sentence gained."""
    rest = list(story.rest)
    if rest and rng.random() < 0.6:
        rest.pop(int(rng.integers(len(rest))))
    if rng.random() < 0.6:
        choices = len(grammar.phrases(story.variety, "rest"))
        rest.append(_pieces(rng, story.variety, "rest", int(rng.integers(choices))))
    own = {"name", "phone", "mail", "idno", "card", "order", "town"}
    known = {p: v for p, v in story.known.items() if same_person or p not in own}
    return replace(story, opening=_opening(rng, story.variety), rest=tuple(rest), known=known)


def _report(rng: np.random.Generator, story: _Story, incident: int) -> Report:
    writer = spelling.habits(rng)
    stops = (". ", " ", "، " if story.variety in ("msa", "darija") else ", ", "\n", " ... ")
    stop = stops[int(rng.integers(len(stops)))]
    parts = (*story.clauses, *story.rest)
    text = stop.join(_sentence(rng, part, story, writer) for part in parts)
    if story.opening:
        text = f"{_sentence(rng, story.opening, story, writer)} {text}"
    text += ("", ".", " !", "!!!", "")[int(rng.integers(5))]
    return Report(
        text, story.variety, story.label, story.urgent, incident, story.template, story.clause
    )


def _sentence(
    rng: np.random.Generator, part: tuple[str, ...], story: _Story, writer: spelling.Habits
) -> str:
    return "".join(
        grammar.fill(rng, story.variety, piece, story.known)
        if grammar.is_place(piece)
        else spelling.misspell(rng, piece, story.variety, writer)
        for piece in part
    )
