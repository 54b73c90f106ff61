"""ANSI/NIST-ITL transactions: records and fields read, changed and written, byte for byte.

ANSI/NIST-ITL 1-2011 (update 2015), traditional encoding (annex B). A file is a Type-1 record, whose
field 1.003 lists all others, and those records. Records are fields ``type.number:value`` with
separators: GS ends a field, RS a subfield, US an item, FS the record. The last field of an image
record (13.999, for one) holds raw bytes, in which the separators mean nothing: only the record's
length tells where it ends. Records of types 3 to 8 are binary, with their length in four bytes.

What is not understood is kept: ``write(read(data)) == data`` for each file that ``read`` accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dalil.courses.fingerprints.methods.enhancement import FingerprintError
from dalil.courses.fingerprints.methods.minutiae import BIFURCATION, ENDING, Minutia

FS, GS, RS, US = b"\x1c", b"\x1d", b"\x1e", b"\x1f"
BINARY = range(3, 9)  # record types without fields
RESOLVED = range(3, 8)  # image types whose resolution the Type-1 record states
IMAGES = (10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 98, 99)  # may end in a field 999 of bytes
MAX_BYTES = 64 * 1024 * 1024
_TAG = re.compile(rb"(\d{1,2})\.(\d{1,4}):")
_NUMBER = re.compile(rb"\d{1,9}")


class RecordError(FingerprintError):
    """The bytes are not an ANSI/NIST-ITL file, or a field does not hold what it should."""


@dataclass(frozen=True)
class Field:
    """One field: ``tag`` as it stands in the file ("9.137"), ``value`` as bytes."""

    tag: str
    value: bytes

    @property
    def number(self) -> int:
        return int(self.tag.split(".")[1])

    @property
    def subfields(self) -> list[list[str]]:
        """Subfields of items, as text (UTF-8, else Latin-1). Not for raw image data."""
        return [[_text(item) for item in part.split(US)] for part in self.value.split(RS)]


@dataclass(frozen=True)
class Record:
    """One record: its ``type``, its ``fields`` in order, or ``raw`` bytes for types 3 to 8."""

    type: int
    fields: tuple[Field, ...] = ()
    raw: bytes = b""

    @property
    def idc(self) -> int:
        """The information designation character: what ties image and minutiae together."""
        if self.type in BINARY:
            return self.raw[4]
        return _integer(self[2].value, f"{self.type}.002") if self.type != 1 else 0

    def get(self, number: int) -> Field | None:
        """The first field of that number, None without one."""
        return next((one for one in self.fields if one.number == number), None)

    def __getitem__(self, number: int) -> Field:
        if (found := self.get(number)) is None:
            raise RecordError(f"the Type-{self.type} record has no field {self.type}.{number:03d}")
        return found

    def with_field(self, number: int, value: bytes) -> Record:
        """A copy with that field set, or put in by its number, and the length counted anew."""
        new = Field(f"{self.type}.{number:03d}", value)
        if self.get(number):
            fields = [Field(one.tag, value) if one.number == number else one for one in self.fields]
        else:
            after = [n for n, one in enumerate(self.fields) if one.number > number]
            at = after[0] if after else len(self.fields)
            fields = [*self.fields[:at], new, *self.fields[at:]]
        return replace(self, fields=tuple(fields)).measured()

    def measured(self) -> Record:
        """A copy whose first field holds the record's length in bytes."""
        length, known = 0, -1
        record = self
        while length != known:
            known = length
            first = Field(self.fields[0].tag, str(known).encode())
            record = replace(self, fields=(first, *self.fields[1:]))
            length = len(record.encoded())
        return record

    def encoded(self) -> bytes:
        """The record as it stands in a file."""
        if self.type in BINARY:
            return self.raw
        return GS.join(one.tag.encode() + b":" + one.value for one in self.fields) + FS


def read(data: bytes) -> list[Record]:
    """The records of a file. Raises RecordError that says at which byte the file goes wrong."""
    if len(data) > MAX_BYTES:
        raise RecordError(f"{len(data)} bytes are more than the {MAX_BYTES} that are read")
    first, at = _fielded(data, 0)
    if first.type != 1:
        raise RecordError(f"the file must begin with a Type-1 record, not Type-{first.type}")
    records = [first]
    for kind in _announced(first):
        record, at = _binary(data, at, kind) if kind in BINARY else _fielded(data, at)
        if record.type != kind:
            raise RecordError(f"field 1.003 announces Type-{kind}, a Type-{record.type} is there")
        records.append(record)
    if at != len(data):
        raise RecordError(f"{len(data) - at} bytes follow the last record that field 1.003 lists")
    return records


