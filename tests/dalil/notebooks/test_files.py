"""Files that claim to be notebooks: each is read as a valid one or refused in one line."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dalil.errors import NotebookError
from dalil.notebooks import (
    notebook_bytes,
    read_graded,
    read_notebook,
    read_submission,
    write_notebook,
)
from dalil.notebooks.repair import MAX_CELLS


def save(folder: Path, content: Any) -> Path:
    path = folder / "work.ipynb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}


def code(source: Any = "x = 1", **more: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "one",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        **more,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"PK\x03\x04 a zip",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"cells": 3}',
        '{"cells": {"a": 1}, "nbformat": 4}',
        '{"nbformat": 6, "metadata": {}}',
        '{"nbformat": 3, "worksheets": "all"}',
        '{"cells": [' + "1" * 5000 + "]}",
        "[" * 100_000,
        '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"cells": [], "metadata": ' + '{"a": ' * 900 + "1" + "}" * 901,
        json.dumps(notebook(code(metadata={"deep": json.loads("[" * 200 + "]" * 200)}))),
        json.dumps(notebook(*[{} for _ in range(100_000)])),
        '{"cells": [' + "[]," * 4_000_000 + "[]]}",
    ],
    ids=lambda content: repr(content[:24]),
)
def test_what_is_no_notebook_is_refused_in_one_line(tmp_path: Path, content: bytes | str) -> None:
    with pytest.raises(NotebookError) as caught:
        read_notebook(save(tmp_path, content))
    message = str(caught.value)
    assert message.startswith("work.ipynb: ")
    assert "\n" not in message
    assert len(message) < 200
    assert str(tmp_path) not in message


def test_folders_pipes_and_missing_files_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.ipynb"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, tmp_path / "none.ipynb", tmp_path / "a\0b"):
        with pytest.raises(NotebookError):
            read_notebook(path)


def test_size_is_capped_before_reading(tmp_path: Path) -> None:
    path = save(tmp_path, notebook(code("x" * 5000)))
    with pytest.raises(NotebookError, match="clear all outputs"):
        read_notebook(path, max_bytes=4000)
    assert read_notebook(path, max_bytes=6000).cells[0].source == "x" * 5000


def test_sixty_megabytes_of_outputs_are_dropped(tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 60_000_000}
    nb = read_notebook(save(tmp_path, notebook(code(outputs=[output]))), outputs=False)
    assert nb.cells[0].outputs == []
    assert nb.cells[0].source == "x = 1"


@pytest.mark.parametrize("wrong", [None, 3, "text", [1], {"a": 1}, True, [[]], 1e300])
@pytest.mark.parametrize(
    "key", ["cell_type", "id", "metadata", "source", "outputs", "execution_count", "attachments"]
)
def test_wrong_types_in_a_cell_are_survived(tmp_path: Path, key: str, wrong: Any) -> None:
    nb = read_notebook(save(tmp_path, notebook({**code(), key: wrong}, code("y = 2", id="two"))))
    nbformat.validate(nb)
    assert nb.cells[-1].source == "y = 2"


@pytest.mark.parametrize(
    "wrong", [None, 0, 1.0, 3, "text", [1], [["a"]], {"name": 3}, {"a": 1}, True]
)
@pytest.mark.parametrize(
    "key", ["tags", "jupyter", "name", "format", "collapsed", "scrolled", "execution", "nbgrader"]
)
def test_wrong_types_in_metadata_are_survived(tmp_path: Path, key: str, wrong: Any) -> None:
    raw = notebook(code(metadata={key: wrong}), metadata={key: wrong, "kernelspec": wrong})
    nbformat.validate(read_notebook(save(tmp_path, raw)))


def test_sources_in_lines_nan_surrogates_and_repeated_ids(tmp_path: Path) -> None:
    text = json.dumps(
        notebook(
            code(["a = 1\n", 7, "b = 2"]),
            code("lone \ud800 and whole \ud83d\ude00", metadata={"n": float("nan")}),
            code("c", id="b ad!"),
            7,
            code("d", metadata={"n": 1}),
        )
    ).replace('"n": 1', '"n": 1e999')
    nb = read_notebook(save(tmp_path, text))
    assert [c.source for c in nb.cells] == ["a = 1\nb = 2", "lone \ufffd and whole 😀", "c", "d"]
    assert [c.id for c in nb.cells] == ["one", "repaired-2", "repaired-3", "repaired-4"]
    assert nb.cells[1].metadata.n is None
    assert nb.cells[3].metadata.n is None


def test_only_what_nbformat_takes_for_json_is_no_text(tmp_path: Path) -> None:
    data = {"x/json": {"a": 1}, "application/x+json": {"a": 1}}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    nb = read_notebook(save(tmp_path, notebook(code(outputs=[output]))))
    assert nb.cells[0].outputs[0].data == {"x/json": "", "application/x+json": {"a": 1}}


@pytest.mark.parametrize("major", [4, 5, "4", None, 4.5, True])
def test_newer_and_odd_versions_with_familiar_cells_are_read(tmp_path: Path, major: Any) -> None:
    raw = notebook(code(), nbformat=major, nbformat_minor=99, future={"a": 1})
    assert read_notebook(save(tmp_path, raw)).nbformat == 4


@pytest.mark.parametrize("major", [2, 3])
def test_old_versions_are_upgraded(tmp_path: Path, major: int) -> None:
    cells = [
        {"cell_type": "code", "input": "x = 1", "outputs": [], "language": "python"},
        {"cell_type": "markdown", "source": "# Title", "metadata": {"n": 1}},
        "no cell",
    ]
    raw = {"nbformat": major, "metadata": {"name": "old"}, "worksheets": [{"cells": cells}]}
    nb = read_notebook(save(tmp_path, raw))
    nbformat.validate(nb)
    assert [(c.cell_type, c.source) for c in nb.cells] == [
        ("code", "x = 1"),
        ("markdown", "# Title"),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = ["cell_type", "id", "metadata", "source", "outputs", "input", "level", "worksheets", "cells"]
kinds = st.sampled_from(["code", "markdown", "raw", "heading", "html"]) | json_values
cells = st.dictionaries(st.sampled_from(keys), json_values | st.lists(json_values, max_size=2))
documents = st.fixed_dictionaries(
    {"nbformat": st.integers(0, 6) | json_values, "metadata": json_values},
    optional={
        "cells": st.lists(st.builds(lambda c, k: {**c, "cell_type": k}, cells, kinds), max_size=3),
        "worksheets": st.lists(st.fixed_dictionaries({"cells": st.lists(cells, max_size=2)})),
    },
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=documents)
@example(
    document={"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code"}]}]}
)
def test_any_json_is_read_as_valid_or_refused(tmp_path: Path, document: Any) -> None:
    path = save(tmp_path, document)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nb = read_notebook(path)
    except NotebookError:
        return
    nbformat.validate(nb)
    write_notebook(nb, path)
    assert read_notebook(path) == nb


def test_writing_is_deterministic_and_readable(tmp_path: Path) -> None:
    raw = notebook(code("# الدليل\nx = 1", metadata={"b": 1, "a": 2}))
    nb = read_notebook(save(tmp_path, raw))
    first, second = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    write_notebook(nb, first)
    write_notebook(read_notebook(first), second)
    data = first.read_bytes()
    assert data == second.read_bytes()
    assert "الدليل" in data.decode("utf-8")
    assert data.endswith(b"}\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.ipynb", "b.ipynb", "work.ipynb"]


def test_failed_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = save(tmp_path, notebook(code()))
    before = path.read_bytes()
    broken = read_notebook(path)
    broken.cells[0].source = 7
    with pytest.raises(NotebookError, match="not written"):
        write_notebook(broken, path)
    assert path.read_bytes() == before
    with pytest.raises(NotebookError, match="cannot be written"):
        write_notebook(read_notebook(path), tmp_path / "none" / "work.ipynb")


def test_as_many_cells_as_allowed_are_read(tmp_path: Path) -> None:
    raw = notebook(*[code(id=f"c{n}") for n in range(MAX_CELLS)])
    assert len(read_notebook(save(tmp_path, raw)).cells) == MAX_CELLS


MIMES = ("text/plain", "text/html", "image/png", "image/svg+xml", "application/json")
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
OUTPUTS = st.one_of(
    st.builds(lambda text: nbformat.v4.new_output("stream", text=text), TEXTS),
    st.builds(
        nbformat.v4.new_output,
        st.sampled_from(("display_data", "execute_result")),
        st.dictionaries(st.sampled_from(MIMES), TEXTS),
    ),
    st.builds(
        lambda text: nbformat.v4.new_output("error", ename="E", evalue=text, traceback=[text]),
        TEXTS,
    ),
)
CELLS = st.one_of(
    st.builds(
        lambda text, outputs: nbformat.v4.new_code_cell(text, outputs=outputs),
        TEXTS,
        st.lists(OUTPUTS, max_size=3),
    ),
    st.builds(
        lambda text, name: nbformat.v4.new_markdown_cell(
            text, attachments={name: {"image/svg+xml": text}}, metadata={"trusted": True, name: 1}
        ),
        TEXTS,
        TEXTS,
    ),
)


@given(st.lists(CELLS, max_size=4), st.sampled_from([{"signature": "x"}, {"orig_nbformat": 3}]))
def test_bytes_are_those_of_nbformat(cells: list[Any], metadata: dict[str, Any]) -> None:
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    nb = nbformat.v4.new_notebook(cells=cells, metadata={**metadata, "title": "x"})
    before = json.dumps(nb)
    assert notebook_bytes(nb) == (nbformat.writes(nb) + "\n").encode()
    assert json.dumps(nb) == before


def test_of_a_submission_only_answers_are_read() -> None:
    marked = {"nbgrader": {"grade_id": "a", "points": [[]]}, "tags": {"no": "list"}}
    cells = (
        code(["x = ", "1"], metadata=marked, outputs=[{"output_type": "bogus"}], id="one"),
        code("y", id="one", metadata="none", execution_count="many"),
        {"cell_type": "markdown", "source": "\ud800", "id": 7, "metadata": {"nbgrader": 3}},
        "no cell",
    )
    nb = read_submission(json.dumps(notebook(*cells, metadata=[])).encode(), "work.ipynb")
    assert [(cell.cell_type, cell.source) for cell in nb.cells] == [
        ("code", "x = 1"),
        ("code", "y"),
        ("markdown", "\ufffd"),
    ]
    assert [cell.id for cell in nb.cells] == ["one", "repaired-2", "repaired-3"]
    assert nb.cells[0].metadata == {"nbgrader": marked["nbgrader"]}
    assert nb.cells[2].metadata == {}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a notebook"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "nesting"),
        (b'{"cells": [' + b"[]," * 8_000_001 + b"[]]}", "too large"),
        (json.dumps({"nbformat": 9, "blocks": []}).encode(), "newer"),
        (json.dumps(notebook(*[code()] * (MAX_CELLS + 1))).encode(), "at most"),
    ],
)
def test_a_submission_that_cannot_be_read_is_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(NotebookError, match=reason) as caught:
        read_submission(data, "work.ipynb")
    assert str(caught.value).startswith("work.ipynb: ")
    assert "\n" not in str(caught.value)


def test_what_the_grader_wrote_is_read_as_it_is(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1\nb = 2", id="one")])
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="1\n2\n")]
    path = tmp_path / "graded.ipynb"
    path.write_bytes(notebook_bytes(notebook))
    assert read_graded(path) == read_notebook(path) == notebook


@pytest.mark.parametrize(
    "content",
    [
        *(b"{", b"[]", b"\xff", b"[" * 200_000),
        *(b'{"cells": [{}], "nbformat": 4}', b'{"cells": 1, "nbformat": 4}'),
        b'{"cells": [], "nbformat": 3, "metadata": {}}',
    ],
)
def test_what_the_grader_did_not_write_is_refused_in_one_line(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "graded.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError, match=r"run: dalil grade$"):
        read_graded(path)
