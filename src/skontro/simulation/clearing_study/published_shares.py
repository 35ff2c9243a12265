"""Published shares of national currencies in settlements, for comparison with the model."""

import re
from collections.abc import Collection
from fractions import Fraction
from typing import Final

import attrs

from skontro.simulation.generator.sources import country_groups, shipped_rows

_METRIC: Final = re.compile(r"share of (?:national currencies|payments in national currencies)\b.*")


@attrs.frozen
class PublishedShare:
    """A published share of national currencies.

    Attributes:
        scope: the group of countries.
        period: as published.
        share: the part.
        more_than: whether it was published as a least value.
        source: the publisher.
    """

    scope: str
    period: str
    share: Fraction
    more_than: bool
    source: str


def published_shares(members: Collection[str]) -> tuple[PublishedShare, ...]:
    """Shares published for a group all of whose members are among these countries.

    Args:
        members: alpha-3 codes.

    Returns:
        The shares in order of the file; none for a group some of whose members are missing.
    """
    within = [name for name, others in country_groups().items() if {*others} <= {*members}]
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
