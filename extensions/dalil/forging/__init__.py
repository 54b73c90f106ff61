"""What ``graders/<module>/evidence.py``, lessons and apps make exhibits with.

Equal seeds give equal bytes whatever PYTHONHASHSEED, time zone and locale, as long as random
numbers come from ``seed.rng("name")``, moments from ``seed.clock(...)`` or ``dalil.forging.clocks``
and files from the writers here. One purpose, one name: two draws that must not depend on each
other use two names.
"""

from dalil.forging.archives import (
    csv_text,
    json_text,
    write_csv,
    write_json,
    write_text,
    write_zip,
    zip_bytes,
)
from dalil.forging.clocks import iso, utc, working_moments
from dalil.forging.people import Lab, Person, Town, labs, officers, towns
from dalil.forging.seeds import Seed, derive, practice

__all__ = [
    "Lab",
    "Person",
    "Seed",
    "Town",
    "csv_text",
    "derive",
    "iso",
    "json_text",
    "labs",
    "officers",
    "practice",
    "towns",
    "utc",
    "working_moments",
    "write_csv",
    "write_json",
    "write_text",
    "write_zip",
    "zip_bytes",
]
