"""Words of the API as the numbers of the engine, and actions of two people, field by field."""

import datetime
import json
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from skontro.engine import (
    ANY_TIME_AFTER,
    ANY_TIME_BEFORE,
    COMMAND,
    CommandKind,
    to_records,
    uetr_bytes,
)
from skontro.model import Algorithm, PaymentClass, PaymentType, Rulebook, to_timestamp
from skontro.service.api.order_mapper import OrderMapper
from skontro.service.api.order_schemas import OrderIn
from skontro.service.api.problems import Problem
from skontro.service.api.proposal_schemas import ActionIn, read_action
from skontro.service.auth.credentials import Identity
from skontro.system import ACCEPTED, NO_SCREENING, OPERATOR, Rules
from skontro.system.acceptance import day_number
from tests.service.systems import ALWAYS, BANKS, CURRENCIES, directory, order

BANK = Identity("Person", BANKS[0], 0, "participant")
MOMENTS = ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00.000001+00:00")


class OrderIndex:
    """Orders by UETR: their numbers in the engine."""

    def __init__(self, **numbers: int) -> None:
        self.numbers = {uetr_bytes(uetr): number for uetr, number in numbers.items()}

    def index_of(self, uetr: bytes) -> int | None:
        return [*self.numbers].index(uetr) if uetr in self.numbers else None

    def order(self, index: int) -> dict[str, Any]:
        return {"number": [*self.numbers.values()][index]}


def a_mapper(order_index: Any = None, view: Any = None) -> OrderMapper:
    shown = view or SimpleNamespace(directory=directory())
    return OrderMapper(
        Rules("Test", directory(), Rulebook(), ALWAYS, screening=NO_SCREENING),
        order_index,
        lambda: shown,
    )


def row_of(**fields: object) -> Any:
    sent = order(0, 2, "12.34", "RUB", **fields)
    (row,) = to_records(a_mapper().reader.read_one(json.dumps(sent).encode(), BANK).commands)
    return OrderIn.model_validate(sent), row


def values(row: Any) -> list[Any]:
    return [
        value.tobytes() if isinstance(value, np.void) else value
        for value in (row[name] for name in COMMAND.names or ())
    ]


def test_an_order_by_its_numbers() -> None:
    sent, row = row_of()
    assert values(row) == [
        int(CommandKind.SUBMIT),
        ACCEPTED,
        0,
        3,
        5,
        1234,
        int(PaymentClass.NORMAL),
        int(PaymentType.CUSTOMER),
        -1,
        ANY_TIME_BEFORE,
        ANY_TIME_AFTER,
        0,
        uetr_bytes(sent.uetr),
        bytes(16),
        -1,
        -1,
        0,
        bytes(32),
        0,
        0,
        bytes(32),
        bytes(32),
        0,
    ]
    terms = {"payer": BANKS[2], "payee": BANKS[1], "currency": "KZT", "amount": "5.60"}
    counterleg = str(order()["uetr"])
    rest = {"payment_class": "urgent", "payment_type": "interbank", "value_date": "2026-11-25"}
    times = {"earliest_at": MOMENTS[0], "latest_at": MOMENTS[1]}
    sent, row = row_of(counterleg=counterleg, counterleg_terms=terms, **rest, **times)
    first = to_timestamp(datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC))
    assert values(row) == [
        int(CommandKind.SUBMIT_LEG),
        ACCEPTED,
        0,
        3,
        5,
        1234,
        int(PaymentClass.URGENT),
        int(PaymentType.INTERBANK),
        -1,
        first,
        first + 1,
        day_number(datetime.date(2026, 11, 25)),
        uetr_bytes(sent.uetr),
        uetr_bytes(counterleg),
        2,
        1,
        560,
        bytes(32),
        0,
        0,
        bytes(32),
        bytes(32),
        0,
    ]
    _, row = row_of(counterleg=counterleg)
    assert values(row)[-10:-6] == [uetr_bytes(counterleg), -1, -1, 0]


def test_currencies_and_accounts_follow_the_directory() -> None:
    view = SimpleNamespace(directory=directory())
    mapper = a_mapper(view=view)
    first = mapper.currencies
    assert sorted(first) == sorted(CURRENCIES)
    assert mapper.currencies is first
    assert mapper.accounts_of(BANKS[1]) == [1, 4]
    view.directory = directory(banks=BANKS[1:])
    assert mapper.currencies is not first
    assert mapper.currencies is mapper.currencies
    assert mapper.accounts_of(BANKS[1]) == [0, 2]
    assert mapper.account(BANKS[2], "RUB") == 3
    with pytest.raises(Problem, match=f"{BANKS[0]} has no settlement account in RUB"):
        mapper.account(BANKS[0], "RUB")


def test_orders_by_uetr_and_by_number() -> None:
    first, second, third = (str(order()["uetr"]) for _ in range(3))
    mapper = a_mapper(OrderIndex(**{first: 0, second: -1}))
    assert (mapper.index_of(first), mapper.index_of(second), mapper.number_of(first)) == (0, 1, 0)
    for uetr, status, detail in (
        (second, 409, f"order {second} has not asked for settlement"),
        (third, 404, f"no order {third} is known"),
    ):
        with pytest.raises(Problem) as refused:
            mapper.number_of(uetr)
        assert (refused.value.status, refused.value.detail) == (status, detail)


