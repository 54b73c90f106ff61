"""Tables, CSV, terminal and figures, against hand-computed values."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len
from rich.console import Console

from dalil.errors import RecordsError, UsageError
from dalil.progress import (
    VIEWS,
    Attainment,
    Column,
    QuestionMark,
    Table,
    plot,
    rich_table,
    table,
    wilson,
    write_csv,
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


def test_by_trainee(rows: list[Attainment]) -> None:
    columns, lines = table(rows, by="trainee")
    assert [c.key for c in columns][:3] == ["trainee", "module", "attempt"]
    assert [(line[0], line[1]) for line in lines] == [
        ("amina", "custody"),
        ("amina", "firearms"),
        ("omar", "custody"),
        ("zineb", "custody"),
        ("يوسف", "custody"),
    ]
    first = table(rows).records()[0]
    assert (first["points"], first["max_points"]) == (5, 6)
    assert first["share"] == pytest.approx(5 / 6)
    assert first["graded"] == "2026-11-02T08:30:00+00:00"


def test_by_module(rows: list[Attainment]) -> None:
    custody, firearms = table(rows, by="module").records()
    assert (custody["issued"], custody["submitted"], custody["graded"]) == (4, 3, 3)
    assert custody["median"] == pytest.approx(1 / 6)
    assert (custody["low"], custody["high"]) == (None, None)
    assert custody["flags"] == 2
    assert custody["hardest"] == "Title of digest"
    assert (firearms["waits"], firearms["median"]) == (1, 0.5)


def test_by_competency_pools_points_across_modules(rows: list[Attainment]) -> None:
    records = table(rows, by="competency").records()
    found = {(r["trainee"], r["competency"]): r for r in records}
    amina = found["amina", "integrity"]
    assert (amina["questions"], amina["points"], amina["max_points"]) == (3, 6, 8)
    assert amina["share"] == 0.75
    report = found["amina", "reporting"]
    assert (report["questions"], report["share"], report["waits"]) == (0, None, 1)
    assert found["omar", "integrity"]["points"] is None


def test_equal_names_of_different_competencies_are_not_pooled() -> None:
    other = ("integrity", "Keeps a laboratory honest")
    records = table(
        [row("amina", "a", mark("x", 1, 1)), row("amina", "b", mark("y", 0, 1, other))],
        by="competency",
    ).records()
    assert [r["share"] for r in records] == [1.0, 0.0]


def test_by_question(rows: list[Attainment]) -> None:
    records = {r["question"]: r for r in table(rows, by="question").records()}
    breaks = records["breaks"]
    assert (breaks["marked"], breaks["full"], breaks["none"]) == (3, 1, 0)
    assert breaks["share"] == pytest.approx(0.5)
    assert (breaks["low"], breaks["high"]) == wilson([1, 0.25, 0.25])
    assert records["digest"]["flags"] == "died 1"
    assert records["digest"]["none"] == 2
    assert records["report"]["share"] is None
    assert records["report"]["waits"] == 1


@pytest.mark.parametrize("by", VIEWS)
def test_every_view_of_nothing_is_an_empty_table(by: str) -> None:
    view = table([], by=by)
    assert view.rows == []
    assert len({column.key for column in view.columns}) == len(view.columns)


def test_an_unknown_view_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="trainee, module, competency, question"):
        table([], by="cohort")


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
    write_csv(table(rows), tmp_path / "p.csv", bom=False, say=str.upper)
    assert (tmp_path / "p.csv").read_text("utf-8").startswith("TRAINEE,MODULE,ATTEMPT,")


def test_csv_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordsError, match="cannot be written"):
        write_csv(table([]), tmp_path / "missing" / "p.csv")


def drawn(view: Table) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=160).print(rich_table(view, title="Progress"))
    return stream.getvalue().splitlines()


def test_the_terminal_shows_shares_and_aligns_arabic_names(rows: list[Attainment]) -> None:
    lines = drawn(table(rows))
    body = [line for line in lines if line.startswith("│")]
    assert len({cell_len(line) for line in body}) == 1
    (arabic,) = [line for line in body if "يوسف" in line]
    assert "\u2068يوسف\u2069\u200e" in arabic
    assert "17 %" in arabic
    assert "2026-11-02 08:30" in arabic
    (omar,) = [line for line in body if "omar" in line]
    assert "–" in omar


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
