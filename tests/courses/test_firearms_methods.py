"""The firearms method: reading, filtering, registering, calibrating; a few real pairs."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from dalil.courses.evaluation.methods import EvaluationError
from dalil.courses.firearms import methods
from dalil.forging import topographies

ROOT = Path(__file__).parents[2]


def forged(seed: int, shots: int = 2) -> list[topographies.Shot]:
    rng = np.random.Generator(np.random.PCG64(seed))
    slide = topographies.forge_slide(rng)
    return [topographies.forge_shot(rng, slide) for _ in range(shots)]


def surface(shot: topographies.Shot) -> methods.Topography:
    return methods.Topography(shot.heights.astype(float), shot.pitch, shot.pitch)


@pytest.fixture(scope="module")
def twins() -> list[methods.Prepared]:
    return [methods.prepare(surface(shot)) for shot in forged(3)]


@pytest.fixture(scope="module")
def stranger() -> methods.Prepared:
    return methods.prepare(surface(forged(4, 1)[0]))


# ------------------------------------------------------------------------------------------ x3p


def rewritten(content: bytes, **parts: bytes | None) -> bytes:
    """The container with parts replaced (by the start of their name), md5 of main.xml renewed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name in list(members):
        key = name.partition(".")[0].rpartition("/")[2]
        if key in parts:
            members[name] = parts[key] or b""
            if parts[key] is None:
                del members[name]
    if "md5checksum" not in parts:
        digest = hashlib.md5(members.get("main.xml", b""), usedforsecurity=False).hexdigest()
        members["md5checksum.hex"] = digest.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            archive.writestr(name, value)
    return buffer.getvalue()


