"""A trainee's way through the service behind a real hub: case, work, receipt, result, feedback."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
import pytest

from dalil.exchange import Exchange, Receipt
from dalil.exchange.parcel import unpacked
from dalil.notebooks import notebook_bytes, read_notebook, reference, solve
from dalil.roster import Person, Roster, Rules
from tests.dalil.service.hub_room import AMINA, NAIMA, SAMIRA, SECRET, YOUSSEF, Hub, hub

__all__ = ["hub"]

MODULE = "modules/custody"


def solved(hub: Hub, content: bytes, **cells: str) -> bytes:
    """The notebook of a case with the reference's answers, or with *cells*."""
    notebook = nbformat.reads(unpacked(content, "custody").notebook.decode(), as_version=4)
    source = read_notebook(hub.settings.exercises / "custody" / "custody.ipynb")
    return notebook_bytes(solve(notebook, {**reference(source), **cells}, {}))


def graded(api: httpx.Client, serial: int = 0) -> dict[str, Any]:
    """The result as soon as it is there."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = api.get(f"{MODULE}/result", params={"wait": 25, "after": serial}).json()
        if found["state"] in ("graded", "failed"):
            return dict(found)
    raise AssertionError("no result")


def entry(api: httpx.Client, **params: str) -> dict[str, Any]:
    found = api.get("curriculum", params=params).json()
    return next(dict(one) for one in found["modules"] if one["id"] == "custody")


def test_a_whole_way(hub: Hub) -> None:
    with hub.api(AMINA) as api:
        assert entry(api)["state"] == "open"
        assert entry(api)["title"] != "Chain of custody and digital integrity"  # Arabic
        assert api.get(f"{MODULE}/result").json()["state"] == "nothing"
        assert api.get(f"{MODULE}/exercise").json()["kind"] == "exchange"
        issue = api.post(f"{MODULE}/issue", json={})
        assert issue.headers["Content-Type"] == "application/zip"
        parcel = unpacked(issue.content, "custody")
        assert parcel.case["trainee"] == AMINA
        assert parcel.case["language"] == "ar"
        assert unpacked(api.post(f"{MODULE}/issue").content, "custody") == parcel
        assert entry(api)["actions"] == ["lesson", "app", "issue", "submit"]

        work = solved(hub, issue.content, conclusion="السلسلة انقطعت.")
        answer = api.post(f"{MODULE}/submission", params={"attempt": 1}, content=work)
        assert answer.status_code == 201
        receipt = Receipt(**answer.json())
        Exchange(hub.settings).verify(receipt)
        again = api.post(f"{MODULE}/submission", params={"attempt": 1}, content=work)
        assert (again.status_code, Receipt(**again.json())) == (200, receipt)

        result = graded(api, receipt.serial)
        assert result["state"] == "graded", result["remarks"]
        assert Receipt(**result["receipt"]) == receipt
        marks = {one["id"]: one for one in result["questions"]}
        assert marks["conclusion"]["waits"]
        machine = [one for one in marks.values() if not one["waits"]]
        assert all(one["points"] == one["max_points"] > 0 for one in machine)
        assert entry(api)["state"] == "graded"
        assert entry(api)["waits"] == 1

        page = api.get(f"{hub.address}{result['feedback']}")
        assert page.status_code == 200
        assert "sandbox" in page.headers["Content-Security-Policy"]
        assert 'dir="rtl"' in page.text
        history = api.get(f"{MODULE}/history").json()
    kinds = [event["kind"] for event in history["events"]]
    assert kinds == ["issued", "submitted", "graded", "feedback-released"]
    assert history["receipts"] == [vars(receipt)]
    assert {one["sha256"] for one in history["exhibits"]} == {
        one["sha256"]  # type: ignore[index,call-overload]
        for one in parcel.case["exhibits"].values()  # type: ignore[union-attr]
    }
    assert "sealed" not in json.dumps(history)


def test_wrong_answers_are_explained_in_the_trainee_s_language(hub: Hub) -> None:
    with hub.api(YOUSSEF) as api:
        issue = api.post(f"{MODULE}/issue", json={"language": "fr"})
        first = graded_questions(hub)[0]
        api.post(f"{MODULE}/submission", content=solved(hub, issue.content, **{first: "x = 1 / 0"}))
        result = graded(api)
    flagged = [one for one in result["questions"] if one["flag"]]
    assert flagged
    assert all(one["message"] for one in flagged)
    assert result["points"] < result["max_points"]


def graded_questions(hub: Hub) -> list[str]:
    notebook = read_notebook(hub.settings.exercises / "custody" / "custody.ipynb")
    return [
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("solve_")
        and cell.metadata.nbgrader.grade_id != "solve_workspace"
    ]


def test_lessons_and_exercises_in_each_language(hub: Hub) -> None:
    with hub.api(SAMIRA) as api:
        assert api.post(f"{MODULE}/issue").status_code == 200
        for path in ("lesson", "exercise"):
            texts = set()
            for speaks in ("ar", "fr", "en"):
                answer = api.get(f"{MODULE}/{path}", params={"language": speaks})
                nbformat.validate(nbformat.reads(answer.text, as_version=4))
                texts.add(answer.text)
            assert len(texts) == 3
            assert "BEGIN SOLUTION" not in "".join(texts)
        assert api.get(f"{MODULE}/lesson", params={"language": "xx"}).status_code == 400


def test_only_learners_and_only_modules(hub: Hub) -> None:
    paths = ("issue", "submission", "lesson", "exercise", "result", "history", "feedback")
    with hub.api(NAIMA) as admin, hub.api(AMINA) as api:
        for path in paths:
            method = "POST" if path in ("issue", "submission") else "GET"
            assert admin.request(method, f"{MODULE}/{path}").status_code == 403, path
            for name in ("nowhere", "..%2f..%2fetc", "Custody", "graders"):
                found = api.request(method, f"modules/{name}/{path}")
                assert found.status_code == 404, (name, path)
        assert admin.get("curriculum").status_code == 403
    assert httpx.get(f"{hub.base}api/curriculum").json()["kind"] == "log-in"


def newcomer(hub: Hub, name: str, **rules: Any) -> httpx.Client:
    """Somebody whose cohort has dates of its own."""
    roster = Roster(hub.settings)
    roster.enrol([Person(name, cohort=name, language="en")], who="tests")
    roster.set_dates("custody", who="tests", cohort=name, rules=Rules(**rules))
    headers = {"Authorization": f"token {SECRET}"}
    httpx.post(f"{hub.address}/hub/api/users/{name}", headers=headers)
    httpx.post(
        f"{hub.address}/hub/api/groups/trainees/users", headers=headers, json={"users": [name]}
    )
    return hub.api(name)


def test_dates_and_attempts_hold_and_an_extension_gives_more(hub: Hub) -> None:
    now = datetime.now(UTC)
    dates = {"opens": now - timedelta(days=3), "due": now - timedelta(days=1)}
    with newcomer(hub, "rachid", **dates, closes=now + timedelta(days=1), attempts=1) as api:
        issue = api.post(f"{MODULE}/issue", json={"new": True})
        receipt = api.post(f"{MODULE}/submission", content=solved(hub, issue.content)).json()
        result = graded(api, receipt["serial"])
        assert result["late"]
        assert entry(api)["late"]
        for answer in (
            api.post(f"{MODULE}/issue", json={"new": True}),
            api.post(f"{MODULE}/submission", content=b"{}"),
        ):
            assert (answer.status_code, answer.json()["kind"]) == (409, "attempts")
        said = api.post(f"{MODULE}/issue", params={"lang": "fr"}, json={"new": True}).json()
        assert "tentative" in said["error"]

        Roster(hub.settings).extend(
            "custody", who="tests", why="ill", trainee="rachid", attempts=1, due=now + timedelta(2)
        )
        second = api.post(f"{MODULE}/issue", json={"new": True})
        assert unpacked(second.content, "custody").case["attempt"] == 2
        assert (
            unpacked(second.content, "custody").exhibits
            != unpacked(issue.content, "custody").exhibits
        )
        wrong = api.post(f"{MODULE}/submission", params={"attempt": 1}, content=b"{}")
        assert (wrong.status_code, wrong.json()["kind"]) == (409, "exchange")
        # the very bytes of the first attempt, for the second: other exhibits, so marked again
        same = api.post(f"{MODULE}/submission", content=solved(hub, issue.content))
        assert (same.status_code, same.json()["attempt"]) == (201, 2)
        assert graded(api, same.json()["serial"])["attempt"] == 2


def test_before_it_opens_and_after_it_closed(hub: Hub) -> None:
    now = datetime.now(UTC)
    with newcomer(hub, "early", opens=now + timedelta(days=1)) as api:
        assert entry(api)["state"] == "closed"
        answer = api.post(f"{MODULE}/issue")
        assert (answer.status_code, answer.json()["kind"]) == (410, "closed")
    with newcomer(hub, "slow") as api:
        issue = api.post(f"{MODULE}/issue")
        Roster(hub.settings).set_dates(
            "custody", who="tests", cohort="slow", rules=Rules(closes=now)
        )
        answer = api.post(f"{MODULE}/submission", content=solved(hub, issue.content))
        assert (answer.status_code, answer.json()["kind"]) == (410, "closed")
        assert api.post(f"{MODULE}/issue").status_code == 200


def test_bad_work_is_taken_in_and_marked_as_what_it_is(hub: Hub) -> None:
    with newcomer(hub, "clumsy") as api:
        assert api.post(f"{MODULE}/submission", content=b"{}").status_code == 409
        api.post(f"{MODULE}/issue")
        for content in (b"", b"\x00\xff" * 1000, b"[" * 100_000):
            receipt = api.post(f"{MODULE}/submission", content=content)
            assert (receipt.status_code, receipt.json()["bytes"]) == (201, len(content))
            result = graded(api, receipt.json()["serial"])
            assert result["points"] == 0
            assert {one["flag"] for one in result["questions"]} >= {"unreadable"}
        for query in ("attempt=x", "attempt=-1", "attempt=99999999999999", "attempt=²"):
            assert api.post(f"{MODULE}/submission?{query}", content=b"{}").status_code == 400


def test_what_is_too_large_is_refused_with_a_word(hub: Hub) -> None:
    def pieces() -> Any:
        for _ in range(65):
            yield bytes(2**20)

    with newcomer(hub, "large") as api:
        api.post(f"{MODULE}/issue")
        whole = api.post(f"{MODULE}/submission", content=bytes(65 * 2**20))
        chunked = api.post(f"{MODULE}/submission", content=pieces())
        for answer in (whole, chunked):
            assert (answer.status_code, answer.json()["kind"]) == (413, "too-large")
        assert api.get(f"{MODULE}/result").json()["state"] == "nothing"
    kept = hub.settings.records / "submissions"
    assert not [path for path in kept.iterdir() if path.name.startswith(".coming")]


def test_a_connection_lost_in_mid_submit_leaves_nothing(hub: Hub) -> None:
    def pieces() -> Any:
        yield bytes(2**20)
        raise ConnectionAbortedError

    with newcomer(hub, "lost") as api:
        issue = api.post(f"{MODULE}/issue")
        for _ in range(4):  # and nobody is kept from trying again
            with pytest.raises(ConnectionAbortedError):
                api.post(f"{MODULE}/submission", content=pieces())
        assert api.get(f"{MODULE}/result").json()["state"] == "nothing"
        deadline = time.monotonic() + 30
        while answer := api.post(f"{MODULE}/submission", content=solved(hub, issue.content)):
            if answer.status_code != 429 or time.monotonic() > deadline:
                break
        assert answer.status_code == 201


def test_the_service_killed_in_mid_submit_and_in_mid_grade(hub: Hub) -> None:
    """Whoever has a receipt gets a result; whoever has none sends it again."""
    with newcomer(hub, "unlucky") as api:
        issue = api.post(f"{MODULE}/issue")
        slow = solved(hub, issue.content, solve_workspace="import time; time.sleep(5)")

        def sent() -> Any:
            yield slow[:1000]
            hub.service().kill()
            yield slow[1000:]

        with contextlib.suppress(httpx.HTTPError):
            assert api.post(f"{MODULE}/submission", content=sent()).status_code >= 500
        hub.ready()
        assert api.get(f"{MODULE}/result").json()["state"] == "nothing"
        receipt = api.post(f"{MODULE}/submission", content=slow)
        assert receipt.status_code == 201
        wait_until_it_runs(hub)
        hub.kill()
        result = graded(api, receipt.json()["serial"])
        assert result["state"] == "graded", result["remarks"]
        assert len(Exchange(hub.settings).submissions("custody", "unlucky")) == 1
    events = Exchange(hub.settings).ledger.events(trainee="unlucky", kind="graded")
    assert len(events) == 1
    assert Exchange(hub.settings).audit().ok


def test_a_grader_that_is_killed_alone_is_followed_by_another(hub: Hub) -> None:
    first = grader(hub)
    first.kill()
    first.wait(30)
    with newcomer(hub, "later") as api:
        issue = api.post(f"{MODULE}/issue")
        receipt = api.post(f"{MODULE}/submission", content=solved(hub, issue.content)).json()
        assert graded(api, receipt["serial"])["state"] == "graded"
    assert grader(hub).pid != first.pid


def grader(hub: Hub) -> psutil.Process:
    """The process that grades, as soon as there is one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for child in hub.service().children():
            with contextlib.suppress(psutil.Error):
                if "dalil.service.grader" in child.cmdline():
                    return child
        time.sleep(0.05)
    raise AssertionError("there is no grader")


