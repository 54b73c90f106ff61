"""The child that becomes an ipykernel of Lab, Voila or nbclient: a person's own, unconfined.

``preload`` runs in the zygote, ``serve`` in each child. Everything with a thread, socket, event
loop or history file begins in the child, as if ``python -m ipykernel_launcher`` had been started.
"""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dalil.sandbox import channel as frames
from dalil.sandbox import linux
from dalil.sandbox import preload as preloading

# What a kernel imports while it starts, the debugger of Lab among it. Never matplotlib_inline: it
# must see the shell of the kernel when it is imported, or figures vanish.
KERNEL = (
    "dalil.sandbox.application",
    *("ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.embed"),
    *("tornado.platform.asyncio", "comm", "psutil", "resource", "faulthandler", "jedi"),
    *("IPython.core.display", "IPython.core.history", "IPython.core.debugger"),
    *("IPython.core.logger", "IPython.core.oinspect", "IPython.core.magics.execution"),
    *("IPython.core.latex_symbols", "IPython.external.pickleshare", "IPython.utils.wildcard"),
    *("pexpect", "stack_data", "pygments.lexers.python", "pygments.styles.default"),
    *("pygments.formatters.html", "pygments.formatters.terminal256", "encodings.utf_16_be"),
    *("pandas.io.formats.string", "xml.etree.ElementTree"),
)

_SET: dict[str, str] = {}  # the variables that these imports set


def preload() -> None:
    """Import and touch what kernels need, leaving no thread, context, loop or figure."""
    before = set(os.environ)
    preloading.load(KERNEL)
    _SET.update((name, os.environ[name]) for name in os.environ if name not in before)
    if (pandas := sys.modules.get("pandas")) is not None:
        pandas.set_option("display.max_columns", 20)  # 0 when imported outside a notebook
        pandas.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}).to_html()
    if "matplotlib.figure" in sys.modules:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure()
        FigureCanvasAgg(figure)
        figure.add_subplot().plot([0, 1], [1, 0])
        figure.savefig(io.BytesIO())
    _touch_jupyter()
    _gather_names()


def _touch_jupyter() -> None:
    """Do once what every kernel does first, so that its caches are there."""
    from jupyter_client.localinterfaces import localhost
    from jupyter_client.session import Session

    localhost()
    session = Session(key=b"none")
    session.serialize(session.msg("status", {"execution_state": "idle"}))


def _gather_names() -> None:
    """Put the names of all modules side by side in memory.

    Kernels copy the list of modules, which writes to every name's count of references: side by
    side that is a few dozen pages of their own instead of a thousand.
    """
    modules = {str(name.encode(), "ascii"): module for name, module in sys.modules.items()}
    sys.modules.clear()
    sys.modules.update(modules)


def serve(channel: socket.socket) -> None:
    """Take in one request, then be that kernel until it ends. Never returns.

    The request: one byte with the descriptors of standard output and error, then a frame of JSON
    with ``argv`` (what follows ``ipykernel_launcher``), ``env`` and ``cwd``. The answer is
    ``["ready"]`` or ``["failed", why]``.
    """
    linux.set_parent_death_signal(signal.SIGKILL)  # the zygote dies with the Jupyter server
    linux.set_dumpable(True)  # its own /proc/self is its own again
    try:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 2)
        for descriptor, place in zip(descriptors, (1, 2), strict=True):
            os.dup2(descriptor, place)
            os.close(descriptor)
        request: dict[str, Any] = json.loads(frames.receive(channel))
        become(request["env"], request["cwd"])
    except Exception as error:
        with suppress(OSError):
            frames.send_json(channel, ["failed", f"{type(error).__name__}: {error}"])
        os._exit(1)
    frames.send_json(channel, ["ready"])
    channel.close()
    os._exit(run(request["argv"]))


def become(environment: dict[str, str], folder: str) -> None:
    """Take on the environment and the folder, and what libraries derived from the zygote's own."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({**_SET, **environment})
    time.tzset()
    tempfile.tempdir = None
    preloading.reseed()


def run(argv: list[str]) -> int:
    """Be an ipykernel with these arguments and return the exit status, as Python itself would."""
    from ipykernel import kernelapp

    from dalil.sandbox.application import WarmKernelApp

    sys.argv = [str(Path(kernelapp.__file__).parent.parent / "ipykernel_launcher.py"), *argv]
    status = 0
    try:
        gc.disable()  # a collection would write to pages that are shared so far
        # A parent of 1: something looks after this process, so nothing is printed, nobody polls.
        app: Any = WarmKernelApp.instance(parent_handle=1)
        app.initialize(argv)
        _set_up_libraries()
        gc.freeze()
        gc.enable()
        app.start()
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing ends its children
    atexit._run_exitfuncs()
    return status


def _set_up_libraries() -> None:
    """Tell libraries that were imported before there was a kernel what they would have found."""
    if (widgets := sys.modules.get("ipywidgets")) is not None:
        widgets.register_comm_target()
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        settings = matplotlib.matplotlib_fname()
        home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        own = Path(os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib"), "matplotlibrc")
        if Path(settings).is_relative_to(matplotlib.get_data_path()) and own.is_file():
            settings = str(own)
        if not Path(settings).is_relative_to(matplotlib.get_data_path()):
            matplotlib.rc_file(settings)
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # set by ipykernel if not before
