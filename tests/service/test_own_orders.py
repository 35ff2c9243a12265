"""Orders that the system owes from its mirror accounts are screened and submitted as others."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.engine import CommandKind, Commands, command
from skontro.model import PaymentDetails, PaymentType, ScreeningOutcome
from skontro.service.api.problems import Problem
from skontro.service.own_orders import OwnOrders
from skontro.service.sequencer.link_batches import Shut
from skontro.service.sequencer.requests import LinkRequest, Orders, Query
from skontro.system import ScreeningPolicy
from skontro.system.mirror.payment_table import Stage
from skontro.system.mirror.payment_terms import PaymentTerms
from tests.cli.in_process import run_main
from tests.service.linked_services import SYSTEMS, LinkedServices, caller, linked_services
from tests.service.systems import BANKS, MINUTE, NOON
from tests.system.mirror.mirrored_systems import Mirrored

DETAILS = PaymentDetails(end_to_end_id="INV-7")


@attrs.define
class FakeContext:
    """The part of the service that takes orders, over one system without a record."""

    both: Mirrored
    place: int
    outcome: ScreeningOutcome = ScreeningOutcome.PASSED
    in_use: bool = False
    trouble: Exception | None = None
    works: list[Any] = attrs.field(factory=list)
    #: How often links are found to be shut, before they are open.
    found_shut: int = 0

    @property
    def peers(self) -> "FakeContext":
        return self

    def shut(self) -> Shut:
        self.found_shut -= 1
        return Shut(frozenset(SYSTEMS if self.found_shut >= 0 else ()))

    @property
    def screening(self) -> "FakeContext":
        return self

    @property
    def sequencer(self) -> "FakeContext":
        return self

    @property
    def view(self) -> "FakeContext":
        return self

    @property
    def case_orders_due(self) -> bool:
        system = self.both[self.place].system
        return system.cases.needs_orders(system.clock.date)

    @property
    def payments_due(self) -> bool:
        return self.both[self.place].system.payments.needs_orders

    @property
    def payments_sent(self) -> tuple[str, ...]:
        return self.both[self.place].system.payments.sent

    async def screened(
        self, orders: Commands, details: Sequence[PaymentDetails]
    ) -> tuple[Commands, dict[bytes, bytes]]:
        texts = {one.digest: one.to_bytes() for one in details}
        return orders.evolve(screening=int(self.outcome)), texts

    async def ask(self, query: Callable[[Any], Any]) -> Any:
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        return query(self.both[self.place].system)

    async def do(self, make: Callable[[Any], Any]) -> Any:
        work = make(None)
        self.works.append(work)
        if isinstance(work, Orders):
            if self.in_use:
                raise Problem(409, "Conflict", "in use")
            self.both[self.place].submit(work.commands)
        else:
            inputs = attrs.asdict(work.inputs, recurse=False)
            self.both.turn(self.place, **inputs)


def received(**more: Any) -> tuple[Mirrored, PaymentTerms, FakeContext, OwnOrders]:
    """A payment that the destination has heard of."""
    both = Mirrored(screening=ScreeningPolicy(travel_rule="off"))
    terms = both.terms(0, 700, details=DETAILS)
    both.pay(terms)
    [(_, proof)] = both.waiting
    both.waiting.clear()
    both.turn(1, proofs=(proof,))
    context = FakeContext(both, 1, **more)
    return both, terms, context, OwnOrders(context)  # type: ignore[arg-type]


def test_an_order_that_is_due_is_screened_and_submitted_once() -> None:
    both, terms, context, own_orders = received()
    assert context.payments_due
    assert asyncio.run(own_orders.submit_due()) == 1
    [work] = context.works
    assert isinstance(work, Orders)
    assert (work.caller.participant, work.caller.key) == (-1, bytes(32))
    assert work.attachments == {DETAILS.digest: DETAILS.to_bytes()}
    assert int(work.commands.screening[0]) == ScreeningOutcome.PASSED
    assert not context.payments_due
    assert asyncio.run(own_orders.submit_due()) == 0
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]


def test_a_uetr_in_use_is_reported() -> None:
    both, terms, context, own_orders = received(in_use=True)
    asyncio.run(own_orders.submit_due())
    order, report = context.works
    assert isinstance(order, Orders)
    assert isinstance(report, LinkRequest)
    assert report.inputs.uetr_in_use == (terms.key,)
    assert both.stages(terms) == [Stage.SENT, Stage.RETURNED]


def test_an_order_that_was_recorded_and_is_still_needed_is_reported() -> None:
    both, terms, context, own_orders = received()
    book = both[1].system.payments
    # As after an order with the same content that was rejected before.
    both[1].submit = lambda orders: None  # type: ignore[method-assign, assignment, return-value]
    asyncio.run(own_orders.submit_due())
    assert book.needs_orders
    asyncio.run(own_orders.submit_due())
    assert [type(one) for one in context.works] == [Orders, LinkRequest]
    assert both.stages(terms) == [Stage.SENT, Stage.RETURNED]


def test_other_problems_leave_the_order_due() -> None:
    both, terms, context, own_orders = received()
    context.trouble = Problem(503, "Stopping", "the service is stopping")
    with pytest.raises(Problem, match="stopping"):
        asyncio.run(own_orders.submit_due())
    assert context.payments_due
    assert both.stages(terms)[1] == Stage.RECEIVED


def test_it_runs_until_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    both, terms, context, own_orders = received(trouble=ValueError("no engine"))
    monkeypatch.setattr("skontro.service.own_orders._PAUSE_AFTER_TROUBLE", 0.001)
    monkeypatch.setattr("skontro.service.own_orders._PAUSE", 0.001)

    async def run() -> None:
        task = asyncio.create_task(own_orders.run())
        while context.payments_due:
            await asyncio.sleep(0.001)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(run(), 30))
    assert context.trouble is None
    both.deliver()
    assert both.stages(terms) == [Stage.PAID, Stage.PAID]


def test_nothing_is_submitted_while_links_are_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    both, terms, context, own_orders = received()
    monkeypatch.setattr("skontro.service.own_orders._PAUSE", 0.0)
    context.found_shut = 1000

    async def run() -> None:
        task = asyncio.create_task(own_orders.run())
        while context.found_shut >= 0:
            assert context.works == []
            await asyncio.sleep(0)
        while context.payments_due:
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(run(), 30))
    assert both.stages(terms)[1] == Stage.RECEIVED


def test_a_payment_without_an_answer_is_stated_again_more_and_more_rarely() -> None:
    both = Mirrored()
    first, second = both.terms(0, 700), both.terms(0, 80)
    context = FakeContext(both, 0)
    own_orders = OwnOrders(context)  # type: ignore[arg-type]
    assert asyncio.run(own_orders.repeat(0.0)) == ()
    both.pay(first)
    both.waiting.clear()
    times = [10.0, 10.9, 11.0, 12.9, 13.0, 17.0, 25.0, 41.0, 70.9, 71.0, 100.9, 101.0]
    repeated = [now for now in times if asyncio.run(own_orders.repeat(now))]
    assert repeated == [11.0, 13.0, 17.0, 25.0, 41.0, 71.0, 101.0]
    assert len(both.waiting) == len(context.works) == 7
    both.pay(second)
    assert asyncio.run(own_orders.repeat(102.0)) == ()
    assert asyncio.run(own_orders.repeat(103.0)) == (second.uetr,)
    both.deliver()
    assert both.stages(first) == both.stages(second) == [Stage.PAID, Stage.PAID]
    assert context.payments_sent == ()
    assert asyncio.run(own_orders.repeat(900.0)) == ()
    # An answered payment begins again, should it ever be sent again.
    assert own_orders._unanswered == {}


@pytest.mark.long
def test_two_services_pay_over_mirror_accounts_and_their_records_agree(tmp_path: Path) -> None:
    with linked_services(tmp_path) as services:
        services.agree_on_mirrors()
        there, back = _payment(services, 0, 700), _payment(services, 1, 300)
        lost = _payment(services, 0, 50, payee="ZZZZKGK0")
        for terms in (there, back, lost):
            _pay(services, terms)
        own_orders = [OwnOrders(live.service.context) for live in services.live]
        for _ in range(10):
            services.deliver()
            for one in own_orders:
                asyncio.run(one.submit_due())
        assert _stages(services, there) == [Stage.PAID, Stage.PAID]
        assert _stages(services, back) == [Stage.PAID, Stage.PAID]
        assert _stages(services, lost) == [Stage.RETURNED, Stage.RETURNED]
        for live in services.live:
            verified = live.verified()
            assert verified.difference is None, verified.difference
        outcome = run_main("reconcile", *services.urls)
        assert outcome.returncode == 0, outcome.stderr
        # A restart loses nothing, and nothing is due any more.
        services.stop()
        services.start()
        assert _stages(services, there) == [Stage.PAID, Stage.PAID]
        for live in services.live:
            assert not live.service.sequencer.view.payments_due


def _payment(services: LinkedServices, origin: int, amount: int, **fields: Any) -> PaymentTerms:
    assert services.contract is not None
    values: dict[str, Any] = {
        "uetr": f"6b0e2d52-6b6e-4c53-9a0b-{amount:012d}",
        "origin": SYSTEMS[origin],
        "destination": SYSTEMS[1 - origin],
        "payer": BANKS[0],
        "payee": BANKS[0],
        "currency": "KZT",
        "amount": amount,
        "contract": services.contract.digest.hex(),
        "payment_type": PaymentType.INTERBANK,
        "valid_until": NOON + 60 * MINUTE,
        "details": DETAILS,
    }
    return PaymentTerms(**values | fields)


def _pay(services: LinkedServices, terms: PaymentTerms) -> None:
    place = SYSTEMS.index(terms.origin)
    number = services.live[place].service.sequencer.view.directory.account_number
    order = command(
        CommandKind.SUBMIT_LINKED,
        0,
        payer=number(terms.payer, "KZT"),
        payee=number(BANKS[1], "KZT"),
        amount=terms.amount,
        payment_class=2,
        latest=terms.valid_until,
    ).evolve(
        uetr=[bytes.fromhex(terms.uetr.replace("-", ""))],
        payment_type=int(terms.payment_type),
        details=[DETAILS.digest],
    )
    done: list[object] = []
    work = Orders(caller(), order, done.append, {DETAILS.digest: DETAILS.to_bytes()})
    services.live[place].service.sequencer.submit(work)
    assert services.inputs(place, payments=(terms,)).refused == ()


def _stages(services: LinkedServices, terms: PaymentTerms) -> list[Stage]:
    def stage(system: Any) -> Stage:
        state = system.payments.get(terms.key)
        return Stage.UNKNOWN if state is None else state.stage

    places = [SYSTEMS.index(one) for one in (terms.origin, terms.destination)]
    return [services.submit(place, Query, stage) for place in places]
