"""Another language: only what the academy wrote changes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalil.models import LANGUAGES, Language
from dalil.notebooks import read_notebook
from dalil.server.localising import apply, changes, parsed, text_of, written
from dalil.server.refusals import Refusal
from dalil.translation import find_catalogue, localise


@pytest.fixture(scope="module")
def releases(checkout: Path) -> dict[Language, Any]:
    """The custody exercise in each language, as plain JSON."""
    folder = checkout / "exercises/custody"
    source = read_notebook(folder / "custody.ipynb")
    made = {s: localise(source, s, find_catalogue(folder, s)) for s in LANGUAGES}
    return {speaks: json.loads(json.dumps(one)) for speaks, one in made.items()}


def sources(notebook: Any) -> dict[str, str]:
    return {cell["id"]: text_of(cell) for cell in notebook["cells"]}


@pytest.mark.parametrize("first", LANGUAGES)
@pytest.mark.parametrize("then", LANGUAGES)
def test_an_untouched_notebook_becomes_the_other_release(
    releases: dict[Language, Any], first: Language, then: Language
) -> None:
    mine = copy.deepcopy(releases[first])
    found = changes(mine, releases, then)
    apply(mine, found)
    assert found.kept == []
    wanted = sources(releases[then])
    answers = {name for name in wanted if name == "conclusion"}
    assert {k: v for k, v in sources(mine).items() if k not in answers} == {
        k: v for k, v in wanted.items() if k not in answers
    }
    assert mine["metadata"]["dalil"]["language"] == then
    assert (first == then) is (found.cells == {})


def test_answers_notes_and_changed_prose_stay(releases: dict[Language, Any]) -> None:
    mine = copy.deepcopy(releases["ar"])
    cells = {cell["id"]: cell for cell in mine["cells"]}
    cells["conclusion"]["source"] = "جوابي"
    cells["solve_breaks"]["source"] = "breaks = [4]"
    cells["solve_breaks"]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "4"},
    ]
    prose = next(cell for cell in mine["cells"] if cell["cell_type"] == "markdown")
    prose["source"] = text_of(prose) + "\n\nملاحظتي"
    mine["cells"].append(
        {"id": "mine", "cell_type": "markdown", "metadata": {}, "source": ["a\n", "b"]}
    )
    before = copy.deepcopy(mine)
    found = changes(mine, releases, "fr")
    apply(mine, found)
    after = {cell["id"]: cell for cell in mine["cells"]}
    for cell in before["cells"]:
        if cell["id"] in ("conclusion", "solve_breaks", "mine", prose["id"]):
            assert after[cell["id"]] == cell
        if cell["cell_type"] == "code":
            assert after[cell["id"]] == cell
    assert found.kept == [prose["id"]]
    assert found.cells


def test_there_and_back_is_where_one_was(releases: dict[Language, Any]) -> None:
    mine = copy.deepcopy(releases["ar"])
    for speaks in ("fr", "en", "ar"):
        apply(mine, changes(mine, releases, speaks))
    assert sources(mine) == sources(releases["ar"])


def test_the_persons_own_metadata_stay(releases: dict[Language, Any]) -> None:
    mine = copy.deepcopy(releases["ar"])
    for cell in mine["cells"]:
        cell["metadata"]["tags"] = ["seen"]
    apply(mine, changes(mine, releases, "en"))
    assert all(cell["metadata"]["tags"] == ["seen"] for cell in mine["cells"])
    assert not any("dalil" in c["metadata"] for c in mine["cells"] if c["id"] != "conclusion")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"cells": 1, "metadata": {}}',
        b'{"cells": [1], "metadata": {}}',
        b'{"cells": [{"metadata": 1}], "metadata": {}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_no_notebook_is_named(content: bytes) -> None:
    with pytest.raises(Refusal, match=r"x\.ipynb") as caught:
        parsed(content, "x.ipynb")
    assert caught.value.kind == "brokenNotebook"


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_stands_in_a_cell_it_comes_back(value: Any) -> None:
    mine = {"cells": [{"id": "x", "metadata": {"a": value}, "source": "\ud800"}], "metadata": {}}
    assert parsed(written(mine), "x.ipynb") == mine
