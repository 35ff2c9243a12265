"""``skontro export``: results for spreadsheets and statistical programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.outputs import Overwrite, default_folder
from skontro.cli.terminal import step_progress


def export(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    form: Annotated[
        str, typer.Option("--format", help="xlsx, csv, stata or parquet (for R).")
    ] = "xlsx",
    output: Annotated[
        Path | None, typer.Option(help="Folder for the files.", show_default="RESULTS-FORMAT")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write results as a workbook, CSV, Stata or Parquet, with units in the headings.

    Amounts are in major units of each row's currency; Parquet keeps whole minor units. A number
    that the program would round is text.
    """
    from skontro.files import read_results
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.results import find_results, result_files
    from skontro.model.text import none_of
    from skontro.report.exports import FORMATS, TABLES, tables_of

    if form not in FORMATS:
        raise typer.BadParameter(none_of(form, FORMATS), param_hint="--format")
    find_results(results)
    output = output or default_folder(results, form)
    ending = {"stata": "dta"}.get(form, form)
    names = ("results.xlsx",) if form == "xlsx" else tuple(f"{name}.{ending}" for name in TABLES)
    kind = OutputKind("export", names[0], names)
    with (
        step_progress(quiet=False) as progress,
        output_folder(output, kind, inputs=result_files(results), overwrite=overwrite) as folder,
    ):
        progress("reading", 0, 2)
        tables = tables_of(read_results(results))
        progress("writing", 1, 2)
        written = FORMATS[form](folder.stage, tables)
    typer.echo(f"Written to {output}: {', '.join(one.name for one in written)}")
