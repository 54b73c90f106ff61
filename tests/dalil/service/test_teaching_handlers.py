"""The instructors' routes behind a real hub: for instructors alone, several of them at once."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from dalil.curriculum import load_module
from dalil.ledger import Ledger
from dalil.models import ModuleId, TraineeId
from dalil.nbgrader.course import Course
from tests.dalil.service.hub_room import AMINA, NAIMA, SAMIRA, YOUSSEF, Hub, hub
from tests.dalil.service.teaching_room import change_cells, no_points, two_points

__all__ = ["hub"]

HOSTILE = (
    "..",
    "%2e%2e",
    "..%2fcustody",
    "custody%00",
    "CUSTODY",
    "nothing",
    "%2Fetc",
    "custody%0a",
)
ROUTES = (
    ("GET", "teach/modules"),
    ("POST", "teach/modules"),
    ("POST", "teach/modules/custody/check"),
    ("GET", "teach/modules/custody/check"),
    ("DELETE", "teach/modules/custody/check"),
    ("GET", "teach/modules/custody/translations"),
    ("POST", "teach/modules/custody/translations"),
    ("GET", "teach/modules/custody/preview"),
    ("POST", "teach/modules/custody/release"),
    ("GET", "teach/queue"),
)


@pytest.fixture
def samira(hub: Hub) -> Iterator[httpx.Client]:
    """The instructor."""
    with hub.api(SAMIRA) as api:
        yield api


@pytest.mark.parametrize("name", [AMINA, YOUSSEF, NAIMA])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_else_is_let_in(hub: Hub, name: str, method: str, path: str) -> None:
    with hub.api(name) as api:
        answer = api.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_are_no_modules(samira: httpx.Client, name: str) -> None:
    for method, rest in (("POST", "check"), ("GET", "translations"), ("POST", "release")):
        answer = samira.request(method, f"teach/modules/{name}/{rest}")
        assert answer.status_code == 404, (method, rest)
        assert answer.json()["kind"] == "not-found"
    for wrong in ("&trainee=..%2f..", "&trainee=", "&trainee=a&language=xx", ""):
        answer = samira.get(f"teach/modules/custody/preview?lang=en{wrong}")
        assert (answer.status_code, answer.json()["kind"]) == (400, "usage"), wrong


def test_the_modules_and_what_becomes_of_them(hub: Hub, samira: httpx.Client) -> None:
    told = samira.get("teach/modules", params={"lang": "ar"}).json()
    assert told["course"] == hub.settings.course_id
    (row,) = (row for row in told["modules"] if row["id"] == "custody")
    assert row["released"]
    assert (row["changed"], row["problem"]) == (False, "")
    assert row["title"] != "Chain of custody and digital integrity"  # in Arabic
    assert {t["language"]: t["missing"] for t in row["translations"]} == {"fr": 0, "ar": 0}
    assert row["check"]["state"] == "none"


@pytest.mark.parametrize(
    "body",
    [
        {"id": "glass"},
        {"id": "../glass", "title": "Glass"},
        {"id": "Glass", "title": "Glass"},
        {"id": "glass", "title": "two\nlines"},
        {"id": "glass", "title": "x" * 121},
        {"id": 7, "title": "Glass"},
        [],
    ],
)
def test_a_new_module_that_cannot_be(hub: Hub, samira: httpx.Client, body: Any) -> None:
    answer = samira.post("teach/modules", json=body)
    assert (answer.status_code, answer.json()["kind"]) == (400, "usage")
    assert "\n" not in answer.json()["error"]
    assert not (hub.settings.courses / "glass").exists()


def test_from_a_new_module_to_its_release(hub: Hub, samira: httpx.Client) -> None:
    """Make, check, find, mend, preview, release."""
    with ThreadPoolExecutor(4) as several:
        body = {"id": "glass", "title": "Glass comparison"}
        answers = list(several.map(lambda _: samira.post("teach/modules", json=body), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert "is there already" in next(a for a in answers if a.status_code == 409).json()["error"]

    change_cells(hub.settings.root, no_points)
    refusal = samira.post("teach/modules/glass/release")
    assert (refusal.status_code, refusal.json()["kind"]) == (409, "curriculum")
    assert (
        "glass is not released: exercises/glass/glass.ipynb: cell middle"
        in (refusal.json()["error"])
    )
    told = samira.get("teach/modules/glass/check").json()
    assert (told["state"], told["errors"], told["by"]) == ("done", 1, SAMIRA)
    assert told["findings"][0]["cell"] == "exercises/glass/glass.ipynb#middle"

    change_cells(hub.settings.root, two_points)
    assert samira.get("teach/modules/glass/check").json()["outdated"]
    told = samira.post("teach/modules/glass/check").json()
    assert told["state"] in ("waiting", "running")
    while told["state"] in ("waiting", "running"):
        more = {"wait": 20, "after": told["serial"]}
        told = samira.get("teach/modules/glass/check", params=more).json()
    assert (told["state"], told["findings"], told["error"]) == ("done", [], "")

    preview = samira.get("teach/modules/glass/preview?trainee=amina&language=ar")
    assert preview.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(preview.content)) as archive:
        assert json.loads(archive.read("case.json"))["preview"] == "practice"

    assert not (hub.settings.release / "glass").exists()
    done = samira.post("teach/modules/glass/release")
    assert (done.status_code, done.json()["by"]) == (200, SAMIRA)
    assert (hub.settings.release / "glass" / "glass.ipynb").is_file()
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    assert [(e.who, e.module) for e in ledger.events(kind="released")] == [(SAMIRA, "glass")]


def test_the_queue_answers_when_something_arrives(hub: Hub, samira: httpx.Client) -> None:
    told = samira.get("teach/queue").json()
    assert [row for row in told["submissions"] if row["trainee"] == AMINA] == []
    course = Course(hub.settings)
    module = load_module(hub.settings, ModuleId("custody"))
    with ThreadPoolExecutor(1) as asker:
        params = {"wait": 25, "after": told["serial"], "lang": "en"}
        waiting = asker.submit(lambda: samira.get("teach/queue", params=params).json())
        course.fetch(module, TraineeId(AMINA), "ar", hub.settings.desks / AMINA)
        course.submit(module, TraineeId(AMINA), hub.settings.desks / AMINA)
        told = waiting.result(60)
    while not told["submissions"]:  # the fetch was the news
        told = samira.get("teach/queue", params={**params, "after": told["serial"]}).json()
    (row,) = told["submissions"]
    assert (row["trainee"], row["name"], row["module"]) == (AMINA, "أمينة بنعلي", "custody")
    assert row["title"] == "Chain of custody and digital integrity"
    assert row["state"] in ("waiting", "grading", "graded", "manual")
    assert row["late"] is False


@pytest.mark.parametrize("query", ["wait=26", "wait=-1", "wait=x", "wait=1e9"])
def test_a_wait_that_is_none(samira: httpx.Client, query: str) -> None:
    for path in ("queue", "modules/custody/check"):
        assert samira.get(f"teach/{path}?{query}").status_code == 400


def test_a_module_whose_table_is_broken(hub: Hub, samira: httpx.Client) -> None:
    folder = hub.settings.courses / "broken"
    folder.mkdir()
    (folder / "module.toml").write_text("id = ", encoding="utf-8")
    (row,) = (r for r in samira.get("teach/modules").json()["modules"] if r["id"] == "broken")
    assert "module.toml" in row["problem"]
    for method, path in (("GET", "translations"), ("GET", "preview?trainee=amina")):
        answer = samira.request(method, f"teach/modules/broken/{path}")
        assert (answer.status_code, answer.json()["kind"]) == (409, "curriculum")
        assert str(hub.settings.root) not in answer.json()["error"]
    answer = samira.post("teach/modules/broken/release")
    assert answer.status_code == 409
    assert "broken is not released" in answer.json()["error"]
