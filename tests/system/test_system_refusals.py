"""What the system refuses, at exact limits, with a reason or one plain line."""

import base64
import datetime
import json
from decimal import Decimal
from typing import Any

import attrs
import pytest

from skontro.engine import CommandKind, Engine, command, join
from skontro.model import (
    MAX_AMOUNT,
    Algorithm,
    BilateralLimit,
    Collateral,
    InputError,
    InvariantBroken,
    ParticipantDirectory,
    ReasonCode,
    Rulebook,
    ScheduledRuns,
)
from skontro.system import (
    Action,
    Batch,
    BatchKind,
    Decision,
    DecisionKind,
    Rules,
    SettlementSystem,
    settlement_system,
)
from skontro.system.acceptance import day_number
from skontro.system.action import given
from skontro.system.business_day import BusinessDayClock
from skontro.system.credentials import Credentials, Key, Operator, check_key_id
from skontro.system.four_eyes import MAX_OF_OPERATORS_PERSON, FourEyes, Person, Proposal
from skontro.system.membership import Membership
from skontro.system.steps import MAX_OF_TABLE, Step, StepKind, decode_clock_changes
from tests.service.systems import BANKS, DAY, MINUTE, NOON, OFFICE_HOURS, directory
from tests.system.test_calendar_actions import MOSCOW, agreed, begun, steps_until
from tests.system.test_four_eyes import ANNA, BORIS, CLARA, LIMIT, LINE, Operated
from tests.system.test_membership_actions import ADMISSION, RULES, Running

_TODAY = day_number(datetime.date(2026, 11, 24))
_ACCOUNT = {"participant": BANKS[0], "currency": "KZT"}


@pytest.fixture(scope="module")
def operated() -> Operated:
    """For tests that leave it as it is but for proposals."""
    return Operated()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "set_credit_line", "amount": MAX_AMOUNT}, "NONE"),
        ({"kind": "set_credit_line", "amount": MAX_AMOUNT + 1}, "AMOUNT_TOO_LARGE"),
        ({"kind": "set_credit_line", "amount": 0}, "NONE"),
        ({"kind": "set_credit_line", "amount": -1}, "AMOUNT_NEGATIVE"),
        ({"kind": "transfer_in", "amount": 1}, "NONE"),
        ({"kind": "transfer_in", "amount": -1}, "AMOUNT_NOT_POSITIVE"),
        ({"kind": "transfer_out", "amount": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"kind": "set_net_sender_limit"}, "NONE"),
        ({"kind": "set_net_sender_limit", "amount": 0}, "NONE"),
        ({"kind": "set_bilateral_limit", "counterparty": "ZZZZKZK0"}, "UNKNOWN_PARTICIPANT"),
        ({"kind": "set_bilateral_limit", "counterparty": BANKS[1], "currency": "USD"},
         "NO_SETTLEMENT_ACCOUNT"),
        ({"kind": "set_credit_line", "amount": 1, "effective_on": "soon"}, "FIELD_MALFORMED"),
        ({"kind": "set_credit_line", "amount": 1, "effective_on": "2027-11-25"}, "NONE"),
        ({"kind": "set_credit_line", "amount": 1, "effective_on": "2027-11-26"},
         "VALUE_DATE_TOO_FAR"),
        ({"kind": "set_net_sender_limit", "effective_on": "2026-11-25"}, "FIELD_MALFORMED"),
    ],
)  # fmt: skip
def test_amounts_parties_and_dates_at_their_limits(
    operated: Operated, fields: dict[str, Any], reason: str
) -> None:
    body = operated.propose(Action(**(_ACCOUNT | fields)))
    assert ReasonCode(body["reason"]).name == reason
    assert (body["proposal"] >= 0) == (reason == "NONE")
    if reason == "NONE":
        assert operated.reject(body["proposal"], ANNA) == ReasonCode.NONE


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "extend", "step": "seal", "until": NOON + 9 * 60 * MINUTE}, "NOTHING_TO_EXTEND"),
        ({"kind": "extend", "step": "customer_cut_off", "currency": "XXX", "until": NOON + DAY},
         "UNKNOWN_CURRENCY"),
        ({"kind": "withdraw_extension", "step": "end_of_day"}, "NOTHING_TO_CHANGE"),
        ({"kind": "offset", "algorithm": int(Algorithm.MAXIMUM_VALUE)}, "UNKNOWN_ALGORITHM"),
        ({"kind": "offset", "algorithm": 0}, "UNKNOWN_ALGORITHM"),
        ({"kind": "cancel", "order": -1, "uetr": "0" * 32}, "ORDER_UNKNOWN"),
        ({"kind": "suspend", "participant": "ZZZZKZK0"}, "UNKNOWN_PARTICIPANT"),
        ({"kind": "resume", "participant": BANKS[0], "effective_on": "2026-11-25"}, "NONE"),
        ({"kind": "add_key", "participant": BANKS[0], "person": "X", "key_id": "x",
          "public_key": "0g" * 32}, "FIELD_MALFORMED"),
        ({"kind": "add_key", "participant": BANKS[0], "person": " ", "key_id": "x",
          "public_key": "0a" * 32}, "FIELD_MALFORMED"),
        ({"kind": "replace_key", "participant": BANKS[0], "key_id": "none",
          "public_key": "0a" * 32}, "NOTHING_TO_CHANGE"),
        ({"kind": "replace_token", "person": "Nobody", "token_sha256": "0a" * 32},
         "NOTHING_TO_CHANGE"),
        ({"kind": "remove_person", "person": "Nobody"}, "NOTHING_TO_CHANGE"),
    ],
)  # fmt: skip
def test_hours_orders_and_persons(operated: Operated, fields: dict[str, Any], reason: str) -> None:
    body = operated.propose(Action(**fields))
    assert ReasonCode(body["reason"]).name == reason


