"""The admin's addresses: roster, dates, extensions, history, backups, asked of the real service."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dalil.backup import inspect
from dalil.ledger import Ledger
from dalil.roster import Person, Roster
from tests.dalil.service.hub_room import AMINA, NAIMA, SAMIRA, YOUSSEF, Hub, hub

__all__ = ["hub"]

ROUTES = [
    ("GET", "roster"),
    ("GET", "roster.csv"),
    ("POST", "roster/import?dry_run=1"),
    ("PUT", "roster/someone"),
    ("DELETE", "roster/amina"),
    ("GET", "dates"),
    ("PUT", "dates"),
    ("POST", "extensions"),
    ("GET", "history?trainee=amina"),
    ("GET", "backups"),
    ("POST", "backups"),
    ("GET", "backup"),
]
PAGES = ["roster", "roster/person", "roster/import", "dates", "history", "backups"]


@pytest.mark.parametrize("name", [AMINA, SAMIRA])
def test_trainees_and_instructors_are_refused_everywhere(hub: Hub, name: str) -> None:
    people = Roster(hub.settings).people()
    with hub.api(name) as api:
        for method, path in ROUTES:
            answer = api.request(method, path, content=b"id\nx\n")
            assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden"), path
        for page in PAGES:
            for method in ("GET", "POST"):
                answer = api.request(method, f"{hub.base}admin/{page}")
                assert answer.status_code in (403, 405), page
    assert Roster(hub.settings).people() == people


def test_the_roster_is_listed_filtered_and_exported(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        told = api.get("roster").json()
        assert {p["id"] for p in told["people"]} >= {AMINA, YOUSSEF, SAMIRA, NAIMA}
        assert "2027-A" in told["cohorts"]
        found = api.get("roster", params={"q": "ÉMI"}).json()
        assert (found["people"], found["total"]) == ([], told["total"])
        found = api.get("roster", params={"q": "بنعلي", "role": "trainee", "cohort": "2027-A"})
        assert [p["id"] for p in found.json()["people"]] == [AMINA]
        sheet = api.get("roster.csv")
        assert sheet.headers["Content-Type"].startswith("text/csv")
        assert "attachment" in sheet.headers["Content-Disposition"]
        plan = api.post("roster/import", params={"dry_run": "1"}, content=sheet.content).json()
    assert (plan["problems"], plan["added"], plan["changed"]) == ([], [], [])
    assert plan["unchanged"] == told["total"]


def test_an_import_is_looked_at_then_done_and_only_on_what_was_looked_at(hub: Hub) -> None:
    sheet = "id;nom;promotion\nhind;Hind Saïdi;2028-B\nkarim;Karim;2028-B\n".encode()
    with hub.api(NAIMA) as api:
        plan = api.post("roster/import", params={"dry_run": "1"}, content=sheet).json()
        assert (plan["added"], plan["applied"]) == (["hind", "karim"], False)
        assert Roster(hub.settings).person("hind") is None
        missing = api.post("roster/import", content=sheet)
        assert missing.status_code == 400
        Roster(hub.settings).enrol([Person("between")], who="tests")  # a second admin
        stale = api.post("roster/import", params={"basis": plan["basis"]}, content=sheet)
        assert (stale.status_code, stale.json()["kind"]) == (409, "stale")
        assert Roster(hub.settings).person("hind") is None
        plan = api.post("roster/import", params={"dry_run": "1"}, content=sheet).json()
        done = api.post("roster/import", params={"basis": plan["basis"]}, content=sheet)
        assert done.json()["applied"] is True
    assert Roster(hub.settings).person("hind") == Person("hind", "Hind Saïdi", "2028-B")
    [event] = Ledger(hub.settings.database_url, hub.settings.keys).events(trainee="hind")
    assert (event.kind, event.who) == ("enrolled", NAIMA)


@pytest.mark.parametrize(
    ("sheet", "line", "said"),
    [
        (b"id,name\na,x\nb\n", 3, "columns"),
        (b"id,name\na,=HYPERLINK(1)\n", 2, "formula"),
        (b"id,name\n../a,x\n", 2, "must not begin"),
        (b"id,name\n<script>,x\n", 2, "not allowed"),
        ("id,name\na,\u202eevil\n".encode(), 2, "U+202E"),
        ("id,name\na,é\n".encode("cp1252"), 2, "UTF-8"),
        (b"id,role\na,root\n", 2, "trainee, instructor, admin"),
        (b"\x00\x00\xff\xfe", 1, ""),
        (b"", 1, "empty"),
        (b'id,name\na,"open\n' + b"x\n" * 5000, 2, "quotation"),
        (b"id,name\n" + b"a,x\n" * 2, 3, "already"),
    ],
)
def test_bad_sheets_are_named_line_by_line(hub: Hub, sheet: bytes, line: int, said: str) -> None:
    before = Roster(hub.settings).people()
    with hub.api(NAIMA) as api:
        plan = api.post("roster/import", params={"dry_run": "1"}, content=sheet).json()
        assert plan["problems"][0]["line"] == line
        assert said in plan["problems"][0]["message"]
        refused = api.post("roster/import", params={"basis": plan["basis"]}, content=sheet)
    assert refused.status_code == 400
    assert Roster(hub.settings).people() == before


def test_a_huge_sheet_is_refused_and_the_service_lives(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        try:
            answer = api.post("roster/import?dry_run=1", content=b"id\n" + b"x\n" * (9 * 2**20))
            assert answer.status_code in (400, 413, 502)  # the proxy was cut off in mid-body
        except httpx.HTTPError:
            pass  # cut off before all of it was sent
        many = b"id\n" + b"\n".join(b"p%d" % n for n in range(100_001))
        plan = api.post("roster/import?dry_run=1", content=many).json()
        assert "more than 100000 people" in plan["problems"][0]["message"]
        odd = api.post("roster/import?dry_run=1&encoding=utf-7", content=b"id\nx\n")
        assert (odd.status_code, odd.json()["kind"]) == (400, "usage")


def test_one_person_is_changed_by_one_admin_at_a_time(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        made = api.put("roster/أمين العلوي", json={"name": "أمين العلوي", "cohort": "2028-B"})
        assert made.status_code == 201
        tag = made.json()["tag"]
        again = api.put("roster/أمين العلوي", json={"name": "x"})
        assert (again.status_code, again.json()["kind"]) == (409, "stale")
        changed = api.put("roster/أمين العلوي", json={"name": "أمين", "rank": "ضابط", "tag": tag})
        assert (changed.status_code, changed.json()["rank"]) == (200, "ضابط")
        late = api.put("roster/أمين العلوي", json={"name": "y", "tag": tag}, params={"lang": "fr"})
        assert late.status_code == 409
        assert late.json()["error"].startswith("Quelqu’un d’autre")
        assert api.delete("roster/أمين العلوي", params={"tag": tag}).status_code == 409
        tag = changed.json()["tag"]
        assert api.delete("roster/أمين العلوي", params={"tag": tag}).status_code == 204
        assert api.delete("roster/أمين العلوي", params={"tag": tag}).status_code == 400


def test_what_no_person_may_be(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        for wrong in (
            {"role": "root"},
            {"name": "=1+1"},
            {"name": 3},
            {"more": "x"},
            {"language": "xx"},
            {"tag": 1},
            {"name": "x" * 200},
            [],
        ):
            assert api.put("roster/nobody", json=wrong).status_code == 400, wrong
        for name in ("%2e%2e%2fx", "Upper", "a%00b", "x" * 100, "%3Cb%3E"):
            assert api.put(f"roster/{name}", json={}).status_code in (400, 404), name
    assert Roster(hub.settings).person("nobody") is None


def test_an_admin_cannot_lock_oneself_out(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        [me] = [p for p in api.get("roster").json()["people"] if p["id"] == NAIMA]
        tag = {"tag": me["tag"]}
        assert api.delete(f"roster/{NAIMA}", params=tag).status_code == 400
        mine = {"name": me["name"], "role": "trainee", **tag}
        assert api.put(f"roster/{NAIMA}", json=mine).status_code == 400
        query = {"complete": "1", "dry_run": "1"}
        plan = api.post("roster/import", params=query, content=b"id\nonly\n").json()
        assert NAIMA in plan["removed"]
        query = {"complete": "1", "basis": plan["basis"]}
        assert api.post("roster/import", params=query, content=b"id\nonly\n").status_code == 400
    assert Roster(hub.settings).person(NAIMA) is not None


def test_dates_and_extensions(hub: Hub) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7)
    with hub.api(NAIMA) as api:
        wished = {"module": "custody", "due": due.isoformat(), "attempts": 2}
        assert api.put("dates", json=wished).json()["due"] == due.isoformat()
        seen = {"due": due.isoformat(), "attempts": 2}
        later = (due + timedelta(days=1)).isoformat()
        first = api.put("dates", json={**wished, "due": later, "seen": seen})
        second = api.put("dates", json={**wished, "attempts": 5, "seen": seen})
        assert (first.status_code, second.status_code) == (200, 409)
        given = {"module": "custody", "trainee": AMINA, "why": "مرض", "attempts": 1}
        assert api.post("extensions", json=given).json()["attempts"] == 3
        told = api.get("dates", params={"lang": "ar"}).json()
        assert told["dates"][0]["due"] == later
        [extension] = told["extensions"]
        assert (extension["trainee"], extension["why"]) == (AMINA, "مرض")
        assert extension["granted_by"] == NAIMA
        for wrong in (
            {**given, "cohort": "2027-A"},
            {**given, "why": " "},
            {**given, "attempts": -1},
            {**given, "attempts": True},
            {**given, "due": "tomorrow"},
            {**given, "due": 3},
            {**given, "trainee": ["x"]},
            {**given, "trainee": ""},
        ):
            assert api.post("extensions", json=wrong).status_code == 400, wrong
        for wrong in (
            {**wished, "opens": later, "due": due.isoformat()},
            {**wished, "seen": 1},
            {**wished, "attempts": 0},
            {**wished, "attempts": "1e3"},
        ):
            assert api.put("dates", json=wrong).status_code == 400, wrong
        for module in ("nothing", "../x", ""):
            assert api.put("dates", json={**wished, "module": module}).status_code == 404
        back = {"module": "custody", "trainee": AMINA, "why": "mended"}
        assert api.post("extensions", json=back).json()["attempts"] == 2


def test_the_history_of_a_grade(hub: Hub) -> None:
    _marks(hub)
    with hub.api(NAIMA) as api:
        query = {"trainee": YOUSSEF, "module": "custody", "question": "breaks"}
        told = api.get("history", params=query).json()
        assert told["ledger"]["ok"] is True
        machine, hand, comment = told["events"]
        assert (machine["kind"], machine["changes"][0]["after"]) == ("graded", 2.0)
        assert (hand["kind"], hand["who"]) == ("hand-marked", SAMIRA)
        assert comment["changes"][0]["after"] == "well seen"
        changed = hand["changes"][0]
        assert (changed["before"], changed["after"], changed["max_points"]) == (2.0, 3.5, 4)
        everything = api.get("history", params={"trainee": YOUSSEF}).text
        assert "SECRET ANSWER" not in everything
        assert "commented" in everything
        assert api.get("history", params={"trainee": "nobody"}).json()["events"] == []
        for wrong in ({}, {"trainee": "../x"}, {"trainee": "x", "module": "../y"}):
            assert api.get("history", params=wrong).status_code == 400
        assert api.get("history", params={"trainee": "x", "question": "q"}).status_code == 400


def _marks(hub: Hub) -> None:
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    about: dict[str, Any] = {"trainee": YOUSSEF, "module": "custody", "attempt": 1}
    submission = hashlib.sha256(b"x").hexdigest()
    marks = {"breaks": {"points": 2.0, "max_points": 4, "flag": None}}
    graded = {
        "submission": submission,
        "points": 2.0,
        "questions": marks,
        "answers": "SECRET ANSWER",
    }
    ledger.append("graded", who="grader", what=graded, **about)
    given = {"submission": submission, "question": "breaks", "points": 3.5, "max_points": 4}
    before = {"points": None, "extra_credit": None}
    ledger.append("hand-marked", who=SAMIRA, what={**given, "before": before}, **about)
    comment = {"question": "breaks", "comment": "well seen", "before": {"comment": None}}
    ledger.append("commented", who=SAMIRA, what=comment, **about)


def test_a_backup_is_made_listed_and_downloaded(hub: Hub, tmp_path: Path) -> None:
    with hub.api(NAIMA) as api:
        assert api.get("backup").status_code == 404
        assert api.post("backups").status_code == 202
        deadline = time.monotonic() + 60
        while (told := api.get("backups").json())["making"]["busy"]:
            assert time.monotonic() < deadline
        assert (told["making"]["error"], told["making"]["sound"]) == ("", True)
        [backup] = told["backups"]
        for query in ({}, {"name": backup["name"]}):
            answer = api.get("backup", params=query)
            assert hashlib.sha256(answer.content).hexdigest() == backup["sha256"]
            assert int(answer.headers["Content-Length"]) == backup["bytes"]
        for name in ("../records/dalil.db", "..", "%2e%2e", f"{backup['name']}.sha256", "x.zip"):
            assert api.get("backup", params={"name": name}).status_code == 404
        file = tmp_path / "b.zip"
        file.write_bytes(answer.content)
    assert str(hub.settings.academy) not in json.dumps(told)
    manifest = inspect(hub.settings, file, lambda name, done, total: None)
    assert manifest.sound
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    assert {e.who for e in ledger.events(kind="backup-fetched")} == {NAIMA}


def test_the_home_page_says_where_one_stands(hub: Hub) -> None:
    with hub.api(AMINA) as api:
        page = api.get(hub.base)
        assert page.status_code == 200
        assert 'dir="rtl"' in page.text
        assert "مفتوحة" in page.text  # released, nothing issued yet
        assert api.post("modules/custody/issue").status_code == 200
        assert "القطع مسلّمة" in api.get(hub.base).text
        french = api.get(hub.base, params={"lang": "fr"}).text
    assert "Pièces reçues" in french
    assert "admin/" not in french
