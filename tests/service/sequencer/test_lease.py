"""One record, one writer: who starts, who is refused, who takes over, and who notices."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from skontro.ledger import connect, verify
from tests.service.processes import ServiceProcess
from tests.service.systems import order, write_folder

pytestmark = pytest.mark.long


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    write_folder(tmp_path)
    running = ServiceProcess(tmp_path)
    try:
        yield running
    finally:
        running.end()


def epoch(service: ServiceProcess) -> int:
    with connect(service.database()) as connection:
        row = connection.execute("SELECT epoch FROM writer").fetchone()
    assert row is not None
    return int(str(row[0]))


def last_line(service: ServiceProcess) -> str:
    return service.log().splitlines()[-1]


def test_the_same_command_twice_leaves_the_running_service_alone(service: ServiceProcess) -> None:
    service.start()
    service.wait_ready()
    claimed = epoch(service)
    twice = ServiceProcess(service.folder, service.port, log_name="twice.log")
    twice.start()
    assert twice.wait(60) == 3
    shown = twice.log().splitlines()
    assert len(shown) == 1, shown
    assert f"127.0.0.1:{service.port} is in use" in shown[0]
    assert epoch(service) == claimed, "the record was touched"
    assert service.bank(0).submit(order()).status_code == 201
    assert service.stop() == 0


def test_on_another_port_it_is_refused_while_the_first_lives(service: ServiceProcess) -> None:
    service.start()
    service.wait_ready()
    claimed = epoch(service)
    second = ServiceProcess(service.folder, log_name="second.log")
    second.start()
    assert second.wait(120) == 7
    assert "Traceback" not in second.log()
    assert service.process is not None
    assert f"process {service.process.pid} on " in last_line(second)
    assert "renewed its lease" in last_line(second)
    assert epoch(service) == claimed
    assert service.bank(0).submit(order()).status_code == 201
    assert service.stop() == 0
    # What stopped in order leaves no lease behind.
    second.log_name = "third.log"
    second.start()
    second.wait_ready()
    assert "waiting for another writer's lease" not in second.log()
    assert second.stop() == 0


def test_a_second_writer_takes_over_when_it_is_told_to(service: ServiceProcess) -> None:
    service.start()
    service.wait_ready()
    second = ServiceProcess(service.folder, arguments=("--take-over",), log_name="second.log")
    second.start()
    # Nobody sends the first anything: it must find out by itself.
    assert service.wait(120) == 6
    assert "Traceback" not in service.log()
    assert last_line(service) == "skontro: another process has taken over the record"
    second.wait_ready()
    assert second.bank(0).submit(order()).status_code == 201
    with connect(second.database()) as connection:
        assert verify(connection).difference is None
    assert second.stop() == 0


def test_a_writer_that_was_killed_is_succeeded_without_a_word(service: ServiceProcess) -> None:
    service.start()
    service.wait_ready()
    with connect(service.database()) as connection:
        service.kill()
        # As if it had run on another machine, where nobody can see that it is gone.
        connection.execute("UPDATE lease SET process = ''")
    service.start()
    service.wait_ready()
    assert "waiting for another writer's lease to expire" in service.log()
    assert service.stop() == 0


def test_two_supervised_services_do_not_take_over_from_each_other(
    service: ServiceProcess, request: pytest.FixtureRequest
) -> None:
    """Restarted whenever they end, as a supervisor does: one works, the other keeps asking."""
    service.start()
    service.wait_ready()
    second = ServiceProcess(service.folder, log_name="second.log")
    both = (service, second)
    second.start()
    request.addfinalizer(second.kill)
    for _ in range(2):
        claimed = epoch(service)
        refused = _restarted_whenever_they_end(both, ends=3)
        assert refused == [7, 7, 7]
        assert epoch(service) == claimed
        at_work = next(one for one in both if _is_ready(one))
        assert at_work.bank(0).submit(order()).status_code == 201
        at_work.kill()
        at_work.start()
        _until(lambda: any(_is_ready(one) for one in both), both)
        assert epoch(service) == claimed + 1
    with connect(service.database()) as connection:
        assert verify(connection).difference is None
    # One is, and only one; when it has stopped in order the other may begin.
    ready = [one for one in both if _is_ready(one)]
    assert [one.stop() for one in ready] == [0]


def _restarted_whenever_they_end(both: tuple[ServiceProcess, ...], ends: int) -> list[int]:
    """The exit codes of the next ends."""
    codes: list[int] = []
    deadline = time.monotonic() + 180
    while len(codes) < ends:
        assert time.monotonic() < deadline, codes
        for one in both:
            assert one.process is not None
            code = one.process.poll()
            if code is not None:
                codes.append(code)
                one.start()
        time.sleep(0.1)
    return codes


def _until(condition: object, both: tuple[ServiceProcess, ...]) -> None:
    deadline = time.monotonic() + 180
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        for one in both:
            if one.process is not None and one.process.poll() is not None:
                one.start()
        time.sleep(0.1)


def _is_ready(service: ServiceProcess) -> bool:
    try:
        return httpx.get(f"{service.url}/health/ready", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
