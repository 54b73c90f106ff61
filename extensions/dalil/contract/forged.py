"""Cases forged in processes of their own, each in another environment."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dalil
from dalil.errors import ForgingError
from dalil.forging import derive
from dalil.limits import ONE_THREAD
from dalil.models import CaseKey

SECONDS = 120
PLAIN: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",
    **ONE_THREAD,
}
OTHER: Mapping[str, str] = {
    "PYTHONHASHSEED": "20261123",
    "TZ": "Pacific/Kiritimati",  # fourteen hours ahead of UTC
    "LC_ALL": "C",
    # Files opened without an encoding then take ASCII, as on a machine without UTF-8.
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    **dict.fromkeys(ONE_THREAD, "2"),  # sums over other parts
}
AHEAD = 400 * 86_400 + 12_345.0  # seconds


@dataclass(frozen=True)
class Forged:
    """One case: SHA-256 of its exhibits by name, and truth and probes as JSON."""

    digests: Mapping[str, str]
    truth: dict[str, Any]
    probes: dict[str, Any]


def forging_key(module: str) -> bytes:
    """The forging key of a check: fixed, so that a check repeats."""
    return hashlib.sha256(f"dalil-contract-1|{module}".encode()).digest()


def secret_of(case: CaseKey) -> bytes:
    """The secret behind the seed of one case of a check."""
    return derive(forging_key(case.module), case)._secret


def forge(
    root: Path,
    module: str,
    cases: Sequence[tuple[str, int]],
    folder: Path,
    *,
    environment: Mapping[str, str],
    ahead: float = 0.0,
) -> list[Forged]:
    """Forge *cases*, (trainee, attempt) each, of *module* below *root*; *folder* is made.

    Raises ForgingError with what forge() raised, or when it takes longer than 120 s.
    """
    folder.mkdir()
    result = folder / "result.json"
    asked = {
        "root": str(root),
        "module": module,
        "key": forging_key(module).hex(),
        "cases": cases,
        "ahead": ahead,
        "workshop": str(folder / "workshop"),
        "result": str(result),
    }
    package = Path(dalil.__file__).resolve().parents[1]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-s", "-m", "dalil.contract.forger"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=folder,
            env={**kept, **environment, "PYTHONPATH": str(package), "DALIL_ROOT": str(root)},
        )
    except subprocess.TimeoutExpired:
        raise ForgingError(f"forge() takes longer than {SECONDS} s") from None
    if done.returncode or not result.is_file():
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ForgingError(lines[-1] if lines else f"forge() ends the process ({done.returncode})")
    told = json.loads(result.read_text(encoding="utf-8"))
    if isinstance(told, dict):
        raise ForgingError(told["error"])
    return [Forged(**item) for item in told]


def spellings(secret: bytes) -> tuple[bytes, ...]:
    """*secret* as an exhibit might spell it: raw, hexadecimal, base64."""
    digits = secret.hex().encode()
    return secret, digits, digits.upper(), base64.b64encode(secret).rstrip(b"=")
