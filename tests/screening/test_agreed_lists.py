"""Only the lists that two people agreed to pass anybody; new ones are loaded when agreed."""

import asyncio
from pathlib import Path

import attrs
import pytest

from skontro.model import InputError
from skontro.screening.agreed_lists import NOT_AGREED, AgreedLists
from skontro.screening.pool import ScreeningPool
from skontro.screening.screener import held
from tests.screening.cuts import DAY
from tests.screening.test_questions_of_pool import PASSED, Engine, names, run


@attrs.define
class Agreed:
    digest: str = ""

    def __call__(self) -> str:
        return self.digest


@attrs.define(eq=False)
class Loaded(Engine):
    """An engine that a pool starts; with a refusal it never becomes ready."""

    refusal: str = ""
    is_stopped: bool = False

    async def start(self) -> None:
        pass

    async def ready(self) -> None:
        if self.refusal:
            raise InputError(self.refusal)

    async def stop(self) -> None:
        self.is_stopped = True


def pool_of(agreed: Agreed, *engines: Loaded, next_ones: list[Loaded]) -> ScreeningPool:
    """A pool with these engines, which loads the next ones when it loads."""
    pool = ScreeningPool(Path("lists.yaml"), agreed=agreed)
    pool.engines = list(engines)  # type: ignore[arg-type]
    pool._new_engines = lambda: [next_ones.pop(0)]  # type: ignore[method-assign, list-item]
    return pool


def test_any_lists_may_be_used_where_none_were_agreed() -> None:
    agreed = AgreedLists(Agreed())
    assert agreed.digest == ""
    assert agreed.allows("one")
    assert agreed.allows("")
    agreed.refuse_other("one")


def test_others_than_the_agreed_ones_are_refused_with_both_digests() -> None:
    agreed = AgreedLists(Agreed("one"))
    assert agreed.allows("one")
    agreed.refuse_other("one")
    assert not agreed.allows("")
    with pytest.raises(InputError) as refused:
        agreed.refuse_other("other")
    assert str(refused.value) == (
        "the lists that are loaded are not those that two people agreed to: their digest is other, "
        "and one was agreed; propose set_screening_lists, or restore the agreed lists"
    )


def test_an_engine_with_other_lists_passes_nobody_and_is_not_ready() -> None:
    async def test() -> None:
        agreed = Agreed("one")
        engines = Loaded("other"), Loaded("one")
        pool = pool_of(agreed, *engines, next_ones=[])
        assert await pool.screen(names(40), DAY) == [PASSED] * 40
        assert (len(engines[0].asked), len(engines[1].asked)) == (0, 2)
        assert pool.digest == "one"
        engines[1].is_ready = False
        assert pool.digest == ""
        pool._agreed._unusable = "one"
        assert await pool.screen(names(2), DAY) == [held(NOT_AGREED)] * 2
        engines[0].is_ready = False
        assert await pool.screen(names(1), DAY) == [held("no screening engine is ready")]
        assert not engines[0].asked

    run(test)


def test_lists_agreed_later_are_loaded_once_and_orders_wait_for_them() -> None:
    async def test() -> None:
        agreed, old, new = Agreed("one"), Loaded("one"), Loaded("two")
        pool = pool_of(agreed, old, next_ones=[new])
        assert await pool.screen(names(1), DAY) == [PASSED]
        agreed.digest = "two"
        both = await asyncio.gather(*(pool.screen(names(1), DAY) for _ in range(2)))
        assert both == [[PASSED], [PASSED]]
        assert (pool.engines, pool.digest, old.is_stopped) == ([new], "two", True)
        assert new.asked == [["P 0"]]  # the earlier outcome counts no longer

    run(test)


def test_agreed_lists_that_cannot_be_used_hold_and_are_tried_again_by_hand() -> None:
    async def test() -> None:
        agreed, old = Agreed("one"), Loaded("one")
        bad, other, good = Loaded("two", refusal="truncated"), Loaded("three"), Loaded("two")
        pool = pool_of(agreed, old, next_ones=[bad, other, good])
        agreed.digest = "two"
        for _ in range(2):  # the second time, nothing is loaded
            assert await pool.screen(names(1), DAY) == [held(NOT_AGREED)]
        assert (bad.is_stopped, other.is_stopped, pool.engines) == (True, False, [old])
        with pytest.raises(InputError, match="their digest is three, and two was agreed"):
            await pool.reload()
        assert (other.is_stopped, pool.engines) == (True, [old])
        await pool.reload()
        assert await pool.screen(names(1), DAY) == [PASSED]

    run(test)


def test_other_lists_agreed_during_a_question_hold_its_parties() -> None:
    async def test() -> None:
        agreed, engine = Agreed("one"), Loaded("one", answers=asyncio.Semaphore(0))
        pool = pool_of(agreed, engine, next_ones=[])
        asked = asyncio.create_task(pool.screen(names(2), DAY))
        while not engine.asked:
            await asyncio.sleep(0)
        agreed.digest = "two"
        engine.answers.release()
        assert await asked == [held(NOT_AGREED)] * 2

    run(test)


def test_orders_wait_for_a_load_but_not_for_ever_and_it_ends_with_the_pool() -> None:
    async def test() -> None:
        agreed = AgreedLists(Agreed("one"), patience=0.01)
        begun, ends = 0, asyncio.Event()

        async def reload() -> None:
            nonlocal begun
            begun += 1
            await ends.wait()

        for _ in range(2):
            await agreed.load(reload)
        assert begun == 1
        await agreed.stop()
        await agreed.stop()
        ends.set()
        await agreed.load(reload)
        assert begun == 2

    run(test)
