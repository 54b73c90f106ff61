"""How long the figures of progress take for an academy of thousands, from asked to JSON.

The academy is on record only (``roll``): people, due dates and events, but no gradebook.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

from dalil.bench.meter import spent
from dalil.bench.programs import Step, serve
from dalil.bench.roll import RollModule, roll_modules, write_roll
from dalil.ledger import Database, Ledger
from dalil.progress import LISTS, VIEWS, Figures, Progress, csv_lines, table_of, xlsx

Only: TypeAlias = dict[str, str | None]
Taken: TypeAlias = tuple[float, float]
FIRST = "cohort"  # what the app opens with
LINES = 200  # of a list, as the app asks for them
_COHORT = "cohort 3"


@dataclass(frozen=True)
class Places:
    """Where the academy's records lie."""

    records: Path

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.records / 'dalil.db'}"

    @property
    def keys(self) -> Path:
        return self.records / "keys"


def progress(request: dict[str, Any], step: Step) -> dict[str, Any]:
    """Seconds (by the clock and of the processor) of each question, ``repeats`` times.

    The academy is made in ``folder``: ``people`` trainees and up to three events of each in each of
    ``modules`` modules.
    """
    places = Places(Path(request["folder"]))
    modules = roll_modules(request["modules"])
    repeats: int = request["repeats"]
    total = repeats + 2
    with spent() as used:
        events = write_roll(Database(places.database_url), request["people"], modules)
        step(1, total)
        seconds: dict[str, list[Taken]] = {
            "build": [_seconds(lambda: _open(places, modules).by(FIRST))]
        }
        step(2, total)
        for number in range(1, repeats + 1):
            for name, taken in _round(places, modules, number).items():
                seconds.setdefault(name, []).extend(taken)
            step(number + 2, total)
    return {"events": events, "seconds": seconds, "others": used.others, **request}


def _round(places: Places, modules: Sequence[RollModule], number: int) -> dict[str, list[Taken]]:
    """A service that starts, is asked for everything, and is asked again after an event."""
    kept = Progress(places)  # knows nothing yet but what the file says

    def first() -> Any:
        return kept.figures(modules).by(FIRST)

    found = {"cold": [_seconds(first)]}
    found["views"] = [_seconds(ask) for ask in _questions(kept, modules)]
    ledger = Ledger(places.database_url, places.keys)
    about: dict[str, Any] = {"trainee": "trainee00007", "module": modules[number % len(modules)].id}
    ledger.append("issued", who="bench", attempt=2, **about)
    found["event"] = [_seconds(first)]
    view = table_of("trainee", kept.figures(modules).by("trainee")["rows"])
    found["csv"] = [_seconds(lambda: "".join(csv_lines(view)))]
    found["xlsx"] = [_seconds(lambda: len(xlsx(view)))]
    return found


def _questions(kept: Progress, modules: Sequence[RollModule]) -> list[Callable[[], Any]]:
    """Every view and list, alone and with every filter, and one trainee."""
    found: list[Callable[[], Any]] = [
        lambda: kept.figures(modules).trainee("trainee00017"),
        lambda: kept.figures(modules).choices(),
    ]
    for cohort, module in product((None, _COHORT), (None, modules[-1].id)):
        only = {"cohort": cohort, "module": module}
        found += [partial(_by, kept, modules, view, only) for view in VIEWS]
        found += [partial(_listed, kept, modules, name, only) for name in LISTS]
    return found


def _by(kept: Progress, modules: Sequence[RollModule], view: str, only: Only) -> Any:
    return kept.figures(modules).by(view, **only)


def _listed(kept: Progress, modules: Sequence[RollModule], name: str, only: Only) -> Any:
    return kept.figures(modules).listed(name, limit=LINES, **only)


def _open(places: Places, modules: Sequence[RollModule]) -> Figures:
    return Progress(places).figures(modules)


def _seconds(ask: Callable[[], Any]) -> Taken:
    begun, cpu = time.perf_counter(), time.process_time()
    json.dumps(ask(), ensure_ascii=False)
    return time.perf_counter() - begun, time.process_time() - cpu


if __name__ == "__main__":
    serve(progress)
