"""``skontro verify``: replay a record and report the first difference."""

from __future__ import annotations

from typing import Annotated

import typer

from skontro.cli.record import Database, PublicKey, Record, find_record, warn_if_untrusted
from skontro.cli.terminal import ExitCode, print_json, step_progress


def verify(
    record: Record,
    *,
    database: Database = None,
    public_key: PublicKey = None,
    head: Annotated[
        str | None, typer.Option(help="A published hash that must be in the chain.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Result as JSON.")] = False,
) -> None:
    """Replay the whole record and compare every row, balance, hash and view with the replay.

    The system's key is taken from its folder, from --public-key, or from both, which must agree.
    Reads one snapshot of the database, and may run while the service runs. On a difference it ends
    with exit code 5 and prints the first one.
    """
    import json

    import attrs

    from skontro.ledger import open_record
    from skontro.ledger import verify as verify_record

    place = find_record(record, database, public_key)
    with step_progress(quiet=as_json) as progress, open_record(place.url) as connection:
        found = verify_record(connection, head, progress, place.key)
    if as_json:
        print_json(json.dumps(attrs.asdict(found), indent=2))
    else:
        typer.echo(
            f"{found.batches:,} batches, {found.commands:,} commands, {found.events:,} events and "
            f"{found.postings:,} postings replayed"
        )
    if found.difference is not None:
        typer.echo(f"skontro: the first difference: {found.difference}", err=True)
        raise typer.Exit(ExitCode.INVARIANT_BROKEN)
    if not as_json:
        typer.echo(f"The record is consistent. Head: {found.head}")
        typer.echo(f"Every batch is signed with the key {found.public_key}.")
    warn_if_untrusted(place, found.public_key)
    if not found.schema_checked:
        typer.echo(
            "skontro: warning: views, triggers and tables were not compared with those of this "
            "program: that requires the right to make temporary tables, on the primary",
            err=True,
        )
