"""``skontro explore``: the national-currency share that a clearing arrangement could reach."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.outputs import GROUPS, Overwrite, countries_label, default_folder
from skontro.cli.terminal import console, print_json, step_progress

if TYPE_CHECKING:
    from rich.console import Console

    from skontro.simulation.clearing_study import AnnualTrade, Design, Exploration

#: Files that the command writes.
PAGE_FILE = "exploration.html"
JSON_FILE = "exploration.json"
CSV_FILE = "exploration.csv"


def explore(
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write the exploration into.", show_default="group-year-explored"
        ),
    ] = None,
    overwrite: Overwrite = False,
    group: Annotated[
        str | None,
        typer.Option(help=f"Group of countries: {GROUPS}.", show_default="CIS"),
    ] = None,
    countries: Annotated[
        str | None,
        typer.Option(help="ISO codes, as in KAZ,KGZ,UZB, instead of a group."),
    ] = None,
    matrix: Annotated[
        Path | None,
        typer.Option(
            help="Your own CSV file instead of trade: debtor, creditor, amount of a year."
        ),
    ] = None,
    currency: Annotated[str, typer.Option(help="Currency of that file.")] = "USD",
    year: Annotated[
        int,
        typer.Option(
            metavar="<int>",
            min=1990,
            max=2100,
            help="Year of the trade matrix; with your own file, the year that gives the weekdays.",
        ),
    ] = 2020,
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
    spread: Annotated[
        list[str] | None,
        typer.Option(
            help="Spread of daily totals: standard deviation of the logarithm of a corridor's "
            "daily trade, 0 for equal days. May be given several times: the middle is shown, "
            "the others make a band.",
            show_default="low, central and high, fitted to the trade",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="<int>", min=0, help="Seed of the random spread of trade over the days."
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="The points as JSON.")] = False,
) -> None:
    """Explore the reachable national-currency share of a group's trade.

    Settles a year of trade by the engine under every design: bilateral or multilateral netting,
    cycles from a day to months, swap lines and holding limits of different size. Shows the
    frontier, the upper bound that a linear program proves, and published shares. The variation of
    trade from day to day is not published: low, central and high spreads make a band.

    Writes exploration.html, exploration.json and exploration.csv.
    """
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.table_files import write_csv
    from skontro.files.writing import write_text
    from skontro.report.clearing_study_page import write_exploration
    from skontro.simulation.clearing_study import (
        exploration_csv,
        exploration_json,
        fitted_spreads,
        parse_spread,
    )
    from skontro.simulation.clearing_study import explore as explore_designs
    from skontro.simulation.clearing_study.published_shares import published_shares

    designs = _designs(line, holding, cycle)
    output = output or _default_output(group, countries, matrix, year)
    kind = OutputKind("explore", JSON_FILE, (PAGE_FILE, JSON_FILE, CSV_FILE))
    inputs = [] if matrix is None else [matrix]
    with (
        step_progress(quiet=as_json) as progress,
        output_folder(output, kind, inputs=inputs, overwrite=overwrite) as folder,
    ):
        trade = _trade(group, countries, matrix, currency, year)
        spreads = [parse_spread(text) for text in spread] if spread else fitted_spreads(trade)
        exploration = explore_designs(
            trade, spreads, designs, seed, lambda done, total: progress("settling", done, total)
        )
        progress("writing", 0, 1)
        facts = published_shares(trade.members)
        write_exploration(exploration, facts, folder.stage / PAGE_FILE)
        write_csv(folder.stage / CSV_FILE, exploration_csv(exploration))
        text = exploration_json(exploration)
        write_text(folder.stage / JSON_FILE, text)
    if as_json:
        print_json(text)
    else:
        _print(console(), exploration)
        typer.echo(f"Exploration written to {output / PAGE_FILE}")


def _default_output(
    group: str | None, countries: str | None, matrix: Path | None, year: int
) -> Path:
    if matrix is not None:
        return default_folder(matrix, "explored")
    return Path(f"{countries_label(countries or group or 'CIS')}-{year}-explored")


def _trade(
    group: str | None, countries: str | None, matrix: Path | None, currency: str, year: int
) -> AnnualTrade:
    from skontro.model import find_currency
    from skontro.netting import read_obligations
    from skontro.simulation.clearing_study import (
        trade_of_countries,
        trade_of_group,
        trade_of_matrix,
    )

    if sum(given is not None for given in (group, countries, matrix)) > 1:
        raise typer.BadParameter("give one of --group, --countries and --matrix")
    if matrix is not None:
        found = find_currency(currency)
        name = f"Obligations of {matrix.stem}"
        return trade_of_matrix(name, found, read_obligations(matrix, found), year)
    if countries is not None:
        return trade_of_countries([code.strip() for code in countries.split(",")], year)
    return trade_of_group(group or "CIS", year)


def _designs(
    line: list[str] | None, holding: list[str] | None, cycle: list[str] | None
) -> list[Design]:
    from skontro.model.text import none_of
    from skontro.simulation.clearing_study import CYCLES, all_designs

    unknown = [name for name in cycle or [] if name not in CYCLES]
    if unknown:
        raise typer.BadParameter(none_of(unknown[0], CYCLES), param_hint="--cycle")
    return all_designs(line or [], holding or [], cycle or [])


def _print(terminal: Console, exploration: Exploration) -> None:
    """The share by netting and cycle, for each swap line, with its band."""
    from rich import box
    from rich.table import Table

    from skontro.report.clearing_study_captions import part_text, spreads_text
    from skontro.report.formatting import percent

    points = [point for point in exploration.points if point.design.holding is None]
    lines = sorted(dict.fromkeys(point.design.line for point in points))
    rows = dict.fromkeys((point.design.netting, point.design.cycle) for point in points)
    found = {
        (point.design.netting, point.design.cycle, point.design.line): point for point in points
    }
    terminal.print(exploration.year.name, style="bold")
    terminal.print(
        "Share of gross trade without third currency, national by corridor and by member "
        "alike,\nby swap line in parts of annual trade; "
        f"{spreads_text(exploration)}"
    )
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    table.add_column("Netting, cycle", no_wrap=True)
    for line in lines:
        table.add_column(part_text(line), justify="right", no_wrap=True)
    for netting, cycle in rows:
        of_row = [found[netting, cycle, line] for line in lines]
        shares = (percent(exploration.share(point)) for point in of_row)
        table.add_row(f"{netting.value}, {_cycle_words(cycle)}", *shares)
        if len(exploration.spreads) > 1:
            bands = [exploration.band(point) for point in of_row]
            for name, place in (("lowest", 0), ("highest", 1)):
                table.add_row(f"  {name}", *(percent(band[place]) for band in bands), style="dim")
    terminal.print(table)


def _cycle_words(cycle: str) -> str:
    from skontro.simulation.clearing_study import CYCLES

    length = CYCLES[cycle]
    if length.unit == "months":
        return f"{length.number} mo."
    return "day" if length.number == 1 else f"{length.number} days"
