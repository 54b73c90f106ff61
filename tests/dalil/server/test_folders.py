"""What is laid into a person's home: nothing of theirs is lost, no link is followed."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from dalil.server import folders
from dalil.server.bundle import Bundle, opened
from dalil.server.refusals import Refusal


def sent(attempt: int = 1, **more: bytes) -> bytes:
    """A bundle of the academy's, with *more* members."""
    members = {
        "case.json": json.dumps(
            {"module": "custody", "version": "1", "attempt": attempt, "language": "ar"}
        ).encode(),
        "custody.ipynb": b"released",
        "exhibits/log.csv": b"log %d" % attempt,
        **more,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def bundle(attempt: int = 1) -> Bundle:
    return opened(sent(attempt), "custody")


def test_a_first_issue_lays_everything_out(tmp_path: Path) -> None:
    laid = folders.lay(tmp_path, "exercises", "custody", bundle())
    assert vars(laid) == {
        "folder": "exercises/custody",
        "notebook": "exercises/custody/custody.ipynb",
        "attempt": 1,
        "fresh": True,
        "aside": None,
    }
    place = tmp_path / "exercises/custody"
    assert (place / "exhibits/log.csv").read_bytes() == b"log 1"
    assert json.loads((place / "case.json").read_text())["attempt"] == 1


def test_the_same_case_again_restores_exhibits_and_leaves_the_work(tmp_path: Path) -> None:
    folders.lay(tmp_path, "exercises", "custody", bundle())
    place = tmp_path / "exercises/custody"
    (place / "custody.ipynb").write_bytes(b"my work")
    (place / "exhibits/log.csv").write_bytes(b"altered")
    (place / "notes.txt").write_bytes(b"mine")
    laid = folders.lay(tmp_path, "exercises", "custody", bundle())
    assert (laid.fresh, laid.aside) == (False, None)
    assert (place / "custody.ipynb").read_bytes() == b"my work"
    assert (place / "exhibits/log.csv").read_bytes() == b"log 1"
    assert (place / "notes.txt").read_bytes() == b"mine"


def test_a_new_attempt_keeps_the_earlier_work_aside(tmp_path: Path) -> None:
    folders.lay(tmp_path, "exercises", "custody", bundle(1))
    place = tmp_path / "exercises/custody"
    (place / "custody.ipynb").write_bytes(b"first work")
    (tmp_path / "exercises/custody-attempt-1").write_bytes(b"in the way")
    laid = folders.lay(tmp_path, "exercises", "custody", bundle(2))
    assert laid.aside == "exercises/custody-attempt-1-1"
    assert laid.fresh
    assert (tmp_path / laid.aside / "custody.ipynb").read_bytes() == b"first work"
    assert (tmp_path / laid.aside / "exhibits/log.csv").read_bytes() == b"log 1"
    assert (place / "custody.ipynb").read_bytes() == b"released"
    assert (place / "exhibits/log.csv").read_bytes() == b"log 2"


def test_a_preview_is_always_the_newest(tmp_path: Path) -> None:
    folders.lay(tmp_path, "previews", "custody", bundle(1))
    (tmp_path / "previews/custody/custody.ipynb").write_bytes(b"tried")
    laid = folders.lay(tmp_path, "previews", "custody", bundle(2), anew=True)
    assert laid.aside is None
    assert (tmp_path / "previews/custody/custody.ipynb").read_bytes() == b"released"


@pytest.mark.parametrize("what", ["exercises", "exercises/custody", "exercises/custody/exhibits"])
def test_links_are_not_followed(tmp_path: Path, what: str) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / what).parent.mkdir(parents=True)
    elsewhere.mkdir()
    (home / what).symlink_to(elsewhere)
    with pytest.raises(Refusal) as caught:
        folders.lay(home, "exercises", "custody", bundle())
    assert caught.value.kind == "blocked"
    assert list(elsewhere.iterdir()) == []


def test_a_linked_or_piped_notebook_is_not_handed_in(tmp_path: Path) -> None:
    folders.lay(tmp_path, "exercises", "custody", bundle())
    work = tmp_path / "exercises/custody/custody.ipynb"
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    work.unlink()
    work.symlink_to(secret)
    with pytest.raises(Refusal):
        folders.work(tmp_path, "custody")
    work.unlink()
    os.mkfifo(work)
    with pytest.raises(Refusal):
        folders.work(tmp_path, "custody")


def test_work_is_read_with_its_attempt(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        folders.work(tmp_path, "custody")
    assert caught.value.kind == "missingWork"
    folders.lay(tmp_path, "exercises", "custody", bundle(3))
    assert folders.work(tmp_path, "custody") == (b"released", 3)
    (tmp_path / "exercises/custody/case.json").write_bytes(b"{")
    with pytest.raises(Refusal):
        folders.work(tmp_path, "custody")


@pytest.mark.parametrize(
    "member",
    [
        "../evil",
        "/etc/evil",
        "exhibits/../../evil",
        "exhibits/a/b",
        "exhibits/.hidden",
        "notes.txt",
        "exhibits/a\\b",
        "exhibits/"[:-1],
    ],
)
def test_a_bundle_holds_exhibits_and_nothing_else(member: str) -> None:
    with pytest.raises(Refusal) as caught:
        opened(sent(**{member: b"x"}), "custody")
    assert caught.value.kind == "badBundle"


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_damaged_bundle_is_refused(cut: int) -> None:
    with pytest.raises(Refusal):
        opened(sent()[:cut], "custody")


def test_a_bundle_of_another_module_is_refused() -> None:
    with pytest.raises(Refusal):
        opened(sent(), "firearms")


def test_a_lesson_that_is_there_stays(tmp_path: Path) -> None:
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    assert folders.keep_lesson(tmp_path, "custody", notebook)
    path = tmp_path / "lessons/custody.ipynb"
    path.write_bytes(b"mine")
    assert not folders.keep_lesson(tmp_path, "custody", notebook)
    assert path.read_bytes() == b"mine"
