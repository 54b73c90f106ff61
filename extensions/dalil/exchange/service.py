"""The exchange: a trainee's case goes out, the trainee's work comes in, both on record."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from dalil.errors import ExchangeError, RecordsError
from dalil.exchange.audit import audit
from dalil.exchange.cases import (
    Exhibit,
    Issued,
    find_case,
    keep_case,
    keep_questions,
    open_case,
    open_cases,
    public_questions,
    sealed_part,
)
from dalil.exchange.contracts import ModuleLike, Places
from dalil.exchange.desk import Desk, open_desk
from dalil.exchange.parcel import Parcel
from dalil.exchange.receipts import Receipt, check
from dalil.exchange.receiving import receive
from dalil.exchange.sealed import Forged, run_forge
from dalil.exchange.store import Incoming, Store
from dalil.exchange.submissions import (
    Saved,
    Submission,
    attempt_of,
    find_answers,
    find_newest,
    find_run,
    find_submissions,
    keep_run,
)
from dalil.forging import derive
from dalil.forging.seeds import KEY_BYTES
from dalil.ledger import Ledger, Report
from dalil.ledger.files import create_once, private_folder
from dalil.models import CaseKey, Json, Language, ModuleId, language, module_id, trainee_id
from dalil.notebooks import notebook_bytes

FORGING_KEY = "forging.key"
MAX_NOTEBOOK_BYTES = 64 * 1024 * 1024


class Exchange:
    """The academy's side of issuing and submitting; ``ledger`` is its record of events.

    Every method raises RecordsError when the academy's records cannot be used by this account.
    """

    def __init__(self, settings: Places) -> None:
        self.settings = settings
        self._ledger = Ledger(settings.database_url, settings.keys)
        self._exhibits = Store(settings.exhibits)
        self._submissions = Store(settings.records / "submissions")

    @property
    def ledger(self) -> Ledger:
        """The record of events."""
        self._enter()
        return self._ledger

    def issue(
        self,
        module: ModuleLike,
        trainee: str,
        speaks: Language,
        attempt: int | None = None,
    ) -> Issued:
        """The case of *trainee* for *module*: forged and put on record once, then always the same.

        Without *attempt* it is the latest one of the module's present version; a version that the
        trainee has no case of begins a new attempt. An interrupted issue leaves nothing on record;
        the next one completes it. Raises ExchangeError for an attempt that was issued for another
        version, ForgingError when the exhibits cannot be made.
        """
        key = self._key(module, trainee, attempt)
        questions = public_questions(module, language(speaks))
        known = self._known(module, key, language(speaks))
        if known is not None:
            return known
        forging_key = create_once(
            self.settings.keys / FORGING_KEY, lambda: secrets.token_bytes(KEY_BYTES)
        )
        forged = run_forge(module, derive(forging_key, key), self.settings.records / "forging")
        exhibits = tuple(
            Exhibit(
                name=exhibit.name,
                file=exhibit.file,
                sha256=self._exhibits.put(forged.contents[exhibit.name]),
                bytes=len(forged.contents[exhibit.name]),
            )
            for exhibit in module.exhibits
        )
        with self._ledger.writing() as batch:
            # Another process may have issued the same case meanwhile: the first one counts.
            known = find_case(batch.connection, key.module, key.trainee, key.attempt)
            if known is not None:
                return known
            event = batch.append(
                "issued",
                who=key.trainee,
                trainee=key.trainee,
                module=key.module,
                attempt=key.attempt,
                what={
                    "version": key.version,
                    "language": speaks,
                    "exhibits": {exhibit.name: exhibit.sha256 for exhibit in exhibits},
                    "sealed": forged.seal,
                },
            )
            issued = Issued(key, speaks, exhibits, questions, event.at, event.seq)
            keep_case(batch.connection, issued, forged)
        return issued

    def find(
        self, module: ModuleLike | str, trainee: str, attempt: int | None = None
    ) -> Issued | None:
        """The case of that attempt, or of the latest one; None if none was issued."""
        with self.ledger.database.reading() as connection:
            return find_case(connection, _id(module), trainee_id(trainee), attempt)

    def answered(
        self, module: ModuleLike | str, trainee: str, digest: str
    ) -> tuple[tuple[Issued, Forged] | None, bool]:
        """The case that the bytes of that SHA-256 answer, and whether they were handed in at all.

        Bytes that never were answer the latest case. For the grading side only.
        """
        name = _id(module)
        with self.ledger.database.reading() as connection:
            attempt = attempt_of(connection, name, trainee, digest)
            return open_case(connection, name, trainee, attempt), attempt is not None

    def cases(
        self, module: ModuleLike | str, keys: Sequence[tuple[str, int]]
    ) -> dict[tuple[str, int], tuple[Issued, Forged]]:
        """Cases by (trainee, attempt), with what is sealed of them; altered ones are left out.

        For the grading side only.
        """
        with self.ledger.database.reading() as connection:
            return open_cases(connection, _id(module), keys)

    def truth(self, issued: Issued) -> dict[str, Any]:
        """What the forge knew. For the grading side only."""
        truth: dict[str, Any] = json.loads(self._sealed(issued).truth)
        return truth

    def probes(self, issued: Issued) -> dict[str, list[list[Any]]]:
        """The hidden inputs of function answers, by question."""
        probes: dict[str, list[list[Any]]] = json.loads(self._sealed(issued).probes)
        return probes

    def case(self, issued: Issued) -> dict[str, Json]:
        """What ``case.json`` holds: nothing of seed, truth and probes."""
        return {
            "module": issued.key.module,
            "version": issued.key.version,
            "trainee": issued.key.trainee,
            "attempt": issued.key.attempt,
            "language": issued.language,
            "exhibits": {
                exhibit.name: {"file": exhibit.file, "sha256": exhibit.sha256}
                for exhibit in issued.exhibits
            },
            "questions": {name: dict(asked) for name, asked in issued.questions.items()},
            "grading": False,
        }

    def exhibits(self, issued: Issued) -> dict[str, bytes]:
        """The exhibits as they were issued, content by file name. Raises RecordsError."""
        self._enter()
        return {exhibit.file: self._exhibits.get(exhibit.sha256) for exhibit in issued.exhibits}

    def copy_exhibits(self, issued: Issued, folder: Path) -> None:
        """Write the exhibits as they were issued into *folder*; what is there and equal stays."""
        self._enter()
        with open_desk(folder, make=True) as desk:
            self._restore(issued, desk)

    def deliver(
        self, issued: Issued, folder: Path, notebook: NotebookNode, *, overwrite: bool = False
    ) -> None:
        """Write ``exhibits/``, ``case.json`` and ``<module>.ipynb`` into the trainee's *folder*.

        Missing or altered exhibits are restored. A notebook that is there is the trainee's work and
        stays, unless *overwrite* asks for the untouched one.
        """
        self.parcel(issued, notebook).deliver(folder, overwrite=overwrite)

    def parcel(self, issued: Issued, notebook: NotebookNode) -> Parcel:
        """All that ``deliver`` writes, to be sent."""
        module = issued.key.module
        return Parcel(module, self.case(issued), notebook_bytes(notebook), self.exhibits(issued))

    def seal(
        self, module: ModuleLike | str, trainee: str, folder: Path, attempt: int | None = None
    ) -> Receipt:
        """Keep the bytes of ``<module>.ipynb`` in *folder* as the trainee's submission.

        It answers the latest case, or that of *attempt*. The same bytes may be handed in again.
        Raises ExchangeError when there is no such file, it is no regular file or larger than
        MAX_NOTEBOOK_BYTES, or no case was issued.
        """
        self._enter()
        name, whose = _id(module), trainee_id(trainee)
        with open_desk(folder) as desk:
            content = desk.read(f"{name}.ipynb", MAX_NOTEBOOK_BYTES)
        work = (self._submissions.put(content), len(content))
        course = self.settings.course_id
        return receive(self._ledger, course, (name, whose), work, attempt, again=True)[0]

    def coming(self) -> Incoming:
        """Work that comes in pieces, for ``receive``; whoever asks for it drops it in the end."""
        self._enter()
        return self._submissions.coming()

    def receive(
        self, module: ModuleLike | str, trainee: str, work: Incoming, attempt: int
    ) -> tuple[Receipt, bool]:
        """Keep *work* as the trainee's submission; returns its receipt, and whether it is new.

        Bytes that are the newest submission of that attempt already are not taken twice. Raises
        ExchangeError when that attempt was not issued.
        """
        whose = (_id(module), trainee_id(trainee))
        stored = (work.keep(), work.bytes)
        course = self.settings.course_id
        return receive(self.ledger, course, whose, stored, attempt, again=False)

    def sweep(self) -> None:
        """Remove what a process that was killed had not received whole."""
        self._enter()
        self._submissions.sweep()

    def verify(self, receipt: Receipt) -> None:
        """Raise ReceiptError unless the academy signed just this receipt."""
        check(receipt, self._ledger.signer)

    def submissions(
        self, module: ModuleLike | str | None = None, trainee: str | None = None
    ) -> list[Submission]:
        """What was handed in, oldest first."""
        with self.ledger.database.reading() as connection:
            name = None if module is None else _id(module)
            return find_submissions(connection, name, trainee and trainee_id(trainee))

    def newest(self, module: ModuleLike | str, trainee: str) -> Submission | None:
        """The trainee's last submission; None if there is none."""
        with self.ledger.database.reading() as connection:
            return find_newest(connection, _id(module), trainee_id(trainee))

    def submission_bytes(self, digest: str) -> bytes:
        """The notebook of that SHA-256 as it was handed in, hashed again. Raises RecordsError."""
        self._enter()
        return self._submissions.get(digest)

    def save_run(self, run: Saved) -> None:
        """Keep what came of running a submission."""
        with self.ledger.database.writing() as connection:
            keep_run(connection, run)

    def load_run(self, submission: str, source: str) -> Saved | None:
        """What ``save_run`` kept; None if nothing was."""
        with self.ledger.database.reading() as connection:
            return find_run(connection, submission, source)

    def answers(self, runs: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What was handed over in those *runs* (submission, source) on record, by source."""
        with self.ledger.database.reading() as connection:
            return find_answers(connection, runs)

    def audit(self) -> Report:
        """Whether ledger, cases, submissions and stored files are what was written.

        As ``Ledger.verify``, and more: what is on record besides the ledger is compared with it,
        and each problem names the row of the ledger that it concerns.
        """
        self._enter()
        report = self._ledger.verify()
        if report.rows == 0:
            return report
        found = audit(self._ledger, self._exhibits, self._submissions)
        problems = (*report.problems, *found)
        return replace(report, ok=not problems, problems=problems)

    def _key(self, module: ModuleLike, trainee: str, attempt: int | None) -> CaseKey:
        whose = trainee_id(trainee)
        if attempt is None:
            latest = self.find(module, whose)
            same = latest is None or latest.key.version == module.version
            attempt = 1 if latest is None else latest.key.attempt + (0 if same else 1)
        if attempt < 1:
            raise ExchangeError(f"{module.id}: attempts are counted from 1, not {attempt}")
        return CaseKey(module_id(module.id), module.version, whose, attempt)

    def _known(self, module: ModuleLike, key: CaseKey, speaks: Language) -> Issued | None:
        """The case on record under *key*, its titles and forms brought up to date."""
        known = self.find(key.module, key.trainee, key.attempt)
        if known is None:
            return None
        if known.key.version != key.version:
            raise ExchangeError(
                f"{key.module}: attempt {key.attempt} of {key.trainee} was issued for version "
                f"{known.key.version}, not {key.version}; ask for attempt {key.attempt + 1}"
            )
        questions = public_questions(module, known.language)
        if known.questions != questions:
            with self._ledger.database.writing() as connection:
                keep_questions(connection, key, questions)
            known = self.find(key.module, key.trainee, key.attempt)
        return known

    def _restore(self, issued: Issued, desk: Desk) -> None:
        for exhibit in issued.exhibits:
            content = self._exhibits.get(exhibit.sha256)
            if not desk.is_file(exhibit.file, content):
                desk.write(exhibit.file, content)

    def _sealed(self, issued: Issued) -> Forged:
        with self.ledger.database.reading() as connection:
            return sealed_part(connection, issued.key)

    def _enter(self) -> None:
        """Raise RecordsError unless this account may use the records."""
        folder = self.settings.records
        try:
            private_folder(folder)
            allowed = os.access(folder, os.R_OK | os.X_OK)
        except RecordsError as error:
            if isinstance(error.__cause__, PermissionError):
                raise _closed(folder) from error
            raise
        if not allowed:
            raise _closed(folder)


def _closed(folder: Path) -> RecordsError:
    return RecordsError(
        f"{folder}: not for this account; exhibits are issued and work is received by the "
        "academy's server, so fetch and submit there"
    )


def _id(module: ModuleLike | str) -> ModuleId:
    return module_id(module if isinstance(module, str) else module.id)
