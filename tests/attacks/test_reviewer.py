"""Feedback pages and formgrader in a real browser, scripts on: nothing that was put out acts."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.utils import random_port
from nbgrader.api import Gradebook

from dalil.formgrader import environment
from tests.attacks.family import Family
from tests.attacks.harness import Attack, Graded
from tests.attacks.reviewer import ACT, ATTACKS, GROUPS, OUTSIDE
from tests.attacks.room import MODULE

# What could act, load, submit or draw over the page; a page of an honest trainee has as many.
ALIVE = (
    "script, iframe, frame, object, embed, portal, base, meta[http-equiv], link, style, form, "
    "input, button, select, textarea, svg, math, video, audio, source, img:not([src^='data:']), "
    "template, area, dialog, [style*='url('], [srcdoc], [srcset], [ping], [formaction], "
    "[autofocus], [background], [contenteditable]"
)
# What MathJax itself adds to a page with formulas: its styles, the text of each in a script of a
# type that no browser runs, and what it says to a screen reader.
LOOK = """() => {
    const typeset = e => e.matches("script[type^='math/tex'], .MJX_Assistive_MathML math")
        || e.matches('style') && e.textContent.includes('MathJax');
    const all = [...document.querySelectorAll('*')], kinds = {};
    for (const e of document.querySelectorAll(ALIVE)) {
        if (typeset(e)) continue;
        const name = e.tagName.toLowerCase();
        kinds[name] = (kinds[name] || 0) + 1;
    }
    return {
        acted: window.acted, title: document.title, place: location.href, alive: kinds,
        handlers: all.flatMap(e => e.getAttributeNames().filter(n => n.startsWith('on'))),
        links: [...document.querySelectorAll('[href]')].map(e => e.getAttribute('href'))
            .filter(h => /^[^#]*:/.test(h) && !/^(https?|mailto):/i.test(h.trim())),
        ids: all.map(e => e.id).filter((n, i, ids) => n && ids.indexOf(n) != i),
        seen: getComputedStyle(document.body).display != 'none'
            && getComputedStyle(document.body).visibility == 'visible',
        turned: (document.body.innerText.match(/[\\u202a-\\u202e]/g) || []).length,
    }; }""".replace("ALIVE", repr(ALIVE))
TYPESET = """() => new Promise(done => {
    if (window.MathJax && MathJax.Hub) MathJax.Hub.Queue(done); else done(); })"""
PROVOKE = """() => { for (const e of document.querySelectorAll('*'))
    for (const kind of ['mouseover', 'toggle', 'animationstart', 'load', 'error', 'begin'])
        e.dispatchEvent(new Event(kind)); }"""


@dataclass
class Visit:
    """A page that was opened, provoked and clicked through, and what it did."""

    found: dict[str, Any]
    requests: set[str]
    events: list[str] = field(default_factory=list)


def visit(context: Any, address: str) -> Visit:
    """Open *address*, provoke what is on the page, and click whatever says ``click``."""
    page = context.new_page()
    requests: set[str] = set()
    events: list[str] = []
    page.on("request", lambda request: requests.add(request.url))
    page.on("popup", lambda popup: events.append(f"popup {popup.url}"))
    page.on("dialog", lambda dialog: (events.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("download", lambda download: events.append(f"download {download.url}"))
    page.goto(address, wait_until="load")
    page.evaluate(TYPESET)
    here = page.url
    page.on("framenavigated", lambda frame: events.append(f"navigated to {frame.url}"))
    # to the top of the same page is no navigation
    page.evaluate(
        "document.querySelectorAll('a[href=\"#\"]').forEach(a => a.removeAttribute('href'))"
    )
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(PROVOKE)
    page.evaluate(
        """() => { for (const e of document.querySelectorAll('a, button, area, mi'))
        if (e.textContent.trim() == 'click' && !/^(https?|mailto|file):/.test(e.href || ''))
            e.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); }"""
    )
    page.wait_for_timeout(150)
    found = page.evaluate(LOOK)
    page.close()
    kept = {url.replace(here, "HERE") for url in requests if not url.startswith("data:image/")}
    found["place"] = found["place"].replace(here, "HERE")
    kept = {re.sub("(/formgrader/mathjax/).*", r"\1", url) for url in kept}
    return Visit(found, {re.sub("[0-9a-f]{32}", "ID", u) for u in kept}, events)


def check(visited: Visit, honest: Visit) -> None:
    """*visited* did, loaded and holds nothing that *honest* does not."""
    assert visited.events == honest.events
    assert visited.found["acted"] is None
    for name in ("title", "place", "alive", "handlers", "links", "ids"):
        found, usual = visited.found[name], honest.found[name]
        assert found == usual, name
    assert visited.found["seen"]
    assert visited.found["turned"] == 0, "the writing direction is overridden"
    assert visited.requests <= honest.requests


class TestReviewer(Family):
    attacks = ATTACKS

    @pytest.mark.browser
    def test_nothing_acts_on_the_feedback_page(
        self, graded: Graded, attack: Attack, feedback: Any
    ) -> None:
        check(feedback(graded.trainees[attack.name]), feedback(graded.honest[0]))

    @pytest.mark.browser
    def test_nothing_acts_in_formgrader(
        self, graded: Graded, attack: Attack, formgrader: Any
    ) -> None:
        check(formgrader(graded.trainees[attack.name]), formgrader(graded.honest[0]))

    @pytest.mark.browser
    def test_the_same_payloads_act_where_nobody_cleans(self, browser: Any, tmp_path: Path) -> None:
        """So that a green test above means something."""
        context = browser.new_context()
        for name in ("scripts", "event handlers", "pictures and MathML", "frames, forms and pages"):
            path = tmp_path / "page.html"
            path.write_text(f"<title>t</title><p>x</p>{''.join(GROUPS[name])}", encoding="utf-8")
            visited = visit(context, path.as_uri())
            assert visited.found["acted"] == 1 or visited.events, name
        path.write_text("".join(GROUPS["styles"]), encoding="utf-8")
        assert any(url.startswith(OUTSIDE) for url in visit(context, path.as_uri()).requests)
        assert ACT in "".join(GROUPS["links"])
        context.close()


@pytest.fixture(scope="class")
def feedback(graded: Graded, browser: Any) -> Iterator[Any]:
    """Return a function that opens a trainee's feedback page."""
    context = browser.new_context()
    seen: dict[str, Visit] = {}

    def show(trainee: Any) -> Visit:
        if trainee not in seen:
            page = graded.academy.course.feedback(graded.academy.module, trainee)
            seen[trainee] = visit(context, page.as_uri())
        return seen[trainee]

    yield show
    context.close()


@pytest.fixture(scope="class")
def formgrader(graded: Graded, browser: Any) -> Iterator[Any]:
    """Return a function that opens a trainee's submission in the real formgrader."""
    port = random_port()
    settings = graded.academy.settings
    log = settings.logs / "server.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                f"--ServerApp.root_dir={settings.root}",
            ],
            cwd=settings.root,
            env={**os.environ, **environment(settings)},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    context = browser.new_context()
    try:
        at = f"http://127.0.0.1:{port}"
        first = visit(context, f"{at}/formgrader/manage_assignments?token={_token(server, log)}")
        assert first.found["title"]
        seen: dict[str, Visit] = {}

        def show(trainee: Any) -> Visit:
            if trainee not in seen:
                name = _submission(graded, trainee)
                seen[trainee] = visit(context, f"{at}/formgrader/submissions/{name}/")
            return seen[trainee]

        yield show
    finally:
        context.close()
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _submission(graded: Graded, trainee: str) -> str:
    settings = graded.academy.settings
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        return str(gradebook.find_submission_notebook(MODULE, MODULE, trainee).id)


def _token(server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        if found := re.search(r"\?token=([0-9a-f]+)", log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))
