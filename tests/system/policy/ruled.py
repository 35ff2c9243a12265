"""A system under policy rules, and how its people act on it."""

import datetime
from decimal import Decimal
from typing import Any

import attrs

from skontro.model import Rate, ReasonCode, find_currency
from skontro.system import NO_SCREENING, Action, ScreeningPolicy
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.rules import (
    Cap,
    Period,
    PolicyAction,
    PolicyRule,
    PolicyRules,
    Subject,
)
from tests.service.systems import DAY, NOON
from tests.system.test_screening_holds import Screened

KZT, RUB = find_currency("KZT"), find_currency("RUB")
TOMORROW = datetime.date(2026, 11, 25)
RATES = (Rate(RUB, Decimal("0.2"), datetime.date(2026, 11, 20), "test"),)
#: 3.00 tenge of a bank in a quarter.
CAP = Cap("cap", PolicyAction.HOLD, 300, KZT, Period.QUARTER, Subject.PARTICIPANT)


def rule_set(*rules: PolicyRule, version: int = 1, on: datetime.date = TOMORROW) -> PolicyRules:
    return PolicyRules(version, on, rules, KZT, RATES)


def proposal(rules: PolicyRules, **fields: Any) -> Action:
    given = {"effective_on": rules.effective_on.isoformat(), **fields}
    return Action("set_policy_rules", policy_rules=policy_rules_to_document(rules), **given)


class Ruled(Screened):
    """A system at noon of the first day on which these rules apply."""

    def __init__(self, *rules: PolicyRule, screening: ScreeningPolicy = NO_SCREENING) -> None:
        super().__init__(screening)
        assert self.agree(proposal(rule_set(*rules))) == ReasonCode.NONE
        self.come_to(NOON + DAY)

    def paid(self, subject: str, kind: Subject = Subject.PARTICIPANT) -> list[int | None]:
        """What the caps of this kind have counted of a subject."""
        uses = self.system.policy.caps({kind: subject}, TOMORROW)
        return [use.paid for use in uses]

    def restart(self) -> None:
        """Go on from a snapshot in a system of its own."""
        state = self.system.snapshot()
        self.system = type(self.system)(attrs.evolve(self.system.rules))
        self.system.restore(state)
        assert self.system.snapshot() == state
