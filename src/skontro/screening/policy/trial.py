"""A rule set tried on past payments: its findings, and the changes from an earlier rule set."""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from skontro.files.period import Scenario
from skontro.model import NO_DETAILS, PaymentDetails, RateTable, find_currency
from skontro.screening.policy.judge import PolicyJudge, strictest_action
from skontro.screening.policy.rules import (
    JudgedPayment,
    PolicyAction,
    PolicyFinding,
    PolicyRules,
)


@attrs.frozen
class Trial:
    """Findings of a rule set on some payments.

    Attributes:
        rules: that were tried.
        payments: how many.
        findings: in order of time, then of the rules.
        actions: the strictest action on each payment that has findings, by UETR.
    """

    rules: PolicyRules
    payments: int
    findings: tuple[PolicyFinding, ...]
    actions: Mapping[str, PolicyAction]

    def by_rule(self) -> list[tuple[str, PolicyAction, int]]:
        """Each rule in order, its action, and how many payments it is about."""
        counts = Counter(finding.rule for finding in self.findings)
        return [(rule.name, rule.action, counts[rule.name]) for rule in self.rules.rules]

    def changes(self, earlier: "Trial") -> list[tuple[str, str, str]]:
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


def try_rules(rules: PolicyRules, payments: Iterable[JudgedPayment], rates: RateTable) -> Trial:
    """Apply a rule set to payments in order of time.

    Raises:
        InputError: there is no rate for a currency.
    """
    judge = PolicyJudge(rules, rates)
    findings: list[PolicyFinding] = []
    actions: dict[str, PolicyAction] = {}
    count = 0
    for payment in payments:
        count += 1
        found = judge.judge(payment)
        action = strictest_action(found)
        if action is not None:
            findings += found
            actions[payment.uetr] = action
    return Trial(rules, count, tuple(findings), actions)


def payments_of(
    scenario: Scenario, details: Mapping[str, PaymentDetails]
) -> Iterator[JudgedPayment]:
    """The payments of a scenario in order of time.

    Args:
        scenario: generated, recorded (`skontro replay`), or read from messages.
        details: by UETR; a payment without any has its payer as customer, and no purpose.
    """
    zone = ZoneInfo(scenario.time_zone)
    countries = {one.bic: one.country.alpha2 for one in scenario.directory.participants}
    rows = scenario.payments.sort("submitted_at", maintain_order=True)
    for row in rows.iter_rows(named=True):
        yield _payment(row, countries, details.get(row["uetr"], NO_DETAILS), zone)


def _payment(
    row: Mapping[str, Any], countries: Mapping[str, str], details: PaymentDetails, zone: ZoneInfo
) -> JudgedPayment:
    at: datetime.datetime = row["submitted_at"]
    return JudgedPayment(
        uetr=row["uetr"],
        at=(at - _EPOCH) // datetime.timedelta(microseconds=1),
        date=at.astimezone(zone).date(),
        payer=row["payer"],
        payee=row["payee"],
        payer_country=countries[row["payer"]],
        payee_country=countries[row["payee"]],
        currency=find_currency(row["currency"]),
        amount=row["amount_minor"],
        customer=customer_of(details) or row["payer"],
        purpose=details.purpose,
    )


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def customer_of(details: PaymentDetails) -> str:
    """The key of the debtor: account, first identifier, or name; "" where there is none."""
    debtor = details.party("debtor")
    if debtor is None:
        return ""
    if debtor.account:
        return debtor.account
    if debtor.identifiers:
        return ":".join(debtor.identifiers[0])
    return " ".join(debtor.name.casefold().split())
