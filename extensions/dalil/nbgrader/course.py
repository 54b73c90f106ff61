"""nbgrader's steps for one course, called from Python: what ``dalil``'s commands use.

Each method raises a DalilError with one line; nbgrader's own log goes to the academy's log file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from dalil.configuration import apply
from dalil.curriculum import Module
from dalil.errors import DalilError, ExchangeError, GradingError, RecordsError
from dalil.exchange import Receipt
from dalil.grading.arrivals import Arrivals
from dalil.grading.service import Grader
from dalil.models import Language, TraineeId
from dalil.nbgrader.exchange import RECEIPT, collect_newest
from dalil.nbgrader.writing import GradebookWriter
from dalil.settings import CONFIG_NAME, Settings

log = logging.getLogger(__name__)

_RAISED = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Entry): ")


@dataclass(frozen=True)
class Mark:
    """One graded cell as the gradebook has it; ``points`` is None while a hand must mark it."""

    trainee: str
    module: str
    question: str
    points: float | None
    auto: float | None
    manual: float | None
    max_points: float
    needs_hand: bool
    # the gradebook's number of it, for marking it by hand; drawn at random, so no part of the mark
    row: str = field(default="", compare=False)


class Named(Protocol):
    """A module, as far as its marks are asked for."""

    @property
    def id(self) -> str: ...


def configuration(settings: Settings) -> Config:
    """Return ``jupyter_config.py`` as nbgrader's applications see it, for this academy."""
    config = PyFileConfigLoader(CONFIG_NAME, path=str(settings.root)).load_config()
    config.Dalil.academy = str(settings.academy)
    apply(config, str(settings.root / CONFIG_NAME))
    return config


