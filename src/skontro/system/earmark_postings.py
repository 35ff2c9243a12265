"""Postings of earmarks: from the payer to an earmark account, and from it to the payee or back.

An order may be earmarked on one day and completed on another, when its terms are no longer among
those of the running day. So they are read from the engine before the commands take effect.
"""

from typing import Final

import numpy as np

from skontro.engine import EARMARK, CommandKind, Commands, Engine, EventKind
from skontro.model import InputError, InvariantBroken
from skontro.system.batch import Records

#: No earmark at all.
NO_EARMARKS: Final = np.zeros(0, EARMARK)
_FIRST_KIND: Final = int(CommandKind.EARMARK)
_ENDS: Final = (int(CommandKind.COMPLETE), int(CommandKind.RELEASE))

#: Events after which money has moved to or from an earmark account.
EARMARK_EVENTS: Final = (
    int(EventKind.EARMARKED),
    int(EventKind.COMPLETED),
    int(EventKind.RELEASED),
)


def named_earmarks(engine: Engine, commands: Commands) -> Records:
    """The earmarks that these commands may open or end, before they take effect.

    Returns:
        `EARMARK` records by number of their orders; of those that may be opened, only the order
        and the account are known.

    Raises:
        InputError: two commands are to earmark one order: the account would not be certain.
    """
    if not len(commands) or commands.kind.max() < _FIRST_KIND:
        return NO_EARMARKS
    orders, noted = commands.column("order"), engine.noted_legs
    opening = np.flatnonzero(commands.kind == _FIRST_KIND)
    named = np.concatenate([noted["order"], orders[opening]])
    accounts = np.concatenate([noted["account"], commands.payee[opening]])
    numbers, first = np.unique(named, return_index=True)
    if len(numbers) < len(named):
        raise InputError("links: a batch earmarks one order at most once; send one of the commands")
    opened = np.zeros(len(named), EARMARK)
    opened["order"], opened["account"] = numbers, accounts[first]
    open_now = engine.earmarks_of(orders[np.isin(commands.kind, (*_ENDS, _FIRST_KIND))])
    opened = opened[~np.isin(opened["order"], open_now["order"])]
    return np.sort(np.concatenate([open_now, opened]), order="order")


def fill_in_earmarks(postings: Records, events: Records, terms: Records, earmarks: Records) -> None:
    """Fill in both accounts and the amount of postings of earmarks.

    Args:
        postings: one for each of the events.
        events: of the kinds in `EARMARK_EVENTS`.
        terms: payer, payee and amount of each event's order; zeros where it is not of the day.
        earmarks: as `named_earmarks` gave them.

    Raises:
        InvariantBroken: an event is about an order without a known earmark.
    """
    places = np.searchsorted(earmarks["order"], events["order"])
    known = places < len(earmarks)
    known[known] = earmarks["order"][places[known]] == events["order"][known]
    if not known.all():
        numbers = events["order"][~known].tolist()[:5]
        raise InvariantBroken("an earmark ends that was opened", f"orders {numbers}")
    rows = earmarks[places]
    of_day = terms["amount"] > 0
    amount, payer, payee = (
        np.where(of_day, terms[name], rows[name]) for name in ("amount", "payer", "payee")
    )
    kinds = events["kind"]
    opened = kinds == int(EventKind.EARMARKED)
    completed = kinds == int(EventKind.COMPLETED)
    postings["amount"] = amount
    postings["debit"] = np.where(opened, payer, rows["account"])
    postings["credit"] = np.where(opened, rows["account"], np.where(completed, payee, payer))
