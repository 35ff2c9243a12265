"""Documents of policy rules, and their trial on payments."""

import datetime
import json
from pathlib import Path

import pytest

import skontro as sk
from skontro.files.yaml_reading import load_yaml
from skontro.model import InputError, Party, PaymentDetails, find_currency
from skontro.screening.policy.rules_document import read_policy_rules
from skontro.screening.policy.scenario_payments import payments_of
from skontro.system.details_columns import account_digest
from skontro.system.policy.document import policy_rules_from_document, policy_rules_to_document
from skontro.system.policy.rules import (
    Cap,
    Eligibility,
    Period,
    PolicyAction,
    PolicyRules,
    Structuring,
    Subject,
    Velocity,
)
from skontro.system.policy.trial import try_rules
from skontro.testing import small_day
from tests.cli.in_process import run_main

DOCUMENT = """\
format: skontro policy rules
version: 2
effective_on: 2027-01-01
caps:
  - {name: small, countries: [NGA], subject: customer, period: quarter, amount: "5000.50",
     currency: USD}
eligible:
  - {name: own, between: [IDN, MYS], currencies: [IDR], purposes: [GDDS], action: reject}
velocity:
  - {name: many, subject: participant, count: 20, within: "01:00"}
structuring:
  - {name: below, subject: country, amount: "10000", currency: JPY, percent_below: 10, count: 3,
     within: "24:00", action: hold, countries: [GHA, NG]}
"""
HOUR = 3_600_000_000


def read(folder: Path, text: str = DOCUMENT) -> PolicyRules:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return read_policy_rules(path)


def test_a_document(tmp_path: Path) -> None:
    usd, jpy = find_currency("USD"), find_currency("JPY")
    assert read(tmp_path) == PolicyRules(
        2,
        datetime.date(2027, 1, 1),
        (
            Cap("small", PolicyAction.HOLD, 5_000_50, usd, Period.QUARTER, Subject.CUSTOMER,
                frozenset({"NG"})),
            Eligibility("own", PolicyAction.REJECT, frozenset({"ID", "MY"}), frozenset({"IDR"}),
                        frozenset({"GDDS"})),
            Velocity("many", PolicyAction.ALERT, 20, HOUR, Subject.PARTICIPANT),
            Structuring("below", PolicyAction.HOLD, 10_000, jpy, 10, 3, 24 * HOUR, Subject.COUNTRY,
                        frozenset({"GH", "NG"})),
        ),
    )  # fmt: skip


RATED = DOCUMENT.replace(
    "caps:",
    "rates: {currency: USD, as_of: 2026-12-28, source: test, units: {KZT: '512.40', JPY: '150'}}\n"
    "caps:",
)


def test_rates_of_a_document(tmp_path: Path) -> None:
    rules = read(tmp_path, RATED)
    assert rules.account_currency == find_currency("USD")
    assert [(one.currency.code, str(one.units)) for one in rules.rates] == [
        ("JPY", "150"),
        ("KZT", "512.40"),
    ]
    assert {(one.as_of, one.source) for one in rules.rates} == {
        (datetime.date(2026, 12, 28), "test")
    }
    alone = read(tmp_path, RATED.replace(", units: {KZT: '512.40', JPY: '150'}", ""))
    assert (alone.account_currency, alone.rates) == (find_currency("USD"), ())


@pytest.mark.parametrize("text", [DOCUMENT, RATED])
def test_the_record_has_the_document_in_the_same_form(tmp_path: Path, text: str) -> None:
    rules = read(tmp_path, text)
    recorded = policy_rules_to_document(rules)
    assert policy_rules_from_document(json.loads(json.dumps(recorded))) == rules
    (tmp_path / "again.json").write_text(json.dumps(recorded))
    assert policy_rules_from_document(load_yaml(text.replace("2027-01-01", "'2027-01-01'").replace(
        "2026-12-28", "'2026-12-28'"))) == rules  # fmt: skip


