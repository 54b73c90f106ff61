"""The page on which a person marks one submission: work, rubric and fields side by side.

Built like the feedback page, from the same harmless parts, in the marker's language; what the
trainee wrote keeps its own direction. Marks and comments are not in it: the page asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution, is_task

from dalil.models import N_, SOLVE
from dalil.nbgrader.feedback import Answer, PageWriter, Part
from dalil.nbgrader.sanitising import prose, visible_prose

TEMPLATES = Path(__file__).parent / "templates" / "formgrader"
STATIC = TEMPLATES / "static"
RUBRIC = "rubric_"

WORDS = {
    "marking": N_("Marking"),
    "list": N_("All submissions"),
    "submission": N_("Submission {number} of {count}"),
    "previous": N_("Previous"),
    "next": N_("Next"),
    "show_name": N_("Show the name"),
    "hide_name": N_("Hide the name"),
    "skip": N_("To the first question"),
    "work": N_("The trainee's answer"),
    "rubric": N_("Rubric"),
    "rubric_of": N_("Rubric: {title}"),
    "no_rubric": N_("This question has no rubric."),
    "by_machine": N_("By machine"),
    "points_of": N_("Points, from 0 to {max}"),
    "extra": N_("Extra credit"),
    "all": N_("Full points"),
    "nothing": N_("No points"),
    "confirm": N_("The mark stands"),
    "comment_for": N_("Comment for the trainee"),
    "comment_on": N_("Comment on {cell}"),
    "markdown": N_("Markdown and formulas may be used."),
    "rest": N_("Rest of the notebook"),
    "saving": N_("Saving …"),
    "saved": N_("Saved."),
    "waiting": N_("Waits for a mark."),
    "marked_again": N_("The machine has marked again since: confirm the mark or change it."),
    "offline": N_("Not saved yet: the server cannot be reached. Trying again …"),
    "logged_out": N_("Not saved: log in again in another tab, then try again here."),
    "restored": N_("What you typed before is here again, not saved yet."),
    "outdated": N_("Not saved: somebody else has changed this meanwhile. There is now:"),
    "empty_mark": N_("no mark"),
    "keep_mine": N_("Save mine"),
    "take_theirs": N_("Take theirs"),
    "again": N_("Try again"),
    "unsaved": N_("Some marks or comments are not saved yet."),
}


@dataclass
class Task(Answer):
    """One question to mark. ``grade`` and ``comments`` are nbgrader's names of the cells."""

    grade: str = ""
    worth: str = ""
    written: bool = False
    comments: list[str] = field(default_factory=list)
    rubric: list[Part] = field(default_factory=list)


@dataclass
class MarkingPage:
    """What the template shows; ``spoken`` is the language in which the trainee worked."""

    language: str
    direction: str
    spoken: str
    title: str
    remarks: list[str]
    tasks: list[Task] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class MarkingWriter(PageWriter):
    """Turns one autograded notebook into a ``MarkingPage``."""

    def marking(self) -> MarkingPage:
        """Return the page."""
        page = MarkingPage(
            language=self.catalogue.language,
            direction=self.catalogue.direction,
            spoken=str(self.facts.get("language", "en")),
            title=self.course.get(self.titles.module) or str(self.names["assignment"]),
            remarks=self._remarks(),
        )
        rubrics = self._rubrics()
        pending: list[Part] = []
        solutions: list[str] = []
        for cell in self.nb.cells:
            name = str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            if name.startswith(RUBRIC) and name[len(RUBRIC) :] in rubrics:
                continue
            if is_solution(cell) or is_task(cell):
                solutions.append(name)
            if is_grade(cell) or is_task(cell):
                task = self._task(cell, pending, solutions)
                task.rubric = rubrics.get(name, [])
                page.tasks.append(task)
                pending, solutions = [], []
            else:
                pending.extend(self._parts(cell))
        page.after, page.comments = pending, solutions
        return page

    def _task(self, cell: NotebookNode, pending: list[Part], solutions: list[str]) -> Task:
        answer = self._answer(cell, pending, "")
        own = {answer.id, SOLVE + answer.id}
        return Task(
            **vars(answer),
            grade=answer.id,
            written=is_solution(cell) or is_task(cell),
            worth=f"{float(cell.metadata.nbgrader.get('points') or 0.0):g}",
            comments=sorted(solutions, key=lambda name: name not in own),
        )

    def _rubrics(self) -> dict[str, list[Part]]:
        """The rubric of each question that has one."""
        graded = {
            str(cell.metadata.nbgrader.grade_id)
            for cell in self.nb.cells
            if is_grade(cell) or is_task(cell)
        }
        found: dict[str, list[Part]] = {}
        for cell in self.nb.cells:
            name = str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            question = name.removeprefix(RUBRIC)
            if name != question and question in graded and not is_solution(cell):
                found[question] = self._parts(cell)
        return found

    def _prose(self, markdown: str) -> str:
        return prose(markdown, typeset=True)


def marking_page(environment: Environment, writer: MarkingWriter, **more: Any) -> str:
    """Return the HTML; ``more`` is what the server knows: addresses, names, the nonce."""
    page = writer.marking()
    words = {**writer.words, **{key: writer.catalogue.get(text) for key, text in WORDS.items()}}
    names = writer.names
    return environment.get_template("marking.html.j2").render(
        page=page,
        words=words,
        trainee=visible_prose(str(names["student"])),
        name=visible_prose(str(names.get("name") or names["student"])),
        **more,
    )


def environment() -> Environment:
    """Our templates; whatever they show is text, never markup."""
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
