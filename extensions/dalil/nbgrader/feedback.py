"""Feedback pages: one file of HTML that loads nothing and runs nothing, in the trainee's language.

What nbgrader's ``generate_feedback`` is configured with: a preprocessor and an exporter with a
template of our own. Input are autograded notebooks as ``dalil.nbgrader.preprocessors`` leaves them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, TypeAlias

from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML, strip_ansi
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task
from traitlets import List, Unicode, default
from traitlets.config import Config

import dalil
from dalil.errors import DalilError, UsageError
from dalil.models import N_, SOLVE, language
from dalil.nbgrader.context import module_of, settings_of
from dalil.nbgrader.remarks import remark
from dalil.nbgrader.sanitising import plain_output, prose, safe_html, visible_code, visible_prose
from dalil.settings import Settings
from dalil.translation import Catalogue, find_catalogue, translate
from dalil.translation.catalogue import show

Resources: TypeAlias = dict[str, Any]
Result: TypeAlias = tuple[NotebookNode, Resources]

TEMPLATES = Path(__file__).parent / "templates" / "feedback"
MAX_MAGIC = 5_000  # characters of a cell whose magics are looked for
MAX_SHOWN = 20_000  # characters of one output; nobody reads more on a page of feedback
WORDS = {
    "title": N_("Feedback"),
    "trainee": N_("Trainee"),
    "summary": N_("Summary"),
    "question": N_("Question"),
    "points": N_("Points"),
    "result": N_("Result"),
    "total": N_("Total"),
    "late": N_("Late submission"),
    "so_far": N_("{count} of the questions are still to be marked by a person: not the last word."),
    "remarks": N_("Remarks on the submission"),
    "before": N_("From the notebook"),
    "asked": N_("What was asked"),
    "yours": N_("Your answer"),
    "explanation": N_("Explanation"),
    "comment": N_("Comment of the marker"),
    "by_hand": N_("This mark was given by a person."),
    "image": N_("Figure drawn by your code"),
    "shortened": N_("… (shortened)"),
    "empty": N_("Nothing was written here."),
    "top": N_("Back to the summary"),
}
STATES = {
    "full": ("●", N_("Full points")),
    "partial": ("◐", N_("Part of the points")),
    "none": ("○", N_("No points")),
    "waits": ("…", N_("Waits for a marker")),
}
FLAGS = {
    "unanswered": N_("No answer was handed over."),
    "malformed": N_("The answer has not the form that was asked for."),
    "oversized": N_("The answer is too large."),
    "duplicated": N_("The answer was handed over more than once."),
    "died": N_("The cell did not finish."),
    "check-failed": N_("The machine could not mark this answer; a person will look at it."),
    "unreadable": N_("The submission could not be read."),
}
NO_RESPONSE = "No response."  # nbgrader's own comment on an answer left as it was released


class SanitiseFeedback(NbGraderPreprocessor):  # type: ignore[misc]
    """After ``GetGrades``: what else the gradebook knows, and outputs made harmless once more."""

    # nbgrader's base class hides nbconvert's trait, which exporters configure: a warning a page
    display_data_priority = List(Unicode()).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> Result:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            for cell in nb.cells:
                if is_grade(cell) or is_task(cell):
                    self._grade(gradebook, cell, names)
                elif cell.cell_type == "code":
                    cell.outputs = [kept for o in cell.outputs if (kept := plain_output(o))]
        return nb, resources

    def _grade(self, gradebook: Gradebook, cell: NotebookNode, names: dict[str, Any]) -> None:
        """Say in the cell's metadata whether a person must still mark it, and whether one has."""
        facts = cell.metadata.nbgrader
        try:
            grade = gradebook.find_grade(
                facts["grade_id"], names["notebook"], names["assignment"], names["student"]
            )
        except MissingEntry:
            return
        facts["waits"] = bool(grade.needs_manual_grade)
        facts["by_hand"] = grade.manual_score is not None


@dataclass(frozen=True)
class Part:
    """A piece of a notebook as HTML; ``kind`` (prose, code, text, output) sets its style."""

    kind: str
    html: str
    solves: str = ""


@dataclass
class Answer:
    """One question on the page. All texts are in the trainee's language, ``html`` is harmless."""

    id: str
    title: str
    points: str
    state: str
    symbol: str
    word: str
    asked: list[Part] = field(default_factory=list)
    yours: list[Part] = field(default_factory=list)
    before: list[Part] = field(default_factory=list)
    explanation: str = ""
    flag: str = ""
    comment: str = ""
    by_hand: bool = False


