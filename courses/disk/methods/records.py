"""What programs wrote down themselves: logs, recent documents, mail, dates inside of documents.

Sources: RFC 5424 and 3339 (times in logs), RFC 5322 (mail), the XBEL list of recent documents
(freedesktop.org), ISO/IEC 29500-2 (core properties of office documents), EXIF 2.3.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import unquote

from PIL import Image as Picture

_RECENT = re.compile(r'<bookmark\s+href="file://([^"]*)"[^>]*\bvisited="([^"]*)"')
_CORE = re.compile(rb"<dcterms:modified[^>]*>([^<]{10,40})<")
_EXIF_DETAIL, _TAKEN, _WRITTEN = 0x8769, 0x9003, 0x0132
_MAX_PROPERTIES = 1_000_000


@dataclass(frozen=True)
class Line:
    """A line of a log: its moment in UTC, and what follows."""

    when: datetime
    text: str


def log_lines(data: bytes) -> list[Line]:
    """The lines of a log that begin with an ISO 8601 time with its offset; others are left out."""
    lines = []
    for line in data.decode("utf-8", "replace").splitlines():
        stamp, _, text = line.partition(" ")
        when = _iso(stamp)
        if when:
            lines.append(Line(when, text))
    return lines


def recent_documents(data: bytes) -> dict[str, datetime]:
    """Path → when it was last opened, from a list of recent documents (``recently-used.xbel``).

    The moment is that of the computer's clock, in UTC.
    """
    found: dict[str, datetime] = {}
    for path, visited in _RECENT.findall(data.decode("utf-8", "replace")):
        when = _iso(visited)
        if when:
            found[unquote(unescape(path))] = when
    return found


def received(data: bytes) -> list[datetime]:
    """When each server took over a mail, newest first: the ends of its ``Received`` lines."""
    moments = []
    for line in message_from_bytes(data).get_all("Received", []):
        try:
            when = parsedate_to_datetime(str(line).rpartition(";")[2].strip())
        except (ValueError, TypeError):
            continue
        if when.tzinfo is not None:
            moments.append(when.astimezone(UTC))
    return moments


def inner_date(data: bytes) -> datetime | None:
    """The date that a file carries inside: an office document's last change, a photograph's moment.

    The former is UTC; the latter, the camera's local time, is given without a zone.
    """
    if data.startswith(b"PK"):
        return _document_date(data)
    if data.startswith(b"\xff\xd8"):
        return _photograph_date(data)
    return None


def _document_date(data: bytes) -> datetime | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = archive.getinfo("docProps/core.xml")
            if member.file_size > _MAX_PROPERTIES:
                return None
            match = _CORE.search(archive.read(member))
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, ValueError):
        return None
    return _iso(match[1].decode("ascii", "replace")) if match else None


def _photograph_date(data: bytes) -> datetime | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = Picture.open(io.BytesIO(data)).getexif()
        text = exif.get_ifd(_EXIF_DETAIL).get(_TAKEN) or exif.get(_WRITTEN) or ""
        return datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except (OSError, ValueError, SyntaxError, TypeError, KeyError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo else None
