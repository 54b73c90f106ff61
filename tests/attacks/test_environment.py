"""Notebooks that prepare the place in which they, or others, will run."""

from __future__ import annotations

from tests.attacks.environment import ATTACKS
from tests.attacks.family import Family


class TestEnvironment(Family):
    attacks = ATTACKS
