"""Orders that screening or the Travel Rule holds: outside the engine until two persons decide."""

import datetime
import hashlib
import json
import random
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import CommandKind, EventKind, command, from_records, to_records
from skontro.model import InputError, PaymentType, ReasonCode, ScreeningOutcome
from skontro.system import (
    ACCEPTED,
    NO_SCREENING,
    WAREHOUSED,
    Action,
    Batch,
    BatchKind,
    DecisionKind,
    NotPermitted,
    ScreeningPolicy,
    SettlementSystem,
)
from skontro.system import screening_acceptance as limits
from skontro.system.acceptance import day_number
from skontro.system.screening_actions import MAX_EVIDENCE_TEXT
from skontro.system.screening_holds import MAX_HELD, MAX_HELD_OF_PARTICIPANT, ScreeningHolds
from tests.command_rows import command_rows
from tests.draws import examples
from tests.service.systems import BANKS, DAY, MINUTE, NOON
from tests.system.drawn_legs import link
from tests.system.test_four_eyes import ANNA, BORIS, CLARA, Operated
from tests.system.test_settlement_system import RULES, _next

_HELD = 2
_TODAY = day_number(datetime.date(2026, 11, 24))
DIGEST = bytes(range(32))


def uetr_of(number: int) -> bytes:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).digest()


def named(uetr: bytes) -> str:
    text = uetr.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rows_of(*screening: int, first: int = 0, **fields: Any) -> Any:
    """Orders of the first bank to the second in tenge, with these outcomes and full details."""
    rows = command_rows(len(screening), CommandKind.SUBMIT, 0)
    rows["payer"], rows["payee"], rows["amount"], rows["payment_class"] = 0, 1, 100, 2
    rows["screening"], rows["travel_rule"] = screening, 1
    for place, row in enumerate(rows):
        row["uetr"] = np.void(uetr_of(first + place))
    for name, value in fields.items():
        rows[name] = value
    return rows


class Screened(Operated):
    """A system that requires screening, and how orders come to it."""

    def __init__(self, policy: ScreeningPolicy | None = None, at: int = NOON) -> None:
        super().__init__()
        rules = attrs.evolve(self.system.rules, screening=policy or ScreeningPolicy())
        self.system = SettlementSystem(rules)
        self.come_to(at)

    def submit(self, rows: Any) -> Batch:
        self.now += 1
        return self.system.orders(self.now, from_records(rows))

    def accepted(self, rows: Any) -> list[int]:
        return [int(one) for one in self.submit(rows).commands.column("acceptance")]

    def cancel(self, uetr: bytes) -> int:
        self.now += 1
        batch = self.system.request(self.now, command(CommandKind.CANCEL, 0, uetr=uetr))
        return int(batch.commands.column("acceptance")[0])

    def release(self, number: int = 0) -> Batch:
        return self._decided("release_held_order", number)

    def turn_down(self, number: int = 0) -> Batch:
        return self._decided("reject_held_order", number)

    def _decided(self, kind: str, number: int) -> Batch:
        body = self.propose(Action(kind, uetr=named(uetr_of(number))))
        assert body["reason"] == 0
        shown = self.system.four_eyes.open[-1]
        return self.decide(DecisionKind.APPROVE, BORIS, proposal=shown.number, hash=shown.hash)


def events_of(batch: Batch) -> list[str]:
    return [EventKind(int(kind)).name for kind in batch.events["kind"]]


HOLD = -int(ReasonCode.SCREENING_HOLD)
UNSCREENED = -int(ReasonCode.NOT_SCREENED)
REFUSED = int(ReasonCode.SCREENING_REJECTED)
LACKS = -int(ReasonCode.TRAVEL_RULE_HOLD)
LACKS_REFUSED = int(ReasonCode.TRAVEL_RULE_REJECTED)


