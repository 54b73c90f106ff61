"""Who asks, and in which language they want to be spoken to."""

from __future__ import annotations

from typing import Any

from dalil.errors import UsageError
from dalil.models import LANGUAGES, language
from dalil.service.handlers import ApiHandler, needs


class Me(ApiHandler):
    """``GET api/me``."""

    @needs()
    async def get(self) -> None:
        person = self.person
        self.answer(
            {
                "id": self.who,
                "name": person.name if person and person.name else self.who,
                "role": person.role if person else "",
                "language": self.language,
                "cohort": person.cohort if person else "",
                "scopes": sorted(self.scopes),
                "languages": list(reversed(LANGUAGES)),
                "course": self.state.settings.course_id,
            }
        )


class MyLanguage(ApiHandler):
    """``PUT api/me/language``."""

    @needs()
    async def put(self) -> None:
        wished = self.body().get("language")
        if not isinstance(wished, str):
            raise UsageError(f"language: one of {', '.join(LANGUAGES)}")
        speaks = language(wished)
        await self.off(self.state.roster.set_language, self.who, speaks)
        self.answer({"language": speaks})


ROUTES: list[tuple[str, Any]] = [
    (r"api/me", Me),
    (r"api/me/language", MyLanguage),
]
