"""Submission of the orders that the system makes: from its mirror accounts, and for cases.

They pass the same screening as orders of participants, and the same index of UETRs.
"""

import asyncio
from functools import partial
from typing import Final

import structlog

from skontro.model import NO_DIGEST
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import Context
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest, Orders
from skontro.system.cases.payments import case_orders_due
from skontro.system.links.link_batch import LinkInputs
from skontro.system.mirror.own_orders import DueOrder, orders_due
from skontro.system.mirror.payment_terms import PaymentKey

#: Seconds between two looks at the published state; and after work was not taken.
_PAUSE, _PAUSE_AFTER_TROUBLE = 0.05, 1.0
#: A payment without an answer is stated again after 1, 2, 4 … 30 seconds.
_LONGEST, _DOUBLINGS = 30.0, 5
_CONFLICT: Final = 409
#: The system itself, which is no participant.
_ITSELF: Final = Caller(-1, NO_DIGEST, NO_KEY, NO_DIGEST)

_log = structlog.get_logger("skontro.payments")


class OwnOrders:
    """Submits what payments between systems need, and repeats those without an answer.

        own_orders = OwnOrders(context)
        await own_orders.submit_due()  # the number of orders

    Args:
        context: the running service.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        #: UETRs of orders that were taken, by payment, until the payment needs them no longer.
        self._taken: dict[PaymentKey, bytes] = {}
        #: UETRs of orders for cases that other orders have.
        self._in_use: set[bytes] = set()
        #: When a payment without an answer is stated again, and how often it was, by UETR.
        self._unanswered: dict[str, tuple[float, int]] = {}

    async def run(self) -> None:
        """Submit orders as they become due, until it is cancelled."""
        pause = _PAUSE
        while True:
            await asyncio.sleep(pause)
            pause = _PAUSE
            try:
                if self._context.sequencer.view.case_orders_due:
                    await self.submit_of_cases()
                if self._context.sequencer.view.payments_due:
                    await self.submit_due()
                await self.repeat(asyncio.get_running_loop().time())
            except Exception as error:
                _log.warning(
                    "orders of the system not taken; tried again",
                    error=str(error),
                    kind=type(error).__name__,
                )
                pause = _PAUSE_AFTER_TROUBLE

    async def repeat(self, now: float) -> tuple[str, ...]:
        """State again the payments that have had no answer for long enough; their UETRs.

        Args:
            now: monotonic time, seconds.

        Raises:
            Problem: the service does not take it now.
        """
        due, before = [], self._unanswered
        self._unanswered = {}
        for uetr in self._context.sequencer.view.payments_sent:
            at, times = before.get(uetr, (now + 1.0, 0))
            if now >= at:
                due.append(uetr)
                times += 1
                at = now + min(2.0 ** min(times, _DOUBLINGS), _LONGEST)
            self._unanswered[uetr] = at, times
        if due:
            inputs = LinkInputs(repeated=tuple(due))
            await self._context.do(lambda done: LinkRequest(_ITSELF, inputs, done))
        return tuple(due)

    async def submit_due(self) -> int:
        """Screen and submit all orders that are due, and return their number.

        Payments with peers whose links are shut wait.

        Raises:
            Problem: the service does not take them now.
        """
        shut = self._context.peers.shut().peers
        due: list[DueOrder] = await self._context.ask(partial(orders_due, shut=shut))
        keys = {one.key for one in due}
        self._taken = {key: uetr for key, uetr in self._taken.items() if key in keys}
        await asyncio.gather(*(self._submit(one) for one in due))
        return len(due)

    async def submit_of_cases(self) -> int:
        """Screen and submit all orders that pay cases and are due, and return their number.

        One whose UETR is in use is refused here; the case takes another UETR for the next day.

        Raises:
            Problem: the service does not take them now.
        """
        due: list[DueOrder] = await self._context.ask(case_orders_due)
        free = [one for one in due if one.order.uetr[0].tobytes() not in self._in_use]
        self._in_use &= {one.order.uetr[0].tobytes() for one in due}
        await asyncio.gather(*(self._submit_of_case(one) for one in free))
        return len(free)

    async def _submit_of_case(self, due: DueOrder) -> None:
        context = self._context
        orders, texts = await context.screening.screened(due.order, [due.details])
        try:
            await context.do(lambda done: Orders(_ITSELF, orders, done, texts))
        except Problem as problem:
            if problem.status != _CONFLICT:
                raise
            self._in_use.add(due.order.uetr[0].tobytes())
            _log.warning("the UETR of a case's order is in use", case=due.key[1])

    async def _submit(self, due: DueOrder) -> None:
        uetr = due.order.uetr[0].tobytes()
        if self._taken.get(due.key) == uetr:
            # It was recorded before, and still it is needed: as an order of another content.
            await self._report_in_use(due)
            return
        context = self._context
        orders, texts = await context.screening.screened(due.order, [due.details])
        try:
            await context.do(lambda done: Orders(_ITSELF, orders, done, texts))
        except Problem as problem:
            if problem.status != _CONFLICT:
                raise
            await self._report_in_use(due)
            return
        self._taken[due.key] = uetr

    async def _report_in_use(self, due: DueOrder) -> None:
        inputs = LinkInputs(uetr_in_use=(due.key,))
        await self._context.do(lambda done: LinkRequest(_ITSELF, inputs, done))
        _log.warning("the UETR of a payment is in use", origin=due.key[0], uetr=due.key[1])