class Course:
    """nbgrader's life cycle of every module in one academy."""

    def __init__(self, settings: Settings) -> None:
        settings.prepare()
        self.settings = settings
        self._config = configuration(settings)
        self._config.NbGraderAPI.log_level = logging.INFO
        coursedir = CourseDirectory(config=self._config)
        self._api = NbGraderAPI(coursedir=coursedir, config=self._config)
        with self._gradebook():
            pass  # makes the tables, and says at once if it cannot be written

    def release(self, module: Module) -> None:
        """Generate the trainees' version and put it into the exchange; again is fine."""
        self._do(f"{module.id}: release", self._api.generate_assignment(module.id))
        outbound = self.settings.exchange / self.settings.course_id / "outbound" / module.id
        with self._configured("ReleaseAssignment", force=outbound.is_dir()):
            self._do(f"{module.id}: release", self._api.release_assignment(module.id))

    def fetch(self, module: Module, trainee: TraineeId, speaks: Language, desk: Path) -> Path:
        """Fetch *module* into *desk* (a folder per module is made in it); returns the folder."""
        desk.mkdir(parents=True, exist_ok=True)
        step = self._step("fetch_assignment", module, trainee, desk)
        step.language = speaks
        step.replace_missing_files = True
        self._start(f"{trainee}: fetch {module.id}", step)
        return desk / module.id

    def submit(self, module: Module, trainee: TraineeId, desk: Path) -> Receipt:
        """Submit *module* from *desk*; returns the signed receipt."""
        self._start(f"{trainee}: submit {module.id}", self._step("submit", module, trainee, desk))
        text = (desk / module.id / RECEIPT).read_text(encoding="utf-8")
        return Receipt.from_json(text)

    def collect(self, module: Module) -> None:
        """Put every sealed submission of *module* where it is graded."""
        self._do(f"{module.id}: collect", self._api.collect(module.id, update=True))

    def autograde(self, module: Module, trainee: TraineeId) -> None:
        """Grade one submission through nbgrader's own converter. Raises GradingError."""
        result = self._api.autograde(module.id, trainee, force=True)
        if not result["success"]:
            raise GradingError(f"{trainee}: {module.id}: {_reason(result)}")

    @cached_property
    def gradebook(self) -> GradebookWriter:
        """Writes marks as ``autograde`` does, without running it for each submission."""
        converter = Autograde(coursedir=self._api.coursedir, parent=self._api)
        return GradebookWriter(self.settings, converter)

    def arrivals(self, grader: Grader, executor: Executor) -> Arrivals:
        """Grade submissions as they come in; whoever asks for it closes it."""

        def newest(module: Module, trainee: TraineeId) -> Path:
            return collect_newest(self.settings, module, trainee)

        return Arrivals(grader, self.gradebook, executor, collect=newest)

    def feedback(self, module: Module, trainee: TraineeId) -> Path:
        """Write the feedback page of one graded submission; returns its path."""
        result = self._api.generate_feedback(module.id, trainee, force=True)
        self._do(f"{trainee}: feedback of {module.id}", result)
        return self.settings.feedback / trainee / module.id / f"{module.id}.html"

    def marks(self, module: Named, *trainees: str) -> list[Mark]:
        """Return the gradebook's marks of *module*, of these trainees or of all."""
        query = MARKS.where(Assignment.name == module.id)
        if trainees:
            query = query.where(SubmittedAssignment.student_id.in_(trainees))
        with self._gradebook() as gradebook:
            return [mark_of(row) for row in gradebook.db.execute(query)]

    @contextmanager
    def _gradebook(self) -> Iterator[Gradebook]:
        try:
            with Gradebook(self.settings.gradebook_url, self.settings.course_id) as gradebook:
                yield gradebook
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise RecordsError(
                f"gradebook {self.settings.gradebook_url}: {cause}; "
                "check that the file is there and can be written, then run the command again"
            ) from error

    @contextmanager
    def _configured(self, name: str, **values: Any) -> Iterator[None]:
        """Set traits of one of our exchange classes for a step that nbgrader's API builds."""
        self._api.update_config(Config({name: Config(values)}))
        yield
        self._api.update_config(Config({name: Config(dict.fromkeys(values, False))}))

    def _step(self, name: str, module: Module, trainee: TraineeId, desk: Path) -> Any:
        """Build an exchange step for *trainee*, whose work lies in *desk*."""
        coursedir = CourseDirectory(config=self._config)
        coursedir.assignment_id = module.id
        coursedir.student_id = trainee
        step = getattr(self._api.exchange, name)(
            coursedir=coursedir,
            authenticator=self._api.authenticator,
            config=self._config,
        )
        step.assignment_dir = str(desk)
        step.cache = str(self.settings.cache / trainee)
        return step

    def _start(self, what: str, step: Any) -> None:
        try:
            step.start()
        except DalilError:
            raise
        except Exception as error:  # nbgrader raises its own and whatever the file system gives
            log.exception("%s", what)
            raise ExchangeError(f"{what}: {_first_line(error)}") from error

    def _do(self, what: str, result: dict[str, Any]) -> None:
        if log_text := result.get("log"):
            log.info("%s\n%s", what, log_text)
        if not result["success"]:
            raise ExchangeError(f"{what}: {_reason(result)}")


# One statement for many: by nbgrader's objects it takes several for each cell.
MARKS = (
    select(
        Grade.id,
        SubmittedAssignment.student_id,
        Assignment.name,
        BaseCell.name,
        Grade.score,
        Grade.auto_score,
        Grade.manual_score,
        Grade.max_score,
        Grade.needs_manual_grade,
    )
    .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    .join(BaseCell, BaseCell.id == Grade.cell_id)
    .order_by(SubmittedAssignment.student_id, BaseCell.name)
)


def mark_of(row: Any) -> Mark:
    """One row of MARKS."""
    row_id, trainee, module, question, score, auto, manual, worth, waits = row
    unknown = bool(waits) and manual is None and auto is None
    return Mark(
        trainee=trainee,
        module=module,
        question=question,
        points=None if unknown else float(score),
        auto=auto,
        manual=manual,
        max_points=float(worth),
        needs_hand=bool(waits),
        row=row_id,
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _reason(result: dict[str, Any]) -> str:
    """The line of nbgrader's captured log and traceback that says what went wrong."""
    text = f"{result.get('log', '')}\n{result.get('error', '')}"
    log.error("nbgrader failed\n%s", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    raised = [line for line in lines if _RAISED.match(line)]
    causes = [line for line in raised if "NbGraderException" not in line]
    return _RAISED.sub("", (causes or raised or lines or ["nbgrader gave no reason"])[-1])
