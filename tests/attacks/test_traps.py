"""Well-meaning notebooks that lose points elsewhere."""

from __future__ import annotations

from tests.attacks.family import Family
from tests.attacks.traps import ATTACKS


class TestTraps(Family):
    attacks = ATTACKS
