"""Which of the academy's languages a browser asks for."""

from __future__ import annotations

from dalil.models import LANGUAGES, Language


def accepted_language(header: str) -> Language:
    """Return the academy's language that an Accept-Language *header* likes best; English else."""
    wishes: list[tuple[float, int, Language]] = []
    for place, wish in enumerate(header[:500].split(",")):
        name, _, weight = wish.partition(";")
        found = name.strip().lower().partition("-")[0]
        try:
            liked = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            liked = 0.0
        wishes += [(-liked, place, known) for known in LANGUAGES if known == found and liked > 0]
    return min(wishes)[2] if wishes else "en"
