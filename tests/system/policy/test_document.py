"""Policy rules as JSON values: strict, and the same again."""

import datetime
import json
from typing import Any

import pytest

from skontro.model import InputError, find_currency
from skontro.system.policy.document import policy_rules_from_document, policy_rules_to_document
from skontro.system.policy.rules import PolicyAction, Structuring, Velocity

DOCUMENT: dict[str, Any] = {
    "format": "skontro policy rules",
    "version": 3,
    "effective_on": "2027-01-04",
    "rates": {
        "currency": "USD",
        "as_of": "2026-12-28",
        "source": "test",
        "units": {"JPY": "150.25", "KZT": "512.4"},
    },
    "caps": [
        {
            "name": "small",
            "action": "reject",
            "amount": "5000.50",
            "currency": "USD",
            "period": "quarter",
            "subject": "customer",
            "countries": ["GH", "NG"],
        }
    ],
    "eligible": [
        {
            "name": "own",
            "action": "alert",
            "between": ["ID", "MY"],
            "currencies": ["IDR", "MYR"],
            "purposes": ["GDDS"],
        }
    ],
    "velocity": [
        {"name": "fast", "action": "hold", "count": 20, "within": "01:00", "subject": "country"}
    ],
    "structuring": [
        {
            "name": "below",
            "action": "alert",
            "amount": "10000",
            "currency": "JPY",
            "percent_below": 10,
            "count": 3,
            "within": "24:00",
            "subject": "participant",
        }
    ],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The document with another value at ``caps.0.amount``; None takes the key away."""
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    *above, last = path.split(".")
    part: Any = document
    for step in above:
        part = part[int(step) if step.isdigit() else step]
    if value is None:
        del part[last]
    else:
        part[last] = value
    return document


def test_a_document_comes_back_as_it_was() -> None:
    assert policy_rules_to_document(policy_rules_from_document(DOCUMENT)) == DOCUMENT


def test_what_may_be_left_out() -> None:
    rules = policy_rules_from_document(changed("rates", None))
    assert (rules.account_currency, rules.rates) == (None, ())
    alone = policy_rules_from_document(changed("rates", {"currency": "USD"}))
    assert (alone.account_currency, alone.rates) == (find_currency("USD"), ())
    assert policy_rules_to_document(alone)["rates"] == {"currency": "USD"}
    nothing = {name: DOCUMENT[name] for name in ("format", "version", "effective_on")}
    assert policy_rules_to_document(policy_rules_from_document(nothing)) == nothing
    actions = {
        key: policy_rules_from_document(changed(f"{key}.0.action", None)).rules[place].action
        for place, key in enumerate(("caps", "eligible", "velocity", "structuring"))
    }
    assert actions == {
        "caps": PolicyAction.HOLD,
        "eligible": PolicyAction.HOLD,
        "velocity": PolicyAction.ALERT,
        "structuring": PolicyAction.ALERT,
    }


def test_intervals_and_countries_in_three_letters() -> None:
    rules = policy_rules_from_document(changed("velocity.0.countries", ["NGA", "NG", "KEN"]))
    fast, below = rules.rules[2:]
    assert isinstance(fast, Velocity)
    assert isinstance(below, Structuring)
    assert fast.countries == {"NG", "KE"}
    assert (fast.within, below.within) == (3_600_000_000, 24 * 3_600_000_000)
    assert (below.amount, below.percent_below, below.count) == (10_000, 10, 3)
    assert rules.effective_on == datetime.date(2027, 1, 4)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ("format", "rules", "policy rules: format must be 'skontro policy rules'"),
        ("version", None, "policy rules: None is not a whole number"),
        ("version", True, "policy rules: True is not a whole number"),
        ("version", "3", "policy rules: '3' is not a whole number"),
        ("version", 0, "policy rules: version 0 is not from 1"),
        ("version", 10**9 + 1, "policy rules: version 1000000001 is not from 1 to 1,000,000,000"),
        ("effective_on", None, "policy rules: None is not text"),
        ("effective_on", "soon", "policy rules: .*soon"),
        ("speed", [], "policy rules: 'speed' is not one of format, version"),
        ("caps", {}, "policy rules: caps must be a list"),
        ("caps", [[]], "policy rules: caps 1: must be a mapping with name, action, amount"),
        ("caps.0.amount", None, "policy rules: caps 1: amount is missing"),
        ("caps.0.amount", 5000, "policy rules: caps 1: 5000 is not text"),
        ("caps.0.amount", "1.005", "policy rules: caps 1: .*1.005"),
        ("caps.0.amount", "0", "policy rules: caps 1: amount must be greater than zero"),
        ("caps.0.currency", "XYZ", "policy rules: caps 1: currency: 'XYZ' is not"),
        ("caps.0.period", "week", "policy rules: caps 1: period: 'week' is not one of payment"),
        ("caps.0.subject", 1, "policy rules: caps 1: subject: 1 is not one of customer"),
        ("caps.0.action", "stop", "policy rules: caps 1: action: 'stop' is not one of alert"),
        ("caps.0.countries", "NG", "policy rules: caps 1: countries: must be a list"),
        ("caps.0.countries", ["XX"], "policy rules: caps 1: countries: 'XX' is not"),
        ("caps.0.countries", [1], "policy rules: caps 1: countries: 1 is not text"),
        ("caps.0.name", "", "policy rules: caps 1: name is empty"),
        ("caps.0.name", 5, "policy rules: caps 1: name: 5 is not text"),
        ("caps.0.purposes", [], "policy rules: caps 1: 'purposes' is not one of name"),
        ("caps.0.name", "own", "policy rules: two rules are named 'own'"),
        ("eligible.0.between", ["ID"], "policy rules: eligible 1: between needs two countries"),
        ("eligible.0.currencies", ["ABC"], "policy rules: eligible 1: currencies: 'ABC' is not"),
        ("eligible.0.purposes", ["x"], "policy rules: eligible 1: 'x' is no purpose of ISO"),
        ("velocity.0.count", 0, "policy rules: velocity 1: count 0 is not from 1"),
        ("velocity.0.count", "2", "policy rules: velocity 1: count: '2' is not a whole number"),
        ("velocity.0.within", "soon", "policy rules: velocity 1: within: 'soon' is not"),
        ("structuring.0.percent_below", 1.5, "structuring 1: percent_below: 1.5 is not a whole"),
        ("rates", [], "policy rules: rates: must be a mapping with currency, as_of"),
        ("rates.currency", None, "policy rules: rates: None is not text"),
        ("rates.as_of", None, "policy rules: rates: None is not text"),
        ("rates.source", None, "policy rules: rates: None is not text"),
        ("rates.units", ["KZT"], "policy rules: rates: units must be a mapping of currencies"),
        ("rates.units.KZT", 5, "policy rules: rates: 5 is not text"),
        ("rates.units.KZT", "0", "policy rules: rates: rate of KZT: 0 is not greater"),
        ("rates.units.XYZ", "1", "policy rules: rates: 'XYZ' is not"),
        ("rates.units.USD", "2", "policy rules: the rate of USD against itself is not 1"),
        ("rates.day", "x", "policy rules: rates: 'day' is not one of currency"),
    ],
)
def test_what_is_refused(path: str, value: object, text: str) -> None:
    with pytest.raises(InputError, match=text):
        policy_rules_from_document(changed(path, value))


@pytest.mark.parametrize("document", [None, [], "rules", 5])
def test_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(InputError, match="policy rules: must be a mapping with format, version"):
        policy_rules_from_document(document)
