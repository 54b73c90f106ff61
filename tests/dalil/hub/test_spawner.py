"""A person's server in its own root: tried from inside, by what a kernel of it can do."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.dalil.hub.room import Hub

LOOK = """
import json, os, pwd
from pathlib import Path

def tried(function, *arguments):
    try:
        found = function(*arguments)
    except OSError as error:
        return type(error).__name__
    return sorted(found) if isinstance(found, list) else str(found)

root = Path(os.environ["DALIL_ROOT"])
academy = root / "academy"
print(json.dumps({
    "home": os.environ["HOME"],
    "role": [os.environ["DALIL_ROLE"], os.environ["DALIL_LANGUAGE"]],
    "user": os.getuid(),
    "root": tried(os.listdir, root),
    "academy": tried(os.listdir, academy),
    "homes": tried(os.listdir, academy / "homes"),
    "exercises": tried(os.listdir, root / "exercises"),
    "lesson": tried((root / "courses/custody/lesson.ipynb").write_text, "x"),
    "processes": [p for p in os.listdir("/proc") if p.isdigit()].__len__(),
    "first": tried(Path("/proc/1/environ").read_bytes),
    "elsewhere": tried(os.listdir, "/proc/1/root"),
    "wrote": tried(Path("kept.txt").write_text, "mine"),
    "kernel": type(get_ipython().kernel).__name__,
}))
"""


@pytest.fixture(scope="module")
def amina(hub: Hub) -> dict[str, Any]:
    hub.start_server("youssef")  # whose home lies beside hers
    hub.start_server("amina")
    found: dict[str, Any] = json.loads(hub.run("amina", LOOK))
    return found


def test_a_trainee_sees_lessons_and_the_own_home_alone(hub: Hub, amina: dict[str, Any]) -> None:
    assert amina["role"] == ["trainee", "ar"]
    assert amina["home"] == str(hub.settings.homes / "amina")
    assert (hub.settings.homes / "youssef").is_dir()
    assert amina["homes"] == ["amina"]
    assert amina["academy"] == ["homes"]
    assert set(amina["root"]) <= {"academy", "courses", "jupyter_config.py"}
    assert amina["exercises"] == "FileNotFoundError"
    assert amina["lesson"] in ("OSError", "PermissionError")  # read-only


def test_processes_are_the_own_ones_and_the_keeper_is_closed(amina: dict[str, Any]) -> None:
    assert amina["processes"] < 10
    assert (amina["first"], amina["elsewhere"]) == ("PermissionError", "PermissionError")


def test_what_a_person_writes_lies_in_a_home_that_is_closed_to_others(
    hub: Hub, amina: dict[str, Any]
) -> None:
    home = hub.settings.homes / "amina"
    assert (home / "kept.txt").read_text(encoding="utf-8") == "mine"
    assert home.stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert amina["user"] == home.stat().st_uid > 0


INSTRUCTOR = """
import os
from pathlib import Path
root = Path(os.environ["DALIL_ROOT"])
for place in ("exercises/custody/note.md", "graders/custody/note.py", "courses/custody/note.md"):
    (root / place).write_text("new")
print((root / "graders/custody").is_dir(), (root / "academy/records").exists())
"""


def test_an_instructor_changes_the_curriculum_and_sees_no_records(hub: Hub) -> None:
    hub.start_server("samira")
    assert hub.settings.records.is_dir()
    assert hub.run("samira", INSTRUCTOR).strip() == "True False"
    assert (hub.settings.exercises / "custody" / "note.md").read_text(encoding="utf-8") == "new"
