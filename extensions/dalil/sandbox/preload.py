"""What a warm zygote imports and touches before its first fork, so that no child has to.

BLAS threads are pinned by the environment before this module is imported. Nothing here may leave a
thread, an event loop, a ZMQ context, an open figure or a random state that children would share.
"""

from __future__ import annotations

import ast
import ctypes
import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress

from dalil.syntax import parse

# What the sciences of the curriculum use, and what IPython would import in the first cells.
USUAL = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.random"),
    *("scipy", "scipy.ndimage", "scipy.signal", "scipy.stats", "scipy.optimize", "scipy.special"),
    *("scipy.interpolate", "scipy.spatial", "scipy.fft", "scipy.sparse", "scipy.linalg"),
    *("pandas", "matplotlib", "matplotlib.pyplot", "matplotlib.figure"),
    *("skimage", "skimage.io", "skimage.filters", "skimage.color", "skimage.transform"),
    *("skimage.morphology", "skimage.measure", "skimage.feature", "skimage.util", "skimage.draw"),
    *("skimage.exposure", "skimage.metrics", "skimage.restoration", "skimage.segmentation"),
    *("PIL.Image", "ipywidgets", "dalil.case", "dalil.case.handover", "dalil.case.explain"),
    *("IPython.core.completerlib", "IPython.core.magics", "IPython.extensions.storemagic"),
    *("sqlite3", "pdb", "csv", "zipfile", "hashlib", "statistics", "fractions", "decimal"),
    *("unittest.mock", "asyncio", "concurrent.futures", "multiprocessing", "email.message"),
)
# Libraries that start threads or state on import, or that must see a shell first.
NEVER = ("pyarrow", "matplotlib_inline", "torch", "tensorflow", "jax", "dask", "distributed")

_POOL = 16 * 1024  # bytes that CPython's allocator keeps for objects of one size (obmalloc.c)
_BYTES = sys.getsizeof(b"")
_MOST_GAPS = 100_000
_GAPS: list[bytes] = []


def imports_of(sources: Iterable[str]) -> tuple[str, ...]:
    """Return the modules that Python *sources* import, sorted: what is worth importing ahead.

    Sources that cannot be parsed (cell magics, mistakes) are passed over, and so is everything of
    the course's own (``dalil.courses``): it changes while a zygote lives.
    """
    found: set[str] = set()
    for source in sources:
        lines = [line for line in source.splitlines() if line.lstrip()[:1] not in ("%", "!")]
        with suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(parse("\n".join(lines))):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module)
                    found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted(name for name in found if not name.startswith(("__", "dalil"))))


def load(names: Iterable[str]) -> list[str]:
    """Import what can be imported of *names*; return those that were."""
    done = []
    for name in dict.fromkeys((*USUAL, *names)):
        if name.split(".")[0] in NEVER:
            continue
        with suppress(Exception):  # a name of the curriculum may be a function, or not installed
            importlib.import_module(name)
            done.append(name)
    return done


def settle() -> None:
    """Put the heap in the shape that is shared longest; call once, right before the first fork."""
    gc.collect()
    gc.freeze()
    with suppress(AttributeError, OSError):  # glibc has it: what is free between objects goes back
        ctypes.CDLL(None).malloc_trim(0)
    _fill_pools()


def _fill_pools() -> None:
    """Take the gaps that Python's allocator would fill first.

    An object that a child makes in a gap costs it a page that was shared; without gaps its objects
    lie side by side in pages of its own.
    """
    for size in range(48, 513, 16):
        last, side_by_side = 0, 0
        while side_by_side < _POOL // size - 4 and len(_GAPS) < _MOST_GAPS:
            _GAPS.append(bytes(size - _BYTES))
            side_by_side = side_by_side + 1 if id(_GAPS[-1]) - last == size else 0
            last = id(_GAPS[-1])


def check_single() -> None:
    """Raise RuntimeError if this process has threads: a fork would copy locks that nobody frees."""
    threads = threading.active_count()
    if sys.platform == "linux":
        threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        names = [thread.name for thread in threading.enumerate()]
        raise RuntimeError(f"the zygote has {threads} threads ({names}); mend what it preloads")


def reseed() -> None:
    """Give a child random numbers of its own; the standard library's own reseeds itself."""
    import random

    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()
