"""``python -m dalil.validate COURSE [options]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from dalil import validate
from dalil.errors import DalilError

USAGE = "usage: python -m dalil.validate {%s} [options]; COURSE --help lists the options"


def main(arguments: list[str]) -> int:
    """Run one course's validation: 0 met, 1 missed a bound, 2 wrong usage."""
    courses = [m.name for m in pkgutil.iter_modules(validate.__path__) if m.name[0] != "_"]
    usage = USAGE % ",".join(courses)
    if arguments[:1] in (["-h"], ["--help"]):
        print(usage)
        return 0
    if not arguments or arguments[0] not in courses:
        print(usage, file=sys.stderr)
        return 2
    try:
        course = importlib.import_module(f"dalil.validate.{arguments[0]}")
        return int(course.main(arguments[1:]))
    except DalilError as error:
        print(f"dalil.validate: {error}", file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
