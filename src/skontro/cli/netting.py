"""``skontro netting``: the netting potential of obligations between parties."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.outputs import GROUPS, Overwrite
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.netting import Potential

#: Columns for which a terminal has no room.
_IN_FILES_ALONE = ("Members", "Pairs with trade", "Largest creditor", "Largest debtor")


#: How the files begin that the command writes.
_HEADS = (b"name,period,members,", b"debtor,creditor,amount,set_off,")


def netting(
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Group of countries: {GROUPS}; may be given several times.",
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
        typer.Option(help="Your own CSV file instead of trade: debtor, creditor, amount."),
    ] = None,
    currency: Annotated[str, typer.Option(help="Currency of that file.")] = "USD",
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write the same figures into.", show_default="the terminal alone"
        ),
    ] = None,
    set_off: Annotated[
        Path | None,
        typer.Option(
            help="CSV file for the set-off part and the rest of each obligation; for one group in "
            "one year, or for your own file.",
            show_default="none",
        ),
    ] = None,
    overwrite: Overwrite = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="The table in Markdown, as in the documentation.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Measure the netting potential of trade, or of your own obligations.

    Gives three ratios, each the part of all obligations that need not be paid. Bilateral: in each
    pair, one party pays the difference. Multilateral: net debtors pay net creditors after all
    parties are netted together. Set-off: the largest part of the obligations that can be
    discharged without new money and without new obligations. Net positions do not change, and the
    rest is owed as before. A year counts as one cycle, so this is the upper limit of netting
    alone: it cannot reduce a net position.
    """
    from skontro.files.table_files import write_csv
    from skontro.files.writing import check_output_file
    from skontro.report.netting_potential import (
        markdown_table,
        potential_csv,
        potential_json,
        set_off_csv,
    )

    if markdown and as_json:
        raise typer.BadParameter("give either --json or --markdown")
    for path in (output, set_off):
        if path is not None:
            check_output_file(
                path,
                inputs=[] if matrix is None else [matrix],
                overwrite=overwrite,
                is_own=lambda head: head.startswith(_HEADS),
            )
    if output is not None and set_off is not None and output.resolve() == set_off.resolve():
        raise typer.BadParameter("name two files", param_hint="--output, --set-off")
    potentials = _potentials(group, year, matrix, currency)
    if set_off is not None and len(potentials) != 1:
        raise typer.BadParameter(
            "give one --group and one --year, or --matrix", param_hint="--set-off"
        )
    if output is not None:
        write_csv(output, potential_csv(potentials))
    if set_off is not None:
        write_csv(set_off, set_off_csv(potentials[0]))
    if as_json:
        print_json(potential_json(potentials))
    elif markdown:
        typer.echo(markdown_table(potentials), nl=False)
    else:
        _print(potentials)
        for path in (output, set_off):
            if path is not None:
                typer.echo(f"Written to {path}")


def _print(potentials: list[Potential]) -> None:
    from rich import box
    from rich.table import Table

    from skontro.report.netting_potential import HEAD, WORDS, potential_table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    shown = [index for index, title in enumerate(HEAD) if title not in _IN_FILES_ALONE]
    for index in shown:
        title = HEAD[index].replace(", ", "\n").replace("lateral", "-\nlateral")
        table.add_column(title, justify="left" if index in WORDS else "right", no_wrap=True)
    for row in potential_table(potentials):
        table.add_row(*(row[index] for index in shown))
    terminal = console()
    terminal.print(f"Amounts in {potentials[0].currency.code} million", style="dim")
    terminal.print(table)


def _potentials(
    group: list[str] | None, year: list[int] | None, matrix: Path | None, currency: str
) -> list[Potential]:
    from skontro.api.figures import potentials_of

    if matrix is not None and (group or year):
        raise typer.BadParameter("give either --matrix or groups and years")
    return potentials_of(matrix, currency, group or (), year or ())
