"""``skontro explore``: what national-currency share a clearing arrangement could reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.progress import step_progress

if TYPE_CHECKING:
    from rich.console import Console

    from skontro.simulation.exploring import Design, Exploration

#: Files that the command writes.
PAGE_FILE = "exploration.html"
JSON_FILE = "exploration.json"
CSV_FILE = "exploration.csv"


def explore(
    *,
    output: Annotated[Path, typer.Option(help="Folder to write the exploration into.")],
    group: Annotated[
        str, typer.Option(help="Group of countries: CIS, EAEU, ASEAN, ECOWAS and others.")
    ] = "CIS",
    year: Annotated[int, typer.Option(help="Year of the trade matrix.")] = 2020,
    line: Annotated[
        list[str] | None,
        typer.Option(
            help="Swap line as a part of annual trade, such as 2%; may be given several times.",
            show_default="0%, 0.25%, 0.5%, 1%, 2%, 4%, 8%, 16%, 32%",
        ),
    ] = None,
    holding: Annotated[
        list[str] | None,
        typer.Option(
            help="Holding limit as a part of annual trade; may be given several times.",
            show_default="1%, 2%, 4%, 8%, 16%, 32%",
        ),
    ] = None,
    cycle: Annotated[
        list[str] | None,
        typer.Option(
            help="daily, weekly, monthly, asian_clearing_union (every two months) or "
            "aladi_reciprocal_credits (every four); may be given several times.",
            show_default="all",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Spreads trade over the days.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="The points as JSON.")] = False,
) -> None:
    """Explore the reachable national-currency share of a group's trade.

    Settles a year of trade by the engine under every design: bilateral or multilateral netting,
    cycles from a day to months, swap lines and holding limits of different size. Shows the frontier
    beside what a linear program proves to be the most possible, and beside published shares.

    Writes exploration.html, exploration.json and exploration.csv.
    """
    from rich.console import Console

    from skontro.files.writing import prepare_folder, write_csv, write_text
    from skontro.simulation.exploring import (
        exploration_csv,
        exploration_json,
        trade_year,
    )
    from skontro.simulation.exploring import explore as explore_designs
    from skontro.simulation.exploring.facts import published_shares
    from skontro.simulation.report.exploration_page import write_exploration

    designs = _designs(line, holding, cycle)
    trade = trade_year(group, year, seed)
    prepare_folder(output, JSON_FILE)
    with step_progress(quiet=as_json) as progress:
        exploration = explore_designs(
            trade, designs, lambda done, total: progress("settling", done, total)
        )
        progress("writing", 0, 1)
        facts = published_shares(group)
        write_exploration(exploration, facts, output / PAGE_FILE)
        write_csv(output / CSV_FILE, exploration_csv(exploration))
        text = exploration_json(exploration)
        write_text(output / JSON_FILE, text)
    if as_json:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        console = Console()
        _print(console, exploration)
        console.print(f"Exploration written to {output / PAGE_FILE}", soft_wrap=True)


def _designs(
    line: list[str] | None, holding: list[str] | None, cycle: list[str] | None
) -> list[Design]:
    from skontro.model import Netting
    from skontro.simulation.exploring import CYCLES, grid
    from skontro.simulation.exploring.designs import HOLDINGS, LINES, parse_part

    lines = [parse_part(text) for text in line] if line else list(LINES)
    holdings = [parse_part(text) for text in holding] if holding else list(HOLDINGS)
    unknown = [name for name in cycle or [] if name not in CYCLES]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(CYCLES)}", param_hint="--cycle"
        )
    cycles = cycle or list(CYCLES)
    nettings = list(Netting)
    # Holding limits matter where there is credit: they are looked at with the longest lines.
    middle = cycles[len(cycles) // 2]
    return [
        *grid(nettings, cycles, lines, [None]),
        *grid(nettings, [middle], [max(lines)], holdings),
    ]


def _print(console: Console, exploration: Exploration) -> None:
    """The share by netting and cycle, for each swap line."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from skontro.simulation.exploring import CYCLES
    from skontro.simulation.report.exploration_plots import part_text
    from skontro.simulation.report.wording import percent

    points = [point for point in exploration.points if point.design.holding is None]
    lines = sorted(dict.fromkeys(point.design.line for point in points))
    rows = dict.fromkeys((point.design.netting, point.design.cycle) for point in points)
    share = {point.design: exploration.share(point) for point in points}
    console.print(f"[bold]{escape(exploration.year.name)}[/bold]")
    console.print("Settled without the third currency, by swap line in parts of annual trade")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Netting, cycle", no_wrap=True)
    for line in lines:
        table.add_column(part_text(line), justify="right", no_wrap=True)
    for netting, cycle in rows:
        found = {d.line: share[d] for d in share if (d.netting, d.cycle) == (netting, cycle)}
        length = CYCLES[cycle]
        ends = "day" if length == 1 else f"{length} days" if length > 0 else f"{-length} mo."
        table.add_row(f"{netting.value}, {ends}", *(percent(found[line], 0) for line in lines))
    console.print(table)
