"""Published figures, each with its source; several for one period where vintages differ."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from skontro.simulation.facts.fact import Fact, Kind
from skontro.simulation.generator.sources import shipped_rows
from skontro.simulation.generator.whole_trade import SOURCE, whole_trade

SHARES: Final = "National currencies in settlements"
INVOICING: Final = "Invoicing currencies of whole trade"
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


def published_invoicing() -> Iterator[Fact]:
    """Parts of a country's whole trade invoiced in dollars, euros and its own currency."""
    for shares in sorted(whole_trade(), key=lambda one: one.year):
        named = {"USD": shares.dollar, "EUR": shares.euro, "own currency": shares.home}
        for currency, share in named.items():
            yield Fact(
                topic=INVOICING,
                name=f"{shares.country} {shares.flow}s: {currency}",
                period=shares.year,
                kind=Kind.UNKNOWN if share is None else Kind.PUBLISHED,
                value=None if share is None else Fraction(share * 100),
                text="not found" if share is None else f"{(share * 100).normalize():f}",
                unit="%",
                source=SOURCE,
                vintage="2022",
                note="all partners, not the group alone",
            )


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
