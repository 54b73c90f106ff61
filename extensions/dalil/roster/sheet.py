"""Rosters as CSV: what spreadsheets of three countries write, read line by line and trusted in
nothing."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dalil.errors import SaidError
from dalil.models import N_
from dalil.roster.people import FIELDS, Person, checked
from dalil.roster.plan import MAX_PROBLEMS, Problem

MAX_BYTES = 16 * 1024 * 1024
MAX_PEOPLE = 100_000
MAX_CELL = 4096  # characters; more is an unclosed quotation mark
_DELIMITERS = ";,\t"
ENCODINGS = ("utf-8", "cp1252", "cp1256")

# Headings in lower case, without accents and points.
_HEADINGS = {
    "id": ("id", "identifiant", "matricule", "login", "user", "المعرف", "رقم التسجيل"),
    "name": ("name", "nom", "nom complet", "full name", "الاسم", "الاسم الكامل"),
    "cohort": ("cohort", "cohorte", "promotion", "الدفعة", "الفوج"),
    "unit": ("unit", "unite", "service", "الوحدة", "المصلحة"),
    "sex": ("sex", "sexe", "الجنس"),
    "rank": ("rank", "grade", "الرتبة", "الدرجة"),
    "language": ("language", "langue", "اللغة"),
    "role": ("role", "fonction", "الدور", "الوظيفة"),
}
_KNOWN = {heading: name for name, headings in _HEADINGS.items() for heading in headings}


@dataclass
class Sheet:
    """What was read: people by id in the file's order, which fields the file has, and problems."""

    people: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


class _EnoughError(Exception):
    """There are more problems than anybody reads."""


def read_sheet(data: bytes, encoding: str = "") -> Sheet:
    """Read *data*; whatever is wrong with it is among the problems, never an exception.

    UTF-8 (with or without a byte order mark) or UTF-16 as Excel writes them; other encodings
    cannot be told apart, so somebody must name one of ENCODINGS. Separated by semicolons, commas
    or tabs; the first line names the columns, in English, French or Arabic, in any order.
    """
    sheet = Sheet()
    try:
        text = _decoded(data, encoding, sheet)
        if text is not None:
            _Reading(sheet, text).run()
    except _EnoughError:
        sheet.problems.append(
            Problem(
                sheet.problems[-1].line, "", SaidError(N_("more problems follow; mend these first"))
            )
        )
    return sheet


def write_people(people: Sequence[Person]) -> bytes:
    """*people* as ``read_sheet`` reads them: UTF-8 with a byte order mark, commas."""
    stream = io.StringIO(newline="")
    lines = csv.writer(stream)
    lines.writerow(FIELDS)
    lines.writerows([getattr(person, name) for name in FIELDS] for person in people)
    return codecs.BOM_UTF8 + stream.getvalue().encode("utf-8")


def _decoded(data: bytes, encoding: str, sheet: Sheet) -> str | None:
    if len(data) > MAX_BYTES:
        found = SaidError(
            N_("the file has {size} MiB, more than {most}; split it"),
            size=len(data) >> 20,
            most=MAX_BYTES >> 20,
        )
        sheet.problems.append(Problem(1, "", found))
        return None
    if encoding and encoding not in ENCODINGS:
        raise SaidError(
            N_("“{text}” is not known here; write one of {known}"),
            text=encoding[:20],
            known=", ".join(ENCODINGS),
        )
    name = encoding or "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    try:
        return data.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        lines = data.count(b"\n", 0, error.start) + 1 if name != "utf-16" else 1
        wrong = SaidError(
            N_("not {encoding}; save the sheet as “CSV UTF-8”, or name its encoding"),
            encoding=name.upper(),
        )
        sheet.problems.append(Problem(lines, "", wrong))
        return None