@dataclass
class Page:
    """What the template shows; ``after`` is what stands behind the last question."""

    language: str
    direction: str
    title: str
    trainee: str
    total: str = ""
    late: str = ""
    so_far: str = ""
    remarks: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    after: list[Part] = field(default_factory=list)


class FeedbackExporter(HTMLExporter):
    """nbconvert's exporter with this template, whichever one nbgrader's converter and API name."""

    @property
    def default_config(self) -> Config:
        # nbgrader registers this preprocessor, which then waits to be enabled: code without colour
        config = Config({"CSSHTMLHeaderPreprocessor": {"enabled": True}})
        config.merge(super().default_config)
        return config

    @default("template_paths")
    def _template_paths(self, prune: bool = True, root_dirs: list[str] | None = None) -> list[str]:
        return [str(TEMPLATES)]

    def _load_template(self) -> Any:
        return self.environment.get_template("index.html.j2")

    def _create_environment(self) -> Any:
        environment: Any = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        environment.globals["page_of"] = self.page_of
        return environment

    def page_of(self, nb: NotebookNode, resources: Resources) -> tuple[Page, dict[str, str]]:
        """Return what the page shows, and the words of its language. Called by the template."""
        writer = PageWriter(nb, resources, self._titles(resources))
        return writer.page(), writer.words

    def _titles(self, resources: Resources) -> Titles:
        try:
            return Titles.of(settings_of(self.config), resources["nbgrader"]["assignment"])
        except DalilError as error:
            self.log.warning("feedback without titles: %s", error)
            return Titles("", {}, None)


@dataclass(frozen=True)
class Titles:
    """English titles, and the folder whose catalogues translate them."""

    module: str
    questions: dict[str, str]
    course: Path | None

    @classmethod
    def of(cls, settings: Settings, assignment: str) -> Titles:
        """The titles of a module and its questions. Raises CurriculumError: it is no module."""
        module = module_of(settings, assignment)
        questions = {question.id: question.title for question in module.questions}
        return cls(module.title, questions, module.course)


