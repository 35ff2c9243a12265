"""Archives of SWIFT FIN messages: MT103, MT202 and what belongs to them, one row each.

Source. SWIFT User Handbook, FIN: blocks 1 to 5; fields of category 1, 2 and 9 messages. A field
begins on a new line with its tag between colons. The logical terminal of a bank has a ninth
character that is no part of its BIC.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from skontro.imports.source_table import FILE, LINE, SourceTable
from skontro.imports.text_tables import decode
from skontro.model import InputError

#: The use of a message, for the rules of the map.
ORDER: Final = "order"
ANNOUNCEMENT: Final = "announcement, its cover settles"
CANCELLATION: Final = "cancellation request"
CONFIRMATION: Final = "confirmation"
REPEAT: Final = "possible duplicate emission"
TAKEN_BACK: Final = "taken back"
OTHER: Final = "not a payment"

_ORDERS: Final = {"103", "202", "203", "205"}
_CANCELLATIONS: Final = {"192", "292"}
_CONFIRMATIONS: Final = {"900", "910"}

_MESSAGE: Final = re.compile(r"\{1:F01")
_BLOCK: Final = re.compile(r"\{([1235]):((?:\{[^{}]*\}|[^{}])*)\}")
_TEXT: Final = re.compile(r"\{4:\r?\n(.*?)\r?\n-\}", re.DOTALL)
_FIELD: Final = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_TAG: Final = re.compile(r"\{(\d{3}|[A-Z]{3}):([^{}]*)\}")
_VALUE: Final = re.compile(r"(\d{6})([A-Z]{3})([\d,]+)")
_SENT: Final = re.compile(r"/SNDTIME/(\d{2})(\d{2})([+-])(\d{2})(\d{2})")
#: Output: input time, reference of the input with its date and sender. Input: receiver.
_OUTPUT: Final = re.compile(r"O(\d{3})(\d{2})(\d{2})(\d{6})([A-Z0-9]{12})")
_INPUT: Final = re.compile(r"I(\d{3})([A-Z0-9]{12})")

_COLUMNS: Final = (
    *("use", "type", "sender", "receiver", "reference", "related", "uetr"),
    *("currency", "amount", "value_date", "submitted_at", "payer_account", "payee_account"),
)


@attrs.define
class _Message:
    """A message; the texts of its columns are in `cells`."""

    position: int
    cells: dict[str, str]
    is_cover: bool
    is_repeat: bool


def is_fin(start: bytes) -> bool:
    """Whether a file begins with a FIN message."""
    return start.lstrip(b"\x01\xef\xbb\xbf\r\n $").startswith(b"{1:F01")


def read_fin(path: Path, encoding: str = "") -> SourceTable:
    """The messages of an archive, one row each, with their use.

    Args:
        path: the file; anything between two messages is passed over.
        encoding: Python's name; empty to find it.

    Raises:
        InputError: the file cannot be read, or a message cannot.
    """
    text, encoding = decode(path, encoding)
    messages = list(_messages(path, text))
    if not messages:
        raise InputError(f"{path}: there is no FIN message, which begins with {{1:F01")
    uses = _uses(messages)
    rows = [
        {**dict.fromkeys(_COLUMNS), **one.cells, "use": use}
        for one, use in zip(messages, uses, strict=True)
    ]
    table = pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String)).with_columns(
        pl.lit(path.name).alias(FILE),
        pl.Series(LINE, [one.position for one in messages], dtype=pl.Int64),
    )
    return SourceTable(path.name, "fin", table, {"encoding": encoding})


def _messages(path: Path, text: str) -> Iterator[_Message]:
    starts = [match.start() for match in _MESSAGE.finditer(text)]
    for position, (start, end) in enumerate(
        zip(starts, [*starts[1:], len(text)], strict=True), start=1
    ):
        yield _message(path, position, text[start:end])


def _message(path: Path, position: int, text: str) -> _Message:
    blocks = dict(_BLOCK.findall(text))
    body = _TEXT.search(text)
    head = blocks.get("2", "")
    output, entered = _OUTPUT.match(head), _INPUT.match(head)
    if body is None or (output is None and entered is None):
        raise InputError(
            f"{path}: message {position}: block 2 or block 4 cannot be read; take the message out"
        )
    parts = _FIELD.split(body[1])
    fields: dict[str, str] = {}
    for tag, value in zip(parts[1::2], parts[2::2], strict=True):
        fields.setdefault(tag, value.replace("\r\n", "\n").strip("\n"))
    user = dict(_TAG.findall(blocks.get("3", "")))
    own = _bic(blocks.get("1", "")[3:15])
    cells = _cells(fields) | {"uetr": user.get("121", "")}
    if output is not None:
        kind, hour, minute, date, sender = output.groups()
        cells |= {"type": kind, "sender": _bic(sender), "receiver": own}
        cells["submitted_at"] = _submitted(date, hour, minute, fields.get("13C", ""))
    elif entered is not None:
        kind, receiver = entered.groups()
        cells |= {"type": kind, "sender": own, "receiver": _bic(receiver)}
        cells["submitted_at"] = _entered(cells["value_date"], fields.get("13C", ""))
    is_cover = user.get("119") == "COV" or "50A" in fields or "50K" in fields or "50F" in fields
    return _Message(position, cells, is_cover, "{PDE:" in text or "{PDM:" in text)


def _cells(fields: dict[str, str]) -> dict[str, str]:
    value = _VALUE.match(fields.get("32A", "").replace("\n", ""))
    date, currency, amount = value.groups() if value else ("", "", "")
    return {
        "reference": fields.get("20", ""),
        "related": fields.get("21", ""),
        "currency": currency,
        "amount": amount,
        "value_date": date,
        "payer_account": _account(fields, ("50A", "50K", "50F")),
        "payee_account": _account(fields, ("59", "59A", "59F")),
    }


def _account(fields: dict[str, str], tags: tuple[str, ...]) -> str:
    lines = next((fields[tag] for tag in tags if tag in fields), "").split("\n")
    return lines[0].removeprefix("/") if lines[0].startswith("/") else ""


def _bic(terminal: str) -> str:
    """The BIC of a logical terminal of 12 characters."""
    return terminal[:8] + terminal[9:]


def _submitted(date: str, hour: str, minute: str, sent: str) -> str:
    """Date and time with offset, from field 13C where there is one, else from block 2."""
    day = f"20{date[:2]}-{date[2:4]}-{date[4:]}"
    found = _SENT.search(sent)
    if found is None:
        return f"{day}T{hour}:{minute}"
    hour, minute, sign, offset_hours, offset_minutes = found.groups()
    return f"{day}T{hour}:{minute}{sign}{offset_hours}:{offset_minutes}"


def _entered(value_date: str, sent: str) -> str:
    """Input messages have no date of their own; the value date is the nearest."""
    return _submitted(value_date, "00", "00", sent) if value_date else ""


def _uses(messages: list[_Message]) -> list[str]:
    """The use of each message among the others of the archive."""
    covers = [one for one in messages if one.cells["type"] in {"202", "205"} and one.is_cover]
    covered = {one.cells["uetr"] for one in covers if one.cells["uetr"]}
    named = {(one.cells["sender"], one.cells["related"]) for one in covers}
    withdrawn = {
        (one.cells["sender"], one.cells["related"])
        for one in messages
        if one.cells["type"] in _CANCELLATIONS
    }
    seen: set[tuple[str, str, str]] = set()
    uses = []
    for one in messages:
        cells = one.cells
        key = (cells["sender"], cells["type"], cells["reference"])
        if cells["type"] in _CANCELLATIONS:
            use = CANCELLATION
        elif cells["type"] in _CONFIRMATIONS:
            use = CONFIRMATION
        elif cells["type"] not in _ORDERS:
            use = OTHER
        elif one.is_repeat and key in seen:
            use = REPEAT
        elif (cells["sender"], cells["reference"]) in withdrawn:
            use = TAKEN_BACK
        elif cells["type"] == "103" and (
            cells["uetr"] in covered or (cells["sender"], cells["reference"]) in named
        ):
            use = ANNOUNCEMENT
        else:
            use = ORDER
        seen.add(key)
        uses.append(use)
    return uses
