"""``skontro verify``: replay a record and find the first difference."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skontro.cli.exit_code import ExitCode
from skontro.cli.progress import step_progress


def verify(
    record: Annotated[str, typer.Argument(help="Folder of a system, or URL of its database.")],
    *,
    head: Annotated[
        str | None, typer.Option(help="A published hash that must be in the chain.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Result as JSON.")] = False,
) -> None:
    """Replay the whole record and compare every row, balance and hash with what it gives.

    Reads one moment of the record, and may run beside the service. Ends with exit code 5 and the
    first difference, if there is one.
    """
    import json

    import attrs

    from skontro.ledger import connect
    from skontro.ledger import verify as verify_record

    with step_progress(quiet=as_json) as progress, connect(record_url(record)) as connection:
        found = verify_record(connection, head, progress)
    if as_json:
        typer.echo(json.dumps(attrs.asdict(found), indent=2))
    else:
        typer.echo(
            f"{found.batches:,} batches, {found.commands:,} commands, {found.events:,} events and "
            f"{found.postings:,} postings replayed"
        )
        if found.difference is None:
            typer.echo(f"The record is what it claims to be. Head: {found.head}")
    if found.difference is not None:
        typer.echo(f"skontro: the first difference: {found.difference}", err=True)
        raise typer.Exit(ExitCode.INVARIANT_BROKEN)


def record_url(record: str) -> str:
    """The database's URL of a record that was named by it, or by the folder of its system."""
    from skontro.ledger import database_url, is_url
    from skontro.model import InputError

    if is_url(record):
        return record
    folder = Path(record) / "record"
    if not (folder / "PG_VERSION").is_file():
        raise InputError(f"{record}: there is no record in this folder; name the database by URL")
    return database_url(str(folder))
