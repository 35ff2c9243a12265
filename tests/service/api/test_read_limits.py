"""What reads may cost: each side has its share, and nobody else notices who asks for more."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.service.api import read_limits
from skontro.service.api.problems import Problem
from skontro.service.api.read_limits import LOOKS_PER_UNIT, Budget, ReadLimits, in_turns
from skontro.service.auth.credentials import OPERATOR, Identity
from tests.service.systems import LiveSystem, live_system, order, write_folder

ANNA = Identity("Anna", OPERATOR, -1, "operator")
BANK, OTHER = (Identity("Person", bic, n, "participant") for n, bic in enumerate(["A", "B"]))


class Hands:
    """A clock that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def take(limits: ReadLimits, identity: Identity, units: float) -> int:
    """Status of the answer, or 200."""
    try:
        async with limits.turn(identity, units):
            return 200
    except Problem as problem:
        return problem.status if int(problem.headers["Retry-After"]) >= 1 else 0


def test_a_side_that_spends_its_share_waits_and_no_other_does() -> None:
    async def ask() -> None:
        clock = Hands()
        limits = ReadLimits(per_second=100, clock=clock)
        assert [await take(limits, BANK, 125) for _ in range(3)] == [200, 200, 429]
        assert await take(limits, OTHER, 125) == 200
        # It owes 50: half a second brings that back, and no more.
        clock.now = 0.4
        assert await take(limits, BANK, 1) == 429
        clock.now = 0.6
        assert await take(limits, BANK, 1) == 200
        limits.charge(BANK, 1_000)
        clock.now = 5.0
        assert await take(limits, BANK, 1) == 429
        assert await take(limits, OTHER, 1) == 200

    asyncio.run(ask())


def test_all_together_are_bounded_and_the_operator_goes_first() -> None:
    async def ask() -> None:
        limits = ReadLimits(per_second=100, clock=Hands())
        sides = [Identity("Person", f"BANK{n}", n, "participant") for n in range(30)]
        answers = [await take(limits, side, 100) for side in sides]
        assert answers == [200] * 10 + [503] * 20
        assert await take(limits, ANNA, 100) == 200

    asyncio.run(ask())


def test_few_reads_are_under_way_at_one_time_and_of_one_side_half_of_them() -> None:
    async def ask() -> None:
        limits, under_way, most = ReadLimits(most_reads=6), [], []

        async def read(identity: Identity) -> int:
            try:
                async with limits.turn(identity, 1):
                    under_way.append(identity.side)
                    most.append((len(under_way), under_way.count("A")))
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
                    under_way.remove(identity.side)
                    return 200
            except Problem as problem:
                return problem.status

        answers = await asyncio.gather(*(read(BANK) for _ in range(10)), *(read(OTHER),) * 1)
        assert sorted(answers) == [200] * 7 + [429] * 4
        assert max(count for count, _ in most) <= 4
        assert max(of_bank for _, of_bank in most) == 2

    asyncio.run(ask())


def test_a_budget_grows_to_its_bound_and_may_be_overdrawn_once() -> None:
    budget = Budget(per_second=2.0, most=10.0, at=100.0)
    assert (budget.left, budget.wait(100.0)) == (10.0, 0.0)
    budget.spend(10)
    assert (budget.wait(100.0), budget.wait(100.25)) == (0.5, 0.0)
    budget.spend(20.5)
    assert budget.wait(100.25) == 10.5
    assert budget.wait(110.25) == 0.5
    assert budget.wait(110.5) == 0.0
    budget.wait(1_000.0)
    assert budget.left == 10.0


def test_what_is_told_to_whoever_asks_for_too_much() -> None:
    async def ask() -> None:
        clock = Hands()
        limits = ReadLimits("pages", most_reads=1, per_second=10, clock=clock)
        limits.charge(BANK, 45)
        with pytest.raises(Problem) as refused:
            async with limits.turn(BANK, 1):
                pass
        told = refused.value
        assert (told.status, told.title) == (429, "Too many pages")
        assert told.detail == "your pages cost more than your share; send fewer, or less often"
        assert told.headers == {"Retry-After": "3"}, "26 at 10 a second"
        async with limits.turn(OTHER, 1):
            with pytest.raises(Problem) as refused:
                async with limits.turn(OTHER, 1):
                    pass
            assert refused.value.headers == {"Retry-After": "1"}
        limits.charge(OTHER, 55.5)
        with pytest.raises(Problem) as refused:
            async with limits.turn(Identity("Person", "C", 2, "participant"), 1):
                pass
        told = refused.value
        assert (told.status, told.title) == (503, "Too many pages")
        assert told.detail == "all pages together cost too much now; try again"
        assert told.headers == {"Retry-After": "1"}
        assert await take(limits, ANNA, 1) == 200

    asyncio.run(ask())


