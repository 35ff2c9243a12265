"""Services of several systems as processes of this machine, started and stopped together."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import httpx

from skontro.cli.federation.systems import DemoSystem
from skontro.model import InputError
from skontro.service.client import Client
from skontro.service.initialise import operator_tokens

_START_SECONDS: Final = 600.0
_STOP_SECONDS: Final = 30.0


def free_ports(count: int) -> list[int]:
    """Ports of this machine on which nothing listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


#: Gives the URL by which one system reaches another one.
Ways = Callable[[DemoSystem, DemoSystem], str]


def _straight(_one: DemoSystem, peer: DemoSystem) -> str:
    return peer.url


@contextlib.contextmanager
def running(systems: Sequence[DemoSystem], ways: Ways = _straight) -> Iterator[None]:
    """Run the services of all systems; each knows the addresses of the others.

    Args:
        systems: their folders exist.
        ways: by which they reach each other.

    Raises:
        InputError: one of them does not start; the message has the end of its log.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes += [_start(one, systems, ways) for one in systems]
        for one, process in zip(systems, processes, strict=True):
            _wait_until_open(one, process)
        yield
    finally:
        _stop(processes)


def _start(one: DemoSystem, systems: Sequence[DemoSystem], ways: Ways) -> subprocess.Popen[bytes]:
    peers = [f"--peer={other.name}={ways(one, other)}" for other in systems if other is not one]
    command = [sys.executable, "-m", "skontro", "serve", str(one.folder)]
    command += ["--port", str(one.port), "--requests-per-second", "100000"]
    command += ["--signature-processes", "1", *peers]
    with (one.folder / "service.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def operator(one: DemoSystem, number: int = 0) -> Client:
    """A client of one of the two operators."""
    return Client(one.url, token=operator_tokens(one.folder)[number], timeout=60)


def _wait_until_open(one: DemoSystem, process: subprocess.Popen[bytes]) -> None:
    """Wait until the business day of a system is open."""
    deadline = time.monotonic() + _START_SECONDS
    client = operator(one)
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
            if client.get("/v1/day").json()["phase"] == "open":
                client.close()
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    log = (one.folder / "service.log").read_text(encoding="utf-8", errors="replace")
    raise InputError(f"the service of {one.name} does not start: {log[-1000:]}")


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
