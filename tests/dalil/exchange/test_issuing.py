"""Issuing: one case for each trainee, module and attempt, and always the same."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import ExchangeError, UsageError
from dalil.exchange import Exchange
from dalil.forging import derive
from dalil.models import CaseKey, ModuleId, TraineeId

AMINA = "أمينة بنعلي"


def test_a_case_is_issued_once_and_then_always_the_same(exchange: Exchange, module: Any) -> None:
    issued = exchange.issue(module, AMINA, "ar")
    assert issued.key == CaseKey(ModuleId("custody"), "1", TraineeId(AMINA), 1)
    assert issued.language == "ar"
    assert exchange.issue(module, AMINA, "fr") == issued, "the language of the first issue stays"
    assert exchange.issue(module, AMINA, "ar", attempt=1) == issued
    assert exchange.find(module, AMINA) == exchange.find("custody", AMINA, 1) == issued
    [event] = exchange.ledger.events()
    assert (event.kind, event.trainee, event.module, event.attempt) == (
        "issued",
        AMINA,
        "custody",
        1,
    )
    assert event.what["exhibits"] == issued.digests
    assert event.at == issued.issued
    assert exchange.audit().ok


def test_the_exhibits_are_what_forge_writes_for_that_seed(
    exchange: Exchange, module: Any, tmp_path: Path
) -> None:
    issued = exchange.issue(module, AMINA, "en")
    key = (tmp_path / "records/keys/forging.key").read_bytes()
    assert len(key) == 32
    number = int(derive(key, issued.key).rng("plan").integers(10**6))
    assert exchange.truth(issued) == {"number": number, "secret": "TRUTH-7f3a"}
    assert exchange.probes(issued) == {"f": [[1, 2], [number, "PROBE-9b1c"]]}
    exchange.copy_exhibits(issued, tmp_path / "copy")
    assert (tmp_path / "copy/log.csv").read_text() == f"n\n{number}\n"
    for exhibit in issued.exhibits:
        content = (tmp_path / "copy" / exhibit.file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == exhibit.sha256
        assert len(content) == exhibit.bytes


def test_trainees_attempts_and_versions_get_evidence_of_their_own(
    exchange: Exchange, module: Any
) -> None:
    first = exchange.issue(module, AMINA, "ar")
    other = exchange.issue(module, "bob", "fr")
    retake = exchange.issue(module, AMINA, "ar", attempt=2)
    assert exchange.issue(module, AMINA, "ar") == retake, "the latest attempt"
    module.version = "2"
    renewed = exchange.issue(module, AMINA, "ar")
    assert (renewed.key.version, renewed.key.attempt) == ("2", 3)
    assert exchange.issue(module, AMINA, "ar") == renewed
    images = {issued.digests["image"] for issued in (first, other, retake, renewed)}
    assert len(images) == 4
    assert exchange.find(module, AMINA, 1) == first


def test_an_attempt_keeps_its_version(exchange: Exchange, module: Any) -> None:
    exchange.issue(module, AMINA, "ar")
    module.version = "2"
    with pytest.raises(ExchangeError, match=r"attempt 1 .* was issued for version 1, not 2"):
        exchange.issue(module, AMINA, "ar", attempt=1)
    with pytest.raises(ExchangeError, match="counted from 1"):
        exchange.issue(module, AMINA, "ar", attempt=0)


def test_corrected_titles_and_forms_reach_those_who_have_the_case(
    exchange: Exchange, module: Any
) -> None:
    issued = exchange.issue(module, AMINA, "en")
    module.questions[0].title = "The right title"
    again = exchange.issue(module, AMINA, "en")
    assert again.questions["number"]["title"] == "The right title"
    assert (again.key, again.exhibits, again.serial) == (issued.key, issued.exhibits, issued.serial)
    assert exchange.find(module, AMINA) == again
    assert exchange.audit().ok


@pytest.mark.parametrize(
    "name",
    ["", "../x", "a/b", ".hidden", "-rf", "a\0b", "x" * 65, "a\nb", "\u202eabc", "%2e%2e", "a*"],
)
def test_a_hostile_name_gets_nothing(exchange: Exchange, module: Any, name: str) -> None:
    with pytest.raises(UsageError):
        exchange.issue(module, name, "en")
    with pytest.raises(UsageError):
        exchange.find(module, name)


@pytest.mark.parametrize("name", [AMINA, "O'Brien J.", "é" * 32, "名前", "a@b.ma", "CON", "1"])
def test_any_name_of_a_person_is_welcome(
    exchange: Exchange, module: Any, name: str, tmp_path: Path, notebook: Any
) -> None:
    issued = exchange.issue(module, name, "fr")
    exchange.deliver(issued, tmp_path / "desk", notebook)
    assert exchange.seal(module, name, tmp_path / "desk").trainee == name
    names = [path.name for path in (tmp_path / "records").rglob("*")]
    assert not any(name in stored for stored in names if len(name) > 1), "records name nobody"


def test_composed_and_decomposed_letters_are_one_trainee(exchange: Exchange, module: Any) -> None:
    assert exchange.issue(module, "Rene\u0301", "fr") == exchange.issue(module, "Ren\u00e9", "fr")
