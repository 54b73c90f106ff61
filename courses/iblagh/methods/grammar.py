"""A grammar of invented citizens' reports: scenarios, and how a template becomes a text.

Five *varieties* (``VARIETIES``) tell the same ten scenarios of each of five classes, each in two
wordings, which makes twenty *templates* of a class. A template is held out in all varieties at
once, for the translation of a known template is no unseen one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from dalil.courses.iblagh.methods.phrases_arabizi import PHRASES as ARABIZI
from dalil.courses.iblagh.methods.phrases_darija import PHRASES as DARIJA
from dalil.courses.iblagh.methods.phrases_french import PHRASES as FRENCH
from dalil.courses.iblagh.methods.phrases_mixed import PHRASES as MIXED
from dalil.courses.iblagh.methods.phrases_msa import PHRASES as MSA

# Modern Standard Arabic; Darija in Arabic letters, in Latin letters; French; mixed in one sentence.
VARIETIES = ("msa", "darija", "arabizi", "french", "mixed")
# The mix of reports to the national platform as it was published in its first year.
CLASS_MIX = {"fraud": 0.60, "blackmail": 0.20, "insult": 0.10, "violence": 0.05, "other": 0.05}
CLASSES = tuple(CLASS_MIX)
SCENARIOS = (
    10  # of each class, of danger to life ("urgent") and of what only sounds like it ("calm")
)
_PHRASES: dict[str, dict[str, str]] = dict(
    zip(VARIETIES, (MSA, DARIJA, ARABIZI, FRENCH, MIXED), strict=True)
)
_CHOICE = re.compile(r"\{([^{}]*)\}")
_PLACE = re.compile(r"(<[a-z]+>)")
_ARABIC = re.compile("[\u0600-\u06ff]")


@dataclass(frozen=True)
class Templates:
    """Which templates (0 to 19) a corpus may use, by class, and of "urgent" and "calm" clauses."""

    allowed: Mapping[str, tuple[int, ...]]


@cache
def phrases(variety: str, kind: str) -> tuple[str, ...]:
    """The templates or words of a *kind*: a class, "urgent", "calm", "open", "rest", "bank" …"""
    bullets = re.split(r"^- ", _PHRASES[variety][kind], flags=re.MULTILINE)
    return tuple(" ".join(bullet.split()) for bullet in bullets if bullet.strip())


def split(
    rng: np.random.Generator, held_out: int = 6, *, by: str = "template"
) -> tuple[Templates, Templates]:
    """Two disjoint sets of templates: of each kind *held_out* of twenty are in the second alone.

    *by* "template" holds out one wording of so many scenarios, whose other wording stays known: new
    words for a known way of doing. *by* "scenario" holds out both wordings of half as many: a new
    way of doing.
    """
    known: dict[str, tuple[int, ...]] = {}
    unseen: dict[str, tuple[int, ...]] = {}
    for kind in (*CLASSES, "urgent", "calm"):
        order = [int(n) for n in rng.permutation(SCENARIOS)]
        wordings = [int(n) for n in rng.integers(2, size=SCENARIOS)]
        if by == "template":
            held = {n + SCENARIOS * wordings[n] for n in order[:held_out]}
        elif by == "scenario":
            held = {n + step for n in order[: held_out // 2] for step in (0, SCENARIOS)}
        else:
            raise ValueError(f"templates are held out by template or by scenario, not {by!r}")
        unseen[kind] = tuple(sorted(held))
        known[kind] = tuple(n for n in range(2 * SCENARIOS) if n not in held)
    return Templates(known), Templates(unseen)


def everything() -> Templates:
    """All templates of all kinds."""
    kinds = (*CLASSES, "urgent", "calm")
    return Templates({kind: tuple(range(2 * SCENARIOS)) for kind in kinds})


def pieces(rng: np.random.Generator, template: str) -> list[str]:
    """*template* with its choices made, cut into text and places: ``["…", "<amount>", "…"]``."""

    def choose(found: re.Match[str]) -> str:
        options = found[1].split("|")
        return options[int(rng.integers(len(options)))]

    return [piece for piece in _PLACE.split(_CHOICE.sub(choose, template)) if piece]


def is_place(piece: str) -> bool:
    """Whether *piece* is a place to fill, such as ``<amount>``."""
    return bool(_PLACE.fullmatch(piece))


def fill(rng: np.random.Generator, variety: str, place: str, known: dict[str, str]) -> str:
    """What stands at *place*; the same place of one incident holds the same thing (*known*)."""
    kind = place[1:-1]
    if kind not in known:
        known[kind] = _fresh(rng, variety, kind)
    return _written(rng, variety, kind, known[kind])


def _fresh(rng: np.random.Generator, variety: str, kind: str) -> str:
    if maker := _MAKERS.get(kind):
        return maker(rng)
    if kind in ("name", "town"):
        script = 0 if variety in ("msa", "darija") else 1
        return _NAMES[kind][int(rng.integers(len(_NAMES[kind])))][script]
    words = phrases(variety, kind)
    return words[int(rng.integers(len(words)))]


def _amount(rng: np.random.Generator) -> str:
    """Euro-sized sums and large ones alike, rounded as people round; in dirhams."""
    value = float(np.exp(rng.normal(7.6, 0.9)))
    step = (10, 50, 100)[int(rng.integers(3))] if value < 5000 else 500
    return str(max(100, round(value / step) * step))


def _phone(rng: np.random.Generator) -> str:
    # 09 is no prefix of the national plan and +999 no country: nobody can be called.
    return "0900" + "".join(str(n) for n in rng.integers(0, 10, 6))


def _card(rng: np.random.Generator) -> str:
    # ISO/IEC 7812: 9 and a country of ISO 3166; 999 is left to users there, so no card bears it.
    digits = "9999" + "".join(str(n) for n in rng.integers(0, 10, 11))
    return digits + luhn_digit(digits)


def luhn_digit(digits: str) -> str:
    """The check digit that makes *digits* a card number (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(reversed(digits))]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def _order(rng: np.random.Generator) -> str:
    """A number of a file as long as a card's, whose check digit is wrong."""
    digits = "".join(str(n) for n in (rng.integers(1, 9), *rng.integers(0, 10, 14)))
    return digits + str((int(luhn_digit(digits)) + int(rng.integers(1, 10))) % 10)


