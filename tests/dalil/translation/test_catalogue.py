"""Catalogues are read or refused in one line, and only plain names are filled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dalil.errors import TranslationError
from dalil.translation import ENGLISH, Catalogue, find_catalogue, load_catalogue, translate

PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#: lesson.ipynb#intro
msgid "# Custody\\n\\nText"
msgstr "# سلسلة\\n\\nنص"

#, fuzzy
msgid "old"
msgstr "قديم"

msgid "empty"
msgstr ""

#~ msgid "gone"
#~ msgstr "ذهب"
"""


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    folder = tmp_path / "locale"
    folder.mkdir()
    (folder / "ar.po").write_text(PO, "utf-8")
    return folder


def test_good_messages_count_and_the_rest_falls_back_to_english(locale: Path) -> None:
    catalogue = load_catalogue(locale / "ar.po")
    assert (catalogue.language, catalogue.direction) == ("ar", "rtl")
    assert catalogue.get("# Custody\n\nText") == "# سلسلة\n\nنص"
    assert [catalogue.get(text) for text in ("old", "empty", "gone", "")] == [
        "old",
        "empty",
        "gone",
        "",
    ]
    assert "old" not in catalogue


def test_catalogues_are_found_by_language(locale: Path) -> None:
    assert find_catalogue(locale.parent, "en") is ENGLISH
    assert find_catalogue(locale.parent, "ar").language == "ar"
    with pytest.raises(TranslationError, match=r"locale/fr\.po: missing"):
        find_catalogue(locale.parent, "fr")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"nonsense here",
        b'msgid "a"\nmsgstr "\xff"',
        b'msgid "a"\nmsgid "b"\nmsgstr[x] "c"',
        b'msgid ""\nmsgstr "Content-Type: text/plain; charset=none\\n"\n\nmsgid "a"\nmsgstr "\xd8"',
    ],
)
def test_broken_catalogues_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fr.po"
    path.write_bytes(content)
    with pytest.raises(TranslationError) as caught:
        load_catalogue(path)
    assert "fr.po" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_languages_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(PO)
    (tmp_path / "ar.po").mkdir()
    for name in ("de.po", "ar.po"):
        with pytest.raises(TranslationError):
            load_catalogue(tmp_path / name)


class Secret:
    code = "S3CRET"

    def __format__(self, spec: str) -> str:
        return self.code

    def __str__(self) -> str:
        return "shown"


@pytest.mark.parametrize(
    ("message", "values", "expected"),
    [
        ("{n} of {total}", {"n": 2, "total": 3}, "2 of 3"),
        ("{n}", {"n": "{total}", "total": 3}, "{total}"),
        ("{unknown} {n}", {"n": 1}, "{unknown} 1"),
        (
            "{x.code} {x!r} {x:>3} {x[0]} {0} {}",
            {"x": Secret()},
            "{x.code} {x!r} {x:>3} {x[0]} {0} {}",
        ),
        ("{x}", {"x": Secret()}, "shown"),
        ("{{n}} {n", {"n": 1}, "{1} {n"),
        (r"$\frac{a}{b}$", {}, r"$\frac{a}{b}$"),
        ("{v}", {"v": 0.123456789}, "0.123457"),
    ],
)
def test_only_plain_names_are_filled(message: str, values: dict[str, Any], expected: str) -> None:
    assert translate(message, values, ENGLISH) == expected


def test_values_are_written_as_the_language_writes_them() -> None:
    french = Catalogue("fr", {"{v} mm": "{v} mm en tout"})
    assert translate("{v} mm", {"v": 3.5}, french) == "3,5 mm en tout"
    arabic = Catalogue("ar", {"{v} in {f}": "{v} في {f}"})
    assert translate("{v} in {f}", {"v": 3.5, "f": "-a.csv"}, arabic) == (
        "\u20683,5\u2069 في \u2068-a.csv\u2069"
    )
