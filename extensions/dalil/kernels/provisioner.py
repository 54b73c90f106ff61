"""The provisioner ``dalil-warm``: ipykernels are forked from a process that has imported the rest.

Jupyter finds it by its entry point. It starts what is not an ipykernel of this environment as
Jupyter would have, and so it does everything where no warm kernel can be had.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from dalil.errors import RunnerError
from dalil.grading.learned import curriculum_imports
from dalil.kernels import process
from dalil.kernels.process import Request
from dalil.settings import find_root, load_settings

# Where these differ from the server's own, only a new interpreter can heed them.
_AT_START = ("PYTHON", "LD_", "MALLOC_", "GLIBC_")
# Modules that look for a running kernel when they are imported.
_SNIFFERS = ("tqdm", "plotly", "bokeh", "altair", "holoviews")
_LAUNCHER = ["-m", "ipykernel_launcher"]

_cold: list[str] = []  # the reason why this process starts cold kernels, once there is one


class WarmProvisioner(LocalProvisioner):
    """Starts kernels of this environment warm, others and elsewhere cold."""

    process: Any = None  # a WarmProcess or a Popen

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and return how to connect to it."""
        request = request_of(cmd, kwargs)
        if request is not None and not _cold:
            try:
                await self._launch_warm(request)
                return self.connection_info
            except RunnerError as error:
                _cold.append(str(error))
                self.log.warning(
                    "Kernels start cold, in seconds instead of milliseconds: no warm process can "
                    "be had (%s).",
                    error,
                )
        return await super().launch_kernel(cmd, **kwargs)

    async def _launch_warm(self, request: Request) -> None:
        if why := process.possible():
            raise RunnerError(why)
        coming = process.keeper(_preload).ask(request)
        self.process = await asyncio.wrap_future(coming)
        self.pid = self.pgid = self.process.pid  # it leads its own session
        self.cwd = request.cwd

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it started, unless it is gone already."""
        if self.process is not None and self.process.poll() is None:
            await super().send_signal(signum)


def request_of(cmd: list[str], kwargs: dict[str, Any]) -> Request | None:
    """Return what to ask of the zygote; None if the command or its options are another's."""
    program, *arguments = cmd
    if arguments[:1] == ["-Xfrozen_modules=off"]:
        del arguments[0]
    if os.path.abspath(program) != os.path.abspath(sys.executable) or arguments[:2] != _LAUNCHER:
        return None
    options = LocalProvisioner._scrub_kwargs(kwargs)
    env, cwd = dict(options.pop("env", os.environ)), options.pop("cwd", None) or os.getcwd()
    streams = [options.pop(name, None) for name in ("stdout", "stderr")]
    if options or any(stream is not None and not _is_open(stream) for stream in streams):
        return None
    names = {name for name in env.keys() | os.environ.keys() if name.startswith(_AT_START)}
    if any(env.get(name) != os.environ.get(name) for name in names) or not os.path.isdir(cwd):
        return None
    env["JPY_PARENT_PID"] = str(os.getpid())  # as jupyter_client's own launcher sets it
    out, err = (1 if streams[0] is None else streams[0]), (2 if streams[1] is None else streams[1])
    return Request([os.path.expanduser(word) for word in arguments[2:]], env, cwd, out, err)


def _is_open(stream: Any) -> bool:
    """Tell a descriptor from a file object and from ``subprocess.PIPE``."""
    return isinstance(stream, int) and stream >= 0


def _preload() -> tuple[str, ...]:
    """Return what this curriculum's notebooks import, as far as it may be imported early."""
    root, names = find_root(), tuple[str, ...]()
    if root is not None:
        with suppress(Exception):  # what is wrong with a curriculum is told where it matters
            settings = load_settings(root)
            names = (*settings.preload, *curriculum_imports(settings))
    return tuple(name for name in names if name.split(".")[0] not in _SNIFFERS)
