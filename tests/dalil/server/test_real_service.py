"""A trainee's server beside the academy's real service, behind a real hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from dalil.notebooks import read_notebook, reference, solve, write_notebook
from tests.dalil.server.server_room import served
from tests.dalil.service.hub_room import AMINA, Hub, hub

__all__ = ["hub"]  # a fixture, used by its name


def test_from_exhibits_to_result_and_another_language(
    hub: Hub, tmp_path: Path, checkout: Path
) -> None:
    more = {
        "DALIL_ROOT": str(hub.settings.root),
        "DALIL_SERVICE_URL": hub.base,
        "DALIL_LANGUAGE": "ar",
        "DALIL_ROLE": "trainee",
        "JUPYTERHUB_API_TOKEN": hub.token(AMINA),
    }
    headers = {"Authorization": "token secret"}
    with (
        served("jupyter_server", tmp_path, tmp_path / "log", more) as address,
        httpx.Client(base_url=f"{address}/dalil/api/", headers=headers, timeout=60) as api,
    ):
        assert api.get("me").json()["id"] == AMINA
        assert _module(api)["state"] == "open"
        laid = api.post("files/custody/issue", json={"language": "ar"}).json()
        assert (laid["attempt"], laid["fresh"], laid["aside"]) == (1, True, None)
        work = tmp_path / laid["notebook"]
        arabic = work.read_bytes()

        (changed,) = api.post("files/custody/language", json={"language": "fr"}).json()["notebooks"]
        assert changed["written"]
        assert changed["kept"] == []
        assert work.read_bytes() != arabic
        api.post("files/custody/language", json={"language": "ar"})
        assert json.loads(work.read_bytes()) == json.loads(arabic)

        solved = reference(read_notebook(checkout / "exercises/custody/custody.ipynb"))
        write_notebook(solve(read_notebook(work), {**solved, "conclusion": "جوابي"}, {}), work)
        receipt = api.post("files/custody/submit", json={}).json()
        assert receipt["attempt"] == 1
        assert api.post("files/custody/submit", json={}).json() == receipt  # again: the same
        result = _waited(lambda: _result(api, receipt["serial"]))
        assert result["state"] == "graded", result
        assert result["points"] > 0
        history = api.get("modules/custody/history").json()
        assert [one["sha256"] for one in history["receipts"]] == [receipt["sha256"]]
        assert _module(api)["state"] == "graded"
        again = api.post("files/custody/issue", json={"language": "ar", "new": True}).json()
        assert (again["attempt"], again["aside"]) == (2, "exercises/custody-attempt-1")
        answer = api.post("files/firearms/issue", json={"language": "ar"})
        assert answer.status_code == 404


def _module(api: httpx.Client) -> dict[str, Any]:
    (found,) = api.get("curriculum").json()["modules"]
    return dict(found)


def _result(api: httpx.Client, serial: int) -> dict[str, Any]:
    query = {"wait": 25, "after": serial}
    return dict(api.get("modules/custody/result", params=query).json())


def _waited(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result; each question waits for it by itself."""
    for _ in range(6):
        found = ask()
        if found["state"] != "waiting":
            return found
    raise AssertionError("no result within two and a half minutes")
