"""What a notebook's ``case`` does: in a trainee's hands, and while grading."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalil import case
from dalil.answers import MAX_ANSWER_BYTES, MIME, decode
from dalil.errors import ExhibitError

DATA = b"entry,time\n1,2025-01-01T10:00:00+01:00\n"
RECORD = {
    "type": "record",
    "fields": {
        "entry": {"type": "integer", "min": 1},
        "kind": {"type": "choice", "options": ["gap"]},
    },
}
QUESTIONS: dict[str, Any] = {
    "count": {"title": "How many", "form": {"type": "integer", "min": 0, "unit": "cells"}},
    "breaks": {"title": "The breaks", "form": {"type": "list", "max_length": 3, "of": RECORD}},
    "surface": {"title": "Levelled", "form": {"type": "array", "ndim": 2}},
    "nested": {
        "title": "Per scan",
        "form": {"type": "record", "fields": {"a": {"type": "array", "ndim": 1}}},
    },
    "score": {"title": "Score", "form": {"type": "function", "returns": {"type": "number"}}},
    "filter": {"title": "F", "form": {"type": "function", "returns": {"type": "array", "ndim": 1}}},
    "conclusion": {"title": "The conclusion"},
    "broken": {"title": "Broken", "form": {"type": "no such"}},
}


class Screen:
    """Collects what a notebook would display."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []

    def display(self, data: dict[str, Any], raw: bool) -> None:
        assert raw
        json.dumps(data)
        self.shown.append(data)

    @property
    def text(self) -> str:
        (only,) = self.shown
        return str(only["text/plain"])

    @property
    def html(self) -> str:
        (only,) = self.shown
        return str(only["text/html"])

    @property
    def bundle(self) -> dict[str, Any]:
        (only,) = self.shown
        assert set(only) == {MIME}
        return dict(only[MIME])


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr("IPython.display.display", screen.display)
    monkeypatch.setattr("IPython.get_ipython", object)
    return screen


Issue = Callable[..., Path]