class _Reading:
    """Takes the lines of one sheet."""

    def __init__(self, sheet: Sheet, text: str) -> None:
        self._sheet = sheet
        self._headings: list[str] = []
        self._columns: list[str | None] = []
        self._lines: dict[str, int] = {}
        first, _, rest = text.partition("\n")
        self._skipped = 0
        if first.strip().lower().startswith("sep="):  # Excel's own first line
            text, self._skipped = rest, 1
            first = rest.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        self._lines_of = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)

    def run(self) -> None:
        for line, cells in self._rows():
            if not any(cell.strip() for cell in cells):
                continue
            if not self._columns:
                if not self._head(line, cells):
                    return
            elif len(self._sheet.people) >= MAX_PEOPLE:
                self._problem(
                    line, "", N_("more than {most} people; split the file"), most=MAX_PEOPLE
                )
                return
            else:
                self._person(line, cells)
        if not self._columns:
            self._problem(1, "", N_("the file is empty; its first line names the columns"))
        elif not self._lines and not self._sheet.problems:
            self._problem(2, "", N_("the file names nobody"))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows, each with the number of the line it begins in."""
        while True:
            line = self._lines_of.line_num + self._skipped + 1
            try:
                cells = next(self._lines_of)
            except StopIteration:
                return
            except csv.Error as error:
                reason = N_("{error}; look for a quotation mark that is not closed")
                self._problem(line, "", reason, error=str(error))
                return
            if any(len(cell) > MAX_CELL for cell in cells):
                reason = N_("a cell runs over many lines; look for a quotation mark before it")
                self._problem(line, "", reason)
                return
            yield line, cells

    def _head(self, line: int, cells: list[str]) -> bool:
        self._headings = [cell.strip()[:40] for cell in cells]
        self._columns = [_KNOWN.get(_folded(cell)) for cell in cells]
        for heading, column in zip(self._headings, self._columns, strict=True):
            if column is None and heading:
                known = ", ".join(FIELDS)
                reason = N_("not a known column; the known ones are {known}")
                self._problem(line, heading, reason, known=known)
            elif column is not None and self._columns.count(column) > 1:
                self._problem(
                    line, heading, N_("there are two columns for {column}"), column=column
                )
        if "id" not in self._columns:
            reason = N_("no column is called id; add one with everybody's log-in name")
            self._problem(line, "", reason)
        self._sheet.fields = tuple(column for column in self._columns if column)
        return not self._sheet.problems

    def _person(self, line: int, cells: list[str]) -> None:
        spare = cells[len(self._columns) :]
        if len(cells) < len(self._columns) or any(cell.strip() for cell in spare):
            reason = N_("columns: {number}, not {wanted}; look for a missing or spare separator")
            self._problem(line, "", reason, number=len(cells), wanted=len(self._columns))
            return
        values: dict[str, str] = {}
        for heading, column, cell in zip(self._headings, self._columns, cells, strict=False):
            if column is None:
                if cell.strip():
                    self._problem(line, "", N_("a column without a heading holds something"))
                continue
            try:
                values[column] = checked(column, cell)
            except SaidError as error:
                self._add(Problem(line, heading, error))
        name = values.get("id")
        if name is None:
            return
        if name in self._lines:
            heading = self._headings[self._columns.index("id")]
            reason = N_("{name} is in line {line} already")
            self._problem(line, heading, reason, name=name, line=self._lines[name])
            return
        self._lines[name] = line
        self._sheet.people[name] = values

    def _problem(self, at: int, heading: str, message: str, /, **values: str | int) -> None:
        self._add(Problem(at, heading, SaidError(message, **values)))

    def _add(self, problem: Problem) -> None:
        self._sheet.problems.append(problem)
        if len(self._sheet.problems) >= MAX_PROBLEMS:
            raise _EnoughError


def _folded(heading: str) -> str:
    """A heading in lower case, without accents, points and tatweel."""
    parts = unicodedata.normalize("NFKD", heading.replace("\u0640", "")).strip(" .:*\ufeff")
    return "".join(c for c in parts if not unicodedata.combining(c)).lower()


def merged(known: Person | None, values: Mapping[str, str]) -> Person:
    """*known* with the *values* of a line: a column that the file lacks changes nothing."""
    base = known.as_dict() if known else {}
    return Person(**{**base, **values})
