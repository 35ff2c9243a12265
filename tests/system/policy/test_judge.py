"""Policy rules: exact limits, periods, subjects, intervals."""

import datetime
import json
from decimal import Decimal
from typing import Any

import attrs
import pytest

from skontro.model import SECOND, InputError, Rate, RateTable, ReasonCode, find_currency
from skontro.system.policy.judge import PolicyJudge, strictest_action
from skontro.system.policy.payments import JudgedPayment, PolicyFinding
from skontro.system.policy.rules import (
    MAX_COUNT,
    MAX_RULES,
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

MINUTE = 60 * SECOND
USD, KZT, JPY = (find_currency(code) for code in ("USD", "KZT", "JPY"))
DAY = datetime.date(2026, 3, 31)
RATES = RateTable(USD, [Rate(KZT, Decimal(500), DAY, "test"), Rate(JPY, Decimal(100), DAY, "test")])
ALERT, HOLD, REJECT = PolicyAction.ALERT, PolicyAction.HOLD, PolicyAction.REJECT
PAYMENT = JudgedPayment("u1", 0, DAY, "PAYRNGLA", "PAYEKEND", "NG", "KE", USD, 100_00, "anna")
CAP = Cap("cap", HOLD, 1_000_00, USD, Period.QUARTER, Subject.CUSTOMER)


def judge(*rules: PolicyRule) -> PolicyJudge:
    return PolicyJudge(PolicyRules(1, DAY, rules), RATES)


def texts(judge: PolicyJudge, *payments: JudgedPayment) -> list[list[str]]:
    """The figures of the findings on each payment, every one a batch of its own."""
    found = []
    for payment in payments:
        found.append([finding.text for finding in judge.judge(payment)])
        judge.keep()
    return found


def paid(amount: int, **changes: object) -> JudgedPayment:
    return attrs.evolve(PAYMENT, amount=amount, **changes)  # type: ignore[arg-type]


def test_a_cap_is_reached_and_then_exceeded() -> None:
    found = judge(CAP)
    assert texts(found, paid(999_99), paid(1)) == [[], []]
    [finding] = found.judge(paid(1, uetr="u2"))
    assert finding == PolicyFinding(
        "u2", "cap", HOLD, "USD 1,000.01 of at most 1,000.00", ReasonCode.CAP_EXCEEDED
    )


def test_what_is_held_adds_nothing() -> None:
    found = judge(CAP)
    assert texts(found, paid(999_00), paid(2_00), paid(1_00), paid(1)) == [
        [],
        ["USD 1,001.00 of at most 1,000.00"],
        [],
        ["USD 1,000.01 of at most 1,000.00"],
    ]


def test_what_is_only_alerted_adds() -> None:
    found = judge(attrs.evolve(CAP, action=ALERT))
    assert texts(found, paid(1_001_00), paid(1)) == [
        ["USD 1,001.00 of at most 1,000.00"],
        ["USD 1,001.01 of at most 1,000.00"],
    ]


def test_what_another_rule_holds_adds_nothing() -> None:
    other = Eligibility("e", HOLD, frozenset({"NG", "KE"}), frozenset({"NGN"}))
    found = judge(CAP, other)
    assert [len(one) for one in texts(found, paid(900_00), paid(900_00))] == [1, 1]


@pytest.mark.parametrize(
    ("period", "dates", "together"),
    [
        (Period.DAY, ((2026, 3, 31), (2026, 3, 31)), True),
        (Period.DAY, ((2026, 3, 30), (2026, 3, 31)), False),
        (Period.MONTH, ((2026, 3, 1), (2026, 3, 31)), True),
        (Period.MONTH, ((2026, 3, 31), (2026, 4, 1)), False),
        (Period.MONTH, ((2025, 3, 31), (2026, 3, 31)), False),
        (Period.QUARTER, ((2026, 1, 1), (2026, 3, 31)), True),
        (Period.QUARTER, ((2026, 4, 1), (2026, 6, 30)), True),
        (Period.QUARTER, ((2026, 3, 31), (2026, 4, 1)), False),
        (Period.QUARTER, ((2025, 3, 31), (2026, 3, 31)), False),
        (Period.YEAR, ((2026, 1, 1), (2026, 12, 31)), True),
        (Period.YEAR, ((2025, 12, 31), (2026, 1, 1)), False),
        (Period.PAYMENT, ((2026, 3, 31), (2026, 3, 31)), False),
    ],
)
def test_periods(period: Period, dates: tuple[tuple[int, int, int], ...], together: bool) -> None:
    found = judge(attrs.evolve(CAP, period=period))
    first, second = (paid(600_00, date=datetime.date(*date)) for date in dates)
    assert texts(found, first, second) == [
        [],
        ["USD 1,200.00 of at most 1,000.00"] if together else [],
    ]


def test_a_cap_of_each_payment() -> None:
    found = judge(attrs.evolve(CAP, period=Period.PAYMENT))
    assert [len(one) for one in texts(found, paid(1_000_00), paid(1_000_01), paid(1_000_00))] == [
        0,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        (Subject.CUSTOMER, "customer"),
        (Subject.PARTICIPANT, "payer"),
        (Subject.COUNTRY, "payer_country"),
    ],
)
def test_subjects(subject: Subject, field: str) -> None:
    found = judge(attrs.evolve(CAP, subject=subject))
    same = {"customer": "x", "payer": "x", "payer_country": "x"}
    same[field] = getattr(PAYMENT, field)
    assert texts(found, paid(600_00), paid(600_00, **{field: "another"})) == [[], []]
    assert texts(found, paid(600_00, **same)) == [["USD 1,200.00 of at most 1,000.00"]]


