"""The academy in a real Jupyter Server: passed on, done here, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dalil.settings import load_settings
from tests.dalil.server.fake_academy import MODULE, FakeAcademy
from tests.dalil.server.server_room import environment, served

WORK = f"exercises/{MODULE}/{MODULE}.ipynb"


@dataclass
class Desk:
    """A trainee's server: ``api`` asks it, ``home`` is where it works."""

    api: httpx.Client
    home: Path
    academy: FakeAcademy

    def post(self, action: str, **body: Any) -> httpx.Response:
        return self.api.post(f"files/{MODULE}/{action}", json=body)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Desk]:
    root = make_curriculum(tmp_path_factory.mktemp("academy"), MODULE)
    home = tmp_path_factory.mktemp("amina")
    with (
        FakeAcademy(load_settings(root)) as academy,
        served("jupyter_server", home, root / "log", environment(root, academy)) as address,
        httpx.Client(
            base_url=f"{address}/dalil/api/", headers={"Authorization": "token secret"}, timeout=60
        ) as api,
    ):
        yield Desk(api, home, academy)


@pytest.fixture
def desk(server: Desk) -> Desk:
    server.academy.reset()
    return server


def test_questions_are_passed_on_with_the_servers_token(desk: Desk) -> None:
    assert desk.api.get("me").json()["id"] == "amina"
    found = desk.api.get("curriculum", params={"lang": "ar"}).json()
    assert [module["id"] for module in found["modules"]] == [MODULE]
    assert desk.api.put("me/language", json={"language": "fr"}).json() == {"language": "fr"}
    assert desk.academy.speaks == "fr"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "roster"),
        ("GET", "backup"),
        ("POST", "me"),
        ("GET", "modules/custody/exercise"),
        ("POST", "modules/custody/submission"),
        ("GET", "modules/custody/../../roster"),
        ("GET", "me%2F..%2Froster"),
        ("GET", "teach/modules/custody/preview"),
        ("PUT", "curriculum"),
    ],
)
def test_other_addresses_are_not_passed_on(desk: Desk, method: str, path: str) -> None:
    assert desk.api.request(method, path, content=b"{}").status_code in (403, 404)
    assert desk.academy.asked == []


def test_nobody_else_is_answered(desk: Desk) -> None:
    for method, path in (("GET", "me"), ("POST", f"files/{MODULE}/issue")):
        address = f"{desk.api.base_url}{path}"
        assert httpx.request(method, address).status_code in (302, 403)
    assert desk.academy.asked == []


def test_the_academys_refusals_come_as_they_are(desk: Desk) -> None:
    desk.academy.closed = True
    answer = desk.api.get("curriculum")
    assert (answer.status_code, answer.json()["kind"]) == (403, "log-in")
    answer = desk.post("issue", language="ar")
    assert (answer.status_code, answer.json()["kind"]) == (403, "log-in")


def test_an_academy_that_is_away(desk: Desk) -> None:
    desk.post("issue", language="ar")
    desk.academy.away = True
    for answer in (desk.api.get("curriculum"), desk.post("issue", language="ar")):
        assert (answer.status_code, answer.json()["kind"]) == (502, "offline")
    # Sent, and nobody knows whether it arrived.
    answer = desk.post("submit")
    assert (answer.status_code, answer.json()["kind"]) == (502, "lostSubmit")


def test_issue_submit_and_again_after_a_lost_answer(desk: Desk) -> None:
    laid = desk.post("issue", language="ar").json()
    assert laid["notebook"] == WORK
    work = desk.home / WORK
    assert (desk.home / "exercises/custody/exhibits").is_dir()
    desk.academy.drop = True
    answer = desk.post("submit")
    assert (answer.status_code, answer.json()["kind"]) == (502, "lostSubmit")
    receipt = desk.post("submit").json()
    assert desk.academy.submissions == [work.read_bytes()] * 2
    kept = json.loads((desk.home / "exercises/custody/receipt.json").read_bytes())
    assert kept == receipt
    assert desk.post("issue", language="ar", new=True).json()["attempt"] == 2


def test_what_cannot_be_handed_in_is_named(desk: Desk) -> None:
    desk.post("issue", language="ar")
    work = desk.home / WORK
    content = work.read_bytes()
    work.unlink()
    answer = desk.post("submit")
    assert (answer.status_code, answer.json()["kind"]) == (409, "missingWork")
    assert answer.json()["values"] == {"path": WORK}
    work.symlink_to("/etc/hostname")
    assert desk.post("submit").json()["kind"] == "blocked"
    work.unlink()
    work.write_bytes(content)
    assert desk.academy.submissions == []


def test_another_language_on_disk_and_in_lab(desk: Desk) -> None:
    desk.post("issue", language="ar")
    desk.post("lesson", language="ar")
    work = desk.home / WORK
    notebook = json.loads(work.read_bytes())
    notebook["cells"][-1]["source"] = ["mine"]
    work.write_text(json.dumps(notebook), encoding="utf-8")
    before = work.read_bytes()
    shown = desk.post("language", language="fr", open=[WORK]).json()["notebooks"]
    assert [(one["path"], one["written"]) for one in shown] == [
        (WORK, False),
        ("lessons/custody.ipynb", True),
    ]
    assert work.read_bytes() == before
    assert all("é" in "".join(c["source"] for c in one["cells"].values()) for one in shown)
    (done, lesson) = desk.post("language", language="fr").json()["notebooks"]
    assert done["written"]
    assert lesson["cells"] == {}  # it was in French already
    after = json.loads(work.read_bytes())
    assert after["cells"][-1]["source"] == ["mine"]
    assert after["metadata"]["dalil"] == {"language": "fr", "direction": "ltr"}
    case = json.loads((desk.home / "exercises/custody/case.json").read_bytes())
    assert case["language"] == "fr"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"language": "tlh"}', b'{"open": 1}'])
def test_bad_requests_are_refused(desk: Desk, body: bytes) -> None:
    answer = desk.api.post(f"files/{MODULE}/language", content=body)
    assert (answer.status_code, answer.json()["kind"]) == (400, "badRequest")
    assert desk.api.post("files/No/issue", content=b"{}").status_code in (403, 404)


def test_lab_is_set_up_once_and_then_the_persons_own(desk: Desk) -> None:
    folder = desk.home / ".jupyter"
    name = "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings"
    assert json.loads((folder / name).read_bytes()) == {"locale": "ar_SA"}
    plugins = json.loads((folder / "labconfig/page_config.json").read_bytes())
    assert plugins["disabledExtensions"]["@jupyter/nbgrader:create-assignment"] is True