def test_an_act_without_what_it_is_about(operated: Operated) -> None:
    for kind in (DecisionKind.PROPOSE, DecisionKind.REVOKE):
        with pytest.raises(InputError, match="a proposal needs an action"):
            operated.decide(kind, ANNA)
    operated.propose(LINE)
    body = json.loads(operated.decide(DecisionKind.APPROVE, BORIS, hash="").body)
    assert (body["proposal"], body["reason"]) == (-1, int(ReasonCode.PROPOSAL_UNKNOWN))
    assert len(operated.system.four_eyes.open) > 0
    with pytest.raises(InvariantBroken, match="one is missing"):
        given(None)
    assert given(0) == 0


def test_a_time_that_does_not_come_after_the_last_one() -> None:
    operated = Operated()  # its own: the day goes on in it
    running, now = operated.system, int(operated.system.last_time)
    row = command(CommandKind.SUBMIT, 0, payer=0, payee=1, amount=1, payment_class=2)
    request = command(CommandKind.CANCEL, 0, order=0)
    before = running.snapshot()
    for refused in (
        lambda: running.orders(now, row),
        lambda: running.request(now, request),
        lambda: running.decide(now, Decision(DecisionKind.PROPOSE, ANNA, LINE)),
        lambda: running.commit_to_state(now, 3),
    ):
        with pytest.raises(InputError, match=f"time {now} does not come after {now}"):
            refused()
    for rows in (request.part(0, 0), join([request, request]), row):
        with pytest.raises(InputError, match="needs two people or is not a request"):
            running.request(now + 1, rows)
    assert running.snapshot() == before
    assert running.step(now) is None
    # A step that is due is refused at that time too.
    due = running.clock.next_step(now).due
    running.request(due, request)
    before = running.snapshot()
    with pytest.raises(InputError, match=f"time {due} does not come after {due}"):
        running.step(due)
    assert running.snapshot() == before
    assert running.step(due + 1) is not None


@pytest.mark.parametrize("kind", [BatchKind.STEP, BatchKind.GENESIS, BatchKind.SNAPSHOT])
def test_a_batch_that_nothing_gives_is_not_replayed(operated: Operated, kind: BatchKind) -> None:
    time = int(operated.system.last_time) + 1
    with pytest.raises(InvariantBroken, match=f"no step is due at {time}"):
        operated.system.replay(Batch(kind, time))


