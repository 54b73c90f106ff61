"""Loading the files of ``graders/<module>/``: by path: no import can name them."""

from __future__ import annotations

import importlib.util
import sys
import threading
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

# While a file is executed its module has a name that all threads see: one at a time.
_LOADING = threading.RLock()


class _Sealed(SourceFileLoader):
    """Leaves no ``__pycache__`` in the graders' folder."""

    def set_data(self, path: str, data: object, *, _mode: int = 0o666) -> None:
        """Do not write byte code."""


def load_sealed(path: Path) -> ModuleType:
    """Execute a Python file of ``graders/`` and return its module.

    Raises FileNotFoundError, and whatever the file itself raises.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    name = f"<sealed {path.parent.name} {path.stem}>"  # no identifier
    spec = importlib.util.spec_from_file_location(name, path, loader=_Sealed(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _LOADING:
        sys.modules[name] = module  # dataclasses look their own module up while it is executed
        try:
            spec.loader.exec_module(module)
        finally:
            del sys.modules[name]
    return module
