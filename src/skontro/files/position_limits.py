"""Position limits in documents: prices, haircuts and the aggregate limit."""

import datetime
from decimal import Decimal
from typing import Annotated, Final

from pydantic import Field, model_validator
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.account_documents import AmountField, HaircutField
from skontro.files.documents import Shape
from skontro.files.shape_fields import (
    CurrencyField,
    UnitsField,
    parsed_by,
    unusable,
)
from skontro.model import (
    CurrencyPrice,
    PayIn,
    PositionLimits,
    format_amount,
    parse_decimal,
    parse_time,
    time_text,
)

_KIND_OF_SHARE: Final = "a decimal above 0 and up to 1, like 0.5"


class _Price(Shape):
    currency: CurrencyField
    price: UnitsField
    haircut: HaircutField = Decimal(0)


def _share(text: str) -> Decimal:
    return parse_decimal(text, _KIND_OF_SHARE, lambda share: 0 < share <= 1)


class _PayIn(Shape):
    at: Annotated[datetime.time, parsed_by(parse_time)]
    share: Annotated[Decimal, parsed_by(_share)]


class PositionLimitsShape(Shape):
    """Position limits as a document has them; the limit is an amount in `currency`."""

    currency: CurrencyField
    aggregate_short_position: AmountField
    prices: list[_Price] = Field(min_length=1)
    pay_ins: list[_PayIn] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_once(self) -> "PositionLimitsShape":
        codes = [price.currency.code for price in self.prices]
        if len(codes) > len(dict.fromkeys(codes)):
            raise unusable("must not have two prices of one currency")
        return self


def to_position_limits(shape: PositionLimitsShape) -> PositionLimits:
    """The position limits that a document gives."""
    prices = tuple(CurrencyPrice(one.currency, one.price, one.haircut) for one in shape.prices)
    pay_ins = tuple(PayIn(one.at, one.share) for one in shape.pay_ins)
    return PositionLimits(shape.currency, prices, shape.aggregate_short_position, pay_ins)


def position_limits_document(limits: PositionLimits) -> dict[str, object]:
    """The position limits as a document."""

    def decimal(number: Decimal) -> object:
        return SingleQuotedScalarString(format(number, "f"))

    currency = limits.common_currency
    pay_ins = [
        {"at": SingleQuotedScalarString(time_text(one.at)), "share": decimal(one.share)}
        for one in limits.pay_ins
    ]
    document: dict[str, object] = {
        "currency": currency.code,
        "aggregate_short_position": SingleQuotedScalarString(
            format_amount(limits.aggregate_short_position, currency)
        ),
        "prices": [
            {
                "currency": one.currency.code,
                "price": decimal(one.price),
                "haircut": decimal(one.haircut),
            }
            for one in limits.prices
        ],
    }
    return document | ({"pay_ins": pay_ins} if pay_ins else {})
