"""The documents are true: links lead somewhere, commands exist, quoted TOML is a good question."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest

from dalil.answers import form_from
from dalil.cli import COMMANDS, Commands, dalil

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [t for t in local if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|[`/ ])dalil ([a-z]+)(?: ([a-z]+))?(?=[ `\n]|$)", text, re.M))
    context = click.Context(dalil)
    for name, word in named:
        if name in ("is", "decides", "and"):  # prose about the package
            continue
        assert name in COMMANDS, f"dalil {name}"
        assert isinstance(dalil, Commands)
        command = dalil.get_command(context, name)
        if isinstance(command, click.Group) and word:
            assert word in command.commands, f"dalil {name} {word}"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", text, re.M)) <= {
        *((target, "") for target in targets),
        *(("", target) for target in targets),
    }


def test_quoted_questions_have_good_forms() -> None:
    blocks = [
        block
        for page in PAGES
        for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    ]
    questions = [q for block in blocks for q in tomllib.loads(block).get("questions", ())]
    forms = [form_from(question["form"]) for question in questions if "form" in question]
    assert forms
    assert all(form.describe() for form in forms)
