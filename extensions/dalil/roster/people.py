"""A person of the academy, and what each field of one may hold."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from dalil.errors import SaidError
from dalil.models import LANGUAGES, N_, language, trainee_id

Role: TypeAlias = Literal["trainee", "instructor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SEXES = ("", "f", "m")
MAX_TEXT = 120  # characters of a name, cohort, unit or rank
# What a spreadsheet would run as a formula (OWASP, CSV injection), in full width too.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# Marks and isolates that reorder the text around them: a name could show as another one.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# How sheets in three languages spell the values, in lower case.
_SEXES = {
    "": "",
    **dict.fromkeys(("f", "female", "woman", "femme", "féminin", "أنثى", "انثى", "أ"), "f"),
    **dict.fromkeys(("m", "male", "man", "h", "homme", "masculin", "ذكر", "ذ"), "m"),
}
_ROLES: dict[str, str] = {
    "": "trainee",
    **dict.fromkeys(("trainee", "stagiaire", "متدرب", "متدربة"), "trainee"),
    **dict.fromkeys(("instructor", "instructeur", "formateur", "مدرب", "مدربة"), "instructor"),
    **dict.fromkeys(("admin", "administrateur", "مدير", "مديرة"), "admin"),
}
_LANGUAGES = {
    "": "",
    **dict.fromkeys(("ar", "arabic", "arabe", "العربية", "عربية"), "ar"),
    **dict.fromkeys(("fr", "french", "français", "francais", "الفرنسية", "فرنسية"), "fr"),
    **dict.fromkeys(("en", "english", "anglais", "الإنجليزية", "إنجليزية"), "en"),
}


@dataclass(frozen=True, order=True)
class Person:
    """One person; an empty text where something is not known.

    ``id`` is the name at the hub and the trainee's id in the records; ``sex`` one of SEXES,
    ``language`` one of the academy's or empty, ``role`` one of ROLES.
    """

    id: str
    name: str = ""
    cohort: str = ""
    unit: str = ""
    sex: str = ""
    rank: str = ""
    language: str = ""
    role: str = "trainee"

    def checked(self) -> Person:
        """The same person in Unicode NFC. Raises UsageError naming field and reason."""
        return Person(**{name: checked(name, value) for name, value in asdict(self).items()})

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def tag(self) -> str:
        """A digest of all fields: whether somebody has changed them since they were looked at."""
        return hashlib.sha256(repr(self).encode("utf-8", "backslashreplace")).hexdigest()[:32]


FIELDS = tuple(field.name for field in fields(Person))


def person_of(values: Mapping[Any, Any]) -> Person:
    """The person of one row of a table."""
    return Person(**{name: values[name] for name in FIELDS})


def checked(field: str, value: str) -> str:
    """*value* as that field of a person keeps it. Raises UsageError."""
    text = unicodedata.normalize("NFC", value).strip()
    _harmless(text)
    match field:
        case "id":
            return _own_id(text)
        case "sex":
            return _one_of(field, text, _SEXES)
        case "role":
            return _one_of(field, text, _ROLES)
        case "language":
            known = _one_of(field, text, _LANGUAGES)
            return language(known) if known else ""
    return text


def _own_id(text: str) -> str:
    name = trainee_id(text)
    if name != name.lower():
        # JupyterHub knows everybody in lower case: nobody could log in under another name.
        raise SaidError(
            N_("write the id in lower case, as people log in: {name}"), name=name.lower()
        )
    return name


def _harmless(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise SaidError(N_("longer than {most} characters; shorten it"), most=MAX_TEXT)
    if text.startswith(FORMULA):
        raise SaidError(
            N_("begins with “{sign}”, which a spreadsheet would run as a formula"), sign=text[0]
        )
    for character in text:
        if character in BIDI:
            raise SaidError(
                N_("holds the invisible mark {code}, which turns text around; type it anew"),
                code=f"U+{ord(character):04X}",
            )
        if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise SaidError(
                N_("holds the character {code}, which does not belong here"),
                code=f"U+{ord(character):04X}",
            )


def _one_of(field: str, text: str, known: Mapping[str, str]) -> str:
    value = known.get(text.lower())
    if value is None:
        plain = {"sex": ("f", "m"), "role": ROLES, "language": LANGUAGES}[field]
        raise SaidError(
            N_("“{text}” is not known here; write one of {known}"),
            text=text,
            known=", ".join(plain),
        )
    return value
