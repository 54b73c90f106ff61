"""The glossary: terms that all modules share, and whether a translation uses them.

``courses/glossary.toml`` has one table a term, in alphabetical order::

    ["seal number"]
    en = ["number of the seal"]   # other English forms; a plural in -s goes without saying
    fr = ["numéro de scellé"]     # accepted forms, the usual one first; plurals in -s, -x, -es too
    ar = ["رقم الختم"]            # with or without particles, article, pronouns, signs for vowels
    means.en = "One line."
    means.fr = "Une ligne."
    means.ar = "سطر واحد."
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dalil.errors import TranslationError
from dalil.models import LANGUAGES, Language
from dalil.translation.catalogue import PLACE
from dalil.translation.direction import CODE_SPAN
from dalil.translation.upkeep import LINK, MATHS

GLOSSARY_NAME = "glossary.toml"

_FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1", re.MULTILINE | re.DOTALL)
_SIGNS = re.compile("[\u064b-\u0652\u0670\u0640]")  # signs for vowels, and the stretching tatweel
_BETWEEN = r"[\s>*_]+"  # between words: blanks, and the marks of Markdown
# Before an Arabic noun: and, then; with, like, for; the. After it: the endings of accusative, dual
# and sound plural; his, her, their, your, my, our.
_BEFORE = "(?:[وف])?(?:[بكل])?(?:ال|ل)?"
_PRONOUN = "(?:ه|ها|هم|هن|هما|ك|كم|ي|نا)"
_ENDING = f"(?:ا|ان|ين|ون|ات|(?:ا|ي|و|ات)?{_PRONOUN})?"
_FEMININE = f"(?:ة|تان|تين|ات|(?:ت|تا|تي|ات){_PRONOUN})"


@dataclass(frozen=True, eq=False)
class Term:
    """One term: its English ``name``, the accepted ``forms`` and the ``meaning`` by language."""

    name: str
    forms: Mapping[Language, tuple[str, ...]]
    meaning: Mapping[Language, str]

    def used_in(self, text: str, language: Language) -> bool:
        """Whether *text* holds one of the accepted forms."""
        return bool(self._patterns[language].search(_plain(text, language)))

    def is_named(self, english: str) -> bool:
        """Whether *english* is one of the English forms, and nothing else."""
        return bool(self._patterns["en"].fullmatch(_plain(english, "en")))

    @cached_property
    def _patterns(self) -> dict[Language, re.Pattern[str]]:
        return {language: _pattern(forms, language) for language, forms in self.forms.items()}


@dataclass(frozen=True)
class Glossary:
    """Every term, in the order of the file."""

    terms: tuple[Term, ...] = ()

    def left_out(self, english: str, translated: str, language: Language) -> list[Term]:
        """The terms that *english* uses and its translation says in other words, each once.

        Of overlapping terms the longest counts. Code, formulas and links are no prose, and what a
        translation quotes in English, such as the title of a paper, need not be said again.
        """
        for pattern in (_FENCED, CODE_SPAN, MATHS, LINK, PLACE):
            english = pattern.sub(" · ", english)
        english, quoted = _one_line(_plain(english, "en")), _one_line(_plain(translated, "en"))
        found: dict[Term, None] = {}
        for match in self._finder.finditer(english):
            before, after = english[: match.start()].split(), english[match.end() :].split()
            around = [" ".join([*before[-1:], match[0]]), " ".join([match[0], *after[:1]])]
            if not any(words != match[0] and words in quoted for words in around):
                found[self._term_of(match[0])] = None
        return [term for term in found if not term.used_in(translated, language)]

    @cached_property
    def _finder(self) -> re.Pattern[str]:
        return _pattern([form for term in self.terms for form in term.forms["en"]], "en")

    def _term_of(self, found: str) -> Term:
        return next(term for term in self.terms if term.is_named(found))


def load_glossary(courses: Path) -> Glossary:
    """Return the glossary of the folder ``courses/``; one without terms where there is none.

    Raises TranslationError with every problem, one a line.
    """
    path = courses / GLOSSARY_NAME
    place = f"{courses.name}/{GLOSSARY_NAME}"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Glossary()
    except (OSError, ValueError) as error:
        raise TranslationError(f"{place}: cannot be read ({error})") from None
    _raise(place, [line for name, entry in table.items() for line in _problems(name, entry)])
    glossary = Glossary(tuple(_term(name, entry) for name, entry in table.items()))
    _raise(place, _ambiguous(glossary))
    return glossary


def _raise(place: str, problems: Iterable[str]) -> None:
    if lines := [f"{place}: {line}" for line in problems]:
        raise TranslationError("\n".join(lines))


def _problems(name: str, entry: Any) -> Iterator[str]:
    """What keeps the table *name* from being a term."""
    if not isinstance(entry, dict):
        yield f"{name!r} is no table; write it as [{name!r}]"
        return
    if unknown := sorted(set(entry) - {*LANGUAGES, "means"}):
        yield f"{name!r} has the key {unknown[0]!r}; known are {', '.join(LANGUAGES)}, means"
    for language in LANGUAGES:
        forms = entry.get(language, [])
        lines = isinstance(forms, list) and all(map(_is_line, forms))
        if not lines or not (forms or language == "en"):
            yield f'{name!r} has no {language} forms; write {language} = ["…"]'
        means = entry.get("means")
        if not isinstance(means, dict) or not _is_line(means.get(language)):
            yield f'{name!r} has no meaning in {language}; write means.{language} = "one line"'


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.strip() == value != "" and len(value.splitlines()) == 1


def _term(name: str, entry: Mapping[str, Any]) -> Term:
    forms = {language: tuple(entry.get(language, ())) for language in LANGUAGES}
    return Term(name, {**forms, "en": (name, *forms["en"])}, dict(entry["means"]))


def _ambiguous(glossary: Glossary) -> Iterator[str]:
    """English forms that two terms have."""
    for term in glossary.terms:
        for form in term.forms["en"]:
            other = glossary._term_of(form)
            if other is not term:
                yield f"{form!r} stands for {other.name!r} and for {term.name!r}; keep one"


def _pattern(forms: Sequence[str], language: Language) -> re.Pattern[str]:
    """What finds any of *forms* in a text that went through ``_plain``."""
    longest = sorted((_plain(form, language) for form in forms), key=len, reverse=True)
    choices = "|".join(_BETWEEN.join(_words(form, language)) for form in longest)
    edge = r"[\w-]" if language == "en" else r"\w"  # hash-chained is no hash, celui-ci is celui
    return re.compile(rf"(?<!{edge})(?:{choices})(?!{edge})" if choices else r"(?!)")


def _words(form: str, language: Language) -> Iterator[str]:
    """A pattern for each word of a form."""
    *first, last = form.split()
    for word in first:
        yield _word(word, language, last=False)
    yield _word(last, language, last=True)


def _word(word: str, language: Language, *, last: bool) -> str:
    if language == "en":
        return re.escape(word) + ("(?:e?s)?" if last and word[-1:].isalpha() else "")
    if language == "fr":
        return re.escape(word) + ("(?:e?s|x)?" if len(word) > 2 else "")
    stem = word.removeprefix("ال")
    if stem.endswith("ة"):
        return f"{_BEFORE}{re.escape(stem[:-1])}{_FEMININE}"
    if stem.endswith("ء"):  # which sits on its vowel where a pronoun follows
        return f"{_BEFORE}{re.escape(stem[:-1])}(?:ء{_ENDING}|[ؤئ]{_PRONOUN})"
    return f"{_BEFORE}{re.escape(stem)}{_ENDING}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str, language: Language) -> str:
    """*text* with one spelling of what may be written in several ways."""
    text = unicodedata.normalize("NFC", text).replace("’", "'")
    return _SIGNS.sub("", text) if language == "ar" else text.casefold()
