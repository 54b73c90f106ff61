"""The curriculum's ``courses/`` as packages: ``from dalil.courses.firearms import methods``.

The folder is content, which an academy may keep in a repository of its own; ``find_root`` says
which one counts.
"""

from __future__ import annotations

from dalil.settings import CONFIG_NAME, ROOT_VARIABLE, find_root

_root = find_root()
if _root is None or not (_root / "courses").is_dir():
    raise ImportError(
        f"dalil.courses: no curriculum found; work below a folder with {CONFIG_NAME} and courses/, "
        f"or set {ROOT_VARIABLE} to it"
    )

__path__ = [str(_root / "courses")]
