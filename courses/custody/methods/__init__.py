"""Chain of custody: digests, hand-over logs, the hash chain that binds a log, and gaps.

Tables are lists of ``dict[str, str]``, one per row, each field exactly as it was written: a reader
that tidies up evidence changes it. Digests are SHA-256 (FIPS 180-4) as 64 hexadecimal digits.

Sources: FIPS 180-4 for SHA-256; ISO/IEC 27037:2012 for what a custody record holds (unique item,
who, when, where, why, and changes made); ISO 21043-5:2025 for how item integrity is reported.
"""

from dalil.courses.custody.methods.digests import open_pack, same_digest, sha256_bytes, sha256_file
from dalil.courses.custody.methods.log import (
    FIRST,
    LOCKED,
    LOG_COLUMNS,
    MAX_MINUTES,
    Gap,
    Row,
    chain_hash,
    chained,
    find_gaps,
    instant,
    minutes_between,
)
from dalil.courses.custody.methods.seizure import seized_files
from dalil.courses.custody.methods.showing import LABELS, table, timeline
from dalil.courses.custody.methods.staging import KINDS, LOG, MANIFEST, PACK, Staged, stage
from dalil.courses.custody.methods.tables import MANIFEST_COLUMNS, read_log, read_manifest

__all__ = [
    "FIRST",
    "KINDS",
    "LABELS",
    "LOCKED",
    "LOG",
    "LOG_COLUMNS",
    "MANIFEST",
    "MANIFEST_COLUMNS",
    "MAX_MINUTES",
    "PACK",
    "Gap",
    "Row",
    "Staged",
    "chain_hash",
    "chained",
    "find_gaps",
    "instant",
    "minutes_between",
    "open_pack",
    "read_log",
    "read_manifest",
    "same_digest",
    "seized_files",
    "sha256_bytes",
    "sha256_file",
    "stage",
    "table",
    "timeline",
]
