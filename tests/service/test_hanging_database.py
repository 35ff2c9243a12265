"""PostgreSQL frozen, stopped or killed under a running service, and signals at the worst moment."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from skontro.ledger import connect, verify
from tests.service.processes import ServiceProcess, serving
from tests.service.systems import order

pytestmark = pytest.mark.long

#: What the service promises, and some for a busy machine.
ENDS_WITHIN = 20


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    with serving(tmp_path) as running:
        yield running


@contextmanager
def frozen(service: ServiceProcess) -> Iterator[None]:
    """All processes of the server stand still, and say nothing to anybody."""
    postmaster = service.postmaster()
    assert postmaster is not None
    family = [postmaster, *postmaster.children(recursive=True)]
    for one in family:
        one.suspend()
    try:
        yield
    finally:
        for one in family:
            if one.is_running():
                one.resume()


def health(service: ServiceProcess) -> int:
    return httpx.get(f"{service.url}/health/ready", timeout=5).status_code


def metric(service: ServiceProcess, name: str) -> float:
    lines = httpx.get(f"{service.url}/metrics", timeout=5).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def submitted(service: ServiceProcess, sent: dict[str, object]) -> list[httpx.Response]:
    """An order on its way; its answer comes into the list."""
    answers: list[httpx.Response] = []

    def submit() -> None:
        client = service.bank(0)
        client.http.timeout = httpx.Timeout(120)
        try:
            answers.append(client.submit(sent))
        except httpx.HTTPError:
            return

    threading.Thread(target=submit, daemon=True).start()
    return answers


def verified(service: ServiceProcess) -> str | None:
    with connect(service.database()) as connection:
        return verify(connection).difference


def test_not_ready_while_an_idle_service_has_a_frozen_database(service: ServiceProcess) -> None:
    assert metric(service, "skontro_oldest_commit_seconds") < 1
    with frozen(service):
        wait_for(lambda: health(service) == 503)
        wait_for(lambda: metric(service, "skontro_oldest_commit_seconds") > 1.5)
    wait_for(lambda: health(service) == 200)
    assert service.bank(0).submit(order()).status_code == 201
    assert service.stop() == 0


def test_a_commit_into_a_frozen_database_is_given_up_and_done_once(service: ServiceProcess) -> None:
    """Long enough that the connection is given up; what it was sent may still be read by it."""
    first = order()
    assert service.bank(0).submit(first).status_code == 201
    sent = order()
    with frozen(service):
        answers = submitted(service, sent)
        wait_for(lambda: health(service) == 503)
        wait_for(lambda: "gave no answer" in service.log(), 90)
        assert answers == []
    wait_for(lambda: bool(answers), 90)
    assert answers[0].status_code == 201
    wait_for(lambda: health(service) == 200)
    again = service.bank(0).submit(sent)
    assert again.json() == answers[0].json()
    assert service.bank(0).submit(order()).status_code == 201
    assert verified(service) is None
    assert service.stop() == 0


def test_a_killed_postmaster_is_replaced(service: ServiceProcess) -> None:
    """Its children may live on for a while and hold the shared memory."""
    postmaster = service.postmaster()
    assert postmaster is not None
    child = postmaster.children()[0]
    child.suspend()  # this one never notices by itself
    postmaster.kill()
    sent = order()
    answers = submitted(service, sent)
    wait_for(lambda: bool(answers), 90)
    assert answers[0].status_code == 201
    assert service.process is not None
    assert service.process.poll() is None
    assert not child.is_running()
    wait_for(lambda: health(service) == 200)
    assert verified(service) is None
    assert service.stop() == 0
    assert service.postmaster() is None, "the new server was left running"


def test_a_killed_postmaster_that_cannot_start_again_ends_the_service(
    service: ServiceProcess,
) -> None:
    settings = service.folder / "record" / "postgresql.auto.conf"
    settings.write_text("no_such_setting = 1\n")
    began = time.monotonic()
    service.kill_postgres()
    assert service.wait(120) == 8
    assert time.monotonic() - began < 60
    last = service.log().splitlines()[-1]
    assert last.startswith("skontro: ")
    assert "died and does not start again" in last
    assert "Traceback" not in service.log()


def test_a_stale_lock_file_that_names_another_process(service: ServiceProcess) -> None:
    """After the machine's restart its numbers go to other programs."""
    service.kill()
    service.kill_postgres()
    file = service.folder / "record" / "postmaster.pid"
    lines = file.read_text().splitlines()
    lines[0] = str(os.getpid())
    file.write_text("\n".join(lines) + "\n")
    service.start()
    service.wait_ready()
    assert service.bank(0).submit(order()).status_code == 201
    assert service.stop() == 0


def test_told_to_stop_while_the_database_is_frozen(service: ServiceProcess) -> None:
    with frozen(service):
        answers = submitted(service, order())
        wait_for(lambda: health(service) == 503)
        _signal(service, signal.SIGTERM)
        assert service.wait(ENDS_WITHIN + 20) == 8
        last = service.log().splitlines()[-1]
        assert "Traceback" not in service.log()
        assert "may or may not be recorded" in last
    wait_for(lambda: bool(answers))
    assert answers[0].status_code == 503, "nothing was acknowledged, and whoever waits is told"


def test_told_to_stop_while_a_client_has_sent_half_a_request(service: ServiceProcess) -> None:
    with socket.create_connection(("127.0.0.1", service.port)) as half:
        half.sendall(b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        time.sleep(0.5)
        _signal(service, signal.SIGTERM)
        assert service.wait(ENDS_WITHIN + 20) == 0
    assert "stopped in order" in service.log()


def test_told_to_stop_before_it_has_recovered(service: ServiceProcess) -> None:
    assert service.stop() == 0
    for seconds in (0.0, 0.5, 1.5, 3.0):
        service.start()
        _until_listening(service)
        time.sleep(seconds)
        _signal(service, signal.SIGTERM)
        assert service.wait(ENDS_WITHIN + 20) == 0, service.log()[-2000:]


def test_told_twice_it_ends_at_once(service: ServiceProcess) -> None:
    with frozen(service):
        submitted(service, order())
        wait_for(lambda: health(service) == 503)
        _signal(service, signal.SIGTERM)
        time.sleep(0.5)
        _signal(service, signal.SIGTERM)
        began = time.monotonic()
        assert service.wait(60) == 128 + signal.SIGTERM
        assert time.monotonic() - began < 5


def test_sighup_reloads_and_never_kills(service: ServiceProcess) -> None:
    level = service.folder / "log-level"
    level.write_text("debug\n")
    _signal(service, signal.SIGHUP)
    wait_for(lambda: "reloaded" in service.log())
    service.operator().get("/v1/day")
    wait_for(lambda: "/v1/day" in service.log())
    level.write_text("loud\n")
    _signal(service, signal.SIGHUP)
    wait_for(lambda: "not reloaded" in service.log())
    assert service.bank(0).submit(order()).status_code == 201
    assert service.stop() == 0


def _signal(service: ServiceProcess, number: int) -> None:
    assert service.process is not None
    service.process.send_signal(number)


def _until_listening(service: ServiceProcess) -> None:
    def listens() -> bool:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", service.port)) == 0

    wait_for(listens)
