"""The whole of what people are shown before they approve it, kind by kind; and what follows."""

import json
from typing import Any

import attrs
import numpy as np
import pytest

from skontro.engine import CommandKind, from_records, to_records
from skontro.model import Algorithm, BilateralLimit, InputError, ParticipantDirectory
from skontro.system import Action, Decision, DecisionKind, SettlementSystem
from skontro.system.four_eyes import Person
from skontro.system.rulebook_document import rulebook_from_document
from skontro.system.steps import opening_commands
from skontro.system.warehouse import Warehouse
from tests.service.systems import BANKS, DAY, NOON, directory
from tests.system.test_membership_actions import ADMISSION, BORIS, CREDENTIALS, NEW, RULES, Running
from tests.system.test_warehouse import rows_of

_COMMON = {"system", "proposal", "action", "proposed_by", "proposed_at", "lapses_at", "effective"}
_FIRST = {"bic": BANKS[0], "name": "Bank AAAA"}
_SECOND = {"bic": BANKS[1], "name": "Bank BBBB"}
_DATED = {"effective_on": "2026-11-25"}
_OPENING = "with the opening of each business day from then on"


@pytest.fixture(scope="module")
def running() -> Running:
    running = Running()
    running.agree("set_credit_line", participant=BANKS[1], currency="RUB", amount=5)
    running.agree("set_standing_net_sender_limit", participant=BANKS[0], currency="KZT", amount=9)
    assert running.submit((BANKS[0], "KZT"), BANKS[1], 123_456) == "QUEUED"
    return running


def _uetr(running: Running) -> str:
    return running.system.order_columns.terms(0)["uetr"].tobytes().hex()


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"kind": "admit", **ADMISSION},
            {
                "participant": {"bic": NEW, "name": "Bank of the Pamir", "lei": None},
                "country": {"code": "TJK", "name": "Tajikistan"},
                "accounts": [
                    {"currency": "TJS", "balance": "0.00 TJS"},
                    {"currency": "KZT", "balance": "0.00 KZT"},
                ],
                "from": "no participant",
                "to": "participant",
            },
        ),
        (
            {"kind": "open_account", "participant": BANKS[0], "currency": "XOF"},
            {
                "account": {"participant": _FIRST, "currency": "XOF"},
                "from": "no account",
                "to": "0 XOF",
            },
        ),
        (
            {"kind": "exit", "participant": BANKS[1], **_DATED},
            {
                "participant": _SECOND,
                "balances": ["10.00 KZT", "10.00 RUB"],
                "from": "participant",
                "to": "left: credit balances are paid out; orders warehoused or held for it or by "
                "it are rejected",
            },
        ),
        (
            {"kind": "set_rulebook", "rulebook": {"offset_on_entry": True}, **_DATED},
            {"from": {}, "to": {"offset_on_entry": True}},
        ),
        (
            {"kind": "set_standing_net_sender_limit", "participant": BANKS[0], "currency": "KZT"},
            {
                "account": {"participant": _FIRST, "currency": "KZT"},
                "from": "0.09 KZT",
                "to": "no limit",
                "in_force": _OPENING,
            },
        ),
        (
            {
                "kind": "set_standing_bilateral_limit",
                "participant": BANKS[0],
                "currency": "KZT",
                "counterparty": BANKS[1],
                "amount": 3,
            },
            {
                "account": {"participant": _FIRST, "currency": "KZT"},
                "counterparty": _SECOND,
                "from": "no limit",
                "to": "0.03 KZT",
                "in_force": _OPENING,
            },
        ),
        (
            {"kind": "set_bilateral_limit", "participant": BANKS[0], "currency": "KZT",
             "counterparty": BANKS[1], "amount": 0},
            {
                "account": {"participant": _FIRST, "currency": "KZT"},
                "counterparty": _SECOND,
                "from": "no limit",
                "to": "0.00 KZT",
            },
        ),
        (
            {"kind": "suspend", "participant": BANKS[1]},
            {"participant": _SECOND, "from": "active", "to": "suspended"},
        ),
        (
            {"kind": "confirm_clock", "until": NOON},
            {"clock": {"local": "2026-11-24T12:00:00+00:00", "utc": "2026-11-24T12:00:00Z"}},
        ),
        (
            {"kind": "offset", "algorithm": int(Algorithm.ALL_OR_NOTHING)},
            {"algorithm": "all_or_nothing"},
        ),
        (
            {"kind": "remove_person", "participant": BANKS[1], "person": "Clara"},
            {"participant": _SECOND, "person": "Clara", "from": {"keys": ["C"]}, "to": "nobody"},
        ),
        (
            {"kind": "revoke_key", "participant": BANKS[1], "key_id": "C"},
            {
                "participant": _SECOND,
                "key_id": "C",
                "from": {"person": "Clara", "public_key": f"{1:064x}"},
                "to": "nobody",
            },
        ),
        (
            {"kind": "replace_token", "person": "Boris", "token_sha256": "ab" * 32},
            {
                "person": "Boris",
                "from": {"role": "operator", "token_sha256": f"{1:064x}"},
                "to": {"role": "operator", "token_sha256": "ab" * 32},
            },
        ),
        (
            {"kind": "add_operator", "person": "Olga", "role": "viewer", "token_sha256": "ab" * 32},
            {
                "person": "Olga",
                "from": "nobody",
                "to": {"role": "viewer", "token_sha256": "ab" * 32},
            },
        ),
    ],
)  # fmt: skip
def test_the_whole_document(
    running: Running, fields: dict[str, Any], shown: dict[str, Any]
) -> None:
    assert running.propose(Action(**fields)) == "NONE"
    document = json.loads(running.system.four_eyes.open[-1].shown)
    assert {name: document[name] for name in document.keys() - _COMMON} == shown
    assert document["effective"] == fields.get("effective_on", "at once")


