"""A bundle of the academy's (a zip of a case: notebook, exhibits, case.json), read with care."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from dalil.server.refusals import Refusal

CASE = "case.json"
EXHIBITS = "exhibits"
MAX_FILES = 500
MAX_BYTES = 512 << 20  # of all files together, unpacked


@dataclass(frozen=True)
class Bundle:
    """A case as it was sent; ``exhibits`` maps file names in exhibits/ to their content."""

    case: dict[str, Any]
    case_text: bytes
    notebook: bytes
    exhibits: dict[str, bytes]

    @property
    def attempt(self) -> tuple[str, int]:
        """Version of the module and number of the attempt: what is one case, and what another."""
        return identity(self.case)


def identity(case: dict[str, Any]) -> tuple[str, int]:
    """Version and attempt that a case.json names."""
    attempt = case.get("attempt")
    return str(case.get("version", "")), attempt if isinstance(attempt, int) else 0


def opened(content: bytes, module: str) -> Bundle:
    """Return the bundle in *content*. Raises Refusal for anything that is not just that."""
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) > MAX_FILES or sum(info.file_size for info in files) > MAX_BYTES:
                raise Refusal("the bundle is larger than any case", "badBundle", 502)
            members = {info.filename: archive.read(info) for info in files}
        case = json.loads(members.pop(CASE))
        notebook = members.pop(f"{module}.ipynb")
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
        raise Refusal(
            f"the academy's bundle for {module} is damaged ({error}); try again", "badBundle", 502
        ) from error
    if not isinstance(case, dict) or case.get("module") != module:
        raise Refusal(f"the academy's bundle is not one of {module}", "badBundle", 502)
    exhibits = {_file(name): data for name, data in members.items()}
    text = json.dumps(case, ensure_ascii=False, indent=1).encode()
    return Bundle(case, text + b"\n", notebook, exhibits)


def _file(name: str) -> str:
    """The name of a file right in exhibits/. Raises Refusal."""
    folder, _, file = name.partition("/")
    if folder != EXHIBITS or not file or file.startswith(".") or set(file) & set("/\\\0"):
        raise Refusal(f"the academy's bundle holds {name!r}, no exhibit", "badBundle", 502)
    return file