def test_countries_of_payers() -> None:
    found = judge(attrs.evolve(CAP, countries=frozenset({"GH"})))
    assert texts(found, paid(2_000_00), paid(2_000_00, payer_country="GH")) == [
        [],
        ["USD 2,000.00 of at most 1,000.00"],
    ]


def test_amounts_in_several_currencies_are_valued_together() -> None:
    found = judge(CAP)
    # 250,000 tenge are 500 dollars, 40,000 yen 400.
    assert texts(
        found,
        paid(250_000_00, currency=KZT),
        paid(40_000, currency=JPY),
        paid(100_00),
        paid(5_00, currency=KZT),
    ) == [[], [], [], ["USD 1,000.01 of at most 1,000.00"]]
    in_tenge = judge(attrs.evolve(CAP, amount=500_000_00, currency=KZT))
    assert texts(in_tenge, paid(1_000_00), paid(1)) == [[], ["USD 1,000.01 of at most 1,000.00"]]


def test_two_caps_of_one_judge_are_separate() -> None:
    other = attrs.evolve(CAP, name="day", period=Period.DAY, amount=100_00)
    assert texts(judge(CAP, other), paid(100_00), paid(1)) == [
        [],
        ["USD 100.01 of at most 100.00"],
    ]


BELOW_RULE = Structuring("s", ALERT, 1_000_00, USD, 10, 3, MINUTE, Subject.CUSTOMER)
ELIGIBLE = Eligibility(
    "e", REJECT, frozenset({"NG", "KE"}), frozenset({"NGN", "USD"}), frozenset({"GDDS"})
)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"purpose": "GDDS"}, ""),
        ({"purpose": ""}, "no purpose is stated"),
        ({"purpose": "SALA"}, "purpose SALA is not eligible"),
        ({"purpose": "GDDS", "currency": KZT}, "KZT is not eligible from NG to KE"),
        ({"currency": KZT}, "KZT is not eligible from NG to KE; no purpose is stated"),
        ({"payee_country": "NG", "currency": KZT}, ""),
        ({"payee_country": "GH", "currency": KZT}, ""),
        ({"payer_country": "GH", "currency": KZT}, ""),
        ({"payer_country": "KE", "payee_country": "NG"}, "no purpose is stated"),
    ],
)
def test_eligible_payments(changes: dict[str, object], text: str) -> None:
    assert texts(judge(ELIGIBLE), paid(1, **changes)) == [[text] if text else []]


def test_eligible_currencies_or_purposes_alone() -> None:
    currencies = attrs.evolve(ELIGIBLE, purposes=frozenset())
    purposes = attrs.evolve(ELIGIBLE, currencies=frozenset())
    assert texts(judge(currencies), paid(1)) == [[]]
    assert texts(judge(purposes), paid(1, currency=KZT, purpose="GDDS")) == [[]]


MANY = "more than 2 payments within 00:01"


def test_velocity() -> None:
    rule = Velocity("v", ALERT, 2, MINUTE, Subject.CUSTOMER)
    times = [0, 1, MINUTE - 1, MINUTE, MINUTE + 1, 3 * MINUTE]
    assert texts(judge(rule), *(paid(1, at=at) for at in times)) == [
        [],
        [],
        [MANY],
        [MANY],  # the first one is a whole minute ago
        [MANY],
        [],
    ]
    assert texts(judge(rule), *(paid(1, at=at) for at in (0, 1, MINUTE))) == [[], [], []]
    assert texts(judge(rule), paid(1), paid(1), paid(1, customer="x"), paid(1)) == [
        [],
        [],
        [],
        [MANY],
    ]
    elsewhere = attrs.evolve(rule, count=1, countries=frozenset({"GH"}))
    assert texts(judge(elsewhere), paid(1), paid(1)) == [[], []]


