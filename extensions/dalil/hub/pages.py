"""What a person reads when the server behind an address does not answer."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from pathlib import Path

import dalil
from dalil.models import N_, Language
from dalil.translation import find_catalogue

TITLES = {
    400: N_("This address cannot be read"),
    502: N_("The server broke off"),
    503: N_("The server does not answer"),
}
ADVICE = {
    400: N_("Go back to the academy and follow a link from there."),
    502: N_("It may have been stopped while it answered. Load the page again."),
    503: N_("It may be starting, or it was stopped after a pause. Your saved work is kept."),
}
AGAIN = N_("Load again")
HOME = N_("To the academy")

_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;"
    "color:#1b1b1f;background:#fff}a{display:inline-block;min-height:24px;margin-inline-end:1.5rem;"
    "color:#0b4a8f}h1{font-size:1.5rem}p.code{color:#595959}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#17181c}a{color:#9cc7ff}"
    "p.code{color:#b5b5b5}}"
)


def error_page(status: int, language: Language, hub: str) -> str:
    """Return the page for *status* (400, 502 or 503): loads nothing, runs nothing.

    *hub*: where the hub's own pages begin.
    """
    catalogue = find_catalogue(Path(dalil.__file__).parent, language)
    title, advice = (escape(catalogue.get(texts[status])) for texts in (TITLES, ADVICE))
    again, home = (escape(catalogue.get(text)) for text in (AGAIN, HOME))
    phrase = f"{status} {HTTPStatus(status).phrase}"
    return (
        f'<!doctype html><html lang="{language}" dir="{catalogue.direction}"><head>'
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>{title}</h1><p>{advice}</p><p><a href="">{again}</a>'
        f'<a href="{escape(hub)}home">{home}</a></p>'
        f'<p class="code" dir="ltr">{phrase}</p></main></body></html>'
    )
