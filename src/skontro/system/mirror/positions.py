"""The mirror of two systems: money at home, money abroad, and the payments under way between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from skontro.model import find_currency, format_amount
from skontro.system.mirror.mirror_accounts import agreed, mirror_account
from skontro.system.mirror.payment_book import PaymentBook
from skontro.system.mirror.payment_table import Cause, Stage
from skontro.system.mirror.payment_terms import PaymentKey, PaymentTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


@attrs.frozen
class PaymentPosition:
    """A payment in the records of both systems.

    Attributes:
        terms: by its origin, or by its destination where the origin does not have it.
        sent: whether the payer's order is final.
        returned: whether the payer has the money again.
        paid: whether the payee has it.
        same_terms: whether both records have the same terms, where both have the payment.
    """

    terms: PaymentTerms
    sent: bool
    returned: bool
    paid: bool
    same_terms: bool

    @property
    def under_way(self) -> int:
        """Minor units under way; below zero where more was paid than was sent."""
        return self.terms.amount * (self.sent - self.returned - self.paid)

    @property
    def problem(self) -> str:
        """Why both records cannot be right; empty if they can."""
        if not self.same_terms:
            return "the records have different terms"
        if self.paid and not self.sent:
            return f"paid in {self.terms.destination}, and not sent by {self.terms.origin}"
        if self.paid and self.returned:
            return "paid to the payee, and returned to the payer"
        return ""


@attrs.frozen
class MirrorPosition:
    """The mirror of one currency between two systems.

    Attributes:
        currency: ISO 4217 code.
        home, abroad: identifiers of the systems.
        vostro: balance of the account of the other system at home, minor units.
        mirror: all money in the currency abroad, minor units.
        payments: those under way, and those with a problem.
    """

    currency: str
    home: str
    abroad: str
    vostro: int
    mirror: int
    payments: tuple[PaymentPosition, ...]

    @property
    def under_way(self) -> int:
        """Value of the payments under way, minor units."""
        return sum(one.under_way for one in self.payments)

    @property
    def difference(self) -> int:
        """Money at home that is neither abroad nor under way, minor units; 0 if the mirror agrees.

        Payments explain it completely, so other postings have made any difference.
        """
        return self.vostro - self.mirror - self.under_way

    @property
    def evidence(self) -> str:
        """The figures, in units of the currency."""
        currency = find_currency(self.currency)
        vostro, mirror, under_way = (
            f"{format_amount(one, currency)} {self.currency}"
            for one in (self.vostro, self.mirror, self.under_way)
        )
        return (
            f"{self.abroad} has {vostro} at {self.home}; its banks hold {mirror}; under way: "
            f"{under_way}"
        )


def mirror_positions(one: SettlementSystem, other: SettlementSystem) -> tuple[MirrorPosition, ...]:
    """The mirrors between two systems, by currency.

    Args:
        one, other: as replayed from their records, in any order.

    Example:
        >>> [position.difference for position in mirror_positions(kazakh, kyrgyz)]
        [0, 0]
    """
    systems = {system.link_contracts.own_system: system for system in (one, other)}
    (first, second) = (one.link_contracts.own_system, other.link_contracts.own_system)
    contract = one.link_contracts.get(second)
    if contract is None or first == second:
        return ()
    codes = sorted(linked.currency for side in contract.sides for linked in side.currencies)
    found = []
    for code in codes:
        accounts = agreed(contract, code)
        if accounts is None:
            continue
        home, _ = accounts
        abroad = second if home == first else first
        payments = _payments(code, systems[home], systems[abroad])
        vostro = _vostro(systems[home], abroad, code)
        mirror = _mirror(systems[abroad], home, code)
        found.append(MirrorPosition(code, home, abroad, vostro, mirror, tuple(payments)))
    return tuple(found)


def _vostro(system: SettlementSystem, peer: str, currency: str) -> int:
    account = mirror_account(system, peer, currency)
    return 0 if account is None else int(system.engine.balances[account.number])


def _mirror(system: SettlementSystem, peer: str, currency: str) -> int:
    """All money in a currency, other than at the account that is its counterpart."""
    nostro = mirror_account(system, peer, currency)
    left_out = -1 if nostro is None else nostro.number
    return sum(
        int(system.engine.balances[number])
        for number, account in enumerate(system.directory.accounts)
        if account.currency.code == currency and number != left_out
    )


def _payments(
    currency: str, one: SettlementSystem, other: SettlementSystem
) -> Iterator[PaymentPosition]:
    """Payments between two systems that are under way or have a problem, by origin and UETR."""
    books = {system.link_contracts.own_system: system.payments for system in (one, other)}
    keys: dict[PaymentKey, PaymentTerms] = {}
    for book in books.values():
        for state in book:
            if state.terms.currency == currency and state.peer in books:
                keys.setdefault(state.terms.key, state.terms)
    for key in sorted(keys):
        position = _position(keys[key], books)
        if position.under_way or position.problem:
            yield position


def _position(terms: PaymentTerms, books: dict[str, PaymentBook]) -> PaymentPosition:
    origin, destination = books[terms.origin], books[terms.destination]
    sent, returned = _moved(origin, terms.key, origin=True)
    _, paid = _moved(destination, terms.key, origin=False)
    states = [book.get(terms.key) for book in (origin, destination)]
    known = [state.terms for state in states if state is not None]
    return PaymentPosition(known[0], sent, returned, paid, len({one.digest for one in known}) == 1)


def _moved(book: PaymentBook, key: PaymentKey, *, origin: bool) -> tuple[bool, bool]:
    """Whether the payer's order has settled here, and the order from the mirror account.

    Orders that have settled since the last batch of links are among them.
    """
    state = book.get(key)
    if state is None:
        return False, False
    since = {fact.cause for fact in book.facts if fact.key == key}
    stage = state.stage
    if not origin:
        return False, stage == Stage.PAID or Cause.ORDER_SETTLED in since
    sent = stage in (Stage.SENT, Stage.RETURNING, Stage.PAID, Stage.RETURNED)
    back = stage == Stage.RETURNED or Cause.ORDER_SETTLED in since
    return sent or Cause.LEG_SETTLED in since, back
