"""Pages: outputs of the stage in a template without a script of its own, refusals in words."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from nbformat import validate

from dalil.apps.pages import Pages, has_formulas, own_words, with_outputs
from dalil.apps.stages import Outputs, Stage, error_in
from dalil.curriculum import load_module
from dalil.models import LANGUAGES, Language, module_id
from dalil.notebooks import read_notebook
from dalil.settings import load_settings
from dalil.translation import find_catalogue, localise

KERNEL = "12345678-1234-4234-8234-123456789012"
OUTPUTS: Outputs = [
    [("stream", {"name": "stdout", "text": "</script><script>alert(1)</script>"})],
    [("display_data", {"data": {"text/html": "<b>bold</b>"}, "metadata": {}, "transient": {}})],
    [],
    [],
    [
        (
            "execute_result",
            {
                "data": {"application/vnd.jupyter.widget-view+json": {"model_id": "a" * 32}},
                "metadata": {},
                "execution_count": 6,
            },
        )
    ],
]


@pytest.fixture(scope="module")
def stage(checkout: Path) -> Stage:
    module = load_module(load_settings(checkout), module_id("custody"))
    catalogue = find_catalogue(module.course, "ar")
    notebook = localise(read_notebook(module.app), "ar", catalogue)
    return Stage(module, catalogue, notebook, (), OUTPUTS)


@pytest.fixture(scope="module")
def pages(checkout: Path) -> Pages:
    return Pages(load_settings(checkout), "/services/apps/", "/school/hub/")


def test_outputs_stand_in_their_cells(stage: Stage) -> None:
    shown = with_outputs(stage.notebook, OUTPUTS)
    validate(shown)
    codes = [cell for cell in shown.cells if cell.cell_type == "code"]
    assert [len(cell.outputs) for cell in codes] == [1, 1, 0, 0, 1]
    assert all(not cell.get("outputs") for cell in stage.notebook.cells)


def test_a_page_has_its_visitors_kernel_and_no_script_of_its_own(
    pages: Pages, stage: Stage
) -> None:
    page = asyncio.run(pages.app(stage, OUTPUTS, "dark", KERNEL))
    other = asyncio.run(pages.app(stage, OUTPUTS, "dark", KERNEL.replace("1", "2")))
    assert page.count(KERNEL) == 1
    assert KERNEL not in other
    assert "تسلسل" in page or "سلسلة" in page
    assert 'aria-busy="true"' in page
    assert "alert(1)</script>" not in page
    for script in re.findall(r"<script[^>]*>", page):
        assert 'src="/services/apps/' in script or "json" in script
    assert "cdn" not in page


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [403, 404, 500, 503, 418])
def test_refusals_are_in_the_visitors_language(
    pages: Pages, status: int, language: Language
) -> None:
    page = pages.refusal(status, language)
    assert f'<html lang="{language}" dir="{own_words(language).direction}">' in page
    assert (language == "en") == ("To the academy" in page)
    assert '<a href="/school/hub/home">' in page


def test_formulas_are_looked_for(stage: Stage) -> None:
    assert not has_formulas(stage.notebook)
    other = with_outputs(stage.notebook, [])
    other.cells[0].source += " $x^2$"
    assert has_formulas(other)


def test_the_first_error_is_one_line() -> None:
    assert error_in(OUTPUTS) == ""
    failed = ("error", {"ename": "ValueError", "evalue": "no", "traceback": []})
    assert error_in([*OUTPUTS, [failed]]) == "ValueError: no"
