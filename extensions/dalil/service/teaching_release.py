"""Releasing a module: nbgrader's own steps, one at a time, each on record with its name."""

from __future__ import annotations

import threading
from typing import Any

from dalil.curriculum import load_module
from dalil.errors import CurriculumError
from dalil.ledger import Ledger
from dalil.models import ModuleId
from dalil.nbgrader.course import Course
from dalil.service.teaching_files import RELEASED, digest_of, stamp
from dalil.settings import Settings


class Releases:
    """Releases modules of one academy; any number of threads may ask."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings, self._ledger = settings, ledger
        self._alone = threading.Lock()
        self._course: Course | None = None

    def release(self, module: ModuleId, who: str, checked: str) -> dict[str, Any]:
        """Release *module*, whose files were found good when they had the stamp *checked*.

        Raises CurriculumError when they have changed since, ExchangeError for what nbgrader
        refuses.
        """
        with self._alone:
            if stamp(self._settings, module) != checked:
                raise CurriculumError(f"{module}: changed while it was checked; release it again")
            found = load_module(self._settings, module)
            source = digest_of(found.notebook)
            if self._course is None:
                self._course = Course(self._settings)
            self._course.release(found)
            what = {"source": source, "version": found.version}
            event = self._ledger.append(RELEASED, who=who, module=module, what=what)
        return {"module": module, "released": event.at.isoformat(), "by": who}
