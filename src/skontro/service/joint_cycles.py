"""Joint cycles as the running service drives them: signatures, own orders, and repetitions."""

import asyncio
from typing import Final

import structlog

from skontro.model import NO_DIGEST
from skontro.service.api.service_context import Context
from skontro.service.peers.repeats import pause_after
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest, Orders
from skontro.system import SettlementSystem
from skontro.system.joint.joint_cycle import JointResult, Publication
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_statements import JointDocument
from skontro.system.joint.own_orders import DueJointOrder, joint_orders_due
from skontro.system.joint.publishing import to_be_signed
from skontro.system.links.link_batch import LinkInputs

#: Seconds between two looks at the published state; and after work was not taken.
_PAUSE, _PAUSE_AFTER_TROUBLE = 0.05, 1.0
#: The system itself, which is no participant.
_ITSELF: Final = Caller(-1, NO_DIGEST, NO_KEY, NO_DIGEST)

_log = structlog.get_logger("skontro.cycles")


class JointCycles:
    """Signs documents of cycles, submits their orders, and states again what has no answer.

        cycles = JointCycles(context)
        await cycles.sign()  # the number of documents

    Args:
        context: the running service.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        #: Phase of each open cycle, when it is stated again, and how often it was.
        self._unanswered: dict[str, tuple[str, float, int]] = {}
        self._convicted: frozenset[tuple[str, str]] = frozenset()

    async def run(self) -> None:
        """Drive cycles until it is cancelled."""
        pause = _PAUSE
        while True:
            await asyncio.sleep(pause)
            pause = _PAUSE
            try:
                await self.turn(asyncio.get_running_loop().time())
            except Exception as error:
                _log.warning(
                    "joint cycles not driven; tried again",
                    error=str(error),
                    kind=type(error).__name__,
                )
                pause = _PAUSE_AFTER_TROUBLE

    async def turn(self, now: float) -> None:
        """Do what is due now.

        Args:
            now: monotonic time, seconds.

        Raises:
            Problem: the service does not take it now.
        """
        view = self._context.sequencer.view
        if view.cycles_unsigned:
            await self.sign()
        if view.cycle_orders_due:
            await self.submit_due()
        await self.repeat(now)
        self._warn()

    async def sign(self) -> int:
        """Sign the documents of this system, and return their number.

        Raises:
            Problem: the service does not take them now.
        """

        def query(system: SettlementSystem) -> tuple[str, list[Publication | JointResult]]:
            shut = self._context.peers.shut().peers
            return system.link_contracts.own_system, to_be_signed(system, shut)

        own, contents = await self._context.ask(query)
        signed = tuple(self._signed(own, one) for one in contents)
        if signed:
            inputs = LinkInputs(signed=signed)
            await self._context.do(lambda done: LinkRequest(_ITSELF, inputs, done))
        return len(signed)

    def _signed(self, own: str, content: Publication | JointResult) -> JointDocument:
        def sign(text: bytes) -> bytes:
            return bytes.fromhex(self._context.peers.signed(text))

        if isinstance(content, Publication):
            return SignedPublication.signed_by(content, sign)
        return SignedResult.signed_by(content, own, sign)

    async def submit_due(self) -> int:
        """Screen and submit the orders of cycles that are due, and return their number.

        Raises:
            Problem: the service does not take them now.
        """
        due: list[DueJointOrder] = await self._context.ask(joint_orders_due)
        await asyncio.gather(*(self._submit(one) for one in due))
        return len(due)

    async def _submit(self, due: DueJointOrder) -> None:
        context = self._context
        orders, texts = await context.screening.screened(due.order, [due.details])
        await context.do(lambda done: Orders(_ITSELF, orders, done, texts))

    async def repeat(self, now: float) -> tuple[str, ...]:
        """State again the open cycles that have not changed for long enough; their identifiers.

        Args:
            now: monotonic time, seconds.

        Raises:
            Problem: the service does not take it now.
        """
        due, before = [], self._unanswered
        self._unanswered = {}
        for cycle, phase in self._context.sequencer.view.cycles_open:
            known, at, times = before.get(cycle, (phase, now + pause_after(1), 0))
            if known != phase:
                at, times = now + pause_after(1), 0
            if now >= at:
                due.append(cycle)
                times += 1
                at = now + pause_after(times + 1)
            self._unanswered[cycle] = phase, at, times
        if due:
            inputs = LinkInputs(repeated=tuple(due))
            await self._context.do(lambda done: LinkRequest(_ITSELF, inputs, done))
        return tuple(due)

    def _warn(self) -> None:
        """Log each conviction once."""
        found = frozenset(self._context.sequencer.view.cycles_convicted)
        for cycle, member in sorted(found - self._convicted):
            _log.error("a member has signed a wrong document", cycle=cycle, peer=member)
        self._convicted |= found
