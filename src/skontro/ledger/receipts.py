"""Receipts: proof that a request is in the record, checked without the record."""

import datetime
import re
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import COMMAND, uetr_text
from skontro.ledger.entry import (
    HEADER_BYTES,
    Entry,
    chain_hash,
    content_hash,
    leaf_hashes,
    leaf_of,
    number_and_requests,
)
from skontro.ledger.keys import public_key
from skontro.ledger.postgres.tables import COMMANDS, REQUEST, REQUESTS, TABLES, Records
from skontro.model import NO_DIGEST, InputError, from_timestamp
from skontro.model.hash_tree import (
    HASH_BYTES,
    path_in,
    root_from_path,
    tree_levels,
)
from skontro.model.signatures import is_signed


@attrs.frozen(eq=False)
class BatchProof:
    """The hash tree of a batch, and the common part of its receipts.

        proof = BatchProof.of(entry)
        receipt = proof.receipt(proof.request_of(position), public_key)

    Attributes:
        batch: its number.
        requests, commands: its records.
        first_commands: position of each request's first command.
        levels: levels of its hash tree.
        common: the fields that are the same in all receipts of the batch.
    """

    batch: int
    requests: Records
    commands: Records
    first_commands: npt.NDArray[np.int64]
    levels: tuple[bytes, ...]
    common: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> "BatchProof":
        """The proof of a batch.

        Args:
            entry: with all its tables.
        """
        requests, commands = entry.rows[REQUESTS.name], entry.rows[COMMANDS.name]
        common = {
            "header": entry.header.hex(),
            "commitments": [one.hex() for one in entry.other_commitments],
            "previous_hash": entry.previous_hash.hex(),
            "hash": entry.hash.hex(),
            "signature": entry.signature.hex(),
        }
        levels = tree_levels(leaf_hashes(requests, commands))
        first = requests["first_command"].astype(np.int64)
        return cls(entry.number, requests, commands, first, levels, common)

    @property
    def size(self) -> int:
        """Requests and commands of the batch."""
        return len(self.requests) + len(self.commands)

    def request_of(self, position: int) -> int | None:
        """The index of the request with a command; None if there is none."""
        index = int(np.searchsorted(self.first_commands, position, "right")) - 1
        if index < 0:
            return None
        first, count = self.first_commands[index], int(self.requests["commands"][index])
        return index if position < first + count else None

    def receipt(self, index: int, key: str) -> dict[str, Any]:
        """The receipt of one request; `check_receipt` checks it.

        Args:
            index: index of the request in the batch.
            key: the public key of the writer, as text.
        """
        return {
            "batch": self.batch,
            "position": index,
            "requests": len(self.requests),
            "request": leaf_of(self.requests, self.commands, index).hex(),
            "path": [one.hex() for one in path_in(self.levels, index)],
            **self.common,
            "public_key": key,
        }


_SIGNATURE_BYTES: Final = 64
#: Most levels of a hash tree: a batch has at most 2 to this power of requests.
_MAX_LEVELS: Final = 64
#: Upper bound of batch numbers and indices.
_MOST: Final = 2**62


@attrs.frozen
class ProvenOrder:
    """An order as the writer signed it.

        ProvenOrder("0c6e4b6a-5d0e-4b8f-9a53-0d3c8c2f6b02", 0, 3, 12_345, time, None, None)

    Attributes:
        uetr: of the order.
        payer, payee: account numbers.
        amount: minor units.
        time: at which it was recorded.
        details: SHA-256 of its `PaymentDetails` in hexadecimal, or None.
        evidence: SHA-256 of the evidence of its screening in hexadecimal, or None.
        acceptance: column of this name; above zero the `ReasonCode` of a rejection.
    """

    uetr: str
    payer: int
    payee: int
    amount: int
    time: datetime.datetime
    details: str | None
    evidence: str | None
    acceptance: int = 0


@attrs.frozen
class CheckedReceipt:
    """The facts that a valid receipt proves.

    Attributes:
        batch, hash: of the record, signed by the writer.
        orders: the commands of the request.
    """

    batch: int
    hash: str
    orders: tuple[ProvenOrder, ...]


def check_receipt(receipt: object, key: str) -> CheckedReceipt:
    """Recompute a receipt.

    Args:
        receipt: from `BatchProof.receipt`, or any other untrusted value.
        key: the public key of the writer, from a source that the checker trusts.

    Raises:
        InputError: it proves nothing; the message gives the reason.
    """
    signer = public_key(key)
    leaf = _digits(receipt, "request", "receipt")
    header = _digits(receipt, "header", "receipt", HEADER_BYTES)
    position, requests = (_number(receipt, one, "receipt") for one in ("position", "requests"))
    path = _digests(receipt, "path", _MAX_LEVELS)
    others = _digests(receipt, "commitments", len(TABLES))
    try:
        root = root_from_path(leaf, position, requests, path)
    except ValueError as error:
        raise InputError(f"this is not a receipt: {error}") from None
    previous = _digits(receipt, "previous_hash", "receipt", HASH_BYTES)
    hashed = chain_hash(previous, content_hash(header, [root, *others]))
    number = _number(receipt, "batch", "receipt")
    if hashed != _digits(receipt, "hash", "receipt", HASH_BYTES):
        raise InputError("the request does not lead to the hash of the batch")
    if number_and_requests(header) != (number, requests):
        raise InputError("the batch has another number, or another number of requests")
    if not is_signed(signer, hashed, _digits(receipt, "signature", "receipt", _SIGNATURE_BYTES)):
        raise InputError("the signature is not that of this key")
    return CheckedReceipt(number, hashed.hex(), tuple(_orders(leaf)))


