"""Conversion orders, and the market makers' quotes that price them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import attrs

from skontro.model.currency import MAX_AMOUNT, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_bic, check_uetr
from skontro.model.rates import ReferenceRates, Rounding, minor_units
from skontro.model.reason import ReasonCode


@attrs.frozen
class Quote:
    """A market maker's rate for selling one currency for another, and its limit.

    Attributes:
        market_maker: BIC.
        sells: the currency it gives.
        buys: the currency it takes.
        rate: units of `buys` for one unit of `sells`, an exact decimal greater than zero.
        most: limit of the total of all conversions at this quote, in minor units of `sells`.
        valid_from, valid_until: timestamps, both included.
    """

    market_maker: str = attrs.field(converter=check_bic)
    sells: Currency
    buys: Currency
    rate: Decimal
    most: int
    valid_from: int
    valid_until: int

    def __attrs_post_init__(self) -> None:
        place = f"quote of {self.market_maker}, {self.sells} for {self.buys}"
        if not (self.rate.is_finite() and self.rate > 0):
            raise InputError(f"{place}: rate {self.rate} is not greater than zero")
        if self.sells == self.buys:
            raise InputError(f"{place}: it sells and buys the same currency")
        if not 0 < self.most <= MAX_AMOUNT:
            raise InputError(f"{place}: most {self.most} is outside 1..{MAX_AMOUNT}")
        if self.valid_until < self.valid_from:
            raise InputError(f"{place}: valid_until comes before valid_from")


@attrs.frozen
class ConversionOrder:
    """A participant's order to buy one currency for another, with one of the two amounts.

    Attributes:
        uetr: reference of the order.
        participant: BIC.
        buys: the currency it wants.
        amount: minor units of `buys`, or of `sells` where `amount_is_sold`; 1 to `MAX_AMOUNT`.
        sells: the currency it gives.
        submitted_at: time of pricing.
        worst_rate: the most units of `sells` for one unit of `buys` that it accepts, compared with
            the rate of the quote before rounding; or None.
        market_maker: the one to deal with, or None for the best.
        amount_is_sold: whether `amount` is in `sells` and not in `buys`.
    """

    uetr: str = attrs.field(converter=check_uetr)
    participant: str = attrs.field(converter=check_bic)
    buys: Currency
    amount: int
    sells: Currency
    submitted_at: int
    worst_rate: Decimal | None = None
    market_maker: str | None = None
    amount_is_sold: bool = False

    def __attrs_post_init__(self) -> None:
        place = f"conversion order {self.uetr}"
        if self.sells == self.buys:
            raise InputError(f"{place}: it sells and buys the same currency")
        if not 0 < self.amount <= MAX_AMOUNT:
            raise InputError(f"{place}: amount {self.amount} is outside 1..{MAX_AMOUNT}")
        if self.worst_rate is not None and not (
            self.worst_rate.is_finite() and self.worst_rate > 0
        ):
            raise InputError(f"{place}: worst_rate {self.worst_rate} is not greater than zero")


@attrs.frozen
class Conversion:
    """A conversion order with its price, or the reason for having none.

    The amount that the order leaves open is rounded in the market maker's favour: a payment of the
    participant is rounded up, a receipt is rounded down.

    Attributes:
        order: the order.
        quote: position of the quote, or None.
        pays: minor units of the currency sold, or 0.
        gets: minor units of the currency bought, or 0; deducted from the quote's limit.
        reason: why there is no price; `NONE` where there is one.
    """

    order: ConversionOrder
    quote: int | None
    pays: int
    gets: int
    reason: ReasonCode


def price_conversions(
    orders: Sequence[ConversionOrder],
    quotes: Sequence[Quote],
    reference: ReferenceRates | None = None,
    tolerance: Decimal | None = None,
) -> list[Conversion]:
    """Price each order at the best valid quote with enough left, in order of time.

    Among equal rates the lower BIC of the market maker comes first, then the earlier quote. Each
    order is priced at one quote, in full.

    Args:
        orders: orders of the same time are priced in the order given.
        quotes: their limits hold for all orders together.
        reference: rates to compare quotes with; needed with a tolerance.
        tolerance: allowed deviation either way, as a part of the reference rate.

    Returns:
        One conversion for each order, in the order given.

    Raises:
        InputError: with a tolerance, a reference rate is missing or stale.
    """
    if tolerance is not None and reference is None:
        raise InputError("conversions: a tolerance needs reference rates to compare quotes with")
    book = _Book(quotes)
    places = sorted(range(len(orders)), key=lambda place: orders[place].submitted_at)
    found: dict[int, Conversion] = {}
    for place in places:
        conversion = _price(orders[place], book, reference, tolerance)
        if conversion.quote is not None:
            book.left[conversion.quote] -= conversion.gets
        found[place] = conversion
    return [found[place] for place in range(len(orders))]


class _Book:
    """Quotes by currencies, the best first, with the remainder of each."""

    def __init__(self, quotes: Sequence[Quote]) -> None:
        self.quotes = quotes
        self.left = [quote.most for quote in quotes]
        self._of_pair: dict[tuple[str, str], list[int]] = {}
        best_first = sorted(
            range(len(quotes)), key=lambda place: (quotes[place].rate, quotes[place].market_maker)
        )
        for place in best_first:
            pair = (quotes[place].sells.code, quotes[place].buys.code)
            self._of_pair.setdefault(pair, []).append(place)

    def valid_for(self, order: ConversionOrder) -> list[int]:
        """Positions of the quotes open to the order, the best first."""
        return [
            place
            for place in self._of_pair.get((order.buys.code, order.sells.code), [])
            if self.quotes[place].valid_from <= order.submitted_at <= self.quotes[place].valid_until
            and self.quotes[place].market_maker != order.participant
            and order.market_maker in (None, self.quotes[place].market_maker)
        ]


def _price(
    order: ConversionOrder,
    book: _Book,
    reference: ReferenceRates | None,
    tolerance: Decimal | None,
) -> Conversion:
    def refused(reason: ReasonCode) -> Conversion:
        return Conversion(order, None, 0, 0, reason)

    valid = book.valid_for(order)
    if not valid:
        return refused(ReasonCode.NO_QUOTE)
    amounts = ((place, *_pays_and_gets(order, book.quotes[place].rate)) for place in valid)
    best = next((found for found in amounts if found[2] <= book.left[found[0]]), None)
    if best is None:
        return refused(ReasonCode.QUOTE_LIMIT_REACHED)
    place, pays, gets = best
    if gets == 0:
        return refused(ReasonCode.AMOUNT_NOT_POSITIVE)
    if pays > MAX_AMOUNT:
        return refused(ReasonCode.AMOUNT_TOO_LARGE)
    reason = _objection(order, book.quotes[place].rate, reference, tolerance)
    return refused(reason) if reason else Conversion(order, place, pays, gets, reason)


def _objection(
    order: ConversionOrder,
    rate: Decimal,
    reference: ReferenceRates | None,
    tolerance: Decimal | None,
) -> ReasonCode:
    """Why an order is not priced at this rate, or `NONE`."""
    if order.worst_rate is not None and rate > order.worst_rate:
        return ReasonCode.RATE_WORSE_THAN_ACCEPTED
    if reference is not None and tolerance is not None:
        fair = _reference_rate(order, reference)
        if abs(Fraction(rate) - fair) > fair * Fraction(tolerance):
            return ReasonCode.QUOTE_OFF_REFERENCE
    return ReasonCode.NONE


def _pays_and_gets(order: ConversionOrder, rate: Decimal) -> tuple[int, int]:
    if order.amount_is_sold:
        exact = minor_units(order.amount, order.sells, order.buys, 1 / Fraction(rate))
        return order.amount, Rounding.DOWN.apply(exact)
    exact = minor_units(order.amount, order.buys, order.sells, Fraction(rate))
    return Rounding.UP.apply(exact), order.amount


def _reference_rate(order: ConversionOrder, reference: ReferenceRates) -> Fraction:
    try:
        return reference.rate(order.buys, order.sells, order.submitted_at).rate
    except InputError as error:
        raise InputError(f"conversion order {order.uetr}: {error}") from None
