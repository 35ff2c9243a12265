"""The engine: commands in, events out."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine.applying import Columns, apply_columns, first_unusable
from skontro.engine.commands import Commands
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, check_invariants
from skontro.engine.layout import (
    ACCOUNT,
    BLOCK,
    BLOCK_LENGTH,
    CLASSES,
    COUNTERS,
    EVENT,
    HELD_ORDER,
    MAX_ORDERS_PER_DAY,
    NOT_WAITING,
    NOTHING,
    PLACE,
    QUEUE,
    QUEUED_ORDER,
    TIMER,
    TURN,
    Records,
    State,
    zeroed,
)
from skontro.model import Currency, InputError, SettlementAccount


def _grown(records: Records, used: int, length: int) -> Records:
    """The first `used` records, with room for at least `length`.

    Room grows fourfold, so that what is copied on the way is a third of the last size; what is
    never used of it is never touched.
    """
    if len(records) >= length:
        return records
    larger = zeroed(max(length, 4 * len(records)), records.dtype)
    larger[:used] = records[:used]
    return larger


#: The counters that make a difference for what comes; the others follow from the records.
_COUNTERS_OF_STATE: Final = (
    "orders",
    "first_order_of_day",
    "last_time",
    "free_block",
    "free_held_slot",
    "day_open",
)


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
        table = zeroed(len(accounts), ACCOUNT)
        table["balance"] = [account.opening_balance for account in accounts]
        table["credit_line"] = [account.credit_line for account in accounts]
        table["currency"] = [position[account.currency] for account in accounts]
        table["needed"] = NOT_WAITING
        queues = zeroed(CLASSES * len(accounts), QUEUE)
        queues["first"] = NOTHING
        counters = np.zeros(1, COUNTERS)
        counters["free_block"] = NOTHING
        counters["free_held_slot"] = NOTHING
        counters["next_due"] = NOT_WAITING
        counters["last_time"] = np.iinfo(np.int64).min
        self._state = State(
            accounts=table,
            queues=queues,
            places=zeroed(0, QUEUED_ORDER),
            blocks=zeroed(0, BLOCK),
            held=zeroed(0, HELD_ORDER),
            place_of_order=zeroed(0, PLACE),
            timers=zeroed(1, TIMER),
            counters=counters,
            work_list=zeroed(max(1, len(accounts)), TURN),
            events=zeroed(0, EVENT),
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
        return int(self._state.counters[0]["held"])

    @property
    def money(self) -> tuple[int, ...]:
        """The sum of balances that each of `currencies` must always have, in minor units."""
        return self._money

    def apply(self, commands: Commands) -> Records:
        """Apply a batch of commands and return what happened.

        Args:
            commands: in the order in which they are to take effect.

        Returns:
            `EVENT` records in the order in which things happened: a view of the engine's own
            memory, to be read or copied before `apply` is called again.

        Raises:
            InputError: a command is of no known kind, or comes before an earlier one in time, or
                the day would have more than `MAX_ORDERS_PER_DAY`; then none of the batch has been
                applied.
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
        events = self._state.events[: self._state.counters[0]["events"]]
        events.flags.writeable = False
        return events

    def check(self) -> None:
        """Check every named invariant, the slow ones too.

        Raises:
            InvariantBroken: one does not hold.
        """
        check_invariants(ALL_INVARIANTS, self._state, self._money)

    def digest(self) -> str:
        """A SHA-256 over the accounts and the live orders: equal digests, equal states."""
        digest = hashlib.sha256()
        state, counters = self._state, self._state.counters[0]
        for part in (
            state.accounts,
            state.queues,
            state.blocks[: counters["blocks"]],
            state.places[: counters["blocks"] * BLOCK_LENGTH],
            state.held[: counters["held_slots"]],
            state.timers[: counters["timers"]],
        ):
            digest.update(part.tobytes())
        for name in _COUNTERS_OF_STATE:
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

        Each command lets at most one order join a queue, and each held order may join one when its
        time comes. Joining takes a new block where a queue was empty and where a block is full.
        Each new order can set a timer; a held order sets a second one when its first has gone. An
        order has at most three events (held, queued, final), a live one at most two more, and any
        other command one.
        """
        state, counters = self._state, self._state.counters[0]
        held = int(counters["held"])
        joining = commands + held
        blocks = int(counters["blocks"]) + joining // BLOCK_LENGTH + min(joining, len(state.queues))
        of_day = int(counters["orders"] - counters["first_order_of_day"])
        if of_day + commands > MAX_ORDERS_PER_DAY:
            raise InputError(
                f"{of_day} orders of the day and {commands} commands are too many: a day takes"
                f" {MAX_ORDERS_PER_DAY} orders; close it and open the next"
            )
        events = 3 * commands + 2 * (int(counters["queued"]) + held)
        used = {name: int(counters[name]) for name in ("blocks", "held_slots", "placed", "timers")}
        self._state = state._replace(
            blocks=_grown(state.blocks, used["blocks"], blocks),
            places=_grown(state.places, BLOCK_LENGTH * used["blocks"], BLOCK_LENGTH * blocks),
            held=_grown(state.held, used["held_slots"], held + commands),
            place_of_order=_grown(state.place_of_order, used["placed"], of_day + commands),
            timers=_grown(state.timers, used["timers"], used["timers"] + commands + 1),
            events=_grown(state.events, 0, events),
        )

    def _money_by_currency(self) -> tuple[int, ...]:
        accounts: Any = self._state.accounts
        return tuple(
            int(accounts["balance"][accounts["currency"] == position].sum())
            for position in range(len(self.currencies))
        )
