"""The third step of validation: a valid message against the state of this system."""

import datetime
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

import attrs

from skontro.messages.content import Content, Findings, Money
from skontro.messages.findings import FindingCode, Step
from skontro.messages.identifiers import faults, participant_bic
from skontro.messages.instructed_order import InstructedOrder
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import ELEMENTS
from skontro.messages.values import exact
from skontro.model import InputError, find_currency

_SEMANTICS: Final = Step.SEMANTICS


@attrs.frozen
class Places:
    """Elements of a transaction in which findings about its order are placed."""

    payer: str = "InstgAgt"
    payee: str = "InstdAgt"
    amount: str = "IntrBkSttlmAmt"
    date: str = "IntrBkSttlmDt"


TRANSFER: Final = Places()


def check_order(
    order: InstructedOrder,
    view: SystemView,
    findings: Findings,
    places: Places = TRANSFER,
    *,
    sent_by_payee: bool = False,
) -> InstructedOrder:
    """Directory, calendar, currency, identifiers and duplicates of one order.

    Args:
        order: as read.
        view: what the system knows; what it does not know is not checked.
        findings: about the transaction's element.
        places: elements in which findings are placed.
        sent_by_payee: whether the payee sends it, and not the payer.

    Returns:
        The order with payer and payee as the directory has them.
    """
    payer, payee = participant_bic(order.payer, view), participant_bic(order.payee, view)
    if (payer, payee) != (order.payer, order.payee):
        order = attrs.evolve(order, payer=payer, payee=payee)
    _check_identifiers(order, findings)
    check_settlement(payer, payee, order.currency, order.value_date, view, findings, places)
    check_sender(payee if sent_by_payee else payer, view, findings, places, payee=sent_by_payee)
    if order.uetr and view.knows_uetr(order.uetr):
        text = f"{order.uetr} is known: an order with it was entered before"
        findings.add(_SEMANTICS, "PmtId/UETR", FindingCode.DUPLICATE_TRANSACTION, text)
    return order


def _check_identifiers(order: InstructedOrder, findings: Findings) -> None:
    for role, scheme, fault in faults(order.details):
        element = ELEMENTS[role.removeprefix("underlying_")]
        below = "UndrlygCstmrCdtTrf/" if role.startswith("underlying_") else ""
        code = (
            FindingCode.INVALID_PARTY_IDENTIFIER
            if scheme == "LEI"
            else FindingCode.IDENTIFICATION_INCONSISTENT
        )
        findings.add(_SEMANTICS, below + element, code, f"{scheme}: {fault}")


def check_sender(
    bic: str,
    view: SystemView,
    findings: Findings,
    places: Places = TRANSFER,
    *,
    payee: bool = False,
) -> None:
    """Whether the sender of a message is the one whose account it is about."""
    if view.sender is not None and participant_bic(view.sender, view) != bic:
        text = f"is {bic}; {view.sender} sent the message and may instruct for itself alone"
        place = places.payee if payee else places.payer
        findings.add(_SEMANTICS, place, FindingCode.INCORRECT_AGENT, text)


def check_settlement(
    payer: str,
    payee: str,
    currency: str,
    day: datetime.date | None,
    view: SystemView,
    findings: Findings,
    places: Places = TRANSFER,
) -> None:
    """Whether payer and payee have accounts in the currency, and whether it settles on the day."""
    if payer == payee:
        text = f"is {payee}, as the payer: payer and payee are one participant"
        findings.add(_SEMANTICS, places.payee, FindingCode.INCORRECT_AGENT, text)
    for element, bic, code in (
        (places.payer, payer, FindingCode.UNKNOWN_DEBTOR_AGENT),
        (places.payee, payee, FindingCode.UNKNOWN_CREDITOR_AGENT),
    ):
        if view.directory is None:
            continue
        if bic not in view.directory:
            findings.add(_SEMANTICS, element, code, f"{bic} is no participant of this system")
        elif view.directory.account_number(bic, currency) is None:
            text = f"{bic} has no account in {currency}"
            findings.add(_SEMANTICS, element, FindingCode.NOT_ALLOWED_CURRENCY, text)
    if day is not None:
        _check_day(currency, day, view, findings, places)


