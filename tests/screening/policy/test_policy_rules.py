"""Policy rules: exact limits, periods, subjects, intervals."""

import datetime
from decimal import Decimal

import attrs
import pytest

from skontro.model import SECOND, Rate, RateTable, find_currency
from skontro.screening.policy.judge import PolicyJudge, strictest_action
from skontro.screening.policy.rules import (
    Cap,
    Eligibility,
    JudgedPayment,
    Period,
    PolicyAction,
    PolicyFinding,
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
    return [[finding.text for finding in judge.judge(payment)] for payment in payments]


def paid(amount: int, **changes: object) -> JudgedPayment:
    return attrs.evolve(PAYMENT, amount=amount, **changes)  # type: ignore[arg-type]


def test_a_cap_is_reached_and_then_exceeded() -> None:
    found = judge(CAP)
    assert texts(found, paid(999_99), paid(1)) == [[], []]
    [finding] = found.judge(paid(1, uetr="u2"))
    assert finding == PolicyFinding("u2", "cap", HOLD, "USD 1,000.01 of at most 1,000.00")


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


def test_velocity() -> None:
    rule = Velocity("v", ALERT, 2, MINUTE, Subject.CUSTOMER)
    found = judge(rule)
    times = [0, 1, MINUTE - 1, MINUTE, 3 * MINUTE]
    assert texts(found, *(paid(1, at=at) for at in times)) == [
        [],
        [],
        ["payment 3 of at most 2"],
        ["payment 3 of at most 2"],  # the first one is a whole minute ago
        [],
    ]
    assert texts(judge(rule), paid(1), paid(1), paid(1, customer="x"), paid(1)) == [
        [],
        [],
        [],
        ["payment 3 of at most 2"],
    ]
    elsewhere = attrs.evolve(rule, count=1, countries=frozenset({"GH"}))
    assert texts(judge(elsewhere), paid(1), paid(1)) == [[], []]


def test_velocity_counts_what_is_held() -> None:
    found = judge(attrs.evolve(CAP, amount=1), Velocity("v", ALERT, 1, MINUTE, Subject.CUSTOMER))
    assert [len(one) for one in texts(found, paid(2), paid(2))] == [1, 2]


def test_structuring() -> None:
    rule = Structuring("s", ALERT, 1_000_00, USD, 10, 3, MINUTE, Subject.CUSTOMER)
    found = judge(rule)
    amounts = [900_00, 899_99, 1_000_00, 999_99, 450_000_00]
    currencies = [USD, USD, USD, USD, KZT]
    payments = [paid(a, currency=c) for a, c in zip(amounts, currencies, strict=True)]
    assert texts(found, *payments) == [
        [],
        [],
        [],
        [],
        ["payment 3 within 10 % below the amount"],
    ]
    assert texts(found, paid(900_00, at=1), paid(900_00, at=MINUTE)) == [
        ["payment 4 within 10 % below the amount"],
        [],
    ]
    elsewhere = judge(attrs.evolve(rule, count=1, countries=frozenset({"GH"})))
    assert texts(elsewhere, paid(900_00)) == [[]]


def test_the_strictest_action() -> None:
    def finding(action: PolicyAction) -> PolicyFinding:
        return PolicyFinding("u", "r", action, "")

    assert strictest_action([]) is None
    assert strictest_action([finding(ALERT), finding(REJECT), finding(HOLD)]) is REJECT
    assert strictest_action([finding(ALERT), finding(HOLD)]) is HOLD
    assert [action.severity for action in (ALERT, HOLD, REJECT)] == [0, 1, 2]
