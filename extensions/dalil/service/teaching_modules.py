"""What instructors see of each module: whether it is released, translated, used and marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, distinct, func, select

from dalil.curriculum import Module, load_module
from dalil.curriculum.memo import Memo
from dalil.errors import DalilError, TranslationError
from dalil.ledger import Ledger
from dalil.ledger.tables import CASES, SUBMISSIONS
from dalil.models import Language, ModuleId
from dalil.nbgrader.waiting import waiting
from dalil.service.teaching_files import names, release_of
from dalil.settings import Settings
from dalil.translation import Domain, extract, find_catalogue, update
from dalil.translation.upkeep import TRANSLATED, Lack, lacking


@dataclass(frozen=True)
class Translation:
    """How far one language of a module is: ``missing`` of ``total`` messages, and what is wrong."""

    language: Language
    total: int
    lacks: tuple[tuple[Lack, str], ...]  # each with the cell that it concerns, "" for none

    @property
    def missing(self) -> int:
        """Messages with something wrong; one where only a catalogue itself is wrong."""
        wrong = len({(lack.file, lack.place, lack.text) for lack, _ in self.lacks})
        return min(wrong, self.total) if self.total else wrong

    def as_dict(self, *, messages: bool) -> dict[str, Any]:
        """As JSON has it; *messages* adds what is wrong, line by line."""
        told: dict[str, Any] = {
            "language": self.language,
            "total": self.total,
            "missing": self.missing,
        }
        if messages:
            told["messages"] = [
                {"file": lack.file, "cell": cell, "text": lack.text, "problem": lack.problem}
                for lack, cell in self.lacks
            ]
        return told


@dataclass(frozen=True)
class Counts:
    """How many trainees got each module and handed it in, and how much waits for a hand."""

    issued: Mapping[str, int]
    submitted: Mapping[str, int]
    waits: Mapping[str, int]


def survey(settings: Settings, ledger: Ledger, speaks: Language) -> list[dict[str, Any]]:
    """Every module of the curriculum, in the order of ids, those that cannot be read as well."""
    with ledger.database.reading() as connection:
        counts = Counts(
            _trainees(connection, CASES), _trainees(connection, SUBMISSIONS), waiting(settings)
        )
    good, odd = names(settings)
    rows = [_row(settings, ledger, name, speaks, counts) for name in good]
    broken = [_broken(name, f"{name}: no name for a module; rename the folder") for name in odd]
    return rows + broken


def _trainees(connection: Connection, table: Any) -> dict[str, int]:
    query = select(table.c.module, func.count(distinct(table.c.trainee))).group_by(table.c.module)
    return {row[0]: row[1] for row in connection.execute(query)}


def _row(
    settings: Settings, ledger: Ledger, name: ModuleId, speaks: Language, counts: Counts
) -> dict[str, Any]:
    used = {
        "issued": counts.issued.get(name, 0),
        "submitted": counts.submitted.get(name, 0),
        "waits": counts.waits.get(name, 0),
    }
    try:
        module = load_module(settings, name)
        release = release_of(settings, ledger, module)
    except (DalilError, OSError) as error:
        return {**_broken(name, str(error)), **used}
    return {
        **_broken(name, ""),
        "code": module.code,
        "title": _title(module, speaks),
        "version": module.version,
        "released": release and release.at.isoformat(),
        "released_by": release.by if release else "",
        "changed": release.changed if release else False,
        "translations": [found.as_dict(messages=False) for found in _seen(module)],
        **used,
    }


def _broken(name: str, problem: str) -> dict[str, Any]:
    """A module of which only the name is known, and why."""
    return {
        "id": name,
        "code": "",
        "title": name,
        "version": "",
        "problem": problem.split("\n", maxsplit=1)[0],
        "released": None,
        "released_by": "",
        "changed": False,
        "translations": [],
        "issued": 0,
        "submitted": 0,
        "waits": 0,
    }


def _title(module: Module, speaks: Language) -> str:
    try:
        return find_catalogue(module.course, speaks).get(module.title)
    except TranslationError:
        return module.title


def _seen(module: Module) -> list[Translation]:
    """Translations as far as they can be read: the check says what keeps the others from it."""
    try:
        return translations(module)
    except DalilError:
        return []


def translations(module: Module) -> list[Translation]:
    """How far each language of *module* is. Raises NotebookError or TranslationError."""
    files = [
        module.course / "module.toml",
        *module.methods,
        *(module.lesson, module.app, module.notebook, module.grader / "checks.py"),
        *(
            folder / "locale" / f"{language}.po"
            for folder in (module.course, module.exercise)
            for language in TRANSLATED
        ),
    ]
    return _TRANSLATIONS.get(module.course, files, lambda: _translations(module))


_TRANSLATIONS: Memo[list[Translation]] = Memo(256)


def _translations(module: Module) -> list[Translation]:
    domains = extract(module)
    total = sum(len(domain.entries) for domain in domains)
    return [
        Translation(
            language,
            total,
            tuple(
                (lack, _cell(domain, lack))
                for domain in domains
                for lack in lacking(domain, language)
            ),
        )
        for language in TRANSLATED
    ]


def _cell(domain: Domain, lack: Lack) -> str:
    """Where the text stands, as ``exercises/glass/glass.ipynb#intro``; "" outside of notebooks."""
    if ".ipynb#" not in lack.place:
        return ""
    return f"{'/'.join(domain.folder.parts[-2:])}/{lack.place}"


def bring_up_to_date(module: Module) -> list[str]:
    """Let the catalogues of *module* hold its present texts; returns the files that changed."""
    folder = module.course.parent.parent
    return [path.relative_to(folder).as_posix() for path in update(module)]
