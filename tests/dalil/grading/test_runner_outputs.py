"""What a cell's record keeps of messages that may have any content."""

from __future__ import annotations

from typing import Any

import pytest

from dalil.grading.outputs import FLOOD, MAX_BUNDLES, Displays, Record, checked_bundle, json_size

MIME = "application/x-answer+json"


@pytest.fixture
def record() -> Record:
    return Record(MIME, output_bytes=1000, answer_bytes=100, displays=Displays())


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"name": name, "text": text}


def shown(text: str, name: str | None = None) -> dict[str, Any]:
    transient = {"display_id": name} if name else {}
    return {"data": {"text/plain": text}, "metadata": {}, "transient": transient}


def test_streams_are_joined_in_order(record: Record) -> None:
    for text, name in (("a", "stdout"), ("b", "stdout"), ("c", "stderr"), ("d", "stdout")):
        record.add("stream", stream(text, name), 1)
    assert [(o["name"], o["text"]) for o in record.finished()] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_a_stream_is_cut_between_characters(record: Record) -> None:
    record.add("stream", stream("ش" * 600), 1200)
    record.add("stream", stream("more"), 4)
    outputs = record.finished()
    assert outputs[0]["text"] == "ش" * 500
    assert "dropped" in outputs[-1]["text"]


def test_a_display_is_kept_whole_or_not_at_all(record: Record) -> None:
    record.add("display_data", shown("x" * 2000), 2000)
    record.add("display_data", shown("small"), 5)
    outputs = record.finished()
    assert [o["data"]["text/plain"] for o in outputs if "data" in o] == ["small"]
    assert "dropped" in outputs[-1]["text"]


def test_clearing_makes_room(record: Record) -> None:
    record.add("stream", stream("x" * 990), 990)
    record.add("clear_output", {"wait": True}, 1)
    assert record.finished()[0]["text"] == "x" * 990
    record.add("stream", stream("y" * 990), 990)
    assert [o["text"] for o in record.finished()] == ["y" * 990]


def test_a_display_of_another_cell_can_be_updated(record: Record) -> None:
    other = Record(MIME, 1000, 100, record.displays)
    record.add("display_data", shown("before", "id"), 1)
    other.add("update_display_data", shown("after", "id"), 1)
    assert record.finished()[0]["data"] == {"text/plain": "after"}
    assert other.finished() == []


def test_answers_are_taken_out_and_not_counted_as_output(record: Record) -> None:
    content = {"data": {MIME: {"question": "q", "value": 1}, "text/plain": "ok"}, "metadata": {}}
    record.add("display_data", content, 2 * 100 + FLOOD * 1000 - 64)
    assert record.bundles == [{"question": "q", "value": 1}]
    assert record.finished()[0]["data"] == {"text/plain": "ok"}
    assert not record.flooded


@pytest.mark.parametrize("kind", ["status", "execute_input", "unheard-of", "", "display_data"])
def test_messages_of_any_kind_are_a_flood_in_the_end(record: Record, kind: str) -> None:
    for _ in range(MAX_BUNDLES):
        record.add("display_data", {"data": {MIME: 1}}, 200)  # of answers, only so many are free
    assert not record.flooded
    for _ in range(FLOOD):
        record.add(kind, {"data": {MIME: 1}}, 1000)
    assert record.flooded


def test_answers_are_counted(record: Record) -> None:
    for _ in range(MAX_BUNDLES + 5):
        record.add("display_data", {"data": {MIME: {}}}, 1)
    assert len(record.bundles) == MAX_BUNDLES


def test_a_flood_is_noticed_even_if_nothing_of_it_is_kept(record: Record) -> None:
    for _ in range(FLOOD * 1000 // 64 + 1):
        record.add("nonsense", {}, 0)
    assert record.flooded


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"data": []},
        {"data": {"text/plain": {"a": 1}}},
        {"data": {"text/plain": [1]}},
        {"data": {"image/png": None}},
        {"name": "stdin", "text": "x"},
        {"name": "stdout", "text": 3},
        {"execution_count": "7"},
    ],
)
@pytest.mark.parametrize("kind", ["display_data", "update_display_data", "stream", "comm_open"])
def test_odd_messages_leave_nothing(kind: str, content: dict[str, Any], record: Record) -> None:
    record.add(kind, content, 1)
    assert record.finished() == []
    assert record.count is None


def test_a_huge_error_is_shortened(record: Record) -> None:
    large = Record(MIME, 100_000, 100, Displays())
    content = {"ename": "E", "evalue": "v" * 10**6, "traceback": ["t" * 10**6, 4]}
    large.add("error", content, 1)
    error = large.finished()[0]
    assert (len(error["evalue"]), len(error["traceback"][0])) == (2000, 2000)
    assert len(error["traceback"]) == 1


@pytest.mark.parametrize(
    ("bundle", "checked"),
    [
        ({"question": "q", "value": "x" * 200}, {"question": "q", "oversized": 100}),
        ({"question": 7, "value": "x" * 200}, {"question": None, "oversized": 100}),
        ({"question": "q", "value": float("nan")}, {"question": "q"}),
        ({"question": "q", "value": 1}, {"question": "q", "value": 1}),
        ("text", "text"),
    ],
)
def test_bundles_are_checked(bundle: Any, checked: Any) -> None:
    assert checked_bundle(bundle, 100) == checked


def test_deep_values_have_no_size() -> None:
    deep: Any = 1
    for _ in range(10**5):
        deep = [deep]
    assert json_size(deep) is None
    assert json_size([[1]]) == 5
    assert json_size("\ud800") == 3


@pytest.mark.parametrize("count", [True, -1, 1.0, "1", 10**9, None])
def test_what_is_no_execution_count_is_none(record: Record, count: Any) -> None:
    record.add("execute_input", {"execution_count": count}, 1)
    assert record.count is None


@pytest.mark.parametrize(
    ("mime", "kept"),
    [
        ("application/json", True),
        ("application/x+json", True),
        ("text/xjson", False),
        ("json", False),
    ],
)
def test_only_what_nbformat_takes_for_json_may_be_other_than_text(
    record: Record, mime: str, kept: bool
) -> None:
    record.add("display_data", {"data": {mime: {"a": 1}, "text/plain": "t"}}, 1)
    assert (mime in record.finished()[0]["data"]) is kept