def test_velocity_counts_what_is_held() -> None:
    found = judge(attrs.evolve(CAP, amount=1), Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER))
    assert [len(one) for one in texts(found, paid(2), paid(2))] == [1, 2]


BELOW = "3 payments or more within 10 % below the amount"


def test_structuring() -> None:
    rule = Structuring("s", ALERT, 1_000_00, USD, 10, 3, MINUTE, Subject.CUSTOMER)
    found = judge(rule)
    amounts = [900_00, 899_99, 1_000_00, 999_99, 450_000_00]
    currencies = [USD, USD, USD, USD, KZT]
    payments = [paid(a, currency=c) for a, c in zip(amounts, currencies, strict=True)]
    assert texts(found, *payments) == [[], [], [], [], [BELOW]]
    assert texts(found, paid(900_00, at=1), paid(900_00, at=MINUTE)) == [[BELOW], []]
    elsewhere = judge(attrs.evolve(rule, count=2, countries=frozenset({"GH"})))
    assert texts(elsewhere, paid(900_00), paid(900_00)) == [[], []]


def test_payments_of_one_batch_count_before_they_are_final() -> None:
    rules = CAP, Velocity("v", ALERT, 2, MINUTE, Subject.CUSTOMER)
    found = judge(*rules)
    assert [len(found.judge(paid(500_00))) for _ in range(3)] == [0, 0, 2]
    found.drop()
    assert [len(found.judge(paid(500_00))) for _ in range(2)] == [0, 0]
    found.keep()
    found.drop()
    assert [finding.rule for finding in found.judge(paid(1))] == ["cap", "v"]
    found.drop()
    assert [finding.rule for finding in found.judge(paid(1, at=MINUTE))] == ["cap"]


def test_only_so_many_times_are_remembered() -> None:
    found = judge(Velocity("v", ALERT, 2, MINUTE, Subject.CUSTOMER))
    for at in (0, 1, 2):
        found.judge(paid(1, at=at))
    found.keep()
    found.judge(paid(1, at=3))
    found.keep()
    assert found.to_document()["times"] == [["v", "anna", [2, 3]]]


def test_what_ends_without_settlement_is_taken_out() -> None:
    found = judge(CAP, attrs.evolve(CAP, name="one", period=Period.PAYMENT, amount=900_00))
    assert texts(found, paid(600_00), paid(600_00)) == [[], ["USD 1,200.00 of at most 1,000.00"]]
    found.uncount(paid(600_00))
    found.uncount(paid(1, customer="nobody"))
    assert texts(found, paid(900_00), paid(100_00), paid(1)) == [
        [],
        [],
        ["USD 1,000.01 of at most 1,000.00"],
    ]
    assert [len(one["paid"]) for one in [found.to_document()]] == [1]


def test_what_is_released_counts_and_is_not_judged() -> None:
    found = judge(CAP)
    found.count(paid(2_000_00))
    found.keep()
    assert found.total(CAP, "anna", DAY) == 2_000_00
    assert texts(found, paid(1)) == [["USD 2,000.01 of at most 1,000.00"]]


def test_a_currency_without_a_rate_is_never_within() -> None:
    chf = find_currency("CHF")
    below = Structuring("s", ALERT, 1_000_00, USD, 10, 2, MINUTE, Subject.CUSTOMER)
    found = judge(CAP, below)
    assert texts(found, paid(1, currency=chf)) == [["no rate for CHF", "no rate for CHF"]]
    found.count(paid(1, currency=chf))
    found.keep()
    assert found.total(CAP, "anna", DAY) is None
    assert texts(found, paid(1)) == [["amounts without a rate, of at most USD 1,000.00"]]
    found.uncount(paid(1, currency=chf))
    assert found.total(CAP, "anna", DAY) == 0


