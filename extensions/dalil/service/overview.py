"""The academy's progress as the service holds it: figures in a language, kept warm."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

from dalil.curriculum import Module, find_modules
from dalil.curriculum.memo import Memo
from dalil.curriculum.table import TABLE_NAME
from dalil.errors import DalilError
from dalil.models import LANGUAGES, Language
from dalil.nbgrader.course import Course, Mark
from dalil.progress import Figures, ModuleLike, Progress, QuestionLike
from dalil.settings import Settings
from dalil.translation import find_catalogue

THREADS = 2  # of their own: nobody who hands in waits for figures
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worded:
    """A module with its titles in one language."""

    id: str
    title: str
    competencies: Mapping[str, str]
    questions: Sequence[QuestionLike]


class Overview:
    """Figures of one academy; any thread may ask."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._progress = Progress(settings, self._marks)
        self._memo: Memo[list[ModuleLike]] = Memo(len(LANGUAGES))
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="dalil-progress")

    def figures(self, language: Language) -> Figures:
        """The figures as of now, titles in *language*. Raises DalilError."""
        return self._progress.figures(self._modules(language))

    def warm(self) -> None:
        """Bring the standings up to date in a thread of its own, so that nobody waits for it."""
        threading.Thread(target=self._warm, name="dalil-progress-warm", daemon=True).start()

    def close(self) -> None:
        """Take nothing on any more."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _warm(self) -> None:
        try:
            figures = self.figures("en")
            for view in figures.choices()["views"]:
                figures.by(view)
        except DalilError as error:
            log.warning("progress: %s", error)

    @cached_property
    def _course(self) -> Course:
        return Course(self._settings)

    def _marks(self, module: ModuleLike, trainees: Sequence[str]) -> list[Mark]:
        return self._course.marks(module, *trainees)

    def _modules(self, language: Language) -> list[ModuleLike]:
        tables = sorted(self._settings.courses.glob(f"*/{TABLE_NAME}"))
        files = [*tables, *(table.parent / "locale" / f"{language}.po" for table in tables)]

        def read() -> list[ModuleLike]:
            return [_worded(module, language) for module in find_modules(self._settings)]

        return self._memo.get((language, *files), files, read)


def _worded(module: Module, language: Language) -> Worded:
    catalogue = find_catalogue(module.course, language)
    titles = {name: catalogue.get(title) for name, title in module.competencies.items()}
    return Worded(module.id, catalogue.get(module.title), titles, module.questions)
