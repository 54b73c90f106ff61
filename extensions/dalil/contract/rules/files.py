"""Which files a module has, and whether its table and notebooks can be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dalil.contract.findings import Fault, rule
from dalil.contract.subject import Subject
from dalil.notebooks.tidy import untidy_cells

KIB = 1024
LARGEST = {".ipynb": 1024 * KIB, ".po": 1024 * KIB, ".py": 256 * KIB, ".toml": 64 * KIB}
LEFT_BY_TOOLS = frozenset({"__pycache__", ".ipynb_checkpoints", ".DS_Store"})


@rule(
    "files",
    "The three folders hold exactly the files of the contract: no other, no link, none too large.",
)
def files(subject: Subject) -> Iterator[Fault]:
    for folder in (subject.course, subject.exercise, subject.grader):
        if folder.is_symlink():
            yield Fault(folder, "a link", "put the folder itself there")
    for path in subject.expected_files:
        if path.is_symlink():
            yield Fault(path, "a link", "put the file itself there")
        elif fault := subject.unusable(path):
            yield fault
        elif path.stat().st_size > LARGEST[path.suffix]:
            size = f"{path.stat().st_size // KIB} KiB, at most {LARGEST[path.suffix] // KIB} KiB"
            yield Fault(path, f"too large: {size}", "forge what is large, or leave it out")
    for path in _extra(subject):
        yield Fault(path, "no file of the contract", "move it out of the module")


def _extra(subject: Subject) -> Iterator[Path]:
    """What lies in the folders beside the expected files: files, links and folders, sorted."""
    expected = set(subject.expected_files)
    known = {folder for path in expected for folder in path.parents}
    for folder in (subject.course, subject.exercise, subject.grader):
        for place, folders, names in os.walk(folder):
            here = [name for name in folders if name not in LEFT_BY_TOOLS]
            unknown = [name for name in here if Path(place, name) not in known]
            folders[:] = [name for name in here if name not in unknown]
            for name in sorted([*unknown, *names]):
                if name not in LEFT_BY_TOOLS and Path(place, name) not in expected:
                    yield Path(place, name)


@rule("schema", "module.toml has every key that the contract asks for, and no other.")
def schema(subject: Subject) -> Iterator[Fault]:
    _ = subject.module
    yield from ()


@rule(
    "clean-notebooks",
    "Notebooks have no outputs, counts, random ids, absolute paths or stray direction marks.",
)
def clean_notebooks(subject: Subject) -> Iterator[Fault]:
    for path in subject.notebook_paths:
        for cell, line in untidy_cells(subject.notebook(path)):
            message, _, hint = line.partition("; ")
            hint = hint or "mend the cell and save the notebook"
            yield Fault(path, message, hint, cell=cell)
