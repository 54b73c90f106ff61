"""Made-up people for a demonstration on one machine, and the password they share.

The password is made anew for each academy and shown on the log-in page, which answers on
127.0.0.1 alone; elsewhere the hub refuses to start with it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dalil.curriculum import Module
from dalil.demo import SimulatedTrainee, run_demonstration
from dalil.errors import RecordsError, UsageError
from dalil.ledger import Ledger
from dalil.models import language, trainee_id
from dalil.nbgrader.course import Course
from dalil.nbgrader.handmarks import HandMarks
from dalil.roster import Person, Roster
from dalil.settings import Settings

WHO = "demonstration"  # in the ledger
_A, _B = "2026-A", "2026-B"
PEOPLE = (
    Person("samira", "سميرة بنخزامى", role="instructor", language="ar"),
    Person("karim", "Karim Lazouardi", role="instructor", language="fr"),
    Person("nadia", "Nadia Thourayaoui", role="admin", language="fr"),
    Person("amina", "أمينة بنجوم", _A, "Rabat", "f", "inspecteur", "ar"),
    Person("youssef", "يوسف الزمرداوي", _A, "Rabat", "m", "inspecteur", "ar"),
    Person("elodie", "Élodie Lazouardi", _A, "Casablanca", "f", "officier", "fr"),
    Person("omar", "Omar Akikaoui", _A, "Casablanca", "m", "officier", "en"),
    Person("هدى", "هدى الشفقاوي", _B, "Rabat", "f", "inspecteur", "ar"),
    Person("naima", "Naïma Thourayaoui", _B, "Casablanca", "f", "inspecteur", "fr"),
    Person("tarik", "Tarik Bensnaoubar", _B, "Rabat", "m", "officier", "fr"),
    Person("driss", "Driss Benfaïrouz", _B, "Casablanca", "m", "inspecteur", "en"),
)

# Who has handed in what, and how well; whose written answers are marked already.
WORK = {
    "custody": {"amina": "perfect", "youssef": "good", "elodie": "half", "هدى": "wrong"},
    "firearms": {"amina": "good", "tarik": "perfect"},
}
MARKED = {"amina": 1.0, "elodie": 0.5}  # share of the points


def people(settings: Settings) -> list[Person]:
    """The made-up people, as far as they are still on the roster, instructors first."""
    known = {person.id: person for person in Roster(settings).people()}
    return [known[person.id] for person in PEOPLE if person.id in known]


def refuse_real(settings: Settings) -> None:
    """Refuse an academy that is not the demonstration's. Raises UsageError.

    All who are on its roster would get the password that the log-in page shows.
    """
    elsewhere = (
        "open it with `dalil serve`, and the demonstration elsewhere: "
        "dalil --academy FOLDER academy"
    )
    made_up = {person.id for person in PEOPLE}
    if real := [person.id for person in Roster(settings).people() if person.id not in made_up]:
        raise UsageError(
            f"{settings.academy}: {real[0]} is on its roster and not one of the demonstration's "
            f"people; {elsewhere}"
        )
    ledger = Ledger(settings.database_url, settings.keys)
    if ledger.events(limit=1) and not ledger.events(who=WHO, limit=1):
        raise UsageError(f"{settings.academy}: was in use before any demonstration; {elsewhere}")


def enrol(settings: Settings) -> None:
    """Put the made-up people on an empty roster; a roster that has anybody stays as it is."""
    roster = Roster(settings)
    if not roster.people():
        roster.enrol(PEOPLE, who=WHO)


def password(settings: Settings) -> str:
    """The password of all made-up people, made when it is first asked for. Raises RecordsError."""
    known = _notes(settings)
    if "password" not in known:
        known = _note(settings, password=secrets.token_hex(4))
    return str(known["password"])


def prepare(
    settings: Settings,
    modules: Sequence[Module],
    step: Callable[[str, int, int], None] = lambda name, done, total: None,
    *,
    unsafe: bool = False,
) -> list[str]:
    """Let some of the people have worked already, once in an academy's life.

    Returns a line for each whose work came out otherwise than stated. Raises DalilError.
    """
    if _notes(settings).get("ready"):
        return []
    known = {person.id: person for person in people(settings)}
    said: list[str] = []
    for number, module in enumerate(modules, 1):
        step("modules", number - 1, len(modules))
        worked = [
            SimulatedTrainee(trainee_id(name), skill, language(known[name].language))
            for name, skill in WORK.get(module.id, {}).items()
            if name in known
        ]
        if not worked:
            Course(settings).release(module)
            continue
        done = run_demonstration(
            settings,
            [module],
            worked,
            lambda name, n, total, of=module.id: step(f"{of}: {name}", n, total),  # type: ignore[misc]
            unsafe=unsafe,
        )
        said += [f"{c.trainee}: {c.module}: {c.error}" for c in done.comparisons if not c.agrees]
        _mark(settings, module)
    step("modules", len(modules), len(modules))
    _note(settings, ready=True)
    return said


def _mark(settings: Settings, module: Module) -> None:
    """An instructor has marked what some wrote; the rest waits."""
    hands = HandMarks(settings.gradebook_url, Ledger(settings.database_url, settings.keys))
    for mark in Course(settings).marks(module):
        if mark.needs_hand and mark.trainee in MARKED:
            hands.mark(mark.row, MARKED[mark.trainee] * mark.max_points, None, who="samira")


def _notes(settings: Settings) -> dict[str, Any]:
    """What is kept of the demonstration. Raises RecordsError."""
    path = _place(settings)
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RecordsError(f"{path}: unreadable ({error}); remove it to make a new one") from error


def _note(settings: Settings, **more: Any) -> dict[str, Any]:
    path = _place(settings)
    notes = {**_notes(settings), **more}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(notes, stream)
    except OSError as error:
        raise RecordsError(f"{path}: {error.strerror}; where can the academy write?") from error
    return notes


def _place(settings: Settings) -> Path:
    return settings.records / "hub" / "demonstration.json"
