"""Disk forensics: image and digests, partitions, files and deleted files, carving, timelines.

Sources: FIPS 180-4 (SHA-256); ISO/IEC 27037:2012 and 27042:2015 (digital evidence); UEFI, chapter 5
(GPT); Microsoft's FAT specification 1.03; the Linux kernel's documentation of ext4; ITU-T T.81 and
EXIF 2.3 (JPEG); the IANA time zone database; The Sleuth Kit (Carrier, "File System Forensic
Analysis", 2005) for volumes, file systems and the form of the timeline.
"""

from dalil.courses.custody.methods import table
from dalil.courses.disk.methods.carving import (
    Carved,
    carve_jpegs,
    declared,
    free_runs,
    identify,
    is_uniform,
    jpeg_end,
)
from dalil.courses.disk.methods.files import (
    STAMPS,
    Entry,
    content,
    ext_inode,
    fat_entry,
    fat_times,
    file_runs,
    find,
    list_files,
    spelled,
)
from dalil.courses.disk.methods.image import (
    PIECE,
    SECTOR,
    Image,
    differing,
    open_image,
    read_record,
    read_request,
    read_table,
    sha256,
)
from dalil.courses.disk.methods.plan import OPENED, TRICKS, Plan, draw_plan
from dalil.courses.disk.methods.records import (
    Line,
    inner_date,
    log_lines,
    received,
    recent_documents,
)
from dalil.courses.disk.methods.showing import (
    hex_view,
    layout_figure,
    slack,
    timeline_figure,
)
from dalil.courses.disk.methods.staging import EVENTS, IMAGE, RECORD, REQUEST, Staged, stage
from dalil.courses.disk.methods.timeline import Moment, between, body_line, timeline
from dalil.courses.disk.methods.times import (
    ZONE,
    clock_changes,
    fat_local,
    instants,
    legal,
    true_time,
)
from dalil.courses.disk.methods.tricks import displayed, other_kind, reordering, set_back, wiped
from dalil.courses.disk.methods.volumes import (
    Area,
    Table,
    Volume,
    file_systems_in,
    hidden_file_systems,
    open_partitions,
    open_volume,
    read_table_of,
)

__all__ = [
    "EVENTS",
    "IMAGE",
    "OPENED",
    "PIECE",
    "RECORD",
    "REQUEST",
    "SECTOR",
    "STAMPS",
    "TRICKS",
    "ZONE",
    "Area",
    "Carved",
    "Entry",
    "Image",
    "Line",
    "Moment",
    "Plan",
    "Staged",
    "Table",
    "Volume",
    "between",
    "body_line",
    "carve_jpegs",
    "clock_changes",
    "content",
    "declared",
    "differing",
    "displayed",
    "draw_plan",
    "ext_inode",
    "fat_entry",
    "fat_local",
    "fat_times",
    "file_runs",
    "file_systems_in",
    "find",
    "free_runs",
    "hex_view",
    "hidden_file_systems",
    "identify",
    "inner_date",
    "instants",
    "is_uniform",
    "jpeg_end",
    "layout_figure",
    "legal",
    "list_files",
    "log_lines",
    "open_image",
    "open_partitions",
    "open_volume",
    "other_kind",
    "read_record",
    "read_request",
    "read_table",
    "read_table_of",
    "received",
    "recent_documents",
    "reordering",
    "set_back",
    "sha256",
    "slack",
    "spelled",
    "stage",
    "table",
    "timeline",
    "timeline_figure",
    "true_time",
    "wiped",
]
