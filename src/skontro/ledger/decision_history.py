"""Proposals of the last days with the people who asked and who decided, from the record."""

import json
from typing import Any, Final

import attrs

from skontro.ledger.entry import Entry
from skontro.model import ReasonCode
from skontro.model.text import canonical_text
from skontro.system import BatchKind, Decision, DecisionKind, Person, StepKind
from skontro.system.document_text import document_hash

#: Proposals remembered; the record has the others.
MOST_REMEMBERED: Final = 10_000


@attrs.frozen
class DecidedProposal:
    """A proposal with its decision.

    Attributes:
        number: of the proposal.
        action: kind of the action, for example ``set_credit_line``.
        uetr: of the order that the action is about; empty for other actions.
        asked_by: None where the record remembered does not say it.
        asked_at: record time, microseconds; None where it is not known.
        shown_in: batch that has the document as it was shown.
        hash: SHA-256 of that document, hexadecimal.
        status: ``open`` (or lapsed), ``approved``, ``failed`` (approved without effect),
            ``rejected``, or ``alone`` (taken by one person).
        decided_by, decided_at, batch: the decision; None while there is none.
        reason: why an approved action had no effect.
    """

    number: int
    action: str
    uetr: str
    asked_by: Person | None
    asked_at: int | None
    shown_in: int
    hash: str
    status: str = "open"
    decided_by: Person | None = None
    decided_at: int | None = None
    batch: int | None = None
    reason: ReasonCode = ReasonCode.NONE


class DecisionHistory:
    """Proposals by number, as the record tells them.

        history = DecisionHistory()
        history.add(entry)
        history.get(7)

    One thread adds; any thread may read at the same time.

    Args:
        most: how many are remembered, the newest.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._found: dict[int, DecidedProposal] = {}
        self._of_order: dict[str, tuple[int, ...]] = {}

    def get(self, number: int) -> DecidedProposal | None:
        """The proposal with a number; None if it is not remembered."""
        return self._found.get(number)

    def newest(self) -> list[DecidedProposal]:
        """All that are remembered, the newest first."""
        return [*self._found.values()][::-1]

    def about(self, uetr: str) -> list[DecidedProposal]:
        """Those about an order, in their order."""
        numbers = self._of_order.get(uetr, ())
        found = [self._found.get(number) for number in numbers]
        return [one for one in found if one is not None]

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record; only decisions and starts of days change anything."""
        batch = entry.batch
        if batch.kind == BatchKind.DECISION:
            self._decide(entry, json.loads(batch.body))
        elif batch.kind == BatchKind.STEP:
            body = json.loads(batch.body)
            if body["kind"] == StepKind.START:
                for one in body.get("agreed", ()):
                    self._take(one["proposal"], ReasonCode(one["reason"]))

    def _decide(self, entry: Entry, body: dict[str, Any]) -> None:
        decision = Decision.from_json(json.dumps(body["decision"]))
        if decision.kind == DecisionKind.ACT:
            return
        reason, shown = ReasonCode(body["reason"]), body.get("shown")
        known = self._found.get(body["proposal"])
        if decision.kind == DecisionKind.PROPOSE:
            if shown is not None:
                self._put(_asked(entry, decision.person, shown))
            return
        if decision.kind == DecisionKind.REJECT:
            if reason != ReasonCode.NONE:
                return
            status = "rejected"
            known = known or DecidedProposal(body["proposal"], "", "", None, None, -1, "")
        elif shown is None:
            return  # a decision about no open proposal
        else:
            alone = decision.kind == DecisionKind.REVOKE
            known = known or _asked(entry, None, shown)
            status = "failed" if reason else "alone" if alone else "approved"
        self._put(
            attrs.evolve(
                known,
                status=status,
                decided_by=decision.person,
                decided_at=entry.batch.time,
                batch=entry.number,
                reason=reason,
            )
        )

    def _take(self, number: int, reason: ReasonCode) -> None:
        known = self._found.get(number)
        if known is not None and reason != ReasonCode.NONE:
            self._put(attrs.evolve(known, status="failed", reason=reason))

    def _put(self, one: DecidedProposal) -> None:
        if one.uetr and one.number not in self._of_order.get(one.uetr, ()):
            self._of_order[one.uetr] = (*self._of_order.get(one.uetr, ()), one.number)
        self._found[one.number] = one
        while len(self._found) > self._most:
            oldest = next(iter(self._found))
            left = self._found.pop(oldest)
            others = tuple(n for n in self._of_order.get(left.uetr, ()) if n != oldest)
            if others:
                self._of_order[left.uetr] = others
            else:
                self._of_order.pop(left.uetr, None)


def _asked(entry: Entry, person: Person | None, shown: dict[str, Any]) -> DecidedProposal:
    """A proposal from its document; the time is known where this batch has it.

    Args:
        entry: has the document.
        person: who asked in this batch; None where it was asked before.
        shown: the document.
    """
    return DecidedProposal(
        number=shown["proposal"],
        action=shown["action"],
        uetr=_uetr_of(shown),
        asked_by=Person(**shown["proposed_by"]),
        asked_at=None if person is None else entry.batch.time,
        shown_in=entry.number,
        hash=document_hash(canonical_text(shown)),
    )


def _uetr_of(shown: dict[str, Any]) -> str:
    order = shown.get("order")
    return str(order.get("uetr", "")) if isinstance(order, dict) else ""
