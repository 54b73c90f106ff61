"""How the service says no: an HTTP status and a word for programs, for each of our errors."""

from __future__ import annotations

from typing import Final

from dalil.errors import (
    ClosedError,
    CurriculumError,
    DalilError,
    ExchangeError,
    GradingError,
    NotebookError,
    RecordsError,
    RefusedError,
    SaidError,
    SpentError,
    StaleError,
    TooLargeError,
    UsageError,
)
from dalil.models import N_
from dalil.translation import Catalogue, translate

# The first that fits, so the narrower ones come first.
STATUS: Final[tuple[tuple[type[DalilError], int, str], ...]] = (
    (StaleError, 409, "stale"),
    (UsageError, 400, "usage"),
    (NotebookError, 400, "notebook"),
    (ClosedError, 410, "closed"),
    (SpentError, 409, "attempts"),
    (TooLargeError, 413, "too-large"),
    (ExchangeError, 409, "exchange"),
    (GradingError, 409, "grading"),
    (CurriculumError, 409, "curriculum"),
    (RecordsError, 503, "records"),
    (DalilError, 500, "failed"),
)

# What HTTP itself refuses, in words for people.
WORDS: Final = {
    400: N_("The request cannot be read."),
    403: N_("This is not for you."),
    404: N_("There is nothing at this address."),
    405: N_("This cannot be done here."),
    413: N_("This is larger than may be sent."),
    429: N_("Too much is asked at once; try again in a moment."),
    500: N_("Something went wrong on the academy's side; tell whoever runs it."),
    503: N_("The academy does not answer; try again in a moment."),
}
KINDS: Final = {
    400: "usage",
    403: "forbidden",
    404: "not-found",
    405: "usage",
    413: "too-large",
    429: "busy",
    500: "failed",
    503: "records",
}
LOG_IN: Final = N_("Log in at the academy first.")


def status_of(error: DalilError) -> tuple[int, str]:
    """The HTTP status and the word for *error*."""
    return next((status, kind) for cls, status, kind in STATUS if isinstance(error, cls))


def said(error: DalilError, catalogue: Catalogue) -> str:
    """*error* in one line, in the catalogue's language where it has one."""
    if isinstance(error, RefusedError | SaidError):
        return translate(error.message, error.values, catalogue)
    return " ".join(str(error).split())