@pytest.fixture
def issue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Issue:
    """Lay out a trainee's folder and work in it."""

    def lay_out(language: str = "en", grading: bool = False, **changes: Any) -> Path:
        (tmp_path / "exhibits").mkdir(exist_ok=True)
        (tmp_path / "exhibits" / "handover_log.csv").write_bytes(DATA)
        table = {
            "module": "custody",
            "version": "1",
            "trainee": "أمينة",
            "attempt": 2,
            "language": language,
            "exhibits": {
                "log": {"file": "handover_log.csv", "sha256": hashlib.sha256(DATA).hexdigest()},
                "pack": {"file": "pack.zip", "sha256": "0" * 64},
            },
            "questions": QUESTIONS,
            "grading": grading,
            **changes,
        }
        (tmp_path / "case.json").write_text(json.dumps(table), "utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("DALIL_CASE", raising=False)
        return tmp_path

    return lay_out


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is a process that has not read a case yet."""
    monkeypatch.setattr("dalil.case.files._last_read", [])


def test_an_exhibit_is_a_path(issue: Issue, screen: Screen) -> None:
    folder = issue()
    assert case.exhibit("log").read_bytes() == DATA
    assert case.exhibit("log") == (folder / "exhibits" / "handover_log.csv").resolve()
    assert screen.shown == []


def test_an_altered_exhibit_is_told_and_still_opened(issue: Issue, screen: Screen) -> None:
    folder = issue()
    (folder / "exhibits" / "handover_log.csv").write_bytes(DATA.replace(b"1", b"2"))
    assert case.exhibit("log").exists()
    assert "SHA-256" in screen.text


@pytest.mark.parametrize(
    ("name", "message"), [("pack", "pack.zip is missing"), ("none", "log, pack"), (3, "log, pack")]
)
def test_exhibits_that_cannot_be_opened_are_told(issue: Issue, name: Any, message: str) -> None:
    issue()
    with pytest.raises(ExhibitError, match=message) as caught:
        case.exhibit(name)
    assert caught.value._render_traceback_() == [str(caught.value)]  # type: ignore[attr-defined]


def test_the_case_may_lie_elsewhere(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = issue("fr")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for place in (folder, folder / "case.json"):
        monkeypatch.setenv("DALIL_CASE", str(place))
        assert (case.language, case.attempt, case.module) == ("fr", 2, "custody")
        assert case.questions()["breaks"] == "The breaks"
        assert case.exhibit("log").read_bytes() == DATA
    assert not hasattr(case, "truth")


def test_a_notebook_that_changes_its_folder_keeps_its_case(
    issue: Issue, screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
) -> None:
    folder = issue("fr")
    assert case.exhibit("log").read_bytes() == DATA
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert case.exhibit("log") == (folder / "exhibits" / "handover_log.csv").resolve()
    case.answer("count", 12)
    assert "12" in screen.text
    (folder / "case.json").unlink()
    with pytest.raises(ExhibitError, match="no case"):
        case.exhibit("log")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "3",
        '{"module": NaN}',
        "[" * 9999,
        json.dumps(
            {"module": "m", "exhibits": {"a": {"file": "../x", "sha256": ""}}, "questions": {}}
        ),
        json.dumps({"module": "m", "exhibits": {}, "questions": {}, "language": "xx"}),
        json.dumps({"module": "m", "exhibits": {}, "questions": {"a": 3}}),
    ],
)
def test_a_damaged_case_is_told_in_all_languages(issue: Issue, screen: Screen, text: str) -> None:
    folder = issue()
    (folder / "case.json").write_text(text)
    with pytest.raises(ExhibitError, match="damaged") as caught:
        case.exhibit("log")
    lines = caught.value._render_traceback_()  # type: ignore[attr-defined]
    assert len(set(lines)) == 3
    case.answer("count", 3)
    assert screen.text.split("\n") == [
        "The file case.json is damaged. Fetch the exercise again.",
        *lines[1:],
    ]


def test_no_case_at_all_is_told(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DALIL_CASE", raising=False)
    case.answer("count", 3)
    assert "no case in this folder" in screen.text
    with pytest.raises(ExhibitError, match="no case"):
        case.exhibit("log")


def test_a_right_form_is_confirmed_as_it_was_understood(issue: Issue, screen: Screen) -> None:
    issue()
    case.answer("count", "١٢")
    assert screen.text == "How many: the form is right, the answer is noted.\nYou gave: 12."


WRONG: list[tuple[str, Any, list[str]]] = [
    ("count", -1, ["You gave: -1.", "a whole number of at least 0, in cells"]),
    ("count", None, ["You gave: nothing."]),
    ("count", "1,234", ["without signs between groups"]),
    ("count", "x" * 500, ["…”"]),
    ("count", "\ud800", ["the text “?”"]),
    ("breaks", 3, ["a list of 0 to 3 items"]),
    ("breaks", [1, 2, 3, 4], ["You gave: a list of 4 items."]),
    (
        "breaks",
        [{"entry": 1, "kind": "gap"}, {"entry": 0, "kind": "gap"}],
        ["Where: item 2, entry."],
    ),
    (
        "breaks",
        [{"entry": 1, "sort": "gap"}],
        ["Where: item 1.", "Missing: kind.", "Not asked for: sort."],
    ),
    ("surface", [[1], [2, 3]], ["an array of finite numbers"]),
    ("surface", np.zeros(3), ["an array of 3"]),
    ("score", 3, ["a function that returns a number"]),
    ("score", [1.0, 2.0], ["a function that returns a number"]),
    ("count", object(), ["something of type object"]),
    ("none", 3, ["There is no question none.", "breaks"]),
    (3, 3, ["There is no question 3."]),  # type: ignore[list-item]
    ("conclusion", "text", ["in writing"]),
    ("broken", 3, ["damaged"]),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong[0]))
@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_wrong_form_is_explained_and_nothing_is_raised(
    issue: Issue, screen: Screen, wrong: tuple[str, Any, list[str]], language: str
) -> None:
    question, value, expected = wrong
    issue(language)
    case.answer(question, value)
    text = screen.text
    if language == "en":
        for words in expected:
            assert words in text
    else:
        assert not any(words in text for words in expected if " " in words)
    screen.html.encode("utf-8")


class Hostile:
    """Raises from every method that a form might call."""

    def _fail(self, *arguments: Any) -> Any:
        raise RuntimeError("boom")

    __len__ = __iter__ = __getitem__ = __array__ = __str__ = __repr__ = __eq__ = _fail
    __hash__ = None  # type: ignore[assignment]


class HostileTable(dict[str, Any]):
    __contains__ = __iter__ = items = Hostile._fail  # type: ignore[assignment]


@pytest.mark.parametrize("value", [Hostile(), HostileTable(entry=1), [HostileTable()]])
@pytest.mark.parametrize("question", ["count", "breaks", "surface", "nested"])
def test_values_that_raise_are_survived(
    issue: Issue, screen: Screen, question: str, value: Any
) -> None:
    issue()
    case.answer(question, value)
    assert "not yet the form" in screen.text
    screen.shown.clear()
    issue(grading=True)
    case.answer(question, value)
    assert screen.bundle == {"question": question, "malformed": True}


def test_messages_carry_their_direction_and_isolate_data(issue: Issue, screen: Screen) -> None:
    issue("ar")
    case.answer("count", "<img src=x>")
    assert screen.html.startswith('<div dir="rtl" lang="ar"')
    assert "<bdi>\u2068&lt;img src=x&gt;\u2069</bdi>" in screen.html
    assert "<img" not in screen.html
    assert "ليست هذه بعدُ الصيغة" in screen.text


def test_large_answers_are_told(issue: Issue, screen: Screen) -> None:
    issue()
    case.answer("surface", np.zeros((1000, 1000)))
    assert f"at most {MAX_ANSWER_BYTES // 1024} KiB" in screen.text


def test_a_script_gets_plain_text(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    issue("fr")
    monkeypatch.setattr("IPython.get_ipython", lambda: None)
    case.answer("count", 3)
    assert "la forme est correcte" in capsys.readouterr().out


# --- while grading


def test_grading_emits_the_canonical_value_once(issue: Issue, screen: Screen) -> None:
    issue(grading=True)
    case.answer("breaks", ({"kind": "GAP", "entry": "٢"},))
    assert screen.bundle == {"question": "breaks", "value": [{"entry": 2, "kind": "gap"}]}


def test_grading_emits_arrays_as_npy_and_nested_ones_as_lists(issue: Issue, screen: Screen) -> None:
    issue(grading=True)
    case.answer("surface", np.arange(6.0).reshape(2, 3))
    question, array = decode(screen.bundle)
    assert question == "surface"
    np.testing.assert_array_equal(array, np.arange(6.0).reshape(2, 3))
    screen.shown.clear()
    case.answer("nested", {"a": np.array([1, 2])})
    assert screen.bundle == {"question": "nested", "value": {"a": [1, 2]}}


@pytest.mark.parametrize(
    ("question", "value"),
    [("count", -1), ("count", float("nan")), ("none", 3), ("conclusion", "x"), ("score", [1.0]),
     ("broken", 3), ("surface", [["a"]]), ("nested", {"a": [float("nan")]})],
)  # fmt: skip
def test_grading_says_what_is_malformed_without_its_value(
    issue: Issue, screen: Screen, question: str, value: Any
) -> None:
    issue(grading=True)
    case.answer(question, value)
    assert screen.bundle == {"question": question, "malformed": True}


def test_grading_is_silent_about_exhibits(issue: Issue, screen: Screen) -> None:
    folder = issue(grading=True)
    (folder / "exhibits" / "handover_log.csv").write_bytes(b"other")
    assert case.exhibit("log").read_bytes() == b"other"
    assert screen.shown == []


def probe(folder: Path, **calls: Any) -> None:
    (folder / "probes.json").write_text(json.dumps(calls))


def npy(array: np.ndarray[Any, Any]) -> dict[str, str]:
    stream = io.BytesIO()
    np.save(stream, array)
    return {"npy": base64.b64encode(stream.getvalue()).decode("ascii")}


def test_functions_are_called_with_their_own_copies(issue: Issue, screen: Screen) -> None:
    folder = issue(grading=True)
    values = [[1, 2], [3]]
    probe(
        folder,
        score=[[values], [values], [npy(np.array([4.0, 5.0]))], [{"rows": [npy(np.ones(3))]}]],
    )
    calls = []

    def score(rows: Any) -> Any:
        calls.append(rows)
        if isinstance(rows, np.ndarray):
            return rows.sum()
        if isinstance(rows, dict):
            return rows["rows"][0].sum()
        rows[0].append(10)
        return sum(sum(row) for row in rows)

    case.answer("score", score)
    assert len(calls) == 4
    assert screen.bundle == {"question": "score", "value": [16.0, 16.0, 9.0, 3.0]}


def test_each_call_that_fails_is_none(issue: Issue, screen: Screen) -> None:
    folder = issue(grading=True)
    probe(folder, score=[[1], [2], [3], [4], [5], []])

    def score(n: int) -> Any:
        if n == 1:
            raise ValueError(n)
        if n == 2:
            sys.exit()
        return {3: float("nan"), 4: Hostile(), 5: "٢٫٥"}[n]

    case.answer("score", score)
    assert screen.bundle["value"] == [None, None, None, None, 2.5, None]


def test_functions_may_return_arrays(issue: Issue, screen: Screen) -> None:
    folder = issue(grading=True)
    probe(folder, filter=[[2], [3], [0]])
    case.answer("filter", lambda n: np.arange(n) / n if n else np.array([np.inf]))
    assert screen.bundle["value"] == [[0.0, 0.5], [0.0, 1 / 3, 2 / 3], None]


@pytest.mark.parametrize("probes", [None, "", "{}", '{"score": 3}', '{"score": [3]}'])
def test_without_probes_a_function_is_malformed(
    issue: Issue, screen: Screen, probes: str | None
) -> None:
    folder = issue(grading=True)
    if probes is not None:
        (folder / "probes.json").write_text(probes)
    case.answer("score", len)
    assert screen.bundle == {"question": "score", "malformed": True}


def test_a_function_is_noted_in_the_trainees_kernel_and_not_called(
    issue: Issue, screen: Screen
) -> None:
    issue()
    case.answer("score", lambda: pytest.fail("called"))
    assert "Grading will call it with other data" in screen.text


def test_importing_case_is_light() -> None:
    heavy = {"babel", "pandas", "scipy", "nbformat", "IPython", "markdown_it"}
    code = f"import sys; from dalil import case; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
