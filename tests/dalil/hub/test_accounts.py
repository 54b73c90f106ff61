"""Who gets in: the roster's word, the academy's own passwords, a directory's answer."""

from __future__ import annotations

import asyncio
import gc
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ldap3.protocol.rfc4511 import BindRequest, LDAPMessage
from pyasn1.codec.ber import decoder, encoder
from tornado.web import HTTPError
from traitlets.config import Config

from dalil.errors import UsageError
from dalil.hub import accounts, configuration, demonstration
from dalil.hub.attempts import FREE, NAMES, PAUSE, Attempts
from dalil.hub.native import give_password
from dalil.roster import Person, Roster
from dalil.settings import Settings, load_settings

SECRET = "a-long-enough-word"


@pytest.fixture
def settings(tmp_path: Path, make_curriculum: Callable[..., Path]) -> Settings:
    found = load_settings(make_curriculum(tmp_path))
    found.prepare()
    demonstration.enrol(found)
    return found


def known_by(settings: Settings, kind: str, **more: Any) -> Any:
    """The authenticator of that kind, set up as the hub would."""
    chosen = replace(settings, accounts=kind)
    config = Config(more)
    configuration.people(config, chosen)
    return config.JupyterHub.authenticator_class(config=config)


def log_in(authenticator: Any, name: str, password: str) -> Any:
    data = {"username": name, "password": password}
    return asyncio.run(authenticator.get_authenticated_user(None, data))


def test_groups_follow_the_roster(settings: Settings) -> None:
    known = known_by(settings, "demonstration")
    word = demonstration.password(settings)
    assert log_in(known, "amina", word)["groups"] == ["trainees"]
    assert log_in(known, "samira", word)["groups"] == ["instructors", "formgrade-academy"]
    nadia = log_in(known, "Nadia ", word)
    assert (nadia["name"], nadia["groups"], nadia["admin"]) == ("nadia", ["admins"], False)


def test_a_wrong_password_and_an_unknown_name_do_not_get_in(settings: Settings) -> None:
    known = known_by(settings, "demonstration")
    assert log_in(known, "amina", "wrong") is None
    assert log_in(known, "amina", "") is None
    with pytest.raises(HTTPError) as refused:
        log_in(known, "mallory", demonstration.password(settings))
    assert (refused.value.status_code, "roster" in str(refused.value)) == (403, True)


def test_after_wrong_passwords_the_next_try_waits(settings: Settings) -> None:
    known = known_by(settings, "native")
    given = give_password(settings, "amina")
    now = 0.0
    known.attempts = Attempts(clock=lambda: now)
    for _ in range(FREE):
        assert log_in(known, "amina", "wrong") is None
    for name in ("amina", " Amina", "AMINA "):
        with pytest.raises(HTTPError) as refused:
            log_in(known, name, given)  # the right one: a guess must not show
        assert refused.value.status_code == 429
        assert refused.value.headers == {"Retry-After": "30"}
    assert log_in(known, "omar", "wrong") is None  # others need not wait
    now = PAUSE
    assert log_in(known, "amina", "wrong") is None
    with pytest.raises(HTTPError):
        log_in(known, "amina", given)
    now = 2 * PAUSE
    assert log_in(known, "amina", given)
    for _ in range(FREE):  # counted from nothing again
        assert log_in(known, "amina", "wrong") is None


def test_names_that_nobody_has_do_not_fill_the_memory() -> None:
    tried = Attempts(clock=lambda: 0.0)
    for number in range(NAMES + FREE):
        assert tried.begin(f"name {number}") == 0
    assert len(tried._tries) == NAMES


def test_roles_change_and_end_while_people_are_at_work(settings: Settings) -> None:
    class User:
        name = "omar"

    known = known_by(settings, "demonstration")
    roster = Roster(settings)
    roster.enrol([Person("omar", role="instructor")], who="nadia")
    assert "instructors" in asyncio.run(known.refresh_user(User()))["groups"]
    roster.remove("omar", who="nadia")
    assert asyncio.run(known.refresh_user(User())) is False


def test_nobody_gets_a_native_account_by_being_the_first(settings: Settings) -> None:
    known = known_by(settings, "native")
    assert log_in(known, "amina", SECRET) is None
    given = give_password(settings, "amina")
    assert log_in(known, "amina", SECRET) is None
    assert log_in(known, "Amina", given)["groups"] == ["trainees"]
    assert log_in(known, "amina", "x" * 100) is None
    known.reset_password("amina", SECRET)  # what the page for changing it does
    assert log_in(known, "amina", SECRET)
    assert "short" in known.reset_password("amina", "short")
    with pytest.raises(UsageError, match="not on the roster"):
        give_password(settings, "mallory")
    kept = [*(settings.records / "hub").glob("passwords*")]
    assert kept
    assert all(part.stat().st_mode & 0o077 == 0 for part in kept)
    assert not any(SECRET.encode() in part.read_bytes() for part in kept)


class Directory(socketserver.StreamRequestHandler):
    """Enough of RFC 4511 to bind: amina knows her word, nothing else is there."""

    def handle(self) -> None:
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                return
            size, more = head[1], b""
            if size > 127:
                more = self.rfile.read(size & 127)
                size = int.from_bytes(more, "big")
            asked, _ = decoder.decode(head + more + self.rfile.read(size), asn1Spec=LDAPMessage())
            operation = asked["protocolOp"].getComponent()
            answer = LDAPMessage()
            answer["messageID"] = asked["messageID"]
            if isinstance(operation, BindRequest):
                word = bytes(operation["authentication"]["simple"]).decode()
                good = (str(operation["name"]), word) == ("uid=amina,ou=people,dc=ma", SECRET)
                done, code = answer["protocolOp"]["bindResponse"], 0 if good else 49
            elif asked["protocolOp"].getName() == "searchRequest":
                done, code = answer["protocolOp"]["searchResDone"], 0
            else:
                return
            done["resultCode"], done["matchedDN"], done["diagnosticMessage"] = code, "", ""
            self.wfile.write(encoder.encode(answer))


@pytest.fixture
def directory() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Directory) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
        gc.collect()  # ldapauthenticator leaves its connections to the collector


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_directory_says_who_and_the_roster_what(settings: Settings, directory: int) -> None:
    known = known_by(settings, "ldap")
    assert known.tls_strategy.name == "on_connect"  # nothing unencrypted unless one insists
    own = {
        "server_address": "127.0.0.1",
        "server_port": directory,
        "tls_strategy": "insecure",
        "bind_dn_template": ["uid={username},ou=people,dc=ma"],
    }
    config = Config()
    configuration.people(config, replace(settings, accounts="ldap"))
    config.LDAPAuthenticator.update(own)
    known = config.JupyterHub.authenticator_class(config=config)
    assert log_in(known, "amina", SECRET)["groups"] == ["trainees"]
    assert log_in(known, "amina", "wrong") is None
    assert log_in(known, "youssef", SECRET) is None
    assert log_in(known, "amina", "") is None
    assert isinstance(known, accounts.OnTheRoster)
