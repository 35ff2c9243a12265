"""``skontro case statistics``: figures of the cases in a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.record import Database, PublicKey, Record, recovered_record
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.service.case_exchange.statistics import CaseFigures

_LARGEST = 2**62


def statistics(
    record: Record,
    *,
    database: Database = None,
    public_key: PublicKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
) -> None:
    """Show cases by type, corridor and currency: number, days open, share upheld, money paid.

    Counts cases that are open, and those that ended in the last 400 days. The service may run
    meanwhile.
    """
    import json

    from skontro.service.case_exchange.statistics import case_figures, figures_document

    with recovered_record(record, database, public_key, 1, quiet=as_json) as (_, read):
        system = read.system
    cases = system.cases.page(None, _LARGEST, len(system.cases))
    directory = system.directory
    found = case_figures(cases, lambda bic: directory.participant(bic).country.alpha3)
    if as_json:
        print_json(
            json.dumps([figures_document(one) for one in found], indent=2, ensure_ascii=False)
        )
    else:
        _print(found)


def _print(found: list[CaseFigures]) -> None:
    from rich.table import Table

    from skontro.model import find_currency, format_amount
    from skontro.service.case_exchange.statistics import figures_document

    if not found:
        typer.echo("No cases are kept.")
        return
    table = Table(box=None, pad_edge=False)
    texts = ("type", "payer", "payee")
    for heading in (*texts, "opened", "closed", "upheld", "days", "paid"):
        table.add_column(heading, justify="left" if heading in texts else "right")
    for one in found:
        row, paid = figures_document(one), one.principal + one.compensation
        table.add_row(
            one.type,
            one.payer or "-",
            one.payee or "-",
            *(f"{row[name]:,}" for name in ("opened", "closed", "upheld")),
            row["mean_days"] or "-",
            f"{format_amount(paid, find_currency(one.currency))} {one.currency}",
        )
    console().print(table)
