"""``skontro link``: contracts with other systems, links, payments, and their suspension."""

from __future__ import annotations

from pathlib import Path
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
from skontro.cli.link_certificate import certificate_app
from skontro.cli.link_cycles import show_cycles
from skontro.cli.link_fork import check_forks
from skontro.cli.propose import Number, ShownHash, Yes, approve_shown, propose_action
from skontro.cli.terminal import print_json, wrapped_by_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from skontro.system.links.contract import LinkContract

_STANDINGS = {
    "asked": "not confirmed since the start",
    "opened": "links were opened without its confirmation",
}

Peer = Annotated[str, typer.Argument(help="Identifier of the other system, such as KG-RTGS.")]


def propose(
    peer: Peer,
    contract: Annotated[Path, typer.Argument(help="The contract, YAML or JSON.")],
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
) -> None:
    """Propose a contract with another system; a second operator approves it.

    Both systems record the same document. Compare its SHA-256 with the other operator, by a way
    that you trust. The form is in docs/reference/links.md#contract.
    """
    found = read_contract_file(contract)
    _refuse_other_sides(found, peer, contract)
    action = {"kind": "set_link_contract", "peer": peer, "link_contract": found.to_document()}
    with connected(url, token_file, None, None) as service:
        number = propose_action(service, action)
    typer.echo(f"SHA-256 of the contract: {found.digest.hex()}")
    typer.echo(f"A second person approves it with: skontro link approve {number}")


def approve(
    number: Number,
    *,
    contract: Annotated[
        Path | None,
        typer.Option(help="The contract as the other operator has it; approve only the same."),
    ] = None,
    shown: ShownHash = None,
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
) -> None:
    """Show another operator's proposal of a contract, and approve it after your confirmation.

    The contract's SHA-256 is computed here from the document on the screen.
    """
    expected = None if contract is None else read_contract_file(contract).digest.hex()
    with connected(url, token_file, None, None) as service:
        approve_shown(service, number, shown, yes=yes, check=_contract_check(expected))


def _contract_check(expected: str | None) -> Callable[[dict[str, Any]], None]:
    from skontro.model import InputError
    from skontro.system.links.contract_reading import read_contract

    def check(shown: dict[str, Any]) -> None:
        if "contract_sha256" not in shown:
            raise InputError("this proposal is not of a contract; see skontro approve")
        found = read_contract(shown["to"]).digest.hex()
        if found != shown["contract_sha256"]:
            raise InputError("the SHA-256 shown is not that of the contract: do not approve it")
        if expected not in (None, found):
            raise InputError(f"the contract proposed has the SHA-256 {found}, not {expected}")
        typer.echo(f"SHA-256 of the contract: {found}")

    return check


def suspend(peer: Peer, *, url: Url = DEFAULT_URL, token_file: TokenFile = None) -> None:
    """Stop new links with another system, alone and at once; links under way continue."""
    with connected(url, token_file, None, None) as service:
        answer = service.post("/v1/revocations", {"kind": "suspend_links", "peer": peer})
    typer.echo(f"Suspended in batch {answer['batch']}. Links under way continue.")


def resume(peer: Peer, *, url: Url = DEFAULT_URL, token_file: TokenFile = None) -> None:
    """Propose to let new links with another system start again; a second operator approves."""
    with connected(url, token_file, None, None) as service:
        number = propose_action(service, {"kind": "resume_links", "peer": peer})
    typer.echo(f"A second person approves it with: skontro approve {number}")


