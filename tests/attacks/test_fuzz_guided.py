"""atheris on the same properties: inputs are bred for reaching new lines of dalil."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.fuzz.properties import MODULES, ROOT, release, source

pytestmark = pytest.mark.acceptance
RUNS = {"notebook": 10_000, "answers": 15_000, "outputs": 15_000, "channel": 30_000}


def seeds(target: str) -> Iterator[bytes]:
    """Real notebooks, blank and answered; for the others hypothesis finds its own way."""
    if target == "notebook":
        for module in MODULES:
            yield json.dumps(release(module)).encode()
            yield json.dumps(source(module)).encode()
    elif target == "channel":
        stream = [["stream", {"name": "stdout", "text": "a"}], ["error", {"ename": "E"}], ["done"]]
        frames = [json.dumps(message).encode() for message in stream]
        yield b"".join(struct.pack(">I", len(frame)) + frame for frame in frames)
    else:
        yield from (bytes(range(256)), bytes(500), b"\xff" * 500)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("target", RUNS)
def test_bred_inputs_find_nothing(tmp_path: Path, target: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("NOT TESTED by coverage-guided fuzzing: atheris has no wheel for this machine")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds(target)):
        (corpus / str(number)).write_bytes(seed)
    line = [sys.executable, "-m", "tests.attacks.fuzz.guided", target, str(corpus), "-seed=7"]
    limits = [f"-runs={RUNS[target]}", "-max_total_time=300", "-timeout=30", "-rss_limit_mb=3000"]
    done = subprocess.run(
        [*line, *limits, f"-artifact_prefix={tmp_path}/found-", "-max_len=200000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr[-6000:]
    assert done.returncode == 0, said
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None, said
    print(f"\n{target}: {runs[1]} inputs, {len(list(corpus.iterdir()))} of them reached new code")