def test_room_in_the_warehouse_to_the_last_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_system, "MAX_WAREHOUSED", 2)
    running = Running()
    pays = ((BANKS[0], "KZT"), BANKS[1], 1)
    for _ in range(2):
        assert running.submit(*pays, value_date=_TODAY + 1) == "WAREHOUSED"
    with pytest.raises(InputError, match="more than 2 orders wait"):
        running.submit(*pays, value_date=_TODAY + 1)
    assert len(running.system.warehouse) == 2
    assert running.submit(*pays) == "SETTLED"


def test_value_dates_at_their_limits() -> None:
    running = Running()
    running.system = SettlementSystem(attrs.evolve(RULES, most_days_ahead=9))
    running.go_to(NOON)
    pays = ((BANKS[0], "RUB"), BANKS[1], 1)
    for days, outcome in (
        (0, "SETTLED"),
        (-1, "NO_BUSINESS_DAY"),
        (1, "WAREHOUSED"),
        (9, "WAREHOUSED"),
        (10, "VALUE_DATE_TOO_FAR"),
    ):
        assert running.submit(*pays, value_date=_TODAY + days) == outcome
    running.go_to(NOON + 180 * MINUTE)
    assert running.submit(*pays, value_date=_TODAY) == "CUSTOMER_CUT_OFF_PASSED"
    # A cut-off is one of today's orders.
    assert running.submit(*pays, value_date=_TODAY + 1) == "WAREHOUSED"


def test_who_is_suspended_pays_nobody_and_is_paid_by_nobody() -> None:
    running = Running()
    running.agree("suspend", participant=BANKS[0])
    for payer, payee, refused in ((0, 1, True), (1, 0, True), (1, 2, False), (3, 4, True)):
        row = command(CommandKind.SUBMIT, 0, payer=payer, payee=payee, amount=1)
        row = row.evolve(payment_class=2)
        batch = running.system.orders(running.now, row)
        wanted = ReasonCode.PARTICIPANT_SUSPENDED if refused else 0
        assert batch.commands.column("acceptance").tolist() == [int(wanted)]
    # Accounts that there are not are nobody's: the engine refuses them.
    for payer, payee in ((-1, 1), (1, -1), (6, 1), (1, 6)):
        row = command(CommandKind.SUBMIT, 0, payer=payer, payee=payee, amount=1)
        row = row.evolve(payment_class=2)
        assert running.system.orders(running.now, row).commands.column("acceptance").tolist() == [0]


def test_a_credit_line_beside_collateral() -> None:
    pledged = Collateral("bonds", 1_000, Decimal("0.5"))
    accounts = [
        attrs.evolve(one, credit_line=300, collateral=(pledged,)) if number == 0 else one
        for number, one in enumerate(RULES.directory.accounts)
    ]
    members = ParticipantDirectory(RULES.directory.participants, accounts)
    running = Running()
    running.system = SettlementSystem(attrs.evolve(RULES, directory=members))
    running.go_to(NOON)
    for amount, before in ((700, "3.00 KZT"), (0, "7.00 KZT")):
        batch = running.agree("set_credit_line", amount=amount, **_ACCOUNT)
        assert json.loads(batch.body)["shown"]["from"] == before
        assert running.system.engine.credit_lines[0] == amount + 500
        assert (batch.commands.payer.tolist(), batch.commands.payee.tolist()) == ([0], [-1])


def test_what_is_moved_is_shown_with_both_balances() -> None:
    running = Running()
    for kind, balances in (
        ("transfer_in", ("10.00 KZT", "10.07 KZT")),
        ("transfer_out", ("10.07 KZT", "10.00 KZT")),
    ):
        shown = json.loads(running.agree(kind, amount=7, **_ACCOUNT).body)["shown"]
        assert shown["amount"] == "0.07 KZT"
        assert (shown["balance"]["from"], shown["balance"]["to"]) == balances


