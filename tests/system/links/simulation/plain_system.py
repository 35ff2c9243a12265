"""A system with a plain ledger and a record, for simulations of links.

It stands for a whole system: `take` is a batch, `links`, `ledger` and `said` are durable after it.
"""

from collections.abc import Iterable
from typing import Any

from skontro.model import ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import LegCommand, Occurrence, Phase
from skontro.system.links.protocol import Table, advance
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkTerms

MINUTE, SECOND = 60_000_000, 1_000_000
NO_COVER = {"reason": ReasonCode.INSUFFICIENT_LIQUIDITY}
_CLOSED = (Phase.PREPARED,)


class Ledger:
    """Balances of one system; every posting is checked."""

    def __init__(self, balances: dict[str, int]) -> None:
        self.balances = dict(balances)
        self.earmarks: dict[str, tuple[str, int]] = {}
        self.paid: set[str] = set()
        self.total = sum(balances.values())

    def copy(self) -> "Ledger":
        other = Ledger(self.balances)
        other.earmarks, other.paid = dict(self.earmarks), set(self.paid)
        other.total = self.total
        return other

    def covers(self, payer: str, amount: int) -> bool:
        return self.balances[payer] >= amount

    def pay(self, link: str, payer: str, payee: str, amount: int) -> None:
        assert link not in self.paid
        assert self.covers(payer, amount)
        self.paid.add(link)
        self.balances[payer] -= amount
        self.balances[payee] += amount

    def earmark(self, link: str, payer: str, amount: int) -> None:
        assert link not in self.earmarks
        assert self.covers(payer, amount)
        self.earmarks[link] = payer, amount
        self.balances[payer] -= amount

    def end_earmark(self, link: str, to: str) -> None:
        payer, amount = self.earmarks.pop(link)
        self.balances[to] += amount
        if to != payer:
            assert link not in self.paid
            self.paid.add(link)

    def check(self) -> None:
        earmarked = sum(amount for _, amount in self.earmarks.values())
        assert sum(self.balances.values()) + earmarked == self.total
        assert min(self.balances.values()) >= 0


class PlainSystem:
    """A system of the simulation.

    Args:
        name: its identifier.
        offset: of its clock, microseconds.
        balances: by BIC.
        terms: of the links that it has a leg in.
        table: transitions; None for those of the protocol.
    """

    def __init__(
        self,
        name: str,
        offset: int,
        balances: dict[str, int],
        terms: Iterable[LinkTerms],
        table: Table | None = None,
    ) -> None:
        self.name, self.offset, self.table = name, offset, table
        self.links = {one.link: LinkState(one, name, 30 * SECOND) for one in terms}
        self.legs = {one.link: one.leg_of(name) for one in terms}
        self.ledger = Ledger(balances)
        self.batch = 0
        self.last_time = 0
        self.open = True
        self.said: set[tuple[str, Step, int, int]] = set()

    def keep(self) -> dict[str, Any]:
        """A backup of the record."""
        return {
            "links": dict(self.links),
            "ledger": self.ledger.copy(),
            "batch": self.batch,
            "last_time": self.last_time,
            "said": set(self.said),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """The record as it was; the backup stays usable."""
        for name, value in kept.items():
            copy = value.copy() if hasattr(value, "copy") else value
            setattr(self, name, copy)

    def time(self, now: int) -> int:
        """Record time: the own clock, and always later than before."""
        return max(self.last_time + 1, now + self.offset)

    def decide_by_of(self, link: str) -> int | None:
        return self.links[link].decide_by

    def obstacle(self) -> ReasonCode:
        return ReasonCode.NONE if self.open else ReasonCode.DAY_NOT_OPEN

    def take(
        self, link: str, now: int, cause: Step | Occurrence, **fields: Any
    ) -> tuple[Statement, ...]:
        """A batch with one input about a link and all that follows in it."""
        state, time = self.links[link], self.time(now)
        given = LinkInput(cause, self.batch + 1, time, obstacle=self.obstacle(), **fields)
        made = advance(state, given, self.table)
        if made.state == state and not made.commands:
            return made.statements
        self.links[link] = made.state
        self.batch, self.last_time = self.batch + 1, time
        statements = [*made.statements]
        for command in made.commands:
            outcome = self.command(link, command)
            if outcome is not None:
                reason = NO_COVER if outcome == Occurrence.LEG_NOT_EARMARKED else {}
                after = advance(
                    self.links[link], LinkInput(outcome, self.batch, time, **reason), self.table
                )
                self.links[link] = after.state
                statements += after.statements
        for one in statements:
            self.said.add((link, one.step, one.batch, one.time))
        return tuple(statements)

    def command(self, link: str, command: LegCommand) -> Occurrence | None:
        leg, ledger = self.legs[link], self.ledger
        if command == LegCommand.EARMARK:
            if not ledger.covers(leg.payer, leg.amount):
                return Occurrence.LEG_NOT_EARMARKED
            ledger.earmark(link, leg.payer, leg.amount)
            return Occurrence.LEG_EARMARKED
        if command == LegCommand.COMPLETE:
            ledger.end_earmark(link, leg.payee)
        elif command == LegCommand.RELEASE:
            ledger.end_earmark(link, leg.payer)
        return None

    def beat(self, now: int) -> list[Statement]:
        """The heartbeat: readiness, permitted legs with cover, and links whose time has passed."""
        statements: list[Statement] = []
        for link, state in self.links.items():
            statements += self.beat_link(link, state, now)
        return statements

    def beat_link(self, link: str, state: LinkState, now: int) -> tuple[Statement, ...]:
        leg = self.legs[link]
        covered = self.ledger.covers(leg.payer, leg.amount)
        if state.phase in (Phase.INSTRUCTED, Phase.MATCHED):
            if self.time(now) >= state.terms.valid_until:
                return self.take(link, now, Occurrence.LEG_ENDED)
            if covered != state.own_ready:
                cause = Occurrence.LEG_READY if covered else Occurrence.LEG_NOT_READY
                return self.take(link, now, cause, **({} if covered else NO_COVER))
        late = state.decide_by is not None and self.time(now) > state.decide_by
        if state.phase == Phase.ASKED and late:
            return self.take(link, now, Occurrence.DECIDE_BY_PASSED)
        if state.phase == Phase.PERMITTED and late:
            return self.take(link, now, Occurrence.LEG_ENDED)
        if state.phase == Phase.PERMITTED and covered and self.open:
            self.ledger.pay(link, leg.payer, leg.payee, leg.amount)
            return self.take(link, now, Occurrence.LEG_SETTLED)
        return ()

    def close(self, now: int) -> list[Statement]:
        """The end of the day: what is set aside or queued is returned; earmarks stay."""
        statements: list[Statement] = []
        for link, state in self.links.items():
            if not state.ended and state.phase not in (Phase.UNKNOWN, Phase.PREPARED):
                statements += self.take(link, now, Occurrence.LEG_ENDED)
        self.open = False
        return statements