def main_xml(content: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read("main.xml").decode()


HEIGHTS = np.array([[0.0, 1.25, np.nan], [-2.5, 3.0, 100.0]])
GOOD = topographies.x3p_bytes(HEIGHTS, 6.25, 3.125)


def read(tmp_path: Path, content: bytes) -> methods.Topography:
    path = tmp_path / "scan.x3p"
    path.write_bytes(content)
    return methods.read_x3p(path)


def test_an_x3p_file_comes_back(tmp_path):
    found = read(tmp_path, GOOD)
    assert (found.dx, found.dy) == pytest.approx((6.25, 3.125))
    np.testing.assert_allclose(found.heights, HEIGHTS, atol=1e-4)


@pytest.mark.parametrize("kind", "ILFD")
def test_every_height_type_is_read(tmp_path, kind):
    code = {"I": "<i2", "L": "<i4", "F": "<f4", "D": "<f8"}[kind]
    step = 1e-8 if kind in "IL" else 1.0
    raw = np.nan_to_num(HEIGHTS * 1e-6 / step)
    data = (np.rint(raw) if kind in "IL" else raw).astype(code).tobytes()
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest().upper()
    text = re.sub("<MD5ChecksumPointData>.*?<", f"<MD5ChecksumPointData>{digest}<", main_xml(GOOD))
    cz = f"<CZ><AxisType>A</AxisType><DataType>{kind}</DataType><Increment>{step}</Increment>"
    text = re.sub("<CZ>.*?</Increment>", cz, text)
    text = text.replace(
        "</DataLink>", "<ValidPointsLink>bindata/valid.bin</ValidPointsLink></DataLink>"
    )
    good = io.BytesIO(rewritten(GOOD, main=text.encode(), data=data))
    with zipfile.ZipFile(good, "a") as archive:
        archive.writestr("bindata/valid.bin", bytes([0b111011]))
    np.testing.assert_allclose(read(tmp_path, good.getvalue()).heights, HEIGHTS, atol=1e-4)


def test_steps_in_micrometres_are_noticed(tmp_path):
    text = main_xml(GOOD).replace("6.25e-06", "6.25").replace("3.125e-06", "3.125")
    assert read(tmp_path, rewritten(GOOD, main=text.encode())).dx == pytest.approx(6.25)


def test_a_checksum_in_capitals_with_a_file_name_is_accepted(tmp_path):
    digest = hashlib.md5(main_xml(GOOD).encode(), usedforsecurity=False).hexdigest().upper()
    read(tmp_path, rewritten(GOOD, md5checksum=f"{digest}  *main.xml\r\n".encode()))


def bomb() -> bytes:
    entities = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">]>'
    return main_xml(GOOD).replace("?>", "?>" + entities, 1).replace("SUR", "&a;").encode()


def edited(pattern: str, value: str) -> bytes:
    text, count = re.subn(pattern, value, main_xml(GOOD))
    assert count
    return rewritten(GOOD, main=text.encode())


def understated() -> bytes:
    """A zip whose directory promises few bytes for a part that holds many."""
    content = bytearray(rewritten(GOOD, data=b"\0" * 5_000_000))
    at = content.rindex(b"PK\1\2", 0, content.rindex(b"bindata/data.bin"))
    content[at + 24 : at + 28] = struct.pack("<I", 24)
    return bytes(content)


BROKEN = {
    "not a zip": (b"P5 2 2 255 1234", "not a readable x3p"),
    "empty": (b"", "not a readable x3p"),
    "truncated": (GOOD[: len(GOOD) // 2], "not a readable x3p"),
    "no main.xml": (rewritten(GOOD, main=None), "'main.xml' is missing"),
    "no heights": (rewritten(GOOD, data=None), "'bindata/data.bin' is missing"),
    "no checksum": (rewritten(GOOD, md5checksum=None), "'md5checksum.hex' is missing"),
    "wrong checksum": (rewritten(GOOD, md5checksum=b"0" * 32), "main.xml does not meet its md5"),
    "empty checksum": (rewritten(GOOD, md5checksum=b" "), "main.xml does not meet its md5"),
    "heights changed": (rewritten(GOOD, data=b"\1" * 24), "height data does not meet"),
    "heights short": (rewritten(GOOD, data=b"\1" * 23), "23 bytes of heights where 24"),
    "heights long": (rewritten(GOOD, data=b"\1" * 25), "larger than the 24 bytes"),
    "understated": (understated(), "x3p: "),
    "huge": (edited("<SizeX>3", "<SizeX>3000000000"), "out of range"),
    "negative": (edited("<SizeX>3", "<SizeX>-3"), "out of range"),
    "not a number": (edited("<SizeX>3", "<SizeX>many"), "SizeX"),
    "infinite": (edited("<SizeX>3", "<SizeX>inf"), "SizeX is inf"),
    "no size": (edited("<SizeX>3</SizeX>", ""), "no Record3/MatrixDimension/SizeX"),
    "layers": (edited("<SizeZ>1", "<SizeZ>2"), "one layer"),
    "profile": (edited("SUR", "PRF"), "one layer"),
    "zero step": (edited("6.25e-06", "0"), "must be positive"),
    "type": (edited("<DataType>F", "<DataType>Q"), "only I, L, F and D"),
    "doctype": (rewritten(GOOD, main=bomb()), "DOCTYPE"),
    "not xml": (rewritten(GOOD, main=b"<p:"), "main.xml"),
    "long xml": (rewritten(GOOD, main=b" " * 2_000_000), "larger than"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_in_one_line(tmp_path, name):
    content, message = BROKEN[name]
    with pytest.raises(methods.X3PError, match=re.escape(message)) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith("scan.x3p: ")
    assert "\n" not in str(caught.value)


def test_no_cut_of_a_file_raises_anything_else(tmp_path):
    rng = np.random.Generator(np.random.PCG64(1))
    for at in range(0, len(GOOD), 29):
        changed = bytearray(GOOD)
        changed[at] ^= int(rng.integers(1, 256))
        for content in (GOOD[:at], bytes(changed)):
            try:
                read(tmp_path, content)
            except methods.X3PError:
                continue


# ------------------------------------------------------------------------------------- surfaces


def test_levelling_removes_form_despite_outliers_and_gaps():
    y, x = np.indices((80, 120)) / 50.0
    rough = np.random.Generator(np.random.PCG64(2)).normal(0, 0.1, x.shape)
    for degree, form in ((1, 5 + 3 * x - 7 * y), (2, 3 * x - 2 * x * y + 4 * y * y)):
        heights = form + rough
        heights[:5, :40] += 200.0
        heights[40:50, 10:30] = np.nan
        flat = methods.level(methods.Topography(heights, 6, 6), degree).heights
        assert np.array_equal(np.isnan(flat), np.isnan(heights))
        np.testing.assert_allclose(flat[50:], rough[50:], atol=0.05)


@pytest.mark.parametrize("degree", [0, 3])
def test_levelling_knows_two_degrees(degree):
    with pytest.raises(methods.FirearmsError, match="degree"):
        methods.level(methods.Topography(np.zeros((5, 5)), 1, 1), degree)


@pytest.mark.parametrize(("wavelength", "gain"), [(100.0, 0.5), (400.0, 0.5), (800.0, 0.159)])
def test_transmission_at_the_cut_offs(wavelength, gain):
    """ISO 16610: exp(-pi (alpha cutoff / wavelength)^2), one half at the cut-off; the band's gain
    is the difference of two such."""
    x = np.arange(0, 4000, 5.0)
    wave = methods.Topography(np.tile(np.sin(2 * np.pi * x / wavelength), (40, 1)), 5.0, 5.0)
    inner = (slice(None), slice(250, -250))
    passed = methods.bandpass(wave, 100.0, 400.0).heights[inner]
    alpha = math.pi * math.log(2) / math.pi
    exact = [math.exp(-alpha * (c / wavelength) ** 2) for c in (100.0, 400.0)]
    assert passed.std() / wave.heights[inner].std() == pytest.approx(exact[0] - exact[1], abs=0.005)
    assert exact[0] - exact[1] == pytest.approx(gain, abs=0.05)


def test_gaps_neither_grow_nor_bleed():
    heights = np.full((60, 60), 7.0)
    heights[20:40, 20:40] = np.nan
    smooth = methods.lowpass(methods.Topography(heights, 5, 5), 50.0).heights
    np.testing.assert_allclose(smooth[np.isfinite(heights)], 7.0)
    assert np.array_equal(np.isnan(smooth), np.isnan(heights))


@pytest.mark.parametrize("band", [(0, 10), (10, 10), (20, 10), (math.nan, 10)])
def test_a_band_must_be_one(band):
    with pytest.raises(methods.FirearmsError, match="band"):
        methods.bandpass(methods.Topography(np.zeros((9, 9)), 1, 1), *band)


def test_bare_and_tiny_surfaces_are_refused():
    with pytest.raises(methods.ComparisonError, match="no texture"):
        methods.prepare(methods.Topography(np.zeros((200, 200)), 6.25, 6.25))
    with pytest.raises(methods.ComparisonError, match="too little"):
        methods.prepare(methods.Topography(np.full((200, 200), np.nan), 6.25, 6.25))
    with pytest.raises(methods.FirearmsError, match="positive"):
        methods.Topography(np.zeros((5, 5)), 0, 1)
    with pytest.raises(methods.FirearmsError, match="H, W"):
        methods.Topography(np.zeros(5), 1, 1)


# ----------------------------------------------------------------------------------- comparison


def turned(shot: topographies.Shot, angle: float, right: float, down: float) -> np.ndarray:
    """The shot on a larger canvas, turned about its centre (counter-clockwise), then moved (um)."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    matrix, size = np.array([[cos, sin], [-sin, cos]]), shot.heights.shape[0] + 120
    middle = (size - 1) / 2 + np.array([down, right]) / shot.pitch
    start = (shot.heights.shape[0] - 1) / 2 - matrix @ middle
    valid = np.isfinite(shot.heights)
    weight, values = (
        ndimage.affine_transform(image, matrix, start, (size, size), order=1)
        for image in (valid.astype(float), np.where(valid, shot.heights, 0.0))
    )
    return np.where(weight > 0.99, values, np.nan)


@pytest.mark.parametrize(("turn", "right", "down"), [(0, 0, 0), (77, 240, -130), (-150, -60, 300)])
def test_a_known_rotation_and_shift_is_found(turn, right, down):
    shots = forged(3)
    x, y = shots[1].onto(shots[0])[1:]
    angle = math.radians(turn)
    heights = turned(shots[0], turn, right, down)
    moved = methods.prepare(methods.Topography(heights, shots[0].pitch, shots[0].pitch))
    second = methods.prepare(surface(shots[1]))
    found = methods.register(moved, second)
    expected = shots[1].onto(shots[0])[0] + turn
    assert (found.rotation - expected + 180) % 360 - 180 == pytest.approx(0, abs=0.5)
    assert found.dx == pytest.approx(x * math.cos(angle) + y * math.sin(angle) + right, abs=12)
    assert found.dy == pytest.approx(y * math.cos(angle) - x * math.sin(angle) + down, abs=12)


def test_twins_match_and_strangers_do_not(twins, stranger):
    same = methods.compare_prepared(*twins)
    different = methods.compare_prepared(twins[0], stranger)
    assert same.score > -0.3 > -1.0 > different.score
    assert same.cmc >= 8
    assert different.cmc <= 3
    assert same.cmc <= same.cell_count == len(same.cells)
    assert same.log10_lr > 0.3
    assert different.log10_lr < -0.3
    assert same.lr == pytest.approx(10**same.log10_lr)


def test_a_scan_matches_itself_at_rest(twins):
    itself = methods.compare_prepared(twins[0], twins[0])
    assert itself.registration.ccf == pytest.approx(1, abs=0.01)
    assert abs(itself.rotation) < 0.2
    assert math.hypot(itself.dx, itself.dy) < 3
    assert itself.cmc == itself.cell_count
    assert np.nanstd(methods.difference_map(twins[0], twins[0], itself.registration)) < 0.1


def test_cells_tell_where_they_lie(twins):
    found = methods.register(*twins)
    off = methods.Registration(found.rotation, found.dx + 100, found.dy - 50, found.ccf, found.area)
    cells = methods.match_cells(*twins, off)
    good = [cell for cell in cells if cell.ccf > 0.6]
    assert len(good) >= 8
    assert np.median([cell.dx for cell in good]) == pytest.approx(-100, abs=25)
    assert np.median([cell.dy for cell in good]) == pytest.approx(50, abs=25)
    assert not any(cell.congruent for cell in good if math.hypot(cell.dx, cell.dy) > 75)


def test_another_resolution_says_the_same(twins):
    shots = forged(3)
    coarse = shots[0].heights.astype(float)
    finer = np.repeat(np.repeat(coarse, 2, 0), 2, 1)
    again = methods.prepare(methods.Topography(finer, shots[0].pitch / 2, shots[0].pitch / 2))
    found, usual = methods.register(again, twins[1]), methods.register(*twins)
    assert found.score == pytest.approx(usual.score, abs=0.1)
    assert found.dx == pytest.approx(usual.dx, abs=8)


def test_files_and_surfaces_agree(tmp_path, twins):
    for k, shot in enumerate(forged(3)):
        topographies.write_x3p(tmp_path / f"{k}.x3p", shot.heights, shot.pitch)
    found = methods.compare(tmp_path / "0.x3p", tmp_path / "1.x3p")
    assert found.score == pytest.approx(methods.compare_prepared(*twins).score, abs=0.01)


# ---------------------------------------------------------------------------------- calibration


def test_auc_and_eer_of_two_normals():
    """Equal spread, d apart: AUC = Phi(d / sqrt 2), EER = Phi(-d / 2)."""
    rng = np.random.Generator(np.random.PCG64(7))
    same, different = rng.normal(2, 1, 40_000), rng.normal(0, 1, 40_000)
    assert methods.auc(same, different) == pytest.approx(0.92135, abs=0.004)
    assert methods.eer(same, different) == pytest.approx(0.15866, abs=0.004)
    assert methods.auc([1], [1]) == 0.5


def test_cllr_in_closed_form():
    assert methods.cllr([0, 0], [0]) == pytest.approx(1)
    ratio = math.log10(9)
    assert methods.cllr([ratio], [-ratio]) == pytest.approx(math.log2(10 / 9))
    assert methods.cllr([-300], [300]) > 900


def test_calibration_finds_the_true_line():
    """For N(m, s) and N(0, s) the log LR is linear: slope m / s^2, zero at m / 2."""
    rng = np.random.Generator(np.random.PCG64(8))
    offset, slope = methods.fit_calibration(rng.normal(2, 1, 30_000), rng.normal(0, 1, 60_000))
    assert slope * math.log(10) == pytest.approx(2, abs=0.05)
    assert -offset / slope == pytest.approx(1, abs=0.03)


def test_calibration_is_finite_where_nothing_overlaps():
    offset, slope = methods.fit_calibration([5.0, 6.0], [0.0, 1.0, 1.5])
    assert math.isfinite(offset)
    assert 0 < slope < 20
    assert 1.5 < -offset / slope < 5


def test_ratios_stay_within_what_the_set_supports():
    low, high = methods.LOG10_LR_LIMITS
    found = methods.log10_likelihood_ratio([-99.0, 99.0])
    assert found.tolist() == [low, high]


def test_groups_must_hold_finite_scores():
    for same, different in (([], [1.0]), ([1.0], []), ([math.nan], [1.0])):
        with pytest.raises(EvaluationError, match="score"):
            methods.auc(same, different)


def test_tippett_counts_from_above():
    assert methods.tippett([1, 2, 3, 4], [0, 2, 4, 5]).tolist() == [1, 0.75, 0.25, 0]


# -------------------------------------------------------------------------------------- real set


def test_real_pairs():
    folder = Path(os.environ.get("DALIL_DATA", ROOT.parent / "shared" / "data")) / "firearms"
    if not (folder / "truth.csv").is_file():
        pytest.skip("NO REAL DATA: set DALIL_DATA to the folder above firearms/truth.csv")
    with (folder / "truth.csv").open() as file:
        truth = {row["scan"]: row["slide"] for row in csv.DictReader(file)}
    slides = sorted(set(truth.values()))[:3]
    names = [name for s in slides for name in sorted(n for n in truth if truth[n] == s)[:2]]
    ready = [methods.prepare(methods.read_x3p(folder / name)) for name in names]
    for j, second in enumerate(ready):
        for i, first in enumerate(ready[:j]):
            found = methods.compare_prepared(first, second)
            same = truth[names[i]] == truth[names[j]]
            assert (found.log10_lr > 0) == same, (names[i], names[j], found.score)