def _proposal(number: int, on: str | None = None, person: Person = ANNA) -> Proposal:
    return Proposal(number, person, attrs.evolve(LINE, effective_on=on), 0, 100, "{}")


def test_what_is_due_is_taken_in_the_order_of_agreement() -> None:
    four_eyes = FourEyes()
    for number, on in enumerate(("2026-11-26", "2026-11-27", "2026-11-25", "2026-11-26")):
        four_eyes.put_by(_proposal(number, on))
    four_eyes.withdraw_agreed(3)
    assert [one.number for one in four_eyes.take_due("2026-11-26")] == [0, 2]
    assert [one.number for one in four_eyes.agreed] == [1]
    assert FourEyes.from_document(four_eyes.to_document()).agreed == four_eyes.agreed


def test_only_the_last_thousand_are_remembered_as_lapsed() -> None:
    four_eyes = FourEyes()
    for number in range(1_002):
        four_eyes.add(_proposal(number, person=ANNA if number else CLARA))
    four_eyes.lapse_at(99)
    assert len(four_eyes.open) == 1_002
    four_eyes.lapse_of_side(BANKS[0])
    assert [one.number for one in four_eyes.open[:1]] == [1]
    four_eyes.lapse_at(100)
    for again in (four_eyes, FourEyes.from_document(four_eyes.to_document())):
        reasons = [
            again.decide(Decision(DecisionKind.REJECT, BORIS, proposal=number))[1].name
            for number in (-1, 0, 1, 2, 1_001, 1_002)
        ]
        assert reasons == [
            "PROPOSAL_UNKNOWN", "PROPOSAL_DECIDED", "PROPOSAL_DECIDED", "PROPOSAL_LAPSED",
            "PROPOSAL_LAPSED", "PROPOSAL_UNKNOWN",
        ]  # fmt: skip


def test_what_lapses_now_takes_no_room_any_more() -> None:
    operated = Operated()
    for _ in range(MAX_OF_OPERATORS_PERSON):
        operated.propose(LINE)
    operated.now = operated.system.four_eyes.open[0].lapses_at - 1
    assert operated.propose(LINE)["reason"] == 0


def test_clock_changes_are_a_table_of_bounded_length() -> None:
    longest = b"TZif" + bytes(MAX_OF_TABLE - 4)
    assert decode_clock_changes(base64.b64encode(longest).decode()) == longest
    for wrong in (longest + b"\0", b"TZi" + bytes(60), b""):
        with pytest.raises(InputError, match="are not a TZif file"):
            decode_clock_changes(base64.b64encode(wrong).decode())
    for text in ("é", "VFppZg", "VFpp Zg==", "VF*ppZg=="):
        with pytest.raises(InputError, match="are not Base64"):
            decode_clock_changes(text)


def test_clock_changes_outlive_a_restart() -> None:
    lived, _ = begun()
    agreed(lived, MOSCOW)
    restored = SettlementSystem(lived.rules)
    restored.restore(lived.snapshot())
    for one in (lived, restored):
        opened = [b for b in steps_until(one, NOON + DAY) if '"kind":"open"' in b.body]
        assert [batch.time for batch in opened] == [NOON + DAY - 6 * 60 * MINUTE]
    assert lived.snapshot() == restored.snapshot()


def test_steps_are_taken_one_after_the_other() -> None:
    clock = BusinessDayClock(OFFICE_HOURS, Rulebook(), ("KZT", "RUB"))
    opened = Step(NOON, StepKind.OPEN, "2026-11-24")
    with pytest.raises(InputError, match="step open of 2026-11-24 is not the next one"):
        clock.take(opened)
    clock.take(clock.next_step(NOON))
    before = clock.to_document()
    for wrong in (opened, clock.steps[1]):
        with pytest.raises(InputError, match="is not the next one"):
            clock.take(wrong)
    assert clock.to_document() == before
    again = BusinessDayClock(OFFICE_HOURS, Rulebook(), ("KZT", "RUB"))
    again.restore(before)
    assert again.to_document() == before
    for name in ("phase", "phases", "steps"):
        with pytest.raises(InputError, match="business day cannot be read"):
            again.restore({**before, name: None})


