"""Fields that the Travel Rule asks for: each one that is missing is named."""

from typing import Any

import pytest

from skontro.model import NO_DETAILS, Party, PaymentDetails
from skontro.system import missing_information
from skontro.system.screening_policy import TRAVEL_RULE_COMPLETE
from skontro.system.travel_rule import travel_rule_column

FULL: dict[str, Any] = {"name": "Anna Kim", "account": "KZ1", "address": ["Abai 1"]}
REST = "address, birth_date and birth_place, or identifiers"


def details(debtor: dict[str, Any], creditor: dict[str, Any], **fields: Any) -> PaymentDetails:
    parties = [("debtor", Party(**debtor)), ("creditor", Party(**creditor))]
    return PaymentDetails(parties=[*parties, *fields.pop("agents", [])], **fields)


def missing(**changes: Any) -> tuple[str, ...]:
    """What is missing where the debtor has these fields and the creditor has all."""
    changed = {name: value for name, value in {**FULL, **changes}.items() if value}
    found = missing_information(details(changed, FULL))
    reversed_ = missing_information(details(FULL, changed))
    assert [one.replace("creditor", "debtor") for one in reversed_] == list(found)
    return found


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ()),
        ({"name": ""}, ("debtor.name",)),
        ({"account": ""}, ("debtor.account or end_to_end_id",)),
        ({"address": []}, (f"debtor.{REST}",)),
        ({"address": [], "birth_date": "1970-01-01"}, (f"debtor.{REST}",)),
        ({"address": [], "birth_place": "Almaty"}, (f"debtor.{REST}",)),
        ({"address": [], "birth_date": "1970-01-01", "birth_place": "Almaty"}, ()),
        ({"address": [], "identifiers": [("PASSPORT", "N1")]}, ()),
        (
            {"name": "", "account": "", "address": []},
            ("debtor.name", "debtor.account or end_to_end_id", f"debtor.{REST}"),
        ),
    ],
)
def test_each_missing_field_is_named(changes: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert missing(**changes) == expected


def test_a_reference_replaces_accounts() -> None:
    without = {**FULL, "account": ""}
    assert missing_information(details(without, without, end_to_end_id="E-1")) == ()
    assert len(missing_information(details(without, without, instruction_id="I-1"))) == 2


def test_both_customers_are_needed() -> None:
    assert missing_information(NO_DETAILS) == ("debtor", "creditor")
    only = PaymentDetails(parties=[("creditor", Party(**FULL))])
    assert missing_information(only) == ("debtor",)
    others = PaymentDetails(parties=[("ultimate_debtor", Party(**FULL))])
    assert missing_information(others) == ("debtor", "creditor")


@pytest.mark.parametrize(
    "role", ["debtor_agent", "intermediary_agent_2", "underlying_debtor_agent"]
)
@pytest.mark.parametrize(
    ("identifiers", "is_enough"),
    [([], False), ([("OTHER", "X")], False), ([("BIC", "X")], True), ([("LEI", "X")], True)],
)
def test_an_agent_that_is_named_has_an_identifier(
    role: str, identifiers: list[tuple[str, str]], is_enough: bool
) -> None:
    agent = (role, Party(name="A bank", identifiers=identifiers))
    expected = () if is_enough else (f"{role}.identifiers (BIC or LEI)",)
    assert missing_information(details(FULL, FULL, agents=[agent])) == expected


def test_parties_that_are_no_agents_need_no_bank_identifier() -> None:
    party = ("ultimate_creditor", Party(name="Anna Kim"))
    assert missing_information(details(FULL, FULL, agents=[party])) == ()


def test_the_column_says_whether_all_is_there() -> None:
    assert travel_rule_column(details(FULL, FULL)) == TRAVEL_RULE_COMPLETE == 1
    assert travel_rule_column(details(FULL, {})) == travel_rule_column(NO_DETAILS) == 0
