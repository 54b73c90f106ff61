"""nbgrader's exchange over HTTP: for people's servers, which share no disk with the academy.

Named in ``c.ExchangeFactory`` where the hub says where the academy's service is, so that
``nbgrader list``, ``fetch_assignment``, ``submit`` and ``fetch_feedback`` and Lab's assignment list
go through here. What concerns another course than the academy's is nbgrader's own affair.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import ExchangeError as NbGraderExchangeError
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeList,
    ExchangeReleaseAssignment,
    ExchangeReleaseFeedback,
    ExchangeSubmit,
)
from traitlets import Bool

from dalil.client import Client, from_environment
from dalil.errors import DalilError, ExchangeError
from dalil.exchange.desk import open_desk
from dalil.exchange.parcel import CASE
from dalil.models import module_id
from dalil.nbgrader.context import settings_of
from dalil.nbgrader.exchange import RECEIPT

MAX_CASE_BYTES = 4 * 1024**2
MAX_NOTEBOOK_BYTES = 64 * 1024**2


class _OverHttp:
    """What our classes share; mixed into nbgrader's own."""

    config: Any
    coursedir: Any
    assignment_dir: str
    fail: Callable[[str], None]

    @property
    def own(self) -> bool:
        """Whether the academy's course is meant; no course named means it, too."""
        named = self.coursedir.course_id
        return named in ("", "*") or named == settings_of(self.config).course_id

    @property
    def course(self) -> str:
        return settings_of(self.config).course_id

    @property
    def module(self) -> str:
        return module_id(self.coursedir.assignment_id)

    def asking(self) -> Client:
        """The academy's service, in the name of whoever this server belongs to."""
        client = from_environment()
        if client is None:
            raise ExchangeError("this server does not know the academy; start it from the hub")
        return client

    def folder_of(self, module: str) -> Path:
        return Path(self.assignment_dir, module).absolute()

    def start(self) -> Any:
        """Run nbgrader's step; our errors reach its commands and pages as nbgrader's own."""
        if not self.own:
            return super().start()  # type: ignore[misc]
        try:
            return self.exchange()
        except DalilError as error:
            self.fail(str(error))  # logs it, and raises nbgrader's own
            raise NbGraderExchangeError(str(error)) from error

    def exchange(self) -> Any:
        """The step for the academy's own course. Raises DalilError."""
        raise NotImplementedError


class FetchAssignment(_OverHttp, ExchangeFetchAssignment):  # type: ignore[misc]
    """Fetches the trainee's own exhibits, and the notebook in their language.

    With ``--replace`` missing or altered exhibits are restored; a trainee's work is never touched.
    """

    new_attempt = Bool(False, help="Ask for the exhibits of another attempt.").tag(config=True)

    def exchange(self) -> None:
        module = self.module
        folder = self.folder_of(module)
        if folder.is_dir() and not self.replace_missing_files:
            raise ExchangeError(f"{folder}: is there already; --replace restores what is missing")
        with self.asking() as client:
            parcel = client.issue(module, new=self.new_attempt)
        there = case_of(folder)
        if there and there.get("attempt") != parcel.case["attempt"]:
            raise ExchangeError(
                f"{folder}: work of attempt {there.get('attempt')}; give the folder another name, "
                f"then fetch attempt {parcel.case['attempt']}"
            )
        parcel.deliver(folder)
        self.log.info("Fetched as: %s %s", self.course, module)


class Submit(_OverHttp, ExchangeSubmit):  # type: ignore[misc]
    """Sends the notebook; the academy takes its own time and answers with a signed receipt."""

    def exchange(self) -> None:
        # nbgrader takes the assignment's name from the last part of a path
        module = module_id(Path(self.coursedir.assignment_id).name)
        folder = self.folder_of(module)
        with open_desk(folder) as desk:
            content = desk.read(f"{module}.ipynb", MAX_NOTEBOOK_BYTES)
        attempt = case_of(folder).get("attempt")
        with self.asking() as client:
            receipt = client.submit(module, content, attempt if type(attempt) is int else None)
        with open_desk(folder) as desk:
            desk.write(RECEIPT, f"{receipt.to_json()}\n".encode())
        self.log.info("Submitted as: %s %s %s", self.course, module, stamp(receipt.received))


