"""Between the words of the API and the numbers of the engine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from skontro.conduct import ADMITTED, COMMAND, Rules
from skontro.conduct.admission import date_of, day_number
from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, CommandKind
from skontro.ledger import Register
from skontro.ledger.order_records import status_name
from skontro.ledger.receipts import uetr_bytes, uetr_text
from skontro.ledger.tables import Records
from skontro.model import (
    FIRST_DATE,
    LAST_DATE,
    Currency,
    InputError,
    ParticipantDirectory,
    PaymentClass,
    Purpose,
    ReasonCode,
    SettlementAccount,
    format_amount,
    moment_text,
    parse_amount,
    to_timestamp,
)
from skontro.service.access import Identity
from skontro.service.duplicates import repeated
from skontro.service.groups import joined
from skontro.service.order_schemas import CounterlegTermsIn, OrderIn
from skontro.service.problems import Problem, in_use, not_found
from skontro.service.read_limits import unhurried
from skontro.service.work import View

#: Records made into an array at one time, while no other thread has the interpreter.
_RECORDS_AT_ONCE: Final = 200
_CLASSES: Final = {one.name.lower(): int(one) for one in PaymentClass}
_PURPOSES: Final = {one.name.lower(): int(one) for one in Purpose}
_SUBMIT, _SUBMIT_LEG = int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LEG)


class Desk:
    """Translates, for one system.

    Args:
        rules: of the system.
        register: of its orders.
        view: gives what is published now; who takes part changes.
    """

    def __init__(self, rules: Rules, register: Register, view: Callable[[], View]) -> None:
        self.rules, self.register, self._view = rules, register, view
        directory = self.directory
        #: The currencies by code, and the directory that they are of.
        self._currencies = directory, {c.code: c for c in directory.currencies}

    @property
    def directory(self) -> ParticipantDirectory:
        """Participants and accounts, as far as their admission is durable."""
        return self._view().directory

    @property
    def currencies(self) -> Mapping[str, Currency]:
        """Those in which accounts are held, by code."""
        directory = self.directory
        of, currencies = self._currencies
        if of is not directory:
            currencies = {c.code: c for c in directory.currencies}
            self._currencies = directory, currencies
        return currencies

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

    def order_rows(self, orders: Sequence[OrderIn], identity: Identity) -> Records:
        """Orders as rows.

        Raises:
            Problem: the caller is not the payer (403), an order cannot be read (422), or two have
                one UETR (409).
        """
        errors: list[dict[str, Any]] = []
        records: list[tuple[int | bytes, ...]] = []
        pieces: list[Records] = []
        for place, order in enumerate(unhurried(orders)):
            if order.payer != identity.side:
                raise Problem(
                    403,
                    "Not yours",
                    f"order {order.uetr}: only {order.payer} may submit orders that it pays",
                )
            records.append(self._record(place, order, errors))
            if len(records) == _RECORDS_AT_ONCE:
                pieces.append(np.array(records, COMMAND))
                records = []
        if errors:
            detail = f"{len(errors)} mistakes; none of the orders was taken"
            raise Problem(422, "Orders cannot be read", detail, errors=errors)
        rows = joined([*pieces, np.array(records, COMMAND)])
        # Here, in the caller's thread: the sequencer has no time for what is wrong by itself.
        if twice := repeated(rows["uetr"]):
            raise in_use(twice, "stand more than once in the request; none of its orders was taken")
        return rows

    def _record(
        self, place: int, order: OrderIn, errors: list[dict[str, Any]]
    ) -> tuple[int | bytes, ...]:
        """The order with the fields of `COMMAND`."""
        payer, payee, amount = self._sides(place, order, errors)
        earliest, latest = ANY_TIME_BEFORE, ANY_TIME_AFTER
        if order.earliest_at is not None:
            earliest = to_timestamp(order.earliest_at)
        if order.latest_at is not None:
            latest = to_timestamp(order.latest_at)
        if latest < earliest:
            reason = ReasonCode.TIMES_OUT_OF_ORDER
            errors.append(_error(place, "latest_at", reason, "comes before earliest_at"))
        return (
            _SUBMIT if order.counterleg is None else _SUBMIT_LEG,
            ADMITTED,
            0,  # the time is that of the batch
            payer,
            payee,
            amount,
            _CLASSES[order.payment_class],
            _PURPOSES[order.purpose],
            -1,
            earliest,
            latest,
            0 if order.value_date is None else day_number(order.value_date),
            uetr_bytes(order.uetr),
            *self._counterleg(place, order, errors),
        )

    def _counterleg(
        self, place: int, order: OrderIn, errors: list[dict[str, Any]]
    ) -> tuple[bytes, int, int, int]:
        """The fields of `COMMAND` about a counterleg; their defaults where there is none."""
        terms = order.counterleg_terms
        if order.counterleg is None:
            if terms is not None:
                detail = "is needed with counterleg_terms"
                errors.append(_error(place, "counterleg", ReasonCode.FIELD_MISSING, detail))
            return bytes(16), -1, -1, 0
        if order.counterleg == order.uetr:
            reason = ReasonCode.COUNTERLEG_UNKNOWN
            errors.append(_error(place, "counterleg", reason, "names the order itself"))
        sides = (-1, -1, 0)
        if terms is not None:
            sides = self._sides(place, terms, errors, "counterleg_terms/")
            if terms.currency == order.currency:
                reason = ReasonCode.LEGS_IN_ONE_CURRENCY
                field = "counterleg_terms/currency"
                errors.append(_error(place, field, reason, reason.explanation))
        return (uetr_bytes(order.counterleg), *sides)

    def _sides(
        self,
        place: int,
        order: OrderIn | CounterlegTermsIn,
        errors: list[dict[str, Any]],
        within: str = "",
    ) -> tuple[int, int, int]:
        """Account numbers and minor units; zeros where there are mistakes.

        Args:
            place, errors: of the order, and what is wrong so far.
            order: it, or the terms that it states.
            within: where in the order these fields are.
        """
        numbers = []
        for field, bic in (("payer", order.payer), ("payee", order.payee)):
            number = self.directory.account_number(bic, order.currency)
            if number is None:
                known = bic in self.directory
                reason = (
                    ReasonCode.NO_SETTLEMENT_ACCOUNT if known else ReasonCode.UNKNOWN_PARTICIPANT
                )
                errors.append(_error(place, within + field, reason, f"{bic} in {order.currency}"))
            numbers.append(0 if number is None else number)
        currency, amount = self.currencies.get(order.currency), 0
        if currency is not None:
            try:
                amount = parse_amount(order.amount, currency)
            except InputError as error:
                reason = ReasonCode.WRONG_EXPONENT
                errors.append(_error(place, within + "amount", reason, str(error)))
            else:
                if amount == 0:
                    reason = ReasonCode.AMOUNT_NOT_POSITIVE
                    errors.append(_error(place, within + "amount", reason, reason.explanation))
        if order.payer == order.payee:
            reason = ReasonCode.SAME_ACCOUNT
            errors.append(_error(place, within + "payee", reason, reason.explanation))
        return numbers[0], numbers[1], amount

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
        index = self.register.index_of(uetr_bytes(uetr))
        if index is None:
            raise not_found(f"no order {uetr} is known")
        return index

    def number_of(self, uetr: str) -> int:
        """The engine's number of an order.

        Raises:
            Problem: there is no such order, or it has not come to the engine.
        """
        number = int(self.register.order(self.index_of(uetr))["number"])
        if number < 0:
            raise Problem(409, "Not in settlement", f"order {uetr} has not come to settlement")
        return number

    def may_see(self, identity: Identity, order: Any) -> bool:  # noqa: ANN401  one record
        """Whether the order is any of the caller's business."""
        accounts = self.directory.accounts
        sides = (accounts[int(order["payer"])].bic, accounts[int(order["payee"])].bic)
        return identity.is_operator or identity.side in sides

    def order_out(self, order: Any) -> dict[str, Any]:  # noqa: ANN401  one record
        """An order as the API tells it."""
        payer = self.directory.accounts[int(order["payer"])]
        payee = self.directory.accounts[int(order["payee"])]
        reason, number = int(order["reason"]), int(order["number"])
        date = int(order["value_date"])
        earliest, latest = int(order["earliest"]), int(order["latest"])
        return {
            "uetr": uetr_text(order["uetr"].tobytes()),
            "payer": payer.bic,
            "payee": payee.bic,
            "currency": payer.currency.code,
            "amount": format_amount(int(order["amount"]), payer.currency),
            "payment_class": PaymentClass(int(order["class_now"])).name.lower(),
            "purpose": Purpose(int(order["purpose"])).name.lower(),
            "submitted_at": moment_text(int(order["time"])),
            "status": status_name(int(order["status"])),
            "reason": _reason_name(reason),
            "status_at": moment_text(int(order["status_time"])),
            "number": number if number >= 0 else None,
            "batch": int(order["batch"]),
            "position": int(order["position"]),
            "value_date": _date_text(date) if date else None,
            "earliest_at": None if earliest == ANY_TIME_BEFORE else moment_text(earliest),
            "latest_at": None if latest == ANY_TIME_AFTER else moment_text(latest),
            **self._counterleg_out(order),
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
            "at": moment_text(int(order["entry_time"])),
            "batch": int(order["batch"]),
        }


def _reason_name(number: int) -> str | None:
    """The name of a reason code; a number that this version does not know stays one."""
    if not number:
        return None
    try:
        return ReasonCode(number).name
    except ValueError:
        return f"REASON_{number}"


def _date_text(number: int) -> str:
    """The date of a day number, ISO 8601; one that no gate takes as the nearest that it does."""
    within = min(max(number, day_number(FIRST_DATE)), day_number(LAST_DATE))
    return date_of(within).isoformat()


def _error(place: int, field: str, reason: ReasonCode, detail: str) -> dict[str, Any]:
    return {
        "pointer": f"/orders/{place}/{field}",
        "reason": reason.name,
        "reason_code": int(reason),
        "detail": detail,
    }