def _check_day(
    currency: str, day: datetime.date, view: SystemView, findings: Findings, places: Places
) -> None:
    def add(code: FindingCode, text: str) -> None:
        findings.add(_SEMANTICS, places.date, code, text)

    today = view.business_date
    if today is not None and day < today:
        add(FindingCode.INVALID_DATE, f"{day} is past; the business day is {today}")
    elif today is not None and day > today + datetime.timedelta(view.most_days_ahead):
        text = f"{day} is more than {view.most_days_ahead} days after the business day {today}"
        add(FindingCode.FUTURE_DATE_TOO_FAR, text)
    if view.calendar is not None:
        if not view.calendar.is_business_day(day):
            add(FindingCode.NON_BUSINESS_DAY, f"{day} is no business day of this system")
        elif not view.calendar.is_open_for(currency, day):
            add(FindingCode.NON_BUSINESS_DAY, f"{currency} takes no orders on {day}")
    fault = _not_in_use(currency, day)
    if fault:
        findings.add(_SEMANTICS, places.amount, FindingCode.NOT_ALLOWED_CURRENCY, fault)


@lru_cache(maxsize=4_096)
def _not_in_use(currency: str, day: datetime.date) -> str:
    """Why a currency cannot be used on a day; empty if it can."""
    try:
        find_currency(currency).refuse_unless_current(day, day)
    except InputError as error:
        return str(error)
    return ""


class Totals:
    """Number and exact sums of transactions, one after the other."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = Decimal(0)
        self._currencies: dict[str, None] = {}
        self._readable = True

    def add(self, money: Money | None) -> None:
        """Count one transaction with its amount."""
        self.count += 1
        if money is None:
            self._readable = False
            return
        try:
            self._sum += exact(money.number)
        except InvalidOperation:
            self._readable = False
        self._currencies[money.currency] = None

    def check(self, header: Content, findings: Findings) -> None:
        """Compare with the totals that a group header states."""
        stated = header.get("NbOfTxs")
        if isinstance(stated, str) and int(stated) != self.count:
            text = f"is {stated}; the message has {self.count:,} transactions"
            findings.add(_SEMANTICS, "NbOfTxs", FindingCode.INVALID_NUMBER_OF_TRANSACTIONS, text)
        if not self._readable:
            return
        control = header.get("CtrlSum")
        if isinstance(control, str) and exact(control) != self._sum:
            text = f"is {control}; the amounts add up to {self._sum}"
            findings.add(_SEMANTICS, "CtrlSum", FindingCode.INVALID_CONTROL_SUM, text)
        total = header.get("TtlIntrBkSttlmAmt")
        if isinstance(total, Money):
            self._check_total(total, findings)

    def _check_total(self, total: Money, findings: Findings) -> None:
        others = [code for code in self._currencies if code != total.currency]
        if others:
            text = f"is in {total.currency}, transactions are in {', '.join(others)}"
            code = FindingCode.INVALID_TRANSACTION_CURRENCY
            findings.add(_SEMANTICS, "TtlIntrBkSttlmAmt", code, text)
        elif exact(total.number) != self._sum:
            text = f"is {total.number}; the amounts add up to {self._sum}"
            code = FindingCode.INVALID_CONTROL_SUM
            findings.add(_SEMANTICS, "TtlIntrBkSttlmAmt", code, text)


def repeated(orders: Sequence[InstructedOrder | None]) -> dict[int, int]:
    """Positions of orders whose UETR an earlier order of the message has, with its position."""
    first: dict[str, int] = {}
    found: dict[int, int] = {}
    for position, order in enumerate(orders):
        if order is not None and first.setdefault(order.uetr, position) != position:
            found[position] = first[order.uetr]
    return found
