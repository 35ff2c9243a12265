"""``skontro link fork``: check evidence that a system has signed two records, without a service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from skontro.system.links.peer_records import Fork


def check_forks(
    evidence: Annotated[Path, typer.Argument(help="Output of skontro link status --json.")],
    *,
    contract: Annotated[Path, typer.Option(help="The contract that names the key, YAML or JSON.")],
) -> None:
    """Check evidence that another system has signed two records, offline.

    The contract has the key of the system. Exit code 3 if a piece of evidence proves nothing.
    """
    from skontro.cli.link import read_contract_file
    from skontro.ledger.forks import check_fork
    from skontro.ledger.keys import public_key
    from skontro.model import InputError

    agreed = read_contract_file(contract)
    systems = [side.system for side in agreed.sides]
    found = [one for one in _read(evidence) if one.peer in systems]
    if not found:
        raise InputError(f"{evidence}: no evidence against {' or '.join(systems)}")
    for one in found:
        try:
            first, second = check_fork(one, public_key(agreed.side(one.peer).public_key))
        except InputError as error:
            raise InputError(f"{evidence}: {error}") from None
        typer.echo(f"{one.peer} has signed two records:")
        typer.echo(f"  batch {first.batch:,} with the hash {first.hash.hex()}")
        if second.batch == first.batch:
            typer.echo(f"  batch {second.batch:,} with the hash {second.hash.hex()}")
        else:
            typer.echo(f"  batch {second.batch:,} after {second.previous_hash.hex()}")


def _read(path: Path) -> list[Fork]:
    """The evidence in the output of `skontro link status --json`.

    Raises:
        InputError: it is not such an output; the message names the file.
    """
    from skontro.files.json_reading import read_json
    from skontro.files.reading import read_text
    from skontro.model import InputError
    from skontro.system.links.link_documents import check_fields
    from skontro.system.links.peer_records import Fork

    try:
        found = []
        for peer in read_json(read_text(path).encode())["peers"]:
            for one in peer["forks"]:
                check_fields(one, ("peer", "first", "second", "batch", "claim"), "fork")
                found.append(Fork(**one))
    except (ValueError, KeyError, TypeError, InputError) as error:
        raise InputError(f"{path}: not the output of skontro link status --json: {error}") from None
    return found
