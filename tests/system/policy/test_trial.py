"""Rules tried on a record find what the same rules found when they were in force."""

import datetime
import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.model import SECOND, RateTable
from skontro.system import Batch, SettlementSystem
from skontro.system.policy.document import policy_rules_from_document
from skontro.system.policy.rules import PolicyAction, PolicyRules, Subject, Velocity
from skontro.system.policy.trial import ReplayedTrial, Trial, try_rules
from skontro.system.policy_actions import lacks_rates
from tests.draws import examples
from tests.service.systems import BANKS, DAY, MINUTE, NOON
from tests.system.policy.drawn_rules import policy_rules
from tests.system.policy.ruled import CAP, KZT, RATES, RUB, TOMORROW, Ruled, rule_set
from tests.system.policy.test_enforcement import amounts
from tests.system.policy.test_judge import judge, paid
from tests.system.test_screening_holds import named, uetr_of
from tests.system.test_settlement_system import _CODES as CODES
from tests.system.test_settlement_system import RULES, _next, agreed


def life(seed: int) -> tuple[PolicyRules, list[Batch]]:
    """Drawn rules, and a day on which they are in force while anything else comes in."""
    draw = random.Random(seed)
    system = SettlementSystem(RULES)
    action = attrs.evolve(policy_rules(draw, CODES), effective_on=TOMORROW.isoformat())
    document = {**(action.policy_rules or {}), "effective_on": action.effective_on}
    action = attrs.evolve(action, policy_rules=document)
    batches = agreed(system, NOON - 5 * 60 * MINUTE, action)
    time = NOON + DAY - 180 * MINUTE
    for _ in range(20):
        time += draw.choice([1, MINUTE, MINUTE, 20 * MINUTE, 90 * MINUTE]) + 20
        batches += _next(system, draw, time)
    return policy_rules_from_document(document), batches


def tried(batches: list[Batch], rules: PolicyRules) -> tuple[Trial, bytes]:
    """A trial of the day on the record, and the state to which its replay leads."""
    system, trial = SettlementSystem(RULES), ReplayedTrial(rules, TOMORROW, TOMORROW)
    for batch in batches:
        trial.before(system, batch)
        assert system.replay(batch).body == batch.body
        trial.after(system)
    return trial.result({"record": "test"}), system.snapshot()


def live_findings(batches: list[Batch]) -> list[dict[str, Any]]:
    """The findings in the record of the day."""
    found: list[dict[str, Any]] = []
    date = ""
    for batch in batches:
        body = json.loads(batch.body) if batch.body else {}
        if body.get("kind") == "start":
            date = body["date"]
        if date == TOMORROW.isoformat():
            found += body.get("policy", [])
    return found


@given(st.integers(0, 2**32))
@settings(max_examples=examples(30), deadline=None)
def test_a_trial_finds_what_the_rules_in_force_found_and_changes_nothing(seed: int) -> None:
    rules, batches = life(seed)
    if lacks_rates(rules, RULES.directory.currencies):
        assert live_findings(batches) == []  # it was refused
        return
    trial, state = tried(batches, rules)
    assert [one.to_document() for one in trial.findings] == live_findings(batches)
    others = policy_rules_from_document(policy_rules(random.Random(seed + 1), CODES).policy_rules)
    assert tried(batches, others)[1] == state


def test_lives_have_findings_of_each_kind() -> None:
    seen = Counter(
        f"{one['action']} {one['reason']}"
        for seed in range(24)
        for one in live_findings(life(seed)[1])
    )
    assert {text.split()[0] for text in seen} == {"alert", "hold", "reject"}, seen
    assert {text.split()[1] for text in seen} == {"150", "151", "152", "153"}, seen


class Recorded(Ruled):
    """A system whose batches are kept, to be tried later."""

    def __init__(self, *rules: Any) -> None:
        self._kept: list[tuple[SettlementSystem, Batch]] = []
        super().__init__(*rules)

    @property
    def batches(self) -> list[Batch]:
        return [batch for system, batch in self._kept if system is self.system]

    def trial(self, *rules: Any, last: datetime.date = TOMORROW) -> Trial:
        system = SettlementSystem(self.system.rules)
        trial = ReplayedTrial(rule_set(*rules), TOMORROW, last)
        for batch in self.batches:
            trial.before(system, batch)
            system.replay(batch)
            trial.after(system)
        return trial.result({"record": "r"})

    def come_to(self, time: int) -> None:
        self.now = max(time, self.system.last_time + 1)
        while (batch := self.system.step(self.now)) is not None:
            self._kept.append((self.system, batch))
            self.now += 1

    def submit(self, rows: Any) -> Batch:
        self._kept.append((self.system, super().submit(rows)))
        return self._kept[-1][1]

    def decide(self, *arguments: Any, **fields: Any) -> Batch:
        self._kept.append((self.system, super().decide(*arguments, **fields)))
        return self._kept[-1][1]