def test_reads_that_are_over_make_room_also_when_they_fail() -> None:
    async def ask() -> None:
        limits = ReadLimits(most_reads=1, at_once=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with limits.turn(BANK, 1):
                    raise ZeroDivisionError
        assert await take(limits, BANK, 1) == 200

    asyncio.run(ask())


def test_whoever_writes_much_out_pauses_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(read_limits.time, "sleep", slept.append)
    for items, pauses in ((49, 0), (50, 1), (99, 1), (100, 2)):
        slept.clear()
        assert [*in_turns(range(items))] == [*range(items)]
        assert slept == [read_limits._PAUSE] * pauses


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    write_folder(tmp_path)
    with live_system(tmp_path) as running:
        yield running


def test_a_page_is_charged_for_its_orders_and_for_what_it_looked_at(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged: list[float] = []
    monkeypatch.setattr(ReadLimits, "charge", lambda _self, _who, units: charged.append(units))
    orders = [order(amount="1.00") for _ in range(40)]
    assert system.bank(0).submit_batch(orders).is_success
    for status, shown in (("settled", 40), ("returned", 0)):
        page = system.bank(0).get("/v1/orders", status=status).json()
        assert len(page["orders"]) == shown
    assert charged == [40 + 40 / LOOKS_PER_UNIT, 40 / LOOKS_PER_UNIT]


def test_whoever_lists_too_much_is_told_when_to_come_again(system: LiveSystem) -> None:
    bank = system.bank(0)
    assert bank.submit_batch([order(amount="1.00") for _ in range(50)]).is_success
    # A page of one order costs about eleven, one of fifty sixty.
    system.service.context.history.limits = ReadLimits(per_second=20, clock=Hands())
    answers = [bank.get("/v1/orders", limit=1).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    system.service.context.history.limits = ReadLimits(per_second=20, clock=Hands())
    answers = [bank.get("/v1/orders").status_code for _ in range(3)]
    assert answers == [200, 429, 429]
    refused = bank.get("/v1/accounts/AAAAKZK0/KZT/statement")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert system.bank(1).get("/v1/orders", limit=1).status_code == 200
    assert bank.submit(order()).status_code == 201


def test_reads_are_done_in_other_threads(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, sent = system.bank(0), order()
    assert bank.submit(sent).status_code == 201
    context = system.service.context
    threads: dict[str, set[str]] = {}

    def watched(owner: object, name: str) -> None:
        method = getattr(owner, name)

        def watching(*arguments: object, **named: object) -> object:
            threads.setdefault(name, set()).add(threading.current_thread().name)
            return method(*arguments, **named)

        monkeypatch.setattr(owner, name, watching)

    watched(type(context.mapper.order_index), "page")
    watched(type(context.mapper.order_index.statements), "page")
    watched(type(context.history), "read_proof")
    for path in (
        "/v1/orders",
        "/v1/accounts/AAAAKZK0/KZT/statement",
        f"/v1/orders/{sent['uetr']}/receipt",
    ):
        assert bank.get(path).status_code == 200
    assert {*threads} == {"page", "read_proof"}
    for names in threads.values():
        assert all(name.startswith("AnyIO worker thread") for name in names), threads


def test_a_second_receipt_of_a_batch_reads_nothing(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, sent = system.bank(0), [order(amount="1.00") for _ in range(50)]
    assert bank.submit_batch(sent).status_code == 201
    first = bank.get(f"/v1/orders/{sent[0]['uetr']}/receipt").json()
    history = system.service.context.history

    def refused(*_: object) -> None:
        raise AssertionError("reads the batch again")

    monkeypatch.setattr(type(history), "read_proof", refused)
    assert bank.get(f"/v1/orders/{sent[49]['uetr']}/receipt").json() == first


def test_what_was_admitted_is_finished_even_by_a_side_that_owes() -> None:
    async def ask() -> None:
        limits = ReadLimits(per_second=100, clock=Hands())
        assert await take(limits, BANK, 100_000) == 200
        assert await take(limits, BANK, 1) == 429
        async with limits.another_turn(BANK):
            pass

    asyncio.run(ask())


def test_batches_have_a_share_per_participant(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        limits = ReadLimits("batches", per_second=10, clock=Hands())
        object.__setattr__(system.service.context, "batch_limits", limits)
        batch = [order() for _ in range(40)]
        assert system.bank(0).submit_batch(batch).status_code == 201
        refused = system.bank(0).submit_batch([order()])
        assert refused.status_code == 429
        assert refused.json()["title"] == "Too many batches"
        assert int(refused.headers["Retry-After"]) >= 1
        # Single orders of the same bank go on, and so do batches of others.
        assert system.bank(0).submit(order()).status_code == 201
        assert system.bank(1).submit_batch([order(1, 0)]).status_code == 201
