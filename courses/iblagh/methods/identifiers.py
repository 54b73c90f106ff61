"""Find and mask what names a person: before a report is read by anybody who need not know.

Law 09-08 (protection of natural persons with regard to personal data) asks that data be adequate,
relevant and not excessive for the purpose. Formats are fictive: phones of the prefix 09 or of
country +999, which nobody has; cards of issuer 9 999 (ISO/IEC 7812, a country code left to users);
identity numbers of UTO, the issuer of specimens in ICAO Doc 9303; mail of RFC 2606 domains.
"""

import re
import unicodedata
from dataclasses import dataclass

from dalil.courses.iblagh.methods.grammar import luhn_digit

KINDS = ("phone", "card", "mail", "id")
_GAP = r"[ .\-]?"
_PATTERNS = {
    "mail": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "id": re.compile(r"(?<![^\W\d_])UTO ?\d{6}(?!\d)", re.IGNORECASE),
    "card": re.compile(rf"(?<!\d)\d{{4}}(?:{_GAP}\d{{4}}){{3}}(?!\d)"),
    "phone": re.compile(rf"(?<![\d+])(?:(?:\+|00)999{_GAP}|0)9(?:{_GAP}\d){{8}}(?!\d)"),
}


@dataclass(frozen=True)
class Identifier:
    """One identifier: ``text[start:end]`` as written, ``value`` in the one form for comparison."""

    kind: str
    start: int
    end: int
    value: str


def find_identifiers(text: str) -> list[Identifier]:
    """The identifiers in *text*, in their order, none within another.

    A number as long as a card's is a card only if its check digit is right (Luhn), so that the
    number of a file is left alone. Digits of any script are read.
    """
    western = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    found: list[Identifier] = []
    for kind in ("mail", "id", "card", "phone"):
        for match in _PATTERNS[kind].finditer(western):
            value = _value(kind, match[0])
            taken = any(i.start < match.end() and match.start() < i.end for i in found)
            if value and not taken:
                found.append(Identifier(kind, match.start(), match.end(), value))
    return sorted(found, key=lambda one: one.start)


def redact(text: str) -> str:
    """A copy of *text* with each identifier as ``[phone]``, ``[card]``, ``[mail]`` or ``[id]``."""
    parts, at = [], 0
    for one in find_identifiers(text):
        parts += [text[at : one.start], f"[{one.kind}]"]
        at = one.end
    return "".join([*parts, text[at:]])


def _value(kind: str, written: str) -> str:
    """The one form of what was *written*; "" if it is no identifier after all."""
    if kind == "mail":
        return written.lower().rstrip(".")
    digits = re.sub(r"\D", "", written)
    if kind == "id":
        return f"UTO{digits}"
    if kind == "card":
        return digits if luhn_digit(digits[:-1]) == digits[-1] else ""
    return f"0{digits[-9:]}"