def test_an_order_is_shown_before_it_is_cancelled(running: Running) -> None:
    uetr = _uetr(running)
    for named, number, reason in (
        ("0" * 32, 0, "ORDER_UNKNOWN"),
        (uetr, 1, "ORDER_UNKNOWN"),
        (uetr, 0, "NONE"),
    ):
        assert running.propose(Action("cancel", uetr=named, order=number)) == reason
    shown = json.loads(running.system.four_eyes.open[-1].shown)
    assert shown["order"] == {
        "uetr": uetr,
        "amount": "1234.56 KZT",
        "payer": _FIRST,
        "payee": _SECOND,
    }
    assert (shown["from"], shown["to"]) == ("waiting", "cancelled")


def test_a_name_is_of_one_side_and_a_key_id_of_nobody_else() -> None:
    """Two people of two participants may have one name; each is shown its own keys."""
    keys = (*CREDENTIALS.keys, attrs.evolve(CREDENTIALS.keys[0], id="D", participant=BANKS[0],
                                            public_key=f"{7:064x}"))  # fmt: skip
    running = Running()
    running.system = SettlementSystem(
        attrs.evolve(RULES, credentials=attrs.evolve(CREDENTIALS, keys=keys))
    )
    running.go_to(NOON)
    batch = running.agree("remove_person", participant=BANKS[0], person="Clara")
    assert json.loads(batch.body)["shown"]["from"] == {"keys": ["D"]}
    assert [key.id for key in running.system.credentials.keys] == ["C"]


def test_all_that_an_exit_does() -> None:
    """Credit ends where there was some, money goes out where there is some, proposals lapse."""
    running = Running()
    leaver = BANKS[1]
    running.agree("set_credit_line", participant=leaver, currency="RUB", amount=5)
    running.agree("transfer_out", participant=leaver, currency="KZT", amount=1_000)
    running.agree("exit", participant=leaver, effective_on="2026-11-25")
    wish = Action("set_net_sender_limit", participant=leaver, currency="KZT", amount=5)
    running.system.decide(
        running.now, Decision(DecisionKind.PROPOSE, Person("Clara", leaver), wish)
    )
    assert len(running.system.four_eyes.open) == 1
    running.go_to(NOON + DAY - 3 * 3_600_000_000)
    started = next(b for b in running.steps if '"agreed"' in b.body)
    number = running.system.directory.account_number(leaver, "RUB")
    rows = [
        (int(r["kind"]), int(r["payer"]), int(r["amount"])) for r in to_records(started.commands)
    ]
    assert rows == [
        (int(CommandKind.SET_CREDIT_LINE), number, 0),
        (int(CommandKind.TRANSFER_OUT), number, 1_000),
    ]
    assert running.system.four_eyes.open == ()
    assert running.system.suspended == []
    assert running.submit((BANKS[0], "RUB"), leaver, 1) == "PARTICIPANT_LEFT"


