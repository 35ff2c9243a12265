"""``skontro share``: national-currency share of a settled record, at three layers."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from skontro.files import Results
    from skontro.statistics import Part

_Word = TypeVar("_Word", bound=StrEnum)

#: Decimal places of shares and indices in files.
PLACES = 6

_FIGURES = ("payments", "value_minor", "national_minor", "share", "concentration")


def share(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Take apart by corridor, currency, day or month; may be given more than once."
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(help="instruction, interbank or residual.", show_default="all three"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="CSV file to write the same figures into.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Measure how much of the value between countries moves in their own currencies.

    At three layers: the currency of the customers' orders (instruction), that in which settlement
    accounts moved (interbank), and that in which the net positions of netting cycles were paid in
    the end (residual). A currency is national if it is the payer's or the payee's own. The
    concentration is the Herfindahl index of the currencies: 1 if all is in one.
    """
    import json

    from skontro.cli.progress import step_progress
    from skontro.files import read_results
    from skontro.files.writing import write_csv
    from skontro.statistics import Dimension, Layer, break_down

    dimensions = [_one_of(Dimension, text, "--by") for text in by or []]
    layers = [_one_of(Layer, text, "--layer") for text in layer or list(Layer)]
    with step_progress(quiet=as_json) as progress:
        progress("reading", 0, 2)
        settled = read_results(results)
        progress("measuring", 1, 2)
        parts = [part for one in layers for part in break_down(settled, one, dimensions)]
    names = [dimension.value for dimension in dimensions]
    rows = [_row(part, names) for part in parts]
    if output is not None:
        import polars as pl

        columns = ["layer", *names, *_FIGURES]
        write_csv(output, pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String)))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    _print(settled, parts, names)
    if output is not None:
        typer.echo(f"Written to {output}")


def _one_of(words: type[_Word], text: str, option: str) -> _Word:
    if text not in [word.value for word in words]:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(words)}", param_hint=option)
    return words(text)


def _row(part: Part, names: list[str]) -> dict[str, str | None]:
    from skontro.statistics import decimal_text

    share = part.share
    return {
        "layer": part.layer.value,
        **dict(zip(names, part.keys, strict=True)),
        "payments": str(share.orders),
        "value_minor": str(share.value),
        "national_minor": str(share.national_value),
        "share": decimal_text(share.share, PLACES),
        "concentration": decimal_text(share.concentration, PLACES),
    }


def _print(settled: Results, parts: list[Part], names: list[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from skontro.simulation.report.wording import Scale, percent, period, plain_ratio

    console = Console()
    currency = settled.rates.account_currency
    dates = tuple(day.date for day in settled.business_days)
    console.print(f"[bold]{escape(settled.name)}[/bold]")
    console.print(f"{period(dates)}, values in {currency}", style="dim")
    scale = Scale.for_table(max((part.share.value for part in parts), default=0), currency)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("layer", *names):
        table.add_column(name.capitalize(), no_wrap=True)
    for name in ("Payments", f"Value, {scale.label}", "National", "Concentration"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        share = part.share
        table.add_row(
            part.layer.value,
            *part.keys,
            f"{share.orders:,}",
            scale.text(share.value),
            percent(share.share),
            plain_ratio(share.concentration),
        )
    console.print(table)
    if settled.netting is None:
        console.print(
            "No netting cycles: every order settled by itself, and nothing was left to pay.",
            style="dim",
        )
