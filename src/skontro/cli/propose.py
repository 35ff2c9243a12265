"""``skontro propose``, ``approve``, ``reject`` and, by one operator alone, ``revoke``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from skontro.cli.connection import DEFAULT_URL, KeyFile, KeyId, Service, TokenFile, Url, connected
from skontro.cli.terminal import ExitCode

Kind = Annotated[str, typer.Argument(help="Kind of action, such as set_credit_line.")]
Fields = Annotated[
    list[str] | None,
    typer.Argument(help="Fields of the action as NAME=VALUE, or NAME=@FILE for a file's content."),
]
Number = Annotated[int, typer.Argument(min=0, help="Number of the proposal.")]
ShownHash = Annotated[
    str | None, typer.Option("--hash", help="Approve only if the shown proposal has this SHA-256.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation; requires --hash.")]


def propose(
    kind: Kind,
    fields: Fields = None,
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Propose an action that takes effect when a second person approves it.

    Example: skontro propose set_credit_line participant=AAAAKZK0 currency=RUB amount=100000.00

    The kinds and their fields are in docs/reference/live-service.md#four-eyes. An unknown kind or
    a missing field gets an error that lists the valid ones. For public_key=@FILE the public key is
    sent to the service, and for token_sha256=@FILE the hash, never the secret.
    """
    action = _action(kind, fields or [])
    with connected(url, token_file, key, key_id) as service:
        number = propose_action(service, action)
    typer.echo(f"A second person approves it with: skontro approve {number}")


def propose_action(service: Service, action: dict[str, Any]) -> int:
    """Propose an action, show the proposal, and return its number.

    Raises:
        InputError: the service refuses.
    """
    number = int(service.post("/v1/proposals", action)["proposal"])
    _print(service.get(f"/v1/proposals/{number}"))
    return number


