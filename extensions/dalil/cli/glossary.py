"""``dalil glossary``: the terms that all modules share, in three languages."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from dalil.cli.common import as_json, console, print_json
from dalil.models import LANGUAGES, Language, language
from dalil.settings import load_settings
from dalil.translation import Term, load_glossary

TRANSLATED: tuple[Language, ...] = ("fr", "ar")


@click.command()
@click.argument("word", default="")
@click.option(
    "--language",
    "name",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="The language of the meanings.",
)
@as_json
def glossary(*, word: str, name: str, as_json: bool) -> None:
    """Show the terms (of those that hold WORD, in any language): forms and meaning."""
    found = [term for term in load_glossary(load_settings().courses).terms if _holds(term, word)]
    if as_json:
        print_json([_plain(term) for term in found])
        return
    table = Table("Term", "French", "Arabic", "Meaning", title="Glossary")
    for term in found:
        french, arabic = (", ".join(term.forms[speech]) for speech in TRANSLATED)
        table.add_row(term.name, french, arabic, term.meaning[language(name)])
    console().print(table)


def _holds(term: Term, word: str) -> bool:
    """Whether *word* is a part of a form of *term*, or a form of it with other endings."""
    forms = [form for speech in LANGUAGES for form in term.forms[speech]]
    written = any(word.casefold() in form.casefold() for form in forms)
    return written or any(term.used_in(word, speech) for speech in LANGUAGES)


def _plain(term: Term) -> dict[str, Any]:
    return {
        "term": term.name,
        "forms": {speech: list(forms) for speech, forms in term.forms.items()},
        "means": dict(term.meaning),
    }
