"""Submitting: bytes are kept as they were handed in, and the runs of them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import ExchangeError, RecordsError
from dalil.exchange import Exchange, Saved
from dalil.exchange import service as service_module

AMINA = "أمينة بنعلي"


def test_a_submission_is_kept_as_it_was_handed_in(
    exchange: Exchange, module: Any, desk: Path, notebook: Any
) -> None:
    exchange.deliver(exchange.issue(module, AMINA, "ar"), desk, notebook)
    content = b'{"cells": [not even json \xff\x00'
    (desk / "custody.ipynb").write_bytes(content)
    before = datetime.now(UTC)
    receipt = exchange.seal(module, AMINA, desk)
    assert receipt.sha256 == hashlib.sha256(content).hexdigest()
    assert (receipt.course, receipt.module, receipt.trainee) == ("academy", "custody", AMINA)
    assert (receipt.attempt, receipt.bytes, receipt.serial) == (1, len(content), 2)
    received = datetime.fromisoformat(receipt.received)
    assert before <= received <= datetime.now(UTC)
    exchange.verify(receipt)
    assert exchange.submission_bytes(receipt.sha256) == content
    [submission] = exchange.submissions("custody", AMINA)
    assert (submission.digest, submission.received, submission.serial) == (
        receipt.sha256,
        received,
        2,
    )
    assert submission.receipt == receipt
    event = exchange.ledger.events(kind="submitted")[0]
    assert event.what["submission"] == receipt.sha256
    assert event.at == received


def test_the_same_work_may_be_handed_in_again(
    exchange: Exchange, module: Any, desk: Path, tmp_path: Path, notebook: Any
) -> None:
    exchange.deliver(exchange.issue(module, AMINA, "ar"), desk, notebook)
    first, second = exchange.seal(module, AMINA, desk), exchange.seal(module, AMINA, desk)
    assert first.sha256 == second.sha256
    assert (first.serial, second.serial) == (2, 3)
    assert len(exchange.submissions()) == 2
    assert len(list((tmp_path / "records/submissions").iterdir())) == 1
    assert exchange.audit().ok


def test_submissions_are_told_apart(
    exchange: Exchange, module: Any, desk: Path, notebook: Any
) -> None:
    for trainee in ("bob", AMINA, "bob"):
        exchange.deliver(exchange.issue(module, trainee, "fr"), desk, notebook)
        exchange.seal(module, trainee, desk)
    exchange.issue(module, "bob", "fr", attempt=2)
    exchange.seal(module, "bob", desk)
    exchange.seal(module, "bob", desk, attempt=1)
    assert [s.attempt for s in exchange.submissions(module, "bob")] == [1, 1, 2, 1]
    assert len(exchange.submissions("custody")) == 5
    assert exchange.submissions("firearms") == []


def test_without_a_case_there_is_nothing_to_submit(
    exchange: Exchange, module: Any, desk: Path
) -> None:
    desk.mkdir(parents=True)
    (desk / "custody.ipynb").touch()
    with pytest.raises(ExchangeError, match="custody was not issued to bob; fetch it first"):
        exchange.seal(module, "bob", desk)
    exchange.issue(module, "bob", "fr")
    with pytest.raises(ExchangeError, match=r"custody \(attempt 2\) was not issued"):
        exchange.seal(module, "bob", desk, attempt=2)
    assert exchange.submissions() == []


def test_what_is_no_notebook_file_is_told(exchange: Exchange, module: Any, desk: Path) -> None:
    exchange.issue(module, AMINA, "ar")
    with pytest.raises(ExchangeError, match="fetch the exercise"):
        exchange.seal(module, AMINA, desk)
    desk.mkdir(parents=True)
    path = desk / "custody.ipynb"
    with pytest.raises(ExchangeError, match=r"custody\.ipynb: missing; the file to submit must"):
        exchange.seal(module, AMINA, desk)
    os.mkfifo(path)
    with pytest.raises(ExchangeError, match="not a file"):
        exchange.seal(module, AMINA, desk)
    path.unlink()
    path.mkdir()
    with pytest.raises(ExchangeError, match="not a file"):
        exchange.seal(module, AMINA, desk)
    path.rmdir()
    path.touch()
    os.truncate(path, service_module.MAX_NOTEBOOK_BYTES + 1)
    with pytest.raises(ExchangeError, match="larger than 64 MiB; clear all outputs"):
        exchange.seal(module, AMINA, desk)
    assert exchange.submissions() == []


@pytest.mark.parametrize("digest", ["", "../keys/signing.pem", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_no_digest_leads_out_of_the_store(exchange: Exchange, digest: str) -> None:
    with pytest.raises(RecordsError, match="not a SHA-256 digest"):
        exchange.submission_bytes(digest)


def test_a_damaged_submission_is_told(
    exchange: Exchange, module: Any, desk: Path, tmp_path: Path, notebook: Any
) -> None:
    exchange.deliver(exchange.issue(module, AMINA, "ar"), desk, notebook)
    receipt = exchange.seal(module, AMINA, desk)
    stored = tmp_path / "records/submissions" / receipt.sha256
    content = stored.read_bytes()
    stored.write_bytes(content[:-1] + b"!")
    with pytest.raises(RecordsError, match="altered since it was stored"):
        exchange.submission_bytes(receipt.sha256)
    assert [problem.row for problem in exchange.audit().problems] == [2]
    exchange.seal(module, AMINA, desk)
    assert exchange.submission_bytes(receipt.sha256) == content, "handing in again mends it"


def test_a_run_is_kept_and_replaced(exchange: Exchange) -> None:
    assert exchange.load_run("a" * 64, "b" * 64) is None
    first, other = (Saved("a" * 64, source * 64, "[]", "{}") for source in "bc")
    for run in (first, other, again := replace(first, answers='["أ"]', payload='{"é": 1}')):
        exchange.save_run(run)
    assert exchange.load_run("a" * 64, "b" * 64) == again
    assert exchange.load_run("a" * 64, "c" * 64) == other
    wanted = [("a" * 64, "b" * 64), ("a" * 64, "c" * 64), ("d" * 64, "b" * 64)]
    assert exchange.answers(wanted) == {"b" * 64: '["أ"]', "c" * 64: "[]"}
