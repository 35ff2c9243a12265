"""Sets of policy rules, drawn."""

import datetime
import random
from collections.abc import Sequence
from decimal import Decimal

from skontro.model import Rate, find_currency
from skontro.system import Action
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.rules import (
    Cap,
    Eligibility,
    Period,
    PolicyAction,
    PolicyRule,
    PolicyRules,
    Structuring,
    Subject,
    Velocity,
)
from tests.service.systems import MINUTE

#: The first day on which a set may apply.
DATE = datetime.date(2026, 11, 25)


def policy_rules(draw: random.Random, codes: Sequence[str]) -> Action:
    """Rules that stop some of the orders drawn here, or all, or none; most often with all rates."""
    kzt, on = find_currency("KZT"), draw.choice([DATE, DATE + datetime.timedelta(days=2)])
    actions = [PolicyAction.ALERT, PolicyAction.HOLD, PolicyAction.REJECT]
    interval = draw.choice([MINUTE, 60 * MINUTE])
    drawn: list[PolicyRule] = [
        Cap(name, draw.choice(actions), most, kzt, draw.choice([*Period]), draw.choice([*Subject]))
        for name, most in (("small", 1_200), ("large", 6_000), ("largest", 10**9))
    ]
    drawn.append(
        Eligibility(
            "eligible",
            draw.choice(actions),
            frozenset({"KZ", "KG"}),
            purposes=frozenset({"GDDS"}),
        )
    )
    drawn += [
        Velocity("fast", draw.choice(actions), 2, interval, draw.choice([*Subject])),
        Structuring("below", draw.choice(actions), 1_000, kzt, 20, 2, interval, Subject.COUNTRY),
    ]
    rates = [
        Rate(find_currency(code), Decimal(2), DATE, "drawn")
        for code in codes
        if code != "KZT" and draw.random() < 0.98
    ]
    rules = draw.sample(drawn, draw.choice([0, 2, 4, 6, 6]))
    chosen = PolicyRules(draw.randint(1, 30), on, tuple(rules), kzt, tuple(rates))
    document = policy_rules_to_document(chosen)
    return Action("set_policy_rules", policy_rules=document, effective_on=on.isoformat())