class PageWriter:
    """Turns one autograded notebook into a ``Page``, in the language of *reader*.

    Without one, that is the language in which the trainee worked.
    """

    def __init__(
        self, nb: NotebookNode, resources: Resources, titles: Titles, reader: str = ""
    ) -> None:
        self.nb = nb
        self.names: dict[str, Any] = resources["nbgrader"]
        self.facts: dict[str, Any] = nb.metadata.get("dalil", {})
        try:
            spoken = language(reader or str(self.facts.get("language", "en")))
        except UsageError:
            spoken = language("en")
        self.catalogue = find_catalogue(Path(dalil.__file__).parent, spoken)
        self.words = {key: self.catalogue.get(word) for key, word in WORDS.items()}
        self.titles = titles
        self.course = Catalogue(spoken)
        if titles.course is not None:
            self.course = find_catalogue(titles.course, spoken)
        self._highlight = Highlight2HTML(pygments_lexer="ipython3")
        self._highlight_long = Highlight2HTML(pygments_lexer="python3")

    def page(self) -> Page:
        """Return the page."""
        page = Page(
            language=self.catalogue.language,
            direction=self.catalogue.direction,
            title=self.course.get(self.titles.module) or str(self.names["assignment"]),
            trainee=visible_prose(str(self.names["student"])),
            remarks=self._remarks(),
        )
        pending: list[Part] = []
        comments: dict[str, str] = {}
        for cell in self.nb.cells:
            name = _name(cell)
            if is_solution(cell) and (said := self._comment(cell)):
                comments[name] = said
            if is_grade(cell) or is_task(cell):
                said = comments.pop(SOLVE + name, "") + comments.pop(name, "")
                page.answers.append(self._answer(cell, pending, said))
                pending = []
            else:
                pending.extend(self._parts(cell))
        page.after = pending
        page.comments = list(comments.values())
        self._sum(page)
        return page

    def _remarks(self) -> list[str]:
        return [remark(str(note), self.catalogue) for note in self.facts.get("notes", ())]

    def _sum(self, page: Page) -> None:
        page.total = self._out_of(self.names.get("score", 0.0), self.names.get("max_score", 0.0))
        if late := self.names.get("late_penalty"):
            page.late = f"\N{MINUS SIGN}{self._number(late)}"
        if waiting := sum(answer.state == "waits" for answer in page.answers):
            page.so_far = translate(WORDS["so_far"], {"count": waiting}, self.catalogue)

    def _answer(self, cell: NotebookNode, pending: list[Part], comment: str) -> Answer:
        """The question that *cell* marks; *pending* is all that stands before it."""
        name, facts = _name(cell), cell.metadata.nbgrader
        flag = self.facts.get("flags", {}).get(name, "")
        if is_solution(cell) and facts.get("comment") == NO_RESPONSE:
            flag = flag or "unanswered"
        points, worth = float(facts.get("score") or 0.0), float(facts.get("points") or 0.0)
        by_hand = bool(facts.get("by_hand"))
        waits = bool(facts.get("waits")) or (flag == "check-failed" and not by_hand)
        state = _state(points, worth, waits)
        before, asked, yours = _split(pending, name)
        if is_solution(cell) or is_task(cell):
            yours = [*yours, *self._parts(cell)]
        return Answer(
            id=name,
            title=self.course.get(self.titles.questions.get(name, name)),
            points=self._out_of(None if waits and not by_hand else points, worth),
            state=state,
            symbol=STATES[state][0],
            word=self.catalogue.get(STATES[state][1]),
            asked=asked,
            yours=yours,
            before=before,
            explanation=explanation(cell),
            flag=self.catalogue.get(FLAGS[flag]) if flag in FLAGS else "",
            comment=comment,
            by_hand=by_hand,
        )

    def _comment(self, cell: NotebookNode) -> str:
        """A marker's comment as HTML."""
        comment = str(cell.metadata.nbgrader.get("comment") or "").strip()
        return prose(comment) if comment and comment != NO_RESPONSE else ""

    def _parts(self, cell: NotebookNode) -> list[Part]:
        """A cell's source and outputs."""
        name = _name(cell) if is_solution(cell) else ""
        if cell.cell_type == "markdown":
            text = cell.source.strip()
            html = self._prose(text) if text else f"<p>{self.words['empty']}</p>"
            return [Part("prose", html, name)]
        if cell.cell_type != "code" or not cell.source.strip():
            return []
        code = self._code(cell.source)
        outputs = [self._output(output) for output in cell.outputs]
        return [Part("code", code, name), *(Part(kind, html, name) for kind, html in outputs)]

    def _prose(self, markdown: str) -> str:
        return prose(markdown)

    def _code(self, source: str) -> str:
        """Code in colour; IPython's own magics in short code only: they take squares of time."""
        short = len(source) <= MAX_MAGIC
        return str((self._highlight if short else self._highlight_long)(visible_code(source)))

    def _output(self, output: NotebookNode) -> tuple[str, str]:
        """One harmless output as (kind, HTML)."""
        if output.output_type == "stream":
            return "text", self._text(output.text)
        if output.output_type == "error":
            return "text", self._text("\n".join(output.traceback) or output.evalue)
        data = output.data
        for kind in ("image/png", "image/jpeg"):
            if kind in data:
                source = "".join(data[kind].split())
                alt = self.words["image"]
                return "output", f'<img src="data:{kind};base64,{source}" alt="{alt}">'
        if "text/html" in data and len(data["text/html"]) <= 10 * MAX_SHOWN:
            return "output", safe_html(data["text/html"])
        if "text/markdown" in data:
            return "output", self._prose(data["text/markdown"])
        return "text", self._text(data.get("text/latex") or data.get("text/plain", ""))

    def _text(self, text: str) -> str:
        plain = visible_code(strip_ansi(text))
        if len(plain) > MAX_SHOWN:
            plain = plain[:MAX_SHOWN] + "\n" + self.words["shortened"]
        return f"<pre>{escape(plain)}</pre>"

    def _number(self, value: float) -> str:
        return show(round(float(value), 2), self.catalogue)

    def _out_of(self, points: float | None, worth: float) -> str:
        return f"{'–' if points is None else self._number(points)} / {self._number(worth)}"


def _name(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _state(points: float, worth: float, waits: bool) -> str:
    if waits:
        return "waits"
    if points >= worth:
        return "full"
    return "partial" if points > 0 else "none"


def _split(pending: list[Part], question: str) -> tuple[list[Part], list[Part], list[Part]]:
    """Split what stands before a graded cell into (before, asked, yours).

    *Yours* begins with the question's own solution cell; *asked* is the prose right above it.
    """
    start = next(
        (n for n, part in enumerate(pending) if part.solves == SOLVE + question), len(pending)
    )
    first = start
    while first and pending[first - 1].kind == "prose" and not pending[first - 1].solves:
        first -= 1
    return pending[:first], pending[first:start], pending[start:]


def explanation(cell: NotebookNode) -> str:
    """What the sealed check said, from the display behind the points; nothing for other cells."""
    if cell.cell_type != "code":
        return ""
    said = [
        output.data.get("text/plain", "")
        for output in cell.outputs
        if output.output_type == "display_data"
        and "dalil-verdict" in output.data.get("text/html", "")
    ]
    return "\n".join(said)
