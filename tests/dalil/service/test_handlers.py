"""Who gets in, as whom, in which language; how the service refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.dalil.service.hub_room import (
    AMINA,
    NAIMA,
    PASSWORD,
    SAMIRA,
    YOUSSEF,
    Hub,
    hub,
)

__all__ = ["hub"]


@pytest.mark.parametrize(
    ("name", "role", "scopes", "language"),
    [
        (AMINA, "trainee", ["learn"], "ar"),
        (YOUSSEF, "trainee", ["learn"], "fr"),
        (SAMIRA, "instructor", ["learn", "teach"], "fr"),
        (NAIMA, "admin", ["administer"], "en"),
    ],
)
def test_everybody_is_who_the_hub_and_the_roster_say(
    hub: Hub, name: str, role: str, scopes: list[str], language: str
) -> None:
    with hub.api(name) as api:
        me = api.get("me").json()
    assert (me["id"], me["role"], me["scopes"]) == (name, role, scopes)
    assert me["language"] == language
    assert me["languages"] == ["ar", "fr", "en"]


def test_a_stranger_and_a_bad_token_are_told_to_log_in(hub: Hub) -> None:
    for headers in ({}, {"Authorization": "token nonsense"}, {"Cookie": "service-dalil=x"}):
        answer = httpx.get(f"{hub.base}api/me", headers=headers)
        assert (answer.status_code, answer.json()["kind"]) == (403, "log-in")


def test_a_token_without_access_to_the_service_is_refused(hub: Hub) -> None:
    token = hub.token(AMINA, "read:users:name!user")
    answer = httpx.get(f"{hub.base}api/me", headers={"Authorization": f"token {token}"})
    assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")


def test_refusals_speak_the_language_asked_for(hub: Hub) -> None:
    with hub.api(NAIMA) as api:
        said = {name: api.get("nothing", params={"lang": name}).json() for name in ("ar", "fr")}
        accepted = api.get("nothing", headers={"Accept-Language": "fr-MA,ar;q=0.5"}).json()
    assert said["fr"]["error"] == "Il n’y a rien à cette adresse."
    assert re.search("[ء-ي]", said["ar"]["error"])
    assert accepted == said["fr"] == {**said["fr"], "kind": "not-found"}


def test_one_chooses_ones_language(hub: Hub) -> None:
    with hub.api(YOUSSEF) as api:
        assert api.put("me/language", json={"language": "ar"}).json() == {"language": "ar"}
        assert api.get("me").json()["language"] == "ar"
        assert api.put("me/language", json={"language": "fr"}).status_code == 200
        for wrong in ({"language": "xx"}, {"language": 1}, {}, [], "{"):
            answer = api.put("me/language", json=wrong)
            assert (answer.status_code, answer.json()["kind"]) == (400, "usage"), wrong
        assert api.put("me/language", content=b"[" * 100_000).status_code == 400
        assert api.put("me/language", content=b"\xff\xfe").status_code == 400


def test_methods_that_are_not_offered(hub: Hub) -> None:
    with hub.api(AMINA) as api:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert api.request(method, "me").status_code == 405, method


@contextmanager
def _browser_session(hub: Hub, name: str) -> Iterator[httpx.Client]:
    """Somebody who logged in with a password, as a browser does."""
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        page = client.get(f"{hub.base}nothing")
        assert page.url.path == "/hub/login"
        token = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert token is not None
        client.post(
            page.url,
            data={"username": name, "password": PASSWORD, "_xsrf": token[1]},
            headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"},
        )
        yield client


def test_a_browser_logs_in_and_changes_things_only_from_our_own_pages(hub: Hub) -> None:
    with _browser_session(hub, NAIMA) as client:
        page = client.get(f"{hub.base}nothing")
        assert page.status_code == 404
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        known = re.search(r'name="xsrf" content="([^"]+)"', page.text)
        assert known is not None
        address = f"{hub.base}api/me/language"
        wished = {"language": "en"}
        assert client.put(address, json=wished).status_code == 403
        assert client.put(address, json=wished, headers={"X-XSRFToken": "x"}).status_code == 403
        own = {"X-XSRFToken": known[1], "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
        assert client.put(address, json=wished, headers=own).status_code == 200
        # another site's page may send the cookie, never the token
        foreign = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site"}
        assert client.get(f"{hub.base}api/me", headers=foreign).status_code == 403


def test_pages_and_answers_are_kept_nowhere(hub: Hub) -> None:
    with hub.api(AMINA) as api:
        answer = api.get("me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_service_that_was_killed_comes_back_and_knows_its_cookies(hub: Hub) -> None:
    with _browser_session(hub, NAIMA) as client:
        own = {"Sec-Fetch-Mode": "navigate"}
        before = client.get(f"{hub.base}nothing", headers=own)
        hub.kill()
        after = client.get(f"{hub.base}nothing", headers=own, follow_redirects=False)
        assert (before.status_code, after.status_code) == (404, 404)
