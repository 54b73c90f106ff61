"""Officers, laboratories and towns that do not exist, each in several spellings.

Given names are everyday ones; surnames, towns and laboratories are built from words for stars,
stones, winds and trees, so that nobody mistakes an exhibit for a real file. The spellings of one
name differ as they do in real records (Mohamed, Mohammed, Muhammad), which is itself an exercise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np

from dalil.errors import ForgingError

_Name = TypeVar("_Name")

# Arabic, French usage, other Latin spellings.
_GIVEN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("محمد", "Mohamed", ("Mohammed", "Muhammad")),
    ("أمينة", "Amina", ("Aminah", "Ameena")),
    ("يوسف", "Youssef", ("Yusuf", "Yousef")),
    ("فاطمة", "Fatima", ("Fatma", "Fatimah")),
    ("خالد", "Khalid", ("Khaled", "Halid")),
    ("سعاد", "Souad", ("Suad", "Soad")),
    ("عمر", "Omar", ("Omer", "Umar")),
    ("نورة", "Noura", ("Nora", "Nurah")),
    ("حسين", "Hocine", ("Hussein", "Husayn")),
    ("مريم", "Meryem", ("Maryam", "Mariam")),
    ("طارق", "Tarik", ("Tariq", "Tarek")),
    ("هدى", "Houda", ("Huda", "Hoda")),
    ("إدريس", "Driss", ("Idris", "Idriss")),
    ("زينب", "Zineb", ("Zaynab", "Zainab")),
    ("سليمان", "Slimane", ("Sulayman", "Suleiman")),
    ("ليلى", "Leïla", ("Layla", "Leila")),
    ("رشيد", "Rachid", ("Rashid", "Rasheed")),
    ("نعيمة", "Naïma", ("Naima", "Naeema")),
    ("جمال", "Jamal", ("Djamel", "Gamal")),
    ("كريمة", "Karima", ("Kareema", "Karimah")),
)

_FAMILY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("بننجوم", "Bennoujoum", ("Ben Nujum", "Bennujum")),
    ("الزمرداوي", "Zoumourdaoui", ("Al-Zumurrudawi", "Ezzoumourdaoui")),
    ("اللازوردي", "Lazouardi", ("Al-Lazawardi", "Ellazouardi")),
    ("بنقوسقزح", "Benqaouskouzah", ("Ben Qaws Quzah", "Benkawskuzah")),
    ("العقيقوي", "Akikaoui", ("Al-Aqiqawi", "El Akikaoui")),
    ("بنكهرمان", "Benkahramane", ("Ben Kahraman", "Benkahraman")),
    ("الثرياوي", "Thourayaoui", ("Al-Thurayyawi", "Ettourayaoui")),
    ("بنصنوبر", "Bensnaoubar", ("Ben Sanawbar", "Bensanawbar")),
    ("الشفقاوي", "Chafakaoui", ("Al-Shafaqawi", "Echafakaoui")),
    ("بنفيروز", "Benfaïrouz", ("Ben Fayruz", "Benfairuz")),
    ("النسيماوي", "Nassimaoui", ("Al-Nasimawi", "Ennassimaoui")),
    ("بنخزامى", "Benkhouzama", ("Ben Khuzama", "Benkhuzama")),
)

_TOWNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("عين النجمات", "Aïn Najmate", ("Ain Najmat", "Ayn al-Najmat")),
    ("وادي الكهرمان", "Oued Kahramane", ("Wadi Kahraman", "Wad al-Kahraman")),
    ("دار الشفق", "Dar Chafak", ("Dar Shafaq", "Dar al-Shafaq")),
    ("قصر اللازورد", "Ksar Lazouard", ("Qasr Lazaward", "Kasr al-Lazaward")),
    ("بئر الزمرد", "Bir Zoumourd", ("Bir Zumurrud", "Bi'r al-Zumurrud")),
    ("جبل الصنوبر الأزرق", "Jbel Snaoubar Lazrak", ("Jabal Sanawbar", "Djebel Snoubar")),
    ("مرسى الثريا", "Marsa Thouraya", ("Marsa Thurayya", "Mersa Touraya")),
    ("تل الخزامى", "Tell Khouzama", ("Tall Khuzama", "Tel al-Khuzama")),
)

# Arabic, French and English kinds of laboratory; the place follows.
_LABS: tuple[tuple[str, str, str], ...] = (
    ("مختبر الأدلة التدريبي", "Laboratoire d'instruction criminalistique", "Training Evidence Lab"),
    ("مختبر البصمات التدريبي", "Laboratoire-école de dactyloscopie", "Training Fingerprint Lab"),
    ("مختبر الآثار الرقمية التدريبي", "Laboratoire-école numérique", "Training Digital Lab"),
)


@dataclass(frozen=True)
class Person:
    """An invented officer: ``badge`` is four digits; ``spellings`` are further Latin forms."""

    badge: str
    arabic: str
    french: str
    spellings: tuple[str, ...]

    @property
    def all_spellings(self) -> tuple[str, ...]:
        return (self.arabic, self.french, *self.spellings)


@dataclass(frozen=True)
class Town:
    """An invented town: ``spellings`` are further Latin forms."""

    arabic: str
    french: str
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class Lab:
    """An invented laboratory in an invented town."""

    arabic: str
    french: str
    english: str
    town: Town


def officers(rng: np.random.Generator, count: int) -> list[Person]:
    """*count* officers with different names and different badges (1 to 240)."""
    everyone = list(product(_GIVEN, _FAMILY))
    names = _choose(rng, everyone, count, "officers")
    badges = rng.choice(np.arange(1000, 10_000), size=count, replace=False)
    return [
        _person(int(badge), given, family)
        for badge, (given, family) in zip(badges, names, strict=True)
    ]


def towns(rng: np.random.Generator, count: int) -> list[Town]:
    """*count* different towns (1 to 8)."""
    return [Town(*town) for town in _choose(rng, _TOWNS, count, "towns")]


def labs(rng: np.random.Generator, count: int) -> list[Lab]:
    """*count* different laboratories (1 to 24)."""
    chosen = _choose(rng, list(product(_LABS, _TOWNS)), count, "laboratories")
    return [
        Lab(
            f"{arabic}، {place[0]}",
            f"{french}, {place[1]}",
            f"{english}, {place[2][0]}",
            Town(*place),
        )
        for (arabic, french, english), place in chosen
    ]


def _person(
    badge: int,
    given: tuple[str, str, tuple[str, ...]],
    family: tuple[str, str, tuple[str, ...]],
) -> Person:
    spellings = tuple(f"{first} {last}" for first, last in zip(given[2], family[2], strict=True))
    inverted = f"{family[1].upper()} {given[1]}"
    return Person(
        badge=str(badge),
        arabic=f"{given[0]} {family[0]}",
        french=f"{given[1]} {family[1]}",
        spellings=(*spellings, inverted),
    )


def _choose(rng: np.random.Generator, names: Sequence[_Name], count: int, what: str) -> list[_Name]:
    if not 1 <= count <= len(names):
        raise ForgingError(f"there are 1 to {len(names)} {what} to draw, not {count}")
    return [names[int(index)] for index in rng.permutation(len(names))[:count]]
