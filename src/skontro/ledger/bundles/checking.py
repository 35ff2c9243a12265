"""The check of a bundle, offline: every fact against the batches that the system has signed."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

import attrs

from skontro.ledger.bundles.batch_part import BatchPart, check_batch
from skontro.ledger.bundles.lines import signer_of, unpack
from skontro.ledger.keys import public_key, public_text
from skontro.ledger.order_records import NO_STATUS, STATUS_OF_KIND, STATUSES
from skontro.ledger.receipts import ProvenOrder, check_receipt
from skontro.model import InputError, OrderStatus, ReasonCode
from skontro.system import ACCEPTED

FORMAT: Final = 1


@attrs.frozen
class BundledOrder:
    """An order of a bundle; everything but the names of banks is proven by signed batches.

    Attributes:
        uetr: of the order.
        payer, payee: BICs.
        currency: code.
        amount: minor units.
        status, reason: at the time of the bundle.
        time: of the status, microseconds since 1970.
        batch: that gave it its status.
    """

    uetr: str
    payer: str
    payee: str
    currency: str
    amount: int
    status: str
    reason: str
    time: int
    batch: int


@attrs.frozen
class BundledDocument:
    """A message or document of a bundle.

    Attributes:
        name: as given by who made the bundle.
        content: its bytes.
        sha256: in hexadecimal.
        is_evidence: whether an act of the case names it.
    """

    name: str
    content: bytes
    sha256: str
    is_evidence: bool


@attrs.frozen
class CheckedBundle:
    """The facts that a valid bundle proves.

    Attributes:
        system: name of the system that made it.
        key: with which it was checked.
        sha256: of its lines.
        orders: in their order.
        case: as JSON values; None for none.
        batches: numbers of the signed batches, in order.
        documents: messages and documents.
        others: bundles of other systems, checked too.
    """

    system: str
    key: str
    sha256: str
    orders: tuple[BundledOrder, ...]
    case: dict[str, Any] | None
    batches: tuple[int, ...]
    documents: tuple[BundledDocument, ...]
    others: tuple["CheckedBundle", ...]


def check_bundle(content: bytes, keys: Sequence[str]) -> CheckedBundle:
    """Check a bundle.

    Args:
        content: of the file, from anybody.
        keys: public keys of the systems in hexadecimal, from sources that the checker trusts: that
            of the maker, and those of the systems whose bundles are inside.

    Raises:
        InputError: it proves nothing; the message gives the reason and the line.
    """
    return _check(content, [public_text(public_key(key)) for key in keys], is_outer=True)


def _check(content: bytes, keys: Sequence[str], *, is_outer: bool) -> CheckedBundle:
    named = signer_of(content)
    if named not in keys:
        raise InputError(f"the bundle is of a system with the key {named}, which was not given")
    lines = unpack(content, named)
    checked = _Checker(named, keys, is_outer=is_outer)
    for number, item in enumerate(lines.items, start=1):
        try:
            checked.take(item, number)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from None
    return checked.result(lines.sha256)


class _Checker:
    """Takes the lines of one bundle, and compares them at the end."""

    def __init__(self, key: str, keys: Sequence[str], *, is_outer: bool) -> None:
        self._key, self._keys, self._is_outer = key, keys, is_outer
        self._system = ""
        self._accounts: dict[int, tuple[str, str]] = {}
        self._orders: dict[int, dict[str, Any]] = {}
        self._batches: dict[int, BatchPart] = {}
        self._case: tuple[int, dict[str, Any]] | None = None
        self._documents: list[tuple[str, bytes]] = []
        self._others: list[CheckedBundle] = []

    def take(self, item: dict[str, Any], line: int) -> None:
        kind = item["kind"]
        if (kind == "bundle") != (line == 1):
            raise InputError("only the first line names the system, and it must")
        if kind == "bundle":
            self._take_head(item)
        elif kind == "order":
            _refuse_unknown(item, _ORDER_FIELDS)
            self._orders[line] = item
        elif kind == "batch":
            _refuse_unknown(item, _BATCH_FIELDS)
            part = check_batch(item, self._key)
            if part.number in self._batches:
                raise InputError(f"batch {part.number} comes twice")
            self._batches[part.number] = part
        elif kind == "case" and self._case is None:
            _refuse_unknown(item, {"kind", "case"})
            self._case = line, _dict(item, "case")
        elif kind == "document":
            _refuse_unknown(item, {"kind", "name", "content"})
            self._documents.append((_text(item, "name"), _content(item)))
        elif kind == "other" and self._is_outer:
            _refuse_unknown(item, {"kind", "content"})
            self._others.append(_check(_content(item), self._keys, is_outer=False))
        else:
            raise InputError(f"{kind}: there is no such line, or not here")

    def _take_head(self, item: dict[str, Any]) -> None:
        _refuse_unknown(item, {"kind", "format", "system", "public_key", "accounts"})
        if item["format"] != FORMAT:
            raise InputError(f"format {item['format']} is not known; {FORMAT} is")
        self._system = _text(item, "system")
        for number, account in _dict(item, "accounts").items():
            if not isinstance(account, list) or [*map(type, account)] != [str, str]:
                raise InputError("accounts: are not BIC and currency by number")
            self._accounts[int(number)] = (account[0], account[1])

    def result(self, sha256: str) -> CheckedBundle:
        orders = []
        for line, item in self._orders.items():
            try:
                orders.append(self._order(item))
            except InputError as error:
                raise InputError(f"line {line}: {error}") from None
        evidence = self._check_case()
        documents = []
        for name, content in self._documents:
            digest = hashlib.sha256(content).hexdigest()
            documents.append(BundledDocument(name, content, digest, digest in evidence))
        return CheckedBundle(
            self._system,
            self._key,
            sha256,
            tuple(orders),
            None if self._case is None else self._case[1],
            tuple(sorted(self._batches)),
            tuple(documents),
            tuple(self._others),
        )

    def _order(self, item: dict[str, Any]) -> BundledOrder:
        proven = self._proven(item)
        for name in ("payer", "payee", "amount"):
            if item[name] != getattr(proven, name):
                raise InputError(f"{name}: the signed request has {getattr(proven, name)}")
        payer, payee = (self._account(item[name]) for name in ("payer", "payee"))
        status, reason = _text(item, "status"), _text(item, "reason")
        if reason not in ReasonCode.__members__:
            raise InputError(f"reason: {reason} is not known")
        self._check_state(item, proven)
        return BundledOrder(
            proven.uetr,
            payer[0],
            payee[0],
            payer[1],
            proven.amount,
            status,
            reason,
            _number(item, "time"),
            _number(item, "batch"),
        )

    def _proven(self, item: dict[str, Any]) -> ProvenOrder:
        uetr = _text(item, "uetr")
        for one in check_receipt(item["receipt"], self._key).orders:
            if one.uetr == uetr:
                return one
        raise InputError(f"receipt: is not of order {uetr}")

    def _account(self, number: int) -> tuple[str, str]:
        if number not in self._accounts:
            raise InputError(f"account {number} is not named in the first line")
        return self._accounts[number]

    def _check_state(self, item: dict[str, Any], proven: ProvenOrder) -> None:
        """Compare status, reason and time with what the system has signed."""
        status, number = item["status"], item["number"]
        if number is None:
            if proven.acceptance == ACCEPTED:
                raise InputError("number: is missing; the system admitted the order")
            told = (status, int(ReasonCode[item["reason"]]))
            rejected = (str(OrderStatus.REJECTED), proven.acceptance)
            if proven.acceptance > ACCEPTED and told != rejected:
                raise InputError("reason: the signed request was rejected for another one")
            return
        part = self._batches.get(_number(item, "batch"))
        if part is None or part.events is None:
            raise InputError(f"status: batch {item['batch']} with its events is missing")
        about = part.events[part.events["order"] == _number(item, "number")]
        about = about[STATUS_OF_KIND[about["kind"]] != NO_STATUS]
        if not len(about):
            raise InputError(f"status: batch {item['batch']} has no event of order {number}")
        last = about[-1]
        found = (
            str(STATUSES[STATUS_OF_KIND[last["kind"]]]),
            ReasonCode(int(last["reason"])).name,
            int(last["time"]),
        )
        if found != (status, item["reason"], item["time"]):
            raise InputError(f"status: the signed batch has {found[0]}, {found[1]} at {found[2]}")
        if status == str(OrderStatus.SETTLED):
            self._check_posting(item, part)

    def _check_posting(self, item: dict[str, Any], part: BatchPart) -> None:
        """Check that money moved between the order's accounts, or on one side for a link."""
        postings = part.postings
        if postings is None:
            raise InputError(f"status: batch {item['batch']} with its postings is missing")
        moved = postings[postings["subject"] == item["number"]]
        moved = moved[moved["amount"] == item["amount"]]
        sides = (moved["debit"] == item["payer"]) | (moved["credit"] == item["payee"])
        if not sides.any():
            raise InputError("status: the signed batch has no posting of this payment")

    def _check_case(self) -> set[str]:
        """Check that each act of the case is in a signed batch; the evidence that acts name."""
        if self._case is None:
            return set()
        line, case = self._case
        by_time = {part.time: part for part in self._batches.values() if part.body is not None}
        named: set[str] = set()
        try:
            for place, event in enumerate(_list(case, "history"), start=1):
                part = by_time.get(_number(event, "time"))
                if part is None or not _notes_act(part, case, event):
                    raise InputError(f"act {place}: no signed batch has it")
                named |= {str(one) for one in _list(event, "evidence")}
        except InputError as error:
            raise InputError(f"line {line}: {error}") from None
        return named


