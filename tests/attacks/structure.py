"""Metadata and structure: what a notebook says about itself and its cells counts for nothing.

All of it meets the same wall: the notebook that runs is the released one, with nothing of the
submission in it but the text of the answer cells.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode, v4

from dalil.answers import MIME, encode
from tests.attacks.harness import (
    FULL,
    NOTHING,
    Academy,
    Attack,
    Graded,
    cell,
    copied,
    full_but,
)
from tests.attacks.room import HONEST, POINTS, REPORT

RELEASED = "the released cells run, not the submitted ones"
BY_RELEASE = "points, types and names come from the release"
SOURCES_ONLY = "only the text of answer cells is taken"
LIMITED = "the limits of a notebook file"
NOT_ANSWERED = dict.fromkeys(POINTS, "unanswered")
# One rule for all: `HONEST` done in cells that do not count is not handed over.
WORKING = "\n".join(HONEST.values())
Change = Callable[[NotebookNode], None]


def graded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell(notebook, question) for question in POINTS]


def answer_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell(notebook, f"solve_{question}") for question in POINTS]


def each(cells: Callable[[NotebookNode], list[NotebookNode]], change: Change) -> Any:
    """A way to spoil: *change* every one of *cells*."""

    def spoil(notebook: NotebookNode, academy: Academy) -> None:
        for found in cells(notebook):
            change(found)

    return spoil


def marked(**values: Any) -> Change:
    """Set *values* in a cell's nbgrader metadata."""

    def change(found: NotebookNode) -> None:
        found.metadata.nbgrader.update(values)

    return change


def tagged(*tags: str) -> Change:
    def change(found: NotebookNode) -> None:
        found.metadata.tags = list(tags)

    return change


def without_tests(notebook: NotebookNode, academy: Academy) -> None:
    for found in graded_cells(notebook):
        notebook.cells.remove(found)


def retyped(kind: str) -> Change:
    def change(found: NotebookNode) -> None:
        found.cell_type = kind
        for key in ("outputs", "execution_count"):
            found.pop(key, None)

    return change


def doubled_tests(notebook: NotebookNode, academy: Academy) -> None:
    for number, question in enumerate(POINTS):
        notebook.cells.append(copied(notebook, question, f"again{number}"))


def doubled_answer(notebook: NotebookNode, academy: Academy) -> None:
    again = copied(notebook, "solve_mean", "again")
    again.source = "mean = -1"
    notebook.cells.append(again)


def reversed_cells(notebook: NotebookNode, academy: Academy) -> None:
    notebook.cells.reverse()


def rewritten_tests(notebook: NotebookNode, academy: Academy) -> None:
    """Each locked cell works its answer out, hands it over, and shows its points besides."""
    for question, points in POINTS.items():
        source = f"{WORKING}\ncase.answer({question!r}, {question})\n{points}"
        cell(notebook, question).source = source


def absurd_points(notebook: NotebookNode, academy: Academy) -> None:
    absurd = [-5, "7", None, [3], float("nan"), float("inf"), 10**400]
    for found, points in zip(graded_cells(notebook), absurd, strict=True):
        found.metadata.nbgrader.points = points


def forged_schema(notebook: NotebookNode, academy: Academy) -> None:
    versions = [1, 2, 99, "3", None, -1, 3.5]
    for found, version in zip(graded_cells(notebook), versions, strict=True):
        found.metadata.nbgrader.update(schema_version=version, checksum="0" * 32)
        found.source = "pass"
    cell(notebook, REPORT).metadata.nbgrader.checksum = "0" * 32


def stored_outputs(notebook: NotebookNode, academy: Academy) -> None:
    """The right answers, which somebody else might give away, and full marks, as outputs."""
    for question, value in academy.truth().items():
        score = v4.new_output("execute_result", {"text/plain": f"{POINTS[question]:g}"})
        answer = v4.new_output("display_data", {MIME: encode(question, value)})
        found = cell(notebook, question)
        found.outputs, found.execution_count = [answer, score], 7


