"""Of tests that ask the service."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from skontro.service import process
from skontro.service.api import gate
from tests.service.one_process import asked, ended, running
from tests.service.systems import LiveSystem, live_system, write_folder

__all__ = ("asked", "ended", "running")


@pytest.fixture(autouse=True, scope="session")
def _tracebacks_without_values() -> None:
    """As the service is set up when it runs; else the values of all variables are drawn, slowly."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(autouse=True)
def _refusals_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused for asking too often waits for half a second; hundreds are, in these tests."""
    monkeypatch.setattr(gate, "_SECONDS_TO_REFUSE", 0.01)


@pytest.fixture(autouse=True)
def _no_service_ends_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is stopped ends its process 17 s later, unless `serve` was all that it did."""
    monkeypatch.setattr(process, "_END_SECONDS", 3_600.0)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """A live system in this process, shared by the tests of a module."""
    folder: Path = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with live_system(folder) as running:
        yield running