def read_record(data: bytes) -> Record:
    """One record of fields by itself, with nothing after it. Raises RecordError."""
    record, end = _fielded(data, 0)
    if end != len(data):
        raise RecordError(f"{len(data) - end} bytes follow the record of {end} bytes")
    return record


def write(records: Sequence[Record]) -> bytes:
    """The file of *records*, the Type-1 record first. Lengths and contents are written as the
    records say; ``transaction`` makes them agree."""
    return b"".join(record.encoded() for record in records)


def _announced(first: Record) -> list[int]:
    """The types of the records that follow, as field 1.003 lists them."""
    parts = first[3].value.split(RS)
    kinds = [_integer(part.split(US)[0], "1.003") for part in parts[1:]]
    stated = parts[0].split(US)
    if len(stated) != 2 or stated[0] != b"1" or _integer(stated[1], "1.003") != len(kinds):
        raise RecordError(f"field 1.003 does not announce the {len(kinds)} records that it lists")
    return kinds


def _binary(data: bytes, at: int, kind: int) -> tuple[Record, int]:
    length = int.from_bytes(data[at : at + 4], "big")
    if length < 5 or at + length > len(data):
        raise RecordError(f"byte {at}: the binary record claims {length} bytes")
    return Record(kind, raw=data[at : at + length]), at + length


def _fielded(data: bytes, start: int) -> tuple[Record, int]:
    tag = _TAG.match(data, start)
    if tag is None or int(tag[2]) != 1:
        raise RecordError(f"byte {start}: a record must begin with its length, such as 9.001:")
    kind = int(tag[1])
    digits = _NUMBER.match(data, tag.end())
    if digits is None:
        raise RecordError(f"byte {tag.end()}: the record's length is not a number")
    end = start + int(digits[0])
    if not digits.end() < end <= len(data) or data[end - 1 : end] != FS:
        raise RecordError(f"byte {start}: the record of {int(digits[0])} bytes does not end in FS")
    return Record(kind, tuple(_fields(data, start, end - 1, kind))), end


def _fields(data: bytes, at: int, end: int, kind: int) -> Iterator[Field]:
    while True:
        tag = _TAG.match(data, at, end)
        if tag is None or int(tag[1]) != kind:
            raise RecordError(f"byte {at}: expected a field of Type-{kind}, such as {kind}.002:")
        raw = int(tag[2]) == 999 and kind in IMAGES
        stop = end if raw else data.find(GS, tag.end(), end)
        stop = end if stop < 0 else stop
        value = data[tag.end() : stop]
        if not raw and FS in value:
            raise RecordError(f"byte {at}: the record separator FS inside of a field")
        yield Field(tag[0][:-1].decode(), value)
        if stop == end:
            return
        at = stop + 1