def test_a_day_opens_with_what_the_directory_has() -> None:
    accounts = [*directory(7).accounts]
    accounts[1] = attrs.evolve(
        accounts[1],
        reserved_urgent=4,
        reserved_high=3,
        net_sender_limit=0,
        bilateral_limits=(BilateralLimit(BANKS[2], 9),),
    )
    rows = to_records(
        opening_commands(ParticipantDirectory(directory().participants, accounts), 77)
    )
    names = ("kind", "payer", "payee", "amount", "payment_class")
    assert [tuple(int(row[name]) for name in names) for row in rows] == [
        (int(CommandKind.OPEN_DAY), -1, -1, 0, -1),
        (int(CommandKind.SET_RESERVATION), 1, -1, 4, 0),
        (int(CommandKind.SET_RESERVATION), 1, -1, 3, 1),
        (int(CommandKind.SET_NET_SENDER_LIMIT), 1, -1, 0, -1),
        (int(CommandKind.SET_BILATERAL_LIMIT), 1, 2, 9, -1),
    ]
    assert (rows["time"] == 77).all()


_PRICED = {
    "currency": "KZT",
    "aggregate_short_position": "100.00",
    "prices": [{"currency": "RUB", "price": "5", "haircut": "0.1"}],
}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"bypass": {"depth": 10**18}}, "more than 18 digits"),
        ({"bypass": {"depth": -(10**18)}}, "more than 18 digits"),
        ({"bypass": {"depth": True}}, "True is not a whole number"),
        ({"offsetting": [{"algorithm": "all_or_nothing", "at": [12]}]}, "12 is not text"),
        ({"offsetting": [{"algorithm": "all_or_nothing", "every": 15}]}, "15 is not text"),
        ({"position_limits": _PRICED | {"zone": 1, "limit": 2}}, "unknown key 'limit'"),
        ({"position_limits": _PRICED | {"currency": 398}}, "398 is not text"),
        ({"position_limits": _PRICED | {"aggregate_short_position": True}}, "True is not text"),
        ({"position_limits": _PRICED | {"aggregate_short_position": 1.5}}, "1.5 is not text"),
    ],
)
def test_parts_of_rulebooks_that_are_refused(document: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        rulebook_from_document(document)


def test_gaps_are_closed_only_where_they_are_most_of_it() -> None:
    warehouse = Warehouse()
    numbers = [number.to_bytes(16, "big") for number in range(1_025)]
    warehouse.add(from_records(rows_of([(uetr, 9) for uetr in numbers[:1_024]])))
    for uetr in numbers[:512]:
        assert warehouse.cancel(uetr)
    # Half of it waits: that is not less than half, so it grows and the gaps stay.
    warehouse.add(from_records(rows_of([(numbers[1_024], 9)])))
    assert (warehouse._used, len(warehouse), len(warehouse._rows)) == (1_025, 513, 2_050)
    assert np.array_equal(warehouse._waits[:1_025], np.arange(1_025) >= 512)
    fewer = Warehouse()
    fewer.add(from_records(rows_of([(uetr, 9) for uetr in numbers[:1_024]])))
    for uetr in numbers[:513]:
        assert fewer.cancel(uetr)
    fewer.add(from_records(rows_of([(numbers[1_024], 9)])))
    assert (fewer._used, len(fewer), len(fewer._rows)) == (512, 512, 1_024)


def test_persons_of_the_operator_decide(running: Running) -> None:
    assert running.system.credentials.may_decide(BORIS)
    assert not running.system.credentials.may_decide(Person("Boris", BANKS[0]))
    assert not running.system.credentials.may_decide(Person("Clara", BANKS[0]))
