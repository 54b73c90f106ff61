"""Normalise text that mixes Arabic, Darija in two alphabets and French: on copies, never in place.

Sources: Unicode Standard Annex 15 (normalisation forms); N. Habash, "Introduction to Arabic Natural
Language Processing" (2010), chapter 2 for the letters that writers interchange; R. Cotterell et
al., "An Algerian Arabic-French code-switched corpus", LREC workshop (2014) for the digits of
Arabizi.
"""

import re
import unicodedata

_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640]")  # vowel signs, and the tatweel
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ALIKE = str.maketrans("أإآٱىةؤئ", "اااايهوي")
_LETTERS = re.compile(r"[^\W\d_]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_NUMBER = re.compile(r"\d{2,}|^\d$")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Digits that stand for letters in Arabizi: next to a Latin letter, and alone.
_DIGIT_LETTER = re.compile(r"(?<!\d)[235789](?!\d)")
ARABIZI_DIGITS = {"2": "ء", "3": "ع", "5": "خ", "7": "ح", "8": "غ", "9": "ق"}

# One sign for each sound: C for ش and ch, X for خ and kh, 3 7 8 9 as in Arabizi.
_ARABIC_SOUNDS = str.maketrans(
    {
        **dict(
            zip("بتثجحخدذرزسشصضطظعغفقكلمنهپڤگڭچ", "bttj7XddrzsCsdtd38f9klmnhbfggC", strict=True)
        ),
        **dict.fromkeys("اويىءةؤئأإآ", ""),
    }
)
_LATIN_PAIRS = (
    ("kh", "X"), ("gh", "8"), ("ch", "C"), ("sh", "C"), ("th", "t"), ("dh", "d"), ("ph", "f"),
    ("qu", "k"),
)  # fmt: skip
_LATIN_SOUNDS = str.maketrans(
    {**dict(zip("pvqcxg5", "bf9kCgX", strict=True)), **dict.fromkeys("aeiouyw2'", "")}
)


def fold(text: str) -> str:
    """*text* in the form in which words are compared: a new string; *text* stays what it is.

    NFKC; no invisible or direction marks; digits of any script as 0-9; lower case without accents;
    no Arabic vowel signs or tatweel; alef, ya and ta marbuta in one form each; a letter drawn out
    to three or more written once; white space as single blanks.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    text = unicodedata.normalize("NFKC", _MARKS.sub("", text).translate(_ALIKE)).casefold()
    plain = unicodedata.normalize("NFD", text)
    text = "".join(c for c in plain if not unicodedata.combining(c)).translate(_ALIKE)
    text = text.replace("’", "'")
    return " ".join(_STRETCHED.sub(r"\1", text).split())


def scripts(text: str) -> dict[str, float]:
    """Shares of Arabic and Latin letters, from 0 to 1; both 0 when there are no letters."""
    letters = _LETTERS.findall(text)
    arabic = sum("\u0600" <= c <= "\u06ff" or "\ufb50" <= c <= "\ufeff" for c in letters)
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    total = max(1, len(letters))
    return {"arabic": arabic / total, "latin": latin / total}


def arabizi(text: str) -> str:
    """*text* with the digits that stand for letters written as the Arabic letters they mean.

    A digit counts as a letter if it is alone (``7anout``, not ``1200dh``) in a word that has a
    Latin letter: ``fin kayn l7anout`` but ``3 ayam`` and ``2 DH``. Two letters in a row
    (``3 7anout``) are two words. A single digit before a unit (``5dh``) is misread; no rule of
    spelling tells it from ``5dit``.
    """

    def spell(word: re.Match[str]) -> str:
        if not re.search("[a-zA-Z]", word[0]):
            return word[0]
        return _DIGIT_LETTER.sub(lambda digit: ARABIZI_DIGITS[digit[0]], word[0])

    return _WORD.sub(spell, text)


def sounds(text: str) -> str:
    """The consonants of each word in one alphabet for both scripts: ``حساب`` and ``7sab`` as 7sb.

    Vowels, which Arabic script leaves out and Arabizi spells at will, are dropped; double letters
    count once. Numbers are left out, and words of one consonant.
    """
    words = (_consonants(word) for word in _WORD.findall(fold(text)))
    return " ".join(word for word in words if len(word) > 1)


def _consonants(word: str) -> str:
    word = _NUMBER.sub("", word)
    for pair, sound in _LATIN_PAIRS:
        word = word.replace(pair, sound)
    word = word.translate(_LATIN_SOUNDS).translate(_ARABIC_SOUNDS)
    return re.sub(r"(.)\1+", r"\1", word)
