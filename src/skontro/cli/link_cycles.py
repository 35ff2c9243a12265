"""``skontro link cycles``: joint netting cycles with other systems, and obligations in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from skontro.cli.connection import (
    DEFAULT_URL,
    KeyFile,
    KeyId,
    TokenFile,
    Url,
    all_pages,
    connected,
    printable,
)
from skontro.cli.terminal import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator


def show_cycles(
    cycle: Annotated[
        str | None, typer.Argument(help="Identifier of one cycle.", show_default="all cycles")
    ] = None,
    *,
    obligations: Annotated[
        bool, typer.Option("--obligations", help="Show obligations of own banks instead.")
    ] = False,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show joint netting cycles with other systems, one of them, or obligations in them.

    Amounts between systems are for the operator alone. A participant's person sees the orders and
    obligations of its own bank.
    """
    import json

    from skontro.model import InputError

    if obligations and cycle is not None:
        raise InputError("name a cycle, or ask for --obligations, not both")
    with connected(url, token_file, key, key_id) as service:
        if obligations:
            found = {"obligations": all_pages(service, "/v1/links/obligations", "obligations")}
        elif cycle is None:
            found = {"cycles": all_pages(service, "/v1/links/cycles", "cycles")}
        else:
            found = {"cycles": [service.get(f"/v1/links/cycles/{cycle}")]}
    if as_json:
        print_json(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in _lines(found, in_full=cycle is not None):
        typer.echo(printable(line))


def _lines(found: dict[str, Any], *, in_full: bool) -> Iterator[str]:
    for one in found.get("obligations", []):
        yield _obligation_line(one)
    for one in found.get("cycles", []):
        yield _cycle_line(one)
        if in_full:
            yield from _details(one)
    if not any(found.values()):
        yield f"There are no {next(iter(found))}."


def _obligation_line(one: dict[str, Any]) -> str:
    cycle = "" if one["cycle"] is None else f", {one['cycle']}"
    return (
        f"{one['uetr']}: {one['status']}, {one['payer']} owes {one['creditor']} of "
        f"{one['creditor_system']} {one['amount']} {one['currency']}{cycle}"
    )


def _cycle_line(one: dict[str, Any]) -> str:
    line = f"{one['cycle']}: {one['status']}"
    if one["reason"] is not None:
        line += f", {one['reason']}"
    if one["taking_part"]:
        line += f", of {', '.join(one['taking_part'])}"
    return line


def _details(one: dict[str, Any]) -> Iterator[str]:
    yield f"  cut-off {one['cut_off']}, the link settles until {one['valid_until']}"
    yield f"  link {one['link'] or 'none'}, result {one['result_root'] or 'none yet'}"
    yield from (f"  silent: {name}" for name in one["silent"])
    for wrong in one["convicted"]:
        row = "" if wrong["row"] is None else f", in row {wrong['row']} of its result"
        yield f"  SIGNED WHAT IS WRONG: {wrong['member']}{row}"
    for gross in one["gross"]:
        yield (
            f"  {gross['debtor']} owes {gross['creditor']} {gross['amount']} "
            f"{gross['currency']}, {gross['count']:,} obligations"
        )
    for net in one["payments"]:
        yield f"  {net['payer']} pays {net['payee']} {net['amount']} {net['currency']} net"
    for order in one["orders"]:
        state = "settled" if order["settled"] else order["reason"] or "under way"
        yield (
            f"  order {order['uetr']}: {order['payer']} pays {order['payee']} {order['amount']} "
            f"{order['currency']}, {state}"
        )
    yield from (
        f"  {phase['at']} {phase['phase']}, batch {phase['batch']}" for phase in one["phases"]
    )
