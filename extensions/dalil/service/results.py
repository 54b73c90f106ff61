"""What became of a trainee's work: the result, the feedback page, the history. Blocks."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from dalil.curriculum import Module
from dalil.errors import RefusedError
from dalil.ledger import Event
from dalil.models import N_, Language, TraineeId
from dalil.nbgrader.course import Course
from dalil.nbgrader.feedback import FLAGS
from dalil.nbgrader.remarks import remark
from dalil.progress.attainment import attainments
from dalil.service import learner_answers as answers
from dalil.service.learner import Learner, marked
from dalil.translation import Catalogue

NO_RESULT = N_("There is no result yet.")
_ON_PAGE = ("graded", "regraded", "hand-marked", "commented")


class Results:
    """For any number of threads; feedback pages are made one at a time."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._lock = threading.Lock()

    def look(
        self,
        trainee: TraineeId,
        module: Module,
        speaks: tuple[Language, Catalogue],
        address: str,
        failure: tuple[int, str] | None = None,
    ) -> dict[str, Any]:
        """The result of the newest work; *failure* is (serial, reason) if it was not gradable.

        *speaks* is the reader's language with our own words; *address* is of the feedback page.
        """
        newest = self._learner.exchange.newest(module, trainee)
        if newest is None:
            return answers.nothing()
        late = self._learner.roster.rules(module.id, trainee).late(newest.received)
        events = self._learner.events(trainee, [module])
        if not marked(events, newest.attempt, newest.digest):
            failed = failure is not None and failure[0] == newest.serial
            return answers.waiting(newest, late, failure[1] if failure and failed else "")
        booked = self._learner.booked
        (attained,) = attainments(events, [module], booked.of_trainee(trainee, module.id))
        language, own = speaks
        messages = {
            mark.question: own.get(FLAGS[mark.flag]) for mark in attained.questions if mark.flag
        }
        said = {q: text for q, text in booked.messages(module, trainee).items() if text}
        return answers.result(
            newest,
            attained,
            late=late,
            messages=messages | said,
            remarks=[remark(note, own) for note in attained.notes],
            titles=self._learner.titles(module, language),
            feedback=address,
        )

    def feedback(self, trainee: TraineeId, module: Module) -> Path:
        """The feedback page of the newest graded work, made if it is not there or out of date.

        Raises RefusedError when nothing is graded, ExchangeError when it cannot be made.
        """
        page = self._page(trainee, module)
        newest = self._newest_mark(trainee, module)
        if newest is None:
            raise RefusedError(NO_RESULT)
        if self._fresh(page, newest):
            return page
        with self._lock:
            if not self._fresh(page, newest):
                self._course.feedback(module, trainee)
                self._learner.exchange.ledger.append(
                    "feedback-released", who="grader", trainee=trainee, module=module.id, what={}
                )
        return page

    def history(self, trainee: TraineeId, module: Module, speaks: Language) -> dict[str, Any]:
        """What happened to the trainee's own case, from the ledger."""
        exchange = self._learner.exchange
        return answers.history(
            module,
            exchange.find(module, trainee),
            exchange.ledger.events(trainee=trainee, module=module.id),
            exchange.submissions(module, trainee),
            self._learner.titles(module, speaks),
        )

    @cached_property
    def _course(self) -> Course:
        return Course(self._learner.settings)

    def _page(self, trainee: TraineeId, module: Module) -> Path:
        return self._learner.settings.feedback / trainee / module.id / f"{module.id}.html"

    def _newest_mark(self, trainee: TraineeId, module: Module) -> Event | None:
        """The last event that the page depends on."""
        ledger = self._learner.exchange.ledger
        found = list(ledger.stream(_ON_PAGE, module=module.id, trainee=trainee))
        return found[-1] if found else None

    def _fresh(self, page: Path, newest: Event) -> bool:
        return page.is_file() and page.stat().st_mtime > newest.at.timestamp()
