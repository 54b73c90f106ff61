"""nbgrader's directory exchange with exhibits at fetch and signed receipts at submit.

Named in ``c.ExchangeFactory``, so that ``nbgrader fetch_assignment``, ``submit`` and ``collect``,
Lab's assignment list and formgrader's collect all go through here.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError as NbGraderExchangeError
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeReleaseAssignment,
    ExchangeSubmit,
)
from nbgrader.utils import get_username
from traitlets import Unicode

from dalil.curriculum import Module
from dalil.errors import DalilError, ExchangeError
from dalil.exchange import Exchange, Receipt, Submission
from dalil.exchange.desk import open_desk
from dalil.exchange.notice import with_notice
from dalil.models import TraineeId, language, trainee_id
from dalil.nbgrader.context import exchange_of, module_of, settings_of
from dalil.nbgrader.release import check_release, released
from dalil.settings import Settings

log = logging.getLogger(__name__)

RECEIPT = "receipt.json"


class _Academy:
    """What our exchange classes share; mixed into nbgrader's own."""

    config: Any
    coursedir: Any

    @property
    def settings(self) -> Settings:
        return settings_of(self.config)

    @property
    def academy(self) -> Exchange:
        return exchange_of(self.settings)

    @property
    def module(self) -> Module:
        return module_of(self.settings, self.coursedir.assignment_id)

    @property
    def trainee(self) -> TraineeId:
        named = self.coursedir.student_id
        return trainee_id(get_username() if named in ("", "*") else named)

    @property
    def own(self) -> bool:
        """Whether the academy's course is meant: another one is nbgrader's own affair."""
        return bool(self.coursedir.course_id == self.settings.course_id)

    def start(self) -> Any:
        """Run nbgrader's step; our errors reach its commands and pages as nbgrader's own."""
        try:
            return super().start()  # type: ignore[misc]
        except DalilError as error:
            raise NbGraderExchangeError(str(error)) from error


class ReleaseAssignment(_Academy, ExchangeReleaseAssignment):  # type: ignore[misc]
    """Releases only what ``check_release`` has seen to hold nothing sealed."""

    def ensure_root(self) -> None:
        """nbgrader opens its exchange to all accounts of the machine; the academy's is closed."""
        if self.own:
            self.settings.prepare()
            return
        super().ensure_root()

    def copy_files(self) -> None:
        if self.own:
            check_release(self.settings, self.module)
        super().copy_files()


class FetchAssignment(_Academy, ExchangeFetchAssignment):  # type: ignore[misc]
    """Fetches the notebook in the trainee's language, with exhibits forged for that trainee.

    With ``--replace`` missing or altered exhibits are restored; a trainee's work is never touched.
    """

    language = Unicode(
        os.environ.get("DALIL_LANGUAGE", "en"), help="Language of a first fetch: ar, fr or en."
    ).tag(config=True)

    def do_copy(self, src: str, dest: str) -> None:
        if not self.own:
            super().do_copy(src, dest)
            return
        module = self.module
        issued = self.academy.issue(module, self.trainee, language(self.language))
        notebook = released(self.settings, module, issued.language)
        told = with_notice(notebook, self.settings.limits, issued.language)
        self.academy.deliver(issued, Path(dest), told)


class Submit(_Academy, ExchangeSubmit):  # type: ignore[misc]
    """Seals the notebook, takes the server's time and leaves a signed receipt beside the work."""

    receipt: Receipt

    def copy_files(self) -> None:
        if not self.own:
            super().copy_files()
            return
        source = Path(self.src_path)
        self.receipt = self.academy.seal(self.module, self.trainee, source)
        with open_desk(source) as desk:  # a link in the receipt's place is not followed
            desk.write(RECEIPT, f"{self.receipt.to_json()}\n".encode())
        super().copy_files()

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the sealed notebook and its receipt, and nothing else of the trainee's folder."""
        if not self.own:
            super().do_copy(src, dest, log)
            return
        Path(dest).mkdir(parents=True, exist_ok=True)
        data = self.academy.submission_bytes(self.receipt.sha256)
        (Path(dest) / f"{self.module.id}.ipynb").write_bytes(data)
        text = f"{self.receipt.to_json()}\n"
        (Path(dest) / RECEIPT).write_text(text, encoding="utf-8")


class Collect(_Academy, ExchangeCollect):  # type: ignore[misc]
    """Collects what was sealed: bytes and times come from the records, not from shared folders."""

    sealed: list[Submission]

    def init_src(self) -> None:
        if not self.own:
            super().init_src()
            return
        named = self.coursedir.student_id
        whose = None if named in ("", "*") else trainee_id(named)
        latest: dict[str, Submission] = {}
        for submission in self.academy.submissions(self.module.id, whose):
            latest[submission.trainee] = submission
        self.sealed = list(latest.values())

    def copy_files(self) -> None:
        if not self.own:
            super().copy_files()
            return
        if not self.sealed:
            self.log.warning("No submissions of '%s' to collect", self.coursedir.assignment_id)
        for submission in self.sealed:
            collect(self.settings, self.academy, self.module, submission, self.log)


def collect_newest(settings: Settings, module: Module, trainee: TraineeId) -> Path:
    """Put the newest sealed submission of *trainee* where it is graded; returns its notebook.

    Raises ExchangeError when there is none.
    """
    academy = exchange_of(settings)
    sealed = academy.submissions(module.id, trainee)
    if not sealed:
        raise ExchangeError(f"{trainee}: {module.id}: nothing was submitted; submit it first")
    collect(settings, academy, module, sealed[-1], log)
    return settings.submitted / trainee / module.id / f"{module.id}.ipynb"


def collect(
    settings: Settings, academy: Exchange, module: Module, submission: Submission, log: Any
) -> None:
    """Put a sealed submission where nbgrader grades it, unless it lies there already."""
    folder = settings.submitted / submission.trainee / module.id
    stamp = submission.received.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    kept = folder / "timestamp.txt"
    notebook = folder / f"{module.id}.ipynb"
    if kept.is_file() and notebook.is_file() and kept.read_text(encoding="utf-8") == stamp:
        log.info("No newer submission to collect: %s %s", submission.trainee, module.id)
        return
    log.info("Collecting submission: %s %s", submission.trainee, module.id)
    data = academy.submission_bytes(submission.digest)
    fresh = folder.with_name(f".{module.id}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / notebook.name).write_bytes(data)
    (fresh / kept.name).write_text(stamp, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
