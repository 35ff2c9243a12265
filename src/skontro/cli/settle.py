"""``skontro settle``: settle a scenario and write what became of every order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.exit_code import ExitCode
from skontro.cli.progress import step_progress

if TYPE_CHECKING:
    from skontro.files import Refusals

#: Refusals shown on the terminal; all of them are in the file.
SHOWN_REFUSALS = 20

#: Files written beside those of the results.
REFUSALS_FILE = "refusals.csv"
SUMMARY_FILE = "summary.json"


def settle(
    scenario: Annotated[
        Path, typer.Argument(help="Folder with a scenario.yaml, or that file itself.")
    ],
    *,
    output: Annotated[Path, typer.Option(help="Folder to write the results into.")],
    payments: Annotated[
        Path | None, typer.Option(help="Payments (.parquet, .csv) instead of the scenario's.")
    ] = None,
    participants: Annotated[
        Path | None, typer.Option(help="Participants (.yaml, .toml) instead of the scenario's.")
    ] = None,
    rates: Annotated[
        Path | None, typer.Option(help="Exchange rates (.csv) instead of the scenario's.")
    ] = None,
    instructions: Annotated[
        Path | None,
        typer.Option(help="Instructions (.parquet, .csv) instead of the scenario's, if any."),
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Settle the good rows although others are bad.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON.")] = False,
) -> None:
    """Settle the business days of a scenario, gross, and sum up what it took.

    Orders without cover wait in queues, first in first out by class, and are released by incoming
    payments; what still waits at the end of the day is returned.

    Writes orders.parquet, accounts.parquet, statements.parquet, runs.parquet, rates.csv,
    results.yaml and summary.json. If any row of the payments or instructions is refused, nothing
    is settled unless --skip-invalid is given; all refusals are listed in refusals.csv.
    """
    from rich.console import Console

    from skontro.cli.summary import print_summary
    from skontro.files import read_scenario, write_results
    from skontro.files.writing import write_text
    from skontro.simulation import settle as settle_scenario
    from skontro.statistics import as_json as summary_json
    from skontro.statistics import summarise

    with step_progress(quiet=as_json) as progress:
        progress("reading", 0, 1)
        reading = read_scenario(
            scenario,
            payments=payments,
            participants=participants,
            rates=rates,
            instructions=instructions,
        )
        _report_refusals(output, reading.refusals, settling=skip_invalid)
        results = settle_scenario(
            reading.scenario, lambda done, total: progress("settling", done, total)
        )
        progress("summing up", 0, 1)
        summary = summarise(results)
        text = summary_json(summary)
        progress("writing", 0, 1)
        write_results(output, results)
        write_text(output / SUMMARY_FILE, text)
    if as_json:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        console = Console()
        print_summary(console, summary)
        console.print(f"Results written to {output}", soft_wrap=True)


def _report_refusals(output: Path, refusals: Refusals, *, settling: bool) -> None:
    """Write all refusals, if any, show the first, and stop unless the rest is to be settled."""
    from itertools import islice

    from skontro.files import write_refusals
    from skontro.files.writing import prepare_folder

    # Found out before settling, not after; and what an earlier run refused is no longer true.
    prepare_folder(output, REFUSALS_FILE)
    if not len(refusals):
        return
    write_refusals(output / REFUSALS_FILE, refusals)
    for refusal in islice(refusals, SHOWN_REFUSALS):
        typer.echo(f"{refusal} [{refusal.reason.name}]", err=True)
    more = len(refusals) - SHOWN_REFUSALS
    if more > 0:
        typer.echo(f"… and {more:,} more", err=True)
    outcome = "settling the other rows" if settling else "nothing was settled"
    advice = "" if settling else "; correct them, or give --skip-invalid to settle the others"
    typer.echo(
        f"skontro: {refusals.refused_rows:,} rows refused, all reasons in "
        f"{output / REFUSALS_FILE}: {outcome}{advice}",
        err=True,
    )
    if not settling:
        raise typer.Exit(ExitCode.ROWS_REFUSED)
