"""The hub's own pages in Chromium, from log-in to log-out, in three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dalil.hub import demonstration
from tests.dalil.hub.conftest import hub, separated
from tests.dalil.hub.room import Hub

__all__ = ["hub", "separated"]

pytestmark = pytest.mark.browser
SLOW = 120_000  # ms


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page as somebody with that browser's language."""
    contexts: list[Any] = []

    def open_page(language: str, **more: Any) -> Any:
        context = browser.new_context(locale=language, **more)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Any, hub: Hub, name: str) -> None:
    page.fill("#username_input", name)
    page.fill("#password_input", demonstration.password(hub.settings))
    page.click("#login_submit")


@pytest.mark.parametrize(
    "said",
    [
        ("ar-MA", "rtl", ("تسجيل الدخول", "اسم المستخدم", "عرض تجريبي", "متدرب")),
        ("fr-FR", "ltr", ("Se connecter", "Nom d’utilisateur", "Démonstration", "Stagiaire")),
        ("en-GB", "ltr", ("Sign in", "User name", "Demonstration", "Trainee")),
        ("de-DE", "ltr", ("Sign in",)),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_log_in_is_in_the_browsers_language_on_a_phone(
    hub: Hub,
    visit: Callable[..., Any],
    violations: Callable[[Any], list[Any]],
    said: tuple[str, str, tuple[str, ...]],
    scheme: str,
) -> None:
    language, direction, words = said
    page = visit(language, viewport={"width": 320, "height": 700}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{hub.address}/hub/login")
    assert all(word in page.inner_text("body") for word in words)
    assert page.evaluate("document.documentElement.dir") == direction
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.activeElement.id") == "username_input"
    assert violations(page) == []
    assert all(url.startswith(hub.address) for url in asked)


def test_a_chosen_language_stays_and_a_wrong_password_is_said_in_it(
    hub: Hub, visit: Callable[..., Any]
) -> None:
    page = visit("en-GB")
    page.goto(f"{hub.address}/hub/login?next=%2Fhub%2Fhome")
    page.click("a[hreflang=ar]")
    page.wait_for_url("**lang=ar**")
    page.wait_for_selector("#login_submit")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    page.fill("#username_input", "amina")
    page.fill("#password_input", "wrong")
    page.click("#login_submit")
    page.wait_for_selector("[role=alert]")
    assert "غير متطابقين" in page.inner_text("[role=alert]")
    assert page.input_value("#username_input") == "amina"
    sign_in(page, hub, "amina")
    page.wait_for_url(f"{hub.address}/hub/home")  # where one wanted to go


def test_from_log_in_to_log_out_by_name_in_arabic_letters(
    hub: Hub, visit: Callable[..., Any], violations: Callable[[Any], list[Any]]
) -> None:
    page = visit("fr-FR")
    page.goto(f"{hub.address}/hub/login")
    sign_in(page, hub, "هدى")
    page.wait_for_url(f"{hub.address}/services/dalil/")
    page.goto(f"{hub.address}/hub/home")
    assert page.evaluate("document.documentElement.dir") == "rtl"  # the roster's word
    assert violations(page) == []
    page.click("#start")
    page.wait_for_selector("#progress, #jp-main-dock-panel", timeout=SLOW)
    page.wait_for_url("**/lab**", timeout=SLOW)
    page.wait_for_selector("#jp-main-dock-panel", timeout=SLOW)
    page.goto(f"{hub.address}/hub/home")
    page.click("#stop")
    page.wait_for_url(f"{hub.address}/hub/home", timeout=SLOW)
    page.goto(f"{hub.address}/hub/nothing")
    assert "لا توجد هذه الصفحة" in page.inner_text("h1")
    page.click("#logout")
    page.wait_for_url("**/hub/login**")
    page.goto(f"{hub.address}/hub/home")
    assert page.is_visible("#password_input")


def test_who_is_not_on_the_roster_reads_that(
    hub: Hub, visit: Callable[..., Any], violations: Callable[[Any], list[Any]]
) -> None:
    page = visit("ar-MA")
    page.goto(f"{hub.address}/hub/login")
    sign_in(page, hub, "mallory")
    page.wait_for_selector("[role=alert]")
    assert "لائحة الأكاديمية" in page.inner_text("[role=alert]")
    assert violations(page) == []


def test_a_strangers_wrong_address_is_said_in_three_languages(
    hub: Hub, visit: Callable[..., Any], violations: Callable[[Any], list[Any]]
) -> None:
    page = visit("fr-FR")
    page.goto(f"{hub.address}/hub/nothing")
    assert page.locator("section h1").all_inner_texts() == [
        "There is no such page",
        "Cette page n’existe pas",
        "لا توجد هذه الصفحة",
    ]
    assert violations(page) == []