def test_a_day_forgets_what_is_over() -> None:
    day = attrs.evolve(CAP, name="day", period=Period.DAY)
    fast = Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER)
    found = judge(CAP, day, fast)
    texts(found, paid(1, at=0), paid(1, at=1, customer="boris"))
    found.begin_day(DAY, MINUTE)
    document = found.to_document()
    assert [one[0] for one in document["paid"]] == ["cap", "day"] * 2
    assert document["times"] == [["v", "boris", [1]]]
    found.begin_day(datetime.date(2026, 3, 30), 0)
    assert [one[0] for one in found.to_document()["paid"]] == ["cap"] * 2
    found.begin_day(datetime.date(2026, 4, 1), 0)
    assert found.to_document() == {"paid": [], "times": document["times"]}


def test_a_new_set_continues_what_counts_the_same() -> None:
    fast = Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER)
    first = judge(CAP, attrs.evolve(CAP, name="gone"), fast, attrs.evolve(fast, name="w"))
    texts(first, paid(600_00))
    higher = attrs.evolve(CAP, amount=700_00, action=REJECT)
    found = judge(higher, fast, attrs.evolve(fast, name="w", within=2 * MINUTE))
    found.take_over(first)
    assert [one[:2] for one in found.to_document()["paid"]] == [["cap", "anna"]]
    assert [one[0] for one in found.to_document()["times"]] == ["v"]
    for changed in (
        {"period": Period.DAY},
        {"subject": Subject.COUNTRY},
        {"countries": frozenset({"NG"})},
    ):
        other = judge(attrs.evolve(CAP, **changed))
        other.take_over(first)
        assert other.to_document() == {"paid": [], "times": []}


def test_a_judge_is_restored() -> None:
    found = judge(CAP, Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER))
    texts(found, paid(600_00), paid(100, currency=JPY))
    restored = judge(CAP, Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER))
    restored.restore(json.loads(json.dumps(found.to_document())))
    assert restored.to_document() == found.to_document()
    assert texts(restored, paid(600_00)) == texts(found, paid(600_00))


def test_the_strictest_action() -> None:
    def finding(action: PolicyAction) -> PolicyFinding:
        return PolicyFinding("u", "r", action, "", ReasonCode.NONE)

    assert strictest_action([]) is None
    assert strictest_action([finding(ALERT), finding(REJECT), finding(HOLD)]) is REJECT
    assert strictest_action([finding(ALERT), finding(HOLD)]) is HOLD
    assert [action.severity for action in (ALERT, HOLD, REJECT)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("rule", "changes", "text"),
    [
        (CAP, {"name": " "}, "name is empty"),
        (CAP, {"amount": 0}, "amount must be greater than zero"),
        (ELIGIBLE, {"between": frozenset({"NG"})}, "between needs two countries at least"),
        (ELIGIBLE, {"name": ""}, "name is empty"),
        (
            ELIGIBLE,
            {"currencies": frozenset(), "purposes": frozenset()},
            "needs currencies or purposes",
        ),
        (ELIGIBLE, {"purposes": frozenset({"GDDSX"})}, "'GDDSX' is no purpose of ISO 20022"),
        (Velocity("v", ALERT, 1, 1, Subject.COUNTRY), {"count": 0}, "count 0 is not from 1"),
        (
            Velocity("v", ALERT, MAX_COUNT, 1, Subject.COUNTRY),
            {"count": MAX_COUNT + 1},
            "count 10001 is not from 1 to 10,000",
        ),
        (Velocity("v", ALERT, 1, 1, Subject.COUNTRY), {"name": ""}, "name is empty"),
        (BELOW_RULE, {"count": 1}, "count 1 is not from 2 to 10,000"),
        (BELOW_RULE, {"percent_below": 0}, "percent_below 0 is not from 1 to 99"),
        (BELOW_RULE, {"percent_below": 100}, "percent_below 100 is not from 1 to 99"),
        (BELOW_RULE, {"amount": 0}, "amount must be greater than zero"),
        (BELOW_RULE, {"name": ""}, "name is empty"),
        (PolicyRules(1, DAY, ()), {"version": 0}, "version 0 is not from 1"),
        (PolicyRules(1, DAY, (CAP,)), {"rules": (CAP, CAP)}, "two rules are named 'cap'; give"),
    ],
)
def test_rules_that_make_no_sense(rule: Any, changes: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        attrs.evolve(rule, **changes)


def test_the_most_rules() -> None:
    rules = [attrs.evolve(CAP, name=f"cap {n}") for n in range(MAX_RULES + 1)]
    assert len(PolicyRules(1, DAY, tuple(rules[1:])).caps) == MAX_RULES
    with pytest.raises(InputError, match=f"101 rules; {MAX_RULES} is the most"):
        PolicyRules(1, DAY, tuple(rules))
