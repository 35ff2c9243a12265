"""The deadline of an engine: from one answer to the next, and not of a question that waits."""

import asyncio
from collections.abc import Iterator

import pytest

from skontro.screening import screening_engine
from skontro.screening.screener import Screened
from skontro.screening.screening_engine import EngineInUse


def wait_for_answer(
    monkeypatch: pytest.MonkeyPatch, times: list[float], answers: dict[float, bool]
) -> list[Screened]:
    """Wait by a clock that says these times.

    Args:
        monkeypatch: replaces the clock.
        times: said one after the other; the first when the question is asked.
        answers: times at which an answer came just before; True where it is the one waited for.
    """

    async def wait() -> list[Screened]:
        engine = EngineInUse(["engine"], "engine", 2.0)
        future: asyncio.Future[list[Screened]] = asyncio.get_running_loop().create_future()

        def said() -> Iterator[float]:
            for time in times:
                if time in answers:
                    engine._last_answer = time
                    if answers[time]:
                        future.set_result([])
                yield time

        clock = said()
        monkeypatch.setattr(screening_engine, "monotonic", lambda: next(clock))
        return await engine._answered(future)

    return asyncio.run(wait())


def test_an_engine_that_answers_nothing_is_late_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TimeoutError):
        wait_for_answer(monkeypatch, [10.0, 11.999, 12.0], {})


def test_an_engine_that_answers_others_is_not_late(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [10.0, 11.999, 13.998, 13.999]
    assert wait_for_answer(monkeypatch, times, {11.999: False, 13.998: False, 13.999: True}) == []


def test_an_engine_is_late_two_seconds_after_its_last_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(TimeoutError):
        wait_for_answer(monkeypatch, [10.0, 11.999, 13.998, 13.999], {11.999: False})
