"""module.toml is read as a whole: each problem by its place, with a hint, all at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from dalil.answers import form_from
from dalil.curriculum import find_modules, load_module
from dalil.errors import CurriculumError
from dalil.models import ModuleId

GOOD = """\
id = "custody"
code = "FND-01"
version = "1"
title = "Chain of custody"
summary = "Find every break."
hours = 2.5
prerequisites = []
standards = ["FIPS 180-4 (SHA-256)"]
outcomes = ["Find every break in a log"]

[competencies]
integrity = "Establishes the integrity of exhibits"

[[exhibits]]
name = "log"
file = "handover_log.csv"
title = "Hand-over log"

[[questions]]
id = "breaks"
title = "The breaks"
competency = "integrity"
level = "analyse"
form = { type = "list", of = { type = "integer", min = 1 } }

[[questions]]
id = "conclusion"
title = "The conclusion"
competency = "integrity"
level = "evaluate"
written = true
"""
CUSTODY = ModuleId("custody")


@dataclass(frozen=True)
class Place:
    root: Path

    @property
    def courses(self) -> Path:
        return self.root / "courses"

    @property
    def exercises(self) -> Path:
        return self.root / "exercises"

    @property
    def graders(self) -> Path:
        return self.root / "graders"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def write(place: Place, text: str | bytes, name: str = "custody") -> None:
    folder = place.courses / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "module.toml").write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))


def problems(place: Place, text: str | bytes) -> list[str]:
    write(place, text)
    with pytest.raises(CurriculumError) as caught:
        load_module(place, CUSTODY)
    lines = str(caught.value).split("\n")
    prefix = "courses/custody/module.toml: "
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines]


def test_a_good_table_is_read_as_a_whole(place: Place) -> None:
    write(place, GOOD)
    module = load_module(place, CUSTODY)
    assert (module.id, module.code, module.version, module.hours) == ("custody", "FND-01", "1", 2.5)
    assert module.standards == ("FIPS 180-4 (SHA-256)",)
    assert module.competencies == {"integrity": "Establishes the integrity of exhibits"}
    assert [(e.name, e.file) for e in module.exhibits] == [("log", "handover_log.csv")]
    breaks, conclusion = module.questions
    assert breaks.form == form_from(breaks.table)
    assert (breaks.level, breaks.written) == ("analyse", False)
    assert (conclusion.form, conclusion.table, conclusion.written) == (None, None, True)
    assert module.question("breaks") is breaks
    assert module.notebook == place.exercises / "custody" / "custody.ipynb"
    assert module.grader == place.graders / "custody"
    assert ("questions.breaks", "The breaks") in list(module.texts())
    assert len(list(module.texts())) == 7


SPOILED = [
    ('id = "custody"', 'id = "firearms"', "id: 'firearms' is not the folder's name"),
    ('code = "FND-01"', 'code = "fnd1"', "code: 'fnd1' will not do"),
    ('version = "1"', "version = 1", "version: expected text, got a number"),
    ('version = "1"', 'version = "1|2"', "version: '1|2' will not do"),
    ('title = "Chain of custody"\n', "", "title: missing"),
    ('"Chain of custody"', '"Chain\\nof custody"', "title: holds the invisible character U+000A"),
    ('"Chain of custody"', '"Chain\\u202e"', "title: holds the invisible character U+202E"),
    ('"Chain of custody"', '" Chain"', "title: begins or ends with a space"),
    ('"Find every break."', '""', "summary: empty"),
    ("hours = 2.5", "hours = 0", "hours: 0 is out of range"),
    ("hours = 2.5", "hours = nan", "hours: nan is out of range"),
    ("hours = 2.5", 'hours = "2"', "hours: expected a number, got text"),
    ("hours = 2.5", "hours = true", "hours: expected a number, got true/false"),
    ("prerequisites = []", 'prerequisites = ["none"]', "prerequisites[1]: there is no module"),
    ("prerequisites = []", 'prerequisites = ["Ä"]', "prerequisites[1]: module id"),
    (
        "prerequisites = []",
        'prerequisites = ["custody"]',
        "prerequisites[1]: the module needs itself",
    ),
    ('["Find every break in a log"]', "[]", "outcomes: empty"),
    ('["Find every break in a log"]', '"one"', "outcomes: expected a list"),
    ('["Find every break in a log"]', '["a", "a"]', "outcomes[2]: said twice"),
    ('["Find every break in a log"]', "[3]", "outcomes[1]: expected text"),
    (
        'integrity = "E',
        '"In-tegrity" = "x"\nintegrity = "E',
        "competencies.In-tegrity: 'In-tegrity'",
    ),
    ('integrity = "E', 'other = "x"\nintegrity = "E', "competencies.other: no question shows it"),
    ('file = "handover_log.csv"', 'file = "../log.csv"', "exhibits[1].file: '../log.csv' holds /"),
    ('file = "handover_log.csv"', 'file = ".log"', "exhibits[1].file: '.log' begins"),
    ('file = "handover_log.csv"', 'file = "a\\u202ecsv"', "exhibits[1].file: holds the invisible"),
    ('file = "handover_log.csv"', 'file = "nul\\u0000"', "exhibits[1].file: holds the invisible"),
    ('file = "handover_log.csv"', 'fille = "a.csv"\nfile = "b.csv"', "did you mean file?"),
    ('name = "log"', 'name = "the log"', "exhibits[1].name: 'the log' will not do"),
    ('id = "conclusion"', 'id = "Breaks"', "questions[2].id: 'Breaks' will not do"),
    ('id = "conclusion"', 'id = "breaks"', "questions.id: 'breaks' is used twice"),
    (
        'id = "conclusion"',
        'id = "solve_it"',
        "questions[2].id: 'solve_it' is a name for other cells",
    ),
    (
        'competency = "integrity"\nlevel = "e',
        'competency = "x"\nlevel = "e',
        "questions[2].competency",
    ),
    ('level = "evaluate"', 'level = "expert"', "questions[2].level: 'expert' is no level"),
    ('level = "evaluate"', "level = []", "questions[2].level: this is no level"),
    ("written = true", "", "questions[2]: neither form nor written"),
    ("written = true", 'written = "yes"', "questions[2].written: expected true or false"),
    ("analyse", 'analyse"\nwritten = true\nx = "', "questions[1]: both form and written"),
    ("min = 1", 'min = "1"', "questions[1].form.of.min: must be a number"),
    ('type = "list"', 'type = "lists"', "questions[1].form: 'type' must be one of"),
    ('id = "custody"', 'id = "custody"\nauthor = "x"', "author: unknown key"),
]


@pytest.mark.parametrize(("good", "bad", "expected"), SPOILED)
def test_each_problem_is_told_by_its_place(
    place: Place, good: str, bad: str, expected: str
) -> None:
    assert good in GOOD
    lines = problems(place, GOOD.replace(good, bad))
    assert any(expected in line for line in lines), lines
    assert all("; " in line for line in lines)


def test_all_problems_are_told_at_once(place: Place) -> None:
    text = GOOD.replace('"1"', "1").replace("hours = 2.5", "hours = -1").replace("analyse", "know")
    lines = problems(place, text.replace('"handover_log.csv"', '"a/b"'))
    assert [line.split(":")[0] for line in lines] == [
        "exhibits[1].file",
        "questions[1].level",
        "version",
        "hours",
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        "id = ",
        'id = "a"\nid = "b"',
        "x = " + "[" * 5000,
        "#" * 300_000,
        "",
        "questions = 3",
        "questions = [3]\nexhibits = [[]]",
        "competencies = 1979-05-27",
    ],
    ids=["bytes", "cut", "twice", "deep", "large", "empty", "number", "items", "date"],
)
def test_what_is_no_table_at_all_is_told(place: Place, text: str | bytes) -> None:
    assert problems(place, text)


def test_missing_modules_are_told_with_those_that_are_there(place: Place) -> None:
    write(place, GOOD)
    with pytest.raises(CurriculumError, match="known: custody"):
        load_module(place, ModuleId("firearms"))
    (place.courses / "empty").mkdir()
    with pytest.raises(CurriculumError, match=r"courses/empty/module\.toml: missing"):
        load_module(place, ModuleId("empty"))


def variant(name: str, *needed: str) -> str:
    needs = ", ".join(f'"{other}"' for other in needed)
    return GOOD.replace('"custody"', f'"{name}"').replace("[]", f"[{needs}]")


def test_modules_are_found_after_those_that_they_need(place: Place) -> None:
    write(place, variant("aa", "zz"), "aa")
    write(place, variant("mm"), "mm")
    write(place, variant("zz", "mm"), "zz")
    (place.courses / "notes").mkdir()
    assert [module.id for module in find_modules(place)] == ["mm", "zz", "aa"]


def test_prerequisites_in_a_circle_are_refused(place: Place) -> None:
    write(place, variant("aa", "bb"), "aa")
    write(place, variant("bb", "aa"), "bb")
    with pytest.raises(CurriculumError, match="circle: aa, bb"):
        find_modules(place)


def test_the_problems_of_all_modules_are_told(place: Place) -> None:
    write(place, variant("aa").replace("2.5", "0"), "aa")
    write(place, variant("bb").replace("2.5", "0"), "bb")
    with pytest.raises(CurriculumError) as caught:
        find_modules(place)
    assert len(str(caught.value).split("\n")) == 2


def test_a_curriculum_without_modules_is_empty(place: Place) -> None:
    assert find_modules(place) == []