@pytest.mark.parametrize(
    ("side", "sees"), [(BANKS[0], True), (BANKS[1], True), (BANKS[2], False), (OPERATOR, True)]
)
def test_an_order_is_the_business_of_its_two_sides_and_the_operator(side: str, sees: bool) -> None:
    sent = {"payer": 0, "payee": 1}
    assert a_mapper().may_see(Identity("Person", side, 0, "viewer"), sent) == sees


EXAMPLES: dict[str, Any] = json.loads(
    files("skontro.service.api").joinpath("openapi_examples.json").read_text()
)["operations"]["propose"]["requests"]
ADMISSION = next(one for one in EXAMPLES.values() if one["kind"] == "admit")
EXAMPLES["of a bank with an LEI"] = ADMISSION | {"lei": "5493006MHB84DD0ZWV18"}


class AnyMapper:
    """A mapper at which everybody has accounts, and that notes what was looked for."""

    def __init__(self) -> None:
        self.currencies = {c.code: c for c in directory().currencies}
        self.asked: list[Any] = []
        self.directory: Any = self

    def __contains__(self, bic: str) -> bool:
        self.asked.append(bic)
        return True

    def account(self, bic: str, currency: str) -> int:
        self.asked.append((bic, currency))
        return 0

    def number_of(self, uetr: str) -> int:
        self.asked.append(uetr)
        return 7

    def index_of(self, uetr: str) -> int:
        self.asked.append(uetr)
        return 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_field_of_an_action_is_read(name: str) -> None:
    given = dict(EXAMPLES[name])
    mapper: Any = AnyMapper()
    mapper.currencies = dict.fromkeys((given.get("currency"), "KZT"), mapper.currencies["KZT"])
    action = read_action(mapper, ActionIn.model_validate_json(json.dumps(given)))
    found = {
        field: value
        for field in ActionIn.model_fields
        if (value := getattr(action, field)) is not None
    }
    wanted = dict(given)
    if "amount" in given:
        wanted["amount"] = round(float(given["amount"]) * 100)
    if "until" in given:
        wanted["until"] = to_timestamp(datetime.datetime.fromisoformat(given["until"]))
    if "algorithm" in given:
        wanted["algorithm"] = int(Algorithm[given["algorithm"].upper()])
    if "currencies" in given:
        wanted["currencies"] = tuple(given["currencies"])
    assert found == wanted
    assert action.order == (7 if name == "cancel" else None)
    assert (given.get("uetr") in mapper.asked) == ("uetr" in given)
    known = [given[field] for field in ("participant", "counterparty") if field in given]
    if given["kind"] in ("admit", "open_account"):
        known = []
    looked = [one for one in mapper.asked if one != given.get("uetr")]
    pairs = [(bic, given["currency"]) for bic in known if "currency" in given]
    assert sorted(map(str, looked)) == sorted(map(str, known + pairs))


def test_every_field_of_an_action_is_in_one_of_the_examples() -> None:
    assert {field for one in EXAMPLES.values() for field in one} == {*ActionIn.model_fields}


def refused(**wish: object) -> Problem:
    with pytest.raises(Problem) as problem:
        read_action(a_mapper(), ActionIn.model_validate_json(json.dumps(wish)))
    return problem.value


def test_actions_about_what_is_not_there_are_refused() -> None:
    line = {"kind": "set_credit_line", "participant": BANKS[0], "currency": "KZT", "amount": "1"}
    for wrong, detail in (
        ({"currency": "TJS"}, "no account is held in TJS"),
        ({"participant": "ZZZZKZK0"}, "ZZZZKZK0 is not a participant"),
    ):
        problem = refused(**line | wrong)
        assert (problem.status, problem.detail) == (404, detail)
    problem = refused(**line | {"amount": "1.005"})
    assert (problem.status, problem.title) == (422, "Amount cannot be read")
    limit = {"kind": "set_bilateral_limit", "participant": BANKS[0], "currency": "KZT"}
    assert refused(**limit, counterparty="ZZZZKZK0").detail == "ZZZZKZK0 is not a participant"


def test_fields_that_a_kind_does_not_have_are_named_with_those_that_it_has() -> None:
    problem = refused(kind="suspend", participant=BANKS[0], role="viewer", currency="KZT")
    assert (problem.status, problem.title) == (422, "Action cannot be read")
    assert [(one["pointer"], one["reason"], one["detail"]) for one in problem.errors or []] == [
        ("/currency", "FIELD_MALFORMED", "not taken by this kind"),
        ("/role", "FIELD_MALFORMED", "not taken by this kind"),
    ]
    assert problem.detail == "suspend needs participant and takes effective_on"
    problem = refused(kind="set_net_sender_limit", participant=BANKS[0])
    assert [(one["pointer"], one["reason"], one["detail"]) for one in problem.errors or []] == [
        ("/currency", "FIELD_MISSING", "needed")
    ]
    assert problem.detail == "set_net_sender_limit needs participant, currency and takes amount"
    assert refused(kind="cancel").detail == "cancel needs uetr and takes nothing else"
