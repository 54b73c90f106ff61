"""The client against a real service behind a real hub."""

from __future__ import annotations

import pytest
from jupyterhub.utils import random_port

from dalil.client import SERVICE_VARIABLE, TOKEN_VARIABLE, Client, from_environment
from dalil.errors import ServiceError
from tests.dalil.service.hub_room import AMINA, Hub, hub

__all__ = ["hub"]


def test_the_client_asks_in_the_name_of_its_token(hub: Hub) -> None:
    found = from_environment({SERVICE_VARIABLE: hub.base, TOKEN_VARIABLE: hub.token(AMINA)})
    assert found is not None
    with found as client:
        assert client.me()["id"] == AMINA
        client.set_language("fr")
        assert client.me()["language"] == "fr"
        client.set_language("ar")


def test_a_refusal_is_the_service_s_own_line(hub: Hub) -> None:
    with Client(hub.base, "nonsense") as client, pytest.raises(ServiceError) as caught:
        client.me()
    assert (caught.value.status, caught.value.kind) == (403, "log-in")
    assert str(caught.value) == "Log in at the academy first."


def test_no_service_is_one_line() -> None:
    port = random_port()
    address = f"http://127.0.0.1:{port}/services/dalil/"
    told = pytest.raises(ServiceError, match="cannot be reached")
    with Client(address, "x") as client, told as caught:
        client.me()
    assert caught.value.kind == "unreachable"
    assert from_environment({}) is None
