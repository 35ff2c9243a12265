"""A set of policy rules proposed, shown with what it changes, and put in force on its day."""

import datetime
from typing import Any

import attrs
import pytest

from skontro.model import ReasonCode, find_currency
from skontro.system import Action
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.rules import PolicyAction, PolicyRules
from skontro.system.policy_actions import lacks_rates
from tests.service.systems import BANKS, DAY, NOON
from tests.system.policy.ruled import CAP, KZT, RATES, RUB, TOMORROW, Ruled, proposal, rule_set
from tests.system.test_four_eyes import CLARA, Operated

LATER = TOMORROW + datetime.timedelta(days=1)


def reason_of(action: Action, running: Operated | None = None) -> ReasonCode:
    return ReasonCode((running or Operated()).propose(action)["reason"])


def test_a_set_is_shown_as_a_whole_and_by_its_changes() -> None:
    running = Operated()
    shown = running.propose(proposal(rule_set(CAP), trial_sha256="ab" * 32))["shown"]
    assert shown["from"] == "no policy rules"
    assert shown["to"] == policy_rules_to_document(rule_set(CAP))
    cap: dict[str, Any] = {
        "name": "cap",
        "action": "hold",
        "amount": "3.00",
        "currency": "KZT",
        "period": "quarter",
        "subject": "participant",
    }
    assert shown["changes"] == [{"rule": "cap", "from": "none", "to": cap}]
    assert (shown["trial_sha256"], shown["effective"]) == ("ab" * 32, "2026-11-25")


def test_a_second_set_is_compared_with_the_one_in_force() -> None:
    running = Ruled(CAP, attrs.evolve(CAP, name="same"), attrs.evolve(CAP, name="old"))
    changed = (
        attrs.evolve(CAP, amount=500),
        attrs.evolve(CAP, name="same"),
        attrs.evolve(CAP, name="new"),
    )
    shown = running.propose(proposal(rule_set(*changed, version=2, on=LATER)))["shown"]
    assert shown["from"] == {
        "version": 1,
        "effective_on": "2026-11-25",
        "rates": {
            "currency": "KZT",
            "as_of": "2026-11-20",
            "source": "test",
            "units": {"RUB": "0.2"},
        },
    }
    assert [(one["rule"], one["from"] == "none", one["to"] == "none") for one in shown["changes"]
            ] == [("cap", False, False), ("old", False, True), ("new", True, False)]  # fmt: skip
    assert [shown["changes"][0][side]["amount"] for side in ("from", "to")] == ["3.00", "5.00"]
    assert shown["trial_sha256"] == "none named"


def test_a_set_without_rates_in_force_is_named_without_them() -> None:
    running = Operated()
    eligible = PolicyRules(1, TOMORROW, ())
    assert running.agree(proposal(eligible)) == ReasonCode.NONE
    running.come_to(NOON + DAY)
    shown = running.propose(proposal(rule_set(CAP, version=2, on=LATER)))["shown"]
    assert shown["from"] == {"version": 1, "effective_on": "2026-11-25"}


def test_a_set_applies_from_the_start_of_its_day() -> None:
    running = Operated()
    assert running.agree(proposal(rule_set(CAP))) == ReasonCode.NONE
    assert running.system.policy.rules is None
    running.come_to(NOON + DAY)
    assert running.system.policy.rules == rule_set(CAP)


def test_a_set_without_rules_ends_them() -> None:
    running = Ruled(CAP)
    assert running.agree(proposal(rule_set(version=2, on=LATER))) == ReasonCode.NONE
    assert running.system.policy.is_active
    running.come_to(NOON + 2 * DAY)
    assert not running.system.policy.is_active
    assert running.system.policy.rules == rule_set(version=2, on=LATER)
    running.restart()
    assert reason_of(proposal(rule_set(CAP, version=2, on=LATER + _DAY)), running) == (
        ReasonCode.VERSION_NOT_NEW
    )


_DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"policy_rules": None}, ReasonCode.FIELD_MISSING),
        ({"policy_rules": {}}, ReasonCode.FIELD_MALFORMED),
        ({"trial_sha256": "ab" * 31}, ReasonCode.FIELD_MALFORMED),
        ({"trial_sha256": "AB" * 32}, ReasonCode.FIELD_MALFORMED),
        ({"effective_on": None}, ReasonCode.FIELD_MISSING),
        ({"effective_on": LATER.isoformat()}, ReasonCode.FIELD_MALFORMED),
        ({"participant": BANKS[0]}, ReasonCode.FIELD_MALFORMED),
    ],
)
def test_what_is_refused(changes: dict[str, Any], reason: ReasonCode) -> None:
    assert reason_of(attrs.evolve(proposal(rule_set(CAP)), **changes)) == reason


def test_a_version_is_taken_once() -> None:
    running = Ruled(CAP)
    for version, reason in ((0, ReasonCode.FIELD_MALFORMED), (1, ReasonCode.VERSION_NOT_NEW)):
        action = proposal(rule_set(CAP, version=1, on=LATER))
        document = {**action.policy_rules, "version": version}  # type: ignore[dict-item]
        assert reason_of(attrs.evolve(action, policy_rules=document), running) == reason
    assert reason_of(proposal(rule_set(CAP, version=2, on=LATER)), running) == ReasonCode.NONE


def test_a_day_on_which_nothing_settles_is_refused() -> None:
    saturday = datetime.date(2026, 11, 28)
    for date in (saturday, TOMORROW - _DAY):
        assert reason_of(proposal(rule_set(CAP, on=date))) == ReasonCode.NO_BUSINESS_DAY


def test_only_the_operator_proposes() -> None:
    body = Operated().propose(proposal(rule_set(CAP)), CLARA)
    assert body["reason"] == ReasonCode.SECOND_PERSON_NEEDED


def test_every_currency_of_the_system_needs_a_rate() -> None:
    without = attrs.evolve(rule_set(CAP), rates=())
    assert reason_of(proposal(without)) == ReasonCode.RATE_MISSING
    usd = find_currency("USD")
    assert lacks_rates(without, [KZT, RUB]) == ("RUB",)
    assert lacks_rates(without, [KZT]) == ()
    assert lacks_rates(rule_set(attrs.evolve(CAP, currency=usd)), [KZT]) == ("USD",)
    assert lacks_rates(attrs.evolve(rule_set(), rates=()), [KZT, RUB]) == ()
    bare = PolicyRules(1, TOMORROW, (CAP,))
    assert (lacks_rates(bare, [KZT]), lacks_rates(bare, [KZT, RUB])) == ((), ("RUB",))


def test_a_currency_that_opens_before_the_day_stops_a_set_without_its_rate() -> None:
    running = Ruled(CAP)
    number = running.propose(proposal(rule_set(CAP, version=2, on=LATER)))["proposal"]
    assert running.approve(number) == ReasonCode.NONE
    opened = Action("open_account", participant=BANKS[0], currency="USD")
    assert running.agree(opened) == ReasonCode.NONE
    running.come_to(NOON + 2 * DAY)
    assert running.system.policy.rules == rule_set(CAP)


def test_totals_go_on_under_the_next_set() -> None:
    running = Ruled(CAP)
    from tests.system.policy.test_enforcement import amounts

    running.submit(amounts(300))
    higher = attrs.evolve(CAP, amount=400, action=PolicyAction.REJECT)
    assert running.agree(proposal(rule_set(higher, version=2, on=LATER))) == ReasonCode.NONE
    running.come_to(NOON + 2 * DAY)
    assert running.accepted(amounts(101, 100, first=1)) == [int(ReasonCode.CAP_EXCEEDED), 0]


def test_two_rates_of_one_currency_are_refused() -> None:
    from skontro.model import InputError

    with pytest.raises(InputError, match="a currency has two rates"):
        attrs.evolve(rule_set(CAP), rates=RATES * 2)
    with pytest.raises(InputError, match="rates need a currency of account"):
        PolicyRules(1, TOMORROW, (CAP,), rates=RATES)