class FetchFeedback(_OverHttp, ExchangeFetchFeedback):  # type: ignore[misc]
    """Fetches the feedback page of the newest graded work, below ``feedback/<time>/``."""

    def exchange(self) -> None:
        module = self.module
        with self.asking() as client:
            found = client.result(module)
            if found["state"] != "graded":
                self.log.warning("There is no feedback yet: %s", module)
                return
            page = client.feedback(module)
        folder = self.folder_of(module)
        with (
            open_desk(folder, make=True) as desk,
            desk.folder("feedback") as feedback,
            feedback.folder(stamp(found["receipt"]["received"])) as place,
        ):
            place.write(f"{module}.html", page)
            self.log.info("Fetched feedback: %s", place.path / f"{module}.html")


class List(_OverHttp, ExchangeList):  # type: ignore[misc]
    """Lists what is handed out and, from the receipts on record, what was handed in."""

    def exchange(self) -> Any:
        if self.inbound and self.cached:
            self.fail("Options --inbound and --cached are incompatible.")
        if self.remove:
            raise ExchangeError("what was handed out or in stays on record; nothing is removed")
        return self.list_files()

    def parse_assignments(self) -> list[dict[str, Any]]:
        if not self.own:
            return list(super().parse_assignments())
        wanted = self.coursedir.assignment_id
        with self.asking() as client:
            modules = client.curriculum()["modules"]
            chosen = [one for one in modules if wanted in ("", "*", one["id"])]
            if self.inbound or self.cached:
                handed = [one["id"] for one in chosen if "result" in one["actions"]]
                return [self._handed_in(client, module) for module in handed]
        return [self._handed_out(one["id"]) for one in chosen if "issue" in one["actions"]]

    def _handed_out(self, module: str) -> dict[str, Any]:
        folder = self.folder_of(module)
        notebook = folder / f"{module}.ipynb"
        there = [{"notebook_id": module, "path": str(notebook)}] if notebook.is_file() else []
        return {
            "course_id": self.course,
            "assignment_id": module,
            "status": "fetched" if folder.is_dir() else "released",
            "path": str(folder),
            "notebooks": there,
        }

    def _handed_in(self, client: Client, module: str) -> dict[str, Any]:
        found = client.result(module)
        submissions = [
            self._submission(receipt, found) for receipt in client.history(module)["receipts"]
        ]
        return {
            "course_id": self.course,
            "student_id": submissions[0]["student_id"] if submissions else "",
            "assignment_id": module,
            "status": "submitted",
            "submissions": submissions,
        }

    def _submission(self, receipt: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        """One submission as nbgrader's list describes it; feedback is of the newest one alone."""
        module, received = str(receipt["module"]), stamp(receipt["received"])
        newest = (found["receipt"] or {}).get("serial") == receipt["serial"]
        ready = newest and found["state"] == "graded"
        place = self.folder_of(module) / "feedback" / received
        page = place / f"{module}.html"
        here = page.is_file()
        feedback = {
            "has_local_feedback": here,
            "has_exchange_feedback": ready,
            "feedback_updated": ready and here and _older(page, str(found["graded"])),
            "local_feedback_path": str(place) if here else None,
        }
        notebook = {"notebook_id": module, "path": str(self.folder_of(module) / f"{module}.ipynb")}
        return {
            "course_id": self.course,
            "student_id": receipt["trainee"],
            "assignment_id": module,
            "timestamp": received,
            "status": "submitted",
            "path": str(self.folder_of(module)),
            **feedback,
            "notebooks": [
                {**notebook, **feedback, "local_feedback_path": str(page) if here else None}
            ],
        }


class _AtTheAcademy(_OverHttp):
    """A step that belongs to the grading side."""

    def exchange(self) -> None:
        raise ExchangeError("this is done on the academy's side: release and mark from its pages")


class ReleaseAssignment(_AtTheAcademy, ExchangeReleaseAssignment):  # type: ignore[misc]
    """Not from a person's server."""


class ReleaseFeedback(_AtTheAcademy, ExchangeReleaseFeedback):  # type: ignore[misc]
    """Not from a person's server."""


class Collect(_AtTheAcademy, ExchangeCollect):  # type: ignore[misc]
    """Not from a person's server."""


def case_of(folder: Path) -> dict[str, Any]:
    """What the case.json of *folder* says; empty where there is none that can be read."""
    try:
        with open_desk(folder) as desk:
            found = json.loads(desk.read(CASE, MAX_CASE_BYTES))
    except (ExchangeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def stamp(received: str) -> str:
    """A receipt's time as nbgrader writes times."""
    return datetime.fromisoformat(received).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _older(page: Path, graded: str) -> bool:
    return page.stat().st_mtime < datetime.fromisoformat(graded).timestamp()
