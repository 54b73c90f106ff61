"""A person's folders: ~/exercises/<module>/, ~/lessons/<module>.ipynb, ~/previews/<module>/.

Links are not followed, and what a person has written is never overwritten: the work of an earlier
attempt is put aside under a name of its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalil.errors import ExchangeError
from dalil.exchange.desk import Desk, open_desk
from dalil.server.bundle import CASE, EXHIBITS, Bundle, identity
from dalil.server.localising import written
from dalil.server.refusals import Refusal

EXERCISES, LESSONS, PREVIEWS = "exercises", "lessons", "previews"
RECEIPT = "receipt.json"
MAX_NOTEBOOK_BYTES = 64 << 20
MAX_CASE_BYTES = 4 << 20
_MOST_ASIDE = 1000


@dataclass(frozen=True)
class Laid:
    """Where a case lies now; ``aside`` is where earlier work was put, ``fresh`` whether the
    notebook is new."""

    folder: str
    notebook: str
    attempt: int
    fresh: bool
    aside: str | None


@contextlib.contextmanager
def desk(home: Path, *names: str) -> Iterator[Desk]:
    """A folder below *home*, made if it is not there. Raises Refusal for a link on the way."""
    with contextlib.ExitStack() as stack, in_words():
        found = stack.enter_context(open_desk(home))
        for name in names:
            found = stack.enter_context(found.folder(name))
        yield found


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Make a desk's error one that the panel has a text for."""
    try:
        yield
    except ExchangeError as error:
        path = str(error).partition(": ")[0]
        raise Refusal(str(error), "blocked", path=_short(path)) from error


def lay(home: Path, parent: str, module: str, bundle: Bundle, *, anew: bool = False) -> Laid:
    """Put a case into ``~/<parent>/<module>/``.

    The same case again: missing or altered exhibits are restored, the notebook stays as it is
    (unless it is wanted *anew*). Another case: the folder with the earlier work gets a name of its
    own, then the new one is made.
    """
    aside = None
    with desk(home, parent) as above:
        if above.holds(module):
            with above.folder(module) as place:
                there = case_in(place)
                busy = place.holds(f"{module}.ipynb")
            other = there is not None and identity(there) != bundle.attempt
            if busy and other and not anew:
                aside = f"{parent}/{_put_aside(above, module, identity(there or {})[1])}"
        with above.folder(module) as place:
            with place.folder(EXHIBITS) as exhibits:
                for name, content in bundle.exhibits.items():
                    if not exhibits.is_file(name, content):
                        exhibits.write(name, content)
            place.write(CASE, bundle.case_text)
            fresh = place.write(f"{module}.ipynb", bundle.notebook, replace=anew)
    folder = f"{parent}/{module}"
    return Laid(folder, f"{folder}/{module}.ipynb", bundle.attempt[1], fresh, aside)


def case_in(place: Desk) -> dict[str, Any] | None:
    """The case.json in a folder; None if there is none that can be read."""
    try:
        found = json.loads(place.read(CASE, MAX_CASE_BYTES))
    except (ExchangeError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def work(home: Path, module: str) -> tuple[bytes, int]:
    """The person's notebook as it lies on disk, and the attempt that it answers."""
    name = f"{module}.ipynb"
    path = f"{EXERCISES}/{module}/{name}"
    with desk(home, EXERCISES) as above:
        if not above.holds(module):
            raise Refusal(f"{path}: missing; fetch the exercise first", "missingWork", path=path)
        with above.folder(module) as place:
            if not place.holds(name):
                raise Refusal(f"{path}: missing", "missingWork", path=path)
            case = case_in(place)
            if case is None:
                line = f"{path}: its case.json is missing or damaged; get the exhibits again"
                raise Refusal(line, "missingWork", path=f"{EXERCISES}/{module}/{CASE}")
            return place.read(name, MAX_NOTEBOOK_BYTES), identity(case)[1]


def keep_receipt(home: Path, module: str, receipt: dict[str, Any]) -> None:
    """Leave the receipt beside the work."""
    text = json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with desk(home, EXERCISES, module) as place:
        place.write(RECEIPT, f"{text}\n".encode())


def keep_lesson(home: Path, module: str, notebook: dict[str, Any]) -> bool:
    """Put a lesson into ~/lessons/; False if one is there already, which stays."""
    with desk(home, LESSONS) as place:
        return place.write(f"{module}.ipynb", written(notebook), replace=False)


def _put_aside(above: Desk, module: str, attempt: int) -> str:
    """Rename the folder of an earlier attempt; returns its new name."""
    for n in range(_MOST_ASIDE):
        name = f"{module}-attempt-{attempt}" + (f"-{n}" if n else "")
        if not above.holds(name):
            above.rename(module, name)
            return name
    raise Refusal(f"{module}: too many earlier attempts lie here", "blocked", path=module)


def _short(path: str) -> str:
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(Path.home()))
    return path
