"""Of tests of the process: one that has not begun to run, and how it would have been ended."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from skontro.service import process
from skontro.service.process import _Process
from skontro.service.settings import Settings


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes with which the process would have been ended."""
    codes: list[int] = []
    monkeypatch.setattr(process.os, "_exit", codes.append)
    return codes


@pytest.fixture
def asked() -> list[Exception | None]:
    """The errors whose exit code was asked for."""
    return []


@pytest.fixture
def running(tmp_path: Path, ended: list[int], asked: list[Exception | None]) -> Iterator[Any]:
    """A process that has not begun to run."""
    made: Any = _Process(Settings(tmp_path), lambda error: asked.append(error) or 7)
    yield made
    made._ended.set()


def a_service(stopped: bool = True, *, screens: bool = False) -> Any:
    """As far as the process knows it; notes for how long it was asked to stop, and by whom."""
    calls: list[Any] = []
    authenticator = SimpleNamespace()

    async def start_processes(count: int) -> None:
        calls.append(("start", count))

    async def stop_processes() -> None:
        calls.append("stop processes")

    authenticator.start_processes, authenticator.stop_processes = start_processes, stop_processes

    def stop(seconds: float) -> bool:
        calls.append((seconds, threading.current_thread() is threading.main_thread()))
        return stopped

    screening = SimpleNamespace()

    async def start_screening() -> None:
        calls.append("start screening")

    async def stop_screening() -> None:
        calls.append("stop screening")

    async def reload_screening() -> None:
        calls.append("reload screening")

    screening.start, screening.stop = start_screening, stop_screening
    screening.reload, screening.digest = reload_screening, "ab"
    return SimpleNamespace(
        screening=screening if screens else None,
        context=SimpleNamespace(authenticator=authenticator),
        stop=stop,
        calls=calls,
        reload=lambda: calls.append("reload"),
    )


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)
