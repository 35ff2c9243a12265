"""The engine's commands on settled days, rebuilt from the results alone and replayed.

No search for the largest value is repeated: the results hold each selection. So the days replay the
same way even if a later version searches differently.
"""

from collections.abc import Iterator
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import (
    CommandKind,
    Commands,
    Engine,
    EventKind,
    Watched,
    join,
    select,
    settle_selected,
)
from skontro.files import PAYMENTS, Inputs, Results, Scenario
from skontro.files.conversions import leg_reference
from skontro.model import Algorithm, InputError, OrderStatus
from skontro.simulation.account_numbers import account_numbers
from skontro.simulation.netting_cycles import COLLECT, commands_of_cycles
from skontro.simulation.settling import numbered_stream, steps_of

Int64s = npt.NDArray[np.int64]

#: Commands per call of the engine while orders are watched: each call makes room for all of them.
WATCHED_BATCH: Final = 4_096

_MAXIMUM_VALUE: Final = Algorithm.MAXIMUM_VALUE.name.lower()
_ENDS: Final = {
    EventKind.SETTLED: OrderStatus.SETTLED,
    EventKind.REJECTED: OrderStatus.REJECTED,
    EventKind.RETURNED: OrderStatus.RETURNED,
    EventKind.CANCELLED: OrderStatus.CANCELLED,
}
_SUBMITS: Final = (CommandKind.SUBMIT, CommandKind.SUBMIT_LEG)


#: Provenance of results of a recorded day with links: their steps are in no file.
LINKS: Final = "links"


@attrs.frozen(eq=False)
class OrderAccounts:
    """Account numbers by order: -1 for a missing account."""

    payer: Int64s
    payee: Int64s


class ReplayedDay:
    """Settled days during their replay by a separate engine.

    Args:
        results: with their inputs.

    Raises:
        InputError: the results were read without their inputs, or are of a recorded day with links.
    """

    def __init__(self, results: Results) -> None:
        if results.inputs is None:
            raise InputError("these results lack the settled scenario; settle again")
        if LINKS in results.provenance:
            raise InputError(
                "these results are of a recorded day with links to other systems, and files hold "
                "no steps of links: look up the order in the live system"
            )
        self.results = results
        self.scenario = _scenario(results, results.inputs)
        rulebook = results.rulebook if results.netting is None else COLLECT
        self.engine = Engine(results.inputs.directory.accounts, rulebook)
        numbers = account_numbers(attrs.evolve(self.scenario, payments=_payments(results.orders)))
        self.accounts = OrderAccounts(
            numbers["payer"].cast(pl.Int64).to_numpy(), numbers["payee"].cast(pl.Int64).to_numpy()
        )
        self.amounts = results.orders["amount_minor"].to_numpy()
        self._next_run = 0

    def accounts_of_holder(self, account: int) -> list[int]:
        """The numbers of all accounts of the participant that holds this one."""
        accounts = self.scenario.directory.accounts
        bic = accounts[account].bic if account >= 0 else None
        return [number for number, one in enumerate(accounts) if one.bic == bic]

    def batches(self) -> Iterator[Commands]:
        """Commands of the engine in turn; each is applied before the next one is drawn."""
        if self.results.netting is not None:
            yield commands_of_cycles(self.scenario, self.results.netting)
            return
        stream = numbered_stream(self.scenario)
        for start, stop, search in steps_of(stream):
            if search is None:
                yield stream.commands.part(start, stop)
            elif runs := self._runs_of_selection(stream.solved_time[search]):
                yield self._selection(stream.solved_time[search], runs)

    def apply(self, commands: Commands) -> npt.NDArray[Any]:
        """Tell the engine; a copy of the events."""
        events = self.engine.apply(commands).copy()
        self._after(events, self.engine.runs)
        return events

    def watch(self, commands: Commands, orders: list[int]) -> Watched:
        """Tell the engine until why one of the orders waits has changed; see `apply_watching`."""
        watched = self.engine.apply_watching(commands, orders)
        watched = attrs.evolve(watched, events=watched.events.copy(), runs=watched.runs.copy())
        self._after(watched.events, watched.runs)
        return watched

    def _after(self, events: npt.NDArray[Any], runs: npt.NDArray[Any]) -> None:
        """Note the runs, and see that every order ended as the results have it."""
        if len(runs):
            self._next_run = int(runs["number"].max()) + 1
        ended = events[np.isin(events["kind"], [*_ENDS])]
        rows = self.results.orders[ended["order"].astype(np.int64)]
        statuses = [_ENDS[EventKind(kind)].value for kind in ended["kind"].tolist()]
        same = rows["final_at"].to_physical().to_numpy() == ended["time"]
        if len(ended) and not (same.all() and rows["status"].to_list() == statuses):
            raise InputError(
                "these results do not follow from the payments, participants and instructions in "
                "their folder: a file was changed, or another version settled them by other rules; "
                "settle again"
            )

    def _runs_of_selection(self, time: int) -> list[int]:
        """The next runs, if they settled the result of a search at this time.

        They have a number for each currency. Two searches at one time have the same currencies, so
        one that comes again is of the second.
        """
        coming = self.results.runs.filter(
            (pl.col("run") >= self._next_run)
            & (pl.col("algorithm") == _MAXIMUM_VALUE)
            & (pl.col("at").to_physical() == time)
        ).sort("run")
        found: list[int] = []
        currencies: list[str] = []
        for run, currency in coming.select("run", "currency").iter_rows():
            if run != self._next_run + len(found) or currency in currencies:
                break
            found.append(run)
            currencies.append(currency)
        return found

    def _selection(self, time: int, runs: list[int]) -> Commands:
        selected = self.results.orders.filter(pl.col("run").is_in(runs))["order"]
        return join([*(select(time, order) for order in selected.to_list()), settle_selected(time)])


def _payments(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(list(PAYMENTS))


def _scenario(results: Results, inputs: Inputs) -> Scenario:
    """The settled scenario: the orders without those that cut-offs added."""
    payments = _payments(results.orders)
    if results.netting is not None:
        added = pl.Series([*_added(results)], dtype=pl.String)
        payments = payments.filter(~pl.col("uetr").is_in(added.implode()))
    return Scenario(
        name=results.name,
        business_days=results.business_days,
        time_zone=results.time_zone,
        directory=inputs.directory,
        payments=payments,
        rates=results.rates,
        rulebook=results.rulebook,
        netting=results.netting,
        instructions=inputs.instructions,
    )


def _added(results: Results) -> Iterator[str]:
    """References of the conversions that cut-offs added, which are numbered from 0 on."""
    known = dict.fromkeys(results.orders["uetr"].to_list())
    number = 0
    while (reference := leg_reference(results.name, number)) in known:
        yield reference
        number += 1


def index_of_submission(commands: Commands, order: int, submitted: int) -> int | None:
    """The index of the command that submits an order, or None where it is not among them.

    Args:
        submitted: how many orders were submitted before these commands.
    """
    indices = np.flatnonzero(np.isin(commands.kind, _SUBMITS))
    number = order - submitted
    return int(indices[number]) if 0 <= number < len(indices) else None
