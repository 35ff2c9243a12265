"""The engine: commands in, events out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from skontro.engine.capacity import ensure_capacity
from skontro.engine.command_columns import NO_LIMIT, Columns
from skontro.engine.command_loop import apply_columns, first_unusable
from skontro.engine.commands import Commands
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, check_invariants
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.run import queue_snapshot, run_as_asked
from skontro.engine.records import LEG_TOGETHER, NOTHING, Records
from skontro.engine.rules.legs_together import legs_readiness, readiness_of_each
from skontro.engine.rules.links import earmark_account_obstacle
from skontro.engine.snapshot import digest_of_state, state_from_bytes, state_to_bytes
from skontro.engine.state import (
    currencies_of,
    initial_state,
    state_with_accounts,
    state_with_rulebook,
)
from skontro.engine.structures.earmarks import open_earmarks
from skontro.engine.watching import STEP, Watched, apply_until_changed
from skontro.engine.why_waiting import QueuedBefore, first_queued, queued_before, why_waiting
from skontro.model import Currency, InputError, ReasonCode, Rulebook, SettlementAccount

_GROSS_SETTLEMENT: Final = Rulebook()


class Engine:
    """The state of every account and live order.

    `apply` changes the state, and between batches `add_accounts` and `set_rulebook` do.

    The same commands give the same events and the same state, however they are split into batches.
    The engine reads no clock: time comes with the commands.

    Args:
        accounts: settlement accounts; the index of each is its number. Their reservations and
            limits are not in force yet: these last for a day, and come as commands.
        rulebook: the mechanisms that settle orders. The sender of commands follows its schedule:
            the engine reads no clock.
    """

    def __init__(
        self, accounts: Sequence[SettlementAccount], rulebook: Rulebook = _GROSS_SETTLEMENT
    ) -> None:
        self._accounts = tuple(accounts)
        self._currencies = currencies_of(accounts)
        self._rulebook = rulebook
        self._state = initial_state(accounts, self._currencies, rulebook)

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """Each currency with an account, in the order of first accounts."""
        return self._currencies

    @property
    def balances(self) -> Records:
        """Balance of each account in minor units, by account number (a copy)."""
        return self._state.accounts["balance"].copy()

    @property
    def credit_lines(self) -> Records:
        """Intraday credit of each account in minor units, by account number (a copy)."""
        return self._state.accounts["credit_line"].copy()

    @property
    def waiting(self) -> Records:
        """Value of the queued and held orders of each account, minor units (a copy)."""
        return self._state.waiting.copy()

    @property
    def held_orders(self) -> Records:
        """`HELD_ORDER` records of the held orders (a copy)."""
        held: Records = self._state.held[: self._state.counters[0]["held_slots"]]
        live: Records = held[held["order"] != NOTHING]
        return live

    @property
    def controls(self) -> Records:
        """`CONTROL` by account number: reservations and net-sender limits in force (a copy)."""
        return self._state.controls.copy()

    @property
    def bilateral_limits(self) -> Records:
        """`LIMIT` records of the bilateral limits in force, by payer and payee (a copy)."""
        limits = self._state.limits
        in_force = limits[(limits["payer"] != NOTHING) & (limits["limit"] != NO_LIMIT)]
        return np.sort(in_force)  # by payer, then payee: their first fields

    @property
    def transfers(self) -> int:
        """The number of liquidity transfers so far, and the number of the next one."""
        return int(self._state.counters[0]["transfers"])

    @property
    def last_time(self) -> int:
        """The timestamp of the last command."""
        return int(self._state.counters[0]["last_time"])

    @property
    def orders(self) -> int:
        """The number of orders submitted so far, and the number of the next one."""
        return int(self._state.counters[0]["orders"])

    @property
    def queued(self) -> int:
        """The number of queued orders."""
        return int(self._state.counters[0]["queued"])

    @property
    def held(self) -> int:
        """The number of held orders."""
        return int(self._state.counters[0]["held"])

    @property
    def money(self) -> tuple[int, ...]:
        """The sum of balances that each of `currencies` must have, in minor units."""
        return tuple(self._state.currencies["money"].tolist())

    @property
    def earmarks(self) -> Records:
        """`EARMARK` records of the open earmarks, by number of their orders (a copy)."""
        return open_earmarks(self._state)

    @property
    def noted_legs(self) -> Records:
        """`LEG_TOGETHER` records of the legs that wait for the last one with them (a copy)."""
        return self._state.together[: self._state.counters[0]["together"]].copy()

    def is_earmarked(self, order: int) -> bool:
        """Whether the money of the order with this number is earmarked now."""
        return order >= 0 and order in self._state.earmarks["order"]

    def earmarks_of(self, orders: npt.NDArray[np.int64]) -> Records:
        """`EARMARK` records of the open earmarks of these orders, by number (a copy)."""
        table = self._state.earmarks
        return np.sort(table[np.isin(table["order"], orders[orders >= 0])], order="order")

    @property
    def runs(self) -> Records:
        """`RUN` records of offsetting in the last batch: a view, like that of `apply`."""
        return _read_only(self._state.runs[: self._state.counters[0]["runs_of_batch"]])

    def is_waiting(self, order: int) -> bool:
        """Whether the order with this number is queued or held now."""
        state, first = self._state, int(self._state.counters[0]["first_order_of_day"])
        if not (state.counters[0]["day_open"] and first <= order < self.orders):
            return False
        slot = int(state.slot_of_order[order - first])
        if slot > 0:
            return int(state.queue_slots[slot - 1]["order"]) == order - first
        return slot < 0 and int(state.held[-1 - slot]["order"]) == order

    def legs_readiness(self, orders: Sequence[int]) -> ReasonCode:
        """Why legs that are set aside would not settle together at the last command's time.

        Args:
            orders: their numbers.

        Returns:
            NONE if they would; the reason with which they would not be earmarked otherwise.
        """
        legs = np.zeros(len(orders), LEG_TOGETHER)
        legs["order"] = orders
        return ReasonCode(legs_readiness(self._state, legs, self.last_time))

    def readiness_of_each(self, links: Sequence[Sequence[int]]) -> list[int]:
        """`legs_readiness` of several links at once.

        Args:
            links: the numbers of the legs of each.

        Returns:
            The number of the reason for each.
        """
        counts = np.array([len(orders) for orders in links], np.int64)
        legs = np.zeros(int(counts.sum()), LEG_TOGETHER)
        legs["order"] = [order for orders in links for order in orders]
        readiness_of_each(self._state, legs, counts, self.last_time)
        reasons: list[int] = counts.tolist()
        return reasons

    def leg_readiness(self, order: int) -> ReasonCode:
        """`legs_readiness` of one leg."""
        return self.legs_readiness([order])

    def earmark_account_obstacle(self, order: int, account: int) -> ReasonCode:
        """Why an account could not hold the earmark of a leg, however much cover the leg has.

        Args:
            order: number of a leg that is set aside.
            account: number of the account.

        Returns:
            NONE if it could; the reason with which the command would be refused otherwise.
        """
        return ReasonCode(earmark_account_obstacle(self._state, order, account))

    def why_waiting(self, orders: Sequence[int]) -> Records:
        """`WHY` records of orders, by number: the first obstacle of each, with figures."""
        return why_waiting(self._state, np.array(orders, np.int64))

    def first_queued(self, account: int, most: int) -> list[int]:
        """The numbers of the first orders in an account's queue, in their order."""
        numbers: list[int] = first_queued(self._state, account, most).tolist()
        return numbers

    def queued_before(self, order: int, most: int) -> QueuedBefore:
        """The orders ahead of a queued order in its payer's queue, with at most `most` numbers."""
        return queued_before(self._state, order, most)

    def queue_snapshot(self) -> QueueSnapshot:
        """The current queues (a copy), for algorithms that run outside the engine."""
        return queue_snapshot(self._state)

    def apply(self, commands: Commands) -> Records:
        """Apply a batch of commands and return the events.

        Args:
            commands: in the order in which they are to take effect.

        Returns:
            `EVENT` records in their order: a view of the engine's own memory, to be read or copied
            before `apply` is called again.

        Raises:
            InputError: a command is of no known kind, or comes before an earlier one in time, or
                the day would have more than `MAX_ORDERS_PER_DAY`; then none of the batch has been
                applied.
            InvariantBroken: the state contradicts itself; the engine must not be used any further.
        """
        columns = commands.columns
        self._refuse_unusable(columns)
        self._state = ensure_capacity(self._state, commands.kind)
        counters = self._state.counters[0]
        counters["events"] = counters["runs_of_batch"] = row = 0
        while True:
            row = apply_columns(columns, self._state, row)
            if counters["asked"] == NOTHING:
                break
            self._run(int(counters["asked"]), int(counters["asked_at"]))
        if len(commands):
            counters["last_time"] = commands.time[-1]
        check_invariants(PRODUCTION_INVARIANTS, self._state)
        return _read_only(self._state.events[: counters["events"]])

    def apply_watching(self, commands: Commands, orders: Sequence[int]) -> Watched:
        """Apply commands one by one until the obstacle of a watched order changes, or to the end.

        Applying the remaining commands later gives the same state and the same events as `apply`.

        Args:
            commands: as for `apply`.
            orders: to watch, by number; they need not have been submitted yet.

        Raises:
            InputError: as `apply`.
            InvariantBroken: as `apply`.
        """
        columns = commands.columns
        self._refuse_unusable(columns)
        self._state = state = ensure_capacity(self._state, commands.kind)
        counters, watched = state.counters[0], np.array(orders, np.int64)
        before, found = self.why_waiting(orders), self.why_waiting(orders)
        step = np.zeros(1, STEP)
        counters["events"] = counters["runs_of_batch"] = row = 0
        while row < len(commands) and np.array_equal(before, found):
            row = apply_until_changed(columns, state, row, watched, before, found, step)
            if counters["asked"] != NOTHING:
                self._run(int(counters["asked"]), int(counters["asked_at"]))
                found = self.why_waiting(orders)
        if row:
            counters["last_time"] = commands.time[row - 1]
        check_invariants(PRODUCTION_INVARIANTS, state)
        [last] = step.tolist()
        time, first, of_command = last
        events = _read_only(state.events[: counters["events"]])
        return Watched(row, time, of_command, events, first, self.runs)

    def _run(self, asked: int, time: int) -> None:
        grows = self._rulebook.when_queued
        run_as_asked(self._state, asked, grows.algorithm if grows else None, time)

    def add_accounts(self, accounts: Sequence[SettlementAccount]) -> None:
        """Add accounts between two batches, with or without an open day.

        Their numbers follow the existing ones, as do new currencies; nothing else changes. The
        state equals, in every byte, that of an engine with these accounts from the start.

        Args:
            accounts: each has a zero balance (money enters by a liquidity transfer) and its
                intraday credit; its reservations and limits come as commands.

        Raises:
            InputError: an opening balance is not zero, the holder has an account in the currency
                already, its credit exceeds the bound of the currency, or position limits have no
                price of its currency. Then none was added.

        Example:
            >>> from skontro.model import find_currency
            >>> tenge = find_currency("KZT")
            >>> engine = Engine([SettlementAccount("AAAAKZ22", tenge, 500)])
            >>> engine.add_accounts([SettlementAccount("BBBBKZ22", tenge, 0)])
            >>> engine.balances.tolist()
            [500, 0]
        """
        larger = (*self._accounts, *accounts)
        self._state = state_with_accounts(self._state, larger, self._rulebook)
        self._accounts, self._currencies = larger, currencies_of(larger)

    def set_rulebook(self, rulebook: Rulebook) -> None:
        """Put another rulebook in force from the next day on.

        Under position limits, reservations and limits already set for that day end.

        Args:
            rulebook: the mechanisms that settle orders.

        Raises:
            InputError: a day is open, the position limits have no price of a currency, or a
                participant exceeds them now. Then nothing has changed.
        """
        self._state = state_with_rulebook(self._state, self._accounts, rulebook)
        self._rulebook = rulebook

    def check(self) -> None:
        """Check every named invariant, the slow ones too.

        Raises:
            InvariantBroken: an invariant does not hold.
        """
        check_invariants(ALL_INVARIANTS, self._state)

    def snapshot(self) -> bytes:
        """The complete state, for `restore`."""
        return state_to_bytes(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Continue from a snapshot of an engine with the same accounts and rulebook.

        Accounts added to that engine, and its last rulebook, must be given to this one from the
        start.

        Raises:
            InvariantBroken: it contradicts itself, or has other accounts or another rulebook.
        """
        self._state = state_from_bytes(self._state, snapshot)
        self.check()

    def digest(self) -> str:
        """A SHA-256 over the accounts and the live orders: equal digests, equal states."""
        return digest_of_state(self._state)

    def _refuse_unusable(self, commands: Columns) -> None:
        last_time = int(self._state.counters[0]["last_time"])
        row = first_unusable(commands.kind, commands.time, last_time)
        if row != NOTHING:
            raise InputError(
                f"command {row} of the batch (kind {commands.kind[row]}, time {commands.time[row]})"
                f" is of no known kind or comes before an earlier command; the last one applied was"
                f" at {last_time}: sort by time"
            )


def _read_only(records: Records) -> Records:
    records.flags.writeable = False
    return records
