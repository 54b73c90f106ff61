"""IPython's kernel without ZMQ: ipykernel's own shell, publishing through one function.

Outputs are those of ipykernel because its classes make them; only the session that would sign and
send them is ours. Made before the fork, so that a child can run its first cell at once.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

from ipykernel.ipkernel import IPythonKernel
from jupyter_client.session import Session
from traitlets.config import Config

Publish: TypeAlias = Callable[[str, dict[str, Any]], None]

_FLUSH_SECONDS = 0.2  # as ipykernel's streams
_FLUSH_CHARACTERS = 32768
_LONGEST = 1 << 18  # characters of one message


class DirectSession(Session):
    """A session that hands messages to ``publish`` as (kind, content), without parent and buffers.

    Where somebody is spoken to who wants those, ``deliver`` is another function.
    """

    publish: Publish

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.deliver: Callable[[dict[str, Any], Sequence[Any]], None] = self._publish

    def _publish(self, message: dict[str, Any], buffers: Sequence[Any]) -> None:
        self.publish(message["msg_type"], message["content"])

    def msg(
        self,
        msg_type: str,
        content: dict[str, Any] | None = None,
        parent: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        head = header or {"msg_type": msg_type, "msg_id": ""}
        return {
            "header": head,
            "msg_type": msg_type,
            "content": content or {},
            "parent_header": parent or {},
            "metadata": metadata or {},
        }

    def send(  # noqa: PLR0917  # as jupyter_client has it
        self,
        stream: Any,
        msg_or_type: Any,
        content: dict[str, Any] | None = None,
        parent: dict[str, Any] | None = None,
        ident: Any = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        message = msg_or_type
        if not isinstance(message, dict):
            message = self.msg(message, content, parent, header, metadata)
        self.deliver(message, buffers or ())


class Stream(io.TextIOBase):
    """Standard output or error of the notebook; in a forked child of it, the descriptor."""

    encoding = "UTF-8"

    def __init__(self, name: str, descriptor: int, publish: Publish) -> None:
        self.name, self._descriptor, self._publish = name, descriptor, publish
        self._parts: list[str] = []
        self._size, self._sent = 0, 0.0
        self._lock = threading.RLock()
        self._pid = os.getpid()
        os.register_at_fork(after_in_child=self._forget)

    def start(self) -> None:
        """Belong to this process from now on."""
        self._forget()
        self._pid = os.getpid()

    def begin(self) -> None:
        """Begin a cell: its first print need not be on its way at once."""
        self._sent = time.monotonic()

    def write(self, text: str) -> int:
        if not text and isinstance(text, str):
            return 0
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if os.getpid() != self._pid:
            _write_all(self._descriptor, text.encode("utf-8", "replace"))
            return len(text)
        with self._lock:
            self._parts.append(text)
            self._size += len(text)
            now = time.monotonic()
            if self._size > _FLUSH_CHARACTERS or now - self._sent > _FLUSH_SECONDS:
                self.flush()
        return len(text)

    def flush(self) -> None:
        with self._lock:
            if self._parts and os.getpid() == self._pid:
                text, self._parts, self._size = "".join(self._parts), [], 0
                self._sent = time.monotonic()
                for start in range(0, len(text), _LONGEST):
                    part = text[start : start + _LONGEST]
                    self._publish("stream", {"name": self.name, "text": part})

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def _forget(self) -> None:
        self._parts, self._size, self._lock = [], 0, threading.RLock()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


class _Loop:
    """What ipykernel asks of tornado's loop while a cell runs; ``exit()`` must not stop it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def add_callback(self, callback: Callable[..., Any], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(callback, *arguments)

    def call_later(self, delay: float, callback: Callable[..., Any]) -> None:
        """Only ``exit()`` asks, to stop the loop; the cells below it still count."""

    def stop(self) -> None:
        """As above."""


class Cells:
    """Runs cells in this process. Made in the zygote; ``start`` in each child."""

    def __init__(self) -> None:
        self._publish: Publish = lambda kind, content: None
        sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]  # 0.3 s, for nobody
        config = Config()
        config.HistoryManager.enabled = False
        session = DirectSession(key=b"none")
        session.publish = self._say
        log = logging.getLogger(__name__)  # the application's, which we have not
        make: Any = IPythonKernel  # ipykernel says little of its types
        ours = {"session": session, "iopub_socket": object(), "config": config, "log": log}
        self.kernel = make(user_ns=None, **ours)  # None: the names that a module begins with
        self.shell = self.kernel.shell
        self._first_names = dict(self.shell.user_ns)
        self.shell.displayhook.topic = None
        self.kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
        self.shell.extension_manager.load_extension("storemagic")
        if (pandas := sys.modules.get("pandas")) is not None:
            pandas.set_option("display.max_columns", 20)  # 0 when imported outside a notebook
        self.out, self.err = Stream("stdout", 1, self._say), Stream("stderr", 2, self._say)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._number = 0

    def _say(self, kind: str, content: dict[str, Any]) -> None:
        self._publish(kind, content)

    def start(self, publish: Publish) -> None:
        """Begin in this process: messages go to *publish*, prints become messages."""
        self._publish = publish
        self.out.start()
        self.err.start()
        sys.stdout, sys.stderr = self.out, self.err
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self.kernel.io_loop = _Loop(self._loop)

    def redirect(self, publish: Publish) -> None:
        """Let messages go to *publish* from now on."""
        self._publish = publish

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which cells run, from ``start`` to ``stop``."""
        assert self._loop is not None
        return self._loop

    def run(self, source: str) -> None:
        """Run one cell; whatever it raises has become a message."""
        assert self._loop is not None
        self._number += 1
        parent = {"header": {"msg_id": f"cell-{self._number}", "msg_type": "execute_request"}}
        self.kernel.set_parent([], parent)
        self.out.begin()
        self.err.begin()
        try:
            work = self.kernel.do_execute(source, silent=False, store_history=True)
            self._loop.run_until_complete(work)
        except KeyboardInterrupt:  # it came between two lines of ours
            pass
        finally:
            self.out.flush()
            self.err.flush()

    def rehearse(self) -> None:
        """Run what notebooks do first, once, so that its cost is paid before the fork."""
        self.start(lambda kind, content: None)
        try:
            for source in _REHEARSAL:
                self.run(source)
        finally:
            self.stop()
            self.forget()

    def stop(self) -> int:
        """Give back streams and loop; return how many tasks of the cells were still under way."""
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        assert self._loop is not None
        left = len(asyncio.all_tasks(self._loop))
        self._loop.close()
        self._loop = None
        asyncio.set_event_loop(None)
        self._publish = lambda kind, content: None
        return left

    def forget(self) -> None:
        """Leave no name, history or figure of what was run."""
        import linecache

        if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
            pyplot.close("all")
        self.shell.reset(new_session=True)
        for name, value in self._first_names.items():  # a new kernel has more than a reset one
            self.shell.user_ns.setdefault(name, value)
        self.shell.execution_count = 1
        linecache.clearcache()
        self._number = 0


_REHEARSAL = (
    "import numpy as np, pandas as pd\npd.DataFrame({'a': np.arange(3.0), 'b': list('xyz')})",
    "import matplotlib.pyplot as plt\nplt.plot([0, 1], [1, 0]); plt.title('a'); plt.show()",
    "fig, ax = plt.subplots(); ax.imshow(np.zeros((4, 4))); ax.set_xlabel('x'); plt.show()",
    "def f(x):\n    return 1 / x\nf(0)",
    "print('a'); 'b'",
    "a b",
    "import asyncio\nawait asyncio.sleep(0)",
)
