"""A rule set tried on past payments: its findings, and the changes from an earlier rule set."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from skontro.model import RateTable
from skontro.model.text import canonical_text
from skontro.system.batch import Batch, BatchKind
from skontro.system.document_text import document_hash
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.enforcement import PolicyEnforcement
from skontro.system.policy.judge import PolicyJudge
from skontro.system.policy.payments import JudgedPayment, PolicyFinding
from skontro.system.policy.rules import PolicyAction, PolicyRules
from skontro.system.steps import StepKind

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


@attrs.frozen
class Trial:
    """Findings of a rule set on some payments.

    Attributes:
        rules: that were tried.
        source: names the payments, so that the trial can be repeated.
        payments: how many.
        findings: in order of time, then of the rules.
        actions: the strictest action on each payment that has findings, by UETR.
    """

    rules: PolicyRules
    source: Mapping[str, str]
    payments: int
    findings: tuple[PolicyFinding, ...]
    actions: Mapping[str, PolicyAction]

    @classmethod
    def of(
        cls,
        rules: PolicyRules,
        source: Mapping[str, str],
        payments: int,
        findings: Sequence[PolicyFinding],
    ) -> Trial:
        """A trial of these findings."""
        actions: dict[str, PolicyAction] = {}
        for one in findings:
            earlier = actions.get(one.uetr, one.action)
            actions[one.uetr] = max(earlier, one.action, key=lambda action: action.severity)
        return cls(rules, source, payments, tuple(findings), actions)

    @property
    def digest(self) -> str:
        """SHA-256 of rules, payments and findings, hexadecimal; a proposal may name it."""
        document = {
            "rules": policy_rules_to_document(self.rules),
            "source": dict(self.source),
            "payments": self.payments,
            "findings": [one.to_document() for one in self.findings],
        }
        return document_hash(canonical_text(document))

    def by_rule(self) -> list[tuple[str, PolicyAction, int]]:
        """Each rule in order, its action, and how many payments it is about."""
        counts = Counter(finding.rule for finding in self.findings)
        return [(rule.name, rule.action, counts[rule.name]) for rule in self.rules.rules]

    def changes(self, earlier: Trial) -> list[tuple[str, str, str]]:
        """UETR, earlier and new action of each payment on which they differ; "pass" for none.

        Args:
            earlier: another rule set on the same payments.
        """
        uetrs = dict.fromkeys((*self.actions, *earlier.actions))
        pairs = [
            (uetr, str(earlier.actions.get(uetr, "pass")), str(self.actions.get(uetr, "pass")))
            for uetr in uetrs
        ]
        return [pair for pair in pairs if pair[1] != pair[2]]


def try_rules(
    rules: PolicyRules,
    payments: Iterable[JudgedPayment],
    rates: RateTable,
    source: Mapping[str, str] | None = None,
) -> Trial:
    """Apply a rule set to payments in order of time.

    Args:
        rules: to try.
        payments: in order of time.
        rates: where the rules have none of their own.
        source: names the payments.

    Raises:
        InputError: there is no rate for the currency of an amount of the rules.
    """
    judge = PolicyJudge(rules, rates if rules.account_currency is None else rules.rate_table)
    findings: list[PolicyFinding] = []
    count = 0
    for payment in payments:
        count += 1
        findings += judge.judge(payment)
        judge.keep()
    return Trial.of(rules, source or {}, count, findings)


class ReplayedTrial:
    """A rule set tried on a record: it judges the orders that the replayed system judges.

    It follows the orders to their ends as the rules in force do. So the same rules find the same.

        trial = ReplayedTrial(rules, first, last)
        for recorded in batches:
            trial.before(system, recorded)
            system.replay(recorded)
            trial.after(system)

    Args:
        rules: to try; with rates of their own.
        first, last: business days.
    """

    def __init__(self, rules: PolicyRules, first: datetime.date, last: datetime.date) -> None:
        self._rules, self._first, self._last = rules, first.isoformat(), last.isoformat()
        self._policy = PolicyEnforcement()
        self._policy.put_in_force(rules)
        self._findings: list[PolicyFinding] = []
        self._payments = 0

    def before(self, system: SettlementSystem, recorded: Batch) -> None:
        """Begin with the first day, and end with the last."""
        if recorded.kind != BatchKind.STEP:
            return
        step = json.loads(recorded.body)
        if step["kind"] == StepKind.START:
            tried = self._first <= step["date"] <= self._last
            system.policy.trial = self._policy if tried else None

    def after(self, system: SettlementSystem) -> None:
        """Take the findings on a batch."""
        if system.policy.trial is self._policy:
            self._findings += self._policy.findings
            self._payments += self._policy.judged

    def result(self, source: Mapping[str, str]) -> Trial:
        """The trial so far; `source` names the record."""
        days = {"first": self._first, "last": self._last}
        return Trial.of(self._rules, {**source, **days}, self._payments, self._findings)
