"""``skontro explain``: explain why an order was queued, returned or rejected, in order of time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.terminal import print_json, step_progress

if TYPE_CHECKING:
    from skontro.files import Results


class Format(StrEnum):
    """Form of the explanation."""

    TEXT = "text"
    JSON = "json"


def explain(
    order: Annotated[
        str,
        typer.Argument(
            help="The order: its UETR, at least the first six characters of it, or the number of "
            "its row in the payments file.",
        ),
    ],
    results: Annotated[Path, typer.Argument(help="Folder that `skontro settle` wrote.")],
    *,
    format_: Annotated[
        Format, typer.Option("--format", help="text for readers, or json with every figure.")
    ] = Format.TEXT,
) -> None:
    """Explain why an order was queued, returned or rejected.

    Shows, in order of time, the obstacle: the amount short and on which account, the orders ahead,
    the limit or reservation, or the counterleg. For each change it shows the cause. For the
    outcome it shows the payment that released the order, or the orders that offset it.

    The explanation needs no extra record. The same engine replays the day up to the time at
    which the order became final.
    """
    from skontro.files import read_results_with_inputs
    from skontro.files.results import find_results
    from skontro.model import find_time_zone
    from skontro.report.explanation import explanation_text
    from skontro.simulation.explanation import (
        explain_order,
        explanation_document,
        explanations_json,
        find_orders,
        find_refusals,
    )

    with step_progress(quiet=format_ == Format.JSON) as progress:
        progress("reading", 0, 2)
        settled = read_results_with_inputs(results)
        refused = find_refusals(find_results(results).parent, order)
        if refused and not _came_from_row(settled, order):
            _print_refusals(refused, format_)
            return
        progress("going through the day", 1, 2)
        documents = [
            explanation_document(settled, explain_order(settled, number))
            for number in find_orders(settled, order)
        ]
    if format_ == Format.JSON:
        print_json(explanations_json(documents))
        return
    zone = find_time_zone(settled.time_zone)
    typer.echo("\n".join(explanation_text(document, zone) for document in documents), nl=False)


def _came_from_row(settled: Results, text: str) -> bool:
    """Whether the row holds an accepted payment: refusals may be of another file."""
    return bool((settled.orders["row"] == int(text)).any())


def _print_refusals(refused: list[dict[str, Any]], format_: Format) -> None:
    """Print the refusals of a row that became no order."""
    import json

    if format_ == Format.JSON:
        document = {"orders": [], "refused_rows": refused}
        print_json(json.dumps(document, ensure_ascii=False, indent=1))
        return
    typer.echo("This row was refused when it was read, and became no order:")
    for one in refused:
        value = "" if one["value"] is None else f" {one['value']!r}"
        place = f"{one['file']}, row {one['row']}, {one['field']}{value}"
        typer.echo(f"  {place}: {one['message']} [{one['reason']}]")
