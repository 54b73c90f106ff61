"""The proxy before a real server: streams, WebSockets, large bodies, and what it lets through."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from jupyterhub.utils import random_port

from dalil.hub.proxy import InProcessProxy

MIB = 2**20
Talk = Callable[["Place"], Awaitable[None]]


class Place:
    """A proxy with one route ``/user/amina/`` to a real server, and a client of it."""

    def __init__(self, **options: Any) -> None:
        self.port = random_port()
        public = f"http://127.0.0.1:{self.port}/"
        hub = SimpleNamespace(base_url="/school/hub/")
        self.proxy = InProcessProxy(public_url=public, hub=hub, **options)
        self.spec = "/user/amina/"
        self.seen: list[web.Request] = []
        self.gone = asyncio.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/user/amina/{path}"

    async def __aenter__(self) -> Place:
        app = web.Application(client_max_size=1024)
        app.router.add_route("*", "/user/amina/{what:.*}", self.answer)
        self.runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self.runner.setup()
        port = random_port()
        await web.TCPSite(self.runner, "127.0.0.1", port).start()
        await self.proxy.start()
        await self.proxy.add_route(self.spec, f"http://127.0.0.1:{port}", {"user": "amina"})
        self.client = aiohttp.ClientSession(auto_decompress=False)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.client.close()
        await self.proxy.stop()
        await self.runner.cleanup()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        what = request.match_info["what"]
        return await getattr(self, f"_{what.partition('/')[0] or 'echo'}")(request)

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        said = [[name, value] for name, value in request.headers.items()]
        return web.json_response({"path": request.raw_path, "headers": said})

    async def _digest(self, request: web.Request) -> web.StreamResponse:
        digest, size = hashlib.sha256(), 0
        async for piece in request.content.iter_any():
            digest.update(piece)
            size += len(piece)
        return web.json_response({"sha256": digest.hexdigest(), "size": size})

    async def _large(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(64 * MIB)})
        await response.prepare(request)
        for _ in range(64 if request.method == "GET" else 0):
            await response.write(b"x" * MIB)
        return response

    async def _slowly(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for n in range(1000):
                await response.write(f"data: {n}\n\n".encode())
                await asyncio.sleep(0.2)
        finally:
            self.gone.set()
        return response

    async def _cookies(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(text="", headers={"Connection": "X-Secret", "X-Secret": "1"})
        response.headers.add("Set-Cookie", "a=1; Path=/")
        response.headers.add("Set-Cookie", "b=2; Path=/")
        return response

    async def _zipped(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"\x1f\x8bnot really", headers={"Content-Encoding": "gzip"})

    async def _moved(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/hub/login?next=%2Fuser"})

    async def _empty(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=304, headers={"ETag": '"1"'})

    async def _half(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        await asyncio.sleep(0.2)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _hangup(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        if "refuse" in request.query:
            raise web.HTTPForbidden()
        ws = web.WebSocketResponse(protocols=["v1.kernel", "v2"], max_msg_size=0, autoping=False)
        await ws.prepare(request)
        async for message in ws:
            if message.type is aiohttp.WSMsgType.PING:
                await ws.pong(message.data)
            elif message.data == "close":
                await ws.close(code=4001, message="bye ✓".encode())
            elif message.type is aiohttp.WSMsgType.TEXT:
                await ws.send_str(message.data)
            else:
                await ws.send_bytes(message.data)
        self.gone.set()
        return ws


def go(talk: Talk, **options: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), Place(**options) as place:
            await talk(place)

    asyncio.run(main())


async def _headers(place: Place, **sent: str) -> dict[str, list[str]]:
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    async with place.client.get(place.url("echo"), headers=sent) as answer:
        said = (await answer.json())["headers"]
    found: dict[str, list[str]] = {}
    for name, value in said:
        found.setdefault(name.lower(), []).append(value)
    return found


def test_paths_arrive_as_they_were_asked_for() -> None:
    async def talk(place: Place) -> None:
        for path in ("echo/a%2Fb/%D8%AA?q=%20+1&x=[1]", "echo//a/./../b", "echo/%2e%2e/c"):
            raw = f"/user/amina/{path}".encode()
            reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
            writer.write(
                b"GET " + raw + b" HTTP/1.1\r\nHost: a.example:81\r\nConnection: close\r\n\r\n"
            )
            text = await reader.read()
            writer.close()
            assert (
                json.loads(text[text.index(b"{") : text.rindex(b"}") + 1])["path"] == raw.decode()
            )

    go(talk)


def test_what_a_client_says_of_its_origin_is_replaced() -> None:
    async def talk(place: Place) -> None:
        said = await _headers(
            place,
            X_Forwarded_For="10.9.8.7",
            X_Forwarded_Proto="https",
            X_Forwarded_Host="evil.example",
            X_Real_IP="10.9.8.7",
            X_Scheme="https",
            Forwarded="for=10.9.8.7",
            X_Original_URL="/hub/admin",
            Cookie="a=1",
            Origin="http://127.0.0.1",
        )
        assert said["x-forwarded-for"] == ["127.0.0.1"]
        assert said["x-forwarded-proto"] == ["http"]
        assert said["x-forwarded-host"] == [f"127.0.0.1:{place.port}"]
        assert said["host"] == [f"127.0.0.1:{place.port}"]
        assert not {"x-real-ip", "x-scheme", "forwarded", "x-original-url"} & set(said)
        assert said["cookie"] == ["a=1"]
        assert said["origin"] == ["http://127.0.0.1"]

    go(talk)


def test_a_proxy_of_ours_in_front_is_believed() -> None:
    async def talk(place: Place) -> None:
        said = await _headers(
            place, X_Forwarded_For="10.9.8.7", X_Forwarded_Proto="https", X_Real_IP="1"
        )
        assert said["x-forwarded-for"] == ["10.9.8.7, 127.0.0.1"]
        assert said["x-forwarded-proto"] == ["https"]
        assert "x-real-ip" not in said

    go(talk, behind_proxy=True)


def test_headers_of_a_connection_end_there() -> None:
    async def talk(place: Place) -> None:
        said = await _headers(
            place,
            Connection="keep-alive, X-Own, Cookie",
            X_Own="1",
            Keep_Alive="timeout=5",
            TE="trailers",
            Proxy_Authorization="Basic eA==",
            Cookie="a=1",
        )
        assert not {"x-own", "keep-alive", "te", "proxy-authorization"} & set(said)
        assert said["cookie"] == ["a=1"], "a client must not make these vanish"
        async with place.client.get(place.url("cookies")) as answer:
            assert answer.headers.getall("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]
            assert "X-Secret" not in answer.headers

    go(talk)


def test_cookies_of_one_person_are_not_sent_for_another() -> None:
    async def talk(place: Place) -> None:
        async with place.client.get(place.url("cookies")):
            pass
        place.client.cookie_jar.clear()
        assert "cookie" not in await _headers(place)

    go(talk)


@pytest.mark.parametrize(
    "broken",
    [
        b"GET http://169.254.169.254/ HTTP/1.1\r\nHost: a",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a",
        b"GET /user/amina/echo HTTP/1.1\r\nHost: a\r\nHost: b",
        b"GET /user/amina/echo HTTP/1.1\r\nHost: [",
        b"GET /user/amina/echo#x HTTP/1.1\r\nHost: a",
        b"GET /user\\amina/echo HTTP/1.1\r\nHost: a",
        b"POST /user/amina/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
        b"Transfer-Encoding: chunked",
        b"POST /user/amina/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5",
        b"POST /user/amina/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked",
        b"POST /user/amina/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked",
        b"GET /user/amina/echo HTTP/1.1\r\nHost: a\r\nX: 1\r\n Folded: 2",
        b"GET /user/amina/echo HTTP/1.1\r\nHost: a\r\nX-\x00: 1",
        b"nonsense",
    ],
)
def test_smuggled_and_broken_requests_reach_no_server(broken: bytes) -> None:
    async def talk(place: Place) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
        writer.write(broken + b"\r\n\r\n0\r\n\r\n")
        answer = await reader.read(65536)
        writer.close()
        assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
        assert not place.seen

    go(talk)


def test_large_bodies_pass_both_ways_without_being_held() -> None:
    async def talk(place: Place) -> None:
        piece = bytes(range(256)) * 4096

        async def pieces() -> Any:
            for _ in range(64):
                yield piece

        wanted = hashlib.sha256(piece * 64).hexdigest()
        for sent in ({}, {"Content-Length": str(64 * MIB)}, {"Expect": "100-continue"}):
            async with place.client.post(
                place.url("digest"), data=pieces(), headers=sent
            ) as answer:
                assert await answer.json() == {"sha256": wanted, "size": 64 * MIB}
        async with place.client.get(place.url("large")) as answer:
            assert answer.content_length == 64 * MIB
            assert sum([len(piece) async for piece in answer.content.iter_any()]) == 64 * MIB

    go(talk)


def test_a_stream_arrives_at_once_and_its_end_is_noticed() -> None:
    async def talk(place: Place) -> None:
        began = time.monotonic()
        async with place.client.get(place.url("slowly")) as answer:
            assert await answer.content.readuntil(b"\n\n") == b"data: 0\n\n"
            assert time.monotonic() - began < 0.15
            assert await answer.content.readuntil(b"\n\n") == b"data: 1\n\n"
        await asyncio.wait_for(place.gone.wait(), 5)

    go(talk)


def test_answers_pass_as_they_are() -> None:
    async def talk(place: Place) -> None:
        async with place.client.get(place.url("zipped")) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert await answer.read() == b"\x1f\x8bnot really"
        async with place.client.get(place.url("moved"), allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/hub/login?next=%2Fuser")
        async with place.client.get(place.url("empty")) as answer:
            assert (answer.status, answer.headers["ETag"]) == (304, '"1"')
        async with place.client.head(place.url("large")) as answer:
            assert answer.content_length == 64 * MIB

    go(talk)


def test_half_an_answer_does_not_look_whole() -> None:
    async def talk(place: Place) -> None:
        with pytest.raises(aiohttp.ClientError):
            async with place.client.get(place.url("half")) as answer:
                await answer.read()

    go(talk)


@pytest.mark.parametrize("size", [0, 10, 12 * MIB])
def test_websockets_keep_protocol_and_frames(size: int) -> None:
    async def talk(place: Place) -> None:
        offer = ("unknown", "v1.kernel")
        async with place.client.ws_connect(place.url("ws"), protocols=offer, max_msg_size=0) as ws:
            assert ws.protocol == "v1.kernel"
            await ws.send_bytes(b"\x00\xff" * (size // 2))
            assert await ws.receive_bytes() == b"\x00\xff" * (size // 2)
            await ws.send_str("مرحبا " * (size // 12))
            assert await ws.receive_str() == "مرحبا " * (size // 12)
        async with place.client.ws_connect(place.url("ws")) as ws:
            assert ws.protocol is None

    go(talk)


def test_pings_and_close_codes_reach_the_other_end() -> None:
    async def talk(place: Place) -> None:
        async with place.client.ws_connect(place.url("ws"), autoping=False, autoclose=False) as ws:
            await ws.ping(b"here?")
            pong = await ws.receive()
            assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"here?")
            await ws.send_str("close")
            closed = await ws.receive()
            assert (closed.data, closed.extra) == (4001, "bye ✓")
        ws = await place.client.ws_connect(place.url("ws"))
        await ws.close()
        await asyncio.wait_for(place.gone.wait(), 5)

    go(talk)


def test_a_vanished_client_ends_the_servers_websocket() -> None:
    async def talk(place: Place) -> None:
        ws = await place.client.ws_connect(place.url("ws"))
        transport = ws._response.connection.transport  # type: ignore[union-attr]
        transport.abort()
        await asyncio.wait_for(place.gone.wait(), 5)

    go(talk)


def test_a_refused_websocket_is_refused_alike() -> None:
    async def talk(place: Place) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await place.client.ws_connect(place.url("ws?refuse"))
        assert refused.value.status == 403

    go(talk)


def test_a_message_beyond_the_limit_closes() -> None:
    async def talk(place: Place) -> None:
        async with place.client.ws_connect(place.url("ws")) as ws:
            with suppress(ConnectionError):
                await ws.send_bytes(b"x" * (2**16 + 1))
            message = await ws.receive()
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    go(talk, largest_message=2**16)


@pytest.mark.parametrize(
    ("accepted", "language", "direction"),
    [("ar-MA,fr;q=0.8", "ar", "rtl"), ("de, fr;q=0.9, en;q=0.4", "fr", "ltr"), ("", "en", "ltr")],
)
def test_a_server_that_is_not_there_is_said_so(
    accepted: str, language: str, direction: str
) -> None:
    async def talk(place: Place) -> None:
        await place.proxy.add_route("/user/karim/", f"http://127.0.0.1:{random_port()}", {})
        sent = {"Accept": "text/html", "Accept-Language": accepted}
        url = f"http://127.0.0.1:{place.port}/user/karim/lab"
        async with place.client.get(url, headers=sent) as answer:
            text = await answer.text()
            assert answer.status == 503
            assert f'<html lang="{language}" dir="{direction}">' in text
            assert '<a href="/school/hub/home">' in text
        async with place.client.get(url) as answer:
            assert (await answer.json())["status"] == 503

    go(talk)


def test_a_server_that_hangs_up_is_said_so() -> None:
    async def talk(place: Place) -> None:
        async with place.client.get(place.url("hangup"), headers={"Accept": "text/html"}) as answer:
            assert answer.status == 502
            assert "<html" in await answer.text()
        async with place.client.get(f"http://127.0.0.1:{place.port}/elsewhere") as answer:
            assert answer.status == 503

    go(talk)


def test_routes_are_kept_as_jupyterhub_asks() -> None:
    async def talk(place: Place) -> None:
        proxy = place.proxy
        (route,) = (await proxy.get_all_routes()).values()
        first = route["data"]["last_activity"]
        async with place.client.ws_connect(place.url("ws")) as ws:
            await ws.send_str("x")
            await ws.receive_str()
        assert (await proxy.get_route("/user/amina/"))["data"]["last_activity"] > first
        with pytest.raises(ValueError, match="no address"):
            await proxy.add_route("/user/x/", "file:///etc/passwd", {})
        with pytest.raises(ValueError, match="host-based"):
            await proxy.add_route("a.example/user/x/", "http://127.0.0.1:1", {})
        await proxy.delete_route("/user/amina/")
        assert await proxy.get_all_routes() == {}

    go(talk)


def test_a_taken_port_is_an_error() -> None:
    async def main() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            proxy = InProcessProxy(public_url=f"http://127.0.0.1:{taken.getsockname()[1]}/")
            with pytest.raises(OSError, match="in use"):
                await proxy.start()
            await proxy.stop()

    asyncio.run(main())


def test_at_a_persons_name_there_is_that_persons_server_and_not_the_hub() -> None:
    async def main() -> None:
        place = Place(domain="http://academy.example:8888", host_routing=True)
        place.spec = "amina.academy.example/user/amina/"
        async with place:
            (route,) = (await place.proxy.get_all_routes()).values()
            await place.proxy.add_route("/", route["target"], {"hub": True})
            port = f":{place.port}"

            async def ask(host: str, path: str, **more: Any) -> tuple[int, str]:
                sent = {"Host": host + port, "Accept": more.get("accept", "text/html")}
                url = f"http://127.0.0.1{port}{path}"
                method = more.get("method", "GET")
                async with place.client.request(
                    method, url, headers=sent, allow_redirects=False
                ) as answer:
                    return answer.status, answer.headers.get("Location", "")

            amina, home = "amina.academy.example", "http://academy.example:8888"
            assert await ask(amina, "/user/amina/echo") == (200, "")
            assert await ask("omar.academy.example", "/user/amina/echo?x") == (
                302,
                f"{home}/user/amina/echo?x",
            )
            assert await ask(amina, "/hub/home") == (302, f"{home}/hub/home")
            assert await ask(amina, "//evil.example/") == (302, f"{home}//evil.example/")
            assert await ask(amina, "/hub/api", accept="application/json") == (503, "")
            assert await ask(amina, "/services/dalil/", method="POST") == (503, "")
            assert await ask("academy.example", "/user/amina/echo") == (200, "")

    asyncio.run(main())
