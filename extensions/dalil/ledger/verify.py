"""Verifying the ledger: what was changed, removed, moved or cut off, and in which row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dalil.ledger.database import Database
from dalil.ledger.events import COLUMNS, GENESIS, Checkpoint, row_hash
from dalil.ledger.keys import Signer
from dalil.ledger.rows import Raw, Rows, UnreadableError, rows_of

CHECKPOINT_COLUMNS = ("seq", "hash", "at", "key", "signature")
# Enough for a person to see the extent of the damage.
MAX_PROBLEMS = 100
_SANE_ROWS = 10**12
_TYPES: tuple[tuple[type, ...], ...] = (
    (int,),
    (str,),
    (str,),
    (str, type(None)),
    (str, type(None)),
    (int, type(None)),
    (str,),
    (str,),
    (str,),
    (str,),
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row; ``row`` is None when it is the table as a whole."""

    row: int | None
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.reason}" if self.row is not None else self.reason


@dataclass(frozen=True)
class Report:
    """``rows`` is the number of rows read; ``checkpoints`` of the signatures found good."""

    ok: bool
    rows: int
    checkpoints: int
    problems: Sequence[Problem] = ()


@dataclass
class _Findings:
    problems: dict[int | None, str] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    rows: int = 0

    def add(self, row: int | None, reason: str) -> None:
        """One reason a row: the first is the cause, others follow from it."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.setdefault(row, reason)


def verify(database: Database, signer: Signer, head: Checkpoint | None, trouble: str) -> Report:
    """Compare the tables of *database* with themselves, the signatures and *head*.

    *trouble* says why there is no head although there is a file of it.
    """
    found = _Findings()
    points: list[Checkpoint] = []
    vouched = _authentic_head(head, signer, found)
    try:
        with rows_of(database) as rows:
            if rows is not None:
                points = [
                    point for point in _checkpoints(rows, found) if _signed(point, signer, found)
                ]
                last = max((point.seq for point in (*points, *vouched)), default=0)
                _chain(rows, found, last)
                for row, reason in rows.damage("events"):
                    found.add(row, f"the database is damaged: {reason}")
                for table in ("checkpoints", None):
                    for _, reason in rows.damage(table):
                        found.add(None, f"the database is damaged: {reason}")
    except UnreadableError as error:
        found.add(None, f"the records database cannot be read: {error}")
    if trouble:
        found.add(None, trouble)
    elif head is None and found.rows:
        found.add(found.rows, "no signed head vouches for it; its file was removed or never made")
    for point in (*points, *vouched):
        _compare(point, found)
    ordered = sorted(found.problems.items(), key=lambda item: (item[0] is None, item[0] or 0))
    problems = tuple(Problem(row, reason) for row, reason in ordered)
    return Report(not problems, found.rows, len(points), problems)


def _chain(rows: Rows, found: _Findings, known: int) -> None:
    """Read all rows in order; where the database gives up, one by one up to row *known*."""
    chain = _Chain(found)
    try:
        for row in rows.scan("events", COLUMNS):
            chain.take(row)
    except UnreadableError as failure:
        found.add(None, f"the records database cannot be read in order: {failure}")
        for seq in range(chain.expected, known + 1):
            try:
                single = rows.find("events", COLUMNS, seq)
            except UnreadableError as error:
                chain.skip(seq, f"the database cannot read it: {error}")
                continue
            if single is not None:
                chain.take(single)
    found.rows = chain.rows


class _Chain:
    """Takes rows one after the other and finds which of them is not what was written."""

    def __init__(self, found: _Findings) -> None:
        self.expected = 1
        self.rows = 0
        self._found = found
        # What the next row may name as the hash before it; None: anything, the chain is broken.
        self._before: frozenset[str] | None = frozenset({GENESIS})

    def take(self, row: Raw) -> None:
        self.rows += 1
        if not _well_formed(row):
            self.skip(self.expected, "changed after it was written: a column has another type")
            return
        seq, previous, stored = row[0], row[-2], row[-1]
        computed = row_hash(row)
        if seq != self.expected and not self._jumped(row, computed):
            return
        intact = computed == stored
        if intact and self._before is not None and previous not in self._before and seq > 1:
            self._found.add(seq - 1, f"replaced: row {seq} was written after another one")
        elif intact and self._before is not None and previous not in self._before:
            self._found.add(seq, "replaced: the first row names a row before it")
        elif not intact:
            self._found.add(seq, "changed after it was written: its hash does not fit")
        self._found.hashes[seq] = stored
        self._before = frozenset({stored, computed})
        self.expected = seq + 1

    def skip(self, seq: int, reason: str) -> None:
        """Row *seq* is lost; go on behind it."""
        self._found.add(seq, reason)
        self._before = None
        self.expected = seq + 1

    def _jumped(self, row: Raw, computed: str) -> bool:
        """Whether rows are missing before *row*; otherwise its number itself was changed."""
        seq, stored = row[0], row[-1]
        if computed == stored and seq > self.expected:
            for missing in range(self.expected, min(seq, self.expected + MAX_PROBLEMS)):
                self._found.add(missing, "missing: it was removed")
            self._before = None
            return True
        if computed == stored:
            reason = f"moved: row {seq} lies in its place"
        else:
            reason = f"changed after it was written: its number is now {seq}"
        self.skip(self.expected, reason)
        return False


def _well_formed(row: Raw) -> bool:
    return all(type(value) in types for value, types in zip(row, _TYPES, strict=True)) and not any(
        isinstance(value, str) and _unencodable(value) for value in row
    )


def _unencodable(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def _checkpoints(rows: Rows, found: _Findings) -> list[Checkpoint]:
    points: list[Checkpoint] = []
    try:
        for row in rows.scan("checkpoints", CHECKPOINT_COLUMNS):
            if type(row[0]) is int and all(type(value) is str for value in row[1:]):
                points.append(Checkpoint(*row))
            else:
                found.add(_sane(row[0]), "its checkpoint was changed: a column has another type")
    except UnreadableError as error:
        found.add(None, f"the checkpoints cannot be read: {error}")
    return points


def _signed(point: Checkpoint, signer: Signer, found: _Findings) -> bool:
    if signer.verify(point.message, point.signature, point.key):
        return True
    found.add(_sane(point.seq), "its checkpoint does not carry the academy's signature")
    return False


def _sane(seq: object) -> int | None:
    """*seq* if a row can have that number: an invented one must not be looked for."""
    return seq if isinstance(seq, int) and 0 < seq <= _SANE_ROWS else None


def _authentic_head(
    head: Checkpoint | None, signer: Signer, found: _Findings
) -> tuple[Checkpoint, ...]:
    if head is None:
        return ()
    if signer.verify(head.message, head.signature, head.key):
        return (head,)
    found.add(None, "the signed head does not carry the academy's signature; restore its file")
    return ()


def _compare(point: Checkpoint, found: _Findings) -> None:
    """Whether the ledger still reaches to row ``point.seq`` and that row is the signed one."""
    last = max(found.hashes, default=0)
    for missing in range(last + 1, min(point.seq, last + MAX_PROBLEMS) + 1):
        found.add(missing, "missing: the end of the ledger was cut off")
    if found.hashes.get(point.seq, point.hash) != point.hash:
        found.add(point.seq, f"replaced: the academy signed another one at {point.at}")
