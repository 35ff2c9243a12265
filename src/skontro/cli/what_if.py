"""``skontro what-if``: the rest of the running day, with and without changes."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.record import Database, PublicKey, Record, find_record, warn_if_untrusted
from skontro.cli.terminal import console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from skontro.simulation.what_if import Change
    from skontro.simulation.what_if.recorded import ForkedDay

#: Accounts that a terminal shows: those that differ, the largest difference first.
_MOST_SHOWN = 20
#: Rows of the comparison: title, figure, and whether it is a time.
_FIGURES = (
    ("settled orders", "settled_orders", False),
    ("settled value", "settled_value", False),
    ("unsettled orders", "unsettled_orders", False),
    ("unsettled value", "unsettled_value", False),
    ("mean delay", "mean_delay", True),
    ("liquidity used", "liquidity_used", False),
    ("credit used", "credit_used", False),
)


def what_if(
    record: Record,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            help="A change: its kind, then its fields as NAME=VALUE, all in one argument.",
        ),
    ] = None,
    *,
    like: Annotated[
        datetime.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Earlier business day whose orders are expected for the rest of this one.",
            show_default="the last one that is over",
        ),
    ] = None,
    nothing_more: Annotated[
        bool, typer.Option("--nothing-more", help="Expect no further orders.")
    ] = False,
    database: Database = None,
    public_key: PublicKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Run the rest of the day in a fork, with and without changes, and compare.

    Example: skontro what-if my-system --change "outage participant=AAAAKZK0 from=13:00 until=15:00"

    The record is only read, also while the service runs. Kinds of change: set_credit_line,
    set_net_sender_limit, set_bilateral_limit, transfer_in, transfer_out, suspend, resume,
    move_step and outage. Fields and method are in docs/reference/what-if.md.
    """
    import json
    import time

    from skontro.ledger import open_record
    from skontro.model import InputError
    from skontro.simulation.what_if import compare_rests, what_if_document
    from skontro.simulation.what_if.recorded import fork_of_record
    from skontro.simulation.what_if.second_process import second_process

    if nothing_more and like is not None:
        raise InputError("--like and --nothing-more exclude each other")
    place = find_record(record, database, public_key)
    with second_process() as second:
        with open_record(place.url) as connection:
            day = fork_of_record(
                connection,
                key=place.key,
                now=time.time_ns() // 1_000,
                like=None if like is None else like.date(),
                expect=not nothing_more,
            )
        wanted = [_change(text, day) for text in changes or []]
        found = compare_rests(day.fork, day.orders, day.due, wanted, second)
    document = what_if_document(found)
    document["like"] = None if day.like is None else day.like.isoformat()
    if as_json:
        print_json(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        _print(document, expects=not nothing_more)
    warn_if_untrusted(place, day.public_key)


def _change(text: str, day: ForkedDay) -> Change:
    """The change in an argument such as ``suspend participant=AAAAKZK0``."""
    from skontro.model import InputError
    from skontro.simulation.what_if import change_of

    kind, *parts = text.split()
    fields = dict[str, str]()
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name in fields:
            raise InputError(f"--change {text!r}: {part!r} is not a new NAME=VALUE")
        fields[name] = value
    return change_of(kind, fields, day.system.directory, day.calendar, day.date)


def _print(document: dict[str, Any], *, expects: bool) -> None:
    terminal = console()
    terminal.print(f"Business day {document['date']} from {document['began']}", style="bold")
    if document["like"] is not None:
        terminal.print(
            f"{document['expected_orders']:,} further orders expected, as on {document['like']}."
        )
    elif expects:
        terminal.print("No earlier day in the record: no further orders are expected.")
    for one in document["changes"]:
        fields = " ".join(f"{k}={v}" for k, v in one.items() if k not in ("change", "outcome"))
        terminal.print(f"{one['change']} {fields}: {one['outcome']}")
    for one in document["currencies"]:
        terminal.print(_table(one))
    differing = [one for one in document["accounts"] if one["unchanged"] != one["changed"]]
    for one in differing[:_MOST_SHOWN]:
        terminal.print(_table(one))
    if len(differing) > _MOST_SHOWN:
        terminal.print(f"{len(differing) - _MOST_SHOWN:,} more accounts: see --json.", style="dim")


def _table(compared: dict[str, Any]) -> Table:
    from rich.table import Table

    name = " ".join(filter(None, (compared.get("participant"), compared["currency"])))
    table = Table(box=None, pad_edge=False)
    table.add_column(name)
    for heading in ("unchanged", "changed"):
        table.add_column(heading, justify="right")
    for title, figure, is_time in _FIGURES:
        values = [compared[side][figure] for side in ("unchanged", "changed")]
        table.add_row(title, *(_shown(value, is_time) for value in values))
    return table


def _shown(value: int | str, is_time: bool) -> str:
    if is_time:
        return str(datetime.timedelta(seconds=int(value) // 1_000_000))
    return f"{value:,}" if isinstance(value, int) else value
