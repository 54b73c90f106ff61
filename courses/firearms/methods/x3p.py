"""The x3p container (ISO 25178-72, ISO 5436-2), from a file that may say anything."""

import hashlib
import math
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from dalil.courses.firearms.methods.surfaces import FirearmsError, Topography

MAX_POINTS = 40_000_000  # a 6000 x 6000 scan passes; a header that promises more is refused
MAX_XML_BYTES = 1_000_000


class X3PError(FirearmsError):
    """The file is not a surface in the x3p format, or it was changed after it was written."""


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise X3PError("main.xml declares a DOCTYPE, which x3p has no use for: refused")


def read_x3p(path: str | Path) -> Topography:
    """The surface in an x3p container (ISO 25178-72), its checksums verified.

    Heights of type I, L, F or D are accepted, with the optional bit map of valid points. The
    standard's unit is the metre; a step of 1 mm or more a pixel can only mean a writer that used
    micrometres, and is read so. Raises X3PError for anything else, OSError if it cannot be opened.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _surface(archive)
    except X3PError as error:
        raise X3PError(f"{path.name}: {error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise X3PError(f"{path.name}: not a readable x3p (zip) file: {error}") from error


def _part(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One part of the container, never more than ``limit`` bytes whatever its header says."""
    wanted = name.strip().replace("\\", "/").lstrip("/")
    try:
        member = archive.open(wanted)
    except KeyError:
        raise X3PError(f"the part {wanted!r} is missing: get the file again") from None
    with member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise X3PError(f"the part {wanted!r} is larger than the {limit} bytes expected")
    return content


def _verify(name: str, content: bytes, stated: str) -> None:
    words = stated.split()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if not words or words[0].strip("*").lower() != digest:
        raise X3PError(f"{name} does not meet its md5 checksum: the file was changed or damaged")


def _surface(archive: zipfile.ZipFile) -> Topography:
    raw = _part(archive, "main.xml", MAX_XML_BYTES)
    try:
        root = ElementTree.fromstring(raw, ElementTree.XMLParser(target=_NoDoctype()))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise error if isinstance(error, X3PError) else X3PError(f"main.xml: {error}") from None

    def text(tag: str, default: str | None = None) -> str:
        found = root.find(tag)
        if found is None or not (found.text or "").strip():
            if default is None:
                raise X3PError(f"main.xml has no {tag}")
            return default
        return str(found.text).strip()

    def number(tag: str, default: str | None = None) -> float:
        try:
            value = float(text(tag, default))
        except ValueError as error:
            raise error if isinstance(error, X3PError) else X3PError(f"{tag}: {error}") from None
        if not math.isfinite(value):
            raise X3PError(f"{tag} is {value}")
        return value

    stated = text("Record4/ChecksumFile", "md5checksum.hex")
    _verify("main.xml", raw, _part(archive, stated, 4096).decode("ascii", "replace"))
    if text("Record1/FeatureType", "SUR") != "SUR" or number("Record3/MatrixDimension/SizeZ") != 1:
        raise X3PError("not a surface of one layer (FeatureType SUR, SizeZ 1)")
    nx, ny = (number(f"Record3/MatrixDimension/Size{axis}") for axis in "XY")
    if not (nx % 1 == ny % 1 == 0 and nx >= 2 and ny >= 2 and nx * ny <= MAX_POINTS):
        raise X3PError(f"a matrix of {nx:g} x {ny:g} points is out of range (limit {MAX_POINTS})")
    steps = [number(f"Record1/Axes/C{axis}/Increment") for axis in "XY"]
    if min(steps) <= 0:
        raise X3PError(f"the pixel steps {steps} must be positive")
    unit = 1.0 if max(steps) >= 1e-3 else 1e6
    kind = text("Record1/Axes/CZ/DataType")
    if kind not in "ILFD" or len(kind) != 1:
        raise X3PError(f"heights of type {kind!r}: only I, L, F and D exist")
    count = int(nx * ny)
    stored = np.dtype({"I": "<i2", "L": "<i4", "F": "<f4", "D": "<f8"}[kind])
    link = "Record3/DataLink/"
    content = _part(archive, text(link + "PointDataLink"), count * stored.itemsize)
    if len(content) != count * stored.itemsize:
        raise X3PError(f"{len(content)} bytes of heights where {count * stored.itemsize} are due")
    if digest := text(link + "MD5ChecksumPointData", " "):
        _verify("the height data", content, digest) if digest.strip() else None
    heights = np.frombuffer(content, stored).astype(np.float64)
    if kind in "IL" or text("Record1/Axes/CZ/AxisType", "A") == "I":
        heights = heights * number("Record1/Axes/CZ/Increment", "1")
        heights += number("Record1/Axes/CZ/Offset", "0")
    heights[~np.isfinite(heights)] = np.nan
    if valid := text(link + "ValidPointsLink", " ").strip():
        bits = np.frombuffer(_part(archive, valid, count + 64), np.uint8)
        if bits.size * 8 < count:
            raise X3PError("the bit map of valid points is too short")
        heights[np.unpackbits(bits, count=count, bitorder="little") == 0] = np.nan
    return Topography(heights.reshape(int(ny), int(nx)) * unit, steps[0] * unit, steps[1] * unit)