def swapped_tests(notebook: NotebookNode, academy: Academy) -> None:
    mean, serial = cell(notebook, "mean"), cell(notebook, "serial")
    mean.metadata.nbgrader.grade_id, serial.metadata.nbgrader.grade_id = "serial", "mean"


def swapped_answers(notebook: NotebookNode, academy: Academy) -> None:
    mean, label = cell(notebook, "solve_mean"), cell(notebook, "solve_label")
    mean.metadata.nbgrader.grade_id, label.metadata.nbgrader.grade_id = "solve_label", "solve_mean"


def tests_as_answers(notebook: NotebookNode, academy: Academy) -> None:
    for question in POINTS:
        found = cell(notebook, question)
        found.metadata.nbgrader.update(solution=True, locked=False)
        found.source = f"{WORKING}\ncase.answer({question!r}, {question})"


def added_cells(notebook: NotebookNode, academy: Academy) -> None:
    """Everything is worked out in cells of one's own."""
    for place in range(len(notebook.cells), 0, -1):
        notebook.cells.insert(place, v4.new_code_cell(WORKING))


def added_sabotage(notebook: NotebookNode, academy: Academy) -> None:
    """Cells of one's own patch the answer helper and end the kernel."""
    patch = "from dalil import case\ncase.answer = lambda question, value: 1_000"
    notebook.cells.insert(1, v4.new_code_cell(patch))
    notebook.cells.append(v4.new_code_cell("import os; os._exit(0)"))


def added_questions(notebook: NotebookNode, academy: Academy) -> None:
    bonus = copied(notebook, "mean", "bonus")
    bonus.metadata.nbgrader.update(grade_id="bonus", points=100)
    task = v4.new_markdown_cell("A task", id="task")
    marks = {"grade_id": "task", "task": True, "points": 100, "grade": False, "solution": False}
    task.metadata.nbgrader = {**marks, "locked": False, "schema_version": 3}
    notebook.cells += [bonus, task]


def bogus_kernel(notebook: NotebookNode, academy: Academy) -> None:
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash", "file_extension": "../../.sh"}
    notebook.metadata.dalil = {"notes": [], "flags": {}, "points": 1_000}


def odd_file(notebook: NotebookNode, academy: Academy) -> str:
    """Keys of wrong types, an unknown minor version, more keys at every level, a key twice."""
    plain = json.loads(json.dumps(notebook))
    plain.update(nbformat=4.0, nbformat_minor="5", signature={}, worksheets=[])
    for found in plain["cells"]:
        found.update(execution_count="seven", trusted=True, prompt_number=[1])
        found["metadata"].update(collapsed="no", scrolled=3, tags=[1, None, ",", "a", "a"])
    text = json.dumps(plain)
    return '{"cells": [], "metadata": 3, ' + text[1:]


def odd_marks(notebook: NotebookNode, academy: Academy) -> None:
    """Marks that are no table; the cells are found by their ids instead."""
    answers, tests = answer_cells(notebook), graded_cells(notebook)
    for number, found in enumerate(answers):
        found.metadata.nbgrader = [None, [], "solution", 7, True, [{}], 1.5][number]
    for number, found in enumerate(tests):
        found.metadata.nbgrader.grade_id = [{}, [], 3, None, True, "", 2.5][number]


def lookalike_name(notebook: NotebookNode, academy: Academy) -> None:
    cell(notebook, "solve_mean").metadata.nbgrader.grade_id = "solve_mеan"  # a Cyrillic е
    cell(notebook, "solve_label").metadata.nbgrader.grade_id = "solve_label "


def for_a_hand(notebook: NotebookNode, academy: Academy) -> None:
    """Machine-marked questions that claim to be written ones: a person might just nod."""
    for found in (*graded_cells(notebook), *answer_cells(notebook)):
        found.metadata.nbgrader.update(grade=True, solution=True, task=True, points=50)


def waits_for_no_hand(graded: Graded, attack: Attack) -> None:
    marks = graded.academy.marks(graded.trainees[attack.name])
    assert not any(marks[question].needs_hand for question in POINTS)


