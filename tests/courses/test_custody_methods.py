"""The public methods of the module custody: known values and bad input."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dalil.courses.custody import methods
from dalil.courses.custody.methods import digests
from dalil.errors import ExhibitError
from dalil.forging import practice
from dalil.lessons import image_of


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, methods.Staged]:
    folder = tmp_path_factory.mktemp("staged")
    return folder, methods.stage(practice("methods"), folder, ["gap", "hash", "seal"])


def entry(local: str, offset: str, **fields: str) -> dict[str, str]:
    return {"local_time": local, "utc_offset": offset, **fields}


def test_sha256_gives_the_values_of_fips_180_4(tmp_path: Path) -> None:
    # The examples of FIPS 180-4 for SHA-256: "abc", and a million times "a".
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    assert methods.sha256_bytes(b"abc") == abc
    (tmp_path / "a").write_bytes(b"a" * 1_000_000)
    assert methods.sha256_file(tmp_path / "a") == million


def test_a_file_of_several_pieces_is_hashed_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10_000
    (tmp_path / "large").write_bytes(data)
    assert methods.sha256_file(tmp_path / "large") == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("local", "offset", "hour", "minute"),
    [
        ("2025-04-06 03:40", "+01:00", 2, 40),
        ("2025-04-06 03:40:00", "+00:00", 3, 40),
        ("2025-04-05 22:10", "-03:30", 1, 40),
    ],
)
def test_instants_are_local_time_less_offset(
    local: str, offset: str, hour: int, minute: int
) -> None:
    assert methods.instant(entry(local, offset)) == datetime(2025, 4, 6, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "offset"),
    [
        ("06/04/2025 03:40", "+01:00"),
        ("2025-04-06 03:40", "Africa/Casablanca"),
        ("2025-04-06 03:40+01:00", "+01:00"),
        ("0001-01-01 00:00", "+01:00"),
        ("", ""),
    ],
)
def test_times_that_cannot_be_read_are_named(local: str, offset: str) -> None:
    with pytest.raises(ExhibitError, match=r"local_time|utc_offset"):
        methods.instant(entry(local, offset))


def test_gaps_are_found_outside_of_locked_rooms_only() -> None:
    log = [
        entry("2025-04-06 00:30", "+00:00", entry="1", keeping="in hand"),
        entry("2025-04-06 03:30", "+01:00", entry="2", keeping="locked"),  # 120 minutes
        entry("2025-04-06 19:00", "+01:00", entry="3", keeping="on the bench"),
        entry("2025-04-06 21:01", "+01:00", entry="4", keeping="locked"),  # 121 minutes
    ]
    assert [(gap.entry, gap.minutes) for gap in methods.find_gaps(log, 120)] == [(4, 121.0)]
    assert [gap.entry for gap in methods.find_gaps(log, 119)] == [2, 4]
    assert methods.find_gaps([], 120) == []
    with pytest.raises(ValueError, match="0 or more"):
        methods.find_gaps(log, -1)


def test_chain_hash_is_the_sha256_of_the_documented_text() -> None:
    row = {column: column.upper() for column in methods.LOG_COLUMNS}
    row["to"] = "أمينة Bennoujoum"
    text = "|".join([methods.FIRST, *(row[column] for column in methods.LOG_COLUMNS[:-1])])
    expected = hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert methods.chain_hash(methods.FIRST, row) == expected


@pytest.mark.parametrize("field", ["a|b", "a\nb", None])
def test_fields_that_would_make_a_chain_ambiguous_are_refused(field: Any) -> None:
    row = dict.fromkeys(methods.LOG_COLUMNS, "x") | {"place": field}
    with pytest.raises(ExhibitError, match="place"):
        methods.chain_hash(methods.FIRST, row)


def test_staged_case_holds_what_was_asked_for(staged: tuple[Path, methods.Staged]) -> None:
    folder, case = staged
    assert sorted(kind for _, kind in case.breaks) == ["gap", "hash", "seal"]
    assert methods.read_log(folder / methods.LOG) == list(case.entries)
    assert methods.chained(case.entries) == list(case.entries)
    assert case.altered


def test_staging_refuses_kinds_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="flood"):
        methods.stage(practice("methods"), tmp_path, ["flood"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "columns missing"),
        (b"file,size_bytes,seal\na,1,S\n", "columns missing: sha256"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"file,size_bytes,sha256,seal\na,1\n", "row 1"),
        (b"file,size_bytes,sha256,seal\na,1,abc,S\n", "64 hex"),
        (b"file,size_bytes,sha256,seal\n" + 2 * (b"a,1," + b"0" * 64 + b",S\n"), "twice"),
    ],
)
def test_broken_manifests_give_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(content)
    with pytest.raises(ExhibitError, match=said) as caught:
        methods.read_manifest(path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_byte_order_mark_does_no_harm(
    staged: tuple[Path, methods.Staged], tmp_path: Path
) -> None:
    folder, case = staged
    path = tmp_path / "log.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (folder / methods.LOG).read_bytes())
    assert methods.read_log(path) == list(case.entries)


def test_a_log_with_a_broken_time_names_its_row(
    staged: tuple[Path, methods.Staged], tmp_path: Path
) -> None:
    folder, case = staged
    text = (folder / methods.LOG).read_text(encoding="utf-8")
    path = tmp_path / "log.csv"
    path.write_text(text.replace(case.entries[4]["local_time"], "noon"), encoding="utf-8")
    with pytest.raises(ExhibitError, match=r"row 5: local_time 'noon'"):
        methods.read_log(path)


def test_packs_that_are_none_give_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no archive", encoding="utf-8")
    for name in ("text.zip", "missing.zip"):
        with pytest.raises(ExhibitError, match="cannot be read") as caught:
            methods.open_pack(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_pack_whose_content_is_damaged_is_refused(
    staged: tuple[Path, methods.Staged], tmp_path: Path
) -> None:
    folder, _ = staged
    data = bytearray((folder / methods.PACK).read_bytes())
    data[60] ^= 0xFF
    (tmp_path / "pack.zip").write_bytes(data)
    with pytest.raises(ExhibitError, match="cannot be read"):
        methods.open_pack(tmp_path / "pack.zip")


def test_a_pack_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "_MAX_PACK", 1000)
    with zipfile.ZipFile(tmp_path / "pack.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(2000))
    with pytest.raises(ExhibitError, match="over 200 MB"):
        methods.open_pack(tmp_path / "pack.zip")


def test_tables_escape_what_they_show() -> None:
    html = methods.table([{"name": "<b>أمينة</b>"}]).data
    assert "<bdi>&lt;b&gt;أمينة&lt;/b&gt;</bdi>" in html
    assert "<td" not in methods.table([]).data


def test_the_timeline_draws_each_gap_with_hatch_and_words(
    staged: tuple[Path, methods.Staged],
) -> None:
    _, case = staged
    gaps = methods.find_gaps(case.entries)
    figure = methods.timeline(case.entries, gaps)
    axes = figure.axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert sum(text.endswith(" min") for text in texts) == len(gaps) == 1
    assert sum(item.get_hatch() == "////" for item in axes.collections) >= 1
    assert "png;base64" in image_of(figure, "one gap")


def test_the_timeline_of_an_empty_log_is_empty() -> None:
    figure = methods.timeline([])
    assert not figure.axes[0].collections
    assert image_of(figure, "empty")
