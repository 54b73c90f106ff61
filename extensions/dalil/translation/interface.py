"""The words on an app's widgets and figures, in the language of the visitor.

An app's code cells are the same in every language, so its labels are looked up while it runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from dalil import courses
from dalil.models import Language, language, module_id
from dalil.translation.catalogue import find_catalogue

LANGUAGE_VARIABLE = "DALIL_LANGUAGE"
CASE_FILE = "case.json"


@dataclass(frozen=True)
class Interface:
    """``text`` translates a message; ``language`` and ``direction`` ("rtl" or "ltr") say how to
    lay it out."""

    text: Callable[[str], str]
    language: Language
    direction: str


def interface(module: str) -> Interface:
    """Return the interface of *module* in the visitor's language.

    The language is the address's ``lang=`` (Voila), else the variable DALIL_LANGUAGE, else that of
    the case beside which the notebook lies, else English.
    """
    spoken = visitor_language()
    name = module_id(module)
    catalogue = find_catalogue(Path(next(iter(courses.__path__))) / name, spoken)
    return Interface(catalogue.get, spoken, catalogue.direction)


def visitor_language() -> Language:
    """Return the language of whoever looks at this notebook."""
    asked = parse_qs(os.environ.get("QUERY_STRING", "")).get("lang", [""])[0]
    for candidate in (asked, os.environ.get(LANGUAGE_VARIABLE, ""), _language_of_case(Path.cwd())):
        if candidate:
            return language(candidate)
    return "en"


def _language_of_case(place: Path) -> str:
    """The language that the nearest case file names, from *place* upwards."""
    for folder in (place, *place.parents[:3]):
        try:
            found = json.loads((folder / CASE_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and isinstance(found.get("language"), str):
            return str(found["language"])
    return ""


def shaped(text: str) -> str:
    """Return *text* as matplotlib must draw it: Arabic letters joined, in visual order.

    matplotlib 3.11 shapes Arabic itself (libraqm) and gets the text as it is; earlier ones do
    neither shaping nor bidirectional layout.
    """
    from matplotlib import ft2font  # only where figures are drawn

    if text.isascii() or hasattr(ft2font, "__libraqm_version__"):
        return text
    from arabic_reshaper import reshape
    from bidi import get_display

    return str(get_display(reshape(text)))
