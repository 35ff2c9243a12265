"""Figures of the running day: settled, queued, liquidity, national-currency share.

They follow committed batches. So their cost grows with what has changed, not with the day.
"""

import datetime
import threading
from collections.abc import Callable
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt

from skontro.ledger import OrderIndex
from skontro.ledger.chunked_array import ChunkedArray
from skontro.ledger.day_figures import QueuedFigures
from skontro.ledger.postgres.tables import Records
from skontro.model import Country, Currency, ParticipantDirectory
from skontro.service.sequencer.requests import View

_Int64s = npt.NDArray[np.int64]

#: Settled orders read together.
_AT_ONCE = 100_000


@attrs.frozen(eq=False)
class Figures:
    """Figures of the running day at one head of the record; amounts in minor units.

    Attributes:
        view: published state that they go with.
        sent_orders, sent_value, received_orders, received_value: of settled orders, by account.
        queued: queued orders by payer's account and class, for all accounts.
        countries: of the participants, by alpha-3 code.
        corridor_orders, corridor_national: settled orders by country of the payer and country of
            the payee, as positions in `countries`; all, and those in a currency that one of both
            countries issues.
    """

    view: View
    sent_orders: _Int64s
    sent_value: _Int64s
    received_orders: _Int64s
    received_value: _Int64s
    queued: QueuedFigures
    countries: tuple[Country, ...]
    corridor_orders: _Int64s
    corridor_national: _Int64s

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """Currencies of all accounts."""
        return self.view.directory.currencies

    @cached_property
    def currency_of(self) -> _Int64s:
        """Position in `currencies` by account."""
        position = {currency: number for number, currency in enumerate(self.currencies)}
        accounts = self.view.directory.accounts
        return np.array([position[one.currency] for one in accounts], np.int64)

    def by_currency(self, of_accounts: _Int64s) -> list[int]:
        """Sums by currency, in exact integers.

        Args:
            of_accounts: one figure for each account.
        """
        sums = np.zeros(len(self.currencies), np.int64)
        np.add.at(sums, self.currency_of, of_accounts)
        return [int(one) for one in sums]

    @property
    def credit_used(self) -> _Int64s:
        """Part of each credit line in use, by account."""
        return np.maximum(0, -self.view.balances)


class LiveFigures:
    """Keeps the figures of the running day; any thread may ask.

        figures = LiveFigures(order_index, lambda: sequencer.view).now()

    Args:
        order_index: durable orders.
        view: gives the published state.
    """

    def __init__(self, order_index: OrderIndex, view: Callable[[], View]) -> None:
        self._order_index, self._view = order_index, view
        self._lock = threading.Lock()
        self._settled: ChunkedArray | None = None
        self._directory: ParticipantDirectory | None = None
        self._read = 0
        self._latest: Figures | None = None

    def now(self) -> Figures:
        """The figures at the newest head; computed once for each head."""
        with self._lock:
            # Before the figures: they are at least as new as the state shown with them.
            view = self._view()
            if self._latest is None or self._latest.view.batch != view.batch:
                self._latest = self._figures(view)
            return self._latest

    def _figures(self, view: View) -> Figures:
        figures = self._order_index.day_figures
        settled, queued = figures.settled, figures.queued
        if settled is not self._settled or view.directory is not self._directory:
            self._begin(settled, view)
        while self._read < (end := min(settled.count, self._read + _AT_ONCE)):
            rows = settled.between(self._read, end)
            known = self._of_known_accounts(rows)
            self._add(rows[:known])
            self._read += known
            if known < len(rows):
                break
        accounts = len(view.directory.accounts)
        sent_orders, sent_value, received_orders, received_value = self._sums
        return Figures(
            view,
            sent_orders.copy(),
            sent_value.copy(),
            received_orders.copy(),
            received_value.copy(),
            QueuedFigures(_resized(queued.orders, accounts), _resized(queued.value, accounts)),
            self._countries,
            self._corridor_orders.copy(),
            self._corridor_national.copy(),
        )

    def _begin(self, settled: ChunkedArray, view: View) -> None:
        """Begin with nothing read: another day, or other participants."""
        directory = view.directory
        self._settled, self._directory, self._read = settled, directory, 0
        countries = {one.bic: one.country for one in directory.participants}
        self._countries = tuple(sorted(set(countries.values()), key=lambda one: one.alpha3))
        place = {country: number for number, country in enumerate(self._countries)}
        accounts = directory.accounts
        self._country_of = np.array([place[countries[one.bic]] for one in accounts], np.int64)
        date = datetime.date.fromisoformat(view.date) if view.date else None
        self._issues = np.array(
            [
                [date is not None and country.issues(one.currency, date) for one in accounts]
                for country in self._countries
            ],
            np.bool_,
        ).reshape(len(self._countries), len(accounts))
        self._sums = [np.zeros(len(accounts), np.int64) for _ in range(4)]
        shape = (len(self._countries), len(self._countries))
        self._corridor_orders = np.zeros(shape, np.int64)
        self._corridor_national = np.zeros(shape, np.int64)

    def _of_known_accounts(self, settled: Records) -> int:
        """How many of the first rows are of accounts in the directory.

        Orders are found a moment before the state in which their new accounts are published.
        """
        accounts = len(self._country_of)
        unknown = (settled["payer"] >= accounts) | (settled["payee"] >= accounts)
        return int(np.argmax(unknown)) if unknown.any() else len(settled)

    def _add(self, settled: Records) -> None:
        payers, payees = settled["payer"], settled["payee"]
        sent_orders, sent_value, received_orders, received_value = self._sums
        np.add.at(sent_orders, payers, 1)
        np.add.at(sent_value, payers, settled["amount"])
        np.add.at(received_orders, payees, 1)
        np.add.at(received_value, payees, settled["amount"])
        of_payer, of_payee = self._country_of[payers], self._country_of[payees]
        national = self._issues[of_payer, payers] | self._issues[of_payee, payers]
        np.add.at(self._corridor_orders, (of_payer, of_payee), 1)
        np.add.at(self._corridor_national, (of_payer[national], of_payee[national]), 1)


def _resized(rows: _Int64s, accounts: int) -> _Int64s:
    """Rows for all accounts; those without any queued order yet have zeros."""
    missing = np.zeros((max(0, accounts - len(rows)), rows.shape[1]), np.int64)
    return np.concatenate([rows, missing])[:accounts]
