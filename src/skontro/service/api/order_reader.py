"""Orders of a request, from JSON to the engine's columns, each mistake with its JSON pointer.

The reader holds the interpreter for a few orders at a time, so that other threads get their turn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, Field, ValidationError

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    NO_UETR,
    CommandKind,
    commands_of,
    uetr_bytes,
)
from skontro.files.json_reading import NotJsonError, read_json
from skontro.model import (
    NO_DETAILS,
    Currency,
    InputError,
    ParticipantDirectory,
    Party,
    PaymentClass,
    PaymentDetails,
    PaymentType,
    ReasonCode,
    parse_amount,
    to_timestamp,
)
from skontro.service.api.order_schemas import MAX_ORDERS, CounterlegTermsIn, OrderIn
from skontro.service.api.problems import MAX_MISTAKES, Problem, in_use, mistake_of, other_form
from skontro.service.api.read_limits import in_turns
from skontro.service.api.schema_fields import In
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.idempotency import repeated
from skontro.service.sequencer.requests import ORDER_COLUMNS, ReadOrders
from skontro.system.acceptance import day_number

_Shape = TypeVar("_Shape", bound=BaseModel)

_CLASSES: Final = {one.name.lower(): int(one) for one in PaymentClass}
_PAYMENT_TYPES: Final = {one.name.lower(): int(one) for one in PaymentType}
_SUBMIT, _SUBMIT_LEG = int(CommandKind.SUBMIT), int(CommandKind.SUBMIT_LEG)


class OrderReader:
    """Reads orders for one system.

        commands = OrderReader(lambda: directory).read_batch(body, identity)

    Args:
        directory: gives participants and accounts, as far as their admission is durable.
    """

    def __init__(self, directory: Callable[[], ParticipantDirectory]) -> None:
        self._directory = directory
        #: The currencies by code, and the directory that they are of.
        self._currencies = directory(), directory().currency_by_code

    @property
    def directory(self) -> ParticipantDirectory:
        """Participants and accounts, as far as their admission is durable."""
        return self._follow_directory()[0]

    @property
    def currencies(self) -> Mapping[str, Currency]:
        """Currencies of the accounts, by code."""
        return self._follow_directory()[1]

    def _follow_directory(self) -> tuple[ParticipantDirectory, Mapping[str, Currency]]:
        directory = self._directory()
        if self._currencies[0] is not directory:
            self._currencies = directory, directory.currency_by_code
        return self._currencies

    def read_one(self, body: bytes, identity: Identity) -> ReadOrders:
        """Read the order in the body of a request; its time is set later.

        Raises:
            Problem: it is not JSON (400), has another form or cannot be read (422), or the caller
                is not the payer (403).
        """
        return self._columns([read_body(OrderIn, body)], identity)

    def read_order(self, order: OrderIn, identity: Identity) -> ReadOrders:
        """An order that is part of a request, as in `read_one`."""
        return self._columns([order], identity)

    def read_batch(self, body: bytes, identity: Identity) -> ReadOrders:
        """Read the orders of a batch, each as in `read_one`.

        Raises:
            Problem: as in `read_one`, or two orders have one UETR (409).
        """
        orders = self._columns(in_turns(read_orders(body)), identity)
        # Here, in the caller's thread, to spare the sequencer: the request is wrong by itself.
        if twice := repeated(orders.commands.uetr):
            raise in_use(twice, "occur twice in the request; none of its orders was accepted")
        return orders

    def _columns(self, orders: Iterable[OrderIn], identity: Identity) -> ReadOrders:
        self._follow_directory()
        errors: list[dict[str, Any]] = []
        columns: list[list[int | bytes]] = [[] for _ in ORDER_COLUMNS]
        details: list[PaymentDetails] = []
        for index, order in enumerate(orders):
            if order.payer != identity.side:
                raise Problem(
                    403,
                    "Not yours",
                    f"order {order.uetr}: only {order.payer} may submit orders that it pays",
                )
            details.append(_details(index, order, errors))
            values = (*self._fields(index, order, errors), details[-1].digest)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        if errors:
            detail = f"{len(errors)} mistakes; none of the orders was taken"
            raise Problem(422, "Orders cannot be read", detail, errors=errors)
        commands = commands_of(len(columns[0]), **dict(zip(ORDER_COLUMNS, columns, strict=True)))
        return ReadOrders(commands, tuple(details) if len(commands.details) else ())

    def _fields(
        self, index: int, order: OrderIn, errors: list[dict[str, Any]]
    ) -> tuple[int | bytes, ...]:
        """The order's values, as `ORDER_COLUMNS` without its details."""
        payer, payee, amount = self._sides(index, order, errors)
        earliest, latest = ANY_TIME_BEFORE, ANY_TIME_AFTER
        if order.earliest_at is not None:
            earliest = to_timestamp(order.earliest_at)
        if order.latest_at is not None:
            latest = to_timestamp(order.latest_at)
        if latest < earliest:
            reason = ReasonCode.TIMES_OUT_OF_ORDER
            errors.append(mistake_of(index, "latest_at", reason, "comes before earliest_at"))
        return (
            _SUBMIT if order.counterleg is None else _SUBMIT_LEG,
            payer,
            payee,
            amount,
            _CLASSES[order.payment_class],
            _PAYMENT_TYPES[order.payment_type],
            earliest,
            latest,
            0 if order.value_date is None else day_number(order.value_date),
            uetr_bytes(order.uetr),
            *self._counterleg(index, order, errors),
        )

    def _counterleg(
        self, index: int, order: OrderIn, errors: list[dict[str, Any]]
    ) -> tuple[bytes, int, int, int]:
        """The counterleg columns; defaults if there is no counterleg."""
        terms = order.counterleg_terms
        if order.counterleg is None:
            if terms is not None:
                detail = "is needed with counterleg_terms"
                errors.append(mistake_of(index, "counterleg", ReasonCode.FIELD_MISSING, detail))
            return NO_UETR, -1, -1, 0
        if order.counterleg == order.uetr:
            reason = ReasonCode.COUNTERLEG_UNKNOWN
            errors.append(mistake_of(index, "counterleg", reason, "names the order itself"))
        sides = (-1, -1, 0)
        if terms is not None:
            sides = self._sides(index, terms, errors, "counterleg_terms/")
            if terms.currency == order.currency:
                reason = ReasonCode.LEGS_IN_ONE_CURRENCY
                field = "counterleg_terms/currency"
                errors.append(mistake_of(index, field, reason, reason.explanation))
        return (uetr_bytes(order.counterleg), *sides)

    def _sides(
        self,
        index: int,
        order: OrderIn | CounterlegTermsIn,
        errors: list[dict[str, Any]],
        within: str = "",
    ) -> tuple[int, int, int]:
        """Account numbers and minor units; zeros where there are mistakes.

        Args:
            index, errors: of the order, and its errors so far.
            order: it, or the terms that it states.
            within: where in the order these fields are.
        """
        directory, currencies = self._currencies
        numbers = []
        for field, bic in (("payer", order.payer), ("payee", order.payee)):
            number = directory.account_number(bic, order.currency)
            if number is None:
                known = bic in directory
                reason = (
                    ReasonCode.NO_SETTLEMENT_ACCOUNT if known else ReasonCode.UNKNOWN_PARTICIPANT
                )
                errors.append(
                    mistake_of(index, within + field, reason, f"{bic} in {order.currency}")
                )
            numbers.append(0 if number is None else number)
        currency, amount = currencies.get(order.currency), 0
        if currency is not None:
            try:
                amount = parse_amount(order.amount, currency)
            except InputError as error:
                reason = ReasonCode.WRONG_EXPONENT
                errors.append(mistake_of(index, within + "amount", reason, str(error)))
            else:
                if amount == 0:
                    reason = ReasonCode.AMOUNT_NOT_POSITIVE
                    errors.append(mistake_of(index, within + "amount", reason, reason.explanation))
        if order.payer == order.payee:
            reason = ReasonCode.SAME_ACCOUNT
            errors.append(mistake_of(index, within + "payee", reason, reason.explanation))
        return numbers[0], numbers[1], amount


