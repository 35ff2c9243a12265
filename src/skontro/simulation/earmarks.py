"""Earmarks of linked legs in a period: postings to and from earmark accounts."""

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
import polars as pl

from skontro.engine import EARMARK, CommandKind, EventKind
from skontro.simulation.period_record import PeriodRecord
from skontro.system import SettlementSystem
from skontro.system.batch import POSTING
from skontro.system.earmark_postings import EARMARK_EVENTS, fill_in_earmarks

Records = npt.NDArray[Any]

#: Commands about linked legs, which no file of instructions contains.
LINK_KINDS: Final = (
    int(CommandKind.PERMIT),
    int(CommandKind.EARMARK),
    int(CommandKind.COMPLETE),
    int(CommandKind.RELEASE),
)


@attrs.frozen(eq=False)
class EarmarkPostings:
    """Postings of earmarks in the order of their events.

    Attributes:
        postings: `POSTING` records; the subject is the number of the order.
        timestamp: index among the events of the period.
    """

    postings: Records
    timestamp: npt.NDArray[np.int64]


def carried_earmarks(system: SettlementSystem) -> tuple[Records, tuple[str, ...]]:
    """The earmarks that are open now, by number of their orders, and the UETRs of these."""
    legs = {
        order: leg.uetr
        for state in system.links.in_doubt
        for order, leg in zip(system.links.orders_of(state.terms.link), state.legs, strict=True)
    }
    rows = system.engine.earmarks_of(np.array(sorted(legs), np.int64))
    return rows, tuple(legs[number] for number in rows["order"].tolist())


def earmark_postings(record: PeriodRecord) -> EarmarkPostings:
    """The postings of earmarks, derived from commands, events and the earmarks carried over.

    Raises:
        InvariantBroken: an earmark ends that was never opened.
    """
    timestamp = np.flatnonzero(np.isin(record.events["kind"], EARMARK_EVENTS))
    events = record.events[timestamp]
    opened = _opened(record, events[events["kind"] == EventKind.EARMARKED])
    known = np.sort(np.concatenate([record.carried, opened]), order="order")
    postings = np.zeros(len(events), POSTING)
    postings["subject"], postings["time"] = events["order"], events["time"]
    fill_in_earmarks(postings, events, np.zeros(len(events), EARMARK), known)
    return EarmarkPostings(postings, timestamp)


def _opened(record: PeriodRecord, events: Records) -> Records:
    """`EARMARK` records of the earmarks that these events opened."""
    commands = record.commands.take(record.commands.kind == int(CommandKind.EARMARK))
    # A refused command may have named another account: the time tells which one was granted.
    asked = {"order": commands.column("order"), "time": commands.time, "account": commands.payee}
    granted = pl.DataFrame({name: events[name] for name in ("order", "time")}).join(
        pl.DataFrame(asked), on=["order", "time"], how="left", maintain_order="left"
    )
    index = record.indices(events)
    opened = np.zeros(len(events), EARMARK)
    opened["order"], opened["account"] = events["order"], granted["account"].to_numpy()
    for name in ("amount", "payer", "payee"):
        opened[name] = getattr(record.orders, name)[index]
    return opened
