"""Two linked systems, each a service in a process of its own, that talk over HTTP."""

import logging
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
import uvicorn

from benchmarks.linked_system import (
    SYSTEMS,
    LinkedSystem,
    contract_between,
    draw_terms,
    new_settings,
    orders_in_requests,
)
from benchmarks.measuring import stopwatch
from skontro.service.api.app import make_app
from skontro.service.api.http_protocol import bounded_protocol
from skontro.service.auth.security_log import SecurityLog
from skontro.service.garbage import ShortPauses
from skontro.service.sequencer.requests import Orders
from skontro.service.startup import Service, start
from skontro.system.links.contract import LinkContract
from skontro.system.links.terms import LinkTerms

#: Orders or terms of a request.
_ROWS: Final = 250
#: Most links that are under way at one time, and seconds between two looks at their number.
_UNDER_WAY: Final = 1_500
_LOOK: Final = 0.005
#: As the process of a service sets it.
_SWITCH_SECONDS: Final = 0.001
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Delayed(httpx.BaseTransport):
    """HTTP to the other system over a distance; each request and each answer waits.

    Attributes:
        seconds: of one way.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer, both late."""
        time.sleep(self.seconds)
        answer = self._inner.handle_request(request)
        answer.read()
        time.sleep(self.seconds)
        return answer


