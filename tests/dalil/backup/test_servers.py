"""Backups of an academy whose records and gradebook a real PostgreSQL server keeps."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, make_url, text

from dalil.backup import make_backup, restore, servers
from dalil.errors import RecordsError
from dalil.exchange import Saved
from tests.dalil.backup.academy import make_academy, still
from tests.dalil.ledger.test_postgresql import server

__all__ = ["server"]


@pytest.fixture
def urls(server: str) -> Iterator[dict[str, str]]:
    """Two empty databases: for the records and for the gradebook."""
    names = {key: f"d{secrets.token_hex(6)}" for key in ("database_url", "gradebook_url")}
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names.values():
            connection.execute(text(f"CREATE DATABASE {name}"))
    yield {
        key: make_url(server).set(database=name).render_as_string(hide_password=False)
        for key, name in names.items()
    }
    with engine.connect() as connection:
        for name in names.values():
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def _mark(url: str) -> None:
    with Gradebook(url, "academy") as gradebook:
        gradebook.add_assignment("custody", duedate=datetime(2027, 1, 31, tzinfo=UTC))
        gradebook.add_notebook("custody", "custody")
        gradebook.add_grade_cell("number", "custody", "custody", max_score=4, cell_type="code")
        gradebook.add_student("amina")
        gradebook.add_submission("custody", "amina")
        submission = gradebook.find_submission_notebook("custody", "custody", "amina")
        submission.grades[0].manual_score = 2.5
        gradebook.db.commit()


def _score(url: str) -> float:
    with Gradebook(url, "academy") as gradebook:
        return float(gradebook.find_submission("custody", "amina").score)


def test_from_the_server_to_a_file_and_back(tmp_path: Path, urls: dict[str, str]) -> None:
    academy = make_academy(tmp_path / "academy", **urls)
    _mark(urls["gradebook_url"])
    academy.exchange.save_run(_run("s", "1"))
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    assert made.sound

    plain = academy.elsewhere(tmp_path / "plain")
    restore(plain.settings, made.path, force=False, who="naima", step=still)
    assert plain.exchange.audit().ok
    assert _score(plain.settings.gradebook_url) == 2.5

    academy.submit("late")
    with pytest.raises(RecordsError, match="--force"):
        restore(academy.settings, made.path, force=False, who="naima", step=still)
    done = restore(academy.settings, made.path, force=True, who="naima", step=still)
    assert academy.exchange.audit().ok
    assert academy.exchange.find("custody", "late") is None
    assert _score(urls["gradebook_url"]) == 2.5
    academy.exchange.save_run(_run("s", "2"))  # the server counts on behind the restored rows
    academy.exchange.verify(academy.submit("later"))
    # what was there lies aside, in a schema of the same name as the folder
    assert done.aside is not None
    schema = f"dalil_{done.aside.name.replace('.', '_')}"
    engine = create_engine(urls["database_url"])
    with engine.connect() as connection:
        query = text(f"SELECT count(*) FROM {schema}.events WHERE trainee = 'late'")
        assert connection.execute(query).scalar() == 2
    engine.dispose()


@pytest.mark.acceptance
def test_from_a_file_to_an_empty_server(tmp_path: Path, urls: dict[str, str]) -> None:
    academy = make_academy(tmp_path / "academy")
    _mark(academy.settings.gradebook_url)
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    served = academy.elsewhere(tmp_path / "served", **urls)
    done = restore(served.settings, made.path, force=False, who="naima", step=still)
    assert done.aside is None
    assert served.exchange.audit().ok
    assert _score(urls["gradebook_url"]) == 2.5


@pytest.mark.acceptance
def test_a_server_that_fails_half_way_is_as_before(
    tmp_path: Path, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    academy = make_academy(tmp_path / "academy", **urls)
    _mark(urls["gradebook_url"])
    made = make_backup(academy.settings, tmp_path / "b.zip", who="naima", step=still)
    late = academy.submit("late")
    real = servers._copy

    def failing(source: object, target: object, kind: str, step: object) -> None:
        if kind == "gradebook":
            raise RecordsError("the server went away")
        real(source, target, kind, step)  # type: ignore[arg-type]

    monkeypatch.setattr(servers, "_copy", failing)
    with pytest.raises(RecordsError, match="went away"):
        restore(academy.settings, made.path, force=True, who="naima", step=still)
    monkeypatch.undo()
    assert academy.exchange.audit().ok
    assert late in [s.receipt for s in academy.exchange.submissions()]
    assert _score(urls["gradebook_url"]) == 2.5


def _run(submission: str, source: str) -> Saved:
    return Saved(submission, source, "{}", "{}")
