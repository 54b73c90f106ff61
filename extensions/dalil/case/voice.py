"""What a notebook's messages look like: text and HTML, in the trainee's language and direction."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dalil.errors import TranslationError
from dalil.models import Language
from dalil.translation.catalogue import ENGLISH, Catalogue, fill, find_catalogue, show

_PACKAGE = Path(__file__).resolve().parents[1]
_COLOURS = {"good": "#1b7f4b", "bad": "#b3261e", "note": "#8a5a00"}  # each 4.5:1 on white or more


@dataclass(frozen=True)
class Said:
    """One sentence, twice: as plain text and as HTML that is safe to show."""

    text: str
    html: str


@cache
def own_catalogue(name: Language) -> Catalogue:
    """The catalogue of Dalil's own messages, ``dalil/locale/<language>.po``.

    A broken installation must not keep a trainee from working: it speaks English.
    """
    try:
        return find_catalogue(_PACKAGE, name)
    except TranslationError:
        return ENGLISH


class Voice:
    """Says messages in one language."""

    def __init__(self, name: Language) -> None:
        self.catalogue = own_catalogue(name)

    def say(self, message: str, **values: Any) -> Said:
        """Return the translation of *message* with its places filled.

        Values that are ``Said`` are prose and go in as they are; all others are somebody's data:
        escaped, and isolated from the direction of the text around them.
        """
        template = self.catalogue.get(message)
        texts, pages = {}, {}
        for name, value in values.items():
            if isinstance(value, Said):
                texts[name], pages[name] = value.text, value.html
            else:
                texts[name] = show(value, self.catalogue)
                pages[name] = f"<bdi>{html.escape(texts[name])}</bdi>"
        return Said(fill(template, texts), fill(html.escape(template, quote=False), pages))

    def join(self, parts: list[Said], sign: str = ", ") -> Said:
        """The parts one after the other, with the comma of the language."""
        sign = sign.replace(",", "،") if self.catalogue.language == "ar" else sign
        return Said(sign.join(p.text for p in parts), sign.join(p.html for p in parts))

    def data(self, *values: Any) -> Said:
        """Values of somebody's, listed."""
        return self.join([self.say("{value}", value=value) for value in values])


def tell(name: Language, mood: str, *lines: Said) -> None:
    """Show *lines* below the cell, the first as a heading; ``mood``: good, bad or note."""
    text = "\n".join(line.text for line in lines)
    direction = "rtl" if name == "ar" else "ltr"
    style = f"border-inline-start:4px solid {_COLOURS[mood]};padding-inline-start:.7em"
    head, *rest = (line.html for line in lines)
    body = f"<strong>{head}</strong>" + "".join(f"<br>{line}" for line in rest)
    page = f'<div dir="{direction}" lang="{name}" role="status" style="{style}">{body}</div>'

    from IPython import get_ipython  # a script that uses `case` outside of a notebook has none
    from IPython.display import display

    if get_ipython() is None:
        print(text)
    else:
        display({"text/plain": text, "text/html": page}, raw=True)