class _Child:
    """What a process does for the one that measures: each public method is a command."""

    def __init__(self, folder: Path, place: int, ports: tuple[int, int]) -> None:
        peer = 1 - place
        peers = {SYSTEMS[peer]: f"http://127.0.0.1:{ports[peer]}"}
        self._far = Delayed()
        settings = new_settings(folder, place, port=ports[place], peers=peers)
        self._service = start(settings, transports=lambda _peer: self._far)
        self._system = LinkedSystem(self._service, place)
        self._pauses = ShortPauses()
        self._pauses.begin()
        self._server = _serve(self._service, ports[place])
        self._postmaster = int(
            (settings.folder / "record" / "postmaster.pid").read_text().split()[0]
        )
        self._drawn: dict[int, list[LinkTerms]] = {}
        self._contract: LinkContract

    def key(self) -> str:
        """The public key."""
        return self._service.context.public_key

    def agree(self, contract: LinkContract) -> None:
        """Put the contract in force, and wait until the peer has answered."""
        self._system.wait_until_open()
        self._system.agree(contract)
        self._contract = contract

    def hears(self, peer: str) -> bool:
        """Whether the peer answers."""
        return not self._service.context.peers.is_silent(peer)

    def distance(self, seconds: float) -> None:
        """Let each message to the peer, and each answer, take so long."""
        self._far.seconds = seconds

    def draw(self, number: int, seed: int, until: int) -> None:
        """Draw the terms of links, to be instructed later by their seed."""
        assert self._contract is not None
        self._drawn[seed] = draw_terms(self._contract, number, seed, until)

    def links(self, seed: int) -> None:
        """Instruct the links of a draw, some under way at one time; wait until all are final."""
        terms, sequencer = self._drawn[seed], self._service.sequencer
        for at in range(0, len(terms), _ROWS):
            while sequencer.view.open_links > _UNDER_WAY - _ROWS:
                time.sleep(_LOOK)
            self._system.post(terms[at : at + _ROWS])
        self._system.wait_until_final(terms)

    def at_rate(self, seed: int, rate: int, begin: float) -> None:
        """Instruct the links of a draw at a rate from a time on, and wait until all are final.

        Args:
            seed: of the draw.
            rate: links a second.
            begin: seconds since 1970.
        """
        terms, rows = self._drawn[seed], max(1, rate // 50)
        for at in range(0, len(terms), rows):
            time.sleep(max(0.0, begin + at / rate - time.time()))
            self._system.post(terms[at : at + rows])
        self._system.wait_until_final(terms)

    def times(self, seed: int) -> list[dict[str, int]]:
        """When each link of a draw came into its phases here."""
        return self._system.times(self._drawn[seed])

    def domestic(self, orders: int, seed: int) -> None:
        """Settle domestic orders."""
        requests = orders_in_requests(orders, _ROWS, seed)
        self._system.submit([(Orders, (one,)) for one in requests])

    def spent(self) -> tuple[float, float]:
        """Seconds of processor time: of this process, and of its PostgreSQL."""
        return time.process_time(), _spent_by_group(self._postmaster)

    def stop(self) -> None:
        """Stop the service."""
        self._pauses.end()
        self._server.should_exit = True
        self._service.stop()


def _serve(service: Service, port: int) -> uvicorn.Server:
    """Let a service listen, in a thread of its own."""
    app = make_app()
    app.state.context = service.context
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http=bounded_protocol(behind_proxy=False, security=SecurityLog(None)),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, name="http", daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    return server


def _spent_by_group(parent: int) -> float:
    """Seconds of processor time of a process and its children."""
    spent = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == parent or path.parent.name == str(parent):
            spent += int(fields[11]) + int(fields[12])
    return spent / _TICKS


def _run(connection: Connection, folder: Path, place: int, ports: tuple[int, int]) -> None:
    """Obey commands until told to stop; an error is the answer to its command."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.setswitchinterval(_SWITCH_SECONDS)
    child = _Child(folder, place, ports)
    connection.send(None)
    while True:
        name, arguments = connection.recv()
        try:
            answer = getattr(child, name)(*arguments)
        except Exception as error:  # the one that measures is to see it
            answer = RuntimeError(f"{SYSTEMS[place]}: {name}: {error!r}")
        connection.send(answer)
        if name == "stop":
            return


class LinkedProcesses:
    """Both systems, each in a process of its own, with a contract in force."""

    def __init__(self, folder: Path) -> None:
        context = multiprocessing.get_context("spawn")
        ports = _free_ports()
        self._connections: list[Connection] = []
        self._processes = []
        for place in range(2):
            here, there = context.Pipe()
            process = context.Process(target=_run, args=(there, folder, place, ports), daemon=True)
            process.start()
            self._connections.append(here)
            self._processes.append(process)
        self._answers()
        contract = contract_between(self.ask("key"))
        self.ask("agree", contract)
        while not all(self.ask_each("hears", [(SYSTEMS[1],), (SYSTEMS[0],)])):
            time.sleep(0.05)

    def ask(self, name: str, *arguments: object) -> list[Any]:
        """Let both obey the same command, at one time; their answers."""
        return self.ask_each(name, [arguments, arguments])

    def ask_each(self, name: str, arguments: list[tuple[object, ...]]) -> list[Any]:
        """Let each obey the command with arguments of its own, at one time; their answers."""
        for connection, own in zip(self._connections, arguments, strict=True):
            connection.send((name, own))
        return self._answers()

    def _answers(self) -> list[Any]:
        answers = [one.recv() for one in self._connections]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers

    def spent(self, name: str, *arguments: object) -> tuple[float, float, float]:
        """Seconds of a command; of processor time of both systems, and of both PostgreSQLs."""
        before, begin = self.ask("spent"), stopwatch()
        self.ask(name, *arguments)
        seconds, after = stopwatch() - begin, self.ask("spent")
        services, databases = (
            sum(late[part] - early[part] for early, late in zip(before, after, strict=True))
            for part in range(2)
        )
        return seconds, services, databases

    def stop(self) -> None:
        """Stop both."""
        self.ask("stop")
        for process in self._processes:
            process.join(60)


def _free_ports() -> tuple[int, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    first, second = (one.getsockname()[1] for one in sockets)
    for one in sockets:
        one.close()
    return first, second


@contextmanager
def linked_processes(folder: Path) -> Iterator[LinkedProcesses]:
    """Two running systems with a contract, each in a process of its own."""
    systems = LinkedProcesses(folder)
    try:
        yield systems
    finally:
        systems.stop()
