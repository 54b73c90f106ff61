"""What keeps pages of one origin from acting on another's, as far as headers and cookies do."""

from __future__ import annotations

import os

import httpx
import pytest

from dalil.hub.places import take_place
from tests.dalil.hub.room import Hub

OPENER = "cross-origin-opener-policy"
ISSUE = "/services/dalil/api/modules/custody/issue"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("amina", "/hub/home"),
        ("amina", "/services/dalil/"),
        ("amina", "/services/apps/"),
        ("samira", "/services/academy/formgrader/gradebook"),
        ("samira", "/services/academy/formgrader/api/students"),
    ],
)
def test_no_other_origin_frames_our_pages_or_keeps_a_handle_on_them(
    hub: Hub, name: str, path: str
) -> None:
    answer = hub.browser(name).get(path, headers={"Sec-Fetch-Mode": "navigate"})
    assert (answer.status_code, answer.url.path.rstrip("/")) == (200, path.rstrip("/"))
    assert answer.headers[OPENER] == "same-origin"
    framed = "'self'" if "apps" in path else "'none'"
    assert f"frame-ancestors {framed}" in answer.headers["content-security-policy"]


def test_cookies_go_with_no_request_that_another_site_makes(hub: Hub) -> None:
    client = hub.browser("amina")
    client.get("/services/dalil/")
    kept = {cookie.name: cookie for cookie in client.cookies.jar}
    for name in ("jupyterhub-hub-login", "jupyterhub-session-id", "service-dalil"):
        assert kept[name].get_nonstandard_attr("SameSite") == "Lax", name


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("same-site", 403), ("cross-site", 403), ("", 200)]
)
def test_changes_are_asked_for_by_our_own_pages(hub: Hub, site: str, status: int) -> None:
    headers = {"Authorization": f"token {hub.token('amina')}"}
    said = {"Sec-Fetch-Site": site} if site else {}
    answer = httpx.post(hub.address + ISSUE, headers=headers | said, timeout=60)
    assert answer.status_code == status


def test_a_home_configures_no_server_and_lab_still_keeps_its_settings(hub: Hub) -> None:
    place = take_place(hub.settings, "tarik", as_root=os.geteuid() == 0)
    own = place.home / ".jupyter"
    own.mkdir()
    text = f"open({str(place.home / 'loaded')!r}, 'x').close()"
    (own / "jupyter_server_config.py").write_text(text, encoding="utf-8")
    os.chown(own, place.user, place.user)
    path = hub.start_server("tarik")
    assert not (place.home / "loaded").exists()
    language = f"{path}/lab/api/settings/@jupyterlab/translation-extension:plugin"
    assert '"fr_FR"' in hub.ask("tarik", "GET", language).json()["raw"]
    page = hub.ask("tarik", "GET", f"{path}/lab").text
    assert "@jupyter/nbgrader:create-assignment" in page
