"""Running ``graders/<module>/evidence.py``: loaded by file, never importable by name."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from dalil.curriculum.sealed import load_sealed
from dalil.errors import DalilError, ForgingError
from dalil.exchange.contracts import ModuleLike
from dalil.forging import Seed
from dalil.ledger.files import private_folder, told
from dalil.models import Evidence

MAX_EXHIBIT_BYTES = 128 * 1024 * 1024
MAX_CASE_BYTES = 256 * 1024 * 1024
# Forging takes seconds; what is older was left by a process that was killed.
_LEFT_BEHIND_SECONDS = 3600.0

Forge = Callable[[Seed, Path], Evidence]


@dataclass(frozen=True, repr=False)
class Forged:
    """What came of forging: contents by exhibit name; ``truth`` and ``probes`` as JSON text."""

    contents: Mapping[str, bytes]
    truth: str
    probes: str
    salt: str

    def __repr__(self) -> str:
        return f"Forged({', '.join(self.contents)})"

    @property
    def seal(self) -> str:
        """What the ledger keeps of truth and probes: salted, because truths can be guessed."""
        return hashlib.sha256(
            json.dumps([self.salt, self.truth, self.probes]).encode("ascii")
        ).hexdigest()


def load_forge(grader: Path) -> Forge:
    """``forge`` of ``evidence.py`` in the folder *grader*. Raises ForgingError naming the file."""
    path = grader / "evidence.py"
    try:
        module = load_sealed(path)
    except FileNotFoundError:
        raise ForgingError(f"{path}: missing; write forge(seed, folder) there") from None
    except Exception as error:  # the file is a module author's code
        raise ForgingError(_blame(path, error)) from error
    forge = getattr(module, "forge", None)
    if not callable(forge):
        raise ForgingError(f"{path}: forge(seed, folder) is missing; write it")
    return forge  # type: ignore[no-any-return]


def run_forge(module: ModuleLike, seed: Seed, workshop: Path) -> Forged:
    """Forge the exhibits of *module* in a folder of its own below *workshop*.

    Raises ForgingError when ``forge`` fails, writes anything but the declared exhibits, or returns
    what is not plain JSON.
    """
    path = module.grader / "evidence.py"
    forge = load_forge(module.grader)
    with told(workshop):
        _sweep(private_folder(workshop))
        folder = Path(mkdtemp(dir=workshop))
    try:
        evidence = forge(seed, folder)
        if not isinstance(evidence, Evidence):
            raise ForgingError(f"{path}: forge must return dalil.models.Evidence")
        return Forged(
            contents=_contents(module, folder, path),
            truth=_json(evidence.truth, path, "truth"),
            probes=_json(evidence.probes, path, "probes"),
            salt=secrets.token_hex(16),
        )
    except DalilError:
        raise
    except Exception as error:  # the file is a module author's code
        raise ForgingError(_blame(path, error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _contents(module: ModuleLike, folder: Path, path: Path) -> dict[str, bytes]:
    declared = {exhibit.file: exhibit.name for exhibit in module.exhibits}
    written = set(os.listdir(folder))
    if missing := sorted(set(declared) - written):
        raise ForgingError(f"{path}: forge did not write {', '.join(missing)}")
    if extra := sorted(written - set(declared)):
        raise ForgingError(f"{path}: forge wrote {', '.join(extra)}, not named in module.toml")
    contents: dict[str, bytes] = {}
    for file, name in declared.items():
        status = (folder / file).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise ForgingError(f"{path}: the exhibit {file} must be a regular file")
        if status.st_size > MAX_EXHIBIT_BYTES:
            raise ForgingError(
                f"{path}: the exhibit {file} is larger than {MAX_EXHIBIT_BYTES >> 20} MiB"
            )
        contents[name] = (folder / file).read_bytes()
    if sum(map(len, contents.values())) > MAX_CASE_BYTES:
        raise ForgingError(f"{path}: the exhibits are larger than {MAX_CASE_BYTES >> 20} MiB")
    return contents


def _json(value: object, path: Path, what: str) -> str:
    """*value* as JSON that reads back equal: a tuple or a key that is no text would not."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ForgingError(f"{path}: {what} must be plain JSON: {error}") from error
    if place := _odd(value, what):
        raise ForgingError(f"{path}: {place}")
    return text


def _odd(value: Any, place: str) -> str:
    """Where *value* would read back from JSON as something else; "" if nowhere."""
    if isinstance(value, tuple):
        return f"{place} is a tuple; make it a list"
    if isinstance(value, list):
        return next((odd for n, v in enumerate(value) if (odd := _odd(v, f"{place}[{n}]"))), "")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                return f"{place} has the key {key!r}; JSON has only text as keys"
            if odd := _odd(inner, f"{place}[{key!r}]"):
                return odd
    return ""


def _blame(path: Path, error: Exception) -> str:
    """One line with the line of *path* at which *error* came up."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    if isinstance(error, SyntaxError):
        lines.append(error.lineno)
    where = f"{path}: line {lines[-1]}" if lines else str(path)
    reason = " ".join(str(error).split())[:300]
    return f"{where}: {type(error).__name__}: {reason}"


def _sweep(workshop: Path) -> None:
    for folder in workshop.iterdir():
        try:
            age = time.time() - folder.lstat().st_mtime
        except FileNotFoundError:  # another process has just finished
            continue
        if age > _LEFT_BEHIND_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
