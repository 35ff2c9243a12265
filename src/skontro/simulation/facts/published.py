"""Published figures, each with its source; several for one period where vintages differ."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from skontro.simulation.facts.fact import Fact, Kind
from skontro.simulation.generator.sources import shipped_rows

SHARES: Final = "National currencies in settlements"
TRADE: Final = "Trade and growth, as quoted"
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_LEAST: Final = re.compile(r": (?:more than|over)\b")


def published_shares() -> Iterator[Fact]:
    """Shares of national currencies and of the rouble."""
    for row in shipped_rows("settlement_currency_facts.csv"):
        yield _fact(SHARES, f"{row['scope']}: {row['metric']}", row)
    for row in shipped_rows("rouble_share_russia_monthly.csv"):
        yield Fact(
            topic=SHARES,
            name=f"Russia {row['flow']}: {row['measure']}",
            period=row["month"],
            kind=Kind.PUBLISHED,
            value=Fraction(row["percent"]),
            text=row["percent"],
            unit="%",
            source=row["source"],
            vintage=row["published"],
            note=row["note"],
        )


def published_trade() -> Iterator[Fact]:
    """Figures of trade and growth."""
    for row in shipped_rows("russia_cis_facts.csv"):
        yield _fact(TRADE, f"{row['scope']}: {row['metric']}", row)


def _fact(topic: str, name: str, row: dict[str, str]) -> Fact:
    is_gap = row["value"].startswith("not found")
    single = _NUMBER.fullmatch(row["value"])
    return Fact(
        topic=topic,
        name=name,
        period=row["period"],
        kind=Kind.UNKNOWN if is_gap else Kind.PUBLISHED,
        value=Fraction(row["value"]) if single else None,
        text=row["value"],
        unit=row["unit"],
        at_least=_LEAST.search(row["metric"]) is not None,
        source=row["source"],
        note=row["status"],
    )