_ORDER_FIELDS: Final = {
    *("kind", "uetr", "payer", "payee", "amount", "number", "status", "reason", "time", "batch"),
    "receipt",
}
_BATCH_FIELDS: Final = {
    *("kind", "batch", "header", "commitments", "previous_hash", "hash", "signature"),
    *("events", "postings", "body"),
}
_OPTIONAL: Final = {"events", "postings", "body"}


def _notes_act(part: BatchPart, case: dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether the body of a batch notes this act of this case."""
    try:
        body = json.loads(part.body or "{}")
    except ValueError:
        return False
    notes = body.get("cases", []) if isinstance(body, dict) else []
    wanted = [case.get("number"), event.get("act"), event.get("by"), event.get("state")]
    return any(
        [one.get("case"), one.get("act"), one.get("by"), one.get("state")] == wanted
        for one in notes
    )


def _refuse_unknown(item: dict[str, Any], fields: set[str]) -> None:
    missing = sorted(fields - _OPTIONAL - item.keys())
    unknown = sorted(item.keys() - fields)
    if missing or unknown:
        text = f"{missing[0]} is missing" if missing else f"{unknown[0]} is not known"
        raise InputError(f"{item['kind']}: {text}")


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name}: is no text")
    return value


def _number(item: dict[str, Any], name: str) -> int:
    value = item.get(name)
    if type(value) is not int:
        raise InputError(f"{name}: is no number")
    return value


def _dict(item: dict[str, Any], name: str) -> dict[str, Any]:
    value = item.get(name)
    if not isinstance(value, dict):
        raise InputError(f"{name}: is no object")
    return value


def _list(item: dict[str, Any], name: str) -> list[Any]:
    value = item.get(name)
    if not isinstance(value, list):
        raise InputError(f"{name}: is no list")
    return value


def _content(item: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(_text(item, "content"), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("content: is not Base64") from None
