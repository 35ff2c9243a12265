"""Two live systems in this process that reach each other by their own HTTP interface."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.service.linked_services import SYSTEMS, LinkedServices, write_linked_folder
from tests.service.systems import LiveSystem, new_database

PATH = "/v1/links/statements"


class Wire(httpx.BaseTransport):
    """The way to the service of one system; it can be cut.

    Attributes:
        cut: whether no request arrives.
        requests: bodies of those that arrived.
        answers: what to answer instead of the service, and how often; empty for the service.
    """

    def __init__(self) -> None:
        self.live: LiveSystem | None = None
        self.cut = False
        self.requests: list[bytes] = []
        self.answers: list[httpx.Response] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut or self.live is None:
            raise httpx.ConnectError("the wire is cut")
        if self.answers:
            return self.answers.pop(0)
        self.requests.append(request.read())
        return self.live.transport.handle_request(request)


class Wired(LinkedServices):
    """The services, and the wires to each of them."""

    def start(self) -> None:
        self.wires = [Wire() for _ in SYSTEMS]
        self.live = []
        for place in range(len(SYSTEMS)):
            self.start_wired(place)

    def start_wired(self, place: int) -> None:
        """Start one service with its wire to the other."""
        peer = SYSTEMS[1 - place]
        live = self.start_one(
            place,
            transports=lambda _peer: self.wires[1 - place],
            peers={peer: "http://localhost"},
        )
        self.wires[place].live = live
        self.live.append(live)

    def instruct(self, place: int, terms: Any, **fields: object) -> httpx.Response:
        """Let the first bank of a system instruct a link."""
        body = self.instruction(place, terms, **fields)
        return self.live[place].bank(0).send("POST", "/v1/links", body)

    def shown(self, place: int, terms: Any) -> dict[str, Any]:
        """The link as a system shows it to its operator."""
        answer = self.live[place].operator().get(f"/v1/links/{terms.link}")
        assert answer.is_success, answer.text
        return dict(answer.json())

    def peer(self, place: int) -> dict[str, Any]:
        """The other system as a system shows it to its operator."""
        (found,) = self.live[place].operator().get("/v1/links/peers").json()["peers"]
        return dict(found)


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def wired_services(folder: Path) -> Iterator[Wired]:
    """Two running systems with a contract, that hear of each other."""
    folders = [folder / name for name in SYSTEMS]
    for one in folders:
        one.mkdir()
        write_linked_folder(one)
    services = Wired(folders, [new_database(), new_database()])
    try:
        services.start()
        services.agree()
        until(lambda: not any(services.peer(place)["silent"] for place in range(2)))
        yield services
    finally:
        services.stop()