def test_only_what_passed_reaches_the_engine() -> None:
    running = Screened()
    batch = running.submit(rows_of(0, 1, 2, 3))
    assert batch.commands.acceptance.tolist() == [UNSCREENED, ACCEPTED, HOLD, REFUSED]
    assert batch.postings["amount"].tolist() == [100]
    assert running.system.engine.orders == 1
    assert len(running.system.screening_holds) == 2


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ScreeningPolicy(), [UNSCREENED, ACCEPTED, HOLD, REFUSED]),
        (ScreeningPolicy(travel_rule="reject"), [UNSCREENED, ACCEPTED, HOLD, REFUSED]),
        (NO_SCREENING, [ACCEPTED, ACCEPTED, HOLD, REFUSED]),
        (ScreeningPolicy(screening="off"), [ACCEPTED, ACCEPTED, HOLD, REFUSED]),
    ],
)
def test_an_outcome_counts_under_every_policy(
    policy: ScreeningPolicy, expected: Sequence[int]
) -> None:
    assert Screened(policy).accepted(rows_of(0, 1, 2, 3)) == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ScreeningPolicy(), [UNSCREENED, LACKS, HOLD, REFUSED]),
        (ScreeningPolicy(travel_rule="reject"), [*[LACKS_REFUSED] * 3, REFUSED]),
        (ScreeningPolicy(travel_rule="off"), [UNSCREENED, ACCEPTED, HOLD, REFUSED]),
        (ScreeningPolicy("off", "hold"), [LACKS, LACKS, HOLD, REFUSED]),
        (ScreeningPolicy("off", "reject"), [*[LACKS_REFUSED] * 3, REFUSED]),
        (NO_SCREENING, [ACCEPTED, ACCEPTED, HOLD, REFUSED]),
    ],
)
def test_the_travel_rule_looks_at_customers_orders(
    policy: ScreeningPolicy, expected: Sequence[int]
) -> None:
    rows = rows_of(0, 1, 2, 3, travel_rule=0)
    assert Screened(policy).accepted(rows) == expected
    rows["payment_type"] = int(PaymentType.INTERBANK)
    of_banks = Screened(policy).accepted(rows)
    assert of_banks == Screened(policy).accepted(rows_of(0, 1, 2, 3))


def test_orders_without_any_column_are_held_and_pass_where_all_is_off() -> None:
    rows = rows_of(0, travel_rule=0)
    assert Screened().accepted(rows) == [UNSCREENED]
    batch = Screened(NO_SCREENING).submit(rows)
    assert len(batch.commands.acceptance) == len(batch.commands.screening) == 0


@pytest.mark.parametrize("outcome", [-1, 4, 5])
def test_only_what_a_screener_says_is_taken(outcome: int) -> None:
    running = Screened(NO_SCREENING)
    before = running.system.snapshot()
    with pytest.raises(InputError, match="an outcome of screening is not one that a screener"):
        running.submit(rows_of(outcome))
    assert running.system.snapshot() == before


def test_a_rejection_on_other_grounds_goes_before() -> None:
    running = Screened(at=NOON + 250 * MINUTE)  # after the cut-offs in roubles
    rows = rows_of(0, 0, payer=3, payee=4)
    rows["value_date"] = (0, _TODAY + 300)
    assert running.accepted(rows) == [
        int(ReasonCode.INTERBANK_CUT_OFF_PASSED),
        int(ReasonCode.VALUE_DATE_TOO_FAR),
    ]
    unknown = rows_of(0, 2, 3, payer=0)
    unknown["payee"] = (60, -1, 6)
    batch = running.submit(unknown)
    assert events_of(batch) == ["REJECTED"] * 3
    assert not len(running.system.screening_holds)


@pytest.mark.parametrize("hours", [7, 19])
def test_nothing_is_held_for_a_day_that_is_not_open(hours: int) -> None:
    running = Screened()
    running.come_to(NOON + hours * 60 * MINUTE)
    closed = int(ReasonCode.DAY_NOT_OPEN)
    assert running.accepted(rows_of(0, 2, 3)) == [closed] * 3
    rows = rows_of(0, 1, 2, 3, first=9, value_date=_TODAY + 1)
    assert running.accepted(rows) == [UNSCREENED, WAREHOUSED, HOLD, REFUSED]


