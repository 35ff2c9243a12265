"""``skontro receipt``: check a receipt without having the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def receipt(
    file: Annotated[Path, typer.Argument(help="Receipt as the service gave it, JSON.")],
    *,
    public_key: Annotated[
        str, typer.Option(help="Of the system, from where you trust it to be; 64 digits.")
    ],
    links: Annotated[
        Path | None,
        typer.Option(help="Answer of /v1/record/links from the receipt's batch on, JSON."),
    ] = None,
    head: Annotated[str | None, typer.Option(help="Published hash of a later batch.")] = None,
) -> None:
    """Check that a request is in the record, without having the record.

    The writer must have signed it. With --links and --head the record it stands in must also be the
    one whose hash was published.
    """
    import json

    from skontro.files.reading import read_text
    from skontro.ledger.receipts import check_chain, check_receipt
    from skontro.model import InputError

    try:
        document = json.loads(read_text(file))
        chain = [] if links is None else json.loads(read_text(links))["links"]
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{file}: this is not the JSON that the service gave") from None
    checked = check_receipt(document, public_key)
    if head is not None:
        after = [link for link in chain if link["batch"] > checked.batch]
        check_chain(checked, after, head)
    for uetr, _, _, minor, time in checked.orders:
        typer.echo(f"{uetr}: {minor:,} minor units, recorded {time.isoformat()}")
    typer.echo(f"Batch {checked.batch} has the hash {checked.hash}, and the signature is good.")
