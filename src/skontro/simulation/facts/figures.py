"""All figures, and those of one topic."""

from skontro.simulation.facts import growth, published, trade_share
from skontro.simulation.facts.fact import Fact
from skontro.simulation.generator.sources import find_group, group_name


def facts(group: str = "CIS", year: int = 2024) -> tuple[Fact, ...]:
    """The figures of the mission, by topic, then as their sources have them.

    Args:
        group: for the growth of GDP.
        year: for the growth of GDP, 2000 to 2026.

    Raises:
        InputError: there is no such group, or no figure of a member for the year.

    Example:
        >>> growth = [one for one in facts() if one.topic == "Growth of GDP"]
        >>> [(one.name, one.shown) for one in growth][0]
        ('CIS, weighted by GDP in USD', '4.47')
    """
    name = group_name(group)
    found = [
        *trade_share.measured_shares(),
        *trade_share.implied_shares(),
        *growth.group_growth(name, find_group(group), year),
        *published.published_shares(),
        *published.published_invoicing(),
        *published.published_trade(),
        *trade_share.mirror_gaps(),
    ]
    topics = list(dict.fromkeys(one.topic for one in found))
    return tuple(sorted(found, key=lambda one: topics.index(one.topic)))
