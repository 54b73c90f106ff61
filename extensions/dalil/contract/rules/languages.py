"""Arabic and French: complete catalogues, and notebooks whose code is the same in each language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.models import LANGUAGES, Language
from dalil.translation import Domain, find_catalogue, localise
from dalil.translation.upkeep import Lack, lacking


@rule(
    "translated",
    "Arabic and French are complete and true to the English in places, code, formulas and links; "
    "code cells are the same in each language.",
)
def translated(subject: Subject) -> Iterator[Fault]:
    for domain in subject.domains:
        for language in LANGUAGES:
            for lack in lacking(domain, language):
                yield _lack(subject, domain.path(language), domain, lack)
    for path in subject.notebook_paths:
        for language in LANGUAGES:
            yield from _same_code(subject, path, language)


def _lack(subject: Subject, path: Path, domain: Domain, lack: Lack) -> Fault:
    """What a catalogue lacks, with the cell whose text it is."""
    message = str(lack).removeprefix(f"{lack.file}: ")
    name, _, cell = lack.place.partition("#")
    notebook = domain.folder / name
    cell = cell if notebook in subject.notebook_paths else ""
    return Fault(path, message, f"translate it in {path.name}", cell=cell, notebook=notebook)


def _same_code(subject: Subject, path: Path, language: Language) -> Iterator[Fault]:
    notebook = subject.notebook(path)
    with subject.owning("translated", path, "update the catalogues"):
        catalogue = find_catalogue(path.parent, language)
        localised = localise(notebook, language, catalogue)
    before = [(cell.id, cell.cell_type, cell.source) for cell in notebook.cells]
    after = [(cell.id, cell.cell_type, cell.source) for cell in localised.cells]
    code = [cell for cell in before if cell[1] == "code"]
    if [cell[:2] for cell in before] != [cell[:2] for cell in after]:
        message = f"other cells in {language} than in English"
        yield Fault(path, message, "translate Markdown only")
    elif code != [cell for cell in after if cell[1] == "code"]:
        message = f"other code in {language} than in English"
        yield Fault(path, message, "translate Markdown only")
