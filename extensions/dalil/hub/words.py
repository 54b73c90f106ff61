"""What the hub's pages say, in the language of whoever reads them.

Templates ask ``speech`` by key. A person's language is the roster's; before the log-in it is the
one chosen on the page, else the browser's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dalil
from dalil.models import LANGUAGES, N_, Language
from dalil.roster import Roster
from dalil.settings import Settings
from dalil.translation import find_catalogue

CHOICE = "dalil-language"  # the cookie that keeps a choice made before the log-in
NAMES: dict[Language, str] = {"ar": "العربية", "fr": "Français", "en": "English"}
WORDS = {
    "academy": N_("The academy"),
    "to_academy": N_("To the academy"),
    "sign_in": N_("Sign in"),
    "sign_out": N_("Sign out"),
    "signed_out": N_("You are signed out."),
    "sign_in_again": N_("Sign in again"),
    "name": N_("User name"),
    "password": N_("Password"),
    "wrong": N_("This name and this password do not belong together."),
    "unknown": N_("You are not on the academy's roster yet. Ask its administrators."),
    "sign_in_with": N_("Sign in with"),
    "not_encrypted": N_("This connection is not encrypted: do not type a password that matters."),
    "demonstration": N_("Demonstration"),
    "made_up": N_("These people are made up; each one signs in with the password below."),
    "together": N_("Nothing keeps their servers apart: for a demonstration only."),
    "trainee": N_("Trainee"),
    "instructor": N_("Instructor"),
    "admin": N_("Administrator"),
    "role": N_("Role"),
    "cohort": N_("Cohort"),
    "workplace": N_("Your workplace"),
    "running": N_("It is running."),
    "resting": N_("It is not running. Your saved work is kept."),
    "open": N_("Open it"),
    "start": N_("Start it"),
    "stop": N_("Stop it"),
    "starting": N_("Your workplace is starting"),
    "moment": N_("It opens by itself in a moment."),
    "stopping": N_("Your workplace is being stopped"),
    "failed": N_("Your workplace could not be started"),
    "retry": N_("Try again"),
    "not_found": N_("There is no such page"),
    "refused": N_("This page is not for you"),
    "too_many": N_("Too many wrong passwords"),
    "wait": N_("Wait half a minute, then try again."),
    "something_wrong": N_("Something went wrong"),
    "back": N_("Go back to the academy and follow a link from there."),
    "needs_scripts": N_("This page needs JavaScript."),
}


@dataclass(frozen=True)
class Speech:
    """The words in one language, with its direction."""

    language: Language

    @property
    def direction(self) -> str:
        return "rtl" if self.language == "ar" else "ltr"

    @property
    def others(self) -> dict[Language, str]:
        """The other languages, each by its own name."""
        return {name: NAMES[name] for name in LANGUAGES if name != self.language}

    def __getitem__(self, key: str) -> str:
        catalogue = find_catalogue(Path(dalil.__file__).parent, self.language)
        return catalogue.get(WORDS[key])


def speech_for(settings: Settings, user: Any) -> Speech | None:
    """The words for somebody who is logged in; None for a stranger, whose page decides."""
    if user is None:
        return None
    return Speech(Roster(settings).language(user.name) or "en")
