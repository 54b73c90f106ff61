"""The fictive papers, pictures and logs of the staged office."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image as Picture
from PIL import PngImagePlugin

from dalil.forging import iso, zip_bytes

_BIDDERS = ("Atlas Najm", "Rihla Service", "Nour Batiments", "Sahil Travaux", "Kawkab Logistique")
_WORDS = ("facture", "devis", "livraison", "commande", "note", "avoir", "relevé", "bordereau")


def document(lines: Sequence[str], modified: datetime, picture: bytes = b"") -> bytes:
    """An office document (a zip archive) whose core properties say *modified*, in UTC."""
    text = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    stamp = iso(modified.replace(microsecond=0))
    members = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types/>',
        "docProps/core.xml": '<?xml version="1.0"?><cp:coreProperties><dcterms:modified '
        f'xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>',
        "word/document.xml": f'<?xml version="1.0"?><w:document><w:body>{text}</w:body>'
        "</w:document>",
    }
    parts = {name: data.encode("utf-8") for name, data in members.items()}
    if picture:
        parts["word/media/image1.jpeg"] = picture
    return zip_bytes(parts, modified)


def offers(rng: np.random.Generator, rows: int) -> bytes:
    """A table of offers; equal *rows* give equal length."""
    lines = ["lot;soumissionnaire;montant"]
    for lot in range(1, rows + 1):
        name = _BIDDERS[int(rng.integers(len(_BIDDERS)))]
        lines.append(f"{lot:03d};{name:<18};{int(rng.integers(100_000, 999_999))}.00")
    return ("\r\n".join(lines) + "\r\n").encode("utf-8")


def old_text(rng: np.random.Generator, size: int) -> bytes:
    """What an earlier life of the disk left: lines of old business papers."""
    lines = [
        f"{_WORDS[int(word)]} {int(number):05d} ..... {int(amount) / 100:.2f}\r\n"
        for word, number, amount in zip(
            rng.integers(len(_WORDS), size=400),
            rng.integers(100_000, size=400),
            rng.integers(10**6, size=400),
            strict=True,
        )
    ]
    text = "".join(lines).encode("utf-8")
    return (text * (size // len(text) + 1))[:size]


def thumbnail(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], uri: str) -> bytes:
    """A thumbnail as desktops keep it (freedesktop.org): PNG, with the address of its original."""
    small = Picture.fromarray(pixels).convert("L").resize((128, 96))
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Thumb::URI", uri)
    stream = io.BytesIO()
    small.save(stream, "PNG", compress_level=0, pnginfo=notes)
    return stream.getvalue()


def thumbnail_name(uri: str) -> str:
    """What a thumbnail is called: the MD5 digest of the address."""
    return hashlib.md5(uri.encode("utf-8"), usedforsecurity=False).hexdigest() + ".png"


def recent(visits: Mapping[str, tuple[datetime, datetime]]) -> bytes:
    """A list of recent documents: path → when it was added and last visited."""
    items = "".join(
        f'  <bookmark href="file://{quote(path)}" added="{_micro(added)}" '
        f'modified="{_micro(visited)}" visited="{_micro(visited)}"/>\n'
        for path, (added, visited) in visits.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<xbel version="1.0">\n{items}</xbel>\n'.encode()
    )


def letter(sender: str, receiver: str, sent: datetime, taken: datetime, body: str) -> bytes:
    """A mail; *sent* and *taken* (by the receiver's server) are written with their own offsets."""
    shape = "%a, %d %b %Y %H:%M:%S %z"
    return (
        f"Received: from relay.poste.example by mx.marches.example with ESMTPS; {taken:{shape}}\r\n"
        f"From: {sender}\r\nTo: {receiver}\r\nSubject: lots 3 et 7\r\nDate: {sent:{shape}}\r\n"
        f"Message-ID: <{taken:%Y%m%d%H%M%S}@poste.example>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    ).encode()


def _micro(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S.%f}Z"
