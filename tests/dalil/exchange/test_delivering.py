"""Delivering: the public part of a case, into a folder that is not to be trusted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import ExchangeError, RecordsError
from dalil.exchange import Exchange

AMINA = "أمينة بنعلي"


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_desk_holds_the_public_part_only(
    exchange: Exchange, module: Any, desk: Path, tmp_path: Path, notebook: Any
) -> None:
    issued = exchange.issue(module, AMINA, "ar")
    exchange.deliver(issued, desk, notebook)
    assert sorted(str(p.relative_to(desk)) for p in desk.rglob("*")) == [
        "case.json",
        "custody.ipynb",
        "exhibits",
        "exhibits/image.bin",
        "exhibits/log.csv",
    ]
    case = json.loads((desk / "case.json").read_text(encoding="utf-8"))
    assert case == exchange.case(issued)
    assert case == {
        "module": "custody",
        "version": "1",
        "trainee": AMINA,
        "attempt": 1,
        "language": "ar",
        "exhibits": {
            "log": {"file": "log.csv", "sha256": issued.digests["log"]},
            "image": {"file": "image.bin", "sha256": issued.digests["image"]},
        },
        "questions": {
            "number": {
                "title": "The number",
                "form": {"type": "integer", "min": 0, "unit": "rows"},
            },
            "conclusion": {"title": "The conclusion", "form": None},
        },
        "grading": False,
    }
    given = all_bytes(desk)
    key = (tmp_path / "records/keys/forging.key").read_bytes()
    for secret in (b"TRUTH-7f3a", b"PROBE-9b1c", key, key.hex().encode()):
        assert secret not in given
    assert "TRUTH" not in repr(issued)


def test_titles_are_in_the_trainees_language(exchange: Exchange, module: Any) -> None:
    (module.course / "locale").mkdir(parents=True)
    (module.course / "locale/ar.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "The number"\nmsgstr "العدد"\n',
        encoding="utf-8",
    )
    issued = exchange.issue(module, AMINA, "ar")
    assert issued.questions["number"]["title"] == "العدد"
    assert issued.questions["conclusion"]["title"] == "The conclusion"


def test_delivering_again_restores_exhibits_and_keeps_work(
    exchange: Exchange, module: Any, desk: Path, notebook: Any
) -> None:
    issued = exchange.issue(module, AMINA, "ar")
    exchange.deliver(issued, desk, notebook)
    untouched = all_bytes(desk)
    (desk / "custody.ipynb").write_text("my work")
    (desk / "exhibits/log.csv").unlink()
    (desk / "exhibits/image.bin").write_bytes(b"altered")
    (desk / "exhibits/my copy.csv").write_text("mine")
    (desk / "case.json").write_text("{}")
    exchange.deliver(issued, desk, notebook)
    assert (desk / "custody.ipynb").read_text() == "my work"
    assert (desk / "exhibits/my copy.csv").read_text() == "mine"
    (desk / "exhibits/my copy.csv").unlink()
    exchange.deliver(issued, desk, notebook, overwrite=True)
    assert all_bytes(desk) == untouched


def test_a_link_in_a_desk_leads_nowhere(
    exchange: Exchange, module: Any, desk: Path, tmp_path: Path, notebook: Any
) -> None:
    issued = exchange.issue(module, AMINA, "ar")
    exchange.deliver(issued, desk, notebook)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for name in ("case.json", "exhibits/log.csv", "custody.ipynb"):
        (desk / name).unlink()
        (desk / name).symlink_to(victim)
    exchange.deliver(issued, desk, notebook)
    assert victim.read_text() == "precious"
    assert not (desk / "exhibits/log.csv").is_symlink()
    assert (desk / "custody.ipynb").is_symlink(), "what is there is the trainee's"
    with pytest.raises(ExchangeError, match=r"custody\.ipynb: not a plain file"):
        exchange.seal(module, AMINA, desk)

    shutil.rmtree(desk / "exhibits")
    (desk / "exhibits").symlink_to(tmp_path)
    with pytest.raises(ExchangeError, match="exhibits: not a plain folder"):
        exchange.deliver(issued, desk, notebook)
    assert not (tmp_path / "log.csv").exists()

    shutil.rmtree(desk)
    (tmp_path / "elsewhere").mkdir()
    desk.symlink_to(tmp_path / "elsewhere")
    for act in (
        lambda: exchange.deliver(issued, desk, notebook),
        lambda: exchange.seal(module, AMINA, desk),
    ):
        with pytest.raises(ExchangeError, match="cannot be used as the exercise's folder"):
            act()


def test_a_damaged_store_is_never_delivered(
    exchange: Exchange, module: Any, desk: Path, tmp_path: Path, notebook: Any
) -> None:
    issued = exchange.issue(module, AMINA, "ar")
    stored = tmp_path / "records/exhibits" / issued.digests["log"]
    stored.write_bytes(b"altered")
    with pytest.raises(RecordsError, match="altered since it was stored"):
        exchange.deliver(issued, desk, notebook)
    [problem] = exchange.audit().problems
    assert problem.row == issued.serial
    stored.unlink()
    with pytest.raises(RecordsError, match="missing; restore it"):
        exchange.copy_exhibits(issued, desk)
