"""Addresses that the service listens on before anything else is touched."""

import socket
from typing import Any

import pytest

from skontro.model import InputError
from skontro.service import endpoint
from skontro.service.endpoint import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_it_listens_at_once_and_waits_for_nobody(host: str) -> None:
    (one,) = listen(host, 0)
    try:
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR) == 1
        assert not one.getblocking()
        if host == "::1":
            assert one.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
        with socket.create_connection(one.getsockname()[:2], timeout=10):
            pass
    finally:
        one.close()


def test_an_address_in_use_is_named_and_nothing_stays_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (taken,) = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
        for address in ("127.0.0.3", "127.0.0.3", "127.0.0.1")
    ]
    try:
        with monkeypatch.context() as patch:
            patch.setattr(endpoint.socket, "getaddrinfo", lambda *_, **__: found)
            with pytest.raises(InputError) as refused:
                listen("both", port)
        assert str(refused.value) == (
            f"both:{port} is in use: a service runs there already; stop it, or name another --port"
        )
        for one in listen("127.0.0.3", port):
            one.close()
        with monkeypatch.context() as patch:
            patch.setattr(endpoint.socket, "getaddrinfo", lambda *_, **__: found[:2])
            (one,) = listen("one name, twice the same", port)
            one.close()
    finally:
        taken.close()


def test_all_addresses_of_a_name_are_listened_on_for_whoever_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    look = socket.getaddrinfo

    def looked(*arguments: Any, **named: Any) -> Any:
        asked.append((arguments, named))
        return look("127.0.0.1", 0, type=socket.SOCK_STREAM) + look(
            "::1", 0, type=socket.SOCK_STREAM
        )

    monkeypatch.setattr(endpoint.socket, "getaddrinfo", looked)
    made = listen("a name", 81)
    assert [one.family for one in made] == [socket.AF_INET, socket.AF_INET6]
    for one in made:
        one.close()
    kinds = {"type": socket.SOCK_STREAM, "flags": socket.AI_PASSIVE}
    assert asked == [(("a name", 81), kinds)]


@pytest.mark.parametrize(
    ("host", "why"), [("192.0.2.1", "Cannot assign requested address"), ("no name", "")]
)
def test_an_address_of_another_machine_is_said_so(host: str, why: str) -> None:
    with pytest.raises(InputError, match=f"^{host}:0: cannot listen there: .*{why}"):
        listen(host, 0)
