"""Growth of a group's GDP under three weights.

The growth of a group is the mean of its members' growth. With weights of GDP in USD or in
purchasing power of the same year it is that of the group's output; the simple mean is not.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from skontro.model import InputError
from skontro.simulation.facts.fact import Fact, Kind
from skontro.simulation.generator.sources import shipped_rows

TOPIC: Final = "Growth of GDP"
_WEIGHTS: Final = {
    "weighted by GDP in USD": "gdp_usd_bn",
    "weighted by GDP in purchasing power": "gdp_ppp_intl_bn",
    "simple mean": "",
}
#: From here on the figures are forecasts.
_FORECAST: Final = 2025


def group_growth(group: str, members: Sequence[str], year: int) -> Iterator[Fact]:
    """The growth of a group in a year, by weight.

    Args:
        group: its name.
        members: alpha-3 codes.
        year: 2000 to 2026.

    Raises:
        InputError: a member has no figures for the year.
    """
    rows = {
        row["ref_area"]: row
        for row in shipped_rows("imf_weo_oct2025_selected.csv")
        if row["year"] == str(year)
    }
    columns = ["gdp_growth_pct", *filter(None, _WEIGHTS.values())]
    missing = [one for one in members if one not in rows or not all(rows[one][c] for c in columns)]
    if missing:
        raise InputError(
            f"{group}: the IMF's table has no GDP for {', '.join(missing)} in {year}; "
            "choose another year or group"
        )
    for name, column in _WEIGHTS.items():
        weights = [Fraction(rows[one][column]) if column else Fraction(1) for one in members]
        growth = [Fraction(rows[one]["gdp_growth_pct"]) for one in members]
        weighted = sum((w * g for w, g in zip(weights, growth, strict=True)), Fraction())
        yield Fact(
            topic=TOPIC,
            name=f"{group}, {name}",
            period=str(year),
            kind=Kind.MEASURED,
            value=weighted / sum(weights, Fraction()),
            unit="%",
            source="IMF, World Economic Outlook, October 2025",
            vintage="2025-10",
            note="forecast" if year >= _FORECAST else "",
        )