@attrs.frozen
class CheckedChain:
    """The end of valid links: the last batch, and its hash in hexadecimal."""

    batch: int
    hash: str


def check_chain(
    checked: CheckedReceipt, links: object, key: str, head: str | None = None
) -> CheckedChain:
    """Follow the chain from a receipt's batch on.

    Args:
        checked: a valid receipt.
        links: number, content, hash and signature of each batch from the receipt's on, in order.
        key: the public key of the writer, from a source that the checker trusts.
        head: a published hash at which the links must end; None to follow all links.

    Raises:
        InputError: they do not begin at the receipt's batch, one of them does not follow the one
            before it or is not signed, or they do not lead to the head.
    """
    if not isinstance(links, list) or not links:
        raise InputError("there are no links; ask /v1/record/links for those from the batch on")
    signer = public_key(key)
    number, hashed = checked.batch, bytes.fromhex(checked.hash)
    for index, link in enumerate(links):
        found = _number(link, "batch", "link")
        recorded = _digits(link, "hash", "link", HASH_BYTES)
        signature = _digits(link, "signature", "link", _SIGNATURE_BYTES)
        content = _digits(link, "content", "link", HASH_BYTES)
        if index or found != checked.batch:
            number, hashed = number + 1, chain_hash(hashed, content)
        if found != number:
            raise InputError(f"the links have batch {found} in the place of batch {number}")
        if hashed != recorded:
            raise InputError(f"batch {found} does not follow the one before it")
        if not is_signed(signer, hashed, signature):
            raise InputError(f"batch {found} is not signed with this key")
    check_head(hashed.hex(), head)
    return CheckedChain(number, hashed.hex())


def check_head(hashed: str, head: str | None) -> None:
    """Check a hash against the published one, if there is one.

    Raises:
        InputError: they differ, or the published one is not a hash.
    """
    if head is None:
        return
    if not re.fullmatch(r"[0-9a-fA-F]{64}", head):
        raise InputError("a published head is 64 hexadecimal digits")
    if hashed != head.lower():
        raise InputError(
            "the chain does not end at the published head; give --links from the batch up to it"
        )


def _field(document: object, name: str, kind: str) -> object:
    if not isinstance(document, dict) or name not in document:
        raise InputError(f"this is no {kind}: it has no {name}")
    return document[name]


def _number(document: object, name: str, kind: str) -> int:
    value = _field(document, name, kind)
    if type(value) is not int or not 0 <= value < _MOST:
        raise InputError(f"this is not a {kind}: {name} is not a number of the expected kind")
    return value


def _digits(document: object, name: str, kind: str, size: int | None = None) -> bytes:
    return _bytes(_field(document, name, kind), f"this is no {kind}: {name}", size)


def _digests(document: object, name: str, most: int) -> list[bytes]:
    values = _field(document, name, "receipt")
    if not isinstance(values, list) or len(values) > most:
        raise InputError(f"this is not a receipt: {name} is not a list of at most {most} hashes")
    return [_bytes(value, f"this is not a receipt: {name}", HASH_BYTES) for value in values]


def _bytes(value: object, what: str, size: int | None) -> bytes:
    digits = value if isinstance(value, str) else ""
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits) or size not in (None, len(digits) // 2):
        length = "" if size is None else f"{2 * size} "
        raise InputError(f"{what} does not consist of {length}hexadecimal digits")
    return bytes.fromhex(digits)


def _orders(leaf: bytes) -> list[ProvenOrder]:
    """The commands of a request that the writer signed."""
    try:
        np.frombuffer(leaf, REQUEST, count=1)  # refuses one that is shorter
        commands = np.frombuffer(leaf[REQUEST.itemsize :], COMMAND)
        return [
            ProvenOrder(
                uetr_text(row["uetr"].tobytes()),
                int(row["payer"]),
                int(row["payee"]),
                int(row["amount"]),
                from_timestamp(int(row["time"])),
                _named(row["details"].tobytes()),
                _named(row["evidence"].tobytes()),
                int(row["acceptance"]),
            )
            for row in commands
        ]
    except (ValueError, OverflowError):
        raise InputError("the writer signed something that is not a request") from None


def _named(digest: bytes) -> str | None:
    """The digest of a text that an order names; None if it names none."""
    return None if digest == NO_DIGEST else digest.hex()
