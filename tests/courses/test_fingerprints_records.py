"""ANSI/NIST-ITL files: what is read is written back byte for byte, what is broken is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalil.courses.fingerprints import methods
from dalil.courses.fingerprints.methods import records

HEAD = {"when": "20260301", "agency": "TRAINING", "control": "C1"}
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What a field may hold: anything but FS and GS; RS and US are its own separators.
VALUES = st.binary(max_size=40).map(lambda b: b.replace(b"\x1c", b"f").replace(b"\x1d", b"g"))
NUMBERS = st.integers(3, 998)
MINUTIAE = st.builds(
    methods.Minutia,
    st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 179).map(lambda v: 2 * v),
    st.sampled_from([methods.ENDING, methods.BIFURCATION]), st.integers(0, 100),
)  # fmt: skip


@st.composite
def parts(draw: st.DrawFn) -> list[records.Record]:
    """Records of texts, unknown fields, images full of separators, and binary ones."""
    made = []
    for idc in range(draw(st.integers(0, 4))):
        match draw(st.sampled_from(["text", "image", "minutiae", "binary"])):
            case "text":
                listed = draw(st.lists(st.tuples(NUMBERS, VALUES), max_size=5))
                made.append(records.text_record(draw(st.sampled_from([2, 9, 18])), idc, listed))
            case "image":
                bytes_ = draw(st.binary(min_size=12, max_size=12))
                pixels = np.frombuffer(bytes_, np.uint8).reshape(3, 4)
                made.append(records.image_record(idc, pixels, latent=draw(st.booleans())))
            case "minutiae":
                found = draw(st.lists(MINUTIAE, max_size=6))
                made.append(records.minutiae_record(idc, found, (384, 320), finger=idc))
            case "binary":
                body = bytes([idc]) + draw(st.binary(max_size=30))
                raw = (4 + len(body)).to_bytes(4, "big") + body
                made.append(records.Record(draw(st.sampled_from(records.BINARY)), raw=raw))
    return made


@QUIET
@given(parts())
def test_round_trip(made: list[records.Record]) -> None:
    everything = records.transaction(made, **HEAD)
    data = records.write(everything)
    again = records.read(data)
    assert records.write(again) == data
    assert again == everything
    for one in again:
        if one.type not in records.BINARY:
            assert int(one[1].value) == len(one.encoded())


@QUIET
@given(parts(), st.data())
def test_a_changed_byte_is_kept_or_refused(made: list[records.Record], data: st.DataObject) -> None:
    sound = records.write(records.transaction(made, **HEAD))
    place = data.draw(st.integers(0, len(sound) - 1))
    broken = bytearray(sound)
    broken[place] = data.draw(st.integers(0, 255))
    try:
        again = records.read(bytes(broken))
    except methods.RecordError:
        return
    assert records.write(again) == bytes(broken)


@QUIET
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(methods.RecordError):
        records.read(data)


@QUIET
@given(st.lists(MINUTIAE, max_size=40))
def test_minutiae_come_back(found: list[methods.Minutia]) -> None:
    record = records.minutiae_record(7, found, (384, 320), finger=3, latent=True)
    assert records.minutiae_of(record) == found
    assert records.read_record(record.encoded()) == record
    assert record.idc == 7


@pytest.mark.parametrize("kind", [2, *records.BINARY, 9, 13])
def test_the_first_record_states_the_resolution_of_types_3_to_7_alone(kind: int) -> None:
    """ANSI/NIST-ITL 1-2011, fields 1.011 and 1.012: 00.00 without an image of these types."""
    other = records.minutiae_record(1, [], (384, 320))
    if kind in records.BINARY:
        one = records.Record(kind, raw=(6).to_bytes(4, "big") + b"\x02\x00")
    else:
        one = records.text_record(kind, 2, [(3, b"0")])
    first = records.transaction([other, one], **HEAD)[0]
    stated = b"19.69" if 3 <= kind <= 7 else b"00.00"
    assert first[11].value == first[12].value == stated


def test_separators_among_pixels_end_nothing() -> None:
    pixels = np.tile(np.array([28, 29, 30, 31], np.uint8), (40, 20))
    data = records.write(
        records.transaction([records.image_record(1, pixels, latent=True)], **HEAD)
    )
    assert data.count(records.FS) > 100
    image = records.read(data)[1]
    assert (records.pixels_of(image) == pixels).all()
    assert image[7].value == b"40"


def test_odd_spellings_of_others_are_kept() -> None:
    """Old writers number fields 1.01 or pad lengths; a reader has no business with tidying."""
    body = b"\x1d1.02:0300\x1d1.03:1\x1f0\x1d1.99:?\x1c"
    data = b"1.01:00%d" % (len(body) + 9) + body
    assert len(data) == int(data[5:9])
    assert records.write(records.read(data)) == data
    assert records.read(data)[0].fields[1].tag == "1.02"


def test_fields_are_set_in_their_place() -> None:
    record = records.minutiae_record(2, [methods.Minutia(1, 2, 358.6, 1, 9)], (10, 20))
    assert record[137].subfields == [["1", "1", "2", "179", "1", "9"]]
    longer = record.with_field(135, b"60" * 40)
    assert [one.number for one in longer.fields] == sorted(one.number for one in longer.fields)
    assert int(longer[1].value) == len(longer.encoded())
    assert longer.with_field(135, b"60").with_field(135, b"60" * 40) == longer
    around = records.minutiae_record(2, [methods.Minutia(1, 2, 359.5, 1, 9)], (10, 20))
    assert around[137].subfields[0][3] == "0"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (136, b"2"),
        (137, b"1\x1f5\x1f5\x1f180\x1f1\x1f50"),
        (137, b"1\x1f5\x1f5\x1f90\x1f1"),
        (137, b"1\x1f5\x1f-5\x1f90\x1f1\x1f50"),
    ],
)
def test_faulty_minutiae_are_refused(field: int, value: bytes) -> None:
    record = records.minutiae_record(2, [methods.Minutia(5, 5, 180, 1, 50)], (10, 20))
    with pytest.raises(methods.RecordError):
        records.minutiae_of(record.with_field(field, value))


def test_other_records_and_images_are_refused() -> None:
    image = records.image_record(1, np.zeros((4, 5), np.uint8), latent=False)
    assert image.type == 14
    with pytest.raises(methods.RecordError, match="Type-9"):
        records.minutiae_of(image)
    with pytest.raises(methods.RecordError, match="uncompressed"):
        records.pixels_of(image.with_field(11, b"WSQ20"))
    with pytest.raises(methods.RecordError, match="20 bytes"):
        records.pixels_of(image.with_field(6, b"6"))
