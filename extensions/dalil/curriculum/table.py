"""``module.toml``: its schema, in the order in which an author writes it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dalil.answers import form_from
from dalil.curriculum.module import LEVELS, Exhibit, Folders, Level, Module, Question
from dalil.curriculum.reader import WORD, Reader, line_problem
from dalil.errors import CurriculumError, DalilError
from dalil.models import ModuleId, module_id

TABLE_NAME = "module.toml"
MAX_TABLE_BYTES = 256 * 1024
_NEEDED = ("id", "code", "version", "title", "summary", "hours", "outcomes", "competencies")
_OPTIONAL = ("prerequisites", "standards", "exhibits", "questions")
_CODE = re.compile(r"[A-Z]{2,4}-\d{2}")
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,2}")
_FORBIDDEN = frozenset('/\\:*?"<>|')
_WORD_HINT = "use a lower-case word: letters, digits and _"


def read_table(folders: Folders, name: ModuleId) -> Module:
    """Return the module that ``courses/<name>/module.toml`` describes.

    Raises CurriculumError with every problem, one a line: ``courses/custody/module.toml:
    questions[2].form: …; what to do``.
    """
    path = folders.courses / name / TABLE_NAME
    place = f"{folders.courses.name}/{name}/{TABLE_NAME}"
    raw = _parsed(path, place)
    problems: list[str] = []
    module = _module(Reader(raw, "", problems), folders, name)
    if problems:
        raise CurriculumError("\n".join(f"{place}: {problem}" for problem in problems))
    return module


def _parsed(path: Path, place: str) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_TABLE_BYTES + 1)
        if len(data) > MAX_TABLE_BYTES:
            raise CurriculumError(f"{place}: larger than {MAX_TABLE_BYTES // 1024} KiB; shorten it")
        return tomllib.loads(data.decode("utf-8"))
    except FileNotFoundError:
        raise CurriculumError(f"{place}: missing; write it, or see `dalil module list`") from None
    except OSError as error:
        raise CurriculumError(f"{place}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise CurriculumError(f"{place}: not UTF-8; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error).splitlines()[0][:120]
        raise CurriculumError(f"{place}: not TOML: {reason}; mend that line") from None


def _module(reader: Reader, folders: Folders, name: ModuleId) -> Module:
    reader.keys(_NEEDED, _OPTIONAL)
    if (said := reader.line("id")) and said != name:
        reader.report("id", f"{said!r} is not the folder's name", f"write {name!r}")
    competencies = _competencies(reader)
    exhibits = tuple(_exhibit(table) for table in reader.tables("exhibits"))
    reader.unique("exhibits.name", [exhibit.name for exhibit in exhibits])
    reader.unique("exhibits.file", [exhibit.file for exhibit in exhibits])
    questions = tuple(_question(table, competencies) for table in reader.tables("questions"))
    reader.unique("questions.id", [question.id for question in questions])
    if not questions:
        reader.report("questions", "none", "ask at least one: [[questions]]")
    for unused in sorted(set(competencies) - {question.competency for question in questions}):
        reader.report(f"competencies.{unused}", "no question shows it", "ask one, or remove it")
    return Module(
        id=name,
        code=reader.line("code", _CODE, "write letters and a number, such as FND-01"),
        version=reader.line("version", _VERSION, 'write a number as text, such as "1" or "1.2"'),
        title=reader.line("title"),
        summary=reader.line("summary"),
        hours=reader.number("hours", 0, 500),
        prerequisites=_prerequisites(reader, folders, name),
        standards=reader.lines("standards", some=False),
        outcomes=reader.lines("outcomes"),
        competencies=competencies,
        exhibits=exhibits,
        questions=questions,
        course=folders.courses / name,
        exercise=folders.exercises / name,
        grader=folders.graders / name,
    )


def _prerequisites(reader: Reader, folders: Folders, name: ModuleId) -> tuple[ModuleId, ...]:
    found = []
    for number, text in enumerate(reader.lines("prerequisites", some=False), 1):
        key = f"prerequisites[{number}]"
        try:
            needed = module_id(text)
        except DalilError as error:
            reader.report(key, str(error), "name a module's folder")
            continue
        if needed == name:
            reader.report(key, "the module needs itself", "remove it")
        elif not (folders.courses / needed / TABLE_NAME).is_file():
            reader.report(key, f"there is no module {needed!r}", "correct or remove it")
        found.append(needed)
    return tuple(found)


def _competencies(reader: Reader) -> dict[str, str]:
    table = Reader(reader.table.get("competencies", {}), "competencies", reader.problems)
    if not table.table and "competencies" in reader.table:
        table.report("", "none", "name at least one")
    for name in table.table:
        if not WORD.fullmatch(name):
            table.report(name, f"{name!r} is no id", _WORD_HINT)
    return {name: table.line(name) for name in table.table}


def _exhibit(reader: Reader) -> Exhibit:
    reader.keys(("name", "file", "title"))
    file = reader.line("file")
    if problem := _file_problem(file):
        reader.report("file", problem, "use a plain name such as log.csv")
    return Exhibit(reader.line("name", WORD, _WORD_HINT), file, reader.line("title"))


def _file_problem(name: str) -> str:
    """Why *name* is not the name of a file that every system can hold; "" if it is."""
    if found := sorted(_FORBIDDEN & set(name)):
        return f"{name!r} holds {' '.join(found)}"
    if name.startswith((".", "-", "~")) or name.endswith("."):
        return f"{name!r} begins or ends with a sign that hides it or is read as an option"
    return f"{name[:20]!r}… is too long" if len(name.encode()) > 120 else ""


def _question(reader: Reader, competencies: dict[str, str]) -> Question:
    reader.keys(("id", "title", "competency", "level"), ("form", "written"))
    name = reader.line("id", WORD, _WORD_HINT)
    if name.startswith(("solve_", "rubric_")):
        reader.report("id", f"{name!r} is a name for other cells", "leave out solve_ or rubric_")
    competency = reader.line("competency")
    if competency and competency not in competencies:
        hint = f"use one of [competencies]: {', '.join(competencies) or 'none yet'}"
        reader.report("competency", f"there is no {competency!r}", hint)
    form = reader.tried("form", form_from, "see the forms in docs/authoring.md")
    written = reader.table.get("written", False)
    if not isinstance(written, bool):
        reader.report("written", "expected true or false", "write it without quotes")
    elif written == ("form" in reader.table):
        problem = "both form and written" if written else "neither form nor written = true"
        reader.report("", problem, "a machine marks by form, a human what is written")
    return Question(
        id=name,
        title=reader.line("title"),
        competency=competency,
        level=_level(reader),
        form=form,
        table=reader.table.get("form") if form else None,
    )


def _level(reader: Reader) -> Level:
    said = reader.table.get("level")
    for level in LEVELS:
        if said == level:
            return level
    if "level" in reader.table:
        shown = repr(said)[:30] if not line_problem(said) else "this"
        reader.report("level", f"{shown} is no level", f"one of {', '.join(LEVELS)}")
    return LEVELS[0]
