"""Messages: what of a module is to be translated, and where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dalil.errors import TranslationError
from dalil.syntax import parse

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from dalil.curriculum import Module

_MARKERS = frozenset({"N_", "_"})
_PACKAGE = Path(__file__).resolve().parents[1]
_MODULES = {
    "scaffold",
    "modules",
}  # folders of the package with modules, which speak for themselves


@dataclass(frozen=True)
class Entry:
    """One message and the places it is used in (``lesson.ipynb#intro``).

    A template has ``{places}`` that are filled; in prose, braces are LaTeX or code.
    """

    message: str
    locations: tuple[str, ...]
    kind: Literal["prose", "template"] = "prose"


@dataclass(frozen=True)
class Domain:
    """The messages that share ``folder/locale/<language>.po``, in document order."""

    folder: Path
    entries: tuple[Entry, ...]

    def path(self, language: str) -> Path:
        return self.folder / "locale" / f"{language}.po"


def extract(module: Module) -> tuple[Domain, Domain]:
    """Return the domains of a module: its course (lesson, app, table) and its exercise (+ checks).

    Raises NotebookError or TranslationError for what cannot be read.
    """
    course = [
        *_table(module),
        *_notebook(module.lesson),
        *_notebook(module.app),
        *chain.from_iterable(_code(path, _within(module.course, path)) for path in module.methods),
    ]
    exercise = [*_notebook(module.notebook), *_code(module.grader / "checks.py")]
    return Domain(module.course, _merged(course)), Domain(module.exercise, _merged(exercise))


def own_domain() -> Domain:
    """Return the messages of the package itself: what ``dalil`` shows to trainees."""
    found: list[Entry] = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        place = path.relative_to(_PACKAGE)
        if not _MODULES & set(place.parts):
            found += _code(path, place.as_posix())
    return Domain(_PACKAGE, _merged(found))


def message_of(cell: Mapping[str, object]) -> str | None:
    """Return the message of a cell: its Markdown, or None if there is nothing to translate.

    Cells that trainees write in are left out: their text is the trainee's, or the solution.
    """
    source = str(cell.get("source", "")).strip()
    if cell.get("cell_type") != "markdown" or is_written(cell):
        return None
    return source if any(c.isalpha() for c in source) else None


def is_written(cell: Mapping[str, object]) -> bool:
    """Whether *cell* is one that trainees write their answer in."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return isinstance(nbgrader, Mapping) and nbgrader.get("solution") is True


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Equal messages as one entry with all its places."""
    found: dict[str, Entry] = {}
    for entry in entries:
        before = found.get(entry.message)
        places = tuple(dict.fromkeys([*(before.locations if before else ()), *entry.locations]))
        template = "template" in (entry.kind, before.kind if before else "")
        found[entry.message] = Entry(entry.message, places, "template" if template else "prose")
    return tuple(found.values())


def _table(module: Module) -> Iterator[Entry]:
    for place, text in module.texts():
        yield Entry(text, (f"module.toml#{place}",))


def _notebook(path: Path) -> Iterator[Entry]:
    from dalil.notebooks import read_notebook

    notebook: NotebookNode = read_notebook(path, outputs=False)
    for cell in notebook.cells:
        place = f"{path.name}#{cell.id}"
        message = message_of(cell)
        if message is not None:
            yield Entry(message, (place,))
        elif cell.cell_type == "code":
            yield from _marked(cell.source, place)


def _code(path: Path, place: str = "") -> Iterator[Entry]:
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise TranslationError(f"{place or path.name}: missing or not UTF-8") from None
    yield from _marked(source, place or path.name)


def _marked(source: str, place: str) -> Iterator[Entry]:
    """Messages in calls of ``N_``, ``_`` and an interface's ``.text``.

    Read from the syntax tree, because Babel's extractor passes over a message that is put together
    at run time without a word, and such a message would never be translated.
    """
    lines = source.split("\n")
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)
    try:
        tree = parse(plain)
    except (SyntaxError, ValueError, RecursionError):
        raise TranslationError(f"{place}: not Python; mend it first") from None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        argument = call.args[0]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            if (name in _MARKERS or method == "text") and any(map(str.isalpha, argument.value)):
                yield Entry(argument.value, (place,), "template")
        elif name == "N_":
            hint = "write one literal text with {places}"
            raise TranslationError(f"{place}: line {call.lineno}: N_() of a computed text; {hint}")