class _Batch(In):
    """The envelope of a batch; its orders are checked one by one."""

    orders: Annotated[list[Any], Field(min_length=1, max_length=MAX_ORDERS)]


def read_body(shape: type[_Shape], body: bytes) -> _Shape:
    """Parse a body by this schema.

    Raises:
        Problem: it is not JSON (400), or has another form (422).
    """
    mistakes: list[dict[str, Any]] = []
    found = _fit(shape, _content(body), (), mistakes)
    if found is None:
        raise other_form(mistakes)
    return found


def read_orders(body: bytes) -> list[OrderIn]:
    """The orders of a batch. Holds the interpreter for a few of them at a time.

    Raises:
        Problem: it is not JSON (400), or has another form (422).
    """
    mistakes: list[dict[str, Any]] = []
    frame = _content(body)
    _fit(_Batch, frame, (), mistakes)
    listed = frame.get("orders") if isinstance(frame, dict) else None
    listed = listed if isinstance(listed, list) and len(listed) <= MAX_ORDERS else []
    orders: list[OrderIn] = []
    for index, content in enumerate(in_turns(listed)):
        order = _fit(OrderIn, content, ("orders", index), mistakes)
        if order is not None:
            orders.append(order)
        if len(mistakes) >= MAX_MISTAKES:
            break
    if mistakes:
        raise other_form(mistakes)
    return orders


def _content(body: bytes) -> Any:  # noqa: ANN401  any JSON value
    try:
        return read_json(body)
    except NotJsonError as error:
        raise Problem(400, "Not JSON", str(error)) from None


def _fit(
    shape: type[_Shape],
    content: object,
    within: Sequence[str | int],
    mistakes: list[dict[str, Any]],
) -> _Shape | None:
    """Validate content by this schema; None on mistakes, which are added to the list."""
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        mistakes += [
            {
                "pointer": "/" + "/".join(str(step) for step in (*within, *one["loc"])),
                "in": "body",
                "detail": one["msg"],
            }
            for one in found[:MAX_MISTAKES]
        ]
        return None


def _details(index: int, order: OrderIn, errors: list[dict[str, Any]]) -> PaymentDetails:
    """The order's details; none where there are mistakes."""
    if order.details is None:
        return NO_DETAILS
    fields = order.details.model_dump(exclude={"parties"})
    field = "details"
    try:
        parties = []
        for role, party in order.details.parties.items():
            field = f"details/parties/{role}"
            parties.append((role, Party(**party.model_dump())))
        field = "details"
        return PaymentDetails(**fields, parties=parties)
    except InputError as error:
        errors.append(mistake_of(index, field, ReasonCode.FIELD_MALFORMED, str(error)))
        return NO_DETAILS
