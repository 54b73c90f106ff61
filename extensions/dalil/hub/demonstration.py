"""Made-up people for a demonstration on one machine, and the password they share.

The password is made anew for each academy and shown on the log-in page, which answers on
127.0.0.1 alone; elsewhere the hub refuses to start with it.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from dalil.errors import RecordsError
from dalil.roster import Person, Roster
from dalil.settings import Settings

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


def people(settings: Settings) -> list[Person]:
    """The made-up people, as far as they are still on the roster, instructors first."""
    known = {person.id: person for person in Roster(settings).people()}
    return [known[person.id] for person in PEOPLE if person.id in known]


def enrol(settings: Settings) -> None:
    """Put the made-up people on an empty roster; a roster that has anybody stays as it is."""
    roster = Roster(settings)
    if not roster.people():
        roster.enrol(PEOPLE, who="demonstration")


def password(settings: Settings) -> str:
    """The password of all made-up people, made when it is first asked for. Raises RecordsError."""
    path = _place(settings)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = json.dumps({"password": secrets.token_hex(4)})
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
        return str(json.loads(path.read_text(encoding="utf-8"))["password"])
    except (OSError, ValueError, KeyError) as error:
        raise RecordsError(f"{path}: unreadable ({error}); remove it to make a new one") from error


def _place(settings: Settings) -> Path:
    return settings.records / "hub" / "demonstration.json"
