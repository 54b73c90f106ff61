"""The apps behind a real hub, without a browser: widgets move, and each kernel is one's own."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from typing import Any

import httpx
import psutil
import pytest

from dalil.bench.visitor import PROTOCOL, Visitor
from tests.dalil.apps.hub_room import Hub

Visiting = Callable[..., Any]


def test_whoever_is_not_logged_in_is_sent_to_log_in(hub: Hub) -> None:
    answer = httpx.get(f"{hub.apps}custody?lang=ar")
    assert answer.status_code == 302
    assert "/hub/api/oauth2/authorize" in answer.headers["location"]
    kernel = "0" * 8 + "-0000" * 3 + "-" + "0" * 12
    assert httpx.get(f"{hub.apps}api/kernels/{kernel}").status_code == 403


def test_whoever_has_no_access_is_refused(hub: Hub) -> None:
    with hub.client("omar") as client:
        answer = client.get("custody", headers={"Accept-Language": "fr"})
    assert answer.status_code == 403
    assert "Accès refusé" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        *("nothing", "api", "api/contents", "api/sessions", "api/terminals", "api/kernelspecs"),
        *("api/status", "api/kernels", "voila/files/app.ipynb", "voila/tree", "nbconvert/html/x"),
        *("voila/api/contents/", "files/x", "edit/x", "metrics", "login", "custody/app.ipynb"),
        *(
            "voila/render/custody",
            "voila/execution/x",
            "voila/query/x",
            "static/%2e%2e/__init__.py",
        ),
        *(
            "voila/static/%2e%2e/%2e%2e/app.py",
            "voila/templates/lab/static/..%2f..%2findex.html.j2",
        ),
        *("voila/labextensions/%2e%2e/lab/settings/overrides.json", "mathjax/%2e%2e/__init__.py"),
    ],
)
def test_there_is_no_other_address(hub: Hub, address: str) -> None:
    with hub.client("amina") as client:
        for method in ("GET", "POST"):
            assert client.request(method, address).status_code in (403, 404, 405), method


def test_the_page_is_in_the_visitors_language(hub: Hub) -> None:
    with hub.client("amina") as client:
        arabic = client.get("custody?lang=ar&theme=dark")
        french = client.get("custody", headers={"Accept-Language": "fr-MA,fr;q=0.9"})
        odd = client.get("custody?lang=xx&theme=<script>")
    assert '<html lang="ar" dir="rtl" class="dalil-dark">' in arabic.text
    assert "سلسلة الحيازة" in arabic.text
    assert '<html lang="fr" dir="ltr" class="dalil-light">' in french.text
    assert '<html lang="en" dir="ltr" class="dalil-light">' in odd.text
    policy = arabic.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert not re.search(r"https?:|unsafe-eval|\*", policy)
    for page in (arabic, french):
        assert not re.search(r'(src|href)="(https?:)?//', page.text)
        assert not re.search(r"<script(?![^>]*(src=|json))", page.text)  # none in the page itself


def test_the_widgets_of_custody_answer(visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "custody?lang=en")
        assert visitor.view in visitor.states
        slider = visitor.find(_model_name="IntSliderModel")
        before = {name: dict(model["state"]) for name, model in visitor.states.items()}
        changed = await visitor.change(slider, value=30)
        texts = [state["value"] for state in changed.values() if "value" in state]
        assert any("gaps of more than 30 minutes" in str(text) for text in texts)
        assert any("<img" in str(text) for text in texts)
        await visitor.press(visitor.find(description="Next case"))
        assert visitor.states[visitor.find(description="Practice case")]["state"]["value"] == 3
        assert before[slider]["value"] == 120

    visiting(story)


def test_the_widgets_of_firearms_answer(visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "firearms?lang=en")
        changed = await visitor.press(
            visitor.find(description="Best place (let the method search)")
        )
        assert any("No better place" in str(state.get("value")) for state in changed.values())

    visiting(story)


def test_visitors_share_nothing_that_they_change(visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        amina, youssef = (
            await go("amina", "custody?lang=en"),
            await go("youssef", "custody?lang=en"),
        )
        assert amina.kernel != youssef.kernel
        slider = amina.find(_model_name="IntSliderModel")
        await amina.change(slider, value=30)
        await youssef.change(youssef.find(_model_name="CheckboxModel"), value=True)
        again = await go("amina", "custody?lang=en")
        for other in (youssef, again):
            assert other.states[slider]["state"]["value"] == 120

    visiting(story)


def test_nobody_gets_at_anothers_kernel(hub: Hub, visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        amina: Visitor = await go("amina", "custody?lang=en")
        own = f"api/kernels/{amina.kernel}"
        with hub.client("youssef") as client:
            assert client.get(own).status_code == 404
            assert client.post(f"voila/api/shutdown/{amina.kernel}").status_code == 404
            assert client.delete(own).status_code in (404, 405)
            upgrade = {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
                "Sec-WebSocket-Protocol": PROTOCOL,
            }
            assert client.get(f"{own}/channels", headers=upgrade).status_code == 404
        with hub.client("amina") as client:
            foreign = {**upgrade, "Origin": "https://elsewhere.example"}
            assert client.get(f"{own}/channels", headers=foreign).status_code == 403
            assert client.get(own).status_code == 200
            assert client.post(f"voila/api/shutdown/{amina.kernel}").status_code == 204
            assert client.get(own).status_code == 404

    visiting(story)


def test_a_kernel_takes_part_in_nothing_but_the_widgets_conversation(visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "custody?lang=en")
        for kind in ("execute_request", "complete_request", "shutdown_request", "input_reply"):
            await visitor.send(kind, {"code": "print('ran')", "silent": False})
        assert visitor.socket is not None
        await visitor.socket.send_bytes(b"nonsense")
        await visitor.socket.send_str("{}")
        said = await visitor.ask("comm_info_request", {})
        assert [kind for kind, _ in said] == ["status", "comm_info_reply"]

    visiting(story)


def test_code_in_a_kernel_gains_nothing(hub: Hub, visiting: Visiting) -> None:
    """The worst app runs what is typed: no token, network, records, file, process of others."""

    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "open?lang=en")
        typed, result = visitor.find(value="typed"), visitor.find(value="result")

        async def run(code: str) -> str:
            await visitor.change(typed, value=code)
            return str(visitor.states[result]["state"]["value"])

        assert await run("6 * 7") == "42"
        assert await run("'JUPYTERHUB_API_TOKEN' in __import__('os').environ") == "False"
        assert "TOKEN" not in await run("sorted(__import__('os').environ)")
        assert "Error" in await run("__import__('socket').create_connection(('127.0.0.1', 80), 1)")
        for place in (hub.log, hub.root / "academy", hub.root / "graders", hub.root / "exercises"):
            assert await run(f"__import__('os').path.exists({str(place)!r})") == "False", place
        table = hub.root / "courses/custody/module.toml"
        assert await run(f"'custody' in open({str(table)!r}).read()") == "True"
        assert "Error" in await run(f"open({str(table)!r}, 'a')")
        assert (
            await run("len([n for n in __import__('os').listdir('/proc') if n.isdigit()])") == "1"
        )
        assert "Error" in await run("__import__('os').kill(1 << 20, 9)")
        other: Visitor = await go("youssef", "open?lang=en")
        await visitor.change(typed, value="open('/tmp/left', 'w').write('amina')")
        other_typed = other.find(value="typed")
        await other.change(other_typed, value="__import__('os').path.exists('/tmp/left')")
        assert other.states[other.find(_model_name="TextModel", value="False")] is not None

    visiting(story)


def test_an_app_with_a_task_under_way_runs_for_each_visitor(hub: Hub, visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "ticking?lang=en")
        kinds = [await visitor.hear() for _ in range(3)]
        assert {kind for kind, _, _ in kinds} <= {"comm_msg", "status"}

    visiting(story)
    assert "ticking (en): run for each visitor anew, since it leaves an asyncio task" in hub.said()


def test_a_broken_app_has_a_clear_page_and_its_reason_in_the_log(hub: Hub) -> None:
    with hub.client("amina") as client:
        answer = client.get("broken?lang=fr")
    assert answer.status_code == 500
    assert "Cette application ne peut pas être affichée" in answer.text
    assert "ValueError" not in answer.text
    assert "ValueError: the app of the tests is broken" in hub.said()


def test_a_lost_connection_finds_everything_as_it_was(visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "custody?lang=en")
        slider = visitor.find(_model_name="IntSliderModel")
        await visitor.change(slider, value=30)
        await visitor.close()
        visitor.states = {}
        await visitor.connect()
        assert visitor.states[slider]["state"]["value"] == 30

    visiting(story)


def test_a_changed_app_shows_with_the_next_visit(hub: Hub) -> None:
    notebook = hub.root / "courses" / "open" / "app.ipynb"
    text = notebook.read_text(encoding="utf-8")
    with hub.client("amina") as client:
        assert "Written anew" not in client.get("open?lang=en").text
        notebook.write_text(text.replace("An app of the tests", "Written anew"), "utf-8")
        assert "Written anew" in client.get("open?lang=en").text


async def until_gone(visitor: Visitor) -> None:
    while True:
        await visitor.ask("kernel_info_request", {})


@pytest.mark.parametrize("above", range(5), ids=["kernel", "stage", "stub", "zygote", "all"])
def test_whatever_is_killed_the_next_visit_works(hub: Hub, visiting: Visiting, above: int) -> None:
    async def story(go: Any) -> None:
        visitor: Visitor = await go("amina", "custody?lang=fr")
        killed = max(hub.service().children(recursive=True), key=psutil.Process.create_time)
        for _ in range(above):
            killed = killed.parent() or killed
        assert killed.pid != hub.service().pid
        killed.kill()
        with pytest.raises(ConnectionError):
            await until_gone(visitor)
        with hub.client("amina") as client:
            assert client.get(f"api/kernels/{visitor.kernel}").status_code == 404
        again: Visitor = await go("amina", "custody?lang=fr")
        assert again.view in again.states

    visiting(story)


def test_nobody_keeps_more_than_a_few_apps_open(hub: Hub, visiting: Visiting) -> None:
    async def story(go: Any) -> None:
        visitors = [await go("youssef", "custody?lang=en") for _ in range(9)]
        with hub.client("youssef") as client:
            states = [client.get(f"api/kernels/{each.kernel}").status_code for each in visitors]
        assert states == [404] + [200] * 8

    visiting(story)


def test_the_service_leaves_no_process_behind(hub: Hub) -> None:
    service = hub.service()
    children = service.children(recursive=True)
    assert len(children) > 5
    service.send_signal(signal.SIGKILL)  # the hardest way; the hub starts it again
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
