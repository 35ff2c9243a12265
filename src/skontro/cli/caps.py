"""``skontro caps``: what remains of the caps of a running system."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, TokenFile, Url, connected
from skontro.cli.terminal import console, print_json


def caps(
    *,
    participant: Annotated[
        str | None,
        typer.Option(
            metavar="BIC",
            help="Whose caps, and those of its country.",
            show_default="a participant's person: its own",
        ),
    ] = None,
    customer_account: Annotated[
        str | None,
        typer.Option(help="Account of a customer whose caps are shown too; for the operator only."),
    ] = None,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show the policy rules of a running system, and what remains of caps.

    A participant's person sees its own caps and those of its country, the operator those of any.
    """
    import json
    from urllib.parse import urlencode

    asked = {"participant": participant, "customer_account": customer_account}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    with connected(url, token_file, key, key_id) as service:
        found = service.get("/v1/policy" + (f"?{query}" if query else ""))
    if as_json:
        print_json(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    from rich.table import Table

    from skontro.cli.connection import printable

    terminal = console()
    lines = ["No policy rules are in force."]
    if found["rules"] is not None:
        lines = [
            f"Version {found['rules']['version']} of the policy rules, in force since "
            f"{found['rules']['effective_on']}; business day {found['date'] or 'none yet'}"
        ]
    lines += [
        f"Agreed: version {one['version']}, from {one['effective_on']}" for one in found["coming"]
    ]
    for line in lines:
        terminal.print(printable(line))
    if not found["caps"]:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("cap", "of", "period", "action", "paid", "most", "remaining", "currency"):
        is_amount = heading in {"paid", "most", "remaining"}
        table.add_column(heading, justify="right" if is_amount else "left")
    for cap in found["caps"]:
        texts = [cap[name] for name in ("rule", "subject", "period", "action")]
        texts += [cap["paid"] or "no rate", cap["most"], cap["remaining"], cap["currency"]]
        table.add_row(*[printable(text) for text in texts])
    terminal.print(table)