def test_before_opening_an_order_is_held_for_the_day() -> None:
    running = Screened(at=NOON - 200 * MINUTE)
    assert running.accepted(rows_of(2, 1)) == [HOLD, WAREHOUSED]
    running.come_to(NOON)
    assert running.system.engine.orders == 1
    assert running.release().postings["amount"].tolist() == [100]


def test_a_release_enters_as_if_it_came_then() -> None:
    running = Screened()
    running.submit(rows_of(2, first=0, latest=NOON + 10 * MINUTE))
    running.submit(rows_of(2, first=1))
    running.submit(rows_of(2, first=2, payer=3, payee=4))
    running.submit(rows_of(2, first=3, value_date=_TODAY + 1))
    running.come_to(NOON + 5 * 60 * MINUTE)
    late = running.release(0)
    assert late.events["reason"].tolist() == [int(ReasonCode.LATEST_TIME_PASSED)]
    batch = running.release(1)
    assert batch.kind == BatchKind.DECISION
    assert batch.postings["amount"].tolist() == [100]
    row = to_records(batch.commands)[0]
    assert (row["screening"], row["acceptance"], row["time"]) == (
        ScreeningOutcome.RELEASED,
        ACCEPTED,
        batch.time,
    )
    past = int(ReasonCode.INTERBANK_CUT_OFF_PASSED)
    assert running.release(2).commands.acceptance.tolist() == [past]
    assert running.release(3).commands.acceptance.tolist() == [WAREHOUSED]
    assert len(running.system.warehouse) == 1
    assert not len(running.system.screening_holds)


def test_a_released_order_in_the_warehouse_is_not_held_again() -> None:
    running = Screened()
    running.submit(rows_of(2, 1, travel_rule=0, value_date=_TODAY + 1))
    running.release(0)
    running.release(1)
    running.come_to(NOON + DAY)
    assert running.system.engine.orders == 2
    assert not len(running.system.screening_holds)


def test_a_release_of_a_suspended_payers_order_is_rejected() -> None:
    running = Screened()
    running.submit(rows_of(2))
    assert running.agree(Action("suspend", participant=BANKS[0])) == ReasonCode.NONE
    suspended = int(ReasonCode.PARTICIPANT_SUSPENDED)
    assert running.release().commands.acceptance.tolist() == [suspended]


def test_two_persons_reject_a_held_order() -> None:
    running = Screened()
    running.submit(rows_of(2))
    batch = running.turn_down()
    assert batch.commands.acceptance.tolist() == [int(ReasonCode.HELD_ORDER_REJECTED)]
    assert batch.commands.uetr[0].tobytes() == uetr_of(0)
    assert int(batch.commands.time[0]) == batch.time
    assert not len(batch.events)
    assert not len(running.system.screening_holds)
    again = running.propose(Action("reject_held_order", uetr=named(uetr_of(0))))
    assert again["reason"] == int(ReasonCode.ORDER_NOT_HELD)


def test_one_person_alone_releases_and_rejects_nothing() -> None:
    running = Screened()
    running.submit(rows_of(2))
    for kind in ("release_held_order", "reject_held_order"):
        action = Action(kind, uetr=named(uetr_of(0)))
        with pytest.raises(NotPermitted, match=f"{kind} needs two people"):
            running.decide(DecisionKind.REVOKE, ANNA, action)
        number = running.propose(action)["proposal"]
        assert running.approve(number, ANNA) == ReasonCode.SECOND_PERSON_NEEDED
        of_participant = running.propose(action, CLARA)
        assert of_participant["reason"] == int(ReasonCode.SECOND_PERSON_NEEDED)
    assert len(running.system.screening_holds) == 1


