"""The history of a grade, for admins: JSON and a page that prints well."""

from __future__ import annotations

from typing import Any

from dalil.curriculum import Module
from dalil.errors import UsageError
from dalil.models import module_id, trainee_id
from dalil.service.admin_pages import LayoutHandler
from dalil.service.admin_words import FLAGS, KINDS
from dalil.service.handlers import ApiHandler, Handler, needs
from dalil.service.history import MAX_PROBLEMS, History, Verified, history_of
from dalil.service.home import title_of
from dalil.translation import find_catalogue

ASKED = ("trainee", "module", "question")


async def asked(handler: Handler) -> History:
    """The history that the address asks for. Raises UsageError."""
    trainee, module, question = (handler.get_query_argument(name, "") for name in ASKED)
    whose = trainee_id(trainee.strip())
    if module:
        module_id(module)
    elif question:
        raise UsageError("question: name its module too")
    verified = handler.settings.setdefault("verified", Verified(handler.state.exchange.ledger))
    fresh = bool(handler.get_query_argument("fresh", ""))
    # verifying a whole ledger takes seconds
    return await handler.off(
        history_of,
        handler.state.exchange,
        verified,
        whose,
        module,
        question,
        fresh=fresh,
        slow=True,
    )


class HistoryApi(ApiHandler):
    """``GET api/history?trainee=&module=&question=&fresh=``."""

    @needs("administer")
    async def get(self) -> None:
        self.answer((await asked(self)).as_dict())


class HistoryPage(LayoutHandler):
    """``GET admin/history?trainee=&module=&question=&fresh=``."""

    @needs("administer")
    async def get(self) -> None:
        wanted = {name: self.get_query_argument(name, "") for name in ASKED}
        modules = await self.off(self.state.learner.modules)
        chosen = next((m for m in modules if m.id == wanted["module"]), None)
        history, status, wrong = None, 200, ""
        if wanted["trainee"].strip():
            try:
                history = await asked(self)
            except UsageError as error:
                status, wrong = self.reason(error)
        self.show(
            "history.html",
            status,
            asked=wanted,
            modules=[(m.id, title_of(m, self.language)) for m in modules],
            questions=self._questions(chosen) if chosen else {},
            titles={m.id: self._questions(m) for m in modules},
            flags={flag: self.text(word) for flag, word in FLAGS.items()},
            kinds={kind: self.text(word) for kind, word in KINDS.items()},
            history=history,
            problems=history.report.problems[:MAX_PROBLEMS] if history else (),
            wrong=wrong,
        )

    def _questions(self, module: Module) -> dict[str, str]:
        """Titles of the module's questions in the page's language, by id."""
        catalogue = find_catalogue(module.course, self.language)
        return {question.id: catalogue.get(question.title) for question in module.questions}


ROUTES: list[tuple[str, Any]] = [
    (r"api/history", HistoryApi),
    (r"admin/history", HistoryPage),
]
