"""The custody method: published digests, and every break that was planted in practice cases.

The method has no real data with published answers: logs of real cases are nobody's to publish. What
it is held to are the examples of FIPS 180-4 and cases in which breaks were planted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from dalil.courses.custody import methods  # type: ignore[import-not-found,import-untyped,unused-ignore]
from dalil.errors import UsageError
from dalil.forging import practice
from dalil.validate.reporting import Report

# NIST, Examples with Intermediate Values, SHA-256; the last is the long message of FIPS 180-2.
EXAMPLES = {
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    b"a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}
CASES = 300


def read_breaks(log: list[methods.Row]) -> set[tuple[int, str]]:
    """(entry, kind) of every break of the service's rules in *log*, as the lesson reads it."""
    found = {(gap.entry, "gap") for gap in methods.find_gaps(log)}
    seals = {log[0]["seal_after"]}
    for before, entry in pairwise(log):
        number = int(entry["entry"])
        if not methods.same_digest(before["pack_sha256"], entry["pack_sha256"]):
            found.add((number, "hash"))
        if not entry["signature"]:
            found.add((number, "signature"))
        if entry["seal_after"] != entry["seal_before"] and entry["seal_after"] in seals:
            found.add((number, "seal"))
        seals.add(entry["seal_after"])
    return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """What may be asked of this course besides."""
    parser.add_argument("--cases", type=int, default=CASES, metavar="N", help="practice cases")


def validate(report: Report, options: argparse.Namespace) -> None:
    """Hold digests to FIPS 180-4, and the reading of logs to what was planted."""
    if options.cases < 5:
        raise UsageError("--cases must be 5 or more, so that breaks are planted")
    equal = sum(methods.sha256_bytes(text) == digest for text, digest in EXAMPLES.items())
    report.at_least("examples of FIPS 180-4 met", equal, len(EXAMPLES))
    count: Counter[str] = Counter()
    with TemporaryDirectory() as name:
        for number in report.track(range(options.cases), "case"):
            folder = Path(name, str(number))
            folder.mkdir()
            kinds = methods.KINDS[: number % 5]  # none to all four kinds
            retouched = not kinds and number % 2 == 1
            staged = methods.stage(practice(f"case {number}"), folder, kinds, retouched=retouched)
            log = methods.read_log(folder / methods.LOG)
            found, planted = read_breaks(log), set(staged.breaks)
            count["planted"] += len(planted)
            count["found"] += len(found & planted)
            count["accused"] += len(found - planted)
            count["retouched"] += retouched
            count["chains"] += (methods.chained(log) != log) == retouched
    report.note("practice cases", options.cases)
    report.note("of them retouched after they were chained", count["retouched"])
    report.at_least("planted breaks found", 100 * count["found"] / count["planted"], 100, "%")
    report.at_most("entries accused that are in order", count["accused"], 0)
    report.at_least("chains told rightly", 100 * count["chains"] / options.cases, 100, "%")
    with TemporaryDirectory() as name:
        methods.stage(practice("custody page"), Path(name), ("gap", "seal"))
        log = methods.read_log(Path(name, methods.LOG))
    report.plot("custody", methods.timeline(log, methods.find_gaps(log)))
