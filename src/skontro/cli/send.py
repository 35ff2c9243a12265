"""``skontro send``: send payments to a live system as a trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skontro.cli.terminal import step_progress

if TYPE_CHECKING:
    from skontro.service.client import Client

#: Payments looked at together: those of one payer among them go in one request.
_WINDOW = 5_000


def send(
    system: Annotated[Path, typer.Argument(help="Folder of a system with its trial keys.")],
    payments: Annotated[Path, typer.Argument(help="Scenario folder with the payments.")],
    *,
    url: Annotated[str, typer.Option(help="URL of the service.")] = "http://127.0.0.1:8790",
) -> None:
    """Send the payments of a scenario to a live system as a trial.

    Each payment is signed with its payer's trial key from the system's folder. Times of the
    scenario are ignored: payments go in their order, as fast as the service accepts them.
    """
    from collections import Counter

    from skontro.files import read_scenario
    from skontro.service.client import trial_clients

    scenario = read_scenario(payments).scenario
    clients = trial_clients(system, url)
    statuses: Counter[str] = Counter()
    with step_progress(quiet=False) as progress:
        for start in range(0, scenario.payments.height, _WINDOW):
            window = scenario.payments.slice(start, _WINDOW)
            for (payer,), part in window.group_by("payer", maintain_order=True):
                orders = [order_of(row) for row in part.iter_rows(named=True)]
                statuses.update(submitted(clients(str(payer)), orders))
            progress("sending", start + window.height, scenario.payments.height)
    for status, count in sorted(statuses.items()):
        typer.echo(f"{count:>10,} {status}")


def order_of(row: dict[str, object]) -> dict[str, object]:
    """The order of a row of the payments table, as the API takes it."""
    from skontro.model import find_currency, format_amount

    code = str(row["currency"])
    order: dict[str, object] = {
        "uetr": row["uetr"],
        "payer": row["payer"],
        "payee": row["payee"],
        "currency": code,
        "amount": format_amount(int(str(row["amount_minor"])), find_currency(code)),
        "payment_class": row["payment_class"],
    }
    return order | ({} if row["counterleg"] is None else {"counterleg": row["counterleg"]})


def submitted(client: Client, orders: list[dict[str, object]]) -> list[str]:
    """Submit orders of one payer; gives the status of each.

    Raises:
        InputError: the service does not answer, or refuses.
    """
    import httpx

    from skontro.model import InputError

    try:
        answer = client.submit_batch(orders)
    except httpx.HTTPError as error:
        raise InputError(f"the service does not answer: {error}; is it running?") from None
    if answer.status_code != 201:
        raise InputError(f"the service refused {len(orders)} orders: {answer.text}")
    return [str(one["status"]) for one in answer.json()["orders"]]
