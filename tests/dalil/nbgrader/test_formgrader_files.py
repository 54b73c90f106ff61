"""Files beside a submission: an address leads to one of them, or to 404."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.api import Gradebook
from tornado import web

from dalil.nbgrader.marking_handlers import FilesHandler
from dalil.settings import load_settings


@pytest.fixture
def opened(tmp_path: Path, make_curriculum: Callable[..., Path]) -> Iterator[tuple[Any, str, Path]]:
    """(handler, a submission's number, its folder)."""
    settings = load_settings(make_curriculum(tmp_path))
    settings.prepare()
    folder = settings.autograded / "amina" / "small"
    folder.mkdir(parents=True)
    (folder / "log.csv").touch()
    (settings.autograded / "omar").mkdir()
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        gradebook.add_assignment("small")
        gradebook.add_notebook("small", "small")
        gradebook.add_student("amina")
        gradebook.add_submission("small", "amina")
        number = gradebook.find_submission_notebook("small", "small", "amina").id
        handler = FilesHandler.__new__(FilesHandler)
        values = {"dalil": settings, "nbgrader_gradebook": gradebook}
        handler.application = SimpleNamespace(settings=values)
        yield handler, number, folder


def test_a_file_of_the_submission_is_found(opened: tuple[Any, str, Path]) -> None:
    handler, number, folder = opened
    assert handler.parse_url_path(f"{number}/log.csv") == str(folder / "log.csv")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/",
        "nobody",
        "nobody/log.csv",
        "/{}/log.csv",
        "{}/../../omar",
        "{}//etc/passwd",
        "{}/a\0",
    ],
)
def test_whatever_else_is_not_there(opened: tuple[Any, str, Path], address: str) -> None:
    handler, number, _ = opened
    with pytest.raises(web.HTTPError) as refused:
        handler.parse_url_path(address.format(number))
    assert refused.value.status_code == 404
