"""Progress over HTTP: who may ask, the same figures as everywhere, files that run nothing."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import openpyxl
import pytest

from dalil.ledger import Ledger
from dalil.progress import LISTS, VIEWS
from dalil.roster import Person, Roster
from tests.dalil.service.hub_room import AMINA, NAIMA, SAMIRA, YOUSSEF, Hub, hub, logged_in

__all__ = ["hub"]

PATHS = (
    *(f"progress?by={view}" for view in VIEWS),
    *(f"progress/{name}" for name in LISTS),
    f"progress/trainee/{AMINA}",
    "progress/choices",
)


@pytest.fixture(scope="module")
def lived(hub: Hub) -> Hub:
    """Amina has been graded, Youssef has handed in."""
    settings = hub.settings
    ledger = Ledger(settings.database_url, settings.keys)
    with ledger.writing() as batch:
        for name in (AMINA, YOUSSEF):
            about: dict[str, Any] = {"who": name, "trainee": name, "module": "custody"}
            batch.append("issued", **about, attempt=1, what={"version": "1"})
            batch.append("submitted", **about, attempt=1, what={"submission": "a" * 64})
        score = {"points": 1.0, "max_points": 2.0, "flag": None}
        what = {"submission": "a" * 64, "questions": {"breaks": score}, "notes": []}
        batch.append("graded", who="x", trainee=AMINA, module="custody", attempt=1, what=what)
    Roster(settings).enrol([Person("zed", name="'=1+1", cohort="2027-A")], who="tests")
    return hub


def get(hub: Hub, name: str, path: str, **query: str) -> httpx.Response:
    with hub.api(name) as api:
        return api.get(path, params=httpx.QueryParams(path.partition("?")[2]).merge(query))


@pytest.mark.parametrize("path", PATHS)
def test_instructors_and_admins_alone_see_it(lived: Hub, path: str) -> None:
    for name in (SAMIRA, NAIMA):
        assert get(lived, name, path).status_code == 200, name
    for name in (AMINA, YOUSSEF):
        answer = get(lived, name, path)
        assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")
    assert httpx.get(f"{lived.base}api/{path}").status_code == 403


def test_figures_are_fresh_after_each_event_and_in_the_callers_language(lived: Hub) -> None:
    (row,) = get(lived, NAIMA, "progress?by=module").json()["rows"]
    assert (row["people"], row["submitted"], row["graded"], row["share"]) == (3, 2, 1, 0.5)
    assert row["title"].startswith("Chain of custody")
    french = get(lived, SAMIRA, "progress?by=module").json()["rows"][0]["title"]
    arabic = get(lived, SAMIRA, "progress?by=module", lang="ar").json()["rows"][0]["title"]
    assert len({row["title"], french, arabic}) == 3
    queue = get(lived, SAMIRA, "progress/queue").json()
    assert {(r["trainee"], r["state"]) for r in queue["rows"]} == {
        (YOUSSEF, "to-grade"),
        (AMINA, "to-mark"),
    }
    one = get(lived, SAMIRA, "progress/queue", limit="1").json()
    assert (len(one["rows"]), one["total"]) == (1, 2)
    ledger = Ledger(lived.settings.database_url, lived.settings.keys)
    ledger.append("issued", who="zed", trainee="zed", module="custody", attempt=1)
    (row,) = get(lived, NAIMA, "progress?by=module").json()["rows"]
    assert row["issued"] == 3


def test_small_groups_are_left_out_in_every_format(lived: Hub) -> None:
    for field in ("unit", "sex", "rank"):
        found = get(lived, NAIMA, f"progress?by={field}").json()
        for row in found["rows"]:
            assert row["hidden"] == (row["graded"] is None)
        text = get(lived, NAIMA, f"progress?by={field}", format="csv").content.decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == len(found["rows"]) + 1


def test_csv_and_workbook_are_handed_over_as_files(lived: Hub) -> None:
    answer = get(lived, NAIMA, "progress?by=trainee", format="csv", lang="fr")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="progress-trai')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {line["Nom"] for line in lines} == {"أمينة بنعلي", "Youssef Alami", "'=1+1"}
    for path in (*PATHS[:-1],):
        answer = get(lived, NAIMA, path, format="xlsx", lang="ar")
        assert answer.status_code == 200, path
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet.sheet_view.rightToLeft
        assert all(cell.data_type in "sndi" for line in sheet for cell in line), path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("progress?by=answers", 400),
        ("progress?cohort=nowhere", 400),
        ("progress?module=nothing", 400),
        ("progress?format=exe", 400),
        ("progress/queue?limit=-1", 400),
        ("progress/queue?limit=x", 400),
        ("progress/trainee/nobody", 400),
        ("progress/trainee/samira", 400),
        ("progress/trainee/%00", 400),
        ("progress/answers", 404),
    ],
)
def test_what_is_wrong_is_said_in_a_line(lived: Hub, path: str, status: int) -> None:
    with lived.api(NAIMA) as api:
        answer = api.get(path)
    assert answer.status_code == status
    assert len(answer.json()["error"].splitlines()) == 1


def test_the_address_of_the_app_leads_to_the_own_server(lived: Hub, browser: Any) -> None:
    page = logged_in(browser, lived, NAIMA)
    answer = page.request.get(f"{lived.base}progress?lang=fr", max_redirects=0)
    assert answer.status == 302
    assert answer.headers["location"] == "/hub/user-redirect/dalil/progress?lang=fr"
    with page.expect_download() as started:
        page.evaluate(
            "address => { location.href = address }",
            f"{lived.base}progress/export/trainee?trainee={AMINA}&format=csv&lang=ar",
        )
    assert started.value.suggested_filename.startswith("progress-person-")
    page.context.close()
    page = logged_in(browser, lived, AMINA)
    for path in ("progress", "progress/export/by?by=trainee&format=csv"):
        assert page.request.get(f"{lived.base}{path}", max_redirects=0).status == 403
    page.context.close()
