"""camt.004 and camt.006: accounts and orders, as queries ask for them."""

import datetime
from collections.abc import Sequence
from typing import Final

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.account_reports import account_identification
from skontro.messages.writers.elements import (
    MAX_AMOUNT_DIGITS,
    add,
    add_amount,
    add_text,
    add_timestamp,
    amount_text,
    root,
)
from skontro.messages.writers.entries import direction
from skontro.messages.writers.heading import (
    Heading,
    Institution,
    Original,
    add_agent,
    add_group_header,
    written,
)
from skontro.messages.writers.status_codes import StatusReason
from skontro.messages.writers.status_report import UNKNOWN
from skontro.model import Currency

#: Balances of an account (`ExternalSystemBalanceType1Code`): current, credit line, and both.
CURRENT, CREDIT, AVAILABLE = "CRRT", "CRDT", "AVLB"
BALANCE_TYPES: Final = (CURRENT, CREDIT, AVAILABLE)

#: Element and code of an order's status (`PendingStatus4Code`, `FinalStatus1Code`).
QUERY_STATUSES: Final = {
    "warehoused": ("Pdg", "ACPD"),
    "held": ("Pdg", "SSPD"),
    "queued": ("Pdg", "PSTL"),
    "earmarked": ("Pdg", "PSTL"),
    "settled": ("Fnl", "STLD"),
    "rejected": ("Fnl", "RJTD"),
    "returned": ("Fnl", "RJTD"),
    "cancelled": ("Fnl", "CAND"),
}
_PRIORITIES: Final = {"urgent": "URGT", "high": "HIGH", "normal": "NORM"}
#: Proprietary error of an account that the sender of the query does not have.
_NO_ACCOUNT: Final = "NO_SETTLEMENT_ACCOUNT"
_NO_ORDER: Final = "NO_ORDER"


@attrs.frozen
class AccountState:
    """An account now.

    Attributes:
        owner: of the account.
        currency: of the account.
        balance, credit_line: minor units; a balance may be negative.
        at: time of both, microseconds.
    """

    owner: Institution
    currency: Currency
    balance: int
    credit_line: int
    at: int


def write_accounts(
    heading: Heading,
    original: Original,
    accounts: Sequence[AccountState],
    unknown: Sequence[str] = (),
    balance_types: Sequence[str] = BALANCE_TYPES,
) -> bytes:
    """Write a camt.004.

    A balance of more than 18 digits is left out, since the schema has no place for it.

    Args:
        heading: of the answer.
        original: the query.
        accounts: that it asks for.
        unknown: identifications in the query that name no such account.
        balance_types: balances to be given, of `BALANCE_TYPES`.
    """
    message_name = "camt.004.001.08"
    document = root(message_name)
    answer = add(document, "RtrAcct")
    _add_header(answer, heading, original)
    report = add(answer, "RptOrErr")
    for account in accounts:
        _add_account(report, account, heading.sender, balance_types)
    for identification in unknown:
        part = add(report, "AcctRpt")
        add_text(part, "AcctId/Othr/Id", identification, 34)
        _add_error(part, "AcctOrErr/BizErr", _NO_ACCOUNT, "you have no such account")
    if not accounts and not unknown:
        _add_error(report, "OprlErr", _NO_ACCOUNT, "you have no account that fits")
    return written(heading, document, message_name)


def _add_account(
    report: Element, account: AccountState, system: Institution, balance_types: Sequence[str]
) -> None:
    part = add(report, "AcctRpt")
    owner, currency = account.owner, account.currency
    add(part, "AcctId/Othr/Id").text = account_identification(owner.bic, currency)
    content = add(part, "AcctOrErr/Acct")
    add(content, "Ccy").text = currency.code
    holder = add(content, "Ownr")
    add_text(holder, "Nm", owner.name, 140)
    add(holder, "Id/OrgId/AnyBIC").text = owner.bic
    add_agent(content, "Svcr", system)
    amounts = {
        CURRENT: account.balance,
        CREDIT: account.credit_line,
        AVAILABLE: account.balance + account.credit_line,
    }
    for kind in BALANCE_TYPES:
        amount = amounts[kind]
        if kind in balance_types and abs(amount) < 10**MAX_AMOUNT_DIGITS:
            balance = add(content, "MulBal")
            add(balance, "Amt").text = amount_text(abs(amount), currency)
            add(balance, "CdtDbtInd").text = direction(amount >= 0)
            add(balance, "Tp/Cd").text = kind
            add_timestamp(balance, "ValDt/DtTm", account.at)


