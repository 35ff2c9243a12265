"""``skontro share``: national-currency share of a settled period, at three layers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from skontro.files import Results
    from skontro.report.formatting import Scale
    from skontro.statistics import Part, ShareTable

_Word = TypeVar("_Word", bound=StrEnum)


def share(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Break down by corridor, currency, day or month; may be given several times."
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(help="instruction, interbank or residual.", show_default="all three"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write the same figures into: .csv or .parquet.",
            show_default="the terminal alone",
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Measure the share of value between countries that moves in their own currencies.

    The three layers are the currency of customers' orders (instruction), of settlement accounts
    (interbank), and of the payments of netting cycles (residual, a share of net positions).
    National by corridor: the payer's or the payee's country issues the currency. By member: any
    country of the participants does. The concentration is the Herfindahl index of the currencies:
    1 if all value is in one.
    """
    import json

    from skontro.cli.terminal import step_progress
    from skontro.files import read_results
    from skontro.files.results import find_results, result_files
    from skontro.files.table_files import write_csv, write_parquet
    from skontro.files.writing import check_output_file
    from skontro.statistics import Dimension, Layer, measure_shares

    dimensions = [_one_of(Dimension, text, "--by") for text in by or []]
    layers = [_one_of(Layer, text, "--layer") for text in layer or list(Layer)]
    find_results(results)
    if output is not None:
        check_output_file(
            output,
            inputs=result_files(results),
            overwrite=overwrite,
            is_own=lambda head: head.startswith(b"layer,"),
        )
    with step_progress(quiet=as_json) as progress:
        progress("reading", 0, 2)
        settled = read_results(results)
        progress("measuring", 1, 2)
        shares = measure_shares(settled, dimensions, layers)
    if output is not None:
        write = write_parquet if output.suffix == ".parquet" else write_csv
        write(output, shares.text_table())
    if as_json:
        print_json(json.dumps(shares.rows(), ensure_ascii=False, indent=1))
        return
    _print(settled, shares)
    if output is not None:
        typer.echo(f"Written to {output}")


def _one_of(words: type[_Word], text: str, option: str) -> _Word:
    from skontro.model.text import none_of

    if text not in [word.value for word in words]:
        raise typer.BadParameter(none_of(text, words), param_hint=option)
    return words(text)


def _print(settled: Results, shares: ShareTable) -> None:
    from skontro.report.formatting import (
        LAYER_WORDS,
        OF_GROSS_TRADE,
        SHARE_OF,
        Scale,
        group_words,
        lifted_by_returns,
        percent,
        period,
    )
    from skontro.statistics import Definition, Layer, break_down, credit_effect, group_of

    parts, names, residual = list(shares.parts), shares.names, shares.residual
    terminal = console()
    currency = settled.rates.account_currency
    dates = tuple(day.date for day in settled.business_days)
    terminal.print(settled.name, style="bold")
    terminal.print(f"{period(dates)}, values in {currency}", style="dim")
    largest = max([*(part.share.value for part in parts), residual.gross_trade if residual else 0])
    scale = Scale.for_table(largest, currency)
    for layer in dict.fromkeys(part.layer for part in parts):
        of_layer = [part for part in parts if part.layer == layer]
        if names:
            title = f"{LAYER_WORDS[layer].capitalize()}, share {SHARE_OF[layer]}"
            terminal.print(f"\n{title}", style="bold")
            terminal.print(_table(of_layer, names, scale))
    if not names:
        table = _table(parts, names, scale)
        if residual is not None:
            table.add_row(
                Layer.RESIDUAL.value,
                OF_GROSS_TRADE,
                "",
                scale.text(residual.gross_trade),
                *(percent(residual.share_of_gross_trade(one)) for one in Definition),
                "",
            )
        terminal.print(table)
    terminal.print(group_words(group_of(settled)), style="dim")
    if any(part.layer == Layer.INTERBANK for part in parts):
        [whole] = break_down(settled, Layer.INTERBANK, [])
        note = lifted_by_returns(credit_effect(settled, whole.share))
        if note:
            terminal.print(note, style="dim")
    if settled.netting is None:
        terminal.print(
            "No netting cycles: every order settled by itself, and nothing was left to pay.",
            style="dim",
        )


def _table(parts: list[Part], names: list[str], scale: Scale) -> Table:
    """Table of parts by their keys, or of whole layers, by both definitions."""
    from rich import box
    from rich.table import Table

    from skontro.report.formatting import SHARE_OF, percent, plain_ratio

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in [one.capitalize() for one in names] or ("Layer", "Share"):
        table.add_column(name, no_wrap=True)
    value = "Value,\n" + scale.label
    for name in ("Payments", value, "By\ncorridor", "By\nmember", "Concen-\ntration"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        share = part.share
        table.add_row(
            *(part.keys or (part.layer.value, SHARE_OF[part.layer])),
            f"{share.orders:,}",
            scale.text(share.value),
            percent(share.by_corridor.share),
            percent(share.by_member.share),
            plain_ratio(share.concentration),
        )
    return table
