"""Real hubs from start to end: accounts of others, PostgreSQL, and nothing that stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import psutil
import pytest
from sqlalchemy import create_engine, inspect

from dalil.hub import demonstration
from dalil.hub.native import give_password
from dalil.settings import load_settings
from tests.dalil.hub.room import start_hub, xsrf
from tests.dalil.ledger.test_postgresql import server

__all__ = ["server"]

# No services: these tests are about the hub alone.
ALONE = "c.JupyterHub.services = []\n"


def academy(make: Callable[..., Path], folder: Path, lines: str, own: str = "") -> Path:
    root = make(folder, lines=lines)
    (root / "courses").mkdir(exist_ok=True)
    (root / "jupyterhub_config.py").write_text(ALONE + own, encoding="utf-8")
    settings = load_settings(root)
    settings.prepare()
    demonstration.enrol(settings)
    return root


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, marks=pytest.mark.acceptance),
        pytest.param(signal.SIGTERM, marks=pytest.mark.acceptance),
        signal.SIGKILL,
    ],
)
def test_no_process_stays_behind_however_the_hub_ends(
    separated: None, tmp_path: Path, make_curriculum: Callable[..., Path], number: int
) -> None:
    root = academy(make_curriculum, tmp_path, 'c.Dalil.accounts = "demonstration"')
    hub = start_hub(root)
    hub.start_server("amina")
    (hub.settings.homes / "amina" / "kept.txt").write_text("mine", encoding="utf-8")
    running = hub.processes()
    assert len(running) >= 4  # the hub, and of the server its two keepers and itself
    hub.stop(number)
    _, alive = psutil.wait_procs(running, timeout=30)
    assert alive == []


def test_an_academy_is_open_once(
    separated: None, tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    root = academy(make_curriculum, tmp_path, 'c.Dalil.accounts = "demonstration"')
    hub = start_hub(root)
    line = [sys.executable, "-m", "dalil"]
    env = {name: text for name, text in os.environ.items() if not name.startswith("DALIL_")}
    for again in (["serve"], ["academy"], ["restore", "--force", str(root / "hub.log")]):
        second = subprocess.run(
            [*line, *again], cwd=root, env=env, capture_output=True, text=True, check=False
        )
        assert second.returncode == 2
        assert f"open already ({hub.address}/)" in second.stderr
        assert second.stderr.count("\n") == 1
    hub.stop()
    start_hub(root).stop()


def test_a_second_start_keeps_accounts_and_homes_and_heeds_ctrl_c_in_the_background(
    separated: None, server: str, tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    lines = 'import os\nc.Dalil.hub_database_url = os.environ.get("DALIL_TEST_DB", "")\n'
    root = academy(make_curriculum, tmp_path, lines)
    word = give_password(load_settings(root), "amina")
    for _ in range(2):
        # as a shell starts what ends in "&": with SIGINT ignored
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            hub = start_hub(root, DALIL_TEST_DB=server)
        finally:
            signal.signal(signal.SIGINT, before)
        with httpx.Client(base_url=hub.address, follow_redirects=True, timeout=60) as client:
            assert client.get("/hub/home").url.path == "/hub/login"
            answer = hub.log_in(client, "amina", word)
            assert (answer.status_code, answer.url.path) == (200, "/hub/home")
        with httpx.Client(base_url=hub.address) as client:
            assert hub.log_in(client, "youssef", word).status_code == 403
        hub.stop(signal.SIGINT)
        assert hub.process.returncode == 0
    engine = create_engine(server)
    assert "users" in inspect(engine).get_table_names()
    engine.dispose()
    assert not (root / "academy" / "records" / "hub" / "hub.db").exists()


class Provider(BaseHTTPRequestHandler):
    """Enough of OpenID Connect: it takes whoever comes for ``name``."""

    name: ClassVar[str] = "amina"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(place.query).items()}
        if place.path == "/authorize":
            self.asked.append(query.get("code_challenge_method", ""))
            back = f"{query['redirect_uri']}?{urlencode({'code': 'c', 'state': query['state']})}"
            self.send_response(302)
            self.send_header("Location", back)
            self.end_headers()
            return
        self.tell({"sub": "1", "preferred_username": self.name})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.tell({"access_token": "t", "token_type": "Bearer"})

    def tell(self, what: dict[str, Any]) -> None:
        data = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_provider_of_openid_connect_says_who_and_the_roster_whether(
    separated: None, provider: str, tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    own = f"""
c.GenericOAuthenticator.client_id = "dalil"
c.GenericOAuthenticator.authorize_url = "{provider}/authorize"
c.GenericOAuthenticator.token_url = "{provider}/token"
c.GenericOAuthenticator.userdata_url = "{provider}/userinfo"
c.GenericOAuthenticator.login_service = "Police"
"""
    root = academy(make_curriculum, tmp_path, 'c.Dalil.accounts = "oidc"', own)
    hub = start_hub(root, OAUTH_CLIENT_SECRET="s")
    try:
        for name, wanted in (("amina", 200), ("mallory", 403)):
            Provider.name = name
            with httpx.Client(base_url=hub.address, follow_redirects=True, timeout=60) as client:
                page = client.get("/hub/login", headers={"Accept-Language": "fr"})
                assert "Se connecter avec" in page.text
                answer = client.get("/hub/oauth_login?next=/hub/home")
                assert answer.status_code == wanted, answer.text
                if wanted == 200:
                    told = client.get("/hub/api/user", headers={"X-XSRFToken": xsrf(client)}).json()
                    assert (told["name"], told["groups"], told["admin"]) == (
                        "amina",
                        ["trainees"],
                        False,
                    )
        assert Provider.asked[0] == "S256"
    finally:
        hub.stop()


def test_elsewhere_than_on_this_machine_the_demonstration_does_not_start(
    tmp_path: Path, make_curriculum: Callable[..., Path]
) -> None:
    lines = 'c.Dalil.accounts = "demonstration"\nc.Dalil.address = "0.0.0.0"\n'
    root = academy(make_curriculum, tmp_path, lines)
    done = subprocess.run(
        [sys.executable, "-m", "dalil", "serve"],
        cwd=root,
        env={k: v for k, v in os.environ.items() if not k.startswith("DALIL_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "listens on 127.0.0.1 only, not on 0.0.0.0" in done.stderr
    assert "Traceback" not in done.stderr
