"""The proxy's table: which address leads to which server.

A route's specification is JupyterHub's: ``[host]/path/``. Matching is by whole segments of the
path, percent-encoding undone, the longest route first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

Key = tuple[str, ...]  # the host ("" for any), then the segments of the path


@dataclass
class Route:
    """Where *spec* leads; ``target`` is ``scheme://host:port`` without a path."""

    spec: str
    target: str
    data: dict[str, Any]
    active: datetime = field(default_factory=lambda: datetime.now(UTC))

    def touch(self) -> None:
        """Note that somebody uses it now."""
        self.active = datetime.now(UTC)

    def described(self) -> dict[str, Any]:
        """Return what JupyterHub asks of a proxy: the route and when it was last used."""
        used = {**self.data, "last_activity": self.active.isoformat()}
        return {"routespec": self.spec, "target": self.target, "data": used}


class Routes:
    """All routes; few enough for a dictionary, looked up in as many steps as a path has parts."""

    def __init__(self) -> None:
        self._routes: dict[Key, Route] = {}
        self._depth = 0

    def add(self, spec: str, target: str, data: dict[str, Any]) -> Route:
        """Add or replace the route of *spec*. One that is only led elsewhere keeps its activity."""
        route = Route(spec, target.rstrip("/"), dict(data))
        key = _key(spec)
        if (before := self._routes.get(key)) is not None:
            route.active = before.active
        self._routes[key] = route
        self._depth = max(map(len, self._routes))
        return route

    def remove(self, spec: str) -> None:
        """Forget the route of *spec*, if there is one."""
        self._routes.pop(_key(spec), None)
        self._depth = max(map(len, self._routes), default=0)

    def find(self, host: str, path: str) -> Route | None:
        """Return the longest route for *path* (as it was asked for, without its query)."""
        _, *segments = _key(path)
        for length in range(min(self._depth, len(segments) + 1), 0, -1):
            for name in (host.lower(), ""):
                if route := self._routes.get((name, *segments[: length - 1])):
                    return route
        return None

    def described(self) -> dict[str, dict[str, Any]]:
        return {route.spec: route.described() for route in self._routes.values()}


def _key(spec: str) -> Key:
    """Cut ``[host]/path/`` into its parts; a slash that was written %2F stays within its part."""
    host, _, path = spec.partition("/")
    return (host.lower(), *(unquote(part) for part in path.split("/") if part))
