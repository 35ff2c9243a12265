"""Answers to requests with an id, so that a repeated request gets the same answer."""

import json
import struct
from typing import Final

import attrs
import numpy as np

from skontro.engine import EventKind
from skontro.ledger.entry import Entry
from skontro.ledger.postgres.tables import REQUESTS
from skontro.model import NO_DIGEST, ReasonCode
from skontro.system import ACCEPTED, Batch, BatchKind
from skontro.system.links.phases import Occurrence

_WITH_ANSWERS: Final = (
    BatchKind.ORDERS,
    BatchKind.REQUEST,
    BatchKind.DECISION,
    BatchKind.LINKS,
)
_REFUSALS: Final = (
    EventKind.REQUEST_REFUSED,
    EventKind.CONTROL_REFUSED,
    EventKind.LIQUIDITY_REFUSED,
)

#: Inputs to links that requests with an id have: one in each.
_OF_BANKS: Final = (str(Occurrence.INSTRUCTION), str(Occurrence.CANCELLATION))

_ANSWER: Final = struct.Struct("<32sqqq")


@attrs.frozen
class Answer:
    """The answer to a request, kept for its repetition.

    Attributes:
        content: SHA-256 of the request.
        batch: its number in the record.
        reason: reason of a refusal; `ReasonCode.NONE` where it was accepted, and for orders.
        subject: number of the proposal, for a decision; of the case that it opened.
    """

    content: bytes
    batch: int
    reason: int
    subject: int

    def packed(self) -> bytes:
        """The answer in a few bytes, without work for Python's garbage collector."""
        return _ANSWER.pack(self.content, self.batch, self.reason, self.subject)

    @classmethod
    def unpacked(cls, packed: bytes) -> "Answer":
        """The inverse of `packed`."""
        return cls(*_ANSWER.unpack(packed))


def _outcome(batch: Batch) -> tuple[int, int]:
    """Reason and proposal of a request or decision."""
    if batch.kind == BatchKind.DECISION:
        body = json.loads(batch.body)
        refused = [e for e in batch.events if e["kind"] in _REFUSALS]
        subject = int(body.get("case", body["proposal"]))
        return int(refused[0]["reason"]) if refused else int(body["reason"]), subject
    if batch.kind == BatchKind.REQUEST:
        acceptance = int(batch.commands.column("acceptance")[0])
        if acceptance != ACCEPTED:
            return max(0, acceptance), -1
        event = batch.events[0]
        return (int(event["reason"]) if event["kind"] in _REFUSALS else 0), -1
    if batch.kind == BatchKind.LINKS:
        return int(_reason_of_input(batch)), -1
    return 0, -1


def _reason_of_input(batch: Batch) -> ReasonCode:
    """Why the instruction or cancellation of a batch of links was refused; NONE if it was not."""
    body = json.loads(batch.body)
    links = {one["link"] for one in body["terms"]} | {*body["cancelled"]}
    for link, cause, reason in body["refused"]:
        if link in links and cause in _OF_BANKS:
            return ReasonCode[reason]
    return ReasonCode.NONE


class Answers:
    """Answers by SHA-256 of the side and its request id, in one table for each business day."""

    def __init__(self) -> None:
        self._days: list[dict[bytes, bytes]] = [{}]

    def begin_day(self) -> None:
        """Begin a day: later answers are kept as long as this day."""
        self._days = [*self._days, {}]

    def keep(self, days: int) -> None:
        """Forget all days but the last ones."""
        self._days = self._days[-days:]

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record."""
        batch = entry.batch
        if batch.kind not in _WITH_ANSWERS:
            return
        requests = entry.rows[REQUESTS.name]
        requests = requests[requests["key"] != np.void(NO_DIGEST)]
        if not len(requests):
            return
        reason, subject = _outcome(batch)
        for row in requests:
            key, content = row["key"].tobytes(), row["content"].tobytes()
            self._days[-1][key] = Answer(content, entry.number, reason, subject).packed()

    def find(self, key: bytes) -> Answer | None:
        """The latest answer with this key; None if none is remembered."""
        for day in reversed(self._days):
            packed = day.get(key)
            if packed is not None:
                return Answer.unpacked(packed)
        return None
