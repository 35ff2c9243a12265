"""Conversion orders, market makers' quotes and reference rates from CSV files, as linked legs."""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import polars as pl

from skontro.files.account_documents import HaircutField
from skontro.files.dated_rows import read_dated_rows, refuse_repeated, refuse_rows
from skontro.files.document_fields import (
    BicField,
    CurrencyField,
    LineField,
    UnitsField,
    one_word,
    parsed_by,
    whole_number,
)
from skontro.files.documents import Schema
from skontro.files.rates import read_reference_rates
from skontro.files.refusals import FIRST_ROW, Refusal, Refusals
from skontro.files.tables import PAYMENTS, TIMESTAMP
from skontro.model import (
    BusinessDay,
    Conversion,
    ConversionOrder,
    Currency,
    InputError,
    ParticipantDirectory,
    PaymentClass,
    Quote,
    ReasonCode,
    ReferenceRates,
    Rounding,
    check_uetr,
    from_timestamp,
    parse_amount,
    price_conversions,
)
from skontro.model.text import none_of

ORDER_COLUMNS: Final = (
    *("uetr", "participant", "buys", "amount", "sells", "submitted_at"),
    *("worst_rate", "market_maker"),
)
QUOTE_COLUMNS: Final = (
    *("market_maker", "sells", "buys", "rate", "most", "valid_from", "valid_until"),
)

_HOUR: Final = 3_600_000_000


def _rounding(text: str) -> Rounding:
    if text not in [rounding.value for rounding in Rounding]:
        raise InputError(none_of(text, Rounding))
    return Rounding(text)