def test_the_approver_sees_the_order_and_what_screening_said() -> None:
    running = Screened()
    rows = rows_of(0, travel_rule=0, details=np.void(DIGEST), evidence=np.void(DIGEST[::-1]))
    running.submit(rows)
    shown = running.propose(Action("release_held_order", uetr=named(uetr_of(0))))["shown"]
    assert shown["order"] == {
        "uetr": named(uetr_of(0)),
        "amount": "1.00 KZT",
        "payer": {"bic": BANKS[0], "name": "Bank AAAA"},
        "payee": {"bic": BANKS[1], "name": "Bank BBBB"},
        "value_date": "2026-11-24",
    }
    assert shown["held_because"] == {
        "reason": "NOT_SCREENED",
        "explanation": ReasonCode.NOT_SCREENED.explanation,
    }
    assert shown["screening"] == "not_screened"
    assert shown["travel_rule"] == "incomplete"
    assert shown["details_sha256"] == DIGEST.hex()
    assert shown["evidence_sha256"] == DIGEST[::-1].hex()
    assert "evidence" not in shown
    assert (shown["from"], shown["to"]) == ("held", "enters as if it came now")
    shown = running.propose(Action("reject_held_order", uetr=named(uetr_of(0))))["shown"]
    assert (shown["from"], shown["to"]) == ("held", "rejected")
    running.submit(rows_of(2, first=1))
    shown = running.propose(Action("release_held_order", uetr=named(uetr_of(1))))["shown"]
    assert (shown["screening"], shown["travel_rule"]) == ("held", "complete")


def test_a_malformed_uetr_names_no_held_order() -> None:
    running = Screened()
    running.submit(rows_of(2))
    for text in ("", "x", named(uetr_of(0))[:-1]):
        body = running.propose(Action("release_held_order", uetr=text))
        assert body["reason"] == int(ReasonCode.ORDER_NOT_HELD)


def test_the_close_returns_what_was_to_settle_by_then() -> None:
    running = Screened()
    rows = rows_of(2, 0, 2)
    rows["value_date"] = (0, _TODAY, _TODAY + 1)
    running.submit(rows)
    ends: Batch | None = None
    running.now = NOON + 6 * 60 * MINUTE
    while ends is None or json.loads(ends.body)["kind"] != "end_of_day":
        running.now += 1
        ends = running.system.step(running.now)
        assert ends is not None
    returned = int(ReasonCode.RETURNED_WHILE_HELD)
    assert ends.commands.kind.tolist() == [int(CommandKind.CLOSE_DAY), 0, 0]
    assert ends.commands.acceptance.tolist() == [ACCEPTED, returned, returned]
    assert ends.commands.time.tolist() == [ends.time] * 3
    assert not len(ends.postings)
    assert [one.hex() for one in running.system.screening_holds._rows] == [uetr_of(2).hex()]
    running.come_to(NOON + DAY)
    assert running.system.engine.orders == 0
    assert running.release(2).postings["amount"].tolist() == [100]


def test_the_payer_cancels_a_held_order() -> None:
    running = Screened()
    running.submit(rows_of(2))
    assert running.cancel(uetr_of(0)) == HOLD
    assert running.cancel(uetr_of(0)) == int(ReasonCode.ORDER_NOT_WAREHOUSED)
    assert not len(running.system.screening_holds)


def legs() -> Any:
    """Tenge of the first bank against roubles of the second, both passed."""
    rows = rows_of(1, 1)
    rows["payer"], rows["payee"], rows["amount"] = (0, 4), (1, 3), (100, 7)
    link(rows[0], rows[1])
    return rows


@pytest.mark.parametrize("held", [0, 1])
@pytest.mark.parametrize("together", [True, False])
def test_a_held_leg_has_not_come_yet(held: int, together: bool) -> None:
    running, rows = Screened(), legs()
    rows["screening"][held] = 2
    batches = [rows] if together else [rows[:1], rows[1:]]
    found = [event for batch in batches for event in events_of(running.submit(batch))]
    assert found == ["HELD"]
    batch = running.release(held)
    assert sorted(batch.postings["amount"].tolist()) == [7, 100]
    assert int(batch.commands.column("order")[0]) == 0


