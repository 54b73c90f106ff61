"""The proxy's table: the longest route by whole segments, whatever way a name is written."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from dalil.hub.routes import Routes


@pytest.fixture
def routes() -> Routes:
    table = Routes()
    table.add("/", "http://hub", {"hub": True})
    table.add("/user/amina/", "http://amina", {"user": "amina"})
    table.add("/user/amina/second/", "http://second", {"user": "amina"})
    table.add(f"/user/{quote('مريم')}/", "http://maryam", {"user": "مريم"})
    table.add("/services/dalil/", "http://service", {"service": "dalil"})
    return table


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/", "http://hub"),
        ("", "http://hub"),
        ("/hub/login", "http://hub"),
        ("/user/amina", "http://amina"),
        ("/user/amina/lab/tree/a%2Fb", "http://amina"),
        ("/user/amina/second/lab", "http://second"),
        ("/user/amina%2Fsecond/lab", "http://hub"),
        ("/user/aminata/lab", "http://hub"),
        ("/user/%61mina/lab", "http://amina"),
        ("//user//amina/lab", "http://amina"),
        ("/user/amina/../nadia", "http://amina"),
        ("/user/" + quote("مريم") + "/api", "http://maryam"),
        ("/user/" + quote("مريم").lower() + "/api", "http://maryam"),
        ("/services/dalil/api/me", "http://service"),
        ("/services/dalilah/", "http://hub"),
        ("/" + "a/" * 5000, "http://hub"),
    ],
)
def test_the_longest_route_by_segments(routes: Routes, path: str, target: str) -> None:
    found = routes.find("127.0.0.1", path)
    assert found is not None
    assert found.target == target


def test_nothing_is_found_where_nothing_leads() -> None:
    table = Routes()
    assert table.find("", "/user/amina/") is None
    table.add("/user/amina/", "http://amina", {})
    table.remove("/user/amina/")
    table.remove("/user/amina/")
    assert table.find("", "/user/amina/") is None


def test_a_route_of_one_host_is_not_for_others() -> None:
    table = Routes()
    table.add("amina.academy.example/user/amina/", "http://amina", {})
    assert table.find("AMINA.academy.example", "/user/amina/lab") is not None
    assert table.find("nadia.academy.example", "/user/amina/lab") is None


def test_activity_is_told_and_outlives_a_new_target(routes: Routes) -> None:
    route = routes.find("", "/user/amina/lab")
    assert route is not None
    before = route.active
    route.touch()
    assert route.active >= before
    routes.add("/user/amina/", "http://elsewhere/", {"user": "amina"})
    described = routes.described()["/user/amina/"]
    assert described["target"] == "http://elsewhere"
    assert described["data"] == {"user": "amina", "last_activity": route.active.isoformat()}
