"""Receipts: proof that a request is in the record, checked without having the record."""

import datetime
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from skontro.conduct import COMMAND
from skontro.ledger.entry import chain_hash, content_hash
from skontro.ledger.hash_tree import root_from_path
from skontro.ledger.keys import is_signed, public_key
from skontro.ledger.tables import REQUEST
from skontro.model import InputError, from_timestamp


@attrs.frozen
class CheckedReceipt:
    """What a good receipt proves.

    Attributes:
        batch, hash: of the record, signed by the writer.
        orders: UETR, payer's and payee's account number, minor units and time of each.
    """

    batch: int
    hash: str
    orders: tuple[tuple[str, int, int, int, datetime.datetime], ...]


def check_receipt(receipt: dict[str, Any], key: str) -> CheckedReceipt:
    """Recompute a receipt.

    Args:
        receipt: as `BatchProof.receipt` gave it.
        key: the public key of the writer, from where the checker trusts it to be.

    Raises:
        InputError: it proves nothing; says why.
    """
    try:
        leaf = bytes.fromhex(receipt["request"])
        path = [bytes.fromhex(one) for one in receipt["path"]]
        root = root_from_path(leaf, int(receipt["position"]), int(receipt["requests"]), path)
        others = [bytes.fromhex(one) for one in receipt["commitments"]]
        header = bytes.fromhex(receipt["header"])
        content = content_hash(header, [root, *others])
        hashed = chain_hash(bytes.fromhex(receipt["previous_hash"]), content)
        recorded, signature = bytes.fromhex(receipt["hash"]), bytes.fromhex(receipt["signature"])
        number = int(receipt["batch"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"this is no receipt: {error!r}") from None
    if hashed != recorded:
        raise InputError("the request does not lead to the hash of the batch")
    if int.from_bytes(header[:8], "big") != number:
        raise InputError("the batch has another number")
    if not is_signed(public_key(key), hashed, signature):
        raise InputError("the signature is not that of this key")
    return CheckedReceipt(number, hashed.hex(), tuple(_orders(leaf)))


def check_chain(checked: CheckedReceipt, links: Sequence[dict[str, Any]], head: str) -> None:
    """That a receipt's batch is part of the record that a published head stands for.

    Args:
        checked: a good receipt.
        links: `content` and `hash` of the batches after the receipt's, in order.
        head: the published hash.

    Raises:
        InputError: the links do not lead from the one to the other.
    """
    hashed = bytes.fromhex(checked.hash)
    for link in links:
        hashed = chain_hash(hashed, bytes.fromhex(link["content"]))
        if hashed.hex() != link["hash"]:
            raise InputError(f"batch {link.get('batch')} does not follow the one before it")
    if hashed.hex() != head.lower():
        raise InputError("the chain does not end at the published head")


def _orders(leaf: bytes) -> list[tuple[str, int, int, int, datetime.datetime]]:
    commands = np.frombuffer(leaf[REQUEST.itemsize :], COMMAND)
    return [
        (
            uetr_text(row["uetr"].tobytes()),
            int(row["payer"]),
            int(row["payee"]),
            int(row["amount"]),
            from_timestamp(int(row["time"])),
        )
        for row in commands
    ]


def uetr_text(uetr: bytes) -> str:
    """16 bytes as a UETR is written."""
    text = uetr.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uetr_bytes(text: str) -> bytes:
    """The inverse of `uetr_text`."""
    return bytes.fromhex(text.replace("-", ""))
