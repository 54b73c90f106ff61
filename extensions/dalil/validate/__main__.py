"""``python -m dalil.validate COURSE [options]``, or ``--all`` for every course."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console

from dalil import validate
from dalil.errors import DalilError, UsageError
from dalil.validate.reporting import Report, output_folder, table

USAGE = "usage: python -m dalil.validate {%s} [options]; COURSE --help lists the options"
MISSED, NOT_MEASURED = 1, 2


def main(arguments: list[str]) -> int:
    """0 when every bound is met, 1 when one is missed, 2 for wrong usage or no data."""
    usage = USAGE % ",".join([*courses(), "--all"])
    if arguments[:1] in (["-h"], ["--help"]):
        print(usage)
        return 0
    try:
        if arguments[:1] == ["--all"]:
            return _all(arguments[1:])
        if not arguments or arguments[0] not in courses():
            print(usage, file=sys.stderr)
            return 2
        return _one(arguments[0], arguments[1:])
    except DalilError as error:
        print(f"dalil.validate: {error}", file=sys.stderr)
        return error.exit_status


def courses() -> list[str]:
    """The courses that can be measured: the modules beside this one."""
    found = [m.name for m in pkgutil.iter_modules(validate.__path__) if not m.ispkg]
    return [name for name in found if not name.startswith("_")]


def _one(course: str, arguments: list[str]) -> int:
    module = _module(course)
    options = _parser(course, module).parse_args(arguments)
    report = _measured(course, module, options)
    if options.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
    else:
        _print([report])
    return _status([report])


def _all(arguments: list[str]) -> int:
    """Every course with its usual options; one that lacks its data does not stop the others."""
    parser = argparse.ArgumentParser(prog="python -m dalil.validate --all")
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    parser.add_argument("--output", type=Path, metavar="DIR", help="for plots, a folder a course")
    chosen = parser.parse_args(arguments)
    reports, failed = [], {}
    for course in courses():
        module = _module(course)
        options = _parser(course, module).parse_args([])
        options.output = chosen.output / course if chosen.output else options.output
        try:
            reports.append(_measured(course, module, options))
        except DalilError as error:
            failed[course] = str(error)
    if chosen.json:
        told: dict[str, Any] = {"courses": [r.as_dict() for r in reports], "not_measured": failed}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(reports)
    for course, reason in failed.items():
        print(f"NOT MEASURED: {course}: {reason}", file=sys.stderr)
    return _status(reports) or (NOT_MEASURED if failed else 0)


def _module(course: str) -> ModuleType:
    return importlib.import_module(f"dalil.validate.{course}")


def _parser(course: str, module: ModuleType) -> argparse.ArgumentParser:
    """The options that all courses have, and the course's own."""
    first = (module.__doc__ or "").strip().partition("\n")[0]
    parser = argparse.ArgumentParser(prog=f"python -m dalil.validate {course}", description=first)
    parser.add_argument("--data", type=Path, metavar="DIR", help="the folder of the real data")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument(
        "--output", type=Path, default=output_folder(course), metavar="DIR", help="for the plots"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for machines")
    if hasattr(module, "add_options"):
        module.add_options(parser)
    return parser


def _measured(course: str, module: ModuleType, options: argparse.Namespace) -> Report:
    if options.workers < 1:
        raise UsageError("--workers must be 1 or more")
    report = Report(course, options.output, options.data, options.workers)
    module.validate(report, options)
    report.finish()
    return report


def _print(reports: list[Report]) -> None:
    """The table on standard output; where plots lie and what is missed on standard error."""
    plain = Console()
    out = plain if plain.is_terminal else Console(width=120)
    caption = ", ".join(f"{report.course} {report.seconds:.1f} s" for report in reports)
    rows = {report.course: report.figures for report in reports}
    out.print(table(rows, "Methods against their bounds", f"wall time: {caption}"))
    for report in reports:
        for path in report.files:
            print(f"written: {path}", file=sys.stderr)


def _status(reports: list[Report]) -> int:
    missed = [f"{r.course}: {sentence}" for r in reports for sentence in r.missed]
    for sentence in missed:
        print(f"missed: {sentence}", file=sys.stderr)
    return MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
