"""Answers made up by machine, marked by the checkout's own sealed checks: none earns too much."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from dalil.answers import decode
from dalil.errors import AnswerError
from tests.attacks.fuzz.properties import MODULES, marked_fairly, sealed
from tests.attacks.fuzz.strategies import (
    bundles,
    damaged_npy,
    depths,
    fuzz,
    handed,
    json_values,
    texts,
)

BUDGETS = [150, pytest.param(720, marks=pytest.mark.acceptance)]
deaths = st.sampled_from(
    ["ran for more than 30 s", "used more than 9999999999999999 MiB of memory", "", "\n\x00"]
)


def dying(module: str) -> st.SearchStrategy[dict[str, str]]:
    names = sorted(sealed(module).forms)
    cells = st.sampled_from([*names, *(f"solve_{name}" for name in names)]) | texts
    return st.dictionaries(cells, deaths | texts, max_size=2)


def test_the_right_answers_earn_everything() -> None:
    for module in MODULES:
        case = sealed(module)
        scores = case.scores([handed(q, value) for q, value in case.honest.items()])
        assert {q: s.points for q, s in scores.items()} == dict(case.points)


@pytest.mark.parametrize("cases", BUDGETS)
@pytest.mark.parametrize("module", MODULES)
def test_hostile_bundles_earn_what_the_check_gives_them_and_no_more(
    module: str, cases: int
) -> None:
    made = st.lists(bundles(sealed(module).honest), max_size=6)

    def holds(drawn: tuple[list[Any], dict[str, str]]) -> None:
        marked_fairly(module, *drawn)

    fuzz(cases, st.tuples(made, dying(module)), holds)


@pytest.mark.parametrize("cases", BUDGETS)
@pytest.mark.parametrize("module", MODULES)
def test_hostile_bundles_never_raise_what_honest_ones_earn(module: str, cases: int) -> None:
    case = sealed(module)
    everything = [handed(question, value) for question, value in case.honest.items()]
    chosen = st.lists(st.sampled_from(everything), max_size=5, unique_by=lambda b: b["cell"])

    def holds(drawn: tuple[list[Any], list[Any], bool]) -> None:
        honest, hostile, first = drawn
        elsewhere = {str(b["cell"]) for b in hostile}
        before = case.scores(honest)
        after = marked_fairly(module, [*hostile, *honest] if first else [*honest, *hostile], {})
        for question, score in before.items():
            if question not in elsewhere:
                assert after[question] == score
            if any(b["cell"] == question for b in honest):
                assert after[question].points <= score.points

    hostile = st.lists(bundles(case.honest), max_size=3)
    fuzz(cases, st.tuples(chosen, hostile, st.booleans()), holds)


@pytest.mark.parametrize("cases", BUDGETS)
@pytest.mark.parametrize("module", MODULES)
def test_what_has_not_the_form_earns_nothing(module: str, cases: int) -> None:
    case = sealed(module)

    def holds(drawn: tuple[str, Any]) -> None:
        question, bundle = drawn
        try:
            case.forms[question].read(decode(bundle)[1])
            formed = True
        except (AnswerError, RecursionError):
            formed = False
        score = marked_fairly(module, [{"cell": question, "bundle": bundle}], {})[question]
        if not formed:
            assert score.points == 0
            assert score.flag in ("malformed", "oversized", "unanswered")

    named = st.sampled_from(sorted(case.forms))
    values = json_values | depths
    bundle = named.flatmap(
        lambda q: st.tuples(
            st.just(q),
            st.builds(lambda v: {"question": q, "value": v}, values)
            | st.builds(lambda v: {"question": q, "npy": v}, damaged_npy() | values)
            | st.builds(lambda v, k: {"question": q, "value": v, k: v}, values, texts)
            | values,
        )
    )
    fuzz(cases, bundle, holds)


# What an answer of the module custody can at most be worth, restated without looking at the checks.


def _custody_worth(question: str, answer: Any, truth: dict[str, Any]) -> float:
    if question == "seals":
        said = [str(seal).strip().upper() for seal in answer]
        return 1.0 if said == truth["seals"] else 0.5 * (set(said) == set(truth["seals"]))
    if question == "digests":
        known = set(truth["digests"].values())
        return len(known & {str(d).strip().lower() for d in answer.values()}) / len(known)
    if question == "mismatched":
        found = sum(any(str(n).endswith(f) for n in answer) for f in truth["mismatched"])
        return found / len(truth["mismatched"])
    if question == "breaks":
        accused = {item["entry"] for item in answer}
        return len(accused & {b["entry"] for b in truth["breaks"]}) / len(truth["breaks"])
    if question == "verify":
        return float(any(a == b for a, b in zip(answer, truth["verify"], strict=False) if b)) or 0.5
    if question == "transit":
        return float(abs(answer - truth["transit"]) <= 1)
    return float(answer == truth["decision"])


@pytest.mark.parametrize("cases", BUDGETS)
def test_custody_is_never_worth_more_than_the_facts_in_it(cases: int) -> None:
    case = sealed("custody")

    def holds(made: list[Any]) -> None:
        for item in made:
            question = str(item["cell"])
            if question not in case.forms:
                continue
            score = case.scores([item])[question]
            if score.points:
                answer = case.forms[question].read(decode(item["bundle"])[1])
                assert score.verdict.share <= _custody_worth(question, answer, case.truth)

    fuzz(cases, st.lists(bundles(case.honest), min_size=1, max_size=8), holds)
