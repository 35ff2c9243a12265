"""What was published about national currencies in settlements, to hold beside the model."""

import re
from fractions import Fraction
from typing import Final

import attrs

from skontro.simulation.generator.sources import country_groups, find_group, shipped_rows

_METRIC: Final = re.compile(r"share of (?:national currencies|payments in national currencies)\b.*")


@attrs.frozen
class PublishedShare:
    """A published share of national currencies.

    Attributes:
        scope: the group of countries.
        period: as published.
        share: the part.
        more_than: whether it was published as a least value.
        source: who published it.
    """

    scope: str
    period: str
    share: Fraction
    more_than: bool
    source: str


def published_shares(group: str) -> tuple[PublishedShare, ...]:
    """Shares published for a group, or for a group within it, in order of the file."""
    members = {*find_group(group)}
    within = [name for name, others in country_groups().items() if {*others} <= members]
    return tuple(
        PublishedShare(
            row["scope"],
            row["period"],
            Fraction(row["value"]) / 100,
            "more than" in row["metric"],
            row["source"],
        )
        for row in shipped_rows("settlement_currency_facts.csv")
        if row["scope"] in within and _METRIC.fullmatch(row["metric"]) and row["unit"] == "%"
    )
