"""``skontro forecast``: who will lack liquidity in the rest of the running day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.record import Database, PublicKey, Record, find_record, warn_if_untrusted
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

#: Accounts that a terminal shows.
_MOST_SHOWN = 30


def forecast(
    record: Record,
    *,
    days: Annotated[
        int, typer.Option(min=0, max=60, help="Most earlier business days to expect from.")
    ] = 10,
    settle: Annotated[
        int,
        typer.Option(
            min=0,
            max=100,
            help="Percentage of the value for which the liquidity is found; 0 for none.",
        ),
    ] = 95,
    database: Database = None,
    public_key: PublicKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Forecast the liquidity of each account for the rest of the day.

    Expected are the orders that wait, and those of earlier days after the same time. The liquidity
    with which --settle per cent of the value settle is found by running the rest of the day. The
    record is only read, also while the service runs. The method is in docs/reference/forecast.md.
    """
    import json
    import time

    from skontro.ledger import open_record
    from skontro.simulation.forecast.recorded import forecast_of_record

    place = find_record(record, database, public_key)
    with open_record(place.url) as connection:
        now = time.time_ns() // 1_000
        document, signer = forecast_of_record(
            connection, key=place.key, now=now, days=days, percent=settle
        )
    if as_json:
        print_json(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document)
    warn_if_untrusted(place, signer)


def _print(document: dict[str, Any]) -> None:
    terminal = console()
    terminal.print(f"Business day {document['date']}", style="bold")
    days = document["days"]
    terminal.print(
        f"Further orders as on {len(days)} earlier days, {days[0]} to {days[-1]}."
        if days
        else "No earlier days: only the orders that wait are expected."
    )
    lacking = [one for one in document["accounts"] if Decimal(one["lack"]["upper"]) > 0]
    if not lacking:
        terminal.print("No account lacks liquidity.")
    else:
        terminal.print(_table(lacking[:_MOST_SHOWN]))
    if len(lacking) > _MOST_SHOWN:
        terminal.print(f"{len(lacking) - _MOST_SHOWN:,} more accounts: see --json.", style="dim")
    for one in document["settling"]:
        if Decimal(one["value"]) == 0:
            continue
        reached = "" if one["reached"] else f", less than {document['share']} %"
        terminal.print(
            f"{one['currency']}: {one['settled_without']} of {one['value']} settle; with "
            f"{one['total']} more liquidity {one['settled_with']}{reached}"
        )


def _table(accounts: list[dict[str, Any]]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("participant", "currency"):
        table.add_column(heading)
    for heading in ("cover", "waiting", "lacks (median)", "upper quartile", "from"):
        table.add_column(heading, justify="right")
    for one in accounts:
        table.add_row(
            one["participant"],
            one["currency"],
            one["cover"],
            one["waiting_debits"],
            one["lack"]["median"],
            one["lack"]["upper"],
            one["lacks_from"] or "",
        )
    return table