def test_a_rejected_leg_leaves_the_other_to_the_close() -> None:
    running, rows = Screened(), legs()
    rows["screening"][1] = 2
    running.submit(rows)
    running.turn_down(1)
    assert running.system.engine.held == 1
    running.come_to(NOON + 7 * 60 * MINUTE)
    assert running.system.engine.held == 0


def test_a_leg_does_not_take_the_uetr_of_a_held_order() -> None:
    running, rows = Screened(), legs()
    rows["screening"][0] = 2
    running.submit(rows[:1])
    before = running.system.snapshot()
    with pytest.raises(InputError, match=f"a held order has the UETR {uetr_of(0).hex()}"):
        running.submit(rows[:1])
    assert running.system.snapshot() == before


def test_two_legs_that_are_held_are_linked_when_both_are_released() -> None:
    running, rows = Screened(), legs()
    rows["screening"] = 2
    running.submit(rows)
    assert events_of(running.release(1)) == ["HELD"]
    assert sorted(running.release(0).postings["amount"].tolist()) == [7, 100]


def test_one_person_holds_a_warehoused_order_and_says_why() -> None:
    running = Screened()
    running.submit(rows_of(1, 1, value_date=_TODAY + 1))
    evidence = '{"list":"UN","entry":"QDi.001"}'
    action = Action("hold_order", uetr=named(uetr_of(0)), evidence=evidence)
    batch = running.decide(DecisionKind.REVOKE, ANNA, action)
    row = to_records(batch.commands)[0]
    assert (row["acceptance"], row["screening"]) == (HOLD, _HELD)
    assert row["evidence"].tobytes() == hashlib.sha256(evidence.encode()).digest()
    assert int(row["time"]) == batch.time
    shown = json.loads(batch.body)["shown"]
    assert (shown["from"], shown["to"]) == ("warehoused", "held")
    assert shown["evidence"] == {"list": "UN", "entry": "QDi.001"}
    running.come_to(NOON + DAY)
    assert running.system.engine.orders == 1
    shown = running.propose(Action("release_held_order", uetr=named(uetr_of(0))))["shown"]
    assert shown["evidence"] == {"list": "UN", "entry": "QDi.001"}
    assert running.release().postings["amount"].tolist() == [100]


def test_what_cannot_be_held_is_not() -> None:
    running = Screened()
    running.submit(rows_of(1))
    running.submit(rows_of(1, 2, first=1, value_date=_TODAY + 1))

    def why_not(number: int, evidence: str | None = None) -> str:
        action = Action("hold_order", uetr=named(uetr_of(number)), evidence=evidence)
        batch = running.decide(DecisionKind.REVOKE, ANNA, action)
        return ReasonCode(json.loads(batch.body)["reason"]).name

    assert why_not(0) == "ORDER_NOT_WAREHOUSED"
    assert why_not(2) == "NOTHING_TO_CHANGE"
    for text in ("", "7", "[]", "{", '{"a":"' + "x" * (MAX_EVIDENCE_TEXT - 7) + '"}'):
        assert why_not(1, text) == "FIELD_MALFORMED"
    longest = '{"a":"' + "x" * (MAX_EVIDENCE_TEXT - 8) + '"}'
    assert len(longest) == MAX_EVIDENCE_TEXT == 4_000
    assert why_not(1, longest) == "NONE"


def test_limits_of_held_orders_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MAX_HELD, MAX_HELD_OF_PARTICIPANT) == (100_000, 10_000)
    monkeypatch.setattr(limits, "MAX_HELD", 5)
    monkeypatch.setattr(limits, "MAX_HELD_OF_PARTICIPANT", 3)
    many = int(ReasonCode.TOO_MANY_HELD)
    running = Screened()
    assert running.accepted(rows_of(2, 2, first=0)) == [HOLD] * 2
    assert running.accepted(rows_of(2, 1, 2, first=2)) == [HOLD, ACCEPTED, many]
    others = rows_of(2, 2, 2, first=5, payer=1, payee=2)
    assert running.accepted(others) == [HOLD, HOLD, many]
    running.cancel(uetr_of(0))
    assert running.accepted(rows_of(2, 2, first=8)) == [HOLD, many]


