"""Rules applied to payments in order of time. Deterministic; integers only.

A payment that a rule holds or rejects adds nothing to caps. Velocity and structuring count every
payment, because an attempt is as telling.
"""

import datetime
from collections import defaultdict
from typing import Any, TypeGuard

from skontro.model import Currency, RateTable, find_currency, format_amount
from skontro.model.text import interval_text
from skontro.system.policy.payments import JudgedPayment, PolicyFinding
from skontro.system.policy.rules import (
    REASONS,
    Cap,
    Eligibility,
    Period,
    PolicyAction,
    PolicyRule,
    PolicyRules,
    Structuring,
    Velocity,
)

#: The name of a cap, its subject and the period.
_Key = tuple[str, str, tuple[int, ...]]
_Totals = dict[_Key, dict[Currency, int]]


class PolicyJudge:
    """Judges payments one after the other.

    Totals are provisional until `keep`, so that a batch that is refused leaves no trace.

    Args:
        rules: to apply.
        rates: value amounts in other currencies.

    Example:
        >>> judge = PolicyJudge(rules, rates)  # doctest: +SKIP
        >>> judge.judge(payment)  # doctest: +SKIP
        []
    """

    def __init__(self, rules: PolicyRules, rates: RateTable) -> None:
        self._rules, self._caps, self._rates = rules.rules, rules.caps, rates
        self._paid: _Totals = {}
        #: Times of the last payments, as many as the rule remembers, by rule and subject.
        self._times: dict[tuple[str, str], list[int]] = {}
        self._new_paid: _Totals = defaultdict(lambda: defaultdict(int))
        self._new_times: dict[tuple[str, str], list[int]] = defaultdict(list)

    def judge(self, payment: JudgedPayment) -> list[PolicyFinding]:
        """The findings of the rules on the next payment, in their order."""
        findings = []
        for rule in self._rules:
            text = self._found(rule, payment)
            if text:
                reason = REASONS[type(rule)]
                findings.append(PolicyFinding(payment.uetr, rule.name, rule.action, text, reason))
        if strictest_action(findings) in {None, PolicyAction.ALERT}:
            self.count(payment)
        return findings

    def count(self, payment: JudgedPayment) -> None:
        """Add a payment to the caps."""
        for rule in self._caps:
            if rule.period != Period.PAYMENT and _concerns(rule, payment):
                self._new_paid[_key(rule, payment)][payment.currency] += payment.amount

    def uncount(self, payment: JudgedPayment) -> None:
        """Take a payment that ended without settlement out of the caps; final at once."""
        for rule in self._caps:
            totals = self._paid.get(_key(rule, payment))
            if totals is not None and _concerns(rule, payment):
                totals[payment.currency] -= payment.amount

    def keep(self) -> None:
        """Make final what was counted since."""
        for key, totals in self._new_paid.items():
            paid = self._paid.setdefault(key, {})
            for currency, amount in totals.items():
                paid[currency] = paid.get(currency, 0) + amount
        most = {one.name: one.remembers for one in self._rules if _has_interval(one)}
        for name, times in self._new_times.items():
            kept = self._times.setdefault(name, [])
            kept += times
            del kept[: -most[name[0]]]
        self.drop()

    def drop(self) -> None:
        """Forget what was counted since `keep`."""
        self._new_paid.clear()
        self._new_times.clear()

    def begin_day(self, date: datetime.date, time: int) -> None:
        """Forget periods that ended before a business day, and intervals that passed by a time."""
        current = {cap.name: cap.period.key(date) for cap in self._caps}
        self._paid = {key: one for key, one in self._paid.items() if current[key[0]] == key[2]}
        within = {one.name: one.within for one in self._rules if _has_interval(one)}
        self._times = {
            name: times for name, times in self._times.items() if times[-1] > time - within[name[0]]
        }

    def total(self, cap: Cap, subject: str, date: datetime.date) -> int | None:
        """The value of what a subject has paid in the period of a date; None without rates."""
        return self._value(self._paid.get((cap.name, subject, cap.period.key(date)), {}))

    @property
    def unit(self) -> Currency:
        """The currency in which amounts are valued."""
        return self._rates.account_currency

    def bound(self, cap: Cap) -> int:
        """The value of a cap's amount, in minor units of the currency of account."""
        return self._rates.value(cap.amount, cap.currency)

    def take_over(self, earlier: "PolicyJudge") -> None:
        """Continue with the totals and times of rules that count the same as before."""
        before = {rule.name: rule for rule in earlier._rules}
        kept = {rule.name for rule in self._rules if _counts_as(rule, before.get(rule.name))}
        self._paid = {key: one for key, one in earlier._paid.items() if key[0] in kept}
        self._times = {name: one for name, one in earlier._times.items() if name[0] in kept}

    def to_document(self) -> dict[str, Any]:
        """For a snapshot: what is final."""
        return {
            "paid": [
                [name, subject, [*period], {str(one): total for one, total in totals.items()}]
                for (name, subject, period), totals in self._paid.items()
            ],
            "times": [[*name, times] for name, times in self._times.items()],
        }

    def restore(self, document: dict[str, Any]) -> None:
        """The inverse of `to_document`."""
        self._paid = {
            (name, subject, tuple(period)): {
                find_currency(code): total for code, total in totals.items()
            }
            for name, subject, period, totals in document["paid"]
        }
        self._times = {(name, subject): times for name, subject, times in document["times"]}

    def _found(self, rule: PolicyRule, payment: JudgedPayment) -> str:
        if isinstance(rule, Eligibility):
            return _ineligible(rule, payment)
        if not _concerns(rule, payment):
            return ""
        if isinstance(rule, Velocity):
            more = self._repeats(rule, payment)
            shown = f"more than {rule.count} payments within {interval_text(rule.within)}"
            return shown if more else ""
        if payment.currency not in self._rates:
            return f"no rate for {payment.currency}"
        return self._above(rule, payment) if isinstance(rule, Cap) else self._divided(rule, payment)

    def _above(self, rule: Cap, payment: JudgedPayment) -> str:
        totals = {payment.currency: payment.amount}
        if rule.period.key(payment.date):
            key = _key(rule, payment)
            for paid in (self._paid.get(key, {}), self._new_paid.get(key, {})):
                for currency, amount in paid.items():
                    totals[currency] = totals.get(currency, 0) + amount
        total, most = self._value(totals), self.bound(rule)
        if total is not None and total <= most:
            return ""
        unit = self._rates.account_currency
        bound = format_amount(most, unit, grouped=True)
        if total is None:
            return f"amounts without a rate, of at most {unit} {bound}"
        return f"{unit} {format_amount(total, unit, grouped=True)} of at most {bound}"

    def _value(self, totals: dict[Currency, int]) -> int | None:
        """The value of amounts; None where one of them has no rate."""
        if any(total and currency not in self._rates for currency, total in totals.items()):
            return None
        return sum(self._rates.value(total, one) for one, total in totals.items() if total)

    def _divided(self, rule: Structuring, payment: JudgedPayment) -> str:
        value = self._rates.value(payment.amount, payment.currency)
        most = self._rates.value(rule.amount, rule.currency)
        if not most * (100 - rule.percent_below) <= 100 * value < 100 * most:
            return ""
        shown = f"{rule.count} payments or more within {rule.percent_below} % below the amount"
        return shown if self._repeats(rule, payment) else ""

    def _repeats(self, rule: Velocity | Structuring, payment: JudgedPayment) -> bool:
        """Whether as many earlier payments as decide are within the interval; counts this one."""
        name = rule.name, payment.subject(rule.subject)
        kept, new = self._times.get(name, ()), self._new_times[name]
        oldest = len(kept) + len(new) - rule.remembers
        new.append(payment.at)
        if oldest < 0:
            return False
        time = kept[oldest] if oldest < len(kept) else new[oldest - len(kept)]
        return time > payment.at - rule.within


def strictest_action(findings: list[PolicyFinding]) -> PolicyAction | None:
    """The strictest action of the findings; None where there are none."""
    actions = [finding.action for finding in findings]
    return max(actions, key=lambda action: action.severity) if actions else None


def _has_interval(rule: PolicyRule) -> TypeGuard[Velocity | Structuring]:
    return isinstance(rule, Velocity | Structuring)


def _counts_as(rule: PolicyRule, earlier: PolicyRule | None) -> bool:
    """Whether what an earlier rule of the same name has counted is what this one counts."""
    if isinstance(rule, Cap) and isinstance(earlier, Cap):
        return rule.counts == earlier.counts
    return rule == earlier


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
