"""Backups of an academy: one file that holds all of it, and putting one back.

A backup holds the academy's secrets: the keys that forge and sign, the truth of every case and
everybody's work. Whoever has the file has all of that.
"""

from dalil.backup.archive import Archive, Manifest
from dalil.backup.making import FOLDER, Backup, backup_of, backups, make_backup
from dalil.backup.restoring import Restored, inspect, restore

__all__ = [
    "FOLDER",
    "Archive",
    "Backup",
    "Manifest",
    "Restored",
    "backup_of",
    "backups",
    "inspect",
    "make_backup",
    "restore",
]
