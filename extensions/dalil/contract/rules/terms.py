"""The same words for the same things in every module: the glossary that they share."""

from __future__ import annotations

from collections.abc import Iterator

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.models import LANGUAGES, Language
from dalil.translation import GLOSSARY_NAME, Domain, Glossary, load_catalogue, load_glossary

SHOWN = 40  # characters of a text that a message quotes


@rule(
    "terms",
    "Where the English uses a term of courses/glossary.toml, so do French and Arabic, in one of "
    "the accepted forms.",
)
def terms(subject: Subject) -> Iterator[Fault]:
    courses = subject.settings.courses
    with subject.owning("terms", courses / GLOSSARY_NAME, "complete the term"):
        glossary = load_glossary(courses)
    for domain in subject.domains:
        for language in LANGUAGES:
            if language != "en":
                yield from _left_out(subject, glossary, domain, language)


def _left_out(
    subject: Subject, glossary: Glossary, domain: Domain, language: Language
) -> Iterator[Fault]:
    """The messages of one catalogue that say a term in other words."""
    path = domain.path(language)
    with subject.owning("translated", path, "update the catalogues"):
        catalogue = load_catalogue(path)
    for entry in domain.entries:
        if entry.message not in catalogue:  # the rule `translated` tells it
            continue
        translated = catalogue.get(entry.message)
        for term in glossary.left_out(entry.message, translated, language):
            place, _, cell = entry.locations[0].partition("#")
            notebook = domain.folder / place
            cell = cell if notebook in subject.notebook_paths else ""
            text = entry.message.strip().partition("\n")[0][:SHOWN]
            forms = " or ".join(term.forms[language])
            message = f"{entry.locations[0]} “{text}”: {term.name!r} is not {forms}"
            hint = f"use one of these, or add a form to {GLOSSARY_NAME}"
            yield Fault(path, message, hint, cell=cell, notebook=notebook)