def status(
    link: Annotated[str | None, typer.Argument(help="UUID of a link.", show_default="none")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Show all links too.")] = False,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show the systems with which links are agreed, or one link, or all.

    A participant's person sees the links of its own legs.
    """
    import json

    with connected(url, token_file, key, key_id) as service:
        if link is not None:
            found = {"links": [service.get(f"/v1/links/{link}")]}
        else:
            found = service.get("/v1/links/peers")
            if every:
                found["links"] = all_pages(service, "/v1/links", "links")
    if as_json:
        print_json(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for line in _status_lines(found, link):
        typer.echo(printable(line))


def payments(
    origin: Annotated[
        str | None, typer.Argument(help="Origin of one payment.", show_default="all payments")
    ] = None,
    uetr: Annotated[str | None, typer.Argument(help="Its UETR.", show_default="none")] = None,
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show one-way payments to and from banks of other systems, or one of them.

    A participant's person sees the payments of its own bank.
    """
    import json

    from skontro.model import InputError

    if origin is not None and uetr is None:
        raise InputError("name the origin and the UETR of a payment, or neither")
    with connected(url, token_file, key, key_id) as service:
        if origin is not None:
            found = [service.get(f"/v1/links/payments/{origin}/{uetr}")]
        else:
            found = all_pages(service, "/v1/links/payments", "payments")
    if as_json:
        print_json(json.dumps({"payments": found}, indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.echo(printable(_payment_line(one)))
    if not found:
        typer.echo("There is no payment to or from another system.")


def _payment_line(one: dict[str, Any]) -> str:
    line = (
        f"{one['uetr']}: {one['status']}, {one['side']} here, {one['payer']} of {one['origin']} "
        f"pays {one['payee']} of {one['destination']} {one['amount']} {one['currency']}"
    )
    return line if one["reason"] is None else f"{line}, {one['reason']}"


def _status_lines(found: dict[str, Any], link: str | None) -> list[str]:
    lines = []
    if found.get("shut"):
        lines.append(f"LINKS ARE SHUT: {found['shut']}")
    for peer in found.get("peers", []):
        lines += _peer_lines(peer)
    if "peers" in found and not found["peers"]:
        lines.append("There is no contract with another system.")
    for one in found.get("links", []):
        lines.append(_link_line(one))
        if link is not None:
            lines += _details(one)
    return lines


def _peer_lines(peer: dict[str, Any]) -> list[str]:
    seconds = peer["heard_seconds"]
    heard = "not heard of yet" if seconds is None else f"heard {seconds:.1f} s ago"
    state = ["silent" if peer["silent"] else "answers", heard]
    if peer["suspended"]:
        state.append("new links suspended")
    if not peer["address"]:
        state.append("no address: see skontro serve --peer")
    lines = [f"{peer['peer']}: {', '.join(state)}", f"  open links: {peer['open_links']:,}"]
    if peer["head_batch"] is not None:
        lines.append(f"  its head: batch {peer['head_batch']} at {peer['head_at']}")
    if peer["beyond"]:
        lines.append(f"  record not complete: {peer['beyond']}")
    elif peer["standing"] != "confirmed":
        lines.append(f"  this record: {_STANDINGS[peer['standing']]}")
    if peer["forks"]:
        batches = ", ".join(f"{one['batch']:,}" for one in peer["forks"])
        lines.append(f"  IT HAS SIGNED TWO RECORDS: evidence in batch {batches}")
    lines += [f"  in doubt: {one['amount']} {one['currency']}" for one in peer["in_doubt"]]
    if peer["trouble"]:
        lines.append(f"  last failure: {peer['trouble']}")
    return lines


def _link_line(link: dict[str, Any]) -> str:
    line = f"{link['link']}: {link['phase']}, {link['role']} here"
    if link["reason"] is not None:
        line += f", {link['reason']}"
    doubt = link["in_doubt"]
    if doubt is not None:
        amounts = " and ".join(f"{one['amount']} {one['currency']}" for one in doubt["amounts"])
        line += f", in doubt {amounts} for {doubt['seconds']} s"
    return line


def _details(link: dict[str, Any]) -> list[str]:
    lines = [
        f"  decider {link['decider']}, decides by {link['decide_by'] or 'no time yet'}",
        f"  valid until {link['valid_until']}",
        f"  SHA-256 of the terms: {link['terms_sha256']}",
    ]
    lines += [
        f"  {leg['system']}: {leg['payer']} pays {leg['payee']} {leg['amount']} {leg['currency']}, "
        f"order {leg['uetr']}"
        for leg in link["legs"]
    ]
    lines += [f"  {one['at']} {one['phase']}, batch {one['batch']}" for one in link["phases"]]
    return lines


def read_contract_file(path: Path) -> LinkContract:
    """A contract between two systems from a YAML or JSON file.

    Raises:
        InputError: it cannot be read; the message names the file and the field.
    """
    from skontro.files.reading import read_text
    from skontro.files.yaml_reading import NotYamlError, load_yaml
    from skontro.model import InputError
    from skontro.system.links.contract_reading import read_contract

    try:
        return read_contract(load_yaml(read_text(path)))
    except NotYamlError as error:
        raise InputError(f"{path}: {error}") from None
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(str(path)) else f"{path}: {text}") from None


def _refuse_other_sides(contract: LinkContract, peer: str, path: Path) -> None:
    from skontro.model import InputError

    systems = [side.system for side in contract.sides]
    if peer not in systems:
        raise InputError(f"{path}: {peer} is not a side of it; sides are {' and '.join(systems)}")


link_app = typer.Typer(
    name="link",
    help="Contracts with other systems, their state, and certificates of links in doubt.",
    no_args_is_help=True,
)
for _command in (propose, approve, status, payments, suspend, resume):
    link_app.command(help=wrapped_by_terminal(_command.__doc__ or ""))(_command)
link_app.command("cycles", help=wrapped_by_terminal(show_cycles.__doc__ or ""))(show_cycles)
link_app.command("fork", help=wrapped_by_terminal(check_forks.__doc__ or ""))(check_forks)
link_app.add_typer(certificate_app)
