"""``skontro status``: the state of a running service."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, Service, TokenFile, Url, connected
from skontro.cli.terminal import print_json


def status(
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show the state of a running service: the day, the next steps, and open proposals.

    Ends with 0 if the service is ready, and with 3 if it does not answer or is not ready.
    """
    import json

    from skontro.model import InputError

    with connected(url, token_file, key, key_id) as service:
        found = {
            "ready": _readiness(service),
            "day": service.get("/v1/day"),
            "head": service.get("/v1/record/head"),
            "proposals": service.get("/v1/proposals")["proposals"],
        }
    if as_json:
        print_json(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for line in _lines(found):
            typer.echo(line)
    if found["ready"]["status"] != "ready":
        raise InputError(f"the service is {found['ready']['status']}")


def _readiness(service: Service) -> dict[str, Any]:
    """The service's readiness, or the reason why it is not ready; other routes may still answer."""
    from skontro.model import InputError

    try:
        ready: dict[str, Any] = service.get("/health/ready")
    except InputError as error:
        return {"status": f"not ready: {error}"}
    return ready


def _lines(found: dict[str, Any]) -> list[str]:
    from skontro.cli.connection import printable
    from skontro.cli.shown import proposal_lines

    day, head = found["day"], found["head"]
    ready = found["ready"]
    further = [f"{name} {value}" for name, value in sorted(ready.items()) if name != "status"]
    lines = [
        ", ".join([ready["status"].capitalize(), *further]),
        f"Business day {day['date'] or 'none yet'}: {day['phase']}, as of {day['as_of']}",
    ]
    apart = {code: one for code, one in day["currencies"].items() if one != day["phase"]}
    lines += [f"  {code}: {phase}" for code, phase in sorted(apart.items())]
    for step in day["steps"]:
        currency = f" {step['currency']}" if step.get("currency") else ""
        lines.append(f"  next {step['due']}: {step['kind']}{currency}")
    lines += [
        f"Orders: {day['queued_orders']:,} queued, {day['held_orders']:,} held, "
        f"{day['warehoused_orders']:,} warehoused, "
        f"{day['orders_held_for_screening']:,} held for screening",
        f"Suspended: {', '.join(day['suspended']) or 'nobody'}",
        f"Head of the record: batch {head['batch']} at {head['time']}, {head['hash']}",
        f"Proposals: {len(found['proposals']) or 'none'}",
    ]
    lines = [printable(line) for line in lines]
    for proposal in found["proposals"]:
        lines += ["", *proposal_lines(proposal)]
    return lines
