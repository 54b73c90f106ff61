"""The glossary of our own curriculum: sorted, complete, in words that it accepts itself."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dalil.contract.check import check_module
from dalil.curriculum import find_modules, new_module
from dalil.models import LANGUAGES, ModuleId
from dalil.settings import load_settings
from dalil.translation import extract, load_catalogue, load_glossary

ROOT = Path(__file__).parents[2]
GLOSSARY = load_glossary(ROOT / "courses")
SCRIPT = {"ar": re.compile(r"[\u0600-\u06ff]"), "fr": re.compile("[a-zà-ÿ]", re.IGNORECASE)}
LONGEST = 140  # characters of a meaning: one line


def test_the_terms_are_in_alphabetical_order() -> None:
    names = [term.name for term in GLOSSARY.terms]
    assert names == sorted(names, key=str.casefold)
    assert len(names) > 30


@pytest.mark.parametrize("term", GLOSSARY.terms, ids=lambda term: term.name)
def test_a_term_is_complete(term: object) -> None:
    for language in LANGUAGES:
        forms, meaning = term.forms[language], term.meaning[language]
        assert len(set(forms)) == len(forms)
        assert meaning.endswith(".")
        assert len(meaning) <= LONGEST
        if language != "en":
            assert all(SCRIPT[language].search(text) for text in (*forms, meaning))
            assert all(term.used_in(form, language) for form in forms)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_no_two_terms_have_the_same_first_form(language: str) -> None:
    """Two things with one name could not be told apart in a lesson."""
    first = Counter(term.forms[language][0] for term in GLOSSARY.terms)
    assert [form for form, times in first.items() if times > 1] == []


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_meanings_use_the_terms_too(language: str) -> None:
    left_out = {
        term.name: [t.name for t in GLOSSARY.left_out(term.meaning["en"], text, language)]
        for term in GLOSSARY.terms
        if (text := term.meaning[language])
    }
    assert {name: terms for name, terms in left_out.items() if terms} == {}


ASKED = re.compile(r"`\w+`, a (?:list of )?records?\b")  # the form of an answer, no other record


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_form_of_an_answer_is_called_a_record_everywhere(language: str) -> None:
    """The rule `terms` cannot tell it from records of a log; the places where it is asked can."""
    term = next(term for term in GLOSSARY.terms if term.name == "record (answer)")
    asked, otherwise = 0, []
    for module in find_modules(load_settings(ROOT)):
        for domain in extract(module):
            catalogue = load_catalogue(domain.path(language))
            texts = [one.message for one in domain.entries if ASKED.search(one.message)]
            asked += len(texts)
            otherwise += [t for t in texts if not term.used_in(catalogue.get(t), language)]
    assert asked > 20
    assert otherwise == []


def test_a_new_module_uses_them(tmp_path: Path, make_curriculum) -> None:
    root = make_curriculum(tmp_path)
    for part in ("courses", "exercises", "graders"):
        (root / part).mkdir()
    (root / "courses" / "glossary.toml").write_bytes((ROOT / "courses/glossary.toml").read_bytes())
    settings = load_settings(root)
    new_module(settings, ModuleId("glass"), "Glass")
    assert check_module(settings, "glass", only=["terms"]) == []
