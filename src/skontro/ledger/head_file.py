"""The newest head of a record in a file outside its database, and the comparison of the two.

A restored or copied database cannot tell that it lacks batches already answered, or that another
copy continues elsewhere. The file can, provided it is kept elsewhere.
"""

import json
from pathlib import Path
from typing import Any, Final

import attrs
import psycopg

from skontro.files.json_reading import read_json
from skontro.files.writing import replacing
from skontro.ledger.journal import Head
from skontro.model import InputError

HEAD_FILE: Final = "head.json"
_FORMAT: Final = "skontro head"


class HeadRefused(Exception):  # noqa: N818  the fact is the name
    """The record is not the one last written, or lacks its last batches."""


@attrs.frozen
class KeptHead:
    """A head as kept in a file.

    Attributes:
        batch, hash, signature: of the last durable batch when the file was written.
        epoch: number of claims of the record so far.
    """

    batch: int
    hash: bytes
    signature: bytes
    epoch: int

    @classmethod
    def of(cls, head: Head, epoch: int) -> "KeptHead":
        """The kept form of a head."""
        return cls(head.number, head.hash, head.signature, epoch)


def write_head(path: Path, head: KeptHead) -> None:
    """Replace the kept head; on return the new one is on disk.

    Raises:
        InputError: the file cannot be written there.
    """
    document = {
        "format": _FORMAT,
        "batch": head.batch,
        "hash": head.hash.hex(),
        "signature": head.signature.hex(),
        "epoch": head.epoch,
    }
    with replacing(path) as file:
        file.write((json.dumps(document, indent=2) + "\n").encode())


def read_head(path: Path) -> KeptHead | None:
    """The head in a file; None if the file does not exist.

    Raises:
        InputError: it cannot be read.
    """
    try:
        document = read_json(path.read_bytes())
        if document["format"] != _FORMAT:
            raise ValueError(f"its format is {document['format']!r}")
        digest, signature = (bytes.fromhex(document[name]) for name in ("hash", "signature"))
        batch, epoch = (_number(document[name]) for name in ("batch", "epoch"))
        return KeptHead(batch, digest, signature, epoch)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: the head of the record cannot be read: {error}; put the file back as it was, "
            "or move it away if you know that the record is whole"
        ) from None


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("batch and epoch must be whole numbers")
    return value


def compare_with_record(
    connection: psycopg.Connection[tuple[object, ...]],
    kept: KeptHead,
    head: Head,
    accepted: str | None,
) -> dict[str, Any] | None:
    """Compare the record in the database with the head kept outside.

    Args:
        connection: to the record.
        kept: head from the file.
        head: the last batch in the database.
        accepted: hash of that batch, in hexadecimal, if the operator accepts it as the head.

    Returns:
        A note for the record, where the operator's acceptance was needed.

    Raises:
        HeadRefused: the record is behind the file, or has another batch in its place.
    """
    row: Any = connection.execute(
        "SELECT hash FROM journal WHERE batch = %s", [kept.batch]
    ).fetchone()
    if row is not None and bytes(row[0]) == kept.hash:
        return None
    where = f"batch {head.number} with hash {head.hash.hex()}" if head.number >= 0 else "nothing"
    if accepted is not None and head.number >= 0 and accepted.lower() == head.hash.hex():
        return {
            "accepted_head": {"batch": head.number, "hash": head.hash.hex()},
            "instead_of": {"batch": kept.batch, "epoch": kept.epoch, "hash": kept.hash.hex()},
        }
    if row is None:
        fault = f"ends with {where}, but batch {kept.batch} was written already"
    else:
        fault = f"has another batch {kept.batch} than the one that was written"
    raise HeadRefused(
        f"the record in this database {fault} (kept head: {kept.hash.hex()}): it is a copy, or was "
        "restored from a backup; find the newer one, or, if there is none, read "
        "docs/how-to/back-up-and-restore.md and continue from here with "
        f"--accept-head {head.hash.hex() if head.number >= 0 else 'HASH'}"
    )
