"""Formgrader's requests, guarded: names in addresses, headers, and every change on record.

Each handler of nbgrader gets ``Guarded`` in front of it; those that show a submission or write a
mark are ours. The addresses and what they answer stay nbgrader's.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import re
import secrets
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_notebook
from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import check_notebook_dir, check_xsrf
from tornado import web

import dalil
from dalil.errors import DalilError
from dalil.models import N_, Language, language
from dalil.nbgrader.feedback import Titles
from dalil.nbgrader.handmarks import Answer, HandMarks, MarkingError, Standing
from dalil.nbgrader.marking_page import WORDS, MarkingWriter, marking_page
from dalil.nbgrader.people import People
from dalil.nbgrader.refreshing import Refresher
from dalil.notebooks import read_notebook
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue, translate

Rule: TypeAlias = tuple[Any, ...]
Method = TypeVar("Method", bound=Callable[..., Any])

# Of nbgrader's own pages, which hold scripts in their text; what they show is escaped.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
# Of the page with a trainee's work: scripts that the server itself names, and those they load.
MARKING_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
FILES_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
# Part of a page's script in nbgrader's templates: nothing in it may end a string or a tag there.
OUTDATED = N_("Somebody else has changed this meanwhile.")
_NAME = re.compile(r"[^<>\"'`\\&{}\x00-\x1f\x7f]{1,256}")


def signed_in(method: Method) -> Method:
    """Only for who is logged in, with nbgrader's own checks."""
    return cast(Method, web.authenticated(check_xsrf(check_notebook_dir(method))))


class Guarded(JupyterHandler):
    """In front of each of nbgrader's handlers: names are looked at, nothing stale is shown."""

    @property
    def content_security_policy(self) -> str:
        return POLICY

    async def prepare(self, *args: Any, **more: Any) -> None:
        await super().prepare(*args, **more)
        names = [*self.path_args, *self.path_kwargs.values()]
        if not all(_NAME.fullmatch(name or "none") for name in names):
            raise web.HTTPError(404)
        if (gradebook := self.settings["nbgrader_gradebook"]) is not None:
            gradebook.db.rollback()  # ends what it has seen: others write there too

    @property
    def speaks(self) -> Language:
        """Whoever marks: the language asked for in the address, on the roster, of the browser."""
        people: People = self.settings["dalil_people"]
        wished = [self.get_argument("lang", ""), people.language(self.marker)]
        for part in self.request.headers.get("Accept-Language", "").split(","):
            wished.append(part.split(";")[0].strip()[:2].lower())
        for name in wished:
            if name in ("ar", "fr", "en"):
                return language(name)
        return "en"

    @property
    def catalogue(self) -> Catalogue:
        return find_catalogue(Path(dalil.__file__).parent, self.speaks)

    @property
    def marker(self) -> str:
        """Who marks: the hub's user; where nobody logs in by name, the server's own account."""
        user = self.current_user
        if hub_user := getattr(user, "hub_user", None):
            return str(hub_user["name"])
        if type(self.identity_provider) in (IdentityProvider, PasswordIdentityProvider):
            return getpass.getuser()
        return str(user.username)


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
        try:
            titles = Titles.of(settings, assignment)
        except DalilError:  # a course without a module of ours has no titles
            titles = Titles("", {}, None)
        people: People = self.settings["dalil_people"]
        own = " ".join(filter(None, (found.student.first_name, found.student.last_name)))
        names = {"assignment": assignment, "student": trainee, "name": people.name(trainee) or own}
        writer = MarkingWriter(work, {"nbgrader": names}, titles, self.speaks)
        where = self.api.get_notebook_submission_indices(assignment, notebook)
        place = {"number": where.get(found.id, -1) + 1, "count": len(where)}
        words = {key: self.catalogue.get(text) for key, text in WORDS.items()}
        nonce = secrets.token_urlsafe(16)
        self.set_header("Content-Security-Policy", MARKING_POLICY.format(nonce=nonce))
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
                nonce=nonce,
                highlighting=highlighting(),
                facts={**facts, "xsrf": self.xsrf_token.decode("utf-8")},
            )
        )


class FilesHandler(handlers.SubmissionFilesHandler):  # type: ignore[misc]
    """Files beside a submission: handed over, never shown, whatever they say they are."""

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


class _Named(Guarded):
    """Lists of trainees by name, as the roster has it."""

    api: Any

    def answer(self, rows: Any, key: str) -> None:
        """Write *rows* with names; ``key`` is where a row keeps the trainee's id."""
        if rows is None:
            raise web.HTTPError(404)
        people: People = self.settings["dalil_people"]
        self.write(json.dumps(people.named(rows, key)))


class StudentsHandler(_Named, apihandlers.StudentCollectionHandler):  # type: ignore[misc]
    """All trainees."""

    @signed_in
    def get(self) -> None:
        self.answer(self.api.get_students(), "id")


class StudentHandler(_Named, apihandlers.StudentHandler):  # type: ignore[misc]
    """One trainee."""

    @signed_in
    def get(self, student_id: str) -> None:
        self.answer(self.api.get_student(student_id), "id")


class SubmissionsHandler(_Named, apihandlers.SubmissionCollectionHandler):  # type: ignore[misc]
    """All submissions of an assignment."""

    @signed_in
    def get(self, assignment_id: str) -> None:
        self.answer(self.api.get_submissions(assignment_id), "student")


class OneSubmissionHandler(_Named, apihandlers.SubmissionHandler):  # type: ignore[misc]
    """One submission of an assignment."""

    @signed_in
    def get(self, assignment_id: str, student_id: str) -> None:
        self.answer(self.api.get_submission(assignment_id, student_id), "student")


class NotebooksHandler(_Named, apihandlers.SubmittedNotebookCollectionHandler):  # type: ignore[misc]
    """All that can be marked of an assignment."""

    @signed_in
    def get(self, assignment_id: str, notebook_id: str) -> None:
        self.answer(self.api.get_notebook_submissions(assignment_id, notebook_id), "student")


OURS: dict[type, type] = {
    handlers.FormgraderHandler: StartHandler,
    handlers.SubmissionHandler: SubmissionHandler,
    handlers.SubmissionFilesHandler: FilesHandler,
    apihandlers.GradeHandler: GradeHandler,
    apihandlers.CommentHandler: CommentHandler,
    apihandlers.GradeCollectionHandler: GradesHandler,
    apihandlers.CommentCollectionHandler: CommentsHandler,
    apihandlers.StudentCollectionHandler: StudentsHandler,
    apihandlers.StudentHandler: StudentHandler,
    apihandlers.SubmissionCollectionHandler: SubmissionsHandler,
    apihandlers.SubmissionHandler: OneSubmissionHandler,
    apihandlers.SubmittedNotebookCollectionHandler: NotebooksHandler,
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
