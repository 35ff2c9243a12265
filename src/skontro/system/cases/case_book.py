"""All cases of a system, and the orders that pay them."""

from __future__ import annotations

import bisect
import datetime
import itertools
from collections.abc import Iterator
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import Commands, EventKind, uetr_bytes
from skontro.model import InvariantBroken, ReasonCode, derived_uetr
from skontro.system.batch import ACCEPTED, Records
from skontro.system.cases.case import Case, CaseEvent, CasePayment
from skontro.system.cases.case_rules import CaseRules
from skontro.system.cases.case_table import CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CaseType, Party
from skontro.system.cases.reserved import Reserved

_SETTLED: Final = int(EventKind.SETTLED)
_ENDS: Final = (
    _SETTLED,
    int(EventKind.REJECTED),
    int(EventKind.RETURNED),
    int(EventKind.CANCELLED),
)


class CaseBook:
    """Cases by number, with what they reserve and the orders that pay them.

        book = CaseBook()
        book.put(case)
        book.of_side("AAAAKZK0")

    Attributes:
        rules: on cases, in force.
        count: cases opened so far, and the number of the next one.
        reserved: delays and principal that cases name.
    """

    def __init__(self) -> None:
        self.rules = CaseRules()
        self.count = 0
        self.reserved = Reserved()
        self._cases: dict[int, Case] = {}
        #: Open cases: an insertion-ordered set.
        self._open: dict[int, None] = {}
        self._of_reference: dict[tuple[str, str], int] = {}
        self._of_order: dict[tuple[str, CaseType, str], int] = {}
        self._of_side: dict[str, list[int]] = {}
        self._open_of_side: dict[str, int] = {}
        #: Cases by the UETR of the order that is to pay them, or is on its way.
        self._of_uetr: dict[bytes, int] = {}
        #: Cases by the engine's number of that order.
        self._of_number: dict[int, int] = {}
        self._notes: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._cases)

    def get(self, number: int) -> Case | None:
        """The case with a number; None if it is not kept."""
        return self._cases.get(number)

    @property
    def open(self) -> Iterator[Case]:
        """The open cases, in order of opening."""
        return (self._cases[number] for number in [*self._open])

    @property
    def number_open(self) -> int:
        """The number of open cases."""
        return len(self._open)

    def page(self, side: str | None, before: int, most: int) -> list[Case]:
        """Cases with numbers below one, the newest first.

        Args:
            side: only those in which it is claimant or respondent, or that it opened; None for
                all.
            before: number.
            most: of cases.
        """
        numbers = [*self._cases] if side is None else self._of_side.get(side, [])
        place = bisect.bisect_left(numbers, before)
        return [self._cases[number] for number in numbers[:place][::-1][:most]]

    def due_of(self, side: str, before: int, most: int) -> list[Case]:
        """Open cases in which a side owes the next act, the newest first; as `page`."""
        numbers = [number for number in [*self._open][::-1] if number < before]
        due = (one for number in numbers if (one := self._cases[number]).owner_side == side)
        return [*itertools.islice(due, most)]

    def open_of(self, side: str) -> int:
        """The number of open cases of a side."""
        return self._open_of_side.get(side, 0)

    def by_reference(self, side: str, reference: str) -> Case | None:
        """The case that a side opened with a reference."""
        number = self._of_reference.get((side, reference))
        return None if number is None else self._cases[number]

    def about(self, side: str, kind: CaseType, uetr: str) -> Case | None:
        """The open case of a type that a side opened about an order."""
        number = self._of_order.get((side, kind, uetr))
        return None if number is None else self._cases[number]

    def put(self, case: Case) -> None:
        """Keep a case, or a later state of it, and note its last act for the batch."""
        before = self._cases.get(case.number)
        uetr = "" if case.order is None else case.order.uetr
        if before is None:
            self._begin(case)
        else:
            self.reserved.drop(case.number, case.claimant, uetr, before.terms)
            if before.payment is not None:
                self._of_uetr.pop(uetr_bytes(before.payment.uetr), None)
        if not case.closed or case.outcome == Outcome.PAID:
            self.reserved.put(case.number, case.claimant, uetr, case.terms)
        self._cases[case.number] = case
        if case.closed:
            self._end(case)
        elif case.payment is not None:
            self._of_uetr[uetr_bytes(case.payment.uetr)] = case.number
        if before is None or len(case.history) > len(before.history):
            self._notes.append(_note(case))

    def _begin(self, case: Case) -> None:
        if case.number != self.count:
            raise InvariantBroken("cases are numbered in order of opening", str(case.number))
        self.count += 1
        self._list(case)

    def _list(self, case: Case) -> None:
        self._of_reference[case.opened_by, case.reference] = case.number
        for side in dict.fromkeys((case.claimant, case.respondent, case.opened_by)):
            self._of_side.setdefault(side, []).append(case.number)
        if not case.closed:
            self._open[case.number] = None
            for side in dict.fromkeys((case.claimant, case.respondent, case.opened_by)):
                self._open_of_side[side] = self._open_of_side.get(side, 0) + 1
            if case.order is not None:
                self._of_order[case.opened_by, case.type, case.order.uetr] = case.number

    def _end(self, case: Case) -> None:
        if case.number not in self._open:
            raise InvariantBroken("a closed case never changes", str(case.number))
        del self._open[case.number]
        for side in dict.fromkeys((case.claimant, case.respondent, case.opened_by)):
            self._open_of_side[side] -= 1
        if case.order is not None:
            del self._of_order[case.opened_by, case.type, case.order.uetr]

    def forget(self, time: int) -> None:
        """Forget cases that were closed before a time; what they reserve stays."""
        past = [one for one in self._cases.values() if one.closed and one.history[-1].time < time]
        for case in past:
            del self._cases[case.number]
            self._of_reference.pop((case.opened_by, case.reference), None)
            for side in dict.fromkeys((case.claimant, case.respondent, case.opened_by)):
                self._of_side[side].remove(case.number)

    def remind(self, case: Case) -> None:
        """Note for the batch that the owner of a case is reminded."""
        self._notes.append({"case": case.number, "act": "remind", "due": case.due})

    def move_deadline(self, case: Case) -> None:
        """Keep a case whose deadline has moved because the service did not run."""
        self._cases[case.number] = case
        self._notes.append({"case": case.number, "act": "move", "due": case.due})

    def take_notes(self) -> list[dict[str, Any]]:
        """Take the acts since the last batch, for its body."""
        notes, self._notes = self._notes, []
        return notes

    @property
    def has_payments(self) -> bool:
        """Whether orders are awaited or observed."""
        return bool(self._of_uetr) or bool(self._of_number)

    def needs_orders(self, date: datetime.date | None) -> bool:
        """Whether a case needs an order that may be submitted on a date and has not been."""
        day = "" if date is None else date.isoformat()
        return any(not one.placed and one.not_before <= day for _, one in self._payments())

    @property
    def unplaced(self) -> list[tuple[Case, CasePayment]]:
        """Cases whose order has not been submitted."""
        return [(case, payment) for case, payment in self._payments() if not payment.placed]

    def _payments(self) -> Iterator[tuple[Case, CasePayment]]:
        for number in self._of_uetr.values():
            case = self._cases[number]
            if case.payment is not None:
                yield case, case.payment

    def pays(self, order: int) -> bool:
        """Whether the order with this number in the engine pays a case."""
        return order in self._of_number

    def pays_uetr(self, uetr: bytes) -> bool:
        """Whether the order with this UETR pays a case."""
        return uetr in self._of_uetr

    def observe(
        self, commands: Commands, first: int, events: Records, time: int, tomorrow: str
    ) -> None:
        """Note orders that pay cases, and their ends.

        Args:
            commands: of a batch, those that did not go to the engine included.
            first: the engine's number for the first order among them.
            events: the engine's answer.
            time: of the batch.
            tomorrow: the next business day, ISO 8601.
        """
        if self._of_uetr and len(commands):
            self._note_orders(commands, first, time, tomorrow)
        if self._of_number:
            self._note_ends(events, time, tomorrow)

    def _note_ends(self, events: Records, time: int, tomorrow: str) -> None:
        ends = events[np.isin(events["kind"], _ENDS)]
        tracked = np.array([*self._of_number], np.int64)
        for event in ends[np.isin(ends["order"], tracked)]:
            number = self._of_number.pop(int(event["order"]))
            if int(event["kind"]) == _SETTLED:
                self._pay(self._cases[number], time)
            else:
                self._try_again(number, time, tomorrow, ReasonCode(int(event["reason"])))

    def _note_orders(self, commands: Commands, first: int, time: int, tomorrow: str) -> None:
        uetrs = commands.column("uetr")
        heads = np.ascontiguousarray(uetrs).view(np.uint64).reshape(-1, 2)[:, 0]
        awaited = np.frombuffer(b"".join(self._of_uetr), np.uint64).reshape(-1, 2)[:, 0]
        rows = np.flatnonzero(np.isin(heads, awaited) & commands.are_orders).tolist()
        if not rows:
            return
        acceptance = commands.column("acceptance")
        to_engine = commands.are_orders & (acceptance == ACCEPTED)
        numbers = first + np.cumsum(to_engine) - 1
        for row in rows:
            case = self._of_uetr.get(uetrs[row].tobytes())
            if case is None:
                continue
            verdict = int(acceptance[row])
            if not self._is_payment(case, commands, row):
                self._change_uetr(case, time)
            elif verdict > ACCEPTED:
                self._try_again(case, time, tomorrow, ReasonCode(verdict))
            else:
                self._place(case, int(numbers[row]) if verdict == ACCEPTED else None)

    def _is_payment(self, number: int, commands: Commands, row: int) -> bool:
        payment = self._cases[number].payment
        return payment is not None and (
            int(commands.payer[row]) == payment.payer
            and int(commands.payee[row]) == payment.payee
            and int(commands.amount[row]) == payment.amount
        )

    def _place(self, number: int, order: int | None) -> None:
        case = self._cases[number]
        if case.payment is not None:
            payment = attrs.evolve(case.payment, placed=True)
            self._cases[number] = attrs.evolve(case, payment=payment)
        if order is not None:
            self._of_number[order] = number

    def _pay(self, case: Case, time: int) -> None:
        event = CaseEvent(time, CaseAct.PAID, Party.SYSTEM, CaseState.CLOSED, "")
        self.put(
            attrs.evolve(
                case,
                state=CaseState.CLOSED,
                outcome=Outcome.PAID,
                due="",
                history=(*case.history, event),
            )
        )

    def _try_again(self, number: int, time: int, tomorrow: str, reason: ReasonCode) -> None:
        case = self._cases[number]
        event = CaseEvent(
            time, CaseAct.NOT_PAID, Party.SYSTEM, case.state, case.due, reason=reason.name
        )
        case = attrs.evolve(case, history=(*case.history, event))
        self.put(next_attempt(case, time, tomorrow))

    def _change_uetr(self, number: int, time: int) -> None:
        """Take another UETR where an order of another content has taken this one."""
        case = self._cases[number]
        if case.payment is not None and not case.payment.placed:
            self.put(next_attempt(case, time, case.payment.not_before))

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return {
            "rules": self.rules.to_document(),
            "count": self.count,
            "cases": [case.to_document() for case in self._cases.values()],
            "reserved": self.reserved.to_document(),
            "of_number": [[number, case] for number, case in self._of_number.items()],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> CaseBook:
        """The inverse of `to_document`."""
        book = cls()
        book.rules = CaseRules.from_document(document["rules"])
        book.count = int(document["count"])
        book.reserved = Reserved.from_document(document["reserved"])
        for stored in document["cases"]:
            case = Case.from_document(stored)
            book._cases[case.number] = case
            book._list(case)
            if not case.closed and case.payment is not None:
                book._of_uetr[uetr_bytes(case.payment.uetr)] = case.number
        book._of_number = dict(document["of_number"])
        return book


def next_attempt(case: Case, time: int, not_before: str) -> Case:
    """A case whose payment is tried again by an order with another UETR."""
    if case.payment is None:
        raise InvariantBroken("a case that is paid has a payment", str(case.number))
    attempt = case.payment.attempt + 1
    payment = attrs.evolve(
        case.payment,
        uetr=uetr_of_attempt(case, time, attempt),
        attempt=attempt,
        not_before=not_before,
        placed=False,
    )
    return attrs.evolve(case, payment=payment)


def uetr_of_attempt(case: Case, time: int, attempt: int) -> str:
    """The UETR of an order that pays a case; the time makes it unknown before the batch."""
    return derived_uetr("case", str(case.number), str(time), str(attempt))


def _note(case: Case) -> dict[str, Any]:
    """The last act of a case, for the body of the batch."""
    event = case.history[-1]
    note: dict[str, Any] = {
        "case": case.number,
        "act": str(event.act),
        "by": str(event.by),
        "state": str(case.state),
        "due": case.due,
    }
    if event.act == CaseAct.OPEN:
        note |= {
            "type": str(case.type),
            "claimant": case.claimant,
            "respondent": case.respondent,
            "currency": case.currency,
            "uetr": "" if case.order is None else case.order.uetr,
        }
    if case.closed:
        note["outcome"] = str(case.outcome)
        paid = case.outcome == Outcome.PAID and case.terms is not None
        note["paid"] = case.terms.total if paid and case.terms is not None else 0
    return note