def test_an_order_is_held_once() -> None:
    running = Screened()
    double = int(ReasonCode.DUPLICATE_ORDER)
    rows = rows_of(2, 2, 0)
    rows["uetr"][1] = rows["uetr"][0]
    assert running.accepted(rows) == [HOLD, double, UNSCREENED]
    assert running.accepted(rows_of(2)) == [double]
    assert len(running.system.screening_holds) == 2


def test_the_rules_on_screening_are_changed_by_two() -> None:
    running = Screened()
    running.submit(rows_of(0))
    body = running.propose(Action("set_screening", screening="off"))
    assert body["shown"]["from"] == {"screening": "required", "travel_rule": "hold"}
    assert body["shown"]["to"] == {"screening": "off", "travel_rule": "hold"}
    assert body["shown"]["held_orders"] == "stay held"
    assert running.accepted(rows_of(0, first=1)) == [UNSCREENED]
    assert running.approve(body["proposal"]) == ReasonCode.NONE
    assert running.accepted(rows_of(0, first=2)) == [ACCEPTED]
    assert len(running.system.screening_holds) == 2
    assert running.agree(Action("set_screening", travel_rule="reject")) == ReasonCode.NONE
    assert running.system.screening == ScreeningPolicy("off", "reject")
    assert running.agree(Action("set_screening", travel_rule="reject")) == (
        ReasonCode.NOTHING_TO_CHANGE
    )
    assert running.agree(Action("set_screening")) == ReasonCode.FIELD_MISSING
    for field in ("screening", "travel_rule"):
        action = Action("set_screening", **{field: "sometimes"})
        assert running.agree(action) == ReasonCode.FIELD_MALFORMED


def test_rules_agreed_for_a_day_come_with_its_start_and_hold_what_the_warehouse_gives() -> None:
    running = Screened(NO_SCREENING)
    running.submit(rows_of(0, 1, value_date=_TODAY + 1))
    action = Action("set_screening", screening="required", effective_on="2026-11-25")
    assert running.agree(action) == ReasonCode.NONE
    assert running.accepted(rows_of(0, first=7)) == [ACCEPTED]
    running.come_to(NOON + DAY)
    assert running.system.screening.screening == "required"
    assert running.system.engine.orders == 2
    assert len(running.system.screening_holds) == 1
    assert running.release(0).postings["amount"].tolist() == [100]


def test_who_leaves_leaves_no_held_orders() -> None:
    running = Screened()
    running.submit(rows_of(2, 2, value_date=_TODAY + 3))
    running.submit(rows_of(2, first=2, payer=1, payee=2, value_date=_TODAY + 3))
    running.submit(rows_of(2, first=3, payer=2, payee=0, value_date=_TODAY + 3))
    action = Action("exit", participant=BANKS[0], effective_on="2026-11-25")
    assert running.agree(action) == ReasonCode.NONE
    running.come_to(NOON + DAY)
    assert [*running.system.screening_holds._rows] == [uetr_of(2)]
    assert running.system.screening_holds.count_of(BANKS[0]) == 0


def test_held_orders_come_back_from_a_snapshot() -> None:
    running = Screened(ScreeningPolicy(travel_rule="off"))
    running.submit(rows_of(2, 0, 1, value_date=_TODAY + 1))
    evidence = '{"a":"é"}'
    action = Action("hold_order", uetr=named(uetr_of(2)), evidence=evidence)
    running.decide(DecisionKind.REVOKE, ANNA, action)
    running.cancel(uetr_of(0))
    restored = SettlementSystem(attrs.evolve(running.system.rules, screening=ScreeningPolicy()))
    restored.restore(running.system.snapshot())
    assert restored.snapshot() == running.system.snapshot()
    assert restored.screening == ScreeningPolicy(travel_rule="off")
    assert len(restored.screening_holds) == restored.screening_holds.count_of(BANKS[0]) == 2
    assert restored.screening_holds.evidence(uetr_of(2)) == evidence
    assert restored.screening_holds.evidence(uetr_of(1)) == ""


