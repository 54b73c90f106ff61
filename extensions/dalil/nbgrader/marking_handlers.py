"""Formgrader's requests, guarded: names in addresses, headers, and every change on record.

Each handler of nbgrader gets ``Guarded`` in front of it; those that show a submission or write a
mark are ours. The addresses and what they answer stay nbgrader's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote

from jupyter_server.base.handlers import JupyterHandler
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_notebook
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from tornado import web

from dalil.errors import DalilError
from dalil.models import N_
from dalil.nbgrader import listing_handlers as lists
from dalil.nbgrader.guarding import Guarded, signed_in, titles
from dalil.nbgrader.handmarks import Answer, HandMarks, MarkingError, Standing
from dalil.nbgrader.marking_lists import neighbour, position
from dalil.nbgrader.marking_page import WORDS, MarkingWriter, marking_page
from dalil.nbgrader.refreshing import Refresher
from dalil.notebooks import read_notebook
from dalil.settings import Settings
from dalil.translation import translate

Rule: TypeAlias = tuple[Any, ...]

FILES_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
OUTDATED = N_("Somebody else has changed this meanwhile.")


class StartHandler(Guarded, handlers.FormgraderHandler):  # type: ignore[misc]
    """Opens the lists. nbgrader takes a folder from the address here and runs what lies in it."""

    @signed_in
    def get(self) -> None:
        self.redirect(f"{self.base_url}/formgrader/gradebook")


class SubmissionHandler(Guarded, handlers.SubmissionHandler):  # type: ignore[misc]
    """The page on which one submission is marked."""

    @signed_in
    def get(self, submission_id: str) -> None:
        try:
            found = self.gradebook.find_submission_notebook_by_id(submission_id)
        except MissingEntry:
            raise web.HTTPError(404) from None
        settings: Settings = self.settings["dalil"]
        assignment, notebook = found.assignment.assignment.name, found.notebook.name
        trainee = found.student.id
        path = settings.autograded / trainee / assignment / f"{notebook}.ipynb"
        try:
            work = read_notebook(path)
        except DalilError as error:
            raise web.HTTPError(404, str(error)) from None
        own = " ".join(filter(None, (found.student.first_name, found.student.last_name)))
        names = {"assignment": assignment, "student": trainee}
        names["name"] = self.people.name(trainee) or own
        writer = MarkingWriter(work, {"nbgrader": names}, titles(settings, assignment), self.speaks)
        place = position(self.gradebook.db, found)
        words = {key: self.catalogue.get(text) for key, text in WORDS.items()}
        facts = {"base": self.base_url, "submission": found.id, "words": words}
        self.write(
            marking_page(
                self.settings["nbgrader_jinja2_env"],
                writer,
                base_url=self.base_url,
                submission=found.id,
                assignment=assignment,
                notebook=notebook,
                position=translate(WORDS["submission"], place, self.catalogue),
                nonce=self.own_page(),
                highlighting=highlighting(),
                facts={**facts, "xsrf": self.xsrf_token.decode("utf-8")},
            )
        )


class NavigationHandler(Guarded, handlers.SubmissionNavigationHandler):  # type: ignore[misc]
    """To the next submission or the one before; nbgrader reads all of them for that."""

    @signed_in
    def get(self, submission_id: str, action: str) -> None:
        if action not in ("next", "prev"):
            super().get(submission_id, action)
            return
        try:
            found = self.gradebook.find_submission_notebook_by_id(submission_id)
        except MissingEntry:
            raise web.HTTPError(404) from None
        session, settings = self.gradebook.db, self.settings["dalil"]
        other = neighbour(session, settings, found, back=action == "prev")
        if other is None:
            names = (found.assignment.assignment.name, found.notebook.name)
            where = "/".join(("gradebook", *(quote(name, safe="") for name in names)))
        else:
            where = f"submissions/{other}"
        self.redirect(f"{self.base_url}/formgrader/{where}")


class FilesHandler(handlers.SubmissionFilesHandler):  # type: ignore[misc]
    """Files beside a submission: handed over, never shown, whatever they say they are.

    nbgrader lets an address go anywhere below the course's folder, so to the records too.
    """

    def parse_url_path(self, url_path: str) -> str:
        submission, _, name = url_path.partition("/")
        settings: Settings = self.settings["dalil"]
        try:
            found = self.gradebook.find_submission_notebook_by_id(submission)
            module = settings.autograded / found.student.id / found.assignment.assignment.name
            folder = module.resolve()
            path = (folder / name).resolve()
        except (MissingEntry, ValueError):  # no such submission; a name that no file can have
            raise web.HTTPError(404) from None
        if not path.is_relative_to(folder):
            raise web.HTTPError(404)
        return str(path)

    def set_extra_headers(self, path: str) -> None:
        super().set_extra_headers(path)
        self.set_header("Content-Security-Policy", FILES_POLICY)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")


class _Writing(Guarded):
    """What writing a mark and writing a comment share."""

    gradebook: Any

    async def change(
        self, write: Callable[[HandMarks, dict[str, Any], str], tuple[Answer, Standing | None]]
    ) -> None:
        """Let *write* change gradebook and ledger, and answer with what now stands."""
        data = self.get_json_body()
        if not isinstance(data, dict):
            return self.refuse(400, "the body must be a JSON object")
        marks: HandMarks = self.settings["dalil_marks"]
        try:
            answer, standing = await asyncio.to_thread(write, marks, data, self.marker)
        except MarkingError as error:
            return self.refuse(400, translate(error.message, error.values, self.catalogue))
        except DalilError as error:
            self.log.error("a mark was not written: %s", error)
            return self.refuse(503, str(error))
        if standing is None:
            raise web.HTTPError(404)
        self.gradebook.db.rollback()
        current = self.current(standing.row)
        if answer == "outdated":
            return self.refuse(409, self.catalogue.get(OUTDATED), current=current)
        if answer == "changed":
            refresher: Refresher = self.settings["dalil_refresher"]
            refresher.soon(standing.module, standing.trainee)
        self.write(json.dumps(current))

    def current(self, row: str) -> dict[str, Any]:
        raise NotImplementedError

    def refuse(self, status: int, error: str, **more: Any) -> None:
        self.set_status(status)
        self.write({"error": error, **more})


class GradeHandler(_Writing, apihandlers.GradeHandler):  # type: ignore[misc]
    """One mark."""

    @signed_in
    def get(self, grade_id: str) -> None:
        try:
            self.write(json.dumps(self.current(grade_id)))
        except MissingEntry:
            raise web.HTTPError(404) from None

    @signed_in
    async def put(self, grade_id: str) -> None:
        def write(
            marks: HandMarks, data: dict[str, Any], who: str
        ) -> tuple[Answer, Standing | None]:
            points, extra = data.get("manual_score"), data.get("extra_credit")
            return marks.mark(grade_id, points, extra, who=who, seen=data.get("version"))

        await self.change(write)

    def current(self, row: str) -> dict[str, Any]:
        return grade_of(self.gradebook.find_grade_by_id(row))


class CommentHandler(_Writing, apihandlers.CommentHandler):  # type: ignore[misc]
    """One comment."""

    @signed_in
    def get(self, grade_id: str) -> None:
        try:
            self.write(json.dumps(self.current(grade_id)))
        except MissingEntry:
            raise web.HTTPError(404) from None

    @signed_in
    async def put(self, grade_id: str) -> None:
        def write(
            marks: HandMarks, data: dict[str, Any], who: str
        ) -> tuple[Answer, Standing | None]:
            text = data.get("manual_comment")
            return marks.comment(grade_id, text, who=who, seen=data.get("version"))

        await self.change(write)

    def current(self, row: str) -> dict[str, Any]:
        return comment_of(self.gradebook.find_comment_by_id(row))


class GradesHandler(Guarded, apihandlers.GradeCollectionHandler):  # type: ignore[misc]
    """All marks of a submission."""

    @signed_in
    def get(self) -> None:
        self.write(json.dumps([grade_of(grade) for grade in _notebook(self).grades]))


class CommentsHandler(Guarded, apihandlers.CommentCollectionHandler):  # type: ignore[misc]
    """All comments on a submission."""

    @signed_in
    def get(self) -> None:
        self.write(json.dumps([comment_of(comment) for comment in _notebook(self).comments]))


OURS: dict[type, type] = {
    handlers.GradebookAssignmentsHandler: lists.ModulesHandler,
    handlers.GradebookNotebooksHandler: lists.ModuleHandler,
    handlers.GradebookNotebookSubmissionsHandler: lists.QueueHandler,
    handlers.FormgraderHandler: StartHandler,
    handlers.SubmissionHandler: SubmissionHandler,
    handlers.SubmissionNavigationHandler: NavigationHandler,
    handlers.SubmissionFilesHandler: FilesHandler,
    apihandlers.GradeHandler: GradeHandler,
    apihandlers.CommentHandler: CommentHandler,
    apihandlers.GradeCollectionHandler: GradesHandler,
    apihandlers.CommentCollectionHandler: CommentsHandler,
    apihandlers.StudentCollectionHandler: lists.StudentsHandler,
    apihandlers.StudentHandler: lists.StudentHandler,
    apihandlers.SubmissionCollectionHandler: lists.SubmissionsHandler,
    apihandlers.SubmissionHandler: lists.OneSubmissionHandler,
    apihandlers.SubmittedNotebookCollectionHandler: lists.NotebooksHandler,
}


def guarded(rules: Iterable[Rule]) -> list[Rule]:
    """nbgrader's rules, each with our handler or with ``Guarded`` in front of its own."""
    made: list[Rule] = []
    for pattern, handler, *more in rules:
        ours = OURS.get(handler)
        if ours is None and issubclass(handler, JupyterHandler):
            ours = type(handler.__name__, (Guarded, handler), {})
        made.append((pattern, ours or handler, *more))
    return made


def grade_of(grade: Any) -> dict[str, Any]:
    """What nbgrader says of a mark, and its version."""
    given = Standing(
        grade.id, grade.student.id, "", grade.name, grade.manual_score, grade.extra_credit
    )
    return {**grade.to_dict(), "version": given.version}


def comment_of(comment: Any) -> dict[str, Any]:
    """What nbgrader says of a comment, and its version."""
    text = comment.manual_comment or None
    given = Standing(comment.id, comment.student.id, "", comment.name, text=text)
    return {**comment.to_dict(), "version": given.version}


@cache
def highlighting() -> str:
    """The style sheet of highlighted code."""
    _, resources = CSSHTMLHeaderPreprocessor().preprocess(new_notebook(), {"config_dir": ""})
    return str(resources["inlining"]["css"][0])


def _notebook(handler: Any) -> Any:
    try:
        wanted = handler.get_argument("submission_id")
        return handler.gradebook.find_submission_notebook_by_id(wanted)
    except MissingEntry:
        raise web.HTTPError(404) from None
