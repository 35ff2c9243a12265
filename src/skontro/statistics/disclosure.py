"""Quantitative disclosures that the record of a payment system supports.

Numbers are those of CPMI-IOSCO, Public quantitative disclosure standards for central
counterparties, February 2015. These bind central counterparties. A payment system discloses volumes
and values under principle 23, key consideration 5; the other figures are by analogy.
"""

from fractions import Fraction
from typing import Final

import attrs
import polars as pl

from skontro.files.period import Results
from skontro.model import find_currency
from skontro.model.order import OrderStatus
from skontro.statistics.exact import ratio
from skontro.statistics.period_orders import period_orders

#: Disclosures that no record supports, each with the reason.
UNSUPPORTED: Final = {
    "4": "credit resources: the system gives no credit of its own",
    "5": "collateral: haircuts are inputs; their coverage is not tested",
    "6": "margin: payments carry none",
    "7": "liquidity resources: the system has none of its own",
    "12": "PvP and DvP: results do not keep which payments were linked",
    "13": "default resources: there is no default fund",
    "16": "investments: the system invests nothing",
    "17": "availability and recovery times: in metrics of the service, not in the record",
    "19": "tiering: customers of participants are not in results",
    "20": "links: in the records of linked systems, not in results",
}


@attrs.frozen
class Disclosure:
    """One disclosed figure.

    Attributes:
        number: of the disclosure, such as 23.1.
        name: one line.
        unit: `number`, `share`, or the code of the currency of account.
        value: exact; amounts in minor units; None where there is nothing to measure.
    """

    number: str
    name: str
    unit: str
    value: Fraction | None


def disclosures(results: Results) -> tuple[Disclosure, ...]:
    """The supported disclosures of a settled period, by number.

    Raises:
        InputError: a currency has no rate.

    Example:
        >>> import skontro as sk
        >>> from skontro.testing import small_day
        >>> [one.value for one in disclosures(sk.settle(small_day())) if one.unit == "number"]
        [Fraction(2, 1), Fraction(2, 1), Fraction(2, 1), Fraction(2, 1)]
    """
    settled = period_orders(results).filter(pl.col("status") == OrderStatus.SETTLED.value)
    unit = results.rates.account_currency.code
    days = len(results.business_days)
    by_day = _sums(results, settled, "business_date")
    values = [value for value, _ in by_day.values()]
    numbers = [number for _, number in by_day.values()]
    paid = sorted((value for value, _ in _sums(results, settled, "payer").values()), reverse=True)
    accounts = results.accounts
    return (
        Disclosure("18.1", "Participants", "number", Fraction(accounts["bic"].n_unique())),
        Disclosure("18.1", "Countries", "number", Fraction(accounts["country"].n_unique())),
        *(
            Disclosure(
                "18.2",
                f"Value paid by the {word} largest payers",
                "share",
                ratio(sum(paid[:most]), sum(paid)),
            )
            for word, most in (("five", 5), ("ten", 10))
        ),
        Disclosure("23.1", "Payments a day, mean", "number", Fraction(sum(numbers), days)),
        Disclosure("23.1", "Payments a day, most", "number", Fraction(max(numbers, default=0))),
        Disclosure("23.1", "Value a day, mean", unit, Fraction(sum(values), days)),
        Disclosure("23.1", "Value a day, most", unit, Fraction(max(values, default=0))),
    )


def _sums(results: Results, settled: pl.DataFrame, column: str) -> dict[object, tuple[int, int]]:
    """Value and number by a column; the total of each currency is valued once in each part."""
    parts = (
        settled.group_by(column, "currency")
        .agg(pl.col("amount_minor").cast(pl.Int128).sum(), pl.len())
        .sort(column, "currency")
    )
    sums: dict[object, tuple[int, int]] = {}
    for key, code, minor, number in parts.iter_rows():
        value, orders = sums.get(key, (0, 0))
        valued = results.rates.value(minor, find_currency(code))
        sums[key] = (value + valued, orders + number)
    return sums
