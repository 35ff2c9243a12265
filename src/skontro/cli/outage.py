"""``skontro outage``: offers of compensation after an outage, from the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.outputs import Overwrite
from skontro.cli.record import Database, PublicKey, Record, recovered_record
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from skontro.service.outage_offers import OutageOffers

_MINUTE = 60_000_000


def outage(
    record: Record,
    *,
    database: Database = None,
    public_key: PublicKey = None,
    scheme: Annotated[
        str,
        typer.Option(
            help="A built-in scheme, as for `skontro compensation`; or a file of your own."
        ),
    ] = "csdr-cash",
    rates: Annotated[
        Path,
        typer.Option(help="CSV file of published rates: series, currency, date, percent a year."),
    ],
    batch: Annotated[
        int | None,
        typer.Option(
            help="Batch with which the record continued after the outage.",
            show_default="the last outage",
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(help="Only payments in this currency.", show_default="all"),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="Kind of claim, where the scheme has several.")
    ] = "delay",
    holiday: Annotated[
        list[str] | None,
        typer.Option(
            help="Weekday that is no business day; may be given several times.",
            show_default="none",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, help="Business days of the record that are read.")
    ] = 20,
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV file to write a row for each payment into.", show_default="the terminal alone"
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Compute the operator's offers after an outage, one for each payee, from the record alone.

    A payment counts if it missed its due date because the end of the day, or a cut-off, fell into
    the outage. It is late up to the day of the order that repeated it, or up to the running day.
    """
    import json

    from skontro.cli.compensation import (
        check_offers_file,
        offers_document,
        offers_table,
        print_offers,
        read_chosen_scheme,
    )
    from skontro.compensation.daily_rates import read_daily_rates
    from skontro.files.table_files import write_csv
    from skontro.model import parse_date
    from skontro.service.outage_offers import find_outage, outage_offers

    inputs = [rates]
    chosen = read_chosen_scheme(scheme, inputs)
    if output is not None:
        check_offers_file(output, inputs, overwrite=overwrite)
    published = read_daily_rates(rates)
    holidays = {parse_date(one) for one in holiday or ()}
    with recovered_record(record, database, public_key, days, quiet=as_json) as (_, read):
        pass  # what was read is in memory
    found = outage_offers(
        read.order_index,
        read.system.directory,
        find_outage(read.order_index, batch),
        chosen,
        published,
        holidays=holidays,
        kind=kind,
        currency=currency,
    )
    if output is not None:
        write_csv(output, offers_table(list(found.offers)))
    if as_json:
        document = _head(found) | offers_document(chosen, list(found.offers))
        print_json(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _print_head(found)
    print_offers(chosen, list(found.offers))


def _head(found: OutageOffers) -> dict[str, Any]:
    from skontro.model import from_timestamp

    return {
        "batch": found.outage.batch,
        "began": from_timestamp(found.outage.began).isoformat(),
        "ended": from_timestamp(found.outage.ended).isoformat(),
        "late_payments": found.payments,
        "not_settled_yet": found.unsettled,
    }


def _print_head(found: OutageOffers) -> None:
    from skontro.model import from_timestamp

    span = found.outage
    minutes = (span.ended - span.began) // _MINUTE
    began, ended = (
        from_timestamp(one).strftime("%Y-%m-%d %H:%M:%S UTC") for one in (span.began, span.ended)
    )
    console().print(f"Outage of {minutes:,} minutes: {began} to {ended} (batch {span.batch})")
    console().print(f"{found.payments:,} late payments, {found.unsettled:,} not settled yet")
