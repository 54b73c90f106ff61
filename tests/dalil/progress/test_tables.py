"""Tables, CSV, terminal and figures, against hand-computed values."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from PIL import Image
from rich.cells import cell_len
from rich.console import Console

from dalil.errors import RecordsError, UsageError
from dalil.progress import (
    COLUMNS,
    LISTS,
    VIEWS,
    Attainment,
    Column,
    QuestionMark,
    Table,
    by_question,
    csv_lines,
    plot,
    rich_table,
    table_of,
    wilson,
    write_csv,
    write_xlsx,
    xlsx,
)

WHEN = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
INTEGRITY = ("integrity", "Establishes the integrity of exhibits")
REPORTING = ("reporting", "Reports what was found")


def mark(
    question: str,
    points: float | None,
    worth: float | None,
    competency: tuple[str, str] = INTEGRITY,
    *,
    flag: str | None = None,
    waits: bool = False,
) -> QuestionMark:
    title = f"Title of {question}"
    return QuestionMark(question, title, *competency, points, worth, flag, waits=waits)


def row(trainee: str, module: str, *marks: QuestionMark, graded: bool = True) -> Attainment:
    return Attainment(
        trainee=trainee,
        module=module,
        title=f"Title of {module}",
        attempt=1,
        attempts=1,
        questions=marks,
        issued=WHEN,
        submitted=WHEN if graded else None,
        graded=WHEN if graded else None,
    )


@pytest.fixture
def rows() -> list[Attainment]:
    return [
        row("amina", "custody", mark("breaks", 4, 4), mark("digest", 1, 2)),
        row("يوسف", "custody", mark("breaks", 1, 4), mark("digest", 0, 2, flag="died")),
        row("zineb", "custody", mark("breaks", 1, 4, flag="died"), mark("digest", 0, 2)),
        row(
            "omar", "custody", mark("breaks", None, None), mark("digest", None, None), graded=False
        ),
        row(
            "amina", "firearms", mark("pairs", 1, 2), mark("report", None, 5, REPORTING, waits=True)
        ),
    ]


def test_by_question(rows: list[Attainment]) -> None:
    records = {r["question"]: r for r in by_question(rows).records()}
    breaks = records["breaks"]
    assert (breaks["marked"], breaks["full"], breaks["none"]) == (3, 1, 0)
    assert breaks["share"] == pytest.approx(0.5)
    assert (breaks["low"], breaks["high"]) == wilson([1, 0.25, 0.25])
    assert records["digest"]["flags"] == "died 1"
    assert records["digest"]["none"] == 2
    assert records["report"]["share"] is None
    assert records["report"]["waits"] == 1


def line(**values: Any) -> dict[str, Any]:
    """A row of ``Figures``, of any view or list."""
    return {
        "trainee": "يوسف",
        "name": "=1+1",
        "cohort": "A",
        "module": "custody",
        "title": "Chain",
        "graded": 3,
        "share": 1 / 3,
        "bins": [1, 0, 0, 0, 2],
        **values,
    }


@pytest.mark.parametrize("name", COLUMNS)
def test_every_view_has_its_columns(name: str) -> None:
    view = table_of(name, [])
    assert view.rows == []
    assert len({column.key for column in view.columns}) == len(view.columns)
    assert set(COLUMNS) == {*VIEWS, *LISTS, "person"}


def test_fifths_are_columns_of_their_own() -> None:
    (record,) = table_of("module", [line()]).records()
    assert [record[f"bins.{at}"] for at in range(5)] == [1, 0, 0, 0, 2]
    assert (record["share"], record["median"], record["people"]) == (1 / 3, None, None)


def test_what_is_left_out_says_so_and_has_no_number() -> None:
    shown = line(sex="f", hidden=False)
    hidden = line(sex="m", hidden=True, graded=None, share=None)
    view = table_of("sex", [shown, hidden])
    assert [r["hidden"] for r in view.records()] == [None, "left-out"]
    text = "\n".join(drawn(view))
    assert "Women" in text
    assert "Left out: too few people" in text
    plain = "".join(csv_lines(view, say=lambda said: {"Women": "نساء"}.get(said, said)))
    assert "نساء" in plain
    assert "".join(csv_lines(view)).splitlines()[2].split(",")[2:] == ["m", "", "", "left-out"]


def test_times_and_states_of_a_list() -> None:
    row = line(state="to-mark", submitted="2026-11-02T08:30:00+00:00", graded=None, late=True)
    (record,) = table_of("queue", [row]).records()
    assert record["submitted"] == "2026-11-02T08:30:00+00:00"
    assert "To be marked" in "\n".join(drawn(table_of("queue", [row])))
    del row["state"]
    (record,) = table_of("person", [row]).records()
    assert record["state"] == "late"


def test_a_workbook_runs_nothing_and_reads_right_to_left(tmp_path: Path) -> None:
    row = line(state="idle", submitted="2026-11-02T08:30:00+00:00", graded=None, trainee="http://x")
    view = table_of("stuck", [row, line(state="failing", graded=None, name="+1")])
    content = xlsx(view, title="Who: [is] stuck?", right_to_left=True, say=str.upper)
    (tmp_path / "p.xlsx").write_bytes(content)
    book = openpyxl.load_workbook(tmp_path / "p.xlsx")
    sheet = book.active
    assert sheet.title == "Who is stuck"
    assert sheet.sheet_view.rightToLeft
    heads = [cell.value for cell in sheet[1]]
    assert heads[:3] == ["TRAINEE", "NAME", "COHORT"]
    first = dict(zip(heads, sheet[2], strict=True))
    assert (first["NAME"].value, first["NAME"].data_type) == ("=1+1", "s")
    assert first["TRAINEE"].hyperlink is None
    assert first["STATE"].value == "NOTHING HANDED IN"
    assert first["SUBMITTED"].value == datetime(2026, 11, 2, 8, 30)
    assert first["SHARE"].value == pytest.approx(1 / 3)
    assert first["SHARE"].number_format == "0 %"
    assert sheet.auto_filter.ref.startswith("A1:")
    with pytest.raises(RecordsError, match="cannot be written"):
        write_xlsx(view, tmp_path / "missing" / "p.xlsx")
    write_xlsx(view, tmp_path / "q.xlsx")
    assert openpyxl.load_workbook(tmp_path / "q.xlsx").active.title == "dalil"


def test_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    columns = (Column("trainee", "Trainee", "name"), Column("points", "Points", "points"))
    lines: list[tuple[str | float | None, ...]] = [
        ("يوسف", -1.5),
        ('=HYPERLINK("x")', None),
        ("@amina", 0.1),
        ("＝1", 2.0),
        ("\t=1", 2.0),
        ("a-b", 1 / 3),
    ]
    write_csv(Table(columns, list(lines)), tmp_path / "p.csv")
    raw = (tmp_path / "p.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert read == [
        ["trainee", "points"],
        ["يوسف", "-1.5"],
        ['\'=HYPERLINK("x")', ""],
        ["'@amina", "0.1"],
        ["'＝1", "2"],
        ["'\t=1", "2"],
        ["a-b", "0.333333"],
    ]


def test_csv_without_mark_and_with_headings(tmp_path: Path, rows: list[Attainment]) -> None:
    write_csv(by_question(rows), tmp_path / "p.csv", bom=False, say=str.upper)
    assert (tmp_path / "p.csv").read_text("utf-8").startswith("MODULE,QUESTION,TITLE,")


def test_csv_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="cannot be written"):
        write_csv(by_question([]), tmp_path / "missing" / "p.csv")


def drawn(view: Table) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=160).print(rich_table(view, title="Progress"))
    return stream.getvalue().splitlines()


def test_the_terminal_shows_shares_and_aligns_arabic_names() -> None:
    view = table_of("person", [line(submitted="2026-11-02T08:30:00+00:00", graded=None)])
    arabic = table_of("trainee", [line(), line(trainee="omar", share=None)])
    lines = drawn(arabic)
    body = [found for found in lines if found.startswith("│")]
    assert len({cell_len(found) for found in body}) == 1
    (shown,) = [found for found in body if "يوسف" in found]
    assert "\u2068يوسف\u2069\u200e" in shown
    assert "33 %" in shown
    (omar,) = [found for found in body if "omar" in found]
    assert "–" in omar
    assert any("2026-11-02 08:30" in found for found in drawn(view))


def test_a_name_is_never_markup() -> None:
    view = Table((Column("trainee", "Trainee", "name"),), [("[red]amina[/red]",)])
    assert any("[red]amina[/red]" in line for line in drawn(view))


def test_the_figure_as_png_carries_its_alternative(tmp_path: Path, rows: list[Attainment]) -> None:
    path = tmp_path / "p.png"
    said = plot(rows, path)
    assert "custody, Title of breaks: 50% (" in said
    assert "n = 3" in said
    with Image.open(path) as image:
        assert image.text["Description"] == said
        assert image.text["Title"] == "Mean share by question"
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 10


def test_the_figure_as_svg_is_accessible_and_repeatable(
    tmp_path: Path, rows: list[Attainment]
) -> None:
    said = plot(rows, tmp_path / "a.svg", title="حصة $ السؤال")
    plot(rows, tmp_path / "b.svg", title="حصة $ السؤال")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.get("role") == "img"
    assert [child.text for child in root[:2]] == ["حصة $ السؤال", said]
    text = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert "Mean share of the points (%), with 95 % interval" in text
    assert "custody · Title of breaks" in text
    assert "n = 3" in text


def test_figures_that_cannot_be_drawn_say_why(tmp_path: Path, rows: list[Attainment]) -> None:
    with pytest.raises(UsageError, match="png"):
        plot(rows, tmp_path / "p.pdf")
    with pytest.raises(UsageError, match="nothing is marked yet"):
        plot([], tmp_path / "p.png")
    with pytest.raises(RecordsError, match="cannot be written"):
        plot(rows, tmp_path / "missing" / "p.png")
