"""``skontro receipt``: check a receipt without access to the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

#: Ten pages of links; the time that a check takes is bounded by this.
_MAX_BYTES: Final = 40_000_000


def receipt(
    file: Annotated[Path, typer.Argument(help="Receipt from the service, JSON.")],
    *,
    public_key: Annotated[
        str, typer.Option(help="Public key of the system, from a source that you trust; 64 digits.")
    ],
    links: Annotated[
        Path | None,
        typer.Option(help="Response of /v1/record/links from the receipt's batch on, JSON."),
    ] = None,
    head: Annotated[str | None, typer.Option(help="Published hash of a later batch.")] = None,
) -> None:
    """Check that a request is in the record, without access to the record.

    The system must have signed the request's batch. With --links, each later batch must follow
    from the one before and be signed too. With --head, they must lead to the published hash.

    Shows each order, and the digests of its details and of the evidence of its screening.
    """
    from skontro.ledger.receipts import check_chain, check_head, check_receipt

    checked = check_receipt(_json_of(file), public_key)
    chain = None
    if links is None:
        check_head(checked.hash, head)
    else:
        document = _json_of(links)
        given = document.get("links") if isinstance(document, dict) else None
        chain = check_chain(checked, given, public_key, head)
    for order in checked.orders:
        typer.echo(f"{order.uetr}: {order.amount:,} minor units, recorded {order.time.isoformat()}")
        if order.details is not None:
            typer.echo(f"  SHA-256 of its details: {order.details}")
        if order.evidence is not None:
            typer.echo(f"  SHA-256 of the evidence of its screening: {order.evidence}")
    typer.echo(f"Batch {checked.batch} has the hash {checked.hash}, and the signature is good.")
    if chain is not None:
        typer.echo(
            "From there every batch follows and is signed, up to batch "
            f"{chain.batch} with the hash {chain.hash}."
        )
    if head is not None:
        typer.echo("That is the published head.")


def _json_of(file: Path) -> object:
    """The JSON of a file, within the bounds of the service's answers."""
    from skontro.files.json_reading import NotJsonError, read_json
    from skontro.files.reading import read_bytes
    from skontro.model import InputError

    try:
        is_large = file.stat().st_size > _MAX_BYTES
    except (OSError, ValueError):
        is_large = False  # reading it says why
    if is_large:
        raise InputError(f"{file}: no answer of the service has more than {_MAX_BYTES:,} bytes")
    try:
        document: object = read_json(read_bytes(file))
    except NotJsonError as error:
        raise InputError(f"{file}: not as the service gave it: {error}") from None
    return document
