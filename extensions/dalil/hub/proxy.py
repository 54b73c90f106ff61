"""The way from browsers to servers: a proxy within the hub's own process, on aiohttp.

JupyterHub's public ``Proxy`` class. Bodies stream both ways and are never held whole; WebSockets
keep their subprotocol, frames and close codes. Each request gets a connection of its own to its
server, so nothing left on one can be taken for another person's answer.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import WSMsgType, web
from jupyterhub.proxy import Proxy
from multidict import CIMultiDict
from traitlets import Bool, Int, Unicode
from yarl import URL

from dalil.hub import headers, pages
from dalil.hub.routes import Route, Routes
from dalil.translation import accepted_language

CONNECT_SECONDS = 10
_MUST_NOT_SEND = {1004, 1005, 1006, 1015}  # RFC 6455 §7.4.1
_SERVER_ERROR = 1011
_OWN_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type", "Content-Disposition")
Sockets = tuple["web.WebSocketResponse", "aiohttp.ClientWebSocketResponse"]


class InProcessProxy(Proxy):  # type: ignore[misc]
    """Routes in memory, no process and no port of its own to be controlled by."""

    behind_proxy = Bool(
        False,
        help="Another proxy of ours stands in front: believe the X-Forwarded-… headers it sets.",
    ).tag(config=True)
    domain = Unicode(
        "",
        help="The hub's own address where people's servers have names below it; the hub does not "
        "answer at those names.",
    ).tag(config=True)
    largest_message = Int(
        128 * 2**20, min=2**16, help="Largest WebSocket message, in bytes; a larger one closes."
    ).tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.routes = Routes()
        self._runner: web.ServerRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Listen on the hub's public address. Raises OSError when it is taken."""
        place = urlsplit(self.public_url)
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
            skip_auto_headers=_OWN_HEADERS,
            max_line_size=2**16,
            max_field_size=2**16,
        )
        server = web.Server(
            self.handle,
            handler_cancellation=True,  # who goes away ends what was asked of the server
            max_line_size=2**16,
            max_field_size=2**16,
            access_log=None,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1)
        await self._runner.setup()
        context = None
        if self.ssl_cert:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.ssl_cert, self.ssl_key or None)
        port = place.port or {"https": 443}.get(place.scheme, 80)
        host = place.hostname if place.hostname not in (None, "", "*") else None
        await web.TCPSite(self._runner, host, port, ssl_context=context).start()

    async def stop(self) -> None:
        """Stop listening; connections that are open are closed."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def add_route(self, routespec: str, target: str, data: dict[str, Any]) -> None:
        """Lead *routespec* to *target*. Raises ValueError for what is no address."""
        if urlsplit(target).scheme not in ("http", "https") or not urlsplit(target).hostname:
            raise ValueError(f"no address of a server: {target!r}")
        self.routes.add(self.validate_routespec(routespec), target, data)

    async def delete_route(self, routespec: str) -> None:
        self.routes.remove(self.validate_routespec(routespec))

    async def get_all_routes(self) -> dict[str, dict[str, Any]]:
        return self.routes.described()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request by its server's answer, or by a page that says what is wrong."""
        asked = request.raw_path
        host = _host_of(request)
        if host is None or not asked.startswith("/") or "#" in asked or "\\" in asked:
            return self._refusal(request, 400)
        route = self.routes.find(host, asked.partition("?")[0])
        if route is None:
            return self._refusal(request, 503)
        if self._is_below(host) and route.spec.startswith("/"):
            return self._led_home(request)
        route.touch()
        url = URL(route.target + quote(asked, safe=_AS_IT_IS), encoded=True)
        passed = headers.to_server(
            request.headers, request.remote or "", request.scheme, behind_proxy=self.behind_proxy
        )
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        try:
            if upgrade and request.method == "GET":
                return await self._websocket(request, route, url, passed)
            return await self._http(request, route, url, passed)
        except aiohttp.ClientConnectorError:
            return self._refusal(request, 503)
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            self.log.warning("%s: %s: %s", route.spec, type(error).__name__, error)
            return self._refusal(request, 502)

    def _is_below(self, host: str) -> bool:
        """Whether *host* is a name below the hub's own."""
        name = urlsplit(self.domain).hostname
        return bool(name) and host.lower().endswith(f".{name}")

    def _led_home(self, request: web.BaseRequest) -> web.Response:
        """Send a browser from a person's name to the hub's, where the hub and the services are."""
        page = "text/html" in request.headers.get("Accept", "")
        if request.method not in ("GET", "HEAD") or not page:
            return self._refusal(request, 503)
        place = self.domain + quote(request.raw_path, safe=_AS_IT_IS)
        return web.Response(status=302, headers={"Location": place, "Cache-Control": "no-store"})

    def _refusal(self, request: web.BaseRequest, status: int) -> web.Response:
        return _refusal(request, status, self.hub.base_url)

    async def _http(
        self, request: web.BaseRequest, route: Route, url: URL, passed: CIMultiDict[str]
    ) -> web.StreamResponse:
        assert self._client is not None
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        body = request.content if request.body_exists else None
        async with self._client.request(
            request.method, url, headers=passed, data=body, allow_redirects=False
        ) as answer:
            response = web.StreamResponse(
                status=answer.status,
                reason=answer.reason,
                headers=headers.end_to_end(answer.headers),
            )
            await response.prepare(request)
            try:
                async for piece in answer.content.iter_any():
                    route.touch()
                    await response.write(piece)
            except (aiohttp.ClientError, ConnectionError) as error:
                self.log.warning("%s broke off: %s", route.spec, error)
                if request.transport is not None:  # half an answer must not look whole
                    request.transport.abort()
                return response
            await response.write_eof()
            return response

    async def _websocket(
        self, request: web.BaseRequest, route: Route, url: URL, passed: CIMultiDict[str]
    ) -> web.StreamResponse:
        assert self._client is not None
        try:
            server = await self._client.ws_connect(
                url,
                protocols=headers.offered(request.headers),
                headers=headers.for_websocket(passed),
                autoclose=False,
                autoping=False,
                max_msg_size=self.largest_message,
            )
        except aiohttp.WSServerHandshakeError as error:
            status = error.status if error.status >= 400 else 502
            return web.Response(status=status, text=f"{status}: no WebSocket here\n")
        client = web.WebSocketResponse(
            protocols=[server.protocol] if server.protocol else (),
            autoclose=False,
            autoping=False,
            compress=False,
            max_msg_size=self.largest_message,
        )
        try:
            await client.prepare(request)
            await self._pump(route, client, server)
        finally:
            await server.close()
        return client

    async def _pump(self, route: Route, *ends: Any) -> None:
        """Carry messages both ways until one end closes, then close the other alike."""
        client, server = ends
        ways = [
            asyncio.create_task(_carry(route, client, server)),
            asyncio.create_task(_carry(route, server, client)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


# What may stand in a path and query as it is; the rest (raw bytes beyond ASCII) is encoded.
_AS_IT_IS = "%/:?#[]@!$&'()*+,;=-._~|^`{}\"<>"


async def _carry(route: Route, source: Any, target: Any) -> None:
    """Carry messages from *source* to *target* until either is closed."""
    with suppress(ConnectionError, aiohttp.ClientError):
        while True:
            message = await source.receive()
            if message.type is WSMsgType.TEXT:
                await target.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await target.send_bytes(message.data)
            elif message.type is WSMsgType.PING:
                await target.ping(message.data)
            elif message.type is WSMsgType.PONG:
                await target.pong(message.data)
            elif message.type is WSMsgType.CLOSE:
                await _close(target, message.data, message.extra)
                return
            else:  # closed, or broken off
                await _close(target, source.close_code, "")
                return
            route.touch()


async def _close(end: Any, code: int | None, reason: str | None) -> None:
    sent = code if code and code not in _MUST_NOT_SEND else _SERVER_ERROR
    if code == 1005:  # closed without a code
        sent = 1000
    await end.close(code=sent, message=(reason or "").encode("utf-8"))


def _host_of(request: web.BaseRequest) -> str | None:
    """Return the name in the request's Host header, without a port; None if that is no name."""
    named = request.headers.getall("Host", [])
    try:
        return (urlsplit(f"//{named[0]}").hostname or "") if len(named) == 1 else None
    except ValueError:
        return None


def _refusal(request: web.BaseRequest, status: int, hub: str) -> web.Response:
    """Return our own answer: a page for people, JSON for programs."""
    language = accepted_language(request.headers.get("Accept-Language", ""))
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if "text/html" not in request.headers.get("Accept", ""):
        text = json.dumps({"status": status, "message": pages.TITLES[status]})
        return web.Response(status=status, text=text, content_type="application/json", headers=kept)
    kept["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    page = pages.error_page(status, language, hub)
    return web.Response(status=status, text=page, content_type="text/html", headers=kept)
