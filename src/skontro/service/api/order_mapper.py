"""Mapping between names of the API and numbers of the engine."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from pydantic_core import to_json

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, uetr_bytes, uetr_text
from skontro.ledger import OrderIndex
from skontro.ledger.order_records import status_name
from skontro.ledger.postgres.tables import Records
from skontro.model import (
    FIRST_DATE,
    LAST_DATE,
    Currency,
    InputError,
    ParticipantDirectory,
    PaymentClass,
    PaymentType,
    ReasonCode,
    ScreeningOutcome,
    SettlementAccount,
    format_amount,
    parse_amount,
    timestamp_text,
)
from skontro.service.api.order_reader import OrderReader
from skontro.service.api.problems import Problem, not_found
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.requests import View
from skontro.system import Rules
from skontro.system.acceptance import date_of, day_number


class OrderMapper:
    """Maps orders, accounts and amounts of the API to those of one system, and back.

    Its `reader` reads orders of requests.

    Args:
        rules: rules of the system.
        order_index: durable orders and requests.
        view: gives the published state; participants change.
    """

    def __init__(self, rules: Rules, order_index: OrderIndex, view: Callable[[], View]) -> None:
        self.rules, self.order_index, self._view = rules, order_index, view
        self.reader = OrderReader(lambda: self.directory)

    @property
    def directory(self) -> ParticipantDirectory:
        """Participants and accounts whose acceptance is durable."""
        return self._view().directory

    @property
    def currencies(self) -> Mapping[str, Currency]:
        """Currencies of the accounts, by code."""
        return self.reader.currencies

    def account(self, bic: str, currency: str) -> int:
        """The number of an account.

        Raises:
            Problem: there is no such account.
        """
        number = self.directory.account_number(bic, currency)
        if number is None:
            raise not_found(f"{bic} has no settlement account in {currency}")
        return number

    def accounts_of(self, bic: str) -> list[int]:
        """The numbers of all accounts of a participant."""
        return [n for n, a in enumerate(self.directory.accounts) if a.bic == bic]

    def minor(self, amount: str, account: SettlementAccount) -> int:
        """An amount in the account's minor units.

        Raises:
            Problem: it cannot be read.
        """
        try:
            return parse_amount(amount, account.currency)
        except InputError as error:
            raise Problem(
                422, "Amount cannot be read", str(error), ReasonCode.WRONG_EXPONENT
            ) from None

    def index_of(self, uetr: str) -> int:
        """The index of an order.

        Raises:
            Problem: there is no such order.
        """
        index = self.order_index.index_of(uetr_bytes(uetr))
        if index is None:
            raise not_found(f"no order {uetr} is known")
        return index

    def number_of(self, uetr: str) -> int:
        """The engine's number of an order.

        Raises:
            Problem: there is no such order, or it has not reached the engine.
        """
        number = int(self.order_index.order(self.index_of(uetr))["number"])
        if number < 0:
            raise Problem(409, "Not in settlement", f"order {uetr} has not asked for settlement")
        return number

    def may_see(self, identity: Identity, order: Any) -> bool:  # noqa: ANN401  one record
        """Whether the caller may see the order."""
        accounts = self.directory.accounts
        sides = (accounts[int(order["payer"])].bic, accounts[int(order["payee"])].bic)
        return identity.is_operator or identity.side in sides

    def order_out(self, order: Any) -> dict[str, Any]:  # noqa: ANN401  one record
        """An order in the form of the API."""
        payer = self.directory.accounts[int(order["payer"])]
        payee = self.directory.accounts[int(order["payee"])]
        reason, number = int(order["reason"]), int(order["number"])
        date = int(order["value_date"])
        earliest, latest = int(order["earliest_now"]), int(order["latest_now"])
        return {
            "uetr": uetr_text(order["uetr"].tobytes()),
            "payer": payer.bic,
            "payee": payee.bic,
            "currency": payer.currency.code,
            "amount": format_amount(int(order["amount"]), payer.currency),
            "payment_class": PaymentClass(int(order["class_now"])).name.lower(),
            "payment_type": PaymentType(int(order["payment_type"])).name.lower(),
            "submitted_at": timestamp_text(int(order["time"])),
            "status": status_name(int(order["status"])),
            "reason": _reason_name(reason),
            "status_at": timestamp_text(int(order["status_time"])),
            "number": number if number >= 0 else None,
            "batch": int(order["batch"]),
            "position": int(order["position"]),
            "value_date": _date_text(date) if date else None,
            "earliest_at": None if earliest == ANY_TIME_BEFORE else timestamp_text(earliest),
            "latest_at": None if latest == ANY_TIME_AFTER else timestamp_text(latest),
            **self._counterleg_out(order),
            "screening": ScreeningOutcome(int(order["screening"])).name.lower(),
            "details": None,
            "evidence": None,
        }

    def _counterleg_out(self, order: Any) -> dict[str, Any]:  # noqa: ANN401  one record
        uetr = order["counterleg"].tobytes()
        terms = None
        if order["counterleg_amount"]:
            payer = self.directory.accounts[int(order["counterleg_payer"])]
            terms = {
                "payer": payer.bic,
                "payee": self.directory.accounts[int(order["counterleg_payee"])].bic,
                "currency": payer.currency.code,
                "amount": format_amount(int(order["counterleg_amount"]), payer.currency),
            }
        return {
            "counterleg": uetr_text(uetr) if any(uetr) else None,
            "counterleg_terms": terms,
        }

    def entry_out(self, order: Any) -> dict[str, Any]:  # noqa: ANN401  one record
        """The first outcome of an order."""
        reason = int(order["entry_reason"])
        return {
            "uetr": uetr_text(order["uetr"].tobytes()),
            "status": status_name(int(order["entry_status"])),
            "reason": _reason_name(reason),
            "at": timestamp_text(int(order["entry_time"])),
            "batch": int(order["batch"]),
        }

    def entries_out(self, orders: Records) -> bytes:
        """The first outcomes of many orders, as the JSON of an answer.

        Most of them differ in the UETR alone. So the rest is written once for each outcome.
        """
        uetr, *rest = _ENTRY_FIELDS
        outcomes = np.zeros(len(orders), np.int64)
        for name in rest:
            values, place = np.unique(orders[name], return_inverse=True)
            outcomes = outcomes * len(values) + place
        _, first, places = np.unique(outcomes, return_index=True, return_inverse=True)
        ends = []
        for one in orders[first]:
            text = to_json(self.entry_out(one))
            ends.append(text[text.index(b",") :])
        texts = uetr_texts(orders[uetr])
        entries = [
            b'{"uetr":"' + text + b'"' + ends[place]
            for text, place in zip(texts, places.tolist(), strict=True)
        ]
        return b'{"orders":[' + b",".join(entries) + b"]}"


#: Fields of a record that an entry shows; the UETR comes first.
_ENTRY_FIELDS: Final = ("uetr", "entry_status", "entry_reason", "entry_time", "batch")
_HEX_DIGITS: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_DASHES: Final = (8, 13, 18, 23)


def uetr_texts(uetrs: Records) -> list[bytes]:
    """The texts of UETRs of 16 bytes each."""
    if not len(uetrs):
        return []
    given = np.ascontiguousarray(uetrs).view(np.uint8).reshape(-1, 16)
    digits = np.empty((len(given), 32), np.uint8)
    digits[:, 0::2], digits[:, 1::2] = _HEX_DIGITS[given >> 4], _HEX_DIGITS[given & 15]
    text = np.full((len(given), 36), ord("-"), np.uint8)
    text[:, [place for place in range(36) if place not in _DASHES]] = digits
    found: list[bytes] = text.reshape(-1).view("S36").tolist()
    return found


def _reason_name(number: int) -> str | None:
    """The name of a reason code; a number unknown to this version stays a number."""
    if not number:
        return None
    try:
        return ReasonCode(number).name
    except ValueError:
        return f"REASON_{number}"


def _date_text(number: int) -> str:
    """The ISO 8601 date of a day number, limited to the dates that the API accepts."""
    within = min(max(number, day_number(FIRST_DATE)), day_number(LAST_DATE))
    return date_of(within).isoformat()
