"""Engines in processes: killed, late, confused, with other lists; nothing passes unscreened."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from skontro.model import InputError
from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.screening.pool import ScreeningPool
from skontro.screening.screener import held
from tests.screening.cuts import DATA, DAY

pytestmark = pytest.mark.long

LISTS = """\
format: skontro screening lists
lists:
  - {name: UN, file: un_cut.xml, canaries: [Eric Badege]}
"""
FAKE = Path(__file__).with_name("fake_engine.py")
LISTED, CLEAN = Party(name="Badege Erik"), Party(name="Peter Smith")
PASSED, HELD, REJECTED = ScreeningOutcome.PASSED, ScreeningOutcome.HELD, ScreeningOutcome.REJECTED
SECONDS = 120.0


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    shutil.copy(DATA / "un_cut.xml", tmp_path)
    path = tmp_path / "lists.yaml"
    path.write_text(LISTS, encoding="utf-8")
    return path


@asynccontextmanager
async def started(lists: Path, **options: object) -> AsyncIterator[ScreeningPool]:
    pool = ScreeningPool(lists, **{"deadline": SECONDS, **options})  # type: ignore[arg-type]
    await pool.start()
    try:
        await pool.wait_ready(SECONDS)
        yield pool
    finally:
        await pool.stop()


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(4 * SECONDS):
            await test()

    asyncio.run(bounded())


async def outcomes(pool: ScreeningPool, *parties: Party) -> list[ScreeningOutcome]:
    return [one.outcome for one in await pool.screen(parties, DAY)]


def test_outcomes_in_order_of_the_parties(lists: Path) -> None:
    async def test() -> None:
        async with started(lists, processes=2) as pool:
            many = [CLEAN if number % 3 else LISTED for number in range(100)]
            expected = [PASSED if number % 3 else HELD for number in range(100)]
            assert await outcomes(pool, *many) == expected
            distinct = [Party(name=f"Peter Smith {'x' * number}") for number in range(70)]
            assert set(await outcomes(pool, *distinct)) == {PASSED}
            assert len(pool.digest) == 64
            assert await pool.screen([], DAY) == []

    run(test)


def test_before_an_engine_is_ready_everything_is_held(lists: Path) -> None:
    async def test() -> None:
        pool = ScreeningPool(lists)
        assert await pool.screen([CLEAN], DAY) == [held("no screening engine is ready")]
        assert pool.digest == ""

    run(test)


def test_a_stale_list_holds_though_the_outcome_is_remembered(lists: Path) -> None:
    async def test() -> None:
        async with started(lists) as pool:
            assert await outcomes(pool, CLEAN) == [PASSED]
            later = DAY + timedelta(8)
            assert await pool.screen([CLEAN], later) == [
                held("list UN is 8 days old; 0 to 7 is possible")
            ]

    run(test)


def test_engines_killed_under_load_pass_nobody_unscreened(lists: Path) -> None:
    """Of parties that an engine took with it into its end none passes, and it is replaced."""

    async def test() -> None:
        async with started(lists, processes=2, cached_parties=1) as pool:
            wrong: list[Party] = []
            counted = {PASSED: 0, HELD: 0}
            ended = False

            async def ask(worker: int) -> None:
                number = 0
                while not ended:
                    number += 1
                    await asyncio.sleep(0.002)  # a pool without engines answers at once
                    clean = Party(name=f"Peter Smith {worker} {'x' * (number % 50)}")
                    listed = Party(name="Badege Erik", account=f"{worker} {number}")
                    first, second = await outcomes(pool, clean, listed)
                    counted[first] += 1
                    if second is not HELD:
                        wrong.append(listed)

            asking = [asyncio.create_task(ask(worker)) for worker in range(8)]
            killed: set[int] = set()
            for _ in range(6):
                await asyncio.sleep(0.3)
                for engine in pool.engines:
                    if engine.pid and engine.is_ready:
                        killed.add(engine.pid)
                        os.kill(engine.pid, signal.SIGKILL)
                        break
                await asyncio.sleep(0.7)
            ended = True
            await asyncio.gather(*asking)
            assert wrong == []
            assert counted[PASSED] > 0
            assert len(killed) >= 2
            await pool.wait_ready(SECONDS)
            assert await outcomes(pool, CLEAN) == [PASSED]
            assert not {engine.pid for engine in pool.engines} & killed

    run(test)


def test_the_only_engine_killed_holds_until_another_is_ready(lists: Path) -> None:
    async def test() -> None:
        async with started(lists) as pool:
            [engine] = pool.engines
            before = engine.pid
            os.kill(before, signal.SIGSTOP)
            asked = asyncio.create_task(pool.screen([CLEAN], DAY))
            await asyncio.sleep(0.2)
            os.kill(before, signal.SIGKILL)
            assert await asked == [held("screening engine 1 ended")]
            await pool.wait_ready(SECONDS)
            assert engine.pid not in {0, before}
            assert await outcomes(pool, CLEAN) == [PASSED]

    run(test)


def test_an_engine_that_is_interrupted_goes_on(lists: Path) -> None:
    """Ctrl-C reaches the engines of a service, too; it ends them in order."""

    async def test() -> None:
        async with started(lists) as pool:
            [engine] = pool.engines
            before = engine.pid
            os.kill(before, signal.SIGINT)
            assert await outcomes(pool, CLEAN, LISTED) == [PASSED, HELD]
            assert engine.pid == before

    run(test)


def test_a_late_engine_holds_and_is_replaced(lists: Path) -> None:
    async def test() -> None:
        async with started(lists, deadline=1.0) as pool:
            [engine] = pool.engines
            before = engine.pid
            os.kill(before, signal.SIGSTOP)
            assert await pool.screen([CLEAN], DAY) == [
                held("screening engine 1 did not answer in time")
            ]
            while engine.pid in {0, before} or not engine.is_ready:
                await asyncio.sleep(0.05)

    run(test)


def test_lists_that_cannot_be_used_hold_and_say_why(lists: Path) -> None:
    async def test() -> None:
        lists.write_text(LISTS.replace("Eric Badege", "Peter Smith"), encoding="utf-8")
        pool = ScreeningPool(lists)
        await pool.start()
        try:
            with pytest.raises(InputError, match="'Peter Smith' is not found on it"):
                await pool.wait_ready(SECONDS)
            assert await outcomes(pool, CLEAN) == [HELD]
        finally:
            await pool.stop()

    run(test)


def test_lists_loaded_again(lists: Path) -> None:
    async def test() -> None:
        async with started(lists) as pool:
            party, digest = Party(name="Aqueela Thornbury"), pool.digest
            assert await outcomes(pool, party) == [PASSED]
            content = (lists.parent / "un_cut.xml").read_text(encoding="utf-8")
            named = content.replace(
                "<FIRST_NAME>ADF</FIRST_NAME>", "<FIRST_NAME>AQUEELA THORNBURY</FIRST_NAME>"
            )
            assert named != content
            (lists.parent / "un_cut.xml").write_text(named, encoding="utf-8")
            await pool.reload(SECONDS)
            assert pool.digest != digest
            assert await outcomes(pool, party) == [HELD]
            (lists.parent / "un_cut.xml").write_text("<a>", encoding="utf-8")
            with pytest.raises(InputError, match="not whole XML"):
                await pool.reload(SECONDS)
            assert await outcomes(pool, party, CLEAN) == [HELD, PASSED]

    run(test)


def fake(day: str = "2026-02-27") -> list[str]:
    return [sys.executable, str(FAKE), day]


def test_the_stricter_outcome_of_two_engines(lists: Path) -> None:
    async def test() -> None:
        async with started(lists, second_engine=fake()) as pool:
            parties = [CLEAN, Party(name="Hold Smith"), Party(name="Reject Smith"), LISTED]
            screened = await pool.screen(parties, DAY)
            assert [one.outcome for one in screened] == [PASSED, HELD, REJECTED, HELD]
            assert screened[1].reason == "fake held"
            assert [hit.list_name for hit in screened[3].hits] == ["UN"]

    run(test)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Die", "second engine ended"),
        ("Sleep", "second engine did not answer in time"),
        ("Babble", "second engine: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_second_engine_that_fails_holds(lists: Path, name: str, reason: str) -> None:
    async def test() -> None:
        deadline = 2.0 if name == "Sleep" else SECONDS
        async with started(lists, second_engine=fake(), deadline=deadline) as pool:
            party = Party(name=f"{name} Smith")
            assert await pool.screen([party], DAY) == [held(reason)]
            # It was not remembered, and the engine is back.
            await pool.wait_ready(SECONDS)
            assert await outcomes(pool, CLEAN) == [PASSED]

    run(test)


def test_a_second_engine_with_a_stale_list_holds(lists: Path) -> None:
    async def test() -> None:
        async with started(lists, second_engine=fake("2026-02-19")) as pool:
            reason = "second engine: list Fake is 8 days old; 0 to 7 is possible"
            assert await pool.screen([CLEAN], DAY) == [held(reason)]

    run(test)


def test_a_second_engine_that_cannot_start_holds(lists: Path) -> None:
    async def test() -> None:
        pool = ScreeningPool(lists, second_engine=["/nonexistent/engine"])
        await pool.start()
        try:
            await pool.engines[0].ready()
            assert await pool.screen([CLEAN], DAY) == [held("second engine is not ready")]
        finally:
            await pool.stop()

    run(test)
