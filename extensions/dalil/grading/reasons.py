"""Why a cell did not finish: how the runner says it, and what the trainee reads.

The runner's words are kept with a submission's answers, so that marking again needs no run; they
are read back by the same templates that made them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dalil.models import N_

STUBBORN = " and could not be interrupted"  # may follow any of them
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Reason:
    """``said`` by the runner, with ``{places}``; ``told`` to the trainee, with some of them."""

    said: str
    told: str

    def __call__(self, **values: str | float) -> str:
        """Return the runner's words; numbers are written plainly, to 6 digits."""
        numbers = {k: v if isinstance(v, str) else f"{v:.6g}" for k, v in values.items()}
        return self.said.format(**numbers)

    def read(self, words: str) -> dict[str, str] | None:
        """Return the values in *words*, or None if they are not of this reason."""
        parts = _PLACE.split(self.said)  # text, place, text, place, …, text
        pattern = re.escape(parts[0])
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            pattern += rf"(?P<{name}>[\w.+ ]{{1,40}}){re.escape(text)}"
        found = re.fullmatch(f"{pattern}(?:{STUBBORN})?", words)
        return found.groupdict() if found else None


CELL_TIME = Reason(
    "ran for more than {n} s",
    N_("The cell was stopped after {n} seconds. Look for a loop without an end, or work on less."),
)
ALL_TIME = Reason(
    "ran for more than {n} s, until the {total} s for all cells were up",
    N_(
        "The cell was stopped after {n} seconds: the {total} seconds for the whole notebook were "
        "used up."
    ),
)
PROCESSOR = Reason(
    "ran for more than {n} s of processor time",
    N_(
        "The cell was stopped: the notebook used more than {n} seconds of processor time. Look for "
        "a loop without an end, or work on less."
    ),
)
MEMORY = Reason(
    "used more than {n} MiB of memory",
    N_("The cell was stopped: it used more than {n} MiB of memory. Work on smaller pieces."),
)
PROCESSES = Reason(
    "started more than {n} processes",
    N_(
        "The cell was stopped: it started more than {n} processes and threads. None is needed here."
    ),
)
FILE = Reason(
    "wrote a file of more than {n} MiB",
    N_("The cell was stopped: it wrote a file of more than {n} MiB. Write less."),
)
FILES = Reason(
    "wrote more than {n} MiB of files",
    N_("The cell was stopped: it wrote more than {n} MiB of files in all. Write less."),
)
OUTPUT = Reason(
    "put out more than {n} KiB",
    N_("The cell was stopped: it printed more than {n} KiB. Print less."),
)
FORBIDDEN = Reason(
    "did what the sandbox does not allow: no network, no other processes, no devices",
    N_(
        "The cell was stopped: while grading there is no network, and no way to other processes, "
        "devices or settings of the machine. Work with the exhibits alone."
    ),
)
SIGNAL = Reason(
    "the process was ended by {signal}",
    N_("The cell's process was ended by {signal}. The other cells were run again without it."),
)
STATUS = Reason(
    "the process ended itself with status {n}",
    N_("The cell ended its own process. The other cells were run again without it."),
)
TOO_LATE = Reason(
    "not run: the {n} s for all cells are up",
    N_("The cell was not run: the {n} seconds for the whole notebook were used up before."),
)
TOO_OFTEN = Reason(
    "skipped: other cells ended the process {n} times",
    N_("The cell was not run: other cells ended the process {n} times."),
)
NOT_AGAIN = Reason(
    "the process could not be started again",
    N_(
        "The cell was not run: another cell ended the process, and it could not be started again. "
        "An instructor should look at it."
    ),
)

# The more telling ones first, where two could be read into the same words.
ALL = (
    *(ALL_TIME, PROCESSOR, CELL_TIME, MEMORY, PROCESSES, FILE, FILES, OUTPUT, FORBIDDEN),
    *(SIGNAL, STATUS, TOO_LATE, TOO_OFTEN, NOT_AGAIN),
)
