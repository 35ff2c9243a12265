"""The engine: commands in, events out."""

import hashlib
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from skontro.engine.applying import Columns, apply_columns, first_unusable
from skontro.engine.beginning import initial_state
from skontro.engine.commands import NO_LIMIT, Commands
from skontro.engine.invariants import ALL_INVARIANTS, PRODUCTION_INVARIANTS, check_invariants
from skontro.engine.layout import BLOCK_LENGTH, NOTHING, SETTLE_CHOSEN, WHEN_QUEUED, Records
from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.offsetting.runs import queue_snapshot, run_algorithm, settle_chosen
from skontro.engine.room import make_room
from skontro.engine.snapshot import state_from_bytes, state_to_bytes
from skontro.model import Algorithm, Currency, InputError, Rulebook, SettlementAccount

#: The counters that make a difference for what comes; the others follow from the records.
_COUNTERS_OF_STATE: Final = (
    "orders",
    "first_order_of_day",
    "last_time",
    "free_block",
    "free_held_slot",
    "day_open",
    "joined",
    "transfers",
    "runs",
    "chosen",
    "linked",
)

_GROSS_SETTLEMENT: Final = Rulebook()


class Engine:
    """The state of every account and live order, changed by `apply` alone.

    The same commands give the same events and the same state, however they are split into batches.
    Nothing here reads a clock: time is what the commands say it is.

    Args:
        accounts: settlement accounts; the position of each is its number. Their reservations and
            limits are not yet in force: these last for a day, and come as commands.
        rulebook: which mechanisms settle orders. Its schedule is for whoever sends the commands:
            the engine reads no clock.
    """

    def __init__(
        self, accounts: Sequence[SettlementAccount], rulebook: Rulebook = _GROSS_SETTLEMENT
    ) -> None:
        self.currencies: tuple[Currency, ...] = tuple(sorted({a.currency for a in accounts}))
        self._state = initial_state(accounts, self.currencies, rulebook)
        grows = rulebook.when_queued
        self._when_queued = None if grows is None else grows.algorithm

    @property
    def balances(self) -> Records:
        """Balance of each account in minor units, by account number (a copy)."""
        return self._state.accounts["balance"].copy()

    @property
    def credit_lines(self) -> Records:
        """Intraday credit of each account in minor units, by account number (a copy)."""
        return self._state.accounts["credit_line"].copy()

    @property
    def controls(self) -> Records:
        """`CONTROL` by account number: reservations and net-sender limits in force (a copy)."""
        return self._state.controls.copy()

    @property
    def bilateral_limits(self) -> Records:
        """`LIMIT` records of the bilateral limits in force, by payer and payee (a copy)."""
        limits = self._state.limits
        in_force = limits[(limits["payer"] != NOTHING) & (limits["limit"] != NO_LIMIT)]
        return np.sort(in_force, order=["payer", "payee"])

    @property
    def transfers(self) -> int:
        """How many liquidity transfers were ever asked for; the next one gets this number."""
        return int(self._state.counters[0]["transfers"])

    @property
    def last_time(self) -> int:
        """When the last command was given."""
        return int(self._state.counters[0]["last_time"])

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
        """The sum of balances that each of `currencies` must have, in minor units."""
        return tuple(self._state.currencies["money"].tolist())

    @property
    def runs(self) -> Records:
        """`RUN` records of what offsetting did in the last batch: a view, like that of `apply`."""
        return _read_only(self._state.runs[: self._state.counters[0]["runs_of_batch"]])

    def queue_snapshot(self) -> QueueSnapshot:
        """The queues as they stand (a copy), for algorithms that run outside the engine."""
        return queue_snapshot(self._state)

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
        self._state = make_room(self._state, commands)
        columns = Columns(**attrs.asdict(commands, recurse=False))
        counters = self._state.counters[0]
        counters["events"] = counters["runs_of_batch"] = row = 0
        while True:
            row = apply_columns(columns, self._state, row)
            if counters["asked"] == NOTHING:
                break
            self._run(int(counters["asked"]), int(commands.time[row - 1]))
        if len(commands):
            counters["last_time"] = commands.time[-1]
        check_invariants(PRODUCTION_INVARIANTS, self._state)
        return _read_only(self._state.events[: counters["events"]])

    def _run(self, asked: int, time: int) -> None:
        """What the kernels ask for: a run over all queues, and another if the queues have grown."""
        counters = self._state.counters[0]
        if asked == SETTLE_CHOSEN:
            settle_chosen(self._state, time)
        elif asked != WHEN_QUEUED:
            run_algorithm(self._state, Algorithm(asked), time)
        if counters["joined"] >= self._state.rules[0]["when_queued"]:
            counters["joined"] = 0
            run_algorithm(self._state, Algorithm(self._when_queued or 0), time)

    def check(self) -> None:
        """Check every named invariant, the slow ones too.

        Raises:
            InvariantBroken: one does not hold.
        """
        check_invariants(ALL_INVARIANTS, self._state)

    def snapshot(self) -> bytes:
        """Everything that `restore` needs to go on from here."""
        return state_to_bytes(self._state)

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot of an engine with the same accounts and rulebook.

        Raises:
            InvariantBroken: it contradicts itself.
        """
        self._state = state_from_bytes(self._state, snapshot)
        self.check()

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
            state.overtaken,
            state.controls,
            np.sort(state.limits[state.limits["payer"] != NOTHING], order=["payer", "payee"]),
            state.currencies,
            state.rules,
            state.chosen[: counters["chosen"]],
            state.counterlegs[: counters["linked"]],
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


def _read_only(records: Records) -> Records:
    records.flags.writeable = False
    return records
