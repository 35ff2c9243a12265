"""The page of a clearing study: one self-contained HTML file."""

from collections.abc import Sequence
from pathlib import Path

from skontro.files.writing import write_text
from skontro.report.clearing_study_captions import part_text, spreads_text
from skontro.report.clearing_study_positions import position_lines
from skontro.report.formatting import Scale, exact_percent, percent, short_amount
from skontro.report.page import Section, render_page
from skontro.report.plots.clearing_study import (
    cycle_bars,
    frontier,
    holding_curves,
)
from skontro.report.table import Table
from skontro.simulation.clearing_study import Exploration, Point
from skontro.simulation.clearing_study.documents import NATIONAL
from skontro.simulation.clearing_study.published_shares import PublishedShare


def write_exploration(
    exploration: Exploration, facts: Sequence[PublishedShare], path: Path
) -> None:
    """Write the page; the same exploration gives the same bytes.

    Raises:
        InputError: the file cannot be written there.
    """
    write_text(path, render_exploration(exploration, facts))


def render_exploration(exploration: Exploration, facts: Sequence[PublishedShare]) -> str:
    """The page as text; see `write_exploration`."""
    return render_page(
        "exploration.html.j2",
        exploration=exploration,
        national=NATIONAL,
        designs=len(exploration.points),
        trade=short_amount(exploration.year.total, exploration.year.currency),
        spreads=spreads_text(exploration),
        sections=(
            Section(
                name="frontier-section",
                title="The frontier",
                note="",
                plots=(frontier(exploration, facts), cycle_bars(exploration)),
            ),
            Section(
                name="positions-section",
                title="Positions and their limits",
                note="",
                plots=(
                    holding_curves(exploration),
                    position_lines(exploration, shown_positions(exploration)),
                ),
            ),
            Section(
                name="detail-section",
                title="In detail",
                note="",
                plots=(),
                tables=(_point_table(exploration), *([_fact_table(facts)] if facts else [])),
            ),
        ),
    )


def shown_positions(exploration: Exploration) -> Point:
    """The design whose positions are drawn: many cut-offs, limits that are reached, not at once."""
    return max(
        exploration.points,
        key=lambda point: (
            0 < point.design.line <= 1 / 20,
            point.design.netting.value == "multilateral",
            len(point.settled.balances),
            point.design.line,
            point.design.holding is None,
        ),
    )


def _point_table(exploration: Exploration) -> Table:
    scale = Scale.for_table(exploration.year.total, exploration.year.currency)
    return Table(
        caption="Every design: what was settled without the third currency, and the most possible",
        head=(
            "Netting",
            "Cycle",
            "Swap line",
            "Holding limit",
            f"Paid in third currency, {scale.label}",
            "Share of gross trade reached",
            "Lowest of the band",
            "Highest of the band",
            "Most possible",
        ),
        words=2,
        rows=tuple(
            (
                point.design.netting.value,
                point.design.cycle.replace("_", " "),
                part_text(point.design.line),
                part_text(point.design.holding),
                scale.text(point.third),
                percent(exploration.share(point)),
                *(percent(share) for share in exploration.band(point)),
                percent(exploration.most(point)),
            )
            for point in exploration.points
        ),
    )


def _fact_table(facts: Sequence[PublishedShare]) -> Table:
    return Table(
        caption="Published shares of national currencies, as press reports give them; whether by "
        "corridor or by member they do not say",
        head=("Group", "Period", "Source", "Share"),
        words=3,
        rows=tuple(
            (
                fact.scope,
                fact.period,
                fact.source,
                ("over " if fact.more_than else "") + exact_percent(fact.share),
            )
            for fact in facts
        ),
    )
