"""``skontro report``: write a settled period as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.outputs import REPORT_FILE, Overwrite
from skontro.cli.terminal import print_json


def report(
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option(help="HTML file to write.", show_default="report.html in the results folder"),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Path of the report, as JSON.")] = False,
) -> None:
    """Draw the report: shares, currencies, liquidity, delay and the queue over the day.

    The file is self-contained: open it in any browser, send it, print it.
    """
    import json

    from skontro.cli.terminal import step_progress
    from skontro.files import read_results
    from skontro.files.results import find_results, result_files
    from skontro.files.writing import check_output_file
    from skontro.report import is_report, write_report

    path = output or find_results(results).parent / REPORT_FILE
    with step_progress(quiet=as_json) as progress:
        progress("reading", 0, 2)
        check_output_file(path, inputs=result_files(results), overwrite=overwrite, is_own=is_report)
        settled = read_results(results)
        progress("drawing", 1, 2)
        write_report(settled, path)
    if as_json:
        print_json(json.dumps({"report": str(path)}, ensure_ascii=False))
    else:
        typer.echo(f"Report written to {path}")
