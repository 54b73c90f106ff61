"""With ``c.Dalil.domain`` each person's server has an origin of its own, in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jupyterhub.utils import random_port

from dalil.curriculum import load_module
from dalil.hub import demonstration
from dalil.ledger import Ledger
from dalil.nbgrader.course import Course
from dalil.settings import Settings
from tests.browser.day_room import MODULE, opened
from tests.browser.lab_room import open_panel
from tests.dalil.hub.room import Hub

pytestmark = pytest.mark.browser
SLOW = 120_000  # ms: a person's server starts on a busy machine
NAME = "هدى"
ASK = """async ([address, method]) => {
    try {
        const answer = await fetch(address, {method, credentials: 'include'});
        return answer.status;
    } catch (error) { return 'refused'; }
}"""
BLIND = """async address => {
    const how = {method: 'POST', mode: 'no-cors', credentials: 'include'};
    await fetch(address, how).catch(() => null);  // the answer is for nobody else either
}"""


@pytest.fixture(scope="module")
def hub(
    checkout: Path,
    browser: Any,
    tmp_path_factory: pytest.TempPathFactory,
    make_curriculum: Callable[..., Path],
) -> Iterator[Hub]:
    """A hub at academy.localhost, a name that browsers lead to this machine."""
    port = random_port()
    address = f"http://academy.localhost:{port}"
    lines = f'c.Dalil.accounts = "demonstration"\nc.Dalil.domain = "{address}"'
    root = make_curriculum(tmp_path_factory.mktemp("domain"), MODULE, lines=lines)

    def release(settings: Settings) -> None:
        Course(settings).release(load_module(settings, MODULE))

    with opened(checkout, root, release, "--port", str(port)) as running:
        yield replace(running, address=address)


@pytest.fixture(scope="module")
def page(browser: Any, hub: Hub) -> Iterator[Any]:
    """That trainee's Lab, after the log-in."""
    context = browser.new_context(locale="ar-MA")
    context.set_default_timeout(SLOW)
    found = context.new_page()
    found.goto(f"{hub.address}/services/dalil/")
    found.fill("input[name=username]", NAME)
    found.fill("input[name=password]", demonstration.password(hub.settings))
    found.click("[type=submit]")
    found.wait_for_url(f"{hub.address}/services/dalil/")
    found.goto(f"{hub.address}/hub/user-redirect/lab")
    found.wait_for_selector("#jp-main-content-panel")
    yield found
    context.close()


def origin(address: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(address))


def test_lab_opens_at_a_name_of_the_persons_own_with_the_academys_panel(
    page: Any, hub: Hub
) -> None:
    port = urlsplit(hub.address).port
    host = urlsplit(page.url).hostname
    assert host.startswith("xn--")
    assert origin(page.url) == f"http://{host}:{port}"
    assert host.endswith(".academy.localhost")
    open_panel(page, "#dalil-curriculum", ".dalil-Card", SLOW)  # the academy's answer is in it


def test_a_page_of_a_persons_server_neither_reads_nor_changes_the_academy(
    page: Any, hub: Hub
) -> None:
    for path in ("/services/dalil/api/me", "/hub/home", "/hub/api/user", "/services/academy/"):
        assert page.evaluate(ASK, [hub.address + path, "GET"]) == "refused", path
    page.evaluate(BLIND, f"{hub.address}/services/dalil/api/modules/custody/issue")
    ledger = Ledger(hub.settings.database_url, hub.settings.keys)
    assert ledger.events(kind="issued", trainee=NAME) == []


def test_links_to_apps_and_home_lead_from_lab_to_the_academys_own_name(page: Any, hub: Hub) -> None:
    for path in ("/services/apps/", "/services/dalil/", "/hub/home"):
        other = page.context.new_page()
        answer = other.goto(origin(page.url) + path)
        assert (answer.status, other.url) == (200, hub.address + path)
        other.close()


def test_cookies_of_the_hub_do_not_reach_a_persons_server(page: Any, hub: Hub) -> None:
    names = {cookie["name"] for cookie in page.context.cookies(page.url)}
    assert not {name for name in names if "hub-login" in name or name.startswith("service-")}
