"""The messages of a settled period: answers to the messages read, and the entries of all accounts.

Each kind is one file with all messages in an envelope: answers in the order of the original
messages, account reports by participant.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO, Final

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.files.refusals import FIRST_ROW
from skontro.files.writing import replacing
from skontro.messages.answers import (
    answer_that_refuses,
    answer_to_orders,
    answer_to_refused,
    receiver_of,
)
from skontro.messages.message_read import MessageRead
from skontro.messages.payment_rows import MessageFiles, why_no_payment
from skontro.messages.writers.account_reports import AccountReport, write_account_report
from skontro.messages.writers.entries import Entry
from skontro.messages.writers.heading import Heading, Institution
from skontro.messages.writers.status_codes import TRANSACTION_STATUSES, status_reason
from skontro.messages.writers.status_report import TransactionStatus
from skontro.messages.writers.versions import DEFAULTS, WRITTEN
from skontro.model import OrderStatus, ReasonCode, find_currency, from_timestamp, to_timestamp
from skontro.model.payment_details import NO_DETAILS

ANSWERS_FILE: Final = "pacs.002.xml"
STATEMENTS_FILE: Final = "camt.053.xml"
NOTIFICATIONS_FILE: Final = "camt.054.xml"
#: Every file that is written.
MESSAGE_FILES: Final = (ANSWERS_FILE, STATEMENTS_FILE, NOTIFICATIONS_FILE)

#: Most transactions of an answer, and most entries of an account report.
MOST_OF_A_MESSAGE: Final = 2_000

_OPENING, _CLOSING = b"<?xml version='1.0' encoding='UTF-8'?>\n<Messages>\n", b"</Messages>\n"
#: Columns of the orders that answers need.
_OF_ORDERS: Final = ("row", "status", "reason", "order", "submitted_at", "final_at")


def write_messages(folder: Path, results: Results, messages: MessageFiles) -> None:
    """Write the messages of a period into a folder.

    The same results give the same bytes; every message says that it was created when the last day
    closed.

    Args:
        folder: that of the results.
        results: of the period.
        messages: that the payments came in; none of them where they came in other files.

    Raises:
        InputError: a balance does not fit into a message, or the files cannot be written.
    """
    writer = _Writer(results, messages)
    for name, content in (
        (ANSWERS_FILE, writer.answers()),
        (STATEMENTS_FILE, writer.reports("camt.053")),
        (NOTIFICATIONS_FILE, writer.reports("camt.054")),
    ):
        with _messages(folder / name) as file:
            for message in content:
                file.write(message.partition(b"\n")[2])


@contextmanager
def _messages(path: Path) -> Iterator[BinaryIO]:
    with replacing(path) as file:
        file.write(_OPENING)
        yield file
        file.write(_CLOSING)


class _Writer:
    def __init__(self, results: Results, messages: MessageFiles) -> None:
        self._results, self._messages = results, messages
        self._system = Institution(results.name)
        self._at = results.business_days[-1].closes_at
        self._names: dict[str, str] = dict(results.accounts.select("bic", "name").iter_rows())

    def _heading(self, kind: str, number: int, receiver: Institution, header: str) -> Heading:
        date = self._results.business_days[-1].date
        return Heading(f"{date:%Y%m%d}-{kind}-{number}", self._at, self._system, receiver, header)

    def answers(self) -> Iterable[bytes]:
        """Status reports and rejections, in the order of the messages that they answer.

        That to a message with many transactions is several, each about the next of them.
        """
        rows = self._results.orders.select(_OF_ORDERS).drop_nulls("row").sort("row")
        for number, received in enumerate(self._messages.received, 1):
            message, orders = received.message, received.orders
            for part in range(max(1, ceil(len(orders) / MOST_OF_A_MESSAGE))):
                heading = self._heading_of_answer(message, number, part)
                begin = part * MOST_OF_A_MESSAGE
                some = orders[begin : begin + MOST_OF_A_MESSAGE]
                if not message.accepted:
                    yield answer_to_refused(heading, message)
                elif some:
                    yield answer_to_orders(heading, message, [*self._statuses(some, rows)])
                else:
                    yield answer_that_refuses(heading, message, [why_no_payment(message)])

    def _heading_of_answer(self, message: MessageRead, number: int, part: int) -> Heading:
        header = "" if message.header is None else message.header.name
        kind = f"ANSWER-{number}-PART" if part else "ANSWER"
        receiver = receiver_of(message, self._names)
        return self._heading(kind, part + 1 if part else number, receiver, header)

    def _statuses(self, orders: range, rows: pl.DataFrame) -> Iterable[TransactionStatus]:
        """Statuses of orders that are kept next to each other, from their rows of the results."""
        numbers = range(orders.start + FIRST_ROW, orders.stop + FIRST_ROW)
        begin, end = (rows["row"].search_sorted(one) for one in (numbers.start, numbers.stop))
        outcomes = {one["row"]: one for one in rows[begin:end].iter_rows(named=True)}
        for row, reference in zip(numbers, self._messages.kept.references(orders), strict=True):
            outcome = outcomes.get(row)
            refused = TransactionStatus(
                status="RJCT",
                reasons=tuple(self._messages.faults.get(row, [])),
                instruction_id=reference.instruction_id,
                end_to_end_id=reference.end_to_end_id,
                transaction_id=reference.transaction_id,
                uetr=reference.uetr,
            )
            if outcome is None:
                yield refused
                continue
            reason = outcome["reason"]
            code = None if reason is None else status_reason(ReasonCode[reason])
            settled = outcome["status"] == OrderStatus.SETTLED
            yield attrs.evolve(
                refused,
                status=TRANSACTION_STATUSES[outcome["status"]],
                reasons=() if code is None else (code,),
                order=str(outcome["order"]),
                accepted_at=to_timestamp(outcome["submitted_at"]),
                settled_at=to_timestamp(outcome["final_at"]) if settled else None,
            )

    def reports(self, kind: str) -> Iterable[bytes]:
        """The messages of each participant that has accounts: statements or notifications.

        A message has a part for each account and day, as long as it has few enough entries. An
        account with too many entries on one day has several pages.
        """
        version = DEFAULTS.get(kind, WRITTEN[kind][-1])
        by_owner = self._results.accounts.partition_by("bic", as_dict=True, maintain_order=True)
        of_account = self._results.statements.partition_by("account", as_dict=True)
        number = 0
        for (bic,), accounts in by_owner.items():
            owner = Institution(self._names[bic], bic)
            parts = (
                report
                for account in accounts.iter_rows(named=True)
                for report in self._of_account(
                    account, owner, of_account.get((account["account"],)), kind
                )
            )
            for some in _in_messages(parts):
                number += 1
                name = kind.replace(".", "").upper()
                heading = self._heading(name, number, owner, "head.001.001.02")
                yield write_account_report(heading, some, version)

    def _of_account(
        self,
        account: Mapping[str, Any],
        owner: Institution,
        postings: pl.DataFrame | None,
        kind: str,
    ) -> Iterable[AccountReport]:
        """A part for each day and page; of notifications only for days with entries."""
        days = self._results.business_days
        balance, rest = account["opening_balance_minor"], postings
        for day in days:
            found = None
            if rest is not None:
                end = rest["settled_at"].search_sorted(from_timestamp(day.closes_at), side="right")
                # The last day has all that is left.
                count = rest.height if day is days[-1] else int(end)
                found, rest = rest[:count], rest[count:]
            many = 0 if found is None else found.height
            pages = ceil(many / MOST_OF_A_MESSAGE)
            for page in range(max(pages, int(kind == "camt.053"))):
                begin = page * MOST_OF_A_MESSAGE
                some = (
                    []
                    if found is None
                    else found[begin : begin + MOST_OF_A_MESSAGE].rows(named=True)
                )
                opening, balance = balance, some[-1]["balance_minor"] if some else balance
                code = account["currency"]
                yield AccountReport(
                    report_id=f"{day.date:%Y%m%d}-{owner.bic}-{code}",
                    owner=owner,
                    currency=find_currency(code),
                    begins_at=day.opens_at,
                    ends_at=day.closes_at,
                    opening=opening,
                    closing=balance,
                    entries=[self._entry(row, owner) for row in some],
                    page=page + 1,
                    is_last_page=page + 1 >= pages,
                )

    def _entry(self, row: Mapping[str, Any], owner: Institution) -> Entry:
        is_credit, uetr = row["debit_minor"] is None, row["uetr"]
        other = row["counterparty"]
        sides = None if other is None else (owner, Institution(self._names[other], other))
        payer, payee = (None, None) if sides is None else sides[:: -1 if is_credit else 1]
        return Entry(
            reference=str(row["entry"]),
            amount=row["credit_minor"] if is_credit else row["debit_minor"],
            is_credit=is_credit,
            settled_at=to_timestamp(row["settled_at"]),
            uetr=uetr or "",
            payer=payer,
            payee=payee,
            details=self._messages.kept.get(uetr, NO_DETAILS),
        )


def _in_messages(parts: Iterable[AccountReport]) -> Iterator[list[AccountReport]]:
    """Parts in groups for messages: none has too many entries, unless it is a part by itself."""
    group, entries = list[AccountReport](), 0
    for part in parts:
        if group and entries + len(part.entries) > MOST_OF_A_MESSAGE:
            yield group
            group, entries = [], 0
        group.append(part)
        entries += len(part.entries)
    if group:
        yield group
