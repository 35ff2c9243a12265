"""A record as named in commands: a system's folder, or the address of its database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import attrs
import typer

from skontro.cli.terminal import step_progress

if TYPE_CHECKING:
    from skontro.ledger.postgres.connection import Connection
    from skontro.ledger.recovery import Recovered

#: The same for every command that reads a record.
Record = Annotated[str, typer.Argument(help="Folder of a system, or URL of its database.")]
Database = Annotated[
    str | None,
    typer.Option(
        envvar="SKONTRO_DATABASE",
        help="URL of the system's database instead of the embedded one in the folder.",
    ),
]
PublicKey = Annotated[
    str | None,
    typer.Option(help="Public key of the system, from a source that you trust; 64 digits."),
]


@attrs.frozen
class RecordPlace:
    """Address of a record, and the key that must have signed it.

    Attributes:
        url: URL of its database.
        key: public key in hexadecimal; None if no trusted key is known.
    """

    url: str = attrs.field(repr=False)
    key: str | None


def find_record(record: str, database: str | None, key: str | None) -> RecordPlace:
    """Find a record and its key, from the folder or the command line.

    Args:
        record: folder or URL.
        database: URL, for a folder with its record elsewhere.
        key: public key, in hexadecimal.

    Raises:
        InputError: there is no such record, or the address or a key cannot be used.
        InvariantBroken: the folder has another key than the given one.
    """
    from skontro.ledger import checked_url, database_url, is_url
    from skontro.ledger.keys import public_key, public_text

    trusted = None if key is None else public_text(public_key(key))
    folder = Path(record)
    if is_url(record):
        _refuse_two(database)
        return RecordPlace(checked_url(record, "RECORD"), trusted)
    trusted = _key_of(folder, trusted)
    if database is not None:
        return RecordPlace(checked_url(database), trusted)
    return RecordPlace(database_url(_embedded(folder)), trusted)


def _refuse_two(database: str | None) -> None:
    """Refuse two typed addresses; a typed one takes precedence over the environment."""
    from skontro.model import InputError

    if database is not None and database != os.environ.get("SKONTRO_DATABASE"):
        raise InputError("the database is named twice; leave out --database, or name a folder")


def _key_of(folder: Path, trusted: str | None) -> str | None:
    """The key in a folder; it must equal the trusted one if there is one."""
    from skontro.files.reading import is_file
    from skontro.ledger.keys import KEY_FILE, public_text, read_private_key
    from skontro.model import InvariantBroken

    file = folder / KEY_FILE
    if not is_file(file):
        return trusted
    own = public_text(read_private_key(file))
    if trusted not in (None, own):
        evidence = f"{file} is {own}, and --public-key {trusted}"
        raise InvariantBroken("the system signed the record", evidence)
    return own


def _embedded(folder: Path) -> Path:
    from skontro.files.reading import is_file, is_folder
    from skontro.model import InputError

    record = folder / "record"
    if not is_file(record / "PG_VERSION"):
        where = folder if is_folder(folder) else "RECORD"
        raise InputError(
            f"{where}: there is no record in this folder; name the database with --database"
        )
    return record


@contextmanager
def recovered_record(
    record: str, database: str | None, public_key: str | None, days: int, *, quiet: bool
) -> Iterator[tuple[Connection, Recovered]]:
    """A record with its state and last orders, replayed from its last snapshot.

    Args:
        record: folder or URL.
        database: URL, for a folder with its record elsewhere.
        public_key: in hexadecimal; None to trust the key in the folder, or else the record's.
        days: business days whose orders are remembered.
        quiet: show no progress.

    Yields:
        A connection that reads the record as it was replayed, and the state.
    """
    from skontro.ledger import open_record, read_rules
    from skontro.ledger.keys import public_key as key_of
    from skontro.ledger.recovery import recover

    place = find_record(record, database, public_key)
    with open_record(place.url) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rules, settings = read_rules(connection)
        key = place.key or settings["public_key"]
        warn_if_untrusted(place, key)
        with step_progress(quiet=quiet) as progress:
            recovered = recover(connection, rules, days, key_of(key), progress)
        yield connection, recovered


def warn_if_untrusted(place: RecordPlace, key: str) -> None:
    """Warn that a record checked with its own key does not prove who wrote it."""
    if place.key is None:
        typer.echo(
            f"skontro: warning: checked with {key}, the key that the record itself names. That "
            "does not prove who wrote it: give --public-key, from a source that you trust",
            err=True,
        )
