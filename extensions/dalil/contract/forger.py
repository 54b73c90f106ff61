"""A process that forges cases: ``python -m dalil.contract.forger``.

Reads ``{"root": folder, "module": id, "key": hex, "cases": [[trainee, attempt], …], "ahead":
seconds, "workshop": folder, "result": file}`` on standard input and writes ``[{"digests": {name:
SHA-256}, "truth": …, "probes": …}]``, or ``{"error": line}``, to the result. ``ahead`` puts the
clock of ``time`` forward, so that what asks it differs.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dalil.curriculum import Module, load_module
from dalil.errors import DalilError
from dalil.exchange.sealed import run_forge
from dalil.forging import Seed, derive
from dalil.models import CaseKey, ModuleId, TraineeId
from dalil.settings import load_settings


def main() -> None:
    """Forge what standard input asks for."""
    asked = json.load(sys.stdin.buffer)
    put_forward(asked["ahead"])
    result: Any
    try:
        module = load_module(load_settings(Path(asked["root"])), ModuleId(asked["module"]))
        key, workshop = bytes.fromhex(asked["key"]), Path(asked["workshop"])
        result = [
            _forge(module, derive(key, _case(module, *case)), workshop) for case in asked["cases"]
        ]
    except DalilError as error:
        result = {"error": str(error)}
    Path(asked["result"]).write_text(json.dumps(result), encoding="utf-8")


def _case(module: Module, trainee: str, attempt: int) -> CaseKey:
    return CaseKey(module.id, module.version, TraineeId(trainee), attempt)


def _forge(module: Module, seed: Seed, workshop: Path) -> dict[str, Any]:
    forged = run_forge(module, seed, workshop)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in forged.contents.items()}
    return {
        "digests": digests,
        "truth": json.loads(forged.truth),
        "probes": json.loads(forged.probes),
    }


def put_forward(seconds: float) -> None:
    """Let the functions of ``time`` that say what time it is be *seconds* ahead."""
    now, now_ns, local, utc = time.time, time.time_ns, time.localtime, time.gmtime
    written = time.strftime

    def moved(convert: Callable[[float], time.struct_time]) -> Any:
        return lambda at=None: convert(now() + seconds if at is None else at)

    def strftime(shape: str, *at: Any) -> str:
        return written(shape, *(at or (time.localtime(),)))

    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds) * 10**9
    time.localtime, time.gmtime, time.strftime = moved(local), moved(utc), strftime


if __name__ == "__main__":
    main()
