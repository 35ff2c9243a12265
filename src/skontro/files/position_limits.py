"""Position limits in documents: prices, haircuts and the aggregate limit."""

from decimal import Decimal

from pydantic import Field, model_validator
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from skontro.files.account_documents import AmountField, HaircutField
from skontro.files.documents import Shape
from skontro.files.shape_fields import CurrencyField, UnitsField, unusable
from skontro.model import CurrencyPrice, PositionLimits, format_amount


class _Price(Shape):
    currency: CurrencyField
    price: UnitsField
    haircut: HaircutField = Decimal(0)


class PositionLimitsShape(Shape):
    """Position limits as a document has them; the limit is an amount in `currency`."""

    currency: CurrencyField
    aggregate_short_position: AmountField
    prices: list[_Price] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> "PositionLimitsShape":
        codes = [price.currency.code for price in self.prices]
        if len(codes) > len(dict.fromkeys(codes)):
            raise unusable("must not have two prices of one currency")
        return self


def to_position_limits(shape: PositionLimitsShape) -> PositionLimits:
    """The position limits that a document gives."""
    prices = tuple(CurrencyPrice(one.currency, one.price, one.haircut) for one in shape.prices)
    return PositionLimits(shape.currency, prices, shape.aggregate_short_position)


def position_limits_document(limits: PositionLimits) -> dict[str, object]:
    """The position limits as a document."""

    def decimal(number: Decimal) -> object:
        return SingleQuotedScalarString(format(number, "f"))

    currency = limits.common_currency
    return {
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
