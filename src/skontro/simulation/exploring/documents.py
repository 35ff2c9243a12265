"""An exploration as a table and as JSON: same figures, same bytes."""

import json
from fractions import Fraction
from typing import Final

import polars as pl

from skontro.simulation.exploring.exploring import Exploration
from skontro.statistics import decimal_text

_PLACES: Final = 6


def _rows(exploration: Exploration) -> list[dict[str, str | None]]:
    def decimal(part: Fraction | None) -> str | None:
        return decimal_text(part, _PLACES)

    return [
        {
            "netting": point.design.netting.value,
            "cycle": point.design.cycle,
            "swap_line": decimal(point.design.line),
            "holding_limit": decimal(point.design.holding),
            "third_currency_cents": str(point.third),
            "least_third_currency_cents": str(point.least_third),
            "national_share": decimal(exploration.share(point)),
            "most_national_share": decimal(exploration.most(point)),
        }
        for point in exploration.points
    ]


def exploration_csv(exploration: Exploration) -> pl.DataFrame:
    """One row for each design; shares are decimal text with six places."""
    return pl.DataFrame(_rows(exploration), infer_schema_length=None)


def exploration_json(exploration: Exploration) -> str:
    """The trade and the points as JSON text in a fixed layout, ending with a line feed."""
    year = exploration.year
    document = {
        "name": year.name,
        "countries": list(year.countries),
        "business_days": len(year.dates),
        "trade_cents": str(year.total),
        "points": _rows(exploration),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
