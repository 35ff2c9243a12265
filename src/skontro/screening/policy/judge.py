"""Rules applied to payments in order of time. Deterministic; integers only.

A payment that a rule holds or rejects adds nothing to caps. Velocity and structuring count every
payment, because an attempt is as telling.
"""

from collections import defaultdict, deque

from skontro.model import Currency, RateTable, format_amount
from skontro.screening.policy.rules import (
    Cap,
    Eligibility,
    JudgedPayment,
    PolicyAction,
    PolicyFinding,
    PolicyRule,
    PolicyRules,
    Structuring,
    Velocity,
)

_Key = tuple[str, str, tuple[int, ...]]


class PolicyJudge:
    """Judges payments one after the other.

    Args:
        rules: to apply.
        rates: value amounts in other currencies.

    Example:
        >>> judge = PolicyJudge(rules, rates)  # doctest: +SKIP
        >>> judge.judge(payment)  # doctest: +SKIP
        []
    """

    def __init__(self, rules: PolicyRules, rates: RateTable) -> None:
        self._rules, self._rates = rules.rules, rates
        self._paid: dict[_Key, dict[Currency, int]] = defaultdict(lambda: defaultdict(int))
        self._recent: dict[tuple[str, str], deque[int]] = defaultdict(deque)

    def judge(self, payment: JudgedPayment) -> list[PolicyFinding]:
        """The findings of the rules on the next payment, in their order.

        Raises:
            InputError: there is no rate for a currency.
        """
        findings = []
        for rule in self._rules:
            text = self._found(rule, payment)
            if text:
                findings.append(PolicyFinding(payment.uetr, rule.name, rule.action, text))
        if strictest_action(findings) in {None, PolicyAction.ALERT}:
            for rule in self._rules:
                if isinstance(rule, Cap) and _concerns(rule, payment):
                    self._paid[_key(rule, payment)][payment.currency] += payment.amount
        return findings

    def _found(self, rule: PolicyRule, payment: JudgedPayment) -> str:
        if isinstance(rule, Eligibility):
            return _ineligible(rule, payment)
        if not _concerns(rule, payment):
            return ""
        if isinstance(rule, Cap):
            return self._above(rule, payment)
        if isinstance(rule, Velocity):
            count = self._counted(rule, payment)
            return f"payment {count} of at most {rule.count}" if count > rule.count else ""
        if not self._is_shortly_below(rule, payment):
            return ""
        count = self._counted(rule, payment)
        shown = f"payment {count} within {rule.percent_below} % below the amount"
        return shown if count >= rule.count else ""

    def _above(self, rule: Cap, payment: JudgedPayment) -> str:
        paid = {} if not rule.period.key(payment.date) else self._paid[_key(rule, payment)]
        totals = {**paid, payment.currency: paid.get(payment.currency, 0) + payment.amount}
        total = sum(self._rates.value(minor, currency) for currency, minor in totals.items())
        most = self._rates.value(rule.amount, rule.currency)
        if total <= most:
            return ""
        unit = self._rates.account_currency
        shown, bound = (format_amount(minor, unit, grouped=True) for minor in (total, most))
        return f"{unit} {shown} of at most {bound}"

    def _is_shortly_below(self, rule: Structuring, payment: JudgedPayment) -> bool:
        value = self._rates.value(payment.amount, payment.currency)
        most = self._rates.value(rule.amount, rule.currency)
        return most * (100 - rule.percent_below) <= 100 * value < 100 * most

    def _counted(self, rule: Velocity | Structuring, payment: JudgedPayment) -> int:
        """How many there are within the interval, this one included."""
        recent = self._recent[rule.name, payment.subject(rule.subject)]
        recent.append(payment.at)
        while recent[0] <= payment.at - rule.within:
            recent.popleft()
        return len(recent)


def strictest_action(findings: list[PolicyFinding]) -> PolicyAction | None:
    """The strictest action of the findings; None where there are none."""
    actions = [finding.action for finding in findings]
    return max(actions, key=lambda action: action.severity) if actions else None


def _concerns(rule: Cap | Velocity | Structuring, payment: JudgedPayment) -> bool:
    return not rule.countries or payment.payer_country in rule.countries


def _key(rule: Cap, payment: JudgedPayment) -> _Key:
    return rule.name, payment.subject(rule.subject), rule.period.key(payment.date)


def _ineligible(rule: Eligibility, payment: JudgedPayment) -> str:
    sides = payment.payer_country, payment.payee_country
    if sides[0] == sides[1] or not rule.between.issuperset(sides):
        return ""
    found = []
    if rule.currencies and payment.currency.code not in rule.currencies:
        found.append(f"{payment.currency.code} is not eligible from {sides[0]} to {sides[1]}")
    if rule.purposes and not payment.purpose:
        found.append("no purpose is stated")
    elif rule.purposes and payment.purpose not in rule.purposes:
        found.append(f"purpose {payment.purpose} is not eligible")
    return "; ".join(found)
