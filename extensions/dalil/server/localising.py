"""A person's notebook in another language: only what the academy wrote changes.

A Markdown cell is the academy's when the release has one of that id, nobody is asked to write in
it, and its text is still what the academy sent in one of its languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dalil.models import RIGHT_TO_LEFT, Language
from dalil.server.refusals import Refusal

Notebook = dict[str, Any]


@dataclass
class Changes:
    """``cells`` maps ids to their new ``source`` and ``metadata``; ``kept`` names the cells of the
    release that the person has changed, and that stay as they are."""

    metadata: dict[str, str]
    cells: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)


def parsed(content: bytes, path: str) -> Notebook:
    """A notebook as plain JSON, so that nothing else in it changes. Raises Refusal."""
    try:
        found = json.loads(content)
        cells, metadata = found["cells"], found["metadata"]
        if isinstance(metadata, dict) and isinstance(cells, list) and all(map(_is_cell, cells)):
            return dict(found)
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    raise Refusal(f"{path}: not a notebook; mend or move it", "brokenNotebook", path=path)


def changes(notebook: Notebook, releases: Mapping[Language, Notebook], wished: Language) -> Changes:
    """What must change in *notebook* to be in the language *wished*.

    *releases* is what the academy sends, in each of its languages.
    """
    texts = {speaks: _owned(release) for speaks, release in releases.items()}
    direction = "rtl" if wished in RIGHT_TO_LEFT else "ltr"
    found = Changes({"language": wished, "direction": direction})
    for cell in notebook["cells"]:
        name = str(cell.get("id", ""))
        new = texts[wished].get(name)
        if new is None or cell.get("cell_type") != "markdown":
            continue
        source = text_of(cell)
        if source not in {text_of(known[name]) for known in texts.values() if name in known}:
            found.kept.append(name)
        elif source != text_of(new):
            found.cells[name] = {"source": text_of(new), "metadata": _metadata(cell, new)}
    return found


def apply(notebook: Notebook, found: Changes) -> None:
    """Change *notebook* in place."""
    notebook["metadata"]["dalil"] = dict(found.metadata)
    for cell in notebook["cells"]:
        change = found.cells.get(str(cell.get("id", "")))
        if change is not None:
            cell["source"] = change["source"].splitlines(keepends=True)
            cell["metadata"] = change["metadata"]


def written(notebook: Notebook) -> bytes:
    """The bytes of a notebook file, laid out as Jupyter does."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode(errors="backslashreplace")  # half a surrogate is JSON so, too


def text_of(cell: Mapping[str, Any]) -> str:
    """A cell's source: nbformat allows a list of lines."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("metadata"), dict)


def _owned(release: Notebook) -> dict[str, dict[str, Any]]:
    """The Markdown cells of a release that nobody is asked to write in, by id."""
    return {
        str(cell["id"]): cell
        for cell in release["cells"]
        if cell.get("cell_type") == "markdown" and "id" in cell and not _is_written(cell)
    }


def _is_written(cell: Mapping[str, Any]) -> bool:
    nbgrader = cell.get("metadata", {}).get("nbgrader")
    return isinstance(nbgrader, dict) and bool(nbgrader.get("solution"))


def _metadata(cell: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The person's metadata (folded, tagged), but the release's direction and checksum."""
    metadata = dict(cell.get("metadata", {}))
    for name in ("dalil", "nbgrader"):
        metadata.pop(name, None)
        if name in new.get("metadata", {}):
            metadata[name] = new["metadata"][name]
    return metadata
