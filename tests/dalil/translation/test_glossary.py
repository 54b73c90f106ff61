"""The glossary: which texts use a term, in three languages, and what a glossary must say."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalil.errors import TranslationError
from dalil.translation import Glossary, load_glossary

GOOD = """
["likelihood ratio"]
en = ["LR"]
fr = ["rapport de vraisemblance"]
ar = ["نسبة الأرجحية", "نسب الأرجحية"]
means.en = "One."
means.fr = "Un."
means.ar = "واحد."

["ratio"]
fr = ["rapport"]
ar = ["النسبة"]
means.en = "Two."
means.fr = "Deux."
means.ar = "اثنان."

["seal"]
fr = ["scellé"]
ar = ["الختم", "الأختام"]
means.en = "Three."
means.fr = "Trois."
means.ar = "ثلاثة."

["test fire"]
en = ["test-fire"]
fr = ["tir d'essai"]
ar = ["الرمية الاختبارية"]
means.en = "Four."
means.fr = "Quatre."
means.ar = "أربعة."

["recall"]
fr = ["rappel"]
ar = ["الاستدعاء"]
means.en = "Five."
means.fr = "Cinq."
means.ar = "خمسة."
"""


def written(folder: Path, text: str) -> Path:
    courses = folder / "courses"
    courses.mkdir(exist_ok=True)
    (courses / "glossary.toml").write_text(text, encoding="utf-8")
    return courses


@pytest.fixture
def glossary(tmp_path: Path) -> Glossary:
    return load_glossary(written(tmp_path, GOOD))


def names(glossary: Glossary, english: str, translated: str, language: str) -> list[str]:
    return [term.name for term in glossary.left_out(english, translated, language)]


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("A likelihood ratio.", ["likelihood ratio"]),
        ("**Likelihood\nratios** and an LR", ["likelihood ratio"]),
        ("A ratio of two, then a likelihood ratio.", ["ratio", "likelihood ratio"]),
        ("The seals, sealed and re-sealed; a seal-maker.", ["seal"]),
        ("Unsealed, rationed, LRs", ["likelihood ratio"]),
        ("`seal` and $LR$ and {ratio} and [x](seal.csv)", []),
        ("Before\n```\nseal = 1\n```\nafter", []),
        ("A test-fire, or two test fires", ["test fire"]),
    ],
)
def test_terms_are_found_in_prose(glossary: Glossary, english: str, expected: list[str]) -> None:
    assert names(glossary, english, "", "fr") == expected


@pytest.mark.parametrize(
    ("english", "language", "translated", "kept"),
    [
        ("the likelihood ratio", "fr", "le **rapport de\n> vraisemblance**", True),
        ("the likelihood ratios", "fr", "Les Rapports de vraisemblance", True),
        ("the likelihood ratio", "fr", "le rapport des vraisemblances", False),
        ("the likelihood ratio", "fr", "la vraisemblance", False),
        ("the seal", "fr", "deux scellés", True),
        ("the seal", "fr", "ce scellé-ci", True),
        ("the seal", "fr", "le sceau, descellé", False),
        ("a test fire", "fr", "un tir d’essai", True),
        ("the likelihood ratio", "ar", "ونسبةُ الأرجحيّة", True),
        ("the likelihood ratio", "ar", "بنسبة أرجحية", True),
        ("the likelihood ratio", "ar", "لنسـبة الأرجحية", True),
        ("the likelihood ratio", "ar", "نسبة الاحتمال", False),
        ("the seal", "ar", "بالختم", True),
        ("the seal", "ar", "وللختم", True),
        ("the seal", "ar", "ختمٌ وضعه", True),
        ("the seal", "ar", "ختمًا", True),
        ("the seal", "ar", "ختمه", True),
        ("two seals", "ar", "ختمان", True),
        ("their seals", "ar", "أختامهم", True),
        ("the seal", "ar", "اختتم", False),
        ("the seal", "ar", "الطابع", False),
        ("two ratios", "ar", "نسبتان", True),
        ("its ratio", "ar", "نسبته", True),
        ("the ratio", "ar", "النسب", False),
        ("its recall", "ar", "استدعاؤها", True),
        ("of its recall", "ar", "ولاستدعائه", True),
        ("the recall", "ar", "بالاستدعاء", True),
        ("the recall", "ar", "استدعى", False),
        ("test fires", "ar", "رميتين اختباريتين", True),
    ],
)
def test_a_translation_uses_an_accepted_form(
    glossary: Glossary, english: str, language: str, translated: str, kept: bool
) -> None:
    assert (names(glossary, english, translated, language) == []) is kept


def test_what_a_translation_quotes_is_not_said_again(glossary: Glossary) -> None:
    english = "See Vergeer, *The likelihood ratio in court* (2016)."
    assert names(glossary, english, "Vergeer, *The likelihood ratio in court* (2016)", "ar") == []
    both = f"{english} A likelihood ratio is no proof."
    kept = "انظر *The likelihood ratio in court*. ليست برهانا."
    assert names(glossary, both, kept, "ar") == ["likelihood ratio"]
    assert names(glossary, "a seal", "un seal", "fr") == ["seal"]


def test_a_curriculum_may_have_no_glossary(tmp_path: Path) -> None:
    (tmp_path / "courses").mkdir()
    glossary = load_glossary(tmp_path / "courses")
    assert glossary.terms == ()
    assert names(glossary, "a seal", "", "fr") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('fr = ["scellé"]', "", "'seal' has no fr forms"),
        ('ar = ["الختم", "الأختام"]', 'ar = "الختم"', "'seal' has no ar forms"),
        ('ar = ["الختم", "الأختام"]', 'ar = ["الختم", ""]', "'seal' has no ar forms"),
        ('means.ar = "ثلاثة."', "", "'seal' has no meaning in ar"),
        ('means.en = "Three."', r'means.en = "Three.\nFour."', "'seal' has no meaning in en"),
        ('means.en = "Three."', 'notes = "x"\nmeans.en = "x"', "'seal' has the key 'notes'"),
        ('["ratio"]', '["LR"]', "'LR' stands for 'likelihood ratio' and for 'LR'"),
        ('["seal"]', '["seal"', "cannot be read"),
        ('["likelihood ratio"]', 'seals = 3\n["likelihood ratio"]', "'seals' is no table"),
    ],
)
def test_an_incomplete_glossary_is_told(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in GOOD
    courses = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(TranslationError) as caught:
        load_glossary(courses)
    assert str(caught.value).startswith("courses/glossary.toml: ")
    assert problem in str(caught.value)