@attrs.frozen(kw_only=True)
class OrderReport:
    """An order, as one of its sides sees it.

    Attributes:
        reference: of the system, 1 to 35 characters.
        uetr, end_to_end_id, message_id: references; the last two empty where not given.
        payer, payee: the two participants.
        currency, amount: the amount in minor units, above zero.
        value_date: day of settlement.
        payment_class: name of the class now.
        status: name of the status now.
        status_at: since when, microseconds.
        reasons: of the status.
        is_credit: whether the receiver of the answer is the payee.
    """

    reference: str
    uetr: str
    end_to_end_id: str = ""
    message_id: str = ""
    payer: Institution
    payee: Institution
    currency: Currency
    amount: int
    value_date: datetime.date
    payment_class: str
    status: str
    status_at: int
    reasons: tuple[StatusReason, ...] = ()
    is_credit: bool


def write_orders(heading: Heading, original: Original, orders: Sequence[OrderReport]) -> bytes:
    """Write a camt.006.

    Args:
        heading: of the answer.
        original: the query.
        orders: that it asks for; none gives an error inside the answer.
    """
    message_name = "camt.006.001.08"
    document = root(message_name)
    answer = add(document, "RtrTx")
    _add_header(answer, heading, original)
    report = add(answer, "RptOrErr")
    if not orders:
        _add_error(report, "OprlErr", _NO_ORDER, "you have no order that fits")
        return written(heading, document, message_name)
    content = add(report, "BizRpt")
    add(content, "TxsSummry/NbOfNtries").text = str(len(orders))
    for order in orders:
        part = add(content, "TxRpt")
        _add_identification(add(part, "PmtId/LngBizId"), order)
        _add_order(add(part, "TxOrErr/Tx"), order)
    return written(heading, document, message_name)


def _add_identification(parent: Element, order: OrderReport) -> None:
    add(parent, "TxId").text = order.reference
    add(parent, "UETR").text = order.uetr
    add(parent, "IntrBkSttlmAmt").text = amount_text(order.amount, order.currency)
    add(parent, "IntrBkSttlmDt").text = order.value_date.isoformat()
    add_agent(parent, "InstgAgt", order.payer)
    add_agent(parent, "InstdAgt", order.payee)
    add_text(parent, "EndToEndId", order.end_to_end_id, 35)


def _add_order(parent: Element, order: OrderReport) -> None:
    for tag, side in (("PmtTo", order.payee), ("PmtFr", order.payer)):
        add_agent(parent, f"{tag}/MmbId", side)
    add(parent, "CdtDbtInd").text = direction(order.is_credit)
    payment = add(parent, "Pmt")
    add_text(payment, "MsgId", order.message_id, 35)
    status = add(payment, "Sts")
    tag, code = QUERY_STATUSES[order.status]
    add(status, f"Cd/{tag}").text = code
    add_timestamp(status, "DtTm/DtTm", order.status_at)
    for reason in order.reasons:
        add_text(status, "Rsn/Prtry", reason.code, 35)
    add_amount(payment, "IntrBkSttlmAmt/AmtWthCcy", order.amount, order.currency)
    add(payment, "Prty/Cd").text = _PRIORITIES[order.payment_class]


def _add_header(parent: Element, heading: Heading, original: Original) -> None:
    header = add_group_header(parent, heading, "MsgHdr")
    query = add(header, "OrgnlBizQry")
    add_text(query, "MsgId", original.message_id or UNKNOWN, 35)
    add_text(query, "MsgNmId", original.message_name, 35)
    add_timestamp(query, "CreDtTm", original.created_at)


def _add_error(parent: Element, path: str, code: str, text: str) -> None:
    error = add(parent, path)
    add(error, "Err/Prtry").text = code
    add_text(error, "Desc", text, 140)
