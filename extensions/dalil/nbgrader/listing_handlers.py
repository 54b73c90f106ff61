"""Formgrader's lists: what there is to mark, and trainees by the names of the roster."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from nbgrader.server_extensions.formgrader import apihandlers, handlers
from tornado import web

from dalil.nbgrader.guarding import Guarded, signed_in, titles
from dalil.nbgrader.marking_lists import WORDS as LIST_WORDS
from dalil.nbgrader.marking_lists import courses, submitted
from dalil.translation import find_catalogue


class _List(Guarded):
    """A list of what there is to mark."""

    gradebook: Any

    def show(self, rows: list[Any], title: str = "", **more: Any) -> None:
        """Write the page."""
        words = {key: self.catalogue.get(text) for key, text in LIST_WORDS.items()}
        template = self.settings["nbgrader_jinja2_env"].get_template("list.html.j2")
        page = template.render(
            rows=rows,
            title=title,
            words=words,
            base_url=self.base_url,
            language=self.catalogue.language,
            direction=self.catalogue.direction,
            nonce=self.own_page(),
            home=_home(),
            **more,
        )
        self.write(page)

    def title(self, assignment: str) -> str:
        """A module's title in the marker's language."""
        known = titles(self.settings["dalil"], assignment)
        if known.course is None:
            return assignment
        return find_catalogue(known.course, self.speaks).get(known.module)


def _home() -> str:
    """The hub's page, from which one logs out; empty where there is no hub."""
    base = os.environ.get("JUPYTERHUB_BASE_URL", "")
    return f"{base}hub/home" if base else ""


class ModulesHandler(_List, handlers.GradebookAssignmentsHandler):  # type: ignore[misc]
    """Modules, and how much of each waits."""

    @signed_in
    def get(self) -> None:
        rows = courses(self.gradebook.db)
        self.show(rows, titles={row.assignment: self.title(row.assignment) for row in rows})


class ModuleHandler(_List, handlers.GradebookNotebooksHandler):  # type: ignore[misc]
    """The submissions of a module, whose notebook has its name."""

    @signed_in
    def get(self, assignment_id: str) -> None:
        for row in courses(self.gradebook.db):
            if row.assignment == assignment_id:
                path = "/".join(quote(name, safe="") for name in (assignment_id, row.notebook))
                return self.redirect(f"{self.base_url}/formgrader/gradebook/{path}")
        raise web.HTTPError(404)


class QueueHandler(_List, handlers.GradebookNotebookSubmissionsHandler):  # type: ignore[misc]
    """The submissions of one notebook."""

    @signed_in
    def get(self, assignment_id: str, notebook_id: str) -> None:
        known = {(row.assignment, row.notebook) for row in courses(self.gradebook.db)}
        if (assignment_id, notebook_id) not in known:
            raise web.HTTPError(404)
        rows = submitted(self.gradebook.db, self.settings["dalil"], assignment_id, notebook_id)
        self.show(rows, self.title(assignment_id), names=self.people.names())


class _Named(Guarded):
    """Lists of trainees by name, as the roster has it."""

    api: Any

    def answer(self, rows: Any, key: str) -> None:
        """Write *rows* with names; ``key`` is where a row keeps the trainee's id."""
        if rows is None:
            raise web.HTTPError(404)
        self.write(json.dumps(self.people.named(rows, key)))


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
