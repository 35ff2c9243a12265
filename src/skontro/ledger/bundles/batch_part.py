"""One signed batch of the record with some of its parts opened: body, events, postings."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import EVENT
from skontro.ledger.bundles.lines import hexadecimal
from skontro.ledger.entry import (
    HEADER_BYTES,
    Entry,
    chain_hash,
    content_hash,
    statements_and_time,
)
from skontro.ledger.keys import public_key
from skontro.ledger.postgres.tables import EVENTS, POSTINGS, TABLES, Records
from skontro.model import InputError
from skontro.model.hash_tree import HASH_BYTES
from skontro.model.signatures import is_signed
from skontro.system.batch import POSTING

#: Parts by name, each with its position among the commitments: requests and commands are one.
_PARTS: Final = {
    "events": (TABLES.index(EVENTS) - 1, EVENT),
    "postings": (TABLES.index(POSTINGS) - 1, POSTING),
}
#: The root of the requests, a hash of each table but these two, and that of the body.
_COMMITMENTS: Final = len(TABLES)
_HEX: Final = re.compile("(?:[0-9a-f]{2})+")
_SIGNATURE_BYTES: Final = 64


@attrs.frozen(eq=False)
class BatchPart:
    """The facts that a signed batch proves.

    Attributes:
        number: of the batch.
        time: of the batch, microseconds since 1970.
        body: its input as text; None where it is not opened.
        events, postings: `EVENT` and `POSTING` records; None where they are not opened.
    """

    number: int
    time: int
    body: str | None
    events: Records | None
    postings: Records | None


def batch_item(entry: Entry, *, tables: bool, body: bool) -> dict[str, Any]:
    """A batch as a line of a bundle.

    Args:
        entry: of the record, with all its tables.
        tables: whether events and postings are opened.
        body: whether the body is opened.
    """
    item: dict[str, Any] = {
        "kind": "batch",
        "batch": entry.number,
        "header": entry.header.hex(),
        "commitments": hexadecimal(entry.commitments),
        "previous_hash": entry.previous_hash.hex(),
        "hash": entry.hash.hex(),
        "signature": entry.signature.hex(),
    }
    if tables:
        for name in _PARTS:
            rows = entry.batch.events if name == "events" else entry.batch.postings
            item[name] = base64.b64encode(rows.tobytes()).decode()
    if body:
        item["body"] = entry.batch.body
    return item


def check_batch(item: Mapping[str, Any], key: str) -> BatchPart:
    """Recompute a batch of a bundle.

    Args:
        item: line of the bundle.
        key: public key of the writer.

    Raises:
        InputError: it proves nothing; the message gives the reason.
    """
    header = _bytes(item, "header", HEADER_BYTES)
    commitments = item.get("commitments")
    if not isinstance(commitments, list) or len(commitments) != _COMMITMENTS:
        raise InputError(f"commitments: are not {_COMMITMENTS} hashes")
    roots = [_bytes({"commitments": one}, "commitments", HASH_BYTES) for one in commitments]
    hashed = chain_hash(_bytes(item, "previous_hash", HASH_BYTES), content_hash(header, roots))
    if hashed != _bytes(item, "hash", HASH_BYTES):
        raise InputError("its parts do not lead to the hash of the batch")
    if not is_signed(public_key(key), hashed, _bytes(item, "signature", _SIGNATURE_BYTES)):
        raise InputError("the signature is not that of this key")
    _, number, time = statements_and_time(header)
    if item.get("batch") != number:
        raise InputError(f"it is batch {number}")
    opened = {name: _records(item, name, roots) for name in _PARTS}
    return BatchPart(number, time, _body(item, roots), opened["events"], opened["postings"])


def _records(item: Mapping[str, Any], name: str, roots: list[bytes]) -> Records | None:
    if name not in item:
        return None
    place, kind = _PARTS[name]
    try:
        content = base64.b64decode(item[name], validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise InputError(f"{name}: is not Base64") from None
    if hashlib.sha256(content).digest() != roots[place]:
        raise InputError(f"{name}: are not those of the batch")
    return np.frombuffer(content, kind)


def _body(item: Mapping[str, Any], roots: list[bytes]) -> str | None:
    if "body" not in item:
        return None
    body = item["body"]
    if not isinstance(body, str) or hashlib.sha256(body.encode()).digest() != roots[-1]:
        raise InputError("body: is not that of the batch")
    return body


def _bytes(item: Mapping[str, Any], name: str, size: int) -> bytes:
    value = item.get(name)
    if not isinstance(value, str) or len(value) != 2 * size or not _HEX.fullmatch(value):
        raise InputError(f"{name}: is not {2 * size} hexadecimal digits")
    return bytes.fromhex(value)
