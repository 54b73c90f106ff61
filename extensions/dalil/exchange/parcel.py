"""A case on its way to a trainee: case.json, notebook and exhibits, as a zip and in a folder."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalil.errors import ExchangeError
from dalil.exchange.desk import open_desk
from dalil.forging.archives import json_text
from dalil.models import Json

CASE, EXHIBITS = "case.json", "exhibits"
MAX_FILES = 200
MAX_PARCEL_BYTES = 512 * 1024 * 1024  # of all files together


@dataclass(frozen=True)
class Parcel:
    """``notebook`` is the file ``<module>.ipynb``; ``exhibits``: content by plain file name."""

    module: str
    case: Mapping[str, Json]
    notebook: bytes
    exhibits: Mapping[str, bytes]

    def packed(self) -> bytes:
        """As one zip archive."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(CASE, json_text(dict(self.case)))
            archive.writestr(f"{self.module}.ipynb", self.notebook)
            for name, content in self.exhibits.items():
                archive.writestr(f"{EXHIBITS}/{name}", content)
        return buffer.getvalue()

    def deliver(self, folder: Path, *, overwrite: bool = False) -> None:
        """Write everything into the trainee's *folder*.

        Missing or altered exhibits are restored. A notebook that is there is the trainee's work and
        stays, unless *overwrite* asks for the untouched one. Raises ExchangeError.
        """
        name = f"{self.module}.ipynb"
        with open_desk(folder, make=True) as desk:
            with desk.folder(EXHIBITS) as exhibits:
                for file, content in self.exhibits.items():
                    if not exhibits.is_file(file, content):
                        exhibits.write(file, content)
            desk.write(CASE, json_text(dict(self.case)).encode("utf-8"))
            if overwrite or not desk.holds(name):
                desk.write(name, self.notebook, replace=overwrite)


def unpacked(content: bytes, module: str) -> Parcel:
    """Read a parcel of *module*: just the files that its case names, with the digests it names.

    Raises ExchangeError for anything else: the way to a trainee's folder is no place for surprises.
    """
    with _damage(module), zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MAX_FILES or sum(one.file_size for one in members) > MAX_PARCEL_BYTES:
            raise _damaged(module, "larger than any case")
        files = {member.filename: archive.read(member) for member in members}
        case: dict[str, Any] = json.loads(files.pop(CASE))
        named = {str(one["file"]): str(one["sha256"]) for one in case["exhibits"].values()}
        notebook = files.pop(f"{module}.ipynb")
        if case["module"] != module or set(files) != {f"{EXHIBITS}/{name}" for name in named}:
            raise _damaged(module, "not the files of its case")
        for name, digest in named.items():
            plain = name and not name.startswith(".") and not set(name) & set("/\\\0")
            if not plain or hashlib.sha256(files[f"{EXHIBITS}/{name}"]).hexdigest() != digest:
                raise _damaged(module, f"exhibit {name!r}")
        exhibits = {name: files[f"{EXHIBITS}/{name}"] for name in named}
    return Parcel(module, case, notebook, exhibits)


@contextmanager
def _damage(module: str) -> Iterator[None]:
    """Whatever a damaged archive or case may raise, as our own error."""
    try:
        yield
    except ExchangeError:
        raise
    except Exception as error:  # zipfile and zlib raise half a dozen kinds
        raise _damaged(module, " ".join(str(error).split())[:100]) from error


def _damaged(module: str, reason: str) -> ExchangeError:
    return ExchangeError(f"what the academy sent for {module} is damaged ({reason}); try again")
