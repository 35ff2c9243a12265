"""``skontro settle``: settle a scenario and write the outcome of every order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.outputs import REPORT_FILE, Overwrite, default_folder
from skontro.cli.terminal import ExitCode, console, print_json, step_progress

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from skontro.cli.terminal import StepProgress
    from skontro.files import Refusals, Results, Scenario
    from skontro.messages.payment_rows import MessageFiles
    from skontro.statistics import Summary

#: Refusals shown on the terminal; all of them are in the file.
SHOWN_REFUSALS = 20

#: Files written in addition to those of the results.
REFUSALS_FILE = "refusals.csv"
SUMMARY_FILE = "summary.json"


def settle(
    scenario: Annotated[
        list[Path],
        typer.Argument(
            help="Folder with a scenario.yaml, that file, or payments by themselves: a file (.csv, "
            ".parquet), ISO 20022 message files (.xml), or a folder of them."
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write the results into.", show_default="the scenario's name-settled"
        ),
    ] = None,
    overwrite: Overwrite = False,
    payments: Annotated[
        Path | None,
        typer.Option(
            help="Payments (.parquet, .csv, .xml, or a folder of .xml) instead of the scenario's."
        ),
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
    liquidity: Annotated[
        str | None,
        typer.Option(
            help="For a payments file by itself: opening balances as a part of each account's "
            "outgoing payments on an average day, such as 35%; without credit.",
            show_default="credit as needed",
        ),
    ] = None,
    skip_invalid: Annotated[
        bool,
        typer.Option("--skip-invalid", help="Settle the good rows even if others are refused."),
    ] = False,
    messages: Annotated[
        bool,
        typer.Option(
            "--messages",
            help="Also write ISO 20022 messages: pacs.002 for messages that came in, camt.053 and "
            "camt.054 for each participant.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON.")] = False,
) -> None:
    """Settle the business days of a scenario, gross, and summarise the results.

    Orders without cover wait in queues, first in first out by class, and are released by incoming
    payments. Orders still queued at the end of the day are returned.

    Payments by themselves are settled too. Missing participants, accounts and days are assumed;
    the assumptions are shown and stored in results.yaml. Payments of ISO 20022 messages (pacs.008,
    pacs.009) are submitted when their message was created, on the day of their value date.

    Without exchange rates, as on a day from a live system's record, there is no summary: figures
    are shown by currency.

    Writes orders.parquet, accounts.parquet, statements.parquet, runs.parquet, rates.csv,
    results.yaml and summary.json. If any row of the payments or instructions is refused, nothing
    is settled unless --skip-invalid is given; all refusals are listed in refusals.csv. Unusual
    values in good rows, such as a latest time on another day, are shown and settled.
    """
    from concurrent.futures import ThreadPoolExecutor

    from skontro.api.scenarios import read_with_refusals
    from skontro.cli.summary import print_by_currency, print_summary
    from skontro.files import write_refusals
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.results import RESULT_FILES
    from skontro.files.writing import write_text
    from skontro.messages.settled_day import MESSAGE_FILES, write_messages
    from skontro.simulation.generator.settings import to_share
    from skontro.statistics import as_json as summary_json

    source, files = _source(scenario)
    output = output or default_folder(source, "settled")
    kind = OutputKind(
        "settle",
        RESULT_FILES[0],
        (*RESULT_FILES, SUMMARY_FILE, REFUSALS_FILE, *MESSAGE_FILES),
        companions=(REPORT_FILE,),
    )
    others = [one for one in (payments, participants, rates, instructions) if one is not None]
    with (
        step_progress(quiet=as_json) as progress,
        output_folder(output, kind, inputs=[*scenario, *others], overwrite=overwrite) as folder,
        # Polars reads, computes and writes outside Python's lock.
        ThreadPoolExecutor(1) as worker,
    ):
        _prepare(worker)
        progress("reading", 0, 1)
        reading = read_with_refusals(
            source,
            payments=payments,
            participants=participants,
            rates=rates,
            instructions=instructions,
            opening_share=None if liquidity is None else to_share(liquidity),
            messages=files,
        )
        folder.protect(reading.files)
        for key, value in reading.scenario.provenance.items():
            if key.startswith("assumed "):
                typer.echo(f"{key}: {value}", err=True)
        if len(reading.refusals):
            write_refusals(folder.stage / REFUSALS_FILE, reading.refusals)
            _report_refusals(output, reading.refusals, settling=skip_invalid)
            if not skip_invalid:
                folder.publish()
                raise typer.Exit(ExitCode.ROWS_REFUSED)
        _show(reading.warnings, "warning: ")
        results = _settled(reading.scenario, progress)
        progress("summing up and writing", 0, 1)
        summary = _write_and_sum_up(results, folder.stage, worker)
        text = "null\n" if summary is None else summary_json(summary)
        write_text(folder.stage / SUMMARY_FILE, text)
        if messages:
            write_messages(folder.stage, results, files)
    if as_json:
        print_json(text)
        return
    if summary is not None:
        print_summary(console(), summary)
    else:
        print_by_currency(console(), results)
    typer.echo(f"Results written to {output}")
    if summary is None:
        message = "no summary: there are no exchange rates to add up currencies; give --rates"
        typer.echo(f"skontro: {message}", err=True)


def _prepare(worker: Executor) -> None:
    """Load the engine while the scenario is read; not compile it, as this may end at once."""
    from skontro.compilation import prepare
    from skontro.engine.jit import is_compiled

    if is_compiled():
        worker.submit(prepare)


def _settled(scenario: Scenario, progress: StepProgress) -> Results:
    from skontro.api import results as settled
    from skontro.compilation import prepare
    from skontro.engine.jit import is_compiled

    if not is_compiled():
        progress("compiling the engine, once after an installation", 0, 1)
        prepare()
    return settled.settle(scenario, progress=lambda done, total: progress("settling", done, total))


def _write_and_sum_up(results: Results, folder: Path, worker: Executor) -> Summary | None:
    """Write the results, and meanwhile sum them up, if there are rates for it."""
    from skontro.api import results as settled
    from skontro.statistics import summarise

    has_rates = not _has_no_rates(results)
    summing = worker.submit(summarise, results) if has_rates else None
    settled.write_results(results, folder)
    return None if summing is None else summing.result()


def _source(paths: list[Path]) -> tuple[Path, MessageFiles]:
    """The scenario or the first file, and the reader of messages for it and all others."""
    from skontro.messages.payment_rows import MessageFiles, is_message_file
    from skontro.model import InputError

    first, *others = paths
    for path in paths if others else ():
        if not is_message_file(path):
            raise InputError(f"{path}: only message files (.xml) are settled together")
    return first, MessageFiles(others)


def _has_no_rates(results: Results) -> bool:
    """Whether several currencies lack rates to add them up, as on a day from a record."""
    rates = results.rates
    currencies = [] if results.inputs is None else results.inputs.directory.currencies
    others = [currency for currency in currencies if currency != rates.account_currency]
    return bool(others) and not rates.rates_of_others


def _show(found: Refusals, prefix: str) -> None:
    """Show the first ones on the error output."""
    from itertools import islice

    for one in islice(found, SHOWN_REFUSALS):
        typer.echo(f"{prefix}{one} [{one.reason.name}]", err=True)
    more = len(found) - SHOWN_REFUSALS
    if more > 0:
        typer.echo(f"… and {more:,} more", err=True)


def _report_refusals(output: Path, refusals: Refusals, *, settling: bool) -> None:
    """Show the first refusals, name the file of all, and state the effect on the other rows."""
    _show(refusals, "")
    outcome = "settling the other rows" if settling else "nothing was settled"
    advice = "" if settling else "; correct them, or give --skip-invalid to settle the others"
    typer.echo(
        f"skontro: {refusals.refused_rows:,} rows refused, all reasons in "
        f"{output / REFUSALS_FILE}: {outcome}{advice}",
        err=True,
    )
