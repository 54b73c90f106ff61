"""What an instructor's server has besides: the curriculum's files, and what may be asked of it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from dalil.server.academy import SECONDS_OF_WORK
from dalil.settings import ROOT_VARIABLE

log = logging.getLogger(__name__)

MODULE = "[a-z][a-z0-9]{1,31}"
# Below teach/: method, path, and seconds to wait for an answer. The service asks for the scope.
TEACHING: tuple[tuple[str, str, float], ...] = (
    ("GET", "modules", 60),
    ("POST", "modules", 60),
    ("POST", f"modules/{MODULE}/check", 60),
    ("GET", f"modules/{MODULE}/check", 60),
    ("DELETE", f"modules/{MODULE}/check", 60),
    ("GET", f"modules/{MODULE}/translations", 60),
    ("POST", f"modules/{MODULE}/translations", 60),
    ("POST", f"modules/{MODULE}/release", SECONDS_OF_WORK),
    ("GET", "queue", 60),
)
ROLE_VARIABLE = "DALIL_ROLE"
CURRICULUM = "curriculum"  # the folder in the person's home that Lab's panel opens files in
PARTS = ("courses", "exercises", "graders")


def show_curriculum() -> None:
    """Let an instructor's file browser reach the curriculum: links in ``~/curriculum``.

    What lies there under one of these names and is no link is the person's own and stays.
    """
    root = os.environ.get(ROOT_VARIABLE)
    if os.environ.get(ROLE_VARIABLE) != "instructor" or not root:
        return
    folder = Path.home() / CURRICULUM
    try:
        folder.mkdir(exist_ok=True)
        for part in PARTS:
            link, target = folder / part, Path(root, part)
            if link.is_symlink() and link.readlink() != target:
                link.unlink()  # the academy has moved
            if not os.path.lexists(link):
                link.symlink_to(target)
    except OSError as error:  # Lab without these links is better than no Lab
        log.warning("%s: %s", folder, error.strerror)
