"""A clearing study as a table and as JSON: same figures, same bytes."""

import json
from fractions import Fraction
from typing import Any, Final

import polars as pl

from skontro.simulation.clearing_study.exploration import Exploration
from skontro.statistics import decimal_text

_PLACES: Final = 6

#: Definition of an exploration's share, for its files and its page.
OF_GROSS_TRADE: Final = "part of the trade for which no third currency was given in the end"
NATIONAL: Final = (
    "by corridor and by member alike: payments are in the debtor's or the creditor's own currency, "
    "or in a third currency, which no party issues"
)


def _decimal(part: Fraction | None) -> str | None:
    return decimal_text(part, _PLACES)


def _rows(exploration: Exploration) -> list[dict[str, str | None]]:
    rows = []
    for point in exploration.points:
        low, high = exploration.band(point)
        rows.append(
            {
                "netting": point.design.netting.value,
                "cycle": point.design.cycle,
                "swap_line": _decimal(point.design.line),
                "holding_limit": _decimal(point.design.holding),
                "third_currency_minor": str(point.third),
                "least_third_currency_minor": str(point.least_third),
                "share_of_gross_trade": _decimal(exploration.share(point)),
                "lowest_share_of_gross_trade": _decimal(low),
                "highest_share_of_gross_trade": _decimal(high),
                "most_share_of_gross_trade": _decimal(exploration.most(point)),
            }
        )
    return rows


def exploration_csv(exploration: Exploration) -> pl.DataFrame:
    """One row for each design; shares are decimal text with six places."""
    return pl.DataFrame(_rows(exploration), infer_schema_length=None)


def exploration_json(exploration: Exploration) -> str:
    """The trade and the points as JSON text in a fixed layout, ending with a line feed."""
    year = exploration.year
    spreads = [str(spread) for spread in exploration.spreads]
    points: list[dict[str, Any]] = [
        {**row, "third_currency_minor_by_spread": dict(zip(spreads, by_spread, strict=True))}
        for row, by_spread in zip(
            _rows(exploration),
            ([str(third) for third in point.by_spread] for point in exploration.points),
            strict=True,
        )
    ]
    document = {
        "name": year.name,
        "currency": year.currency.code,
        "parties": list(year.parties),
        "business_days": len(year.dates),
        "trade_minor": str(year.total),
        "definitions": {"share_of_gross_trade": OF_GROSS_TRADE, "national": NATIONAL},
        "spreads_of_daily_totals": spreads,
        "central_spread": str(year.spread),
        "points": points,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
