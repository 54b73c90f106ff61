"""What a zygote is started with: plain data, sent as JSON; and what one submission may use."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import dalil

Kind: TypeAlias = Literal["root", "user"]

PACKAGE = Path(dalil.__file__).resolve().parent
TMP = "/tmp"


@dataclass(frozen=True)
class Plan:
    """How a zygote prepares itself and what its children become.

    ``kind``: namespaces made as root or by an ordinary user; None: no sandbox. ``warm``: import
    ``preload`` and make the shell before the first fork. ``purpose``: "cells" for the grader's own
    channel, "kernel" for ipykernels of Lab and Voila, "app" for stages, from which visitors'
    kernels are forked, "visit" for those, "server" for a person's Jupyter server. ``visible`` paths
    are bound read-only into the new root, ``hidden`` ones are empty there. ``first_uid``: children
    of root get numbers from here on. ``folder``: without a sandbox, where children make their
    folders. ``writable`` paths are bound as they are; ``network``: the machine's own; ``scratch``:
    bytes of ``/tmp``; ``user`` and ``home``: whom the new root's ``/etc/passwd`` names.
    """

    kind: Kind | None
    warm: bool
    purpose: Literal["cells", "kernel", "app", "visit", "server"]
    preload: tuple[str, ...]
    visible: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    first_uid: int = 0
    folder: str = TMP
    writable: tuple[str, ...] = ()
    network: bool = False
    scratch: int = 64 * 1024**2
    user: int = 1000
    home: str = TMP

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Plan:
        names = ("preload", "visible", "hidden", "writable")
        lists = {name: tuple(fields[name]) for name in names}
        return cls(**{**fields, **lists})


@dataclass(frozen=True)
class Allowance:
    """What the processes of one submission may use; sizes in bytes."""

    memory: int  # of each process, beyond what the zygote has
    cpu_seconds: int
    processes: int
    file: int
    scratch: int  # of /tmp
    open_files: int = 512


def visible_paths(curriculum: Path | None) -> tuple[str, ...]:
    """Return the paths that Python, this package and the courses need, parents first."""
    wanted = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, str(PACKAGE)]
    wanted += [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    link = Path(sys.executable)
    wanted.append(str(link.parent))
    while link.is_symlink():  # python -> python3 -> …/cpython-3.11/bin/python3.11
        link = link.parent / link.readlink()
        wanted.append(str(link.parent))
    if curriculum is not None:
        wanted.append(str(curriculum / "courses"))
    paths = {os.path.abspath(path) for path in wanted if os.path.exists(path)}
    paths |= {os.path.realpath(path) for path in paths}
    return tuple(sorted(paths - {"/"}, key=lambda path: (path.count("/"), path)))
