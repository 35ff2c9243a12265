"""The share of a group in a country's trade, and how far two countries' figures differ."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from skontro.simulation.facts.fact import Fact, Kind
from skontro.simulation.generator.sources import shipped_rows

TOPIC: Final = "Share of the CIS in Russia's trade in goods"
GROWTH: Final = "Growth of Russia's trade with the CIS"
MIRROR: Final = "Trade as both countries report it"
_CUSTOMS: Final = "Federal Customs Service of Russia, table 94itog"

#: Lines of the customs table.
_TOTAL: Final = {"exports": "Экспорт", "imports": "Импорт"}
_GROUP: Final = "со странами СНГ"


def turnovers() -> dict[int, tuple[Fraction, Fraction]]:
    """By year: Russia's turnover with the CIS, and in total, USD million."""
    found: dict[tuple[int, str], Fraction] = {}
    for row in shipped_rows("russia_cis_1994_2021_fts.csv"):
        for flow, total in _TOTAL.items():
            if row["flow"] == flow and row["line"] in (total, _GROUP):
                scope = "group" if row["line"] == _GROUP else "total"
                key = (int(row["year"]), scope)
                found[key] = found.get(key, Fraction()) + Fraction(row["usd_mn"])
    years = sorted({year for year, _ in found})
    return {year: (found[year, "group"], found[year, "total"]) for year in years}


def measured_shares() -> Iterator[Fact]:
    """The share of each year, and the growth of the turnover with the group."""
    before: tuple[Fraction, Fraction] | None = None
    for year, (group, total) in turnovers().items():
        yield Fact(
            topic=TOPIC,
            name="turnover with the CIS in total turnover",
            period=str(year),
            kind=Kind.MEASURED,
            value=100 * group / total,
            unit="%",
            source=_CUSTOMS,
        )
        if before is not None:
            yield Fact(
                topic=GROWTH,
                name="turnover with the CIS in USD, on the year before",
                period=str(year),
                kind=Kind.MEASURED,
                value=100 * (group / before[0] - 1),
                unit="%",
                source=_CUSTOMS,
            )
        before = (group, total)


def implied_shares() -> Iterator[Fact]:
    """Shares of later years, for which no customs table was published."""
    later, growth = Fraction(112), Fraction(7, 100)
    group_2023 = later / (1 + growth)
    turnover_2023 = Fraction("710.2")
    yield Fact(
        topic=TOPIC,
        name="turnover with the CIS in total turnover",
        period="2023",
        kind=Kind.IMPLIED,
        value=100 * group_2023 / turnover_2023,
        unit="%",
        source="ru.trend.az/business/4102121.html; agenzianova.com 2024-02-17",
        note="USD 112 bn in 2024 was 7 % above 2023, over a turnover of USD 710.2 bn",
    )
    yield Fact(
        topic=TOPIC,
        name="total turnover that a share of 15.6 % would need, USD bn",
        period="2024",
        kind=Kind.IMPLIED,
        value=later / Fraction("0.156"),
        unit="USD bn",
        source="ru.trend.az/business/4102121.html",
        note="the total of 2024 itself was not found",
    )


def mirror_gaps() -> Iterator[Fact]:
    """The gap of exports and the partner's imports, where both report, as a part of the larger."""
    rows = {
        (row["reporter"], row["partner"], row["year"]): row
        for row in shipped_rows("cis_reporters_2013_2023.csv")
    }
    for (reporter, partner, year), row in sorted(rows.items()):
        other = rows.get((partner, reporter, year))
        if other is None or not row["exports_usd_mn"] or not other["imports_usd_mn"]:
            continue
        sold, bought = Fraction(row["exports_usd_mn"]), Fraction(other["imports_usd_mn"])
        if max(sold, bought) == 0:
            continue
        yield Fact(
            topic=MIRROR,
            name=f"exports {reporter} to {partner}: {row['exports_usd_mn']} USD mn, "
            f"as imports: {other['imports_usd_mn']}",
            period=year,
            kind=Kind.MEASURED,
            value=100 * abs(sold - bought) / max(sold, bought),
            unit="% of the larger",
            source=f"{row['file']}; {other['file']}",
        )
