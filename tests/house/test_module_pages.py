"""Each module has its page, linked from where people look, with pictures that are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dalil.curriculum import Module, find_modules
from dalil.settings import load_settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MODULES = find_modules(load_settings(ROOT))
LARGEST_PICTURE = 150_000  # bytes


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_a_module_has_its_page(module: Module) -> None:
    page = (DOCS / "modules" / f"{module.id}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {module.id} ({module.code}): ")
    assert f"python -m dalil.validate {module.id}" in page
    assert (ROOT / "extensions/dalil/validate" / f"{module.id}.py").is_file()
    for question in module.questions:
        assert re.search(rf"\| {re.escape(question.title)}[^|]*\| {question.level} \|", page)
    for heading in ("What it teaches", "Method and sources", "What it meets", "Limits"):
        assert f"\n## {heading}\n" in page


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_the_page_is_found_from_the_index_and_the_front_page(module: Module) -> None:
    row = rf"^\| \[{module.id}\]\((docs/modules/)?{module.id}\.md\).*{module.code}"
    for index in (DOCS / "modules" / "README.md", ROOT / "README.md"):
        assert re.search(row, index.read_text(encoding="utf-8"), re.MULTILINE), index


def test_pictures_are_there_small_and_used() -> None:
    folder = DOCS / "images" / "modules"
    pages = [path.read_text(encoding="utf-8") for path in (DOCS / "modules").glob("*.md")]
    shown = {
        name for page in pages for name in re.findall(r"\(\.\./images/modules/([^)]+)\)", page)
    }
    assert shown == {path.name for path in folder.iterdir()}
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert {name: size for name, size in sizes.items() if size > LARGEST_PICTURE} == {}
