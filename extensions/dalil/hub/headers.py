"""Which headers pass through the proxy, and what it says of itself.

What a client says of its own address is believed from a proxy in front of ours only
(``behind_proxy``); otherwise it is replaced, so that nobody borrows another's address. Names that
are not plain, which some servers read as another header, are refused by the parser before.
"""

from __future__ import annotations

from collections.abc import Iterable

from multidict import CIMultiDict, CIMultiDictProxy

# RFC 9110 §7.6.1: of one connection, not of the message.
_OF_THE_CONNECTION = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
# What tornado and frameworks believe about where a request came from.
_ORIGIN = frozenset(
    {
        *("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port"),
        *("x-forwarded-proto", "x-forwarded-protocol", "x-forwarded-scheme", "x-forwarded-ssl"),
        *("x-forwarded-server", "x-forwarded-prefix", "x-real-ip", "x-scheme", "front-end-https"),
        *("x-original-url", "x-rewrite-url", "x-http-method-override", "x-forwarded-user"),
    }
)
_BELIEVED = frozenset({"x-forwarded-for", "x-forwarded-host", "x-forwarded-port"}) | {
    "x-forwarded-proto"
}
_OF_THE_HANDSHAKE = ("sec-websocket-",)


def end_to_end(headers: CIMultiDictProxy[str], *, without: Iterable[str] = ()) -> CIMultiDict[str]:
    """Return *headers*, all of each name, but those of the connection and what it names."""
    named = {
        name.strip().lower()
        for value in headers.getall("Connection", [])
        for name in value.split(",")
    }
    # A client that calls these ones of its connection must not make them vanish.
    named -= {"host", "cookie", "authorization", "origin", "content-length", "content-type"}
    left_out = _OF_THE_CONNECTION | named | frozenset(without)
    return CIMultiDict(
        (name, value) for name, value in headers.items() if name.lower() not in left_out
    )


def to_server(
    headers: CIMultiDictProxy[str],
    peer: str,
    scheme: str,
    *,
    behind_proxy: bool = False,
) -> CIMultiDict[str]:
    """Return what the server gets of a request's *headers*, with our word on origin."""
    passed = end_to_end(headers, without={"expect"})
    said = {name: passed.getall(name) for name in _BELIEVED if name in passed}
    for name in _ORIGIN:
        passed.popall(name, None)
    host = headers.get("Host", "")
    port = host.rpartition(":")[2]
    ours = {
        "x-forwarded-for": peer,
        "x-forwarded-proto": scheme,
        "x-forwarded-host": host,
        "x-forwarded-port": port if port.isdigit() else {"https": "443"}.get(scheme, "80"),
    }
    for name, value in ours.items():
        believed = ", ".join(said.get(name, [])) if behind_proxy else ""
        if believed and name == "x-forwarded-for":
            passed[name] = f"{believed}, {peer}"
        else:
            passed[name] = believed or value
    return passed


def for_websocket(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    """Return *headers* without those that our own handshake with the server sets."""
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if not name.lower().startswith(_OF_THE_HANDSHAKE)
    )


def offered(headers: CIMultiDictProxy[str]) -> list[str]:
    """Return the subprotocols that a client offers, in its order."""
    values = headers.getall("Sec-WebSocket-Protocol", [])
    return [name.strip() for value in values for name in value.split(",") if name.strip()]
