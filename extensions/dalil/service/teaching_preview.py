"""A module as one trainee would get it, for an instructor to look at: nothing goes on record.

``python -m dalil.service.teaching_preview MODULE TRAINEE LANGUAGE FILE`` writes the zip to FILE, or
one line of what is wrong to FILE with ``.txt`` behind it: a process of its own, because
``evidence.py`` may still be wrong in any way.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

from dalil.curriculum import Module, load_module
from dalil.errors import CurriculumError, DalilError
from dalil.exchange import Exhibit, Issued
from dalil.exchange.cases import public_questions
from dalil.exchange.notice import with_notice
from dalil.exchange.parcel import CASE, EXHIBITS
from dalil.exchange.sealed import run_forge
from dalil.forging import json_text, practice, zip_bytes
from dalil.models import CaseKey, Language, ModuleId, TraineeId, language, module_id, trainee_id
from dalil.nbgrader.context import exchange_of
from dalil.nbgrader.drafting import draft
from dalil.notebooks import write_notebook
from dalil.service.teaching_checks import begin, end
from dalil.settings import Settings, load_settings

SECONDS = 120.0
# "issued": the exhibits that the trainee really has; "practice": forged from a public seed.
Kind: TypeAlias = Literal["issued", "practice"]


def preview(settings: Settings, module: Module, trainee: TraineeId, speaks: Language) -> bytes:
    """The zip that *trainee* would unpack: ``case.json`` (it says ``preview`` and of which Kind),
    the exercise as it is now, and exhibits. Truth, probes and the academy's seed are not in it.
    """
    kind, issued, exhibits = _case(settings, module, trainee, speaks)
    case = {**exchange_of(settings).case(issued), "preview": kind}
    notebook = with_notice(draft(settings, module, speaks), settings.limits, speaks)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{module.id}.ipynb"
        write_notebook(notebook, path)
        members = {path.name: path.read_bytes()}
    members[CASE] = json_text(case).encode("utf-8")
    members |= {f"{EXHIBITS}/{file}": content for file, content in exhibits.items()}
    return zip_bytes(members, datetime.now(UTC), compress=True)


def _case(
    settings: Settings, module: Module, trainee: TraineeId, speaks: Language
) -> tuple[Kind, Issued, dict[str, bytes]]:
    """The trainee's own case where there is one of this version, else one for practice."""
    exchange = exchange_of(settings)
    issued = exchange.find(module, trainee)
    if issued is not None and issued.key.version == module.version:
        told = replace(issued, language=speaks, questions=public_questions(module, speaks))
        return "issued", told, exchange.exhibits(issued)
    with TemporaryDirectory() as folder:
        seed = practice(f"preview|{module.id}|{module.version}|{trainee}")
        contents = run_forge(module, seed, Path(folder) / "workshop").contents
    forged = Issued(
        key=CaseKey(module.id, module.version, trainee),
        language=speaks,
        exhibits=tuple(_exhibit(e.name, e.file, contents[e.name]) for e in module.exhibits),
        questions=public_questions(module, speaks),
        issued=datetime.now(UTC),
        serial=0,
    )
    return "practice", forged, {e.file: contents[e.name] for e in module.exhibits}


def _exhibit(name: str, file: str, content: bytes) -> Exhibit:
    return Exhibit(name, file, hashlib.sha256(content).hexdigest(), len(content))


async def previewed(
    settings: Settings,
    module: ModuleId,
    trainee: TraineeId,
    speaks: Language,
    seconds: float = SECONDS,
) -> bytes:
    """``preview`` in a process of its own. Raises CurriculumError with what is wrong."""
    with TemporaryDirectory(prefix="dalil-preview-", ignore_cleanup_errors=True) as name:
        path = Path(name) / "preview.zip"
        words = (module, trainee, speaks, str(path))
        process = begin(settings, Path(name), __name__, *words, stdout=DEVNULL)
        try:
            async with asyncio.timeout(seconds):
                status = await asyncio.to_thread(process.wait)
        except TimeoutError:
            message = f"{module}: the preview took longer than {seconds:g} s; see evidence.py"
            raise CurriculumError(message) from None
        finally:
            end(process)
        said = Path(f"{path}.txt")
        if said.is_file():
            raise CurriculumError(said.read_text(encoding="utf-8"))
        if status or not path.is_file():
            raise CurriculumError(
                f"{module}: the preview ended without a result ({status}); check the module"
            )
        return path.read_bytes()


def main(module: str, trainee: str, speaks: str, file: str) -> None:
    """Write the preview to *file*."""
    settings = load_settings()
    try:
        found = load_module(settings, module_id(module))
        content = preview(settings, found, trainee_id(trainee), language(speaks))
    except (DalilError, OSError) as error:
        line = " ".join(str(error).replace(f"{settings.root}/", "").split())
        Path(f"{file}.txt").write_text(line, encoding="utf-8")
    else:
        Path(file).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
