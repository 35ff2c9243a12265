"""camt.052, camt.053 and camt.054: an account's report, statement, and debits and credits.

The three have one form: an account, balances, a summary and entries. A notification has no
balances, and a report of the running day has interim ones.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs

from skontro.messages.schema_store import Element
from skontro.messages.writers.elements import (
    MAX_AMOUNT_DIGITS,
    add,
    add_amount,
    add_text,
    add_timestamp,
    check_reference,
    root,
)
from skontro.messages.writers.entries import Entry, add_entry, direction
from skontro.messages.writers.heading import (
    Heading,
    Institution,
    add_agent,
    add_group_header,
    written,
)
from skontro.messages.writers.parties import LONG_IDENTIFIER, SHORT_IDENTIFIER
from skontro.model import Currency, format_amount

#: Elements of each message: the whole, one account's part, and the code of its closing balance.
_FORMS: Final = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt", "ITBD"),
    "camt.053": ("BkToCstmrStmt", "Stmt", "CLBD"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn", ""),
}


@attrs.frozen(kw_only=True)
class AccountReport:
    """An account over a time.

    Attributes:
        report_id: 1 to 35 characters.
        owner: of the account.
        currency: of the account.
        begins_at, ends_at: microseconds.
        opening, closing: balances in minor units, negative for overdrawn; not for notifications.
        entries: in order of settlement.
        page, is_last_page: place among the messages of one report.
    """

    report_id: str
    owner: Institution
    currency: Currency
    begins_at: int
    ends_at: int
    opening: int = 0
    closing: int = 0
    entries: Sequence[Entry] = ()
    page: int = 1
    is_last_page: bool = True

    def __attrs_post_init__(self) -> None:
        check_reference("report_id", self.report_id)


def write_account_report(
    heading: Heading, reports: Iterable[AccountReport], message_name: str
) -> bytes:
    """Write a camt.052, camt.053 or camt.054.

    Args:
        heading: of the message.
        reports: one of each account, at least one.
        message_name: with version, such as ``camt.053.001.08``.

    Raises:
        InputError: a balance has more digits than a message holds.
    """
    whole, part, closing_code = _FORMS[message_name[:8]]
    document = root(message_name)
    message = add(document, whole)
    add_group_header(message, heading)
    longest = LONG_IDENTIFIER if message_name == "camt.053.001.12" else SHORT_IDENTIFIER
    for report in reports:
        element = add(message, part)
        add(element, "Id").text = report.report_id
        pagination = add(element, f"{part}Pgntn")
        add(pagination, "PgNb").text = str(report.page)
        add(pagination, "LastPgInd").text = _flag(report.is_last_page)
        add_timestamp(element, "CreDtTm", heading.created_at)
        period = add(element, "FrToDt")
        add_timestamp(period, "FrDtTm", report.begins_at)
        add_timestamp(period, "ToDtTm", report.ends_at)
        _add_own_account(element, report, heading.sender)
        if closing_code:
            _add_balance(element, "OPBD", report.opening, report.currency, report.begins_at)
            _add_balance(element, closing_code, report.closing, report.currency, report.ends_at)
        _add_summary(element, report)
        for entry in report.entries:
            add_entry(element, entry, report.currency, longest)
    return written(heading, document, message_name)


def account_identification(bic: str, currency: Currency) -> str:
    """Identification of a settlement account: BIC of its owner and currency.

    Example:
        >>> from skontro.model import find_currency
        >>> account_identification("AAAAKZK0", find_currency("KZT"))
        'AAAAKZK0-KZT'
    """
    return f"{bic}-{currency.code}"


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _add_own_account(parent: Element, report: AccountReport, system: Institution) -> None:
    account = add(parent, "Acct")
    owner, currency = report.owner, report.currency
    add(account, "Id/Othr/Id").text = account_identification(owner.bic, currency)
    add(account, "Ccy").text = currency.code
    holder = add(account, "Ownr")
    add_text(holder, "Nm", owner.name, 140)
    add(holder, "Id/OrgId/AnyBIC").text = owner.bic
    add_agent(account, "Svcr", system)


def _add_balance(parent: Element, code: str, minor: int, currency: Currency, at: int) -> None:
    balance = add(parent, "Bal")
    add(balance, "Tp/CdOrPrtry/Cd").text = code
    add_amount(balance, "Amt", abs(minor), currency)
    add(balance, "CdtDbtInd").text = direction(minor >= 0)
    add_timestamp(balance, "Dt/DtTm", at)


def _add_summary(parent: Element, report: AccountReport) -> None:
    """Number and sum of entries; a sum that exceeds the schema is left out, the number stays."""
    summary = add(parent, "TxsSummry")
    net = sum(one.amount if one.is_credit else -one.amount for one in report.entries)
    for tag, kept in (
        ("TtlNtries", report.entries),
        ("TtlCdtNtries", [one for one in report.entries if one.is_credit]),
        ("TtlDbtNtries", [one for one in report.entries if not one.is_credit]),
    ):
        totals = add(summary, tag)
        add(totals, "NbOfNtries").text = str(len(kept))
        _add_sum(totals, "Sum", sum(one.amount for one in kept), report.currency)
        if tag == "TtlNtries" and _fits(net):
            _add_sum(totals, "TtlNetNtry/Amt", abs(net), report.currency)
            add(totals[-1], "CdtDbtInd").text = direction(net >= 0)


def _fits(minor: int) -> bool:
    return abs(minor) < 10**MAX_AMOUNT_DIGITS


def _add_sum(parent: Element, path: str, minor: int, currency: Currency) -> None:
    if _fits(minor):
        add(parent, path).text = format_amount(minor, currency)
