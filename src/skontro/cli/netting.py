"""``skontro netting``: how much of what parties owe each other compensates itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from skontro.simulation.netting import Potential

#: Columns for which a terminal has no room.
_IN_FILES_ALONE = ("Members", "Pairs with trade", "Largest creditor", "Largest debtor")


def netting(
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Group of countries; may be given several times.",
            show_default="CIS, EAEU, ASEAN, ECOWAS, AfCFTA",
        ),
    ] = None,
    year: Annotated[
        list[int] | None,
        typer.Option(
            help="Year of trade; may be given several times.", show_default="2019 and 2020"
        ),
    ] = None,
    matrix: Annotated[
        Path | None,
        typer.Option(help="CSV file of your own: debtor, creditor, amount; instead of trade."),
    ] = None,
    currency: Annotated[str, typer.Option(help="Currency of that file.")] = "USD",
    output: Annotated[Path | None, typer.Option(help="CSV file to write the table into.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table as it stands in the documentation.")
    ] = False,
) -> None:
    """Measure the netting potential of trade, or of obligations of your own.

    The compensation ratio is the part of all obligations that need not be paid once they are
    netted: of each two parties (bilateral), or of all together (multilateral). A year is taken as
    one cycle, so this is the most that netting alone can do: it cannot shrink a net position.
    """
    from skontro.files.writing import write_csv
    from skontro.simulation.netting import potential_table
    from skontro.simulation.netting.potential import HEAD

    rows = potential_table(_potentials(group, year, matrix, currency))
    if output is not None:
        import polars as pl

        write_csv(output, pl.DataFrame(rows, schema=dict.fromkeys(HEAD, pl.String), orient="row"))
    if markdown:
        typer.echo(as_markdown(rows), nl=False)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    unit = currency if matrix else "USD"
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    shown = [place for place, title in enumerate(HEAD) if title not in _IN_FILES_ALONE]
    for place in shown:
        left = place in (0, len(HEAD) - 2, len(HEAD) - 1)
        title = HEAD[place].replace(", ", "\n")
        table.add_column(title, justify="left" if left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    console = Console()
    console.print(f"Amounts in {unit} million", style="dim")
    console.print(table)


def _potentials(
    group: list[str] | None, year: list[int] | None, matrix: Path | None, currency: str
) -> list[Potential]:
    from skontro.model import find_currency
    from skontro.simulation.generator.sources import trade_years
    from skontro.simulation.netting import (
        GROUPS,
        potential_of_matrix,
        potential_of_trade,
        read_obligations,
    )

    if matrix is not None:
        if group or year:
            raise typer.BadParameter("give either --matrix or groups and years")
        found = find_currency(currency)
        return [potential_of_matrix(matrix.stem, found, read_obligations(matrix, found))]
    years = year or list(trade_years())
    return [potential_of_trade(name, one) for name in group or GROUPS for one in years]


def as_markdown(rows: list[tuple[str, ...]]) -> str:
    """The table as Markdown, ending with a line feed."""
    from skontro.simulation.netting.potential import HEAD

    words = (0, len(HEAD) - 2, len(HEAD) - 1)
    rule = ["---" if place in words else "---:" for place in range(len(HEAD))]
    lines = [HEAD, rule, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
