"""``skontro rescreen``: orders that wait are screened again with the newest lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, TokenFile, Url, connected
from skontro.cli.terminal import ExitCode, console, print_json

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from skontro.cli.connection import Service
    from skontro.model.party import Party
    from skontro.screening.screener import Screener

#: Orders of one page.
_PAGE = 100
#: Most bytes of the evidence that goes with an action.
_MOST_EVIDENCE = 3_000


def rescreen(
    lists: Annotated[
        Path, typer.Argument(help="The document (.yaml) that names the newest lists.")
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Hold nothing; show the orders that would be held.")
    ] = False,
    date: Annotated[
        str | None,
        typer.Option(help="The day on which lists must be fresh.", show_default="today"),
    ] = None,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each order as JSON.")] = False,
) -> None:
    """Screen waiting orders again with the newest lists.

    Holds each warehoused order that is a hit now; two people of the operator release or reject it.
    For held orders it shows the outcome and changes nothing. Run it each night, after new lists
    have come and before the day opens.

    Ends with exit code 1 where an order that is a hit could not be held.
    """
    import json

    from skontro.model import InputError
    from skontro.screening.lists_document import load_screener
    from skontro.screening.screener import unusable

    day = _day(date)
    screener = load_screener(lists)
    reason = unusable(screener.lists, screener.policy, day)
    if reason:
        raise InputError(f"{lists}: {reason}; get the lists again: nothing was screened")
    with connected(url, token_file, key, key_id) as service:
        found = list(_rescreened(service, screener, day, dry_run=dry_run))
    if as_json:
        print_json(json.dumps({"lists": screener.digest, "orders": found}, ensure_ascii=False))
    else:
        _print(found)
    if any(one["action"].startswith("not held") for one in found):
        raise typer.Exit(ExitCode.DECLINED)


def _day(text: str | None) -> datetime.date:
    import datetime

    from skontro.model.text import parse_date

    return datetime.datetime.now(datetime.UTC).date() if text is None else parse_date(text)


def _rescreened(
    service: Service, screener: Screener, day: datetime.date, *, dry_run: bool
) -> Iterator[dict[str, Any]]:
    """Each waiting order with its outcome and the action taken."""
    import json

    from skontro.model import InputError
    from skontro.model.order import ScreeningOutcome
    from skontro.screening.screener import evidence_bytes, strictest

    participants = _participants(service)
    for order in _waiting(service):
        parties = _parties(service.get(f"/v1/orders/{order['uetr']}"), participants)
        screened = screener.screen([party for _, party in parties], day)
        outcome = strictest(screened)
        evidence = evidence_bytes(parties, screened, screener.digest, _MOST_EVIDENCE).decode()
        action = "none"
        if outcome is not ScreeningOutcome.PASSED and order["status"] == "warehoused":
            action = "would be held" if dry_run else "held"
            body = {"kind": "hold_order", "uetr": order["uetr"], "evidence": evidence}
            try:
                if not dry_run:
                    service.post("/v1/revocations", body)
            except InputError as error:
                action = f"not held: {error}"
        yield {
            "uetr": order["uetr"],
            "status": order["status"],
            "outcome": outcome.name.lower(),
            "action": action,
            "evidence": json.loads(evidence),
        }


def _waiting(service: Service) -> list[dict[str, Any]]:
    """All warehoused and held orders, read before any of them is changed."""
    orders: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        path = f"/v1/orders?status=warehoused&status=held&after={after}&limit={_PAGE}"
        page = service.get(path)
        orders += page["orders"]
        after = page["next"]
    return orders


def _participants(service: Service) -> dict[str, Party]:
    from skontro.model import find_country
    from skontro.model.party import Party

    found = {}
    for one in service.get("/v1/participants")["participants"]:
        identifiers = [("BIC", one["bic"])]
        if one.get("lei"):
            identifiers.append(("LEI", one["lei"]))
        country = find_country(one["country"]).alpha2
        found[one["bic"]] = Party(one["name"], country, identifiers=identifiers)
    return found


def _parties(order: dict[str, Any], participants: dict[str, Party]) -> list[tuple[str, Party]]:
    """Those of the details, and the participants that pay and are paid."""
    from skontro.model.payment_details import PaymentDetails
    from skontro.model.text import canonical_text
    from skontro.screening.order_screening import parties_to_screen

    parties: list[tuple[str, Party]] = []
    if order.get("details"):
        details = PaymentDetails.from_bytes(canonical_text(order["details"]).encode())
        parties += parties_to_screen(details)
    return [
        *parties,
        ("payer", participants[order["payer"]]),
        ("payee", participants[order["payee"]]),
    ]


def _print(found: list[dict[str, Any]]) -> None:
    from rich.table import Table

    shown = [one for one in found if one["outcome"] != "passed"]
    terminal = console()
    if shown:
        table = Table(box=None, pad_edge=False)
        for heading in ("order", "status", "outcome", "action"):
            table.add_column(heading)
        for one in shown:
            table.add_row(one["uetr"], one["status"], one["outcome"], one["action"])
        terminal.print(table)
    held = sum(one["action"] == "held" for one in found)
    terminal.print(f"{len(found):,} waiting orders screened again, {held:,} held.")