def huge_answer(notebook: NotebookNode, academy: Academy) -> None:
    cell(notebook, "solve_mean").source += "\n#" + "x" * 300_000


def ten_thousand_cells(notebook: NotebookNode, academy: Academy) -> None:
    notebook.cells += [{"cell_type": "code", "source": "1"}] * 10_000


def four_thousand_cells(notebook: NotebookNode, academy: Academy) -> None:
    notebook.cells[:0] = [{"cell_type": "code", "source": "import os; os._exit(1)"}] * 4_000


def attachments(notebook: NotebookNode, academy: Academy) -> None:
    picture = {"a.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"}, "b": "x" * 100_000, "c": 3}
    for found in notebook.cells:
        found.attachments = picture


def several_languages(notebook: NotebookNode, academy: Academy) -> None:
    """Each answer cell begins with a cell magic that hands its text to something else."""
    magics = ("script bash", "javascript", "html", "writefile /tmp/x", "sx", "svg", "latex")
    for found, magic in zip(answer_cells(notebook), magics, strict=True):
        found.source = f"%%{magic}\n{WORKING}"


ATTACKS = (
    Attack(
        "skip-execution",
        "tags that make nbclient skip every test of a blank notebook",
        NOTHING,
        RELEASED,
        spoil=each(graded_cells, tagged("skip-execution", "raises-exception", "remove_cell")),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "skipped answers",
        "the same tags on the cells of good answers",
        FULL,
        SOURCES_ONLY,
        work=HONEST,
        spoil=each(answer_cells, tagged("skip-execution", "hide-input", "injected-parameters")),
    ),
    Attack(
        "tests removed",
        "no test, no mistake",
        NOTHING,
        RELEASED,
        spoil=without_tests,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "tests as prose",
        "every test becomes a Markdown cell",
        NOTHING,
        RELEASED,
        spoil=each(graded_cells, retyped("markdown")),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "answers as raw text",
        "answer cells of another type than the release's",
        NOTHING,
        "answer cells must be of the released type",
        work=HONEST,
        spoil=each(answer_cells, retyped("raw")),
        flags=NOT_ANSWERED,
    ),
    Attack(
        "tests twice",
        "every test a second time, to be awarded twice",
        FULL,
        RELEASED,
        work=HONEST,
        spoil=doubled_tests,
    ),
    Attack(
        "a second answer cell",
        "one answer cell twice, the second one wrong: both run, in order",
        full_but("mean"),
        "cells of one name are joined in order",
        work=HONEST,
        spoil=doubled_answer,
    ),
    Attack(
        "reversed",
        "all cells in reverse order",
        FULL,
        RELEASED,
        work=HONEST,
        spoil=reversed_cells,
    ),
    Attack(
        "tests rewritten",
        "each locked cell works the answer out and shows its points; the answers are blank",
        NOTHING,
        RELEASED,
        spoil=rewritten_tests,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "raised points",
        "every question says that it is worth 1,000 points",
        full_but("mean"),
        BY_RELEASE,
        work=HONEST,
        answers={"mean": "mean = 1"},
        spoil=each(graded_cells, marked(points=1_000)),
    ),
    Attack(
        "absurd points",
        "points below zero, of wrong types, not a number, beyond any float",
        FULL,
        BY_RELEASE,
        work=HONEST,
        spoil=absurd_points,
    ),
    Attack(
        "forged checksums",
        "checksums and schema versions of another time, tests emptied",
        NOTHING,
        RELEASED,
        spoil=forged_schema,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "stored outputs",
        "blank cells whose stored outputs are the right answers and full marks",
        NOTHING,
        "stored outputs are dropped before anything is read",
        spoil=stored_outputs,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "test names swapped",
        "the test of a good answer takes the name of a dearer question",
        full_but("serial"),
        RELEASED,
        work=HONEST,
        answers={"serial": ""},
        spoil=swapped_tests,
        flags={"serial": "unanswered"},
    ),
    Attack(
        "answer names swapped",
        "two answer cells exchange their names: each now runs in the other's place",
        full_but("mean"),
        SOURCES_ONLY,
        work=HONEST,
        spoil=swapped_answers,
        flags={"mean": "unanswered"},
    ),
    Attack(
        "tests as answers",
        "solution = true on locked cells, so that their text would be taken",
        NOTHING,
        BY_RELEASE,
        spoil=tests_as_answers,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "cells of one's own",
        "all answers are worked out in added cells, the answer cells are blank",
        NOTHING,
        SOURCES_ONLY,
        spoil=added_cells,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "helper patched in a cell of one's own",
        "added cells around good answers patch the answer helper and end the kernel",
        FULL,
        SOURCES_ONLY,
        work=HONEST,
        spoil=added_sabotage,
    ),
    Attack(
        "questions of one's own",
        "a question and a task worth 100 points that nobody asked",
        FULL,
        BY_RELEASE,
        work=HONEST,
        spoil=added_questions,
    ),
    Attack(
        "bogus kernel",
        "a kernel named bash, and the academy's own metadata forged",
        FULL,
        "kernel and metadata come from the release",
        work=HONEST,
        spoil=bogus_kernel,
    ),
    Attack(
        "odd file",
        "wrong types at every level of the file, keys twice",
        FULL,
        "the file is repaired before it is read",
        work=HONEST,
        spoil=odd_file,
    ),
    Attack(
        "odd marks",
        "nbgrader's marks are numbers, lists and text",
        FULL,
        "cells whose marks are lost are found by their ids",
        work=HONEST,
        spoil=odd_marks,
    ),
    Attack(
        "lookalike names",
        "names that look like those of answer cells",
        full_but("mean", "label"),
        "names are compared byte for byte",
        work=HONEST,
        spoil=lookalike_name,
        flags={"mean": "unanswered", "label": "unanswered"},
    ),
    Attack(
        "for a human hand",
        "blank machine-marked questions that claim to be marked by hand",
        NOTHING,
        BY_RELEASE,
        spoil=for_a_hand,
        flags=NOT_ANSWERED,
        after=waits_for_no_hand,
    ),
    Attack(
        "huge answer",
        "an answer cell of 300 kB",
        full_but("mean"),
        LIMITED,
        work=HONEST,
        spoil=huge_answer,
        flags={"mean": "unanswered"},
    ),
    Attack(
        "ten thousand cells",
        "more cells than a notebook may have",
        NOTHING,
        LIMITED,
        work=HONEST,
        spoil=ten_thousand_cells,
        flags=dict.fromkeys(POINTS, "unreadable"),
    ),
    Attack(
        "four thousand cells",
        "as many cells as it may have, each of which would end the kernel",
        FULL,
        SOURCES_ONLY,
        work=HONEST,
        spoil=four_thousand_cells,
    ),
    Attack(
        "attachments",
        "attachments with scripts and of wrong types in every cell",
        FULL,
        SOURCES_ONLY,
        work=HONEST,
        spoil=attachments,
    ),
    Attack(
        "cell magics",
        "magics that run the text of a cell elsewhere",
        NOTHING,
        "what a magic runs elsewhere leaves no answer",
        spoil=several_languages,
        flags=NOT_ANSWERED,
    ),
    Attack(
        "captured",
        "%%capture, %%time and %%timeit around good answers: harmless, so they count",
        full_but("label"),
        "–",
        work={
            **HONEST,
            "mean": f"%%capture said\n{HONEST['mean']}\nprint('x')",
            "label": f"%%timeit -n1 -r1\n{HONEST['label']}",  # a scope of its own
            "digest": f"%%time\n{HONEST['digest']}",
        },
        flags={"label": "unanswered"},
    ),
    Attack(
        "marks of the source",
        "answers within BEGIN SOLUTION, HIDDEN TESTS and MARK SCHEME: no more than comments",
        FULL,
        "the release's own marks are gone before a trainee sees it",
        work={
            name: f"### BEGIN SOLUTION\n### BEGIN HIDDEN TESTS\n{text}\n"
            "### END HIDDEN TESTS\n### END SOLUTION\n### BEGIN MARK SCHEME"
            for name, text in HONEST.items()
        },
    ),
)
