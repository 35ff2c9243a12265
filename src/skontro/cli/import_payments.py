"""``skontro import``: read foreign payment files, by a map that is drafted from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import Overwrite, default_folder
from skontro.cli.terminal import console, print_json, step_progress

if TYPE_CHECKING:
    from skontro.imports import Draft, Import

#: Files of the output besides those of a scenario.
MAP_FILE = "import.yaml"
OUTCOMES_FILE = "outcomes.csv"
REFERENCES_FILE = "references.parquet"

_SAMPLES = 3
_LONGEST = 28


def import_payments(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files or a folder: CSV and other lists, XLSX, Parquet, SWIFT FIN, 1C. Files with "
            "bank codes, balances or credit lines are recognised."
        ),
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the scenario.", show_default="NAME-imported")
    ] = None,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Map of the columns; drafted from the files by default."),
    ] = None,
    draft: Annotated[
        Path | None, typer.Option(help="Write the drafted map to this file, and import nothing.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="IANA name of the time zone of the files.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Outcome as JSON.")] = False,
) -> None:
    """Import payments from files of other systems as a scenario that settles.

    Shows which column was taken for what, and the outcome of every row. Correct `import.yaml` in
    the folder, and give it with --map.
    """
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.scenario import SCENARIO_FILES, write_scenario
    from skontro.files.table_files import write_csv
    from skontro.files.writing import write_text
    from skontro.imports import Draft, draft_for, import_sources, read_map, read_sources
    from skontro.imports.column_map import map_text, usable_map, with_time_zone
    from skontro.model import InputError

    if map_file is not None and draft is not None:
        raise InputError("--map, --draft: give one of the two")
    given = None if map_file is None else with_time_zone(read_map(map_file), time_zone)
    sources = read_sources(files, given)
    drafted = Draft(given, {}) if given is not None else draft_for(sources, time_zone)
    if given is None and not as_json:
        _show_map(sources.payments.rows, drafted)
    if draft is not None:
        write_text(draft, map_text(drafted.shape, drafted.remarks))
        typer.echo(f"Map written to {draft}; correct it, and give it with --map")
        return
    shape = usable_map(drafted.shape)
    output = output or default_folder(files[0], "imported")
    kind = OutputKind(
        "import", SCENARIO_FILES[0], (*SCENARIO_FILES, MAP_FILE, OUTCOMES_FILE, REFERENCES_FILE)
    )
    named = [*sources.files, *([map_file] if map_file else [])]
    with (
        step_progress(quiet=as_json) as progress,
        output_folder(output, kind, inputs=named, overwrite=overwrite) as folder,
    ):
        progress("importing", 0, 1)
        found = import_sources(sources, shape, name=files[0].stem)
        progress("writing", 0, 1)
        write_text(folder.stage / MAP_FILE, map_text(shape, drafted.remarks))
        write_csv(folder.stage / OUTCOMES_FILE, found.outcomes)
        found.references.write_parquet(folder.stage / REFERENCES_FILE)
        write_scenario(folder.stage, found.scenario)
    if as_json:
        print_json(json.dumps(_summary(output, found), ensure_ascii=False, indent=2))
        return
    _show_outcome(found)
    typer.echo(f"Scenario written to {output}; settle it with: skontro settle {output}")


def _show_map(rows: Any, drafted: Draft) -> None:  # noqa: ANN401  a table of Polars
    """The columns that have a meaning, with samples, and what a person should confirm."""
    from rich.table import Table

    table = Table("meaning", "column", "samples", title="Columns, as recognised")
    for meaning, column, values in drafted.meanings:
        cells = rows[column].drop_nulls().unique(maintain_order=True).head(_SAMPLES)
        samples = [text[:_LONGEST] or "(empty)" for text in values or cells]
        table.add_row(meaning, column, ", ".join(samples))
    console().print(table)
    for key, remark in drafted.remarks.items():
        typer.echo(f"please confirm {key}: {remark}", err=True)


def _show_outcome(found: Import) -> None:
    """The outcome of all rows, adding up to those read, and the orders by currency."""
    from rich.table import Table

    from skontro.imports.outcome import totals

    table = Table("outcome", "reason", title="Rows")
    table.add_column("rows", justify="right")
    for one in totals(found.outcomes):
        table.add_row(one.outcome, one.why, f"{one.rows:,}")
    table.add_section()
    table.add_row("all rows read", "", f"{found.outcomes.height:,}")
    console().print(table)
    orders = Table("currency", title="Orders")
    orders.add_column("orders", justify="right")
    orders.add_column("amount", justify="right")
    for code, number, amount in _by_currency(found, grouped=True):
        orders.add_row(code, f"{number:,}", amount)
    console().print(orders)


def _by_currency(found: Import, *, grouped: bool = False) -> list[tuple[str, int, str]]:
    import polars as pl

    from skontro.model import find_currency, format_amount

    totals = found.scenario.payments.group_by("currency").agg(
        pl.len(), pl.col("amount_minor").cast(pl.Int128).sum()
    )
    return [
        (code, number, format_amount(minor, find_currency(code), grouped=grouped))
        for code, number, minor in totals.sort("currency").iter_rows()
    ]


def _summary(output: Path, found: Import) -> dict[str, Any]:
    from skontro.imports.outcome import totals

    return {
        "folder": str(output),
        "rows": found.outcomes.height,
        "outcomes": [
            {"outcome": one.outcome, "why": one.why, "rows": one.rows}
            for one in totals(found.outcomes)
        ],
        "orders": {
            code: {"orders": number, "amount": amount}
            for code, number, amount in _by_currency(found)
        },
    }