def test_no_holds_are_empty() -> None:
    holds = ScreeningHolds()
    assert not len(holds.take(uetr_of(0)))
    assert not len(holds.take_past(2**30))
    assert not len(ScreeningHolds.from_bytes(holds.to_bytes()))
    with pytest.raises(KeyError):
        holds.row(uetr_of(0))


def _released(batch: Batch) -> bool:
    """Whether the batch is the second person's approval of a release."""
    if batch.kind != BatchKind.DECISION:
        return False
    body = json.loads(batch.body)
    return (
        body["decision"]["kind"] == "approve"
        and body["reason"] == 0
        and body["shown"]["action"] == "release_held_order"
    )


@given(st.integers(0, 2**32))
@settings(max_examples=examples(20), deadline=None)
def test_nothing_held_or_unscreened_ever_settles(seed: int) -> None:
    draw = random.Random(seed)
    system, time = SettlementSystem(RULES), NOON - 5 * 60 * MINUTE
    may_settle: dict[int, bytes] = {}
    released: set[bytes] = set()
    for _ in range(30):
        time += draw.choice([1, MINUTE, 20 * MINUTE, 90 * MINUTE, 400 * MINUTE]) + 20
        if draw.random() < 0.2:  # a restart
            system, state = SettlementSystem(RULES), system.snapshot()
            system.restore(state)
        number, policy = system.engine.orders, system.screening
        for batch in _next(system, draw, time):
            if _released(batch):
                released.add(
                    bytes.fromhex(json.loads(batch.body)["shown"]["order"]["uetr"].replace("-", ""))
                )
            # A policy agreed for the day is in force once the day has started.
            policy = system.screening if batch.kind == BatchKind.STEP else policy
            orders = to_records(batch.commands)[batch.commands.are_orders]
            for row in orders[orders["acceptance"] == ACCEPTED]:
                uetr = row["uetr"].tobytes()
                known = max(row["payer"], row["payee"]) < len(RULES.directory.accounts)
                if uetr in released:
                    assert row["screening"] == ScreeningOutcome.RELEASED
                elif known and system.clock.phase == 2:
                    assert row["screening"] in (0, 1)
                    assert row["screening"] == 1 or policy.screening == "off"
                    complete = row["travel_rule"] == 1 or row["payment_type"] == 1
                    assert complete or policy.travel_rule == "off"
                may_settle[number] = uetr
                number += 1
            settled = batch.events["order"][batch.events["kind"] == int(EventKind.SETTLED)]
            assert {*settled.tolist()} <= {*may_settle}
            assert not {*system.screening_holds._rows} & {*may_settle.values()}


def test_an_order_warehoused_for_the_day_is_held_for_it() -> None:
    running = Screened(at=NOON - 200 * MINUTE)
    running.submit(rows_of(1, 1))
    body = running.propose(Action("hold_order", uetr=named(uetr_of(0))))
    assert body["shown"]["order"]["value_date"] == "2026-11-24"
    assert "evidence" not in body["shown"]
    assert running.approve(body["proposal"]) == ReasonCode.NONE
    assert int(running.system.screening_holds.row(uetr_of(0))["value_date"]) == _TODAY


def test_a_warehoused_order_of_no_account_is_left_to_the_engine() -> None:
    running = Screened(NO_SCREENING, at=NOON - 200 * MINUTE)
    running.submit(rows_of(1, 1, payee=(6, -1)))
    for number in (0, 1):
        body = running.propose(Action("hold_order", uetr=named(uetr_of(number))))
        assert body["reason"] == int(ReasonCode.NO_SETTLEMENT_ACCOUNT)
