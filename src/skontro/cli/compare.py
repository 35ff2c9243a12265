"""``skontro compare``: compare designs and degrees of liquidity on one scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.outputs import Overwrite, default_folder
from skontro.cli.terminal import console, print_json, step_progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from rich.console import Console

    from skontro.simulation.compare import Comparison, Outcome

#: Files that the command writes.
PAGE_FILE = "comparison.html"
JSON_FILE = "comparison.json"
CSV_FILE = "comparison.csv"


def compare(
    scenario: Annotated[
        Path, typer.Argument(help="Folder with a scenario.yaml, or that file itself.")
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write the comparison into.",
            show_default="the scenario's name-compared",
        ),
    ] = None,
    overwrite: Overwrite = False,
    design: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=FILE]",
            help="A design to compare; may be given several times. "
            "gross, offset_on_entry, bypass, all_or_nothing, greatest_fifo_set, bilateral_pass, "
            "maximum_value, together, scenario for the rules of the scenario, or your own name "
            "and the file (.yaml, .toml) of its rulebook, such as night=night.yaml.",
            show_default="all built-in ones",
        ),
    ] = None,
    designs: Annotated[
        Path | None,
        typer.Option(help="A file (.yaml, .toml) of your own designs; all of them are compared."),
    ] = None,
    degree: Annotated[
        list[str] | None,
        typer.Option(
            help="A part of the scenario's liquidity, such as 35%; may be given several times.",
            show_default="5%, 15%, 35%, 65%, 100%",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Comparison as JSON.")] = False,
) -> None:
    """Compare liquidity-saving designs on the same payments.

    Settles the scenario under every design with several degrees of its liquidity. Shows liquidity
    against delay, the value settled by each mechanism, and the gap of each algorithm to the
    optimum.

    Writes comparison.html, comparison.json and comparison.csv.
    """
    from skontro.api.scenarios import read_with_refusals
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.table_files import write_csv
    from skontro.files.writing import write_text
    from skontro.model import InputError
    from skontro.report.comparison_page import write_comparison
    from skontro.simulation.compare import (
        DEGREES,
        choose_designs,
        comparison_csv,
        comparison_json,
        parse_degree,
    )
    from skontro.simulation.compare import compare as compare_designs

    degrees = [parse_degree(text) for text in degree] if degree else list(DEGREES)
    output = output or default_folder(scenario, "compared")
    kind = OutputKind("compare", JSON_FILE, (PAGE_FILE, JSON_FILE, CSV_FILE))
    inputs = [scenario] if designs is None else [scenario, designs]
    with (
        step_progress(quiet=as_json) as progress,
        output_folder(output, kind, inputs=inputs, overwrite=overwrite) as folder,
    ):
        progress("reading", 0, 1)
        reading = read_with_refusals(scenario)
        folder.protect(reading.files)
        if len(reading.refusals):
            raise InputError(
                f"{scenario}: {reading.refusals.refused_rows:,} rows are refused; "
                "`skontro settle` names them: correct them first"
            )
        chosen = choose_designs(reading.scenario, design or (), designs)
        comparison = compare_designs(
            reading.scenario,
            chosen,
            degrees,
            lambda done, total: progress("settling", done, total),
        )
        progress("writing", 0, 1)
        text = comparison_json(comparison)
        write_comparison(comparison, folder.stage / PAGE_FILE)
        write_csv(folder.stage / CSV_FILE, comparison_csv(comparison))
        write_text(folder.stage / JSON_FILE, text)
    if as_json:
        print_json(text)
    else:
        _print(console(), comparison)
        typer.echo(f"Comparison written to {output / PAGE_FILE}")


def _print(terminal: Console, comparison: Comparison) -> None:
    """Value settled, delay indicator and national-currency share by design and degree."""
    from rich import box
    from rich.table import Table

    from skontro.report.formatting import exact_percent, percent

    terminal.print(comparison.name, style="bold")
    figures: dict[str, Callable[[Outcome], Fraction | None]] = {
        "Value settled": lambda outcome: outcome.settled_share,
        "Delay indicator": lambda outcome: outcome.delay,
        "National-currency share of orders settled, by corridor": (
            lambda outcome: outcome.interbank.by_corridor.share
        ),
        "National-currency share of orders settled, by member": (
            lambda outcome: outcome.interbank.by_member.share
        ),
    }
    for title, figure in figures.items():
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
        table.add_column("Design", overflow="fold")
        for degree in comparison.degrees:
            table.add_column(exact_percent(degree), justify="right", no_wrap=True)
        for design in comparison.designs:
            table.add_row(
                design,
                *(
                    percent(figure(comparison.outcome(design, degree)))
                    for degree in comparison.degrees
                ),
            )
        terminal.print()
        terminal.print(f"{title}, by part of the liquidity", style="bold")
        terminal.print(table)
    terminal.print()
