"""Statistics of a settled period as observations: one figure for each day, corridor, currency."""

from collections.abc import Iterator
from typing import Final

import attrs

from skontro.files.period import Results
from skontro.model import Currency, format_amount
from skontro.statistics import Definition, Dimension, Layer, measure_shares

#: The figures, with their names.
INDICATORS: Final = {
    "PAYMENTS": "Number of payments",
    "VALUE": "Value",
    "NATIONAL_BY_CORRIDOR": "Value in a currency that one of the two countries issues",
    "NATIONAL_BY_MEMBER": "Value in a currency that a country of the group issues",
}
#: Unit of numbers, as SDMX's code list of units names it.
PURE_NUMBER: Final = "PURE_NUMB"


@attrs.frozen
class Observation:
    """One figure.

    Attributes:
        layer: of the currency.
        payer, payee: countries by alpha-3 code.
        currency: of the payments.
        indicator: of `INDICATORS`.
        day: business day as 2026-01-05.
        value: exact decimal text; amounts are in major units of the currency of account.
        unit: code of the currency of account, or `PURE_NUMBER`.
    """

    layer: str
    payer: str
    payee: str
    currency: str
    indicator: str
    day: str
    value: str
    unit: str


def observations(results: Results) -> Iterator[Observation]:
    """The figures of all layers, by layer, day, corridor and currency.

    Raises:
        InputError: a currency has no rate.
    """
    account = results.rates.account_currency
    dimensions = [Dimension.DAY, Dimension.CORRIDOR, Dimension.CURRENCY]
    for part in measure_shares(results, dimensions, list(Layer)).parts:
        day, corridor, currency = part.keys
        payer, payee = corridor.split(" > ")
        values = {
            "VALUE": part.share.value,
            "NATIONAL_BY_CORRIDOR": part.share.national(Definition.BY_CORRIDOR).value,
            "NATIONAL_BY_MEMBER": part.share.national(Definition.BY_MEMBER).value,
        }
        figures = {"PAYMENTS": (str(part.share.orders), PURE_NUMBER)} | {
            name: (_major(value, account), account.code) for name, value in values.items()
        }
        for indicator, (value, unit) in figures.items():
            yield Observation(part.layer.value, payer, payee, currency, indicator, day, value, unit)


def _major(minor: int, currency: Currency) -> str:
    return format_amount(minor, currency)
