"""Marking by hand in Chromium: what a marker sees and does, what a trainee cannot make happen."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pytest
from nbgrader.api import Gradebook

from dalil.configuration import MARKING_VARIABLE
from dalil.curriculum import load_module
from dalil.grading.batch import grade_batch
from dalil.ledger import Ledger
from dalil.models import TraineeId, module_id, trainee_id
from dalil.nbgrader.context import grader_of
from dalil.nbgrader.course import Course
from dalil.notebooks import read_notebook, reference, solve, write_notebook
from dalil.roster import Person, Roster
from dalil.settings import Settings, load_settings

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "extensions/labextension/node_modules/axe-core/axe.min.js"
SLOW = 60_000  # ms
ARABIC, FRENCH, HOSTILE = "مريم بنكهرمان", "amina.bennoujoum", "youssef"
# MathJax keeps the text of each formula in a script of a type that no browser runs.
ACTIVE = ", ".join(
    f".work {one}, li {one}"
    for one in (
        "script:not([type^='math/tex'])",
        "svg",
        "iframe",
        "object",
        "[onerror]",
        "[onload]",
    )
)
ACTS = "window.top.acted = 1"
WRITTEN = {
    ARABIC: (
        "انقطعت السلسلة عند القيد 4 لأن البصمة `9f86d081` لا توافق، مع احتمال "
        "$LR = \\frac{p}{q}$.\n\n- أولا: الساعة\n- ثانيا: التسليم"
    ),
    FRENCH: "La chaîne est rompue à l'entrée 4 :\n\n$$LR = \\frac{a}{b}$$",
    HOSTILE: "\n\n".join(
        (
            f"<script>{ACTS}</script>",
            f"<img src=x onerror='{ACTS}'>",
            f"<svg onload='{ACTS}'></svg>",
            f"[click](javascript:{ACTS})",
            f"<a href='javascript:{ACTS}'>click</a>",
            f"$\\href{{javascript:{ACTS}}}{{click}}$ $\\require{{html}}\\class{{x}}{{y}}$",
            f"$\\unicode{{<img src=x onerror='{ACTS}'>}}$ \\(</script><script>{ACTS}</script>\\)",
            "<iframe srcdoc='<script>parent.acted = 1</script>'></iframe>",
            "![x](https://tracker.invalid/pixel.png)",
        )
    ),
}
NAME = f"</title><script>{ACTS}</script><img src=x onerror='{ACTS}'>\"-({ACTS})-\""


@dataclass(frozen=True)
class Room:
    """Where formgrader answers, and what lies behind it."""

    address: str
    settings: Settings
    submissions: dict[str, str]
    restart: Callable[[], None]

    def events(self, kind: str, trainee: str) -> list[Any]:
        ledger = Ledger(self.settings.database_url, self.settings.keys)
        return ledger.events(kind=kind, trainee=trainee)

    def left(self, page: Any, trainee: str) -> None:
        """Wait until *page* shows something else."""
        page.wait_for_url(lambda url: self.submissions[trainee] not in url)

    def page_of(self, trainee: str) -> str:
        return f"{self.address}/formgrader/submissions/{self.submissions[trainee]}"


@pytest.fixture(scope="module")
def room(
    browser: Any, tmp_path_factory: pytest.TempPathFactory, make_curriculum: Callable[..., Path]
) -> Iterator[Room]:
    root = make_curriculum(tmp_path_factory.mktemp("marking"), "custody")
    settings = load_settings(root)
    submissions = _submitted(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    servers: list[subprocess.Popen[bytes]] = []

    def stop() -> None:
        os.killpg(servers[-1].pid, signal.SIGKILL)  # the hardest way
        servers[-1].wait(30)

    def restart() -> None:
        if servers:
            stop()
        servers.append(_served(root, port))

    restart()
    try:
        yield Room(f"http://127.0.0.1:{port}", settings, submissions, restart)
    finally:
        stop()


def _served(root: Path, port: int) -> subprocess.Popen[bytes]:
    """A server for marking that answers."""
    with (root / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                *("--IdentityProvider.token=secret", f"--ServerApp.root_dir={root}"),
            ],
            cwd=root,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("DALIL_", "JUPYTER"))},
                MARKING_VARIABLE: "1",
                "DALIL_ROOT": str(root),
                "HOME": str(root / "home"),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait(port, server, root / "server.log")
    return server


def _submitted(settings: Settings) -> dict[str, str]:
    """Three trainees' work, marked by machine; returns formgrader's numbers by trainee."""
    course, module = Course(settings), load_module(settings, module_id("custody"))
    course.release(module)
    solved = reference(read_notebook(module.notebook))
    for name, speaks in ((ARABIC, "ar"), (FRENCH, "fr"), (HOSTILE, "en")):
        folder = course.fetch(module, trainee_id(name), speaks, settings.desks / name)
        path = folder / "custody.ipynb"
        cells = {**solved, "conclusion": WRITTEN[name]}
        if name == HOSTILE:
            cells["solve_workspace"] += _outputs()
        write_notebook(solve(read_notebook(path), cells, {}), path)
        course.submit(module, trainee_id(name), folder.parent)
    course.collect(module)
    with ThreadPoolExecutor(1) as executor:
        grade_batch(grader_of(settings), [module], course.gradebook, executor)
    course.feedback(module, TraineeId(FRENCH))
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        student = gradebook.find_student(HOSTILE)
        student.first_name, student.last_name = NAME, NAME
        gradebook.db.commit()
    Roster(settings).enrol([Person(ARABIC, name="مريم بنت كهرمان")], who="admin")
    with Gradebook(settings.gradebook_url, settings.course_id) as gradebook:
        found = gradebook.notebook_submissions("custody", "custody")
        return {one.student.id: one.id for one in found}


def _outputs() -> str:
    """Code that prints and shows what would act in a careless page."""
    html = f"<script>{ACTS}</script><img src=x onerror='{ACTS}'>"
    return (
        "\nfrom IPython.display import display, HTML, Javascript, SVG, Markdown"
        f"\ndisplay(HTML({html!r}), Javascript({ACTS!r}), Markdown({html!r}))"
        f"\ndisplay(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"><script>{ACTS}</script></svg>'))"
        f"\nprint({html!r})"
    )


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def enter(browser: Any, room: Room) -> Iterator[Callable[..., Any]]:
    """Return a function that logs a marker in, in a browser of that language."""
    contexts: list[Any] = []

    def log_in(language: str = "en-GB", **more: Any) -> Any:
        size = {"width": 1360, "height": 1000}
        context = browser.new_context(locale=language, viewport=size, **more)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{room.address}/?token=secret", timeout=SLOW)
        return page

    yield log_in
    for context in contexts:
        context.close()


def opened(page: Any, room: Room, trainee: str) -> Any:
    """Open the marking page of *trainee*; returns its last question, the one a person marks."""
    page.goto(room.page_of(trainee), timeout=SLOW)
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    return page.locator("[data-grade=conclusion]")


def test_a_marker_lists_opens_marks_comments_and_goes_on(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter("fr-FR")
    page.goto(f"{room.address}/formgrader/gradebook/custody/custody", timeout=SLOW)
    assert "مريم" not in page.inner_text("main")
    page.click("#names")
    assert f"مريم بنت كهرمان ({ARABIC})" in page.inner_text("main")
    assert "Attend une note" in page.inner_text("main")
    assert "None" not in page.inner_text("main")
    task = opened(page, room, FRENCH)
    assert page.locator("html").get_attribute("lang") == "fr"
    assert task.locator(".points").evaluate("e => e === document.activeElement")
    rubric = task.locator(".rubric")
    assert "ISO 21043" in rubric.inner_text() or "1" in rubric.inner_text()
    answer, beside = task.locator(".answer").bounding_box(), rubric.bounding_box()
    assert beside["x"] > answer["x"] + 0.8 * answer["width"]
    task.locator(".points").fill("3")
    task.locator("textarea").fill("Bien **vu**, mais $p > q$ ?")
    task.locator("textarea").blur()
    page.wait_for_selector("body[data-unsaved=false]")
    assert "Enregistré" in task.locator("textarea ~ .status").inner_text()
    (mark,) = room.events("hand-marked", FRENCH)
    (comment,) = room.events("commented", FRENCH)
    assert (mark.what["question"], mark.what["points"]) == ("conclusion", 3.0)
    assert comment.what["comment"] == "Bien **vu**, mais $p > q$ ?"
    page.click("#next")
    room.left(page, FRENCH)
    task = opened(page, room, FRENCH)
    assert task.locator(".points").input_value() == "3"
    _waits_for(lambda: room.events("feedback-released", FRENCH))
    feedback = room.settings.feedback / FRENCH / "custody" / "custody.html"
    assert "<strong>vu</strong>" in feedback.read_text(encoding="utf-8")


def _waits_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_arabic_reads_from_right_to_left_and_formulas_are_typeset_from_here(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter("ar-MA")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    task = opened(page, room, ARABIC)
    page.wait_for_selector(".answer .MathJax", timeout=SLOW)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    prose = task.locator(".answer p").first
    direction = "e => getComputedStyle(e).direction"
    assert prose.evaluate(direction) == "rtl"
    assert prose.locator("code").evaluate(direction) == "ltr"
    assert task.locator(".answer .math").first.evaluate(direction) == "ltr"
    assert page.locator(".work pre").first.evaluate(direction) == "ltr"
    assert task.locator(".rubric").bounding_box()["x"] < prose.bounding_box()["x"]
    assert page.locator("#who").is_hidden()
    page.click("#names")
    assert f"مريم بنت كهرمان ({ARABIC})" in page.inner_text("#who")
    elsewhere = {url for url in asked if not url.startswith((room.address, "data:", "about:"))}
    assert elsewhere == set()
    assert not re.search("[A-Z][a-z]+ [a-z]+", task.locator(".side").inner_text())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ar-MA", ("التصحيح", "سلسلة الحيازة", "في انتظار التصحيح")),
        ("fr-FR", ("Correction", "Chaîne de", "À corriger")),
        ("en-GB", ("Marking", "Chain of custody", "To be marked")),
    ],
)
def test_the_lists_are_in_the_markers_language(
    room: Room, enter: Callable[..., Any], language: str, words: tuple[str, ...]
) -> None:
    page = enter(language)
    page.goto(f"{room.address}/formgrader/", timeout=SLOW)
    assert all(word in page.inner_text("body") for word in words)
    assert page.evaluate("document.dir") == ("rtl" if language == "ar-MA" else "ltr")
    page.click("main th a")
    page.wait_for_url("**/gradebook/custody/custody")
    rows = page.locator("tbody tr")
    assert rows.count() == 3
    waiting = page.locator("tr[data-waits=true]").count()
    page.check("#only")
    assert page.locator("tbody tr:visible").count() == waiting
    page.uncheck("#only")
    rows.first.locator("a").click()
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)


def test_no_script_of_a_trainee_runs(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    task = opened(page, room, HOSTILE)
    page.click("#names")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.wait_for_timeout(1500)
    assert NAME in page.inner_text("#who")
    assert "onerror" in task.locator(".answer").inner_text()
    assert page.locator(ACTIVE).count() == 0
    for link in task.locator(".answer a").all():
        assert re.match("https?://|mailto:", link.get_attribute("href") or "https://")
    assert page.evaluate("window.acted") is None
    for path in ("gradebook", "gradebook/custody/custody"):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        page.wait_for_timeout(500)
        assert page.evaluate("window.acted") is None
        assert page.locator("main script, main [onerror]").count() == 0
    for path in (
        "manage_students",
        "manage_submissions/custody",
        f"manage_students/{HOSTILE}/custody",
    ):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        page.wait_for_function("document.querySelectorAll('#main-table tr').length > 0")
        page.wait_for_timeout(500)
        assert page.evaluate("window.acted") is None
        names = page.locator("#main-table .name, #main-table .student-name").all_inner_texts()
        assert names
        assert not [name for name in names if "None" in name]
    assert not [url for url in asked if ".invalid" in url]


@pytest.mark.parametrize(
    "name",
    [
        "<script>top.acted=1</script>",
        '";top.acted=1;"',
        "x\\",
        "'-top.acted=1-'",
        "{{7*7}}",
        "../../academy/records",
        "</script><script>top.acted=1</script>",
    ],
)
def test_names_in_addresses_do_not_act(room: Room, enter: Callable[..., Any], name: str) -> None:
    page = enter()
    for path in ("gradebook/{}", "gradebook/custody/{}", "manage_submissions/{}"):
        address = f"{room.address}/formgrader/{path.format(quote(name, safe=''))}"
        answer = page.goto(address, timeout=SLOW)
        assert answer is not None
        assert answer.status == 404
        assert page.evaluate("window.acted") is None


def test_files_beside_a_submission_are_handed_over_and_never_shown(
    room: Room, enter: Callable[..., Any]
) -> None:
    folder = room.settings.autograded / HOSTILE / "custody"
    for name in ("evil.html", "evil.svg", "evil.js", "<b>evil.html"):
        (folder / name).write_text(f"<script>{ACTS}</script>", encoding="utf-8")
        answer = enter().request.get(f"{room.page_of(HOSTILE)}/{name}")
        assert answer.status == 200
        assert answer.headers["content-disposition"] == "attachment"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        (folder / name).unlink()


def test_no_address_of_a_file_leads_out_of_the_submission(
    room: Room, enter: Callable[..., Any]
) -> None:
    folder = room.settings.autograded / HOSTILE / "custody"
    (folder / "way-out").symlink_to(room.settings.records)
    page = enter()
    here = os.path.relpath(room.settings.records / "gradebook.db", folder)
    for path in (here, "way-out/gradebook.db", "/etc/hostname", "../../../../jupyter_config.py"):
        answer = page.request.get(f"{room.page_of(HOSTILE)}/{quote(path, safe='')}")
        assert answer.status in (403, 404), path
    (folder / "way-out").unlink()


def test_a_notebook_that_was_changed_on_the_disk_does_not_act_either(
    room: Room, enter: Callable[..., Any]
) -> None:
    """The page relies on nothing that was cleaned before: here, nothing was."""
    path = room.settings.autograded / HOSTILE / "custody" / "custody.ipynb"
    kept = path.read_bytes()
    notebook = nbformat.read(path, 4)
    new = nbformat.v4.new_output
    html = f"<script>{ACTS}</script><img src=x onerror='{ACTS}'>"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                new("display_data", {"text/html": html}),
                new("display_data", {"application/javascript": ACTS}),
                new("display_data", {"image/svg+xml": f"<svg><script>{ACTS}</script></svg>"}),
                new("display_data", {"text/latex": html}),
                new("stream", name="stdout", text=html),
            ]
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = WRITTEN[HOSTILE]
    notebook.metadata["dalil"]["notes"] = [html]
    notebook.metadata["dalil"]["language"] = '"><script>top.acted=1</script>'
    nbformat.write(notebook, path)
    try:
        page = enter()
        opened(page, room, HOSTILE)
        page.wait_for_timeout(1500)
        assert page.evaluate("window.acted") is None
        assert page.locator(ACTIVE).count() == 0
    finally:
        path.write_bytes(kept)


def test_two_markers_at_once_see_each_other(room: Room, enter: Callable[..., Any]) -> None:
    one, other = enter(), enter()
    mine, theirs = opened(one, room, ARABIC), opened(other, room, ARABIC)
    theirs.locator(".points").fill("4")
    theirs.locator(".points").blur()
    other.wait_for_selector("body[data-unsaved=false]")
    mine.locator(".extra").fill("1")
    mine.locator(".extra").blur()
    status = mine.locator(".mark .status")
    one.wait_for_selector("[data-grade=conclusion] .mark .status[data-kind=bad]")
    assert "somebody else has changed" in status.inner_text()
    assert "4" in status.inner_text()
    assert [event.what["points"] for event in room.events("hand-marked", ARABIC)] == [4.0]
    status.get_by_role("button", name="Take theirs").click()
    assert mine.locator(".points").input_value() == "4"
    mine.locator(".points").fill("3.5")
    mine.locator(".points").blur()
    one.wait_for_selector("body[data-unsaved=false]")
    last = room.events("hand-marked", ARABIC)[-1].what
    assert (last["before"]["points"], last["points"]) == (4.0, 3.5)


def test_a_lost_connection_loses_nothing_and_writes_nothing_twice(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter()
    task = opened(page, room, HOSTILE)
    page.context.set_offline(True)
    task.locator(".points").fill("2")
    task.locator(".points").blur()
    page.wait_for_selector("[data-grade=conclusion] .mark .status[data-kind=bad]")
    assert "cannot be reached" in task.locator(".mark .status").inner_text()
    assert room.events("hand-marked", HOSTILE) == []
    page.context.set_offline(False)
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    # the answer is lost on the way back, the mark is not: sent again, it is the same one
    lost: list[int] = []

    def lose(route: Any) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/grade/*", lose)
    task.locator(".points").fill("3")
    task.locator(".points").blur()
    page.wait_for_selector("body[data-unsaved=true]")
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    assert lost == [200]
    assert [event.what["points"] for event in room.events("hand-marked", HOSTILE)] == [2.0, 3.0]


def test_a_reload_brings_back_what_was_not_saved(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    page.on("dialog", lambda dialog: dialog.accept())
    task = opened(page, room, HOSTILE)
    task.locator("textarea").press_sequentially("half a thou")
    page.reload(timeout=SLOW)
    page.wait_for_selector("body[data-loaded]", timeout=SLOW)
    task = page.locator("[data-grade=conclusion]")
    assert task.locator("textarea").input_value() == "half a thou"
    assert "not saved yet" in task.locator("textarea ~ .status").inner_text()
    assert page.locator("body").get_attribute("data-unsaved") == "true"
    page.click("#next")  # saves first
    room.left(page, HOSTILE)
    assert room.events("commented", HOSTILE)[-1].what["comment"] == "half a thou"


def test_a_server_killed_and_started_again_loses_nothing(
    room: Room, enter: Callable[..., Any]
) -> None:
    page = enter()
    task = opened(page, room, ARABIC)
    killed: list[bool] = []

    def kill(route: Any) -> None:
        if route.request.method == "PUT" and not killed:
            killed.append(True)
            room.restart()
        route.continue_()

    before = len(room.events("commented", ARABIC))
    page.route("**/api/comment/*", kill)
    task.locator("textarea").fill("بعد الانقطاع")
    task.locator("textarea").blur()
    page.wait_for_selector("body[data-unsaved=true]")
    page.wait_for_selector("body[data-unsaved=false]", timeout=SLOW)
    assert killed
    texts = [event.what["comment"] for event in room.events("commented", ARABIC)[before:]]
    assert texts == ["بعد الانقطاع"]


def test_a_session_that_ended_says_so(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    task = opened(page, room, FRENCH)
    page.context.clear_cookies()
    task.locator("textarea").fill("too late")
    task.locator("textarea").blur()
    page.wait_for_selector("[data-comment=conclusion] .status[data-kind=bad]")
    assert "log in again" in task.locator("textarea ~ .status").inner_text()
    again = page.context.new_page()
    again.goto(f"{room.address}/?token=secret", timeout=SLOW)
    opened(again, room, FRENCH)
    task.get_by_role("button", name="Try again").click()
    page.wait_for_selector("body[data-unsaved=false]")
    assert room.events("commented", FRENCH)[-1].what["comment"] == "too late"


def test_everything_is_reached_with_the_keyboard(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    task = opened(page, room, FRENCH)
    page.evaluate("document.querySelector('[data-grade=conclusion] .rubric').focus()")
    before = task.locator(".rubric").evaluate("e => e.scrollTop")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(400)
    scrolls = task.locator(".rubric").evaluate("e => e.scrollHeight > e.clientHeight")
    assert not scrolls or task.locator(".rubric").evaluate("e => e.scrollTop") > before
    order = []
    for _ in range(5):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate("document.activeElement.className || document.activeElement.tagName")
        )
    assert order == ["points", "extra", "all", "nothing", "TEXTAREA"]
    page.keyboard.press("Control+.")
    room.left(page, FRENCH)


@pytest.mark.parametrize("language", ["ar-MA", "fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_our_pages(
    room: Room, enter: Callable[..., Any], language: str, scheme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("NOT TESTED with axe: build the Lab extension first (its packages hold axe)")
    page = enter(language, color_scheme=scheme, bypass_csp=True)
    opened(page, room, ARABIC)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    assert violations(page) == []
    for path in ("gradebook", "gradebook/custody/custody"):
        page.goto(f"{room.address}/formgrader/{path}", timeout=SLOW)
        assert violations(page) == []


def violations(page: Any) -> list[Any]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]
    ]


def test_the_server_for_marking_offers_nothing_else(room: Room, enter: Callable[..., Any]) -> None:
    page = enter()
    for path in ("api/contents", "api/kernels", "api/sessions", "api/terminals", "lab", "tree"):
        assert page.request.get(f"{room.address}/{path}").status in (403, 404), path
    assert page.request.get(f"{room.address}/files/jupyter_config.py").status in (403, 404)
    start = page.request.get(f"{room.address}/formgrader/?path=/tmp", max_redirects=0)
    assert start.headers["location"] == "/formgrader/gradebook"
    bad = page.request.put(
        f"{room.address}/formgrader/api/grade/x", data=json.dumps({"manual_score": 1})
    )
    assert bad.status == 403  # without the token against forged requests
    stranger = page.context.browser.new_context().new_page()
    assert stranger.request.get(room.page_of(ARABIC), max_redirects=0).status == 302
