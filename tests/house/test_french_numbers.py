"""Numbers in French texts are written as French writes them: 2 145 and 0,05, not 2,145 and 0.05."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dalil.translation.catalogue import read_po
from dalil.translation.direction import CODE_SPAN

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(ROOT.glob("courses/*/locale/fr.po")) + sorted(
    ROOT.glob("exercises/*/locale/fr.po")
)
PACKAGE = ROOT / "extensions/dalil/locale/fr.po"
# An English text that groups digits by commas means thousands; its French repeats none of them.
THOUSANDS = re.compile(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
# Versions and numbers of sections have points in French too, but none begins with a nought.
DECIMALS = re.compile(r"(?<![\w.])0\.\d+(?![\w.]*\d)")
FORMULA = re.compile(r"\$[^$]+\$")


def kept_from_english(english: str, french: str) -> set[str]:
    """The numbers that *french* has in English spelling, outside of code and formulas."""
    ours, theirs = (
        {number for form in (THOUSANDS, DECIMALS) for number in form.findall(text)}
        for text in (FORMULA.sub("", CODE_SPAN.sub("", text)) for text in (english, french))
    )
    return ours & theirs


@pytest.mark.parametrize(
    ("english", "french", "kept"),
    [
        ("2,145 pairs", "2,145 paires", {"2,145"}),
        ("1,000,000 at most", "au plus 1,000,000", {"1,000,000"}),
        ("2,145 pairs", "2\u202f145 paires", set()),
        ("2145 thousandths", "2,145 unités", set()),
        ("within 0.05", "à 0.05 près", {"0.05"}),
        ("within 0.05", "à 0,05 près", set()),
        ("type `0.05`, $p = 0.05$", "tapez `0.05`, $p = 0.05$", set()),
        ("version 4.10, T1053.005", "version 4.10, T1053.005", set()),
    ],
)
def test_english_numbers_are_told_from_others(english: str, french: str, kept: set[str]) -> None:
    assert kept_from_english(english, french) == kept


@pytest.mark.parametrize("path", [*CATALOGUES, PACKAGE], ids=lambda p: str(p.relative_to(ROOT)))
def test_french_catalogues_hold_no_english_numbers(path: Path) -> None:
    kept = {
        message.id: numbers
        for message in read_po(path)
        if message.id and isinstance(message.id, str)
        if (numbers := kept_from_english(message.id, str(message.string)))
    }
    assert kept == {}