class ConversionsSchema(Schema):
    """The key `conversions` of a scenario: files, and the check of quotes against rates."""

    orders: LineField
    quotes: LineField
    reference_rates: LineField | None = None
    pivot: CurrencyField | None = None
    max_age_hours: Annotated[int, whole_number(1, 24 * 366)] = 24
    rounding: Annotated[Rounding, parsed_by(_rounding, one_word(one.value for one in Rounding))] = (
        Rounding.HALF_EVEN
    )
    tolerance: HaircutField | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files."""
        named = (self.orders, self.quotes, self.reference_rates)
        return tuple(name for name in named if name is not None)


class _Order(Schema):
    uetr: Annotated[str, parsed_by(check_uetr)]
    participant: BicField
    buys: CurrencyField
    amount: str | None = None
    sells: CurrencyField
    sells_amount: str | None = None
    submitted_at: int
    worst_rate: UnitsField | None = None
    market_maker: BicField | None = None


class _Quote(Schema):
    market_maker: BicField
    sells: CurrencyField
    buys: CurrencyField
    rate: UnitsField
    most: str
    valid_from: int
    valid_until: int


def read_conversion_orders(path: Path, time_zone: str) -> list[ConversionOrder]:
    """Read conversion orders from a CSV file with the columns `ORDER_COLUMNS`.

    Either `amount` or the optional column `sells_amount` is filled in each row.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """
    orders = read_dated_rows(
        path, ORDER_COLUMNS, ("submitted_at",), time_zone, _Order, _order, ("sells_amount",)
    )
    refuse_repeated(path, "uetr", "this reference", [order.uetr for order in orders])
    return orders


def _order(row: _Order) -> ConversionOrder:
    if row.buys == row.sells:
        raise InputError("sells: is the currency that the order buys")
    if (row.amount is None) == (row.sells_amount is None):
        wrong = "is missing" if row.amount is None else "is filled, and so is sells_amount"
        raise InputError(f"amount: {wrong}; give one of amount and sells_amount")
    if row.sells_amount is not None:
        amount = _amount("sells_amount", row.sells_amount, row.sells)
    else:
        amount = _amount("amount", row.amount or "", row.buys)
    return ConversionOrder(
        row.uetr,
        row.participant,
        row.buys,
        amount,
        row.sells,
        row.submitted_at,
        row.worst_rate,
        row.market_maker,
        amount_is_sold=row.sells_amount is not None,
    )


def _amount(field: str, text: str, currency: Currency) -> int:
    try:
        amount = parse_amount(text, currency)
    except InputError as error:
        raise InputError(f"{field}: {error}") from None
    if amount == 0:
        raise InputError(f"{field}: {text} {currency} is not greater than zero")
    return amount


def read_quotes(path: Path, time_zone: str) -> list[Quote]:
    """Read quotes from a CSV file with the columns `QUOTE_COLUMNS`.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """

    def make(row: _Quote) -> Quote:
        if row.sells == row.buys:
            raise InputError("buys: is the currency that the quote sells")
        if row.valid_until < row.valid_from:
            raise InputError("valid_until: comes before valid_from")
        most = _amount("most", row.most, row.sells)
        return Quote(
            row.market_maker, row.sells, row.buys, row.rate, most, row.valid_from, row.valid_until
        )

    times = ("valid_from", "valid_until")
    return read_dated_rows(path, QUOTE_COLUMNS, times, time_zone, _Quote, make)


def _refuse_makers_without_accounts(
    path: Path, quotes: list[Quote], directory: ParticipantDirectory
) -> None:
    problems = []
    for row, quote in enumerate(quotes, FIRST_ROW):
        bic = quote.market_maker
        if bic not in directory:
            problems.append((row, f"market_maker: {bic} is not in the participant directory"))
            continue
        problems += [
            (row, f"market_maker: {bic} has no settlement account in {currency}")
            for currency in (quote.sells, quote.buys)
            if directory.account_number(bic, currency.code) is None
        ]
    refuse_rows(path, problems)


def read_conversions(
    shape: ConversionsSchema,
    folder: Path,
    directory: ParticipantDirectory,
    days: tuple[BusinessDay, ...],
    time_zone: str,
) -> tuple[pl.DataFrame, Refusals]:
    """Price the conversion orders of a scenario; each becomes two linked payments or a refusal.

    Returns:
        A table with the columns `PAYMENTS`, by submission time, and the refusals of orders.

    Raises:
        InputError: a file cannot be used, or a reference rate is missing or stale.
    """
    path = folder / shape.orders
    orders = read_conversion_orders(path, time_zone)
    quotes = read_quotes(folder / shape.quotes, time_zone)
    _refuse_makers_without_accounts(folder / shape.quotes, quotes, directory)
    reference = None
    if shape.reference_rates is not None:
        fixings = read_reference_rates(folder / shape.reference_rates, time_zone)
        max_age = shape.max_age_hours * _HOUR
        reference = ReferenceRates(fixings, shape.pivot, max_age, shape.rounding)
    good, refusals = [], []
    for row, order in enumerate(orders, FIRST_ROW):
        problem = _problem(order, directory, days)
        if problem is None:
            good.append((row, order))
        else:
            refusals.append(Refusal(path.name, row, *problem))
    try:
        priced = price_conversions([o for _, o in good], quotes, reference, shape.tolerance)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    legs = []
    for (row, order), conversion in zip(good, priced, strict=True):
        if conversion.quote is None:
            reason = conversion.reason
            refusals.append(
                Refusal(path.name, row, "buys", reason, order.buys.code, reason.explanation)
            )
        else:
            legs += _legs(conversion, quotes[conversion.quote])
    return _payments(legs), Refusals.of(sorted(refusals, key=lambda refusal: refusal.row))


def _problem(
    order: ConversionOrder,
    directory: ParticipantDirectory,
    days: tuple[BusinessDay, ...],
) -> tuple[str, ReasonCode, str | None, str] | None:
    """Field, reason, value and message of an obstacle to pricing an order."""
    for field, bic in (("participant", order.participant), ("market_maker", order.market_maker)):
        if bic is not None and bic not in directory:
            reason = ReasonCode.UNKNOWN_PARTICIPANT
            return field, reason, bic, reason.explanation
    if not any(day.opens_at <= order.submitted_at < day.closes_at for day in days):
        reason = ReasonCode.OUTSIDE_BUSINESS_DAY
        timestamp = from_timestamp(order.submitted_at).isoformat()
        return "submitted_at", reason, timestamp, reason.explanation
    for currency in (order.buys, order.sells):
        if directory.account_number(order.participant, currency.code) is None:
            message = f"has no settlement account in {currency}"
            return "participant", ReasonCode.NO_SETTLEMENT_ACCOUNT, order.participant, message
    return None


def _legs(conversion: Conversion, quote: Quote) -> list[dict[str, object]]:
    """The leg that the participant pays, then the leg that the market maker pays."""
    order = conversion.order
    references = [leg_reference(order.uetr, number) for number in (1, 2)]
    sides = (
        (order.participant, quote.market_maker, order.sells, conversion.pays),
        (quote.market_maker, order.participant, order.buys, conversion.gets),
    )
    return [
        {
            "uetr": references[number],
            "payer": payer,
            "payee": payee,
            "currency": currency.code,
            "amount_minor": amount,
            "payment_class": PaymentClass.NORMAL.name.lower(),
            "submitted_at": order.submitted_at,
            "counterleg": references[1 - number],
        }
        for number, (payer, payee, currency, amount) in enumerate(sides)
    ]


def _payments(legs: list[dict[str, object]]) -> pl.DataFrame:
    columns = {name: [leg.get(name) for leg in legs] for name in PAYMENTS}
    return (
        pl.DataFrame(columns)
        .with_columns(pl.col("submitted_at").cast(TIMESTAMP))
        .cast(PAYMENTS)
        .sort("submitted_at", maintain_order=True)
    )


def leg_reference(text: str, number: int) -> str:
    """The UETR of a leg, of version 4: bits from a SHA-256 of the reference and the leg."""
    digest = hashlib.sha256(f"{text}/{number}".encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) % 4]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
