"""Forges a sealed evidence pack, its manifest and its hand-over log, with 0 to 3 breaks.

How a case is staged is public (``methods.stage``); what is sealed is which breaks a trainee's case
holds, and whether its log was retouched.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dalil.courses.custody import methods
from dalil.forging import Seed
from dalil.models import Evidence

# Drawn without replacement: a pack changes hands often, but is opened and re-sealed only thrice.
_BAG = ("hash", "gap", "gap", "signature", "signature", "seal")
_HOW_MANY = {0: 0.2, 1: 0.2, 2: 0.3, 3: 0.3}


def forge(seed: Seed, folder: Path) -> Evidence:
    """Write ``evidence_pack.zip``, ``manifest.csv`` and ``handover_log.csv`` into *folder*.

    Truth: ``seals``, ``digests``, ``mismatched``, ``transit`` (minutes), ``breaks``, ``decision``
    and ``verify`` (the expected result of each probe).
    """
    rng = seed.rng("plan")
    count = int(rng.choice(list(_HOW_MANY), p=list(_HOW_MANY.values())))
    kinds = [str(kind) for kind in rng.choice(_BAG, size=count, replace=False)]
    # A retouched log accuses nobody by itself: it takes away what "no break" would have shown. So
    # it is planted only where there is no break, and exactly one decision is right in each case.
    retouched = bool(rng.random() < 0.5) and not kinds
    staged = methods.stage(seed.child("case"), folder, kinds, retouched=retouched)
    received = methods.open_pack(folder / methods.PACK)
    probes, expected = _probes(seed.child("probes"))
    return Evidence(
        truth={
            "seals": list(staged.seals),
            "digests": {name: methods.sha256_bytes(data) for name, data in received.items()},
            "mismatched": list(staged.altered),
            "transit": staged.transit,
            "breaks": [{"entry": entry, "kind": kind} for entry, kind in staged.breaks],
            "decision": "broken" if kinds else "undetermined" if retouched else "intact",
            "verify": list(expected),
        },
        probes={"verify": [[log] for log in probes]},
    )


def _probes(seed: Seed) -> tuple[list[list[methods.Row]], list[int]]:
    """Logs to verify, and the position (from 1) of the first entry that fails, 0 if none."""
    with TemporaryDirectory() as folder:
        log = list(methods.stage(seed, Path(folder), ()).entries[:9])
    rng = seed.rng("positions")
    at, removed, swapped, rehashed = (int(n) for n in rng.integers(2, len(log) - 2, size=4))
    cases: list[tuple[Sequence[methods.Row], int]] = [
        (log, 0),
        ([], 0),
        (log[:1], 0),
        (log[:-2], 0),  # cut off at the end: the chain alone cannot show it
        (_changed(log, at), at + 1),
        (_changed(log, 0), 1),
        (log[:removed] + log[removed + 1 :], removed + 1),
        (log[1:], 1),
        (_swapped(log, swapped), swapped + 1),
        ([*log[:-1], {**log[-1], "entry_hash": seed.token("forged", 64)}], len(log)),
        ([*log[:-1], _rehashed(log[-1], methods.FIRST)], len(log)),
        (_changed(log, rehashed, anew=True), rehashed + 2),
    ]
    order = rng.permutation(len(cases))
    return [[dict(row) for row in cases[n][0]] for n in order], [cases[n][1] for n in order]


def _changed(log: Sequence[methods.Row], at: int, *, anew: bool = False) -> list[methods.Row]:
    """*log* with another receiver in one entry; *anew*: with that entry's own hash made to fit."""
    row = {**log[at], "to": f"{log[at]['to']} bis"}
    if anew:
        row = _rehashed(row, log[at - 1]["entry_hash"])
    return [*log[:at], row, *log[at + 1 :]]


def _swapped(log: Sequence[methods.Row], at: int) -> list[methods.Row]:
    return [*log[:at], log[at + 1], log[at], *log[at + 2 :]]


def _rehashed(row: methods.Row, previous: str) -> methods.Row:
    return {**row, "entry_hash": methods.chain_hash(previous, row)}