def test_a_stricter_cap_on_a_recorded_day() -> None:
    running = Recorded()
    running.submit(amounts(200, 150, 100))
    trial = running.trial(CAP)
    assert trial.payments == 3
    assert dict(trial.actions) == {named(uetr_of(1)): PolicyAction.HOLD}
    assert [one.text for one in trial.findings] == ["KZT 3.50 of at most 3.00"]
    assert dict(trial.source) == {"record": "r", "first": "2026-11-25", "last": "2026-11-25"}


def test_what_rules_in_force_held_may_pass_a_trial_and_counts_once() -> None:
    running = Recorded(CAP)
    running.submit(amounts(300, 50))
    running.release(1)
    running.submit(amounts(1, first=2))
    looser = attrs.evolve(CAP, amount=350)
    assert [one.text for one in running.trial(looser).findings] == ["KZT 3.51 of at most 3.50"]
    assert running.trial(looser).payments == 3
    same = running.trial(CAP)
    assert [one.text for one in same.findings] == [
        "KZT 3.50 of at most 3.00",
        "KZT 3.51 of at most 3.00",
    ]


def test_what_a_trial_holds_is_not_released_for_it() -> None:
    running = Recorded()
    running.submit(amounts(301, 300))
    assert [one.text for one in running.trial(CAP).findings] == ["KZT 3.01 of at most 3.00"]


def test_days_outside_the_trial_are_left_out() -> None:
    running = Recorded()
    running.submit(amounts(301))
    running.come_to(NOON + 2 * DAY)
    running.submit(amounts(302, first=1))
    after = TOMORROW + datetime.timedelta(days=1)
    assert [one.text[:8] for one in running.trial(CAP).findings] == ["KZT 3.01"]
    assert [one.text[:8] for one in running.trial(CAP, last=after).findings] == [
        "KZT 3.01",
        "KZT 3.02",
    ]


def test_the_digest_names_rules_payments_and_findings() -> None:
    rules = PolicyRules(1, TOMORROW, (CAP,))
    payments = [paid(301, currency=KZT, payer=BANKS[0])]
    rates = rules.rate_table
    trial = try_rules(rules, payments, rates, {"scenario": "x"})
    assert trial.digest == try_rules(rules, payments, rates, {"scenario": "x"}).digest
    others = [
        try_rules(rules, payments, rates),
        try_rules(attrs.evolve(rules, version=2), payments, rates, {"scenario": "x"}),
        try_rules(rules, payments * 2, rates, {"scenario": "x"}),
        try_rules(rules, payments[:0], rates, {"scenario": "x"}),
    ]
    assert len({trial.digest, *(other.digest for other in others)}) == 5
    assert len(trial.digest) == 64


def test_rules_are_tried_with_their_own_rates_or_else_with_those_given() -> None:
    own = rule_set(CAP)
    payments = [paid(50, currency=RUB)]  # worth 2.50 tenge at 0.2 for each
    other = RateTable(KZT, (attrs.evolve(RATES[0], units=Decimal("0.001")),))
    assert try_rules(own, payments, other).findings == ()
    without = attrs.evolve(own, account_currency=None, rates=())
    assert len(try_rules(without, payments, other).findings) == 1
    assert try_rules(without, payments, own.rate_table).findings == ()


def test_the_strictest_finding_is_the_action() -> None:
    fast = Velocity("v", PolicyAction.ALERT, 1, SECOND, Subject.PARTICIPANT)
    rules = PolicyRules(1, TOMORROW, (attrs.evolve(CAP, action=PolicyAction.REJECT), fast))
    payments = [paid(301, currency=KZT, uetr=name) for name in "abc"]
    trial = try_rules(rules, payments, rules.rate_table)
    assert dict(trial.actions) == dict.fromkeys("abc", PolicyAction.REJECT)
    assert trial.by_rule() == [("cap", PolicyAction.REJECT, 3), ("v", PolicyAction.ALERT, 2)]
    assert judge(fast).judge(payments[0]) == []
