"""Jobs and runs as they travel to another machine and back: text and bytes, nothing that executes.

What comes back is looked at before it is believed: the other machine may be broken.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Container
from dataclasses import asdict
from typing import Any, NoReturn, TypeAlias

import nbformat

from dalil.errors import RunnerError
from dalil.grading.outputs import MAX_BUNDLES, json_size
from dalil.grading.runner import Job, Run
from dalil.limits import Limits

Parcel: TypeAlias = tuple[str, dict[str, bytes]]  # everything else as JSON; exhibits by name

_ESCAPED = 6  # a control character is one byte of output, and six in JSON
_REMARKS = 64 * 1024  # what the runner itself adds to the outputs of a cell
_REASON = 300


def packed(job: Job) -> Parcel:
    """Return *job* as it travels."""
    fields = {
        "notebook": job.notebook,
        "case": job.case,
        "probes": job.probes,
        "limits": asdict(job.limits),
    }
    return json.dumps(fields), dict(job.exhibits)


def unpacked(parcel: Parcel) -> Job:
    """Return the job that was ``packed``."""
    text, exhibits = parcel
    fields = json.loads(text)
    return Job(
        notebook=nbformat.from_dict(fields["notebook"]),
        case=fields["case"],
        exhibits=exhibits,
        probes=fields["probes"],
        limits=Limits(**fields["limits"]),
    )


def sent(run: Run) -> bytes:
    """Return *run* as it travels."""
    return json.dumps(asdict(run), separators=(",", ":")).encode("ascii")


def received(data: object, job: Job) -> Run:
    """Return the run of *job* that *data* holds. Raises RunnerError if it cannot be one."""
    try:
        return _checked(data, job)
    except (ValueError, TypeError, KeyError, RecursionError, nbformat.ValidationError) as error:
        what = " ".join(str(error).split())[:_REASON]
        raise RunnerError(
            f"a worker sent what no run of a notebook gives ({what}); see its log, run again"
        ) from error


def _checked(data: object, job: Job) -> Run:
    if not isinstance(data, bytes):
        raise TypeError(f"{type(data).__name__} instead of bytes")
    run = Run(**json.loads(data, parse_constant=_no_number))
    names = {name for name, _ in job.cells}
    _keyed(run.outputs, names, "outputs")
    _keyed(run.died, names, "died")
    for outputs in run.outputs.values():
        _check_outputs(outputs, job.limits)
    told: Any = run.died.values()
    for reason in told:
        if not isinstance(reason, str) or len(reason) > _REASON or "\n" in reason:
            raise ValueError("a reason is not one line")
    _check_bundles(run.bundles, names - set(run.died), job.limits)
    seconds: Any = run.seconds
    if type(seconds) not in (int, float) or not 0 <= seconds < math.inf:
        raise ValueError("the seconds are no duration")
    return run


def _keyed(value: Any, names: Container[str], what: str) -> None:
    if not isinstance(value, dict) or not all(name in names for name in value):
        raise ValueError(f"{what}: not by the cells of the notebook")


def _check_outputs(outputs: Any, limits: Limits) -> None:
    size = json_size(outputs)
    if not isinstance(outputs, list) or size is None:
        raise ValueError("outputs are not a list")
    if size > _ESCAPED * limits.output_bytes + _REMARKS:
        raise ValueError(f"{size} bytes of output of one cell")
    for output in outputs:
        nbformat.validate(output, ref="output", version=4, version_minor=5)


def _check_bundles(bundles: Any, names: Container[str], limits: Limits) -> None:
    if not isinstance(bundles, list):
        raise TypeError("bundles are not a list")
    for item in bundles:
        if set(item) != {"cell", "bundle"} or item["cell"] not in names:
            raise ValueError("an answer of no cell that ended well")
        size = json_size(item["bundle"])
        if size is None or size > limits.answer_bytes:
            raise ValueError("an answer that is too large or no JSON")
    if any(number > MAX_BUNDLES for number in Counter(i["cell"] for i in bundles).values()):
        raise ValueError(f"more than {MAX_BUNDLES} answers of one cell")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")
