"""Notebooks whose answers are not what they seem."""

from __future__ import annotations

from tests.attacks.family import Family
from tests.attacks.values import ATTACKS


class TestValues(Family):
    attacks = ATTACKS
