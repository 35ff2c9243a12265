"""Questions of a pool to its engines, here stand-ins: shared, a few at a time, remembered."""

import asyncio
import datetime
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import attrs
import pytest

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.screening.pool import ScreeningPool
from skontro.screening.screener import Screened, held
from skontro.screening.screening_engine import Unavailable
from tests.screening.cuts import DAY

PASSED = Screened(ScreeningOutcome.PASSED)
HELD = held("listed")


@attrs.define
class Engine:
    """Answers when it is told to; *Hold* in a name is held."""

    digest: str = "one"
    is_ready: bool = True
    old: str = ""
    error: Exception | None = None
    asked: list[list[str]] = attrs.field(factory=list)
    answers: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(1_000))

    def stale(self, today: datetime.date) -> str:
        return self.old

    async def ask(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        self.asked.append([party.name for party in parties])
        await self.answers.acquire()
        if self.error is not None:
            raise self.error
        return [HELD if "Hold" in party.name else PASSED for party in parties]


def pool_of(*engines: Engine, second: Engine | None = None, cached: int = 100_000) -> ScreeningPool:
    pool = ScreeningPool(Path("lists.yaml"), cached_parties=cached)
    pool.engines = list(engines)  # type: ignore[arg-type]
    pool._second = second  # type: ignore[assignment]
    return pool


def names(count: int, first: int = 0) -> list[Party]:
    return [Party(name=f"P {number}") for number in range(first, first + count)]


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(bounded())


async def settled() -> None:
    """Let all tasks go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_question_has_32_parties_and_each_party_is_asked_about_once() -> None:
    async def test() -> None:
        engine = Engine()
        pool = pool_of(engine)
        parties = [*names(65), Party(name="Hold"), *names(3)]
        found = await pool.screen(parties, DAY)
        assert found == [PASSED] * 65 + [HELD] + [PASSED] * 3
        assert [len(asked) for asked in engine.asked] == [32, 32, 2]
        assert await pool.screen(parties, DAY) == found
        assert len(engine.asked) == 3
        assert pool._asked == {}

    run(test)


def test_an_engine_has_two_questions_of_a_request_at_a_time() -> None:
    async def test() -> None:
        engines = [Engine(answers=asyncio.Semaphore(0)), Engine(answers=asyncio.Semaphore(0))]
        pool = pool_of(*engines)
        large = asyncio.create_task(pool.screen(names(320), DAY))
        await settled()
        assert [len(engine.asked) for engine in engines] == [2, 2]
        small = asyncio.create_task(pool.screen([Party(name="Hold")], DAY))
        await settled()
        assert sum(len(engine.asked) for engine in engines) == 5
        for engine in engines:
            for _ in range(3):
                engine.answers.release()
        assert await small == [HELD]
        assert not large.done()
        for engine in engines:
            for _ in range(10):
                engine.answers.release()
        assert await large == [PASSED] * 320

    run(test)


def test_requests_share_questions_and_outlive_the_one_that_asked() -> None:
    async def test() -> None:
        engine = Engine(answers=asyncio.Semaphore(0))
        pool = pool_of(engine)
        first = asyncio.create_task(pool.screen(names(3), DAY))
        await settled()
        second = asyncio.create_task(pool.screen([*names(2, 2), Party(name="P 0")], DAY))
        await settled()
        assert engine.asked == [["P 0", "P 1", "P 2"], ["P 3"]]
        first.cancel()
        await settled()
        for _ in range(2):
            engine.answers.release()
        assert await second == [PASSED] * 3
        with pytest.raises(asyncio.CancelledError):
            await first

    run(test)


def test_what_no_engine_said_is_not_remembered() -> None:
    async def test() -> None:
        engine = Engine(error=Unavailable("late", is_late=True))
        pool = pool_of(engine, engine)
        assert await pool.screen(names(1), DAY) == [held("late")]
        assert len(engine.asked) == 1  # one that is late might be at work still
        engine.error = Unavailable("gone")
        assert await pool.screen(names(1), DAY) == [held("gone")]
        assert len(engine.asked) == 3
        engine.error = None
        assert await pool.screen(names(1), DAY) == [PASSED]
        assert await pool.screen(names(1), DAY) == [PASSED]
        assert len(engine.asked) == 4

    run(test)


def test_an_error_reaches_each_request_and_the_next_asks_again() -> None:
    async def test() -> None:
        engine = Engine(error=RuntimeError("broken"), answers=asyncio.Semaphore(0))
        pool = pool_of(engine)
        both = [asyncio.create_task(pool.screen(names(2), DAY)) for _ in range(2)]
        await settled()
        engine.answers.release()
        for task in both:
            with pytest.raises(RuntimeError, match="broken"):
                await task
        engine.error = None
        engine.answers.release()
        assert await pool.screen(names(2), DAY) == [PASSED] * 2
        assert len(engine.asked) == 2

    run(test)


def test_engines_take_turns_and_only_those_with_the_same_lists() -> None:
    async def test() -> None:
        engines = [Engine(), Engine(), Engine(digest="other"), Engine(is_ready=False)]
        pool = pool_of(*engines)
        await pool.screen(names(128), DAY)
        assert [len(engine.asked) for engine in engines] == [2, 2, 0, 0]
        assert pool.digest == "one"
        engines[0].is_ready = engines[1].is_ready = False
        assert pool.digest == "other"
        await pool.screen(names(1), DAY)  # other lists: asked again
        assert len(engines[2].asked) == 1
        engines[2].is_ready = False
        assert await pool.screen(names(1), DAY) == [held("no screening engine is ready")]
        assert pool.digest == ""

    run(test)


def test_the_least_recently_used_outcome_is_forgotten() -> None:
    async def test() -> None:
        engine = Engine()
        pool = pool_of(engine, cached=2)
        one, two, three = names(3)
        for party in (one, two, one, three, one):
            await pool.screen([party], DAY)
        assert engine.asked == [["P 0"], ["P 1"], ["P 2"]]
        await pool.screen([two], DAY)
        assert engine.asked[3:] == [["P 1"]]

    run(test)


def test_stale_lists_hold_though_the_outcome_is_remembered() -> None:
    async def test() -> None:
        engine, second = Engine(), Engine(digest="two")
        pool = pool_of(engine, second=second)
        assert await pool.screen(names(1), DAY) == [PASSED]
        engine.old = "list UN is 8 days old"
        assert await pool.screen(names(1), DAY) == [held("list UN is 8 days old")]
        engine.old = ""
        second.old = "list X is 9 days old"
        assert await pool.screen(names(2), DAY) == [
            PASSED,
            held("second engine: list X is 9 days old"),
        ]

    run(test)