def wait_until_it_runs(hub: Hub) -> None:
    """Until some notebook runs below the grader."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if len(grader(hub).children(recursive=True)) > 1:
            return
        time.sleep(0.05)
    raise AssertionError("nothing was graded")


def test_no_truth_leaves_with_a_case(hub: Hub) -> None:
    with hub.api(SAMIRA) as api:
        content = api.post(f"{MODULE}/issue").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names)
    assert sorted(Path(name).parts[0] for name in names if "/" not in name) == [
        "case.json",
        "custody.ipynb",
    ]
    exchange = Exchange(hub.settings)
    issued = exchange.find("custody", SAMIRA)
    assert issued is not None
    sealed = exchange.answered("custody", SAMIRA, "")[0]
    assert sealed is not None
    secrets = ("BEGIN SOLUTION", '"probes"', '"truth"', sealed[1].salt, sealed[1].seal)
    assert not [secret for secret in secrets if secret.encode() in text]


def test_waiting_ends_when_the_result_is_there(hub: Hub) -> None:
    with newcomer(hub, "patient") as api, hub.api("patient") as other:
        issue = api.post(f"{MODULE}/issue")
        found: list[dict[str, Any]] = []
        waits = threading.Thread(
            target=lambda: found.append(other.get(f"{MODULE}/result?wait=25").json())
        )
        waits.start()
        api.post(f"{MODULE}/submission", content=solved(hub, issue.content))
        waits.join(60)
        assert found
        assert graded(api)["state"] == "graded"
