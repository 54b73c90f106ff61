"""ipykernel's application in a forked process: the same, with less of its memory written to.

A page that the zygote's children only read is there once for all; a kernel that starts as usual
writes to a third of them. Where ipykernel changes, this saves less, and nothing else changes.
"""

from __future__ import annotations

import logging
import os
import sys
from types import ModuleType
from typing import Any
from unittest.mock import patch

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp

# What the debugger counts as the kernel's own, beside the standard library.
_OWN = ("ipykernel", "IPython", "jupyter_client", "jupyter_core", "traitlets", "tornado", "zmq")


class WarmKernelApp(IPKernelApp):
    """Parses no arguments where there are none but the connection file, and lists fewer modules."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take in *argv*; making a parser for every option there is takes megabytes."""
        if argv is not None and len(argv) == 2 and argv[0] == "-f":
            self.connection_file = argv[1]
        else:
            super().parse_command_line(argv)

    def _configure_logging(self) -> None:
        """Set up this application's own logger.

        ``dictConfig`` also tells every other logger that it is not disabled, which they know.
        """
        manager = logging.root.manager
        others, name = manager.loggerDict, type(self).__name__
        manager.loggerDict = {name: others[name]} if name in others else {}
        try:
            super()._configure_logging()
        finally:
            own, manager.loggerDict = manager.loggerDict, others
            others.update(own)

    def init_path(self) -> None:
        """Add the kernel's folder to the path as a cold kernel would: the zygote has none on it."""
        if "" in sys.path or self.ignore_cwd or os.environ.get("PYTHONSAFEPATH"):
            return
        libraries = ("site-packages", "dist-packages")
        places = [n for n, path in enumerate(sys.path) if os.path.basename(path) in libraries]
        sys.path.insert(places[0] if places else 0, "")

    def init_kernel(self) -> None:
        """Make the kernel, which lists the files of all modules for its debugger.

        In a fresh process those are the kernel's own; here they would be everybody's, and reading
        each module's entry writes to its page.
        """
        with patch.object(ipkernel, "sys", _Modules()):
            super().init_kernel()  # type: ignore[no-untyped-call]


class _Modules:
    """``sys`` with the modules of a fresh kernel."""

    modules: dict[str, ModuleType]

    def __init__(self) -> None:
        self.modules = {
            name: sys.modules[name]
            for name in sys.modules
            if (top := name.partition(".")[0]) in _OWN or top in sys.builtin_module_names
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)
