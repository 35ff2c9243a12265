"""``skontro top``: the running day of a service in the terminal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.connection import (
    DEFAULT_URL,
    KeyFile,
    KeyId,
    Service,
    TokenFile,
    Url,
    connected,
    printable,
)
from skontro.cli.terminal import console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Group
    from rich.table import Table

#: Accounts that are shown: those with the largest use of credit, then those with the least cover.
_MOST_ACCOUNTS = 15
#: Names of metrics by currency, with a place for its code.
_KEYS = (
    "waiting_value {}",
    "liquidity {} balances",
    "liquidity {} credit_used",
    "liquidity {} credit_lines",
)


def top(
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Show the state once, and end.")] = False,
) -> None:
    """Show the running day: phase, queues, liquidity, links and holds, renewed each second.

    A participant's person sees its own accounts. End with Ctrl+C.
    """
    import time

    from rich.live import Live

    with connected(url, token_file, key, key_id) as service:
        found = _look(service)
        if once:
            console().print(_screen(found, None, time.time()))
            return
        with Live(_screen(found, None, time.time()), console=console(), screen=True) as live:
            try:
                while True:
                    time.sleep(every)
                    before, found = found, _look(service)
                    live.update(_screen(found, before, time.time()))
            except KeyboardInterrupt:
                return


def _look(service: Service) -> dict[str, Any]:
    """The state of the service now."""
    import time

    from prometheus_client.parser import text_string_to_metric_families

    samples = {
        " ".join([one.name.removeprefix("skontro_"), *one.labels.values()]): one.value
        for family in text_string_to_metric_families(service.get_text("/metrics"))
        for one in family.samples
    }
    return {
        "day": service.get("/v1/day"),
        "accounts": service.get("/v1/accounts")["accounts"],
        "metrics": samples,
        "seconds": time.monotonic(),
    }


def _screen(found: Mapping[str, Any], before: Mapping[str, Any] | None, now: float) -> Group:
    """The state as a terminal shows it.

    Args:
        found: of `_look`.
        before: of the look before it, for rates.
        now: time of the clock, seconds since 1970.
    """
    from rich.console import Group
    from rich.text import Text

    return Group(
        Text("\n".join(map(printable, _head(found, before, now))), style="bold"),
        Text(),
        _currencies(found["metrics"]),
        Text(),
        _accounts(found["accounts"]),
    )


def _head(found: Mapping[str, Any], before: Mapping[str, Any] | None, now: float) -> list[str]:
    day, metrics = found["day"], found["metrics"]
    steps = "".join(
        f", {one['kind']}{' ' + one['currency'] if one.get('currency') else ''} in "
        f"{_countdown(one['due'], now)}"
        for one in day["steps"][:2]
    )
    settled = metrics.get("order_events_total settled", 0)
    rate = ""
    if before is not None:
        seconds = found["seconds"] - before["seconds"]
        since = settled - before["metrics"].get("order_events_total settled", 0)
        rate = f", {since / seconds:,.0f} a second" if seconds > 0 else ""
    doubt = {name: one for name, one in metrics.items() if name.startswith("value_in_doubt ")}
    lines = [
        f"Business day {day['date'] or 'none yet'}: {day['phase']}{steps}",
        f"Settled since the start of the service: {settled:,.0f}{rate}",
        f"Orders: {day['queued_orders']:,} queued, {day['held_orders']:,} held, "
        f"{day['warehoused_orders']:,} warehoused, "
        f"{day['orders_held_for_screening']:,} held for screening",
        f"Open proposals: {metrics.get('open_proposals', 0):.0f}; open links: "
        f"{metrics.get('open_links', 0):.0f}; suspended: {', '.join(day['suspended']) or 'none'}",
    ]
    lines += [
        f"In doubt: {name.partition(' ')[2]} {value:,.2f}" for name, value in sorted(doubt.items())
    ]
    if metrics.get("database_reachable") == 0:
        lines.append("ALARM: the database does not answer")
    if metrics.get("clock_trusted") == 0:
        lines.append("ALARM: the wall clock has jumped and is not followed")
    return lines


def _countdown(due: str, now: float) -> str:
    import datetime

    seconds = max(0, round(datetime.datetime.fromisoformat(due).timestamp() - now))
    return str(datetime.timedelta(seconds=seconds))


def _currencies(metrics: Mapping[str, float]) -> Table:
    """Totals by currency, over all accounts."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("currency")
    for heading in ("waiting", "balances", "credit used", "credit lines"):
        table.add_column(heading, justify="right")
    codes = [name.split()[1] for name in metrics if name.startswith("waiting_value ")]
    for code in sorted(codes):
        values = (metrics.get(key.format(code), 0) for key in _KEYS)
        table.add_row(code, *(f"{value:,.2f}" for value in values))
    return table


def _accounts(accounts: list[dict[str, str]]) -> Table:
    """The accounts that use most of their credit, then those with the least cover."""
    from rich.table import Table

    def urgency(account: dict[str, str]) -> tuple[Decimal, Decimal, str]:
        used, line = max(Decimal(0), -Decimal(account["balance"])), Decimal(account["credit_line"])
        return (
            -(used / line if line else Decimal(0)),
            Decimal(account["cover"]),
            account["currency"],
        )

    table = Table(box=None, pad_edge=False)
    for heading in ("participant", "currency"):
        table.add_column(heading)
    for heading in ("balance", "credit line", "cover", "credit used"):
        table.add_column(heading, justify="right")
    for one in sorted(accounts, key=urgency)[:_MOST_ACCOUNTS]:
        share = f"{-urgency(one)[0]:.0%}" if Decimal(one["credit_line"]) else ""
        amounts = (f"{Decimal(one[name]):,}" for name in ("balance", "credit_line", "cover"))
        names = (printable(one[name]) for name in ("participant", "currency"))
        table.add_row(*names, *amounts, share)
    if len(accounts) > _MOST_ACCOUNTS:
        table.caption = f"{len(accounts) - _MOST_ACCOUNTS:,} more accounts"
    return table