def _mail(rng: np.random.Generator) -> str:
    name = _NAMES["name"][int(rng.integers(len(_NAMES["name"])))][1].lower()
    host = ("courrier.example", "barid.example", "poste.example.org")[int(rng.integers(3))]
    return f"{name}{('.', '_', '')[int(rng.integers(3))]}{rng.integers(10, 999)}@{host}"


def _idno(rng: np.random.Generator) -> str:
    # UTO is the issuer of specimens in ICAO Doc 9303, never a country.
    return f"UTO{rng.integers(100_000, 999_999)}"


def _handle(rng: np.random.Generator) -> str:
    start = ("nour", "malak", "king", "zahra", "atlas", "star", "amal", "simo")
    return (
        f"{start[int(rng.integers(len(start)))]}{'._'[int(rng.integers(2))]}{rng.integers(10, 99)}"
    )


_MAKERS: dict[str, Callable[[np.random.Generator], str]] = {
    "amount": _amount,
    "phone": _phone,
    "suspect": _phone,
    "card": _card,
    "order": _order,
    "mail": _mail,
    "idno": _idno,
    "handle": _handle,
}
_NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "name": (
        ("سمير", "Samir"), ("نادية", "Nadia"), ("كمال", "Kamal"), ("سلمى", "Salma"),
        ("أنس", "Anas"), ("هاجر", "Hajar"), ("رضا", "Reda"), ("وفاء", "Wafae"),
        ("زكرياء", "Zakaria"), ("إيمان", "Imane"), ("منير", "Mounir"), ("لبنى", "Loubna"),
    ),
    "town": (
        ("عين النجمات", "Ain Najmate"), ("وادي الكهرمان", "Oued Kahramane"),
        ("دار الشفق", "Dar Chafak"), ("قصر اللازورد", "Ksar Lazouard"),
        ("بئر الزمرد", "Bir Zoumourd"), ("مرسى الثريا", "Marsa Thouraya"),
    ),
}  # fmt: skip


def _written(rng: np.random.Generator, variety: str, kind: str, value: str) -> str:
    """One of the ways in which people write *value*."""
    if kind == "amount":
        unit = phrases(variety, "cur")[int(rng.integers(len(phrases(variety, "cur"))))]
        grouped = f"{int(value):,}".replace(",", (" ", ".", "")[int(rng.integers(3))])
        value = f"{grouped} {unit}"
    elif kind in ("phone", "suspect"):
        value = _phone_written(rng, value)
    elif kind in ("card", "order") and rng.random() < 0.6:
        value = (" ", "-")[int(rng.integers(2))].join(value[n : n + 4] for n in range(0, 16, 4))
    elif kind == "idno":
        value = (value, value.lower(), f"{value[:3]} {value[3:]}")[int(rng.integers(3))]
    arabic = variety in ("msa", "darija") and kind not in ("mail", "handle", "idno")
    return value.translate(_EASTERN) if arabic and rng.random() < 0.25 else value


_EASTERN = {ord("0") + n: 0x0660 + n for n in range(10)}


def _phone_written(rng: np.random.Generator, value: str) -> str:
    pairs = [value[n : n + 2] for n in range(0, 10, 2)]
    rest = value[1:]
    ways = (
        value,
        " ".join(pairs),
        ".".join(pairs),
        "-".join(pairs),
        f"+999{rest}",
        f"00999 {rest[:3]} {rest[3:6]} {rest[6:]}",
    )
    return ways[int(rng.integers(len(ways)))]
