"""How people spell: the noise of keyboards, of habits, and of an alphabet borrowed for Darija.

A writer has habits (``Habits``) and keeps them through a report. Noise is laid on the words of a
template before places are filled, so that it never alters a number, an address or an amount.
"""

import re
from dataclasses import dataclass

import numpy as np

_LONG = re.compile("[اويaeiou]")
_TASHKEEL = ("\u064e", "\u064f", "\u0650", "\u0651")
_FRENCH_SHORT = (
    ("pour", "pr"), ("vous", "vs"), ("dans", "ds"), ("quelqu'un", "qqn"), ("avec", "avc"),
    ("beaucoup", "bcp"), ("parce que", "pcq"), ("je ne ", "je "), ("c'est", "c"), ("s'il", "sil"),
    ("téléphone", "tel"), ("aujourd'hui", "aujourdhui"), ("que ", "ke "), ("qui ", "ki "),
)  # fmt: skip
_FOLDED = str.maketrans("àâäçéèêëîïôöùûüœ’", "aaaceeeeiioouuuo'")
# Habits of Arabizi, as patterns; the second group would spoil French words and stays out of them.
_ARABIZI = (
    ("kh", ("kh", "kh", "5", "k")), ("gh", ("gh", "gh", "8", "g")),
    ("7", ("7", "7", "7", "h")), ("9", ("9", "9", "q", "k")), ("3", ("3", "3", "3", "a")),
    (r"\bw ", ("w ", "o ", "ou ")), (r"\bdyal\b", ("dyal", "dial", "d")),
    (r"\blia\b", ("lia", "liya", "lya")), (r"\bdaba\b", ("daba", "dba", "dabaa")),
)  # fmt: skip
_ARABIZI_ONLY = (("ch", ("ch", "ch", "sh")), ("ou", ("ou", "o", "u")), ("ee", ("e", "e", "i")))


@dataclass(frozen=True)
class Habits:
    """What one writer does: shares from 0 to 1 of the words or letters concerned."""

    slips: float  # letters doubled, lost, swapped
    careless: float  # accents, hamzas and vowels left out
    short: float  # abbreviations
    stretched: float  # letters drawn out: "bezzaaaf"
    swaps: tuple[tuple[str, str], ...]  # this writer's own Arabizi


def habits(rng: np.random.Generator) -> Habits:
    """A writer: most are careful or a little careless, some are in a great hurry."""
    swaps = tuple(
        (old, new[int(rng.integers(len(new)))]) for old, new in (*_ARABIZI, *_ARABIZI_ONLY)
    )
    return Habits(
        slips=float(rng.beta(1, 130)),
        careless=float(rng.beta(0.7, 0.7)),
        short=float(rng.beta(0.6, 1.6)),
        stretched=float(rng.beta(0.5, 60)),
        swaps=swaps,
    )


def misspell(rng: np.random.Generator, text: str, variety: str, writer: Habits) -> str:
    """*text* as *writer* would type it. The variety decides which habits can show."""
    if variety in ("arabizi", "mixed"):
        for old, new in writer.swaps[: None if variety == "arabizi" else len(_ARABIZI)]:
            text = re.sub(
                old, lambda found, new=new: new if rng.random() < 0.85 else found[0], text
            )
        text = re.sub(
            r"(?<=[b-df-hj-np-tv-z])e(?=[b-df-hj-np-tv-z])",
            lambda found: "" if rng.random() < 0.4 * writer.careless else found[0],
            text,
        )
    if variety in ("french", "mixed"):
        text = _french(rng, text, writer)
    words = text.split(" ")
    return " ".join(_word(rng, word, writer) for word in words)


def _french(rng: np.random.Generator, text: str, writer: Habits) -> str:
    for long, short in _FRENCH_SHORT:
        if long in text and rng.random() < 0.6 * writer.short:
            text = text.replace(long, short)
    if rng.random() < writer.careless:
        text = text.translate(_FOLDED)
    return text.lower() if rng.random() < 0.5 * writer.careless else text


def _word(rng: np.random.Generator, word: str, writer: Habits) -> str:
    if len(word) < 3:
        return word
    if "\u0600" <= word[1] <= "\u06ff":
        word = _arabic(rng, word, writer)
    if rng.random() < 2 * writer.stretched and (long := _LONG.search(word, 1)):
        word = word[: long.start()] + long[0] * int(rng.integers(2, 6)) + word[long.end() :]
    if rng.random() < writer.slips * len(word):
        at = int(rng.integers(1, len(word)))
        slip = int(rng.integers(3))
        if slip == 0:
            word = word[:at] + word[at + 1 :]
        elif slip == 1:
            word = word[:at] + word[at - 1 : at] + word[at:]
        else:
            word = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    return word


def _arabic(rng: np.random.Generator, word: str, writer: Habits) -> str:
    if rng.random() < writer.careless:
        word = re.sub("[أإآ]", "ا", word)
        if word.endswith("ة"):
            word = word[:-1] + "ه"
        elif word.endswith("ي") and rng.random() < 0.3:
            word = word[:-1] + "ى"
    elif rng.random() < 0.01:
        at = int(rng.integers(1, len(word)))
        word = word[:at] + _TASHKEEL[int(rng.integers(4))] + word[at:]
    if rng.random() < 0.2 * writer.stretched:
        word = word[:1] + "ـ" * int(rng.integers(1, 4)) + word[1:]
    return word