def test_a_set_without_rules_ends_all(tmp_path: Path) -> None:
    assert read(tmp_path, DOCUMENT.split("caps:", maxsplit=1)[0] + "caps: []\n").rules == ()


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("purposes: [GDDS]", "purposes: [goods]", "'goods' is no purpose of ISO 20022"),
        ("count: 20", "count: 10001", r"velocity\[0\].count"),
        ("count: 3", "count: 10001", r"structuring\[0\].count"),
        ("policy rules", "rules", "line 1: format must be 'skontro policy rules'"),
        ("version: 2", "version: 0", "version"),
        ("effective_on: 2027-01-01\n", "", "effective_on is missing"),
        ("quarter", "week", "'week' is not one of payment, day, month, quarter, year"),
        ("customer", "bank", "'bank' is not one of customer, participant, country"),
        ("action: reject", "action: stop", "'stop' is not one of alert, hold, reject"),
        ('"5000.50"', '"5000.505"', r"caps\[0\].amount"),
        ('"5000.50"', '"0"', r"caps\[0\].amount must be greater than zero"),
        ('"10000"', '"10000.5"', r"structuring\[0\].amount"),
        ("[IDN, MYS]", "[IDN]", r"eligible\[0\].between"),
        ("currencies: [IDR], purposes: [GDDS], ", "", r"eligible\[0\] needs currencies or"),
        ("count: 20", "count: 0", r"velocity\[0\].count"),
        ("count: 3", "count: 1", r"structuring\[0\].count"),
        ("percent_below: 10", "percent_below: 0", "percent_below"),
        ("percent_below: 10", "percent_below: 100", "percent_below"),
        ('"01:00"', '"1 h"', "'1 h' is not an interval"),
        ("name: many", "name: small", "two rules are named 'small'; give each its own name"),
        ("velocity:", "speed:", "speed is an unknown key"),
    ],
)
def test_documents_that_are_refused(tmp_path: Path, before: str, after: str, text: str) -> None:
    assert before in DOCUMENT
    with pytest.raises(InputError, match=text):
        read(tmp_path, DOCUMENT.replace(before, after))


def test_a_document_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no rules; name caps, eligible"):
        read(tmp_path, DOCUMENT.split("caps:", maxsplit=1)[0])


def test_payments_of_a_scenario() -> None:
    day = small_day()
    [uetr, *_] = day.payments["uetr"]
    debtor = PaymentDetails(purpose="GDDS", parties=[("debtor", Party(name="Anna", account="A1"))])
    first, second, third = payments_of(day, {uetr: debtor})
    assert (first.uetr, first.customer, first.purpose, first.amount) == (
        uetr,
        account_digest("A1").hex(),
        "GDDS",
        7000,
    )
    assert (second.customer, second.purpose) == (second.payer, "")
    assert first.date == day.business_days[0].date
    assert first.at <= second.at <= third.at
    assert first.at == int(day.payments["submitted_at"][0].timestamp()) * 1_000_000
    assert (
        first.payer_country == day.directory.participants[0].country.alpha2 or first.payer_country
    )


RULES = """\
format: skontro policy rules
version: {version}
effective_on: 2027-01-01
caps:
  - {{name: small, subject: participant, period: day, amount: "{most}", currency: {code}}}
"""


def small_rules(folder: Path, version: int, most: str) -> Path:
    path = folder / f"rules-{version}.yaml"
    code = small_day().payments["currency"][0]
    path.write_text(RULES.format(version=version, most=most, code=code), encoding="utf-8")
    return path


def test_a_trial_and_what_changes(tmp_path: Path) -> None:
    day = small_day()
    payments = list(payments_of(day, {}))
    strict = read_policy_rules(small_rules(tmp_path, 2, "75"))
    loose = read_policy_rules(small_rules(tmp_path, 1, "1000"))
    trial, before = (try_rules(rules, payments, day.rates) for rules in (strict, loose))
    held = [one.uetr for one in payments if one.amount > 7500]
    assert len(held) == 1
    assert trial.payments == 3
    assert [finding.uetr for finding in trial.findings] == held
    assert trial.by_rule() == [("small", PolicyAction.HOLD, 1)]
    assert before.by_rule() == [("small", PolicyAction.HOLD, 0)]
    assert trial.changes(before) == [(held[0], "pass", "hold")]
    assert before.changes(trial) == [(held[0], "hold", "pass")]
    assert trial.changes(trial) == []


@pytest.mark.long
def test_the_command(tmp_path: Path) -> None:
    sk.write_scenario(small_day(), tmp_path / "day")
    new, old = small_rules(tmp_path, 2, "75"), small_rules(tmp_path, 1, "1000")
    outcome = run_main("policy", new, tmp_path / "day", "--against", old)
    assert outcome.returncode == 0
    assert "Version 2, effective on 2027-01-01: 3 payments" in outcome.stdout
    assert "version 1" in outcome.stdout
    assert "3 payments name no debtor and no purpose" in outcome.stdout
    shown = json.loads(run_main("policy", new, tmp_path / "day", "--against", old, "--json").stdout)
    assert shown["rules"] == [{"rule": "small", "action": "hold", "payments": 1}]
    assert [(one["from"], one["to"]) for one in shown["changes"]] == [("pass", "hold")]
    assert (shown["version"], shown["against"], shown["payments"]) == (2, 1, 3)
    alone = json.loads(run_main("policy", new, tmp_path / "day", "--json").stdout)
    assert "changes" not in alone
    assert alone["findings"][0]["rule"] == "small"
    table = run_main("policy", new, tmp_path / "day")
    assert alone["findings"][0]["text"].split(" of ")[0] in " ".join(table.stdout.split())
