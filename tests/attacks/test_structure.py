"""Notebooks whose metadata and structure lie."""

from __future__ import annotations

from tests.attacks.family import Family
from tests.attacks.structure import ATTACKS


class TestStructure(Family):
    attacks = ATTACKS
