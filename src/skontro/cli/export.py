"""``skontro export``: results for spreadsheets and statistical programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from skontro.cli.outputs import Overwrite, default_folder
from skontro.cli.terminal import step_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from skontro.files import Results

#: The format with statistics instead of tables.
SDMX: Final = "sdmx"


def export(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    form: Annotated[
        str, typer.Option("--format", help="xlsx, csv, stata, parquet (for R) or sdmx.")
    ] = "xlsx",
    output: Annotated[
        Path | None, typer.Option(help="Folder for the files.", show_default="RESULTS-FORMAT")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write results as a workbook, CSV, Stata or Parquet, or statistics in SDMX 3.0.

    Headings have the units. Amounts are in major units of each row's currency; Parquet keeps whole
    minor units. A number that the program would round is text. SDMX has payments and values by
    day, corridor and currency, as structure.xml and data.xml.
    """
    from skontro.files import read_results
    from skontro.files.output import OutputKind, output_folder
    from skontro.files.results import find_results, result_files
    from skontro.model.text import none_of
    from skontro.report.exports import FORMATS, TABLES, tables_of

    if form not in (*FORMATS, SDMX):
        raise typer.BadParameter(none_of(form, (*FORMATS, SDMX)), param_hint="--format")
    find_results(results)
    output = output or default_folder(results, form)
    ending = {"stata": "dta"}.get(form, form)
    names = {"xlsx": ("results.xlsx",), SDMX: ("structure.xml", "data.xml")}.get(
        form, tuple(f"{name}.{ending}" for name in TABLES)
    )
    write = _sdmx() if form == SDMX else None
    kind = OutputKind("export", names[0], names)
    with (
        step_progress(quiet=False) as progress,
        output_folder(output, kind, inputs=result_files(results), overwrite=overwrite) as folder,
    ):
        progress("reading", 0, 2)
        settled = read_results(results)
        progress("writing", 1, 2)
        if write is not None:
            written = write(folder.stage, settled)
        else:
            written = FORMATS[form](folder.stage, tables_of(settled))
    typer.echo(f"Written to {output}: {', '.join(one.name for one in written)}")


def _sdmx() -> Callable[[Path, Results], list[Path]]:
    """The writer of SDMX, whose library is optional."""
    from skontro.model import InputError

    try:
        from skontro.report.sdmx import write_sdmx_files
    except ImportError as error:
        raise InputError(
            f"--format sdmx needs {error.name}: install it with `pip install 'skontro[sdmx]'`"
        ) from None
    return write_sdmx_files
