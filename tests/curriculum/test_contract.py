"""One contract for every module, found by listing the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalil.contract.check import check_module
from dalil.curriculum import find_modules
from dalil.curriculum.find import module_ids
from dalil.models import ModuleId
from dalil.settings import load_settings
from dalil.translation import GLOSSARY_NAME

SETTINGS = load_settings(Path(__file__).resolve().parents[2])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", module_ids(SETTINGS))
def test_the_module_keeps_the_whole_contract(name: ModuleId) -> None:
    found = check_module(SETTINGS, name)
    assert not found, "\n" + "\n".join(map(str, found))


def test_the_modules_make_one_curriculum() -> None:
    """They can be told apart, and taken in an order in which each finds what it needs."""
    modules = find_modules(SETTINGS)
    codes = [module.code for module in modules]
    assert modules
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("part", ["courses", "exercises", "graders"])
def test_nothing_but_modules_and_the_glossary_lies_in_the_folders(part: str) -> None:
    folder = SETTINGS.root / part
    names = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    shared = {GLOSSARY_NAME} if part == "courses" else set()
    assert names == set(module_ids(SETTINGS)) | shared
