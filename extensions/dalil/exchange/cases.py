"""Cases on record: what was issued to whom, and what only the grading side knows of it."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, bindparam, insert, select, tuple_, update

import dalil
from dalil.answers import Form
from dalil.errors import RecordsError, TranslationError
from dalil.exchange.contracts import ModuleLike
from dalil.exchange.sealed import Forged
from dalil.ledger import canonical
from dalil.ledger.tables import CASES, EVENTS
from dalil.models import CaseKey, Json, Language, ModuleId, TraineeId, language
from dalil.translation import find_catalogue


@dataclass(frozen=True)
class Exhibit:
    """One file as it was issued; ``bytes`` is its size."""

    name: str
    file: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Issued:
    """A case on record: nothing sealed is in it. ``serial`` is the row of the ledger."""

    key: CaseKey
    language: Language
    exhibits: tuple[Exhibit, ...]
    questions: Mapping[str, Mapping[str, Any]]
    issued: datetime
    serial: int

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by exhibit name."""
        return {exhibit.name: exhibit.sha256 for exhibit in self.exhibits}


def find_case(
    connection: Connection, module: str, trainee: str, attempt: int | None
) -> Issued | None:
    """The case of that attempt, or of the latest one."""
    query = select(CASES).where(CASES.c.module == module, CASES.c.trainee == trainee)
    if attempt is not None:
        query = query.where(CASES.c.attempt == attempt)
    row = connection.execute(query.order_by(CASES.c.attempt.desc()).limit(1)).mappings().first()
    return None if row is None else _issued(row)


def sealed_part(connection: Connection, key: CaseKey) -> Forged:
    """Truth and probes of a case on record, proved to be the ones it was issued with.

    Raises RecordsError when they are not.
    """
    row = connection.execute(_WITH_EVENTS.where(*_same(key))).mappings().one_or_none()
    if row is None:
        raise _altered(key)
    return _sealed(row, key)


def open_case(
    connection: Connection, module: str, trainee: str, attempt: int | None
) -> tuple[Issued, Forged] | None:
    """``find_case`` and ``sealed_part`` in one."""
    whose = {"whose_module": module, "whose": trainee, "which": attempt}
    row = connection.execute(_THAT if attempt else _NEWEST, whose).mappings().first()
    if row is None:
        # find_case knows a case whose event was removed, too: that must not look like none
        if (issued := find_case(connection, module, trainee, attempt)) is not None:
            raise _altered(issued.key)
        return None
    issued = _issued(row)
    return issued, _sealed(row, issued.key)


def open_cases(
    connection: Connection, module: str, keys: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Issued, Forged]]:
    """``open_case`` of many (trainee, attempt) at once; those that were altered are left out."""
    query = _WITH_EVENTS.where(CASES.c.module == module)
    query = query.where(tuple_(CASES.c.trainee, CASES.c.attempt).in_(list(keys)))
    found: dict[tuple[str, int], tuple[Issued, Forged]] = {}
    for row in connection.execute(query).mappings():
        issued = _issued(row)
        with suppress(RecordsError):
            found[issued.key.trainee, issued.key.attempt] = issued, _sealed(row, issued.key)
    return found


_WITH_EVENTS = select(CASES, EVENTS.c.what).join_from(CASES, EVENTS, CASES.c.serial == EVENTS.c.seq)
# Made once: to build a statement costs more than to execute it.
_NEWEST = (
    _WITH_EVENTS.where(CASES.c.module == bindparam("whose_module"))
    .where(CASES.c.trainee == bindparam("whose"))
    .order_by(CASES.c.attempt.desc())
    .limit(1)
)
_THAT = _NEWEST.where(CASES.c.attempt == bindparam("which"))


def _sealed(row: RowMapping, key: CaseKey) -> Forged:
    forged = Forged({}, truth=row["truth"], probes=row["probes"], salt=row["salt"])
    if json.loads(row["what"]).get("sealed") != forged.seal:
        raise _altered(key)
    return forged


def _altered(key: CaseKey) -> RecordsError:
    return RecordsError(f"case {key}: altered since it was issued; restore the records database")


def keep_case(connection: Connection, issued: Issued, forged: Forged) -> None:
    """Put a case on record, in the transaction of its event."""
    row = {
        **asdict(issued.key),
        "language": issued.language,
        "exhibits": _text([asdict(exhibit) for exhibit in issued.exhibits]),
        "questions": _text(issued.questions),
        "truth": forged.truth,
        "probes": forged.probes,
        "salt": forged.salt,
        "software": _text(software()),
        "issued": issued.issued.isoformat(timespec="microseconds"),
        "serial": issued.serial,
    }
    connection.execute(insert(CASES).values(row))


def keep_questions(connection: Connection, key: CaseKey, questions: Mapping[str, Any]) -> None:
    """Let titles and forms follow a corrected module; the evidence stays."""
    connection.execute(update(CASES).where(*_same(key)).values(questions=_text(questions)))


def software() -> dict[str, str]:
    """What a case was made with: numpy does not promise equal numbers for ever (NEP 19)."""
    return {
        "dalil": dalil.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def public_questions(module: ModuleLike, speaks: Language) -> dict[str, dict[str, Json]]:
    """The questions as ``case.json`` holds them: title in the trainee's language, form as table.

    A catalogue that is missing leaves the English titles; ``dalil module check`` says so.
    """
    try:
        titles = find_catalogue(module.course, speaks)
    except TranslationError:
        titles = find_catalogue(module.course, "en")
    return {
        question.id: {
            "title": titles.get(question.title),
            "form": None if question.form is None else form_table(question.form),
        }
        for question in module.questions
    }


def form_table(form: Form | Mapping[str, Any]) -> dict[str, Json]:
    """*form* as the table that ``dalil.answers.form_from`` reads."""
    if isinstance(form, Mapping):
        return dict(form)
    table: dict[str, Json] = {"type": form.type}
    for field in dataclasses.fields(form):  # type: ignore[arg-type]
        value = getattr(form, field.name)
        if value != field.default:
            table[field.name] = _setting(value)
    return table


def _setting(value: Any) -> Json:
    if isinstance(value, Form):
        return form_table(value)
    if isinstance(value, Mapping):
        return {name: _setting(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_setting(inner) for inner in value]
    return value  # type: ignore[no-any-return]


def _issued(row: RowMapping) -> Issued:
    return Issued(
        key=CaseKey(
            ModuleId(row["module"]), row["version"], TraineeId(row["trainee"]), row["attempt"]
        ),
        language=language(row["language"]),
        exhibits=tuple(Exhibit(**exhibit) for exhibit in json.loads(row["exhibits"])),
        questions=json.loads(row["questions"]),
        issued=datetime.fromisoformat(row["issued"]),
        serial=row["serial"],
    )


def _same(key: CaseKey) -> tuple[Any, ...]:
    return (
        CASES.c.module == key.module,
        CASES.c.trainee == key.trainee,
        CASES.c.attempt == key.attempt,
    )


def _text(value: object) -> str:
    return canonical(value).decode("utf-8")
