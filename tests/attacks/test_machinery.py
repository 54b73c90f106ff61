"""Notebooks that turn the kernel itself against the grader."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.attacks.family import Family
from tests.attacks.machinery import ATTACKS, SEARCH


class TestMachinery(Family):
    attacks = ATTACKS


def test_the_search_finds_a_truth_that_is_there(tmp_path: Path) -> None:
    """Otherwise that it finds none while grading would say nothing."""
    truth = {"mean": 1.5, "digest": "ab", "serial": [1, 2], "heaviest": {"item": "x", "grams": 3}}
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    (tmp_path / "checks.py").write_text("CHECKS = {}", encoding="utf-8")
    program = """
import json, sys
sys.path.append('.')
import checks
stream = open('truth.json', encoding='utf-8')
text = stream.read()
known = json.loads(text)
exec(sys.argv[1], {'__name__': 'x'})
"""
    report = f"{SEARCH}\nprint(*sorted({{kind.split()[0] for kind, _ in found}}))"
    line = [sys.executable, "-c", program, report]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["descriptor", "file", "frame", "memory", "module", "object"]
