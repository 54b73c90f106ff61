"""Desks: what a visitor finds in JupyterLab, one folder per language."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from dalil.curriculum import Module
from dalil.models import Language, trainee_id
from dalil.nbgrader.course import Course
from dalil.notebooks import read_notebook, write_notebook
from dalil.settings import Settings
from dalil.translation import find_catalogue, localise

DESKS: dict[Language, str] = {"en": "English", "fr": "Français", "ar": "العربية"}


def prepare_desk(
    settings: Settings, course: Course, modules: Sequence[Module], language: Language
) -> Path:
    """Make or refresh the desk of *language*: lessons and apps anew, exercises only if missing.

    The visitor's own work on an exercise is never touched. Returns the desk's folder.
    """
    desk = settings.academy / "desk" / DESKS[language]
    for name in ("lessons", "apps", "exercises"):
        (desk / name).mkdir(parents=True, exist_ok=True)
    (desk / "desk.json").write_text(json.dumps({"language": language}) + "\n", encoding="utf-8")
    for module in modules:
        catalogue = find_catalogue(module.course, language)
        for source, folder in ((module.lesson, "lessons"), (module.app, "apps")):
            notebook = localise(read_notebook(source), language, catalogue)
            write_notebook(notebook, desk / folder / f"{module.id}.ipynb")
        course.fetch(module, trainee_id(f"visitor.{language}"), language, desk / "exercises")
    return desk


def first_lesson(settings: Settings, modules: Sequence[Module], language: Language) -> str:
    """Return the path of the lesson that Lab opens, relative to the served folder."""
    lesson = settings.academy / "desk" / DESKS[language] / "lessons" / f"{modules[0].id}.ipynb"
    return os.path.relpath(lesson, settings.root)
