"""The settled value in a record by day, countries and currency, gathered while it is replayed."""

import datetime
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final

from skontro.ledger.entry import Entry
from skontro.ledger.member_statistics import MemberStatistics, SettledValue
from skontro.model import InputError, InvariantBroken, find_country, find_currency
from skontro.system import BatchKind, SettlementSystem
from skontro.system.batch import OUTSIDE
from skontro.system.joint.obligations import ObligationStage
from skontro.system.links.phases import Role
from skontro.system.links.terms import LinkLeg, LinkTerms
from skontro.system.mirror.mirror_accounts import agreed, mirror_accounts
from skontro.system.mirror.payment_table import Side, Stage

#: Batches after which other contracts, and so other mirror accounts, may be in force.
_CHANGING: Final = (BatchKind.DECISION, BatchKind.STEP)
#: The payer's order is final, and the destination has not answered.
_SENT: Final = (Side.ORIGIN, Stage.SENT)

#: Business day, payer's and payee's country, currency.
_Key = tuple[datetime.date, str, str, str]


class SettledTurnover:
    """The settled value of one record, batch by batch.

    turnover = SettledTurnover()
    verify(connection, observer=turnover.observe)
    turnover.statistics(key)
    """

    def __init__(self) -> None:
        self._orders: Counter[_Key] = Counter()
        self._minor: Counter[_Key] = Counter()
        self._counted: set[str] = set()
        self._mirrors: frozenset[int] = frozenset()
        #: Time of the first batch of each business day, and the day.
        self._days: list[tuple[int, datetime.date]] = []
        self._system: SettlementSystem | None = None
        self._batch, self._head = -1, b""

    def observe(self, entry: Entry, _heard: object, system: SettlementSystem) -> None:
        """Take the next batch.

        Args:
            entry: as the replay made it.
            system: after the batch.
        """
        self._system, self._batch, self._head = system, entry.number, entry.hash
        if entry.batch.kind in _CHANGING:
            self._mirrors = frozenset(mirror_accounts(system))
        postings, date = entry.batch.postings, system.clock.date
        if date is None:
            return
        if not self._days or self._days[-1][1] != date:
            self._days.append((int(system.last_time), date))
        if not len(postings):
            return
        accounts, directory = system.directory.accounts, system.directory
        for subject, _, debit, credit, amount in postings.tolist():
            # Payments over mirror accounts are counted at the end, by what has become of them.
            if OUTSIDE in (debit, credit) or debit in self._mirrors or credit in self._mirrors:
                continue
            # Net amounts of joint cycles are counted at the end, and not the orders that pay them.
            if system.joint.has_order(subject):
                continue
            link = system.links.link_of(subject) if len(system.links) else None
            if link is not None:
                self._count_link(link, date, system)
                continue
            payer, payee = accounts[debit], accounts[credit]
            one, other = (directory.participant(each.bic).country for each in (payer, payee))
            self._count((date, one.alpha3, other.alpha3, payer.currency.code), amount)

    def _payments(self, system: SettlementSystem) -> Iterator[tuple[_Key, int]]:
        """Payments over mirror accounts, with their amounts: each once, and returned ones not.

        They count in the home system of their currency, on the day of its statement.
        """
        for one in system.payments:
            counts = one.stage == Stage.PAID or (one.side, one.stage) == _SENT
            contract = system.link_contracts.get(one.peer)
            home = None if contract is None else agreed(contract, one.terms.currency)
            if not counts or not one.stated or home is None or home[0] != one.system:
                continue
            countries = (_country_of(one.terms.payer), _country_of(one.terms.payee))
            key = (self._date_at(one.stated[2]), *countries, one.terms.currency)
            yield key, one.terms.amount

    def _netted(self, system: SettlementSystem) -> Iterator[tuple[_Key, int]]:
        """Obligations that joint cycles have paid, with their amounts.

        They count in the system of their payer, on the day on which the cycle was paid there.
        """
        for one in system.joint.obligations:
            if one.stage != ObligationStage.NETTED:
                continue
            state, terms = system.joint.get(one.cycle), one.terms
            if state is None:
                raise InvariantBroken("a netted obligation has a cycle", terms.uetr)
            countries = (_country_of(terms.payer), _country_of(terms.creditor))
            date = self._date_at(state.history[-1].time)
            yield (date, *countries, terms.currency), terms.amount

    def _date_at(self, time: int) -> datetime.date:
        """The business day at a time of the record."""
        place = bisect_right(self._days, time, key=lambda day: day[0])
        return self._days[max(0, place - 1)][1]

    def _count(self, key: _Key, minor: int) -> None:
        self._orders[key] += 1
        self._minor[key] += minor

    def _count_link(self, link: str, date: datetime.date, system: SettlementSystem) -> None:
        """Count a link once in the whole group: in its decider's record, which locks no money."""
        state = system.links.get(link)
        if state is None or state.role != Role.DECIDER or link in self._counted:
            return
        self._counted.add(link)
        countries, currency, minor = value_of_link(state.terms, date)
        self._count((date, *countries, currency), minor)

    def statistics(self, key: str) -> MemberStatistics:
        """The statistics up to the last batch.

        Args:
            key: public key that signed the record, in hexadecimal.

        Raises:
            InputError: the record has no batch.
        """
        system = self._system
        if system is None:
            raise InputError("the record has no batch")
        orders, minor = self._orders.copy(), self._minor.copy()
        for cell, amount in chain(self._payments(system), self._netted(system)):
            orders[cell] += 1
            minor[cell] += amount
        rows = [SettledValue(*one, number, minor[one]) for one, number in orders.items()]
        directory = system.directory
        countries = {directory.participant(one.bic).country.alpha3 for one in directory.accounts}
        name = system.link_contracts.own_system or system.rules.name
        head = self._head.hex()
        return MemberStatistics(name, self._batch, head, tuple(sorted(countries)), rows, key)


def value_of_link(terms: LinkTerms, date: datetime.date) -> tuple[tuple[str, str], str, int]:
    """The countries, the currency and the amount, minor units, with which a link counts.

    It counts between the payer of the decider's leg and the payer of the next system's, in the
    decider's currency. If a leg has a third currency, that leg counts instead: a link is no more
    national than any of its legs.

    Args:
        terms: of the link.
        date: business day of its settlement.
    """
    own = [leg for leg in terms.legs if leg.system == terms.decider]
    other = next(leg for leg in terms.legs if leg.system != terms.decider)
    countries = (_country_of(own[0].payer), _country_of(other.payer))
    parties = {_country_of(bic) for leg in terms.legs for bic in (leg.payer, leg.payee)}
    for leg in terms.legs:
        if not _is_national(leg, parties, date):
            return countries, leg.currency, leg.amount
    same = [leg for leg in own if leg.currency == own[0].currency]
    return countries, own[0].currency, sum(leg.amount for leg in same)


def _country_of(bic: str) -> str:
    """The country of a participant, by its BIC."""
    return find_country(bic[4:6]).alpha3


def _is_national(leg: LinkLeg, countries: set[str], date: datetime.date) -> bool:
    currency = find_currency(leg.currency)
    return any(find_country(code).issues(currency, date) for code in countries)
