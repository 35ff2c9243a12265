"""``skontro facts``: the figures of the mission, and how each is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import GROUPS, Overwrite
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.simulation.facts import Fact

#: Rows shown of a topic on the terminal, the latest.
_SHOWN = 8


def facts(
    *,
    group: Annotated[str, typer.Option(help=f"Group for the growth of GDP: {GROUPS}.")] = "CIS",
    year: Annotated[int, typer.Option(help="Year for the growth of GDP, 2000 to 2026.")] = 2024,
    every: Annotated[
        bool, typer.Option("--all", help="All years and reports, instead of the latest.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="CSV file for all figures.", show_default="the terminal alone"),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
) -> None:
    """Show figures of trade, growth and national currencies with source and vintage.

    Measured figures are computed from tables of statistical offices and the IMF. Published ones are
    quoted, implied ones follow from quoted ones. A gap is shown as unknown.
    """
    import json

    import polars as pl

    from skontro.files.table_files import write_csv
    from skontro.files.writing import check_output_file
    from skontro.simulation.facts import facts as all_facts

    if output is not None:
        check_output_file(
            output,
            inputs=(),
            overwrite=overwrite,
            is_own=lambda head: head.startswith(b"topic,"),
        )
    found = all_facts(group, year)
    rows = [_row(one) for one in found]
    if output is not None:
        write_csv(output, pl.DataFrame(rows))
    if as_json:
        print_json(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    _show(found, every=every)
    if output is not None:
        typer.echo(f"All {len(rows)} figures written to {output}")


def _row(one: Fact) -> dict[str, Any]:
    return {
        "topic": one.topic,
        "figure": one.name,
        "period": one.period,
        "value": one.shown,
        "at_least": one.at_least,
        "unit": one.unit,
        "kind": str(one.kind),
        "source": one.source,
        "vintage": one.vintage,
        "note": one.note,
    }


def _show(found: tuple[Fact, ...], *, every: bool) -> None:
    from rich.table import Table

    for topic in dict.fromkeys(one.topic for one in found):
        of_topic = [one for one in found if one.topic == topic]
        chosen = of_topic if every else of_topic[-_SHOWN:]
        left = len(of_topic) - len(chosen)
        more = f"; {left} earlier with --all" if left else ""
        table = Table("period", "figure", title=f"{topic}{more}", title_justify="left")
        table.add_column("value", justify="right")
        table.add_column("known as")
        sources = list(dict.fromkeys(one.source for one in chosen))
        for one in chosen:
            value = f"over {one.shown}" if one.at_least else one.shown
            vintage = f" (as of {one.vintage})" if one.vintage and len(sources) > 1 else ""
            table.add_row(one.period, f"{one.name}{vintage}", f"{value} {one.unit}", str(one.kind))
        console().print(table)
        typer.echo(f"Sources: {'; '.join(source for source in sources if source)}\n")
