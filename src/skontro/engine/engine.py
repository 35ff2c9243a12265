"""The engine: commands in, events out."""

import hashlib
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from skontro.engine.applying import Columns, apply_columns, first_unusable
from skontro.engine.commands import Commands
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, check_invariants
from skontro.engine.layout import (
    ACCOUNT,
    COUNTERS,
    EVENT,
    LIVE_ORDER,
    NOT_WAITING,
    NOTHING,
    TIMER,
    Records,
    State,
)
from skontro.model import Currency, InputError, SettlementAccount


def _grown(records: Records, length: int) -> Records:
    """The records, with room for at least `length`: doubled, so that growth costs little."""
    if len(records) >= length:
        return records
    # Fresh zeroed memory is not touched, so room that is never used costs nothing.
    larger = np.zeros(max(length, 2 * len(records)), records.dtype)
    larger[: len(records)] = records
    return larger


class Engine:
    """The state of every account and live order, changed by `apply` alone.

    The same commands give the same events and the same state, however they are split into batches.
    Nothing here reads a clock: time is what the commands say it is.

    Args:
        accounts: settlement accounts; the position of each is its number.
    """

    def __init__(self, accounts: Sequence[SettlementAccount]) -> None:
        self.currencies: tuple[Currency, ...] = tuple(sorted({a.currency for a in accounts}))
        position = {currency: i for i, currency in enumerate(self.currencies)}
        table = np.zeros(len(accounts), ACCOUNT)
        table["balance"] = [account.opening_balance for account in accounts]
        table["credit_line"] = [account.credit_line for account in accounts]
        table["currency"] = [position[account.currency] for account in accounts]
        table["needed"] = NOT_WAITING
        table["first"] = NOTHING
        table["last"] = NOTHING
        counters = np.zeros(1, COUNTERS)
        counters["free_slot"] = NOTHING
        counters["next_due"] = NOT_WAITING
        counters["last_time"] = np.iinfo(np.int64).min
        self._state = State(
            accounts=table,
            live=np.zeros(0, LIVE_ORDER),
            slot_of_order=np.zeros(0, np.int32),
            timers=np.zeros(1, TIMER),
            counters=counters,
            work_list=np.zeros(max(1, len(accounts)), np.int32),
            events=np.zeros(0, EVENT),
        )
        self._money = self._money_by_currency()

    @property
    def balances(self) -> Records:
        """Balance of each account in minor units, by account number (a copy)."""
        return self._state.accounts["balance"].copy()

    @property
    def orders(self) -> int:
        """How many orders were ever submitted; the next one gets this number."""
        return int(self._state.counters[0]["orders"])

    @property
    def queued(self) -> int:
        """How many orders wait in queues now."""
        return int(self._state.counters[0]["queued"])

    @property
    def held(self) -> int:
        """How many orders wait for their earliest time now."""
        return int(self._state.counters[0]["live"]) - self.queued

    @property
    def money(self) -> tuple[int, ...]:
        """The sum of balances that each of `currencies` must always have, in minor units."""
        return self._money

    def apply(self, commands: Commands) -> Records:
        """Apply a batch of commands and return what happened.

        Args:
            commands: in the order in which they are to take effect.

        Returns:
            An array of `EVENT` records in the order in which things happened.

        Raises:
            InputError: a command is of no known kind, or comes before an earlier one in time; then
                none of the batch has been applied.
            InvariantBroken: the engine is wrong about itself; it must not be used any further.
        """
        self._refuse_unusable(commands)
        self._make_room(len(commands))
        columns = Columns(**attrs.asdict(commands, recurse=False))
        self._state.counters[0]["events"] = 0
        apply_columns(columns, self._state)
        if len(commands):
            self._state.counters[0]["last_time"] = commands.time[-1]
        check_invariants(PRODUCTION_INVARIANTS, self._state, self._money)
        return self._state.events[: self._state.counters[0]["events"]]

    def check(self) -> None:
        """Check every named invariant, the slow ones too.

        Raises:
            InvariantBroken: one does not hold.
        """
        check_invariants(ALL_INVARIANTS, self._state, self._money)

    def digest(self) -> str:
        """A SHA-256 over the accounts and the live orders: equal digests, equal states."""
        digest = hashlib.sha256()
        counters = self._state.counters[0]
        for part in (
            self._state.accounts,
            self._state.live[: counters["slots"]],
            self._state.timers[: counters["timers"]],
        ):
            digest.update(part.tobytes())
        for name in ("orders", "first_order_of_day", "last_time", "free_slot", "day_open"):
            digest.update(int(counters[name]).to_bytes(8, "little", signed=True))
        return digest.hexdigest()

    def _refuse_unusable(self, commands: Commands) -> None:
        last_time = int(self._state.counters[0]["last_time"])
        row = first_unusable(commands.kind, commands.time, last_time)
        if row != NOTHING:
            raise InputError(
                f"command {row} of the batch (kind {commands.kind[row]}, time {commands.time[row]})"
                f" is of no known kind or comes before an earlier command; the last one applied was"
                f" at {last_time}: sort by time"
            )

    def _make_room(self, commands: int) -> None:
        """Room for the most that so many commands can need.

        Each new order can take a slot and a timer; a held order sets a second timer when its first
        one has gone. An order has at most three events (held, queued, final), a live one at most
        two more, and any other command one.
        """
        state, counters = self._state, self._state.counters[0]
        of_day = int(counters["orders"] - counters["first_order_of_day"])
        # One event buffer per batch: what `apply` returned before stays as it was.
        events = np.empty(3 * commands + 2 * int(counters["live"]), EVENT)
        self._state = state._replace(
            live=_grown(state.live, int(counters["live"]) + commands),
            slot_of_order=_grown(state.slot_of_order, of_day + commands),
            timers=_grown(state.timers, int(counters["timers"]) + commands + 1),
            events=events,
        )

    def _money_by_currency(self) -> tuple[int, ...]:
        accounts: Any = self._state.accounts
        return tuple(
            int(accounts["balance"][accounts["currency"] == position].sum())
            for position in range(len(self.currencies))
        )
