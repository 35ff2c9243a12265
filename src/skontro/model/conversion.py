"""Conversion orders and the quotes of market makers that they are priced at."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import attrs

from skontro.model.currency import MAX_AMOUNT, Currency
from skontro.model.errors import InputError
from skontro.model.identity import check_bic, check_uetr
from skontro.model.reason import ReasonCode
from skontro.model.reference_rate import ReferenceRates, Rounding, minor_units


@attrs.frozen
class Quote:
    """At what a market maker sells one currency for another, and how much of it.

    Attributes:
        market_maker: BIC.
        sells: what it gives.
        buys: what it takes.
        rate: units of `buys` for one unit of `sells`, an exact decimal greater than zero.
        most: minor units of `sells` that all conversions at this quote may come to.
        valid_from, valid_until: moments, both included.
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
            raise InputError(f"{place}: it sells what it buys")
        if not 0 < self.most <= MAX_AMOUNT:
            raise InputError(f"{place}: most {self.most} is outside 1..{MAX_AMOUNT}")
        if self.valid_until < self.valid_from:
            raise InputError(f"{place}: valid_until comes before valid_from")


@attrs.frozen
class ConversionOrder:
    """A participant's order to buy an amount of one currency for another.

    Attributes:
        uetr: reference of the order.
        participant: BIC.
        buys: what it wants.
        amount: minor units of `buys`, greater than zero.
        sells: what it gives.
        submitted_at: moment at which quotes are looked at.
        worst_rate: the most units of `sells` for one unit of `buys` that it accepts, or None.
        market_maker: the one to deal with, or None for the best.
    """

    uetr: str = attrs.field(converter=check_uetr)
    participant: str = attrs.field(converter=check_bic)
    buys: Currency
    amount: int
    sells: Currency
    submitted_at: int
    worst_rate: Decimal | None = None
    market_maker: str | None = None


@attrs.frozen
class Conversion:
    """A conversion order with its price, or the reason why it has none.

    Attributes:
        order: the order.
        quote: position of the quote, or None.
        pays: minor units of what it sells, or 0; rounded up, in the market maker's favour.
        reason: why there is no price; `NONE` where there is one.
    """

    order: ConversionOrder
    quote: int | None
    pays: int
    reason: ReasonCode


def price_conversions(
    orders: Sequence[ConversionOrder],
    quotes: Sequence[Quote],
    reference: ReferenceRates | None = None,
    tolerance: Decimal | None = None,
) -> list[Conversion]:
    """Price each order at the best quote that is valid and has enough left, in order of time.

    Of equal rates the market maker with the lower BIC is taken, then the earlier quote. A quote is
    not split, nor several joined for one order.

    Args:
        orders: of equal times in the order given.
        quotes: their limits hold for all orders together.
        reference: to hold quotes against; needed with a tolerance.
        tolerance: the part of the reference rate by which a quote may be off, either way.

    Raises:
        InputError: with a tolerance, a reference rate is missing or stale.
    """
    if tolerance is not None and reference is None:
        raise InputError("conversions: a tolerance needs reference rates to hold quotes against")
    left = [quote.most for quote in quotes]
    places = sorted(range(len(orders)), key=lambda place: orders[place].submitted_at)
    found: dict[int, Conversion] = {}
    for place in places:
        order = orders[place]
        conversion = _price(order, quotes, left, reference, tolerance)
        if conversion.quote is not None:
            left[conversion.quote] -= order.amount
        found[place] = conversion
    return [found[place] for place in range(len(orders))]


def _price(
    order: ConversionOrder,
    quotes: Sequence[Quote],
    left: Sequence[int],
    reference: ReferenceRates | None,
    tolerance: Decimal | None,
) -> Conversion:
    def refused(reason: ReasonCode) -> Conversion:
        return Conversion(order, None, 0, reason)

    valid = [
        place
        for place, quote in enumerate(quotes)
        if (quote.sells, quote.buys) == (order.buys, order.sells)
        and quote.valid_from <= order.submitted_at <= quote.valid_until
        and quote.market_maker != order.participant
        and order.market_maker in (None, quote.market_maker)
    ]
    if not valid:
        return refused(ReasonCode.NO_QUOTE)
    enough = [place for place in valid if left[place] >= order.amount]
    if not enough:
        return refused(ReasonCode.QUOTE_LIMIT_REACHED)
    best = min(enough, key=lambda place: (quotes[place].rate, quotes[place].market_maker, place))
    rate = quotes[best].rate
    if order.worst_rate is not None and rate > order.worst_rate:
        return refused(ReasonCode.RATE_WORSE_THAN_ACCEPTED)
    if reference is not None and tolerance is not None:
        fair = reference.rate(order.buys, order.sells, order.submitted_at).rate
        if abs(Fraction(rate) - fair) > fair * Fraction(tolerance):
            return refused(ReasonCode.QUOTE_OFF_REFERENCE)
    pays = Rounding.UP.apply(minor_units(order.amount, order.buys, order.sells, Fraction(rate)))
    if pays > MAX_AMOUNT:
        return refused(ReasonCode.AMOUNT_TOO_LARGE)
    return Conversion(order, best, pays, ReasonCode.NONE)
