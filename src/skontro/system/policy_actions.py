"""The operator action that puts another set of policy rules in force."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from skontro.engine import NO_COMMANDS, Commands
from skontro.model import Currency, InputError, ReasonCode
from skontro.system.action import Action, ActionKind, ActionRule, Document, given
from skontro.system.policy.document import (
    policy_rules_from_document,
    policy_rules_to_document,
    rule_document,
)
from skontro.system.policy.rules import PolicyRules

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def lacks_rates(rules: PolicyRules, currencies: Iterable[Currency]) -> tuple[str, ...]:
    """The currencies, by code, in which payments cannot be compared with the rules' amounts.

    Args:
        rules: the set.
        currencies: those of the system.
    """
    valued = rules.valued
    if not valued:
        return ()
    rates = rules.rate_table
    return tuple(sorted({one.code for one in (*valued, *currencies) if one not in rates}))


def _check(system: SettlementSystem, action: Action, _time: int) -> ReasonCode:
    try:
        rules = policy_rules_from_document(given(action.policy_rules))
    except InputError:
        return ReasonCode.FIELD_MALFORMED
    trial = action.trial_sha256
    if trial is not None and not _SHA256.fullmatch(trial):
        return ReasonCode.FIELD_MALFORMED
    if action.effective_on is None:
        return ReasonCode.FIELD_MISSING
    if action.effective_on != rules.effective_on.isoformat():
        return ReasonCode.FIELD_MALFORMED
    current = system.policy.rules
    if current is not None and rules.version <= current.version:
        return ReasonCode.VERSION_NOT_NEW
    lacking = lacks_rates(rules, system.directory.currencies)
    return ReasonCode.RATE_MISSING if lacking else ReasonCode.NONE


def _show(system: SettlementSystem, action: Action, _time: int) -> Document:
    """The set as a whole, and each rule that it adds, changes or ends."""
    current = system.policy.rules
    proposed = policy_rules_from_document(given(action.policy_rules))
    return {
        "from": "no policy rules" if current is None else _head(current),
        "to": policy_rules_to_document(proposed),
        "changes": changed_rules(current, proposed),
        "trial_sha256": action.trial_sha256 or "none named",
    }


def _head(rules: PolicyRules) -> Document:
    document = policy_rules_to_document(rules)
    return {
        name: document[name] for name in ("version", "effective_on", "rates") if name in document
    }


def changed_rules(current: PolicyRules | None, proposed: PolicyRules) -> list[dict[str, Any]]:
    """Each rule that differs between two sets, with both forms; "none" where a set lacks it."""
    before = {} if current is None else {rule.name: rule for rule in current.rules}
    after = {rule.name: rule for rule in proposed.rules}
    return [
        {
            "rule": name,
            "from": rule_document(before[name]) if name in before else "none",
            "to": rule_document(after[name]) if name in after else "none",
        }
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _put_in_force(
    system: SettlementSystem, action: Action, _time: int
) -> tuple[Commands, ReasonCode]:
    system.policy.put_in_force(policy_rules_from_document(given(action.policy_rules)))
    return NO_COMMANDS, ReasonCode.NONE


RULES: Final = {
    ActionKind.SET_POLICY_RULES: ActionRule(
        needs=("policy_rules",),
        may_have=("trial_sha256",),
        may_be_dated=True,
        check=_check,
        show=_show,
        effect=_put_in_force,
    ),
}