def test_rules_that_only_a_simulation_can_follow() -> None:
    runs = ScheduledRuns(Algorithm.MAXIMUM_VALUE, at=(datetime.time(12),))
    with pytest.raises(InputError, match="maximum_value runs in simulations only"):
        Rules("Test", directory(), Rulebook(schedule=(runs,)), OFFICE_HOURS)
    Rules(
        "Test",
        directory(),
        Rulebook(schedule=(attrs.evolve(runs, algorithm=Algorithm.GREATEST_FIFO_SET),)),
        OFFICE_HOURS,
    )


def test_accounts_that_the_engine_does_not_take_stop_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise InputError("no room")

    running = Running()
    monkeypatch.setattr(Engine, "add_accounts", refuse)
    with pytest.raises(InvariantBroken, match="accounts that were checked can be added: no room"):
        running.agree("admit", **ADMISSION)


def test_nothing_of_an_account_is_in_force_once_its_holder_has_left() -> None:
    limited = [
        attrs.evolve(
            one,
            credit_line=5,
            collateral=(Collateral("bonds", 10, Decimal(0)),),
            reserved_urgent=1,
            reserved_high=2,
            net_sender_limit=3,
            bilateral_limits=(BilateralLimit(BANKS[2], 4),),
        )
        if one.bic != BANKS[2]
        else one
        for one in directory(7).accounts
    ]
    members = Membership(ParticipantDirectory(directory().participants, limited), Rulebook())
    members.leave(BANKS[0])
    plain = directory(0).accounts
    for before, after, bare in zip(limited, members.directory.accounts, plain, strict=True):
        assert after == (bare if before.bic == BANKS[0] else before)
    with pytest.raises(InputError, match=f"{BANKS[1]} has no settlement account in USD"):
        members.set_standing_limit(BANKS[1], "USD", None, 5)


@pytest.mark.parametrize("text", ["a", "~", "a b", "x" * 140, "!" + " " * 138 + "~"])
def test_ids_of_keys_that_a_header_can_carry(text: str) -> None:
    assert check_key_id(text) == text


@pytest.mark.parametrize("text", ["", " a", "a ", "x" * 141, "é", "a\tb", "a\n"])
def test_ids_of_keys_that_a_header_cannot_carry(text: str) -> None:
    with pytest.raises(InputError, match="is not a key id of 1 to 140"):
        Key(text, BANKS[0], "Clara", "00" * 32)


def test_credentials_name_the_field_that_is_wrong() -> None:
    for public in ("0" * 63, "0" * 65, "A" * 64, ""):
        with pytest.raises(InputError, match=f"public_key: '{public}' is not 64 hexadecimal"):
            Key("c", BANKS[0], "Clara", public)
    with pytest.raises(InputError, match="token_sha256: 'x' is not 64"):
        Operator("Anna", "viewer", "x")
    with pytest.raises(InputError, match=r"^person "):
        Operator(" ", "viewer", "0" * 64)
    one, other = Key("b", BANKS[1], "B", "0" * 64), Key("c", BANKS[0], "C", "1" * 64)
    assert Credentials((one, other)).keys == Credentials((other, one)).keys == (other, one)
    named = [Operator(name, "viewer", digit * 64) for name, digit in (("B", "0"), ("A", "1"))]
    assert [o.person for o in Credentials((), tuple(named)).operators] == ["A", "B"]


def test_a_participant_may_do_only_its_own(operated: Operated) -> None:
    other = attrs.evolve(LIMIT, participant=BANKS[1])
    for action, reason in (
        (LIMIT, "NONE"),
        (other, "SECOND_PERSON_NEEDED"),
        (LINE, "SECOND_PERSON_NEEDED"),
        (Action("suspend", participant=BANKS[0]), "SECOND_PERSON_NEEDED"),
    ):
        assert ReasonCode(operated.propose(action, CLARA)["reason"]).name == reason
