"""Where each trainee stands in each module, as columns of numbers: thousands at a glance.

A row says what ``Attainment`` says, without its history; ``parts`` says it by competency. Times
are microseconds since 1970 (UTC), 0 where something has not happened.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from dalil.progress.attainment import Attainment, ModuleLike

# Raise it whenever ``attainments`` counts differently: what was kept is then made anew.
FORMAT = "standings-1"
Columns = NDArray[np.void]

TIMES = ("issued", "submitted", "graded", "pending", "idle")
ROW = np.dtype(
    [
        *((name, np.int32) for name in ("trainee", "module", "attempt", "attempts")),
        *((name, np.int64) for name in TIMES),
        *((name, np.float64) for name in ("points", "worth")),
        *((name, np.int32) for name in ("flags", "waits")),
    ]
)
PART = np.dtype(
    [
        *((name, np.int32) for name in ("trainee", "module", "competency", "waits")),
        *((name, np.float64) for name in ("points", "worth")),
    ]
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Standings:
    """``seq`` and ``hash`` name the ledger's row up to which it holds.

    ``trainees``, ``modules`` and ``competencies`` are the names behind the numbers in the rows;
    ``contents`` says by module which questions were counted.
    """

    seq: int = 0
    hash: str = ""
    trainees: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    contents: Mapping[str, str] = field(default_factory=dict)
    rows: Columns = field(default_factory=lambda: np.zeros(0, ROW))
    parts: Columns = field(default_factory=lambda: np.zeros(0, PART))

    def without(self, gone: Mapping[str, Iterable[str] | None]) -> Standings:
        """Without the rows of these trainees in these modules; None: of everybody."""
        known = {name: at for at, name in enumerate(self.trainees)}
        wanted = {
            self.modules.index(module): None
            if names is None
            else np.array([known[name] for name in names if name in known], np.int32)
            for module, names in gone.items()
            if module in self.modules
        }

        def others(columns: Columns) -> Columns:
            lost = np.zeros(len(columns), bool)
            for module, numbers in wanted.items():
                mine = columns["module"] == module
                lost |= mine if numbers is None else mine & np.isin(columns["trainee"], numbers)
            kept: Columns = columns[~lost]
            return kept

        return replace(self, rows=others(self.rows), parts=others(self.parts))

    def with_rows(self, found: Sequence[Attainment]) -> Standings:
        """With rows for *found*, which must not be there yet."""
        trainees, modules, skills = (
            _Numbers(names) for names in (self.trainees, self.modules, self.competencies)
        )
        rows, parts = [], []
        for one in found:
            key = trainees[one.trainee], modules[one.module]
            rows.append((*key, *_row(one)))
            parts += [(*key, skills[name], *values) for name, values in _parts(one)]
        return replace(
            self,
            trainees=tuple(trainees),
            modules=tuple(modules),
            competencies=tuple(skills),
            rows=np.concatenate([self.rows, np.array(rows, ROW)]),
            parts=np.concatenate([self.parts, np.array(parts, PART)]),
        )

    def to_bytes(self) -> bytes:
        """As a file holds it; ``from_bytes`` reads it."""
        about = {
            "format": FORMAT,
            "seq": self.seq,
            "hash": self.hash,
            "trainees": self.trainees,
            "modules": self.modules,
            "competencies": self.competencies,
            "contents": dict(self.contents),
        }
        text = np.frombuffer(json.dumps(about, ensure_ascii=False).encode("utf-8"), np.uint8)
        stream = io.BytesIO()
        np.savez(stream, about=text, rows=self.rows, parts=self.parts)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Standings:
        """Raises ValueError when *content* is not what ``to_bytes`` makes today."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                about = json.loads(found["about"].tobytes())
                rows, parts = found["rows"], found["parts"]
            if about.pop("format") != FORMAT or rows.dtype != ROW or parts.dtype != PART:
                raise ValueError("of another version")
            for name in ("trainees", "modules", "competencies"):
                about[name] = tuple(about[name])
            read = cls(**about, rows=rows, parts=parts)
            if not read._whole():
                raise ValueError("numbers without a name")
        except Exception as error:  # a damaged archive may raise whatever zipfile and numpy know
            raise ValueError(f"not standings: {error}") from error
        return read

    def _whole(self) -> bool:
        """Whether each number in the rows has its name."""
        return all(
            not len(columns) or (columns[key].min() >= 0 and columns[key].max() < len(names))
            for columns, key, names in (
                (self.rows, "trainee", self.trainees),
                (self.rows, "module", self.modules),
                (self.parts, "trainee", self.trainees),
                (self.parts, "module", self.modules),
                (self.parts, "competency", self.competencies),
            )
        )


def content_of(module: ModuleLike) -> str:
    """A digest of what of a module decides about its rows."""
    asked = [[q.id, q.competency, q.written] for q in module.questions]
    return hashlib.sha256(json.dumps(asked).encode("utf-8")).hexdigest()[:16]


class _Numbers(dict[str, int]):
    """Numbers of names, a new one for a new name."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__((name, number) for number, name in enumerate(names))

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]


def microseconds(at: datetime | None) -> int:
    """*at* as the rows have it."""
    return 0 if at is None else (at - _EPOCH) // _MICROSECOND


def moment_of(number: int) -> datetime | None:
    """What ``microseconds`` was made of."""
    return _EPOCH + int(number) * _MICROSECOND if number else None


def _row(one: Attainment) -> tuple[float, ...]:
    times = (microseconds(getattr(one, name)) for name in TIMES)
    points = (one.points or 0.0, one.max_points or 0.0)
    return (one.attempt, one.attempts, *times, *points, one.flags, one.waits)


def _parts(one: Attainment) -> list[tuple[str, tuple[int, float, float]]]:
    found: dict[str, tuple[int, float, float]] = {}
    for mark in one.questions:
        waits, points, worth = found.get(mark.competency, (0, 0.0, 0.0))
        if mark.points is not None:
            points, worth = points + mark.points, worth + (mark.max_points or 0.0)
        found[mark.competency] = (waits + mark.waits, points, worth)
    return list(found.items())
