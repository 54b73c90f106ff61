"""What is sealed, and whether a text gives it away."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

LONG = 16  # characters of a text that nobody writes by chance
PRECISE = 5  # significant digits of a number that nobody writes by chance
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?(?![\w])")
_INVISIBLE = re.compile("[\u200e\u200f\u061c\u2066-\u2069]")


@dataclass(frozen=True)
class Secret:
    """One leaf of the truth: where it stands in it, and its value."""

    place: str
    value: str | float

    def __str__(self) -> str:
        return self.place


class Secrets:
    """Leaves of a truth that are telling by themselves: long texts and precise numbers."""

    def __init__(self, truth: Any, public: Iterable[str] = ()) -> None:
        """*public* are texts that the module itself declares, such as the options of a choice."""
        known = {text.casefold() for text in public}
        found = [Secret(place, value) for place, value in _telling(truth, "truth")]
        self.texts = [
            s for s in found if isinstance(s.value, str) and s.value.casefold() not in known
        ]
        numbers = [s for s in found if not isinstance(s.value, str)]
        # Shares are shown as percentages, signs are left out: both count as well.
        sizes = [(abs(float(s.value)) * scale, s) for s in numbers for scale in (1, 100)]
        self._sizes = sorted(sizes, key=lambda size: size[0])

    def given_away(self, text: str) -> set[Secret]:
        """Return which secrets *text* holds.

        A number counts however many digits of it are shown, from five on, with a point or a comma.
        """
        plain = _INVISIBLE.sub("", text).casefold()
        found = {s for s in self.texts if str(s.value).casefold() in plain}
        for value, half in set(_numbers(plain)) if self._sizes else ():
            slack = half * (1 + 1e-9)
            first = bisect_left(self._sizes, value - slack, key=lambda size: size[0])
            last = bisect_right(self._sizes, value + slack, key=lambda size: size[0])
            found |= {secret for _, secret in self._sizes[first:last]}
        return found


def _telling(value: Any, place: str) -> Iterator[tuple[str, str | float]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _telling(item, f"{place}[{key!r}]")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _telling(item, f"{place}[{number}]")
    elif (isinstance(value, str) and len(value) >= LONG) or (
        isinstance(value, int | float) and _digits(repr(value)) >= PRECISE
    ):
        yield place, value


def _digits(text: str) -> int:
    """Significant digits of a number as it is written."""
    mantissa = re.split("[eE]", text)[0]
    digits = re.sub(r"\D", "", mantissa).lstrip("0")
    whole = "." not in mantissa and "," not in mantissa
    return len(digits.rstrip("0") if whole else digits)


def _numbers(text: str) -> Iterator[tuple[float, float]]:
    """Numbers of five digits or more in *text*, each with half a unit of its last digit."""
    for match in _NUMBER.finditer(text):
        if _digits(match.group()) < PRECISE:
            continue
        number = match.group().replace(",", ".").lower()
        mantissa, _, exponent = number.partition("e")
        decimals = len(mantissa.partition(".")[2])
        if abs(int(exponent or 0)) < 300:
            yield abs(float(number)), 0.5 * 10.0 ** (int(exponent or 0) - decimals)


class _Text(HTMLParser):
    """What a page says to people: no styles, no scripts; attributes that carry text."""

    SPEAKING = ("title", "alt", "aria-label", "value", "content")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "script")
        self.parts += [
            value
            for name, value in attrs
            if value and (name in self.SPEAKING or name.startswith("data-"))
        ]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(data)


def page_text(html: str) -> str:
    """Return the text of a page, with its comments and the attributes that hold words."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "\n".join(parser.parts)


def words(value: Any) -> Iterator[str]:
    """Yield every key, text and number of *value*, a JSON value, as text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from words(item)
    elif value is not None:
        yield str(value)


def text_of(value: Any) -> str:
    """Return all words of *value*, one a line."""
    return "\n".join(words(value))