def _integer(value: bytes, tag: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise RecordError(f"field {tag} should hold a whole number, not {value[:20]!r}")
    return int(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


# ------------------------------------------------------------------------------------- building


def text_record(kind: int, idc: int, values: Sequence[tuple[int, bytes]]) -> Record:
    """A record of *kind* with its length, its IDC and *values* (field number, bytes) in order."""
    fields = [Field(f"{kind}.001", b""), Field(f"{kind}.002", str(idc).encode())]
    fields += [Field(f"{kind}.{number:03d}", value) for number, value in values]
    return Record(kind, tuple(fields)).measured()


def transaction(
    records: Sequence[Record], *, when: str, agency: str, control: str, kind: str = "LFFS"
) -> list[Record]:
    """*records* with a Type-1 record in front that lists them.

    *when* is YYYYMMDD, *agency* names sender and receiver, *control* is the case's own number.
    Fields 1.011 and 1.012, the resolution of scanning and sending in pixels per mm, concern images
    of types 3 to 7 alone; without one they hold 00.00. All others state theirs themselves.
    """
    listed = [US.join([b"1", str(len(records)).encode()])]
    listed += [US.join([str(r.type).encode(), b"%02d" % r.idc]) for r in records]
    resolution = b"19.69" if any(one.type in RESOLVED for one in records) else b"00.00"
    values = [
        (2, b"0502"), (3, RS.join(listed)), (4, kind.encode()), (5, when.encode()),
        (7, agency.encode()), (8, agency.encode()), (9, control.encode()),
        (11, resolution), (12, resolution),
    ]  # fmt: skip
    fields = [Field("1.001", b""), *(Field(f"1.{n:03d}", value) for n, value in values)]
    return [Record(1, tuple(fields)).measured(), *records]


def minutiae_record(
    idc: int,
    minutiae: Sequence[Minutia],
    shape: tuple[int, int],
    *,
    finger: int = 0,
    latent: bool = False,
) -> Record:
    """A Type-9 record with fields 9.126 to 9.137 (the block of INCITS 378 / ISO/IEC 19794-2).

    *shape* is (rows, columns) of the image at 500 pixels per inch; *finger* 0 (unknown) to 10, the
    right thumb being 1. Places are whole pixels from the upper left, angles are in units of 2
    degrees, types 1 (ending) and 2 (bifurcation).
    """
    rows, columns = shape
    marked = [
        US.join(
            str(v).encode()
            for v in (n, round(m.x), round(m.y), round(m.direction / 2) % 180, m.kind, m.quality)
        )
        for n, m in enumerate(minutiae, 1)
    ]
    values = [
        (3, b"4" if latent else b"0"), (4, b"U"), (126, US.join([b"27", b"513", b"0"])),
        (128, str(columns).encode()), (129, str(rows).encode()), (130, b"1"), (131, b"500"),
        (132, b"500"), (133, b"0"), (134, str(finger).encode()),
        (136, str(len(minutiae)).encode()),
    ]  # fmt: skip
    if marked:
        values.append((137, RS.join(marked)))
    return text_record(9, idc, values)


def minutiae_of(record: Record) -> list[Minutia]:
    """The minutiae of a Type-9 record's field 9.137. Raises RecordError for another record, or
    values out of range, or a count (9.136) that is not theirs."""
    if record.type != 9:
        raise RecordError(f"minutiae are in a Type-9 record, not in Type-{record.type}")
    field = record.get(137)
    rows = [] if field is None or not field.value else field.value.split(RS)
    found = [_minutia(row) for row in rows]
    stated = _integer(record[136].value, "9.136")
    if stated != len(found):
        raise RecordError(f"field 9.136 announces {stated} minutiae, field 9.137 has {len(found)}")
    return found


def _minutia(row: bytes) -> Minutia:
    items = row.split(US)
    if len(items) != 6:
        raise RecordError(f"a minutia in field 9.137 has 6 items, not {len(items)}")
    _, x, y, angle, kind, quality = (_integer(item, "9.137") for item in items)
    if angle > 179 or quality > 100:
        raise RecordError("field 9.137: angles are 0 to 179 (units of 2 degrees), quality to 100")
    return Minutia(x, y, angle * 2.0, kind if kind == BIFURCATION else ENDING, quality)


def image_record(
    idc: int, pixels: npt.NDArray[np.uint8], *, latent: bool, finger: int = 0, when: str = ""
) -> Record:
    """A Type-13 (latent) or Type-14 record with *pixels* as they are, uncompressed."""
    rows, columns = pixels.shape
    values = [
        (3, b"4" if latent else b"0"), (4, b"TRAINING"), (5, when.encode()),
        (6, str(columns).encode()), (7, str(rows).encode()), (8, b"1"), (9, b"500"),
        (10, b"500"), (11, b"NONE"), (12, b"8"), (13, str(finger).encode()),
        (999, pixels.tobytes()),
    ]  # fmt: skip
    return text_record(13 if latent else 14, idc, values)


def pixels_of(record: Record) -> npt.NDArray[np.uint8]:
    """The uncompressed grey pixels (rows, columns) of a Type-13 or Type-14 record."""
    columns, rows = (_integer(record[n].value, f"{record.type}.{n:03d}") for n in (6, 7))
    if record[11].value not in (b"NONE", b"0") or record[12].value != b"8":
        raise RecordError("only uncompressed images of 8 bits a pixel are read")
    if len(record[999].value) != rows * columns:
        raise RecordError(f"{len(record[999].value)} bytes of image where {rows * columns} are due")
    return np.frombuffer(record[999].value, np.uint8).reshape(rows, columns)
