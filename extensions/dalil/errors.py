"""Every error that Dalil raises on purpose.

One line a person can act on: what happened, where, and what to do.

* DalilError
    * UsageError            the request itself is wrong (exit status 2)
        * SaidError         what can be said in another language too
            * StaleError    somebody else has changed it since it was looked at
    * CurriculumError       a module's files break the contract
    * NotebookError         a notebook cannot be read or rebuilt
    * TranslationError      a catalogue is missing, broken or out of date
    * AnswerError           an answer has not the form that its question asks for
    * ExhibitError          an exhibit is missing or was altered
    * ForgingError          exhibits could not be made
    * ExchangeError         issuing, submitting or collecting failed
        * RefusedError      the academy's rules do not allow it now
            * ClosedError   the module is not open yet, or closed
            * SpentError    no attempt is left
        * TooLargeError     more bytes than may be handed in
        * ServiceError      the academy's service refused, or cannot be reached
        * ReceiptError      a receipt is not what the academy signed
    * GradingError          a submission could not be graded
        * RunnerError       the process that runs notebooks failed
            * LostError     it was killed by somebody else: no fault of what it ran
    * LedgerError           the record of events is unreadable or was changed
    * RecordsError          the academy's own files are missing, read-only or full
"""

from __future__ import annotations


class DalilError(Exception):
    """Base of all: ``str(error)`` is one line for a person, without a traceback."""

    exit_status = 1


class UsageError(DalilError):
    """The request itself is wrong."""

    exit_status = 2


class SaidError(UsageError):
    """Wrong, and said so that it can be said in another language.

    ``message`` is an English msgid, its ``{named}`` places filled from ``values``.
    """

    def __init__(self, message: str, **values: str | int) -> None:
        super().__init__(message.format(**values))
        self.message, self.values = message, values


class StaleError(SaidError):
    """Somebody else has changed it since it was looked at."""


class CurriculumError(DalilError):
    """A module's files break the contract."""


class NotebookError(DalilError):
    """A notebook cannot be read or rebuilt."""


class TranslationError(DalilError):
    """A catalogue is missing, broken or out of date."""


class AnswerError(DalilError):
    """An answer has not the form that its question asks for."""


class ExhibitError(DalilError):
    """An exhibit is missing or was altered."""


class ForgingError(DalilError):
    """Exhibits could not be made."""


class ExchangeError(DalilError):
    """Issuing, submitting or collecting failed."""


class RefusedError(ExchangeError):
    """The academy's rules do not allow it now.

    ``message`` is an English msgid, its ``{named}`` places filled from ``values``: whoever shows
    it may say it in another language.
    """

    def __init__(self, message: str, **values: str | int) -> None:
        super().__init__(message.format(**values))
        self.message, self.values = message, values


class ClosedError(RefusedError):
    """The module is not open yet, or closed."""


class SpentError(RefusedError):
    """No attempt is left."""


class TooLargeError(ExchangeError):
    """More bytes than may be handed in."""


class ServiceError(ExchangeError):
    """The academy's service refused, or cannot be reached.

    ``status`` is HTTP's, 0 where there was no answer; ``kind`` is the service's word for it.
    """

    def __init__(self, line: str, status: int = 0, kind: str = "unreachable") -> None:
        super().__init__(line)
        self.status, self.kind = status, kind


class ReceiptError(ExchangeError):
    """A receipt is not what the academy signed."""


class GradingError(DalilError):
    """A submission could not be graded."""


class RunnerError(GradingError):
    """The process that runs notebooks failed; nothing is known about the answers."""


class LostError(RunnerError):
    """The process was killed by somebody else: no fault of what it ran."""


class LedgerError(DalilError):
    """The record of events is unreadable or was changed."""


class RecordsError(DalilError):
    """The academy's own files are missing, read-only or full."""
