"""Policy rules in force: orders held or rejected by them, and their totals.

An order is judged when it enters settlement: at submission, at the opening of its value date, or
when it is released. Caps count orders that wait or have settled. An order that ends without
settlement is taken out again.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands, EventKind
from skontro.model import (
    Currency,
    ParticipantDirectory,
)
from skontro.system.batch import ACCEPTED
from skontro.system.policy.document import policy_rules_from_document, policy_rules_to_document
from skontro.system.policy.judge import PolicyJudge, strictest_action
from skontro.system.policy.payments import (
    JudgedPayment,
    PolicyFinding,
    judged_payment,
    payment_from_row,
    payment_row,
)
from skontro.system.policy.rules import (
    REASONS,
    Cap,
    Period,
    PolicyAction,
    PolicyRules,
    Subject,
)

#: Ends of an order with settlement, and without.
_SETTLED: Final = (int(EventKind.SETTLED), int(EventKind.COMPLETED))
_ENDED: Final = (
    int(EventKind.REJECTED),
    int(EventKind.RETURNED),
    int(EventKind.CANCELLED),
    int(EventKind.RELEASED),
)
_OF_POLICY: Final = [sign * int(reason) for reason in REASONS.values() for sign in (1, -1)]

_Held = tuple[JudgedPayment, tuple[dict[str, str | int], ...]]


@attrs.frozen
class CapUse:
    """How far a cap is used by a subject.

    Attributes:
        cap: rule.
        subject: whose payments.
        unit: currency of the two amounts.
        paid: value of what waits or has settled in the period, minor units; None without a rate.
        most: value of the cap's amount, minor units.
    """

    cap: Cap
    subject: str
    unit: Currency
    paid: int | None
    most: int

    @property
    def remaining(self) -> int:
        """Value that may still be paid; 0 where the amounts have no rate."""
        return 0 if self.paid is None else max(0, self.most - self.paid)


class PolicyEnforcement:
    """The policy rules of a system, with their counters; part of its state.

        policy = PolicyEnforcement()
        policy.put_in_force(rules)
        verdicts = policy.judge(orders, [0, 1], directory, date)
        policy.keep(orders, number, events)

    Attributes:
        rules: in force; None before the first.
        judged: how many orders of the running batch were judged.
        findings: on them.
        trial: other rules that judge the same orders without effect.
    """

    def __init__(self) -> None:
        self.rules: PolicyRules | None = None
        self.judged = 0
        self.findings: list[PolicyFinding] = []
        self.trial: PolicyEnforcement | None = None
        self._judge: PolicyJudge | None = None
        #: Orders in the engine that may still end without settlement, by number.
        self._waiting: dict[int, JudgedPayment] = {}
        #: Orders held by these rules, by UETR, with the findings.
        self._held: dict[bytes, _Held] = {}
        self._new_held: dict[bytes, _Held] = {}
        self._passed: dict[bytes, list[JudgedPayment]] = defaultdict(list)

    @property
    def is_active(self) -> bool:
        """Whether there is anything to judge by."""
        return self._judge is not None or self.trial is not None

    def put_in_force(self, rules: PolicyRules) -> None:
        """Apply these rules from now on; those that count the same keep their totals."""
        judge = PolicyJudge(rules, rules.rate_table)
        if self._judge is not None:
            judge.take_over(self._judge)
        self.rules, self._judge = rules, judge if rules.rules else None

    def begin_day(self, date: datetime.date, time: int) -> None:
        """Begin a business day: no earlier order is held, and only earmarked ones wait."""
        self._held = {}
        if self._judge is not None:
            self._judge.begin_day(date, time)
        if self.trial is not None:
            self.trial.begin_day(date, time)

    def judge(
        self,
        orders: Commands,
        indices: Sequence[int],
        directory: ParticipantDirectory,
        date: datetime.date,
    ) -> list[tuple[int, int]]:
        """Judge orders that nothing else stops; final with `keep`.

        Args:
            orders: of one batch.
            indices: which of them, in order; payer and payee are known.
            directory: participants and accounts.
            date: the business day.

        Returns:
            Index of each order that is held or rejected, and its `acceptance`.
        """
        verdicts = []
        payments = [judged_payment(orders, index, directory, date) for index in indices]
        uetrs = orders.column("uetr")
        for index, payment in zip(indices, payments, strict=True):
            if reason := self._judged(payment, uetrs[index].tobytes()):
                verdicts.append((index, reason))
            if self.trial is not None:
                self.trial._judged(payment, uetrs[index].tobytes())
        return verdicts

    def _judged(self, payment: JudgedPayment, uetr: bytes) -> int:
        """Judge one payment: 0, a reason, or a reason below zero to hold it."""
        if self._judge is None:
            return 0
        findings = self._judge.judge(payment)
        self.judged += 1
        self.findings += findings
        action = strictest_action(findings)
        if action in (None, PolicyAction.ALERT):
            self._passed[uetr].append(payment)
            return 0
        if action == PolicyAction.HOLD:
            self._new_held[uetr] = payment, tuple(one.to_document() for one in findings)
        reason = min(int(one.reason) for one in findings if one.action == action)
        return -reason if action == PolicyAction.HOLD else reason

    def release(self, uetr: bytes) -> bool:
        """Whether these rules held a released order, which now passes and counts."""
        if uetr not in self._held:
            return False
        self._count_released(uetr)
        if self.trial is not None:
            self.trial._count_released(uetr)
        return True

    def _count_released(self, uetr: bytes) -> None:
        held = self._held.pop(uetr, None)
        if held is not None and self._judge is not None:
            self._judge.count(held[0])
            self._passed[uetr].append(held[0])

    def findings_on_held(self, uetr: bytes) -> list[dict[str, str | int]]:
        """The findings for which these rules hold an order; empty where they do not."""
        return [*self._held[uetr][1]] if uetr in self._held else []

    def drop(self) -> None:
        """Forget what was judged since `keep`."""
        self.judged, self.findings = 0, []
        self._new_held.clear()
        self._passed.clear()
        if self._judge is not None:
            self._judge.drop()
        if self.trial is not None:
            self.trial.drop()

    def keep(
        self, commands: Commands, number: int, events: npt.NDArray[Any]
    ) -> dict[str, list[dict[str, str | int]]]:
        """Make final what was judged, and follow the orders to their ends.

        Args:
            commands: of the batch, with their acceptance.
            number: of the first order that the engine numbered in it.
            events: the engine's answer.

        Returns:
            The findings, for the body of the batch; empty without any.
        """
        if self.trial is not None:
            self.trial.keep(commands, number, events)
        if self._judge is not None:
            self._follow(self._judge, commands, number, events)
        findings = [one.to_document() for one in self.findings]
        return {"policy": findings} if findings else {}

    def _follow(
        self, judge: PolicyJudge, commands: Commands, number: int, events: npt.NDArray[Any]
    ) -> None:
        judge.keep()
        self._held |= self._new_held
        self._new_held.clear()
        if self._passed:
            self._keep_passed(judge, commands, number)
        if not self._waiting:
            return
        kinds = events["kind"]
        ends = events[np.isin(kinds, (*_SETTLED, *_ENDED))]
        for kind, order in zip(ends["kind"].tolist(), ends["order"].tolist(), strict=True):
            payment = self._waiting.pop(order, None)
            if payment is not None and kind in _ENDED:
                judge.uncount(payment)

    def _keep_passed(self, judge: PolicyJudge, commands: Commands, number: int) -> None:
        """Remember the engine's numbers of orders that passed, and take out those stopped since."""
        orders = commands.take(commands.are_orders)
        acceptance = orders.column("acceptance").tolist()
        for uetr, reason in zip(orders.column("uetr").tolist(), acceptance, strict=True):
            payments = self._passed.get(uetr)
            if payments:
                payment = payments.pop(0)
                if reason == ACCEPTED:
                    self._waiting[number] = payment
                elif reason not in _OF_POLICY:
                    # A leg that does not match its counterleg.
                    judge.uncount(payment)
            number += reason == ACCEPTED
        self._passed.clear()

    def caps(self, subject_of: Mapping[Subject, str], date: datetime.date) -> list[CapUse]:
        """How far the caps of some subjects are used.

        Args:
            subject_of: a BIC, a country (alpha-2), the digest of a customer in hexadecimal; caps
                of other kinds of subject are left out.
            date: in the period.
        """
        if self.rules is None or self._judge is None:
            return []
        uses = []
        for cap in self.rules.caps:
            if cap.subject in subject_of and cap.period != Period.PAYMENT:
                subject = subject_of[cap.subject]
                paid, most = self._judge.total(cap, subject, date), self._judge.bound(cap)
                uses.append(CapUse(cap, subject, self._judge.unit, paid, most))
        return uses

    def to_document(self) -> dict[str, Any]:
        """For a snapshot, between batches."""
        return {
            "rules": None if self.rules is None else policy_rules_to_document(self.rules),
            "judge": None if self._judge is None else self._judge.to_document(),
            "waiting": [[number, payment_row(one)] for number, one in self._waiting.items()],
            "held": [
                [uetr.hex(), payment_row(payment), list(findings)]
                for uetr, (payment, findings) in self._held.items()
            ],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> PolicyEnforcement:
        """The inverse of `to_document`."""
        restored = cls()
        if document["rules"] is not None:
            restored.put_in_force(policy_rules_from_document(document["rules"]))
        if restored._judge is not None:
            restored._judge.restore(document["judge"])
        restored._waiting = {number: payment_from_row(row) for number, row in document["waiting"]}
        restored._held = {
            bytes.fromhex(uetr): (payment_from_row(row), tuple(findings))
            for uetr, row, findings in document["held"]
        }
        return restored