def approve(
    number: Number,
    *,
    shown: ShownHash = None,
    yes: Yes = False,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Show another person's proposal and approve it after your confirmation.

    The approval names the SHA-256 of the document on the screen, so nothing else can take effect.
    """
    with connected(url, token_file, key, key_id) as service:
        approve_shown(service, number, shown, yes=yes)


def approve_shown(
    service: Service,
    number: int,
    shown: str | None,
    *,
    yes: bool,
    check: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Show a proposal, check it, and approve exactly this one.

    Args:
        service: called as the second person.
        number: of the proposal.
        shown: SHA-256 that the document must have; None for any.
        yes: whether to ask no one; needs `shown`.
        check: raises an `InputError` for a document that is not to be approved.

    Raises:
        InputError: it is another document, or the service refuses.
        typer.Exit: the person does not approve.
    """
    from skontro.cli.shown import shown_hash
    from skontro.model import InputError

    if yes and shown is None:
        raise InputError("--yes needs --hash, the hash of the proposal to approve")
    proposal = service.get(f"/v1/proposals/{number}")
    _print(proposal)
    found = shown_hash(proposal["shown"])
    if proposal["shown"]["proposal"] != number or found != proposal["hash"]:
        raise InputError("the service's hash is not that of the proposal: do not approve it")
    if shown is not None and shown != found:
        raise InputError(f"the proposal shown has the hash {found}, not {shown}")
    if check is not None:
        check(proposal["shown"])
    if not yes and not typer.confirm("Approve exactly this?"):
        typer.echo("Not approved.")
        raise typer.Exit(ExitCode.DECLINED)
    answer = service.post(f"/v1/proposals/{number}/approval", {"hash": found})
    typer.echo(f"Approved in batch {answer['batch']}.")


def reject(
    number: Number,
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Close a proposal without effect: your own, one of your side, or, as an operator, any."""
    with connected(url, token_file, key, key_id) as service:
        answer = service.post(f"/v1/proposals/{number}/rejection")
    typer.echo(f"Rejected in batch {answer['batch']}.")


def revoke(
    kind: Annotated[str, typer.Argument(help="revoke_key or remove_person.")],
    fields: Fields = None,
    *,
    url: Url = DEFAULT_URL,
    token_file: TokenFile = None,
    key: KeyFile = None,
    key_id: KeyId = None,
) -> None:
    """Revoke a key or remove a person, alone and at once: a lost key, or somebody who has left.

    Example: skontro revoke revoke_key participant=AAAAKZK0 key_id=AAAAKZK0-1
    """
    action = _action(kind, fields or [])
    with connected(url, token_file, key, key_id) as service:
        answer = service.post("/v1/revocations", action)
    typer.echo(f"Revoked in batch {answer['batch']}, with effect at once.")


def _print(proposal: dict[str, Any]) -> None:
    from skontro.cli.shown import proposal_lines

    for line in proposal_lines(proposal):
        typer.echo(line)


def _action(kind: str, fields: list[str]) -> dict[str, Any]:
    import json

    from skontro.model import InputError
    from skontro.system import ACTION_RULES, ActionKind

    if kind not in list(ActionKind):
        raise InputError(f"{kind!r} is not a kind of action; kinds are {', '.join(ACTION_RULES)}")
    action: dict[str, Any] = {"kind": kind}
    for field in fields:
        name, equals, text = field.partition("=")
        if not equals or name in action:
            raise InputError(f"{field!r}: give each field once, as NAME=VALUE")
        action[name] = _value(name, text)
        try:
            json.dumps(action[name], allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{name}: this cannot be sent as JSON: {error}") from None
    return action


def _value(name: str, text: str) -> Any:  # noqa: ANN401  a JSON value
    """A field's value for the service: text, or parsed JSON where the field takes no text."""
    import hashlib

    from skontro.cli.connection import read_secret
    from skontro.files.json_reading import read_json
    from skontro.files.reading import read_text
    from skontro.model import InputError, quoted

    kinds = _kinds(name)
    if text.startswith("@"):
        path = Path(text[1:])
        if name in _READERS:
            return _READERS[name](path)
        if name == "token_sha256":
            return hashlib.sha256(read_secret(path).encode()).hexdigest()
        if "object" in kinds:
            return _part_of_document(path, name)
        text = read_text(path).strip()
    if "string" in kinds:
        return text
    if "array" in kinds and not text.startswith("["):
        return text.split(",")
    try:
        return read_json(text.encode())
    except ValueError:
        raise InputError(f"{name}: {quoted(text)} is not JSON") from None


def _kinds(name: str) -> set[str]:
    """JSON types that a field of an action takes; text for an unknown field."""
    from skontro.service.api.proposal_schemas import ActionIn

    field = ActionIn.model_json_schema()["properties"].get(name, {"type": "string"})
    return {one.get("type", "object") for one in field.get("anyOf", [field])}


def _policy_rules(path: Path) -> dict[str, Any]:
    """Policy rules in the form in which the record keeps them; mistakes name line and place."""
    from skontro.screening.policy.rules_document import read_policy_rules
    from skontro.system.policy.document import policy_rules_to_document

    return policy_rules_to_document(read_policy_rules(path))


def _screening_lists(path: Path) -> dict[str, Any]:
    """Sanctions lists that a document names, loaded and described by date and hash."""
    from skontro.screening.lists_document import load_screener

    return load_screener(path).described.to_document()


def _part_of_document(path: Path, name: str) -> Any:  # noqa: ANN401  a JSON value
    """The content of a YAML or JSON file, or its part under this name, as in system.yaml."""
    from skontro.files.reading import read_text
    from skontro.files.yaml_reading import NotYamlError, load_yaml
    from skontro.model import InputError

    try:
        content = load_yaml(read_text(path))
    except NotYamlError as error:
        raise InputError(f"{path}: {error}") from None
    return content.get(name, content) if isinstance(content, dict) else content


def _file_as_text(path: Path) -> str:
    """The bytes of a file in Base64."""
    import base64

    from skontro.files.reading import read_bytes

    return base64.b64encode(read_bytes(path)).decode("ascii")


def _public_key(path: Path) -> str:
    """The public key in a PEM file, or the content of the file."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    from skontro.cli.connection import read_secret
    from skontro.files.reading import read_text
    from skontro.ledger.keys import public_text, read_private_key
    from skontro.model import InputError

    text = read_text(path)
    if "PRIVATE KEY" in text:
        return public_text(read_private_key(path))
    if "PUBLIC KEY" not in text:
        return read_secret(path)
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"{path}: the key cannot be read: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path}: this is not an Ed25519 key")
    return public_text(key)


#: Fields whose file is read in a way of its own.
_READERS: Final[dict[str, Callable[[Path], Any]]] = {
    "public_key": _public_key,
    "clock_changes": _file_as_text,
    "policy_rules": _policy_rules,
    "screening_lists": _screening_lists,
}
