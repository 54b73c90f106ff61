"""What ``evidence.py`` may do, and who may load it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dalil.errors import ForgingError
from dalil.exchange import Exchange

AMINA = "أمينة بنعلي"


WRITES = "(folder / 'log.csv').write_text('x'); (folder / 'image.bin').write_text('x')"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('broken')", r"evidence\.py: line 4: ValueError: broken"),
        ("return None", "must return dalil.models.Evidence"),
        ("return Evidence({})", "did not write image.bin, log.csv"),
        (f"{WRITES}; (folder / 'key.txt').touch(); return Evidence({{}})", "wrote key.txt, not na"),
        (
            "(folder / 'log.csv').symlink_to('/etc/passwd'); (folder / 'image.bin').touch()\n"
            "    return Evidence({})",
            "log.csv must be a regular file",
        ),
        (
            "(folder / 'log.csv').touch(); (folder / 'image.bin').touch()\n"
            "    import os; os.truncate(folder / 'image.bin', 2**28); return Evidence({})",
            "image.bin is larger than 128 MiB",
        ),
        (f"{WRITES}; return Evidence({{'n': float('nan')}})", "truth must be plain JSON"),
        (f"{WRITES}; return Evidence({{'n': {{1}}}})", "truth must be plain JSON"),
        (f"{WRITES}; return Evidence({{'n': [(1, 2)]}})", r"truth\['n'\]\[0\] is a tuple"),
        (f"{WRITES}; return Evidence({{'n': {{1: 2}}}})", r"truth\['n'\] has the key 1"),
        (
            f"import numpy; {WRITES}; return Evidence({{'n': numpy.int64(1)}})",
            "truth must be plain JSON",
        ),
        (f"{WRITES}; return Evidence({{}}, {{'f': [[b'x']]}})", "probes must be plain JSON"),
    ],
)
def test_a_forge_that_breaks_the_contract_is_named(
    exchange: Exchange,
    write_evidence: Callable[[str], Any],
    tmp_path: Path,
    body: str,
    reason: str,
) -> None:
    source = f"from dalil.models import Evidence\n\ndef forge(seed, folder):\n    {body}\n"
    module = write_evidence(source)
    with pytest.raises(ForgingError, match=reason) as caught:
        exchange.issue(module, AMINA, "en")
    assert "\n" not in str(caught.value)
    assert exchange.find(module, AMINA) is None
    assert exchange.ledger.events() == []
    assert list((tmp_path / "records/forging").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def forge(:", r"evidence\.py: line 1: SyntaxError"),
        ("import no_such_thing", "line 1: ModuleNotFoundError"),
        ("x = 1", "forge.* is missing"),
        (None, "missing; write forge"),
    ],
)
def test_evidence_that_cannot_be_loaded_is_named(
    exchange: Exchange, write_evidence: Callable[[str], Any], source: str | None, reason: str
) -> None:
    module = write_evidence(source or "")
    if source is None:
        (module.grader / "evidence.py").unlink()
    with pytest.raises(ForgingError, match=reason):
        exchange.issue(module, AMINA, "en")


def test_evidence_is_importable_by_nobody(exchange: Exchange, module: Any) -> None:
    before, path = set(sys.modules), list(sys.path)
    exchange.issue(module, AMINA, "en")
    assert sys.path == path
    assert not [name for name in set(sys.modules) - before if "evidence" in name]
    assert [entry.name for entry in module.grader.iterdir()] == ["evidence.py"], "no byte code"
