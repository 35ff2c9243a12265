"""Whatever comes in: replay gives the same, and so does going on from a snapshot."""

import datetime
import random
from collections import Counter
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import NO_LIMIT, CommandKind, command, from_records, to_records
from skontro.model import InputError, ReasonCode, Rulebook, WhenQueued
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    Batch,
    Credentials,
    Decision,
    DecisionKind,
    Key,
    NotPermitted,
    Operator,
    Person,
    Rules,
    SettlementSystem,
)
from skontro.system.acceptance import day_number
from skontro.system.details_columns import purpose_number
from skontro.system.settlement_system import REQUESTS
from tests.command_rows import command_rows
from tests.draws import examples
from tests.service.systems import BANKS, MINUTE, NOON, OFFICE_HOURS, directory
from tests.system.drawn_legs import with_some_legs
from tests.system.policy.drawn_rules import policy_rules


def _token(number: int) -> str:
    return f"{number:064x}"


CREDENTIALS = Credentials(
    (Key("C", BANKS[0], "Clara", _token(1)), Key("D", BANKS[0], "Dina", _token(2))),
    (
        Operator("Anna", "operator", _token(1)),
        Operator("Boris", "operator", _token(2)),
        Operator("Vera", "viewer", _token(3)),
    ),
)
RULES = Rules(
    "Test",
    directory(1_000),
    Rulebook(when_queued=WhenQueued(3)),
    OFFICE_HOURS,
    credentials=CREDENTIALS,
)
_ACCOUNTS = len(RULES.directory.accounts)
_CODES = ["KZT", "RUB", "UZS", "AMD"]
_RULEBOOKS: list[dict[str, Any]] = [
    {},
    {"offset_on_entry": True},
    {"offsetting": [{"algorithm": "greatest_fifo_set", "at": ["10:00"], "every": None}]},
    {"bypass": {"classes": ["normal"], "depth": 3, "max_bypasses": 2}},
]
_TODAY = day_number(datetime.date(2026, 11, 24))
_PEOPLE = [
    *(Person(name, OPERATOR) for name in ("Anna", "Boris", "Vera", "Olga")),
    *(Person(name, BANKS[0]) for name in ("Clara", "Dina")),
]


def _orders(draw: random.Random, now: int) -> Any:
    rows = command_rows(draw.randint(1, 4), CommandKind.SUBMIT, 0)
    for row in rows:
        row["payer"], row["payee"] = draw.randrange(_ACCOUNTS + 2), draw.randrange(_ACCOUNTS + 2)
        if draw.random() < 0.85:  # between two accounts in one currency
            row["payer"], row["payee"] = draw.choice([(0, 1), (1, 2), (2, 0), (3, 4), (4, 3)])
        row["amount"] = draw.choice([1, 400, 900, 1_500])
        row["payment_class"] = draw.randrange(3)
        row["payment_type"] = draw.randrange(2)
        row["value_date"] = draw.choice([*[0] * 9, _TODAY, _TODAY + 1, _TODAY + 2, _TODAY + 40])
        row["uetr"] = np.void(draw.randbytes(16))
        row["screening"] = draw.choice([*[1] * 12, 0, 2, 3])
        row["travel_rule"] = draw.random() < 0.9
        row["customer"] = np.void(draw.choice([bytes(32), b"a" * 32, b"b" * 32]))
        row["purpose"] = draw.choice([0, -1, purpose_number("GDDS"), purpose_number("SALA")])
        if draw.random() < 0.3:
            row["earliest"] = now + draw.choice([-1, 0, 1, 30, 300]) * MINUTE
        if draw.random() < 0.3:
            row["latest"] = now + draw.choice([0, 1, 60, 400]) * MINUTE
    return from_records(with_some_legs(rows, draw))


def _request(draw: random.Random) -> Any:
    """About an order, most often a late one, or about a reservation."""
    kind = draw.choice(REQUESTS)
    account, payment_class = draw.randrange(_ACCOUNTS + 1), draw.randrange(3)
    if kind == CommandKind.SET_RESERVATION:
        amount = draw.choice([0, 300, 1_000])
        return command(kind, 0, payer=account, payment_class=payment_class, amount=amount)
    about = draw.randrange(40)
    fields = {"payment_class": payment_class} if kind == CommandKind.CHANGE_CLASS else {}
    return command(kind, 0, order=about, **fields)


def _action(draw: random.Random) -> Action:
    account = {"participant": draw.choice(BANKS), "currency": draw.choice(["KZT", "RUB"])}
    on = draw.choice([None, None, "2026-11-25", "2026-11-28"])
    hour: dict[str, Any] = {"step": draw.choice(["customer_cut_off", "interbank_cut_off"])}
    hour |= {"step": draw.choice([hour["step"], "end_of_day"])}
    hour |= {} if hour["step"] == "end_of_day" else {"currency": draw.choice([None, "RUB"])}
    if draw.random() < 0.05:
        return policy_rules(draw, _CODES)
    if draw.random() < 0.4:
        return draw.choice([*_about_persons(draw), *(_change_of_membership(draw, on),) * 8])
    return draw.choice(
        [
            Action("set_credit_line", amount=500, effective_on=on, **account),
            Action("set_net_sender_limit", amount=draw.choice([None, 700]), **account),
            Action(
                "set_bilateral_limit",
                counterparty=draw.choice(BANKS),
                amount=draw.choice([None, 500]),
                **account,
            ),
            Action("transfer_in", amount=300, **account),
            Action("transfer_out", amount=300, **account),
            Action("suspend", participant=draw.choice(BANKS), effective_on=on),
            Action("resume", participant=draw.choice(BANKS)),
            Action("extend", until=NOON + draw.randrange(150, 900) * MINUTE, **hour),
            Action("withdraw_extension", **hour),
            Action("withdraw_agreed", proposal=draw.randrange(8)),
            Action("offset", algorithm=draw.choice([1, 2, 3, 4])),
        ]
    )


def _change_of_membership(draw: random.Random, on: str | None) -> Action:
    coming = draw.choice(["2026-11-25", "2026-11-27"])
    new, bic = draw.choice(["DDDDTJ22", "EEEEAM22"]), draw.choice([*BANKS, "DDDDTJ22"])
    named = {"name": f"Bank {new}", "country": "TJK", "currencies": draw.sample(_CODES, 2)}
    limit = {"currency": "KZT", "amount": draw.choice([None, 5]), "effective_on": on}
    return draw.choice(
        [
            Action("admit", participant=new, effective_on=on, **named),
            Action("open_account", participant=bic, currency=draw.choice(_CODES), effective_on=on),
            Action("exit", participant=bic, effective_on=coming),
            Action("set_rulebook", rulebook=draw.choice(_RULEBOOKS), effective_on=coming),
            Action("set_standing_net_sender_limit", participant=bic, **limit),
            Action("set_standing_bilateral_limit", participant=bic, counterparty=BANKS[1], **limit),
        ]
    )


def _about_persons(draw: random.Random) -> list[Action]:
    bic, key_id, name = BANKS[0], draw.choice("CDE"), draw.choice(["Clara", "Dina"])
    operator = draw.choice(["Anna", "Boris", "Vera", "Olga"])
    key, token = _token(draw.randrange(9)), _token(draw.randrange(9))
    return [
        Action("add_key", participant=bic, person=name, key_id=key_id, public_key=key),
        Action("replace_key", participant=bic, key_id=key_id, public_key=key),
        Action("revoke_key", participant=bic, key_id=key_id),
        Action("remove_person", participant=bic, person=name),
        Action("add_operator", person=operator, role="operator", token_sha256=token),
        Action("replace_token", person=operator, token_sha256=token),
        Action("set_role", person=operator, role=draw.choice(["viewer", "operator"])),
        Action("remove_person", person=operator),
    ]


def _decision(system: SettlementSystem, draw: random.Random) -> Decision:
    """Of an open proposal where there is one; most often as it was shown, and by another person."""
    person = draw.choice(_PEOPLE)
    if not system.four_eyes.open:
        return Decision(DecisionKind.APPROVE, person, proposal=draw.randrange(8), hash="0" * 64)
    chosen = draw.choice(system.four_eyes.open)
    others = [p for p in _PEOPLE if p.side == chosen.person.side and p != chosen.person]
    able = [p for p in others if system.credentials.may_decide(p)]
    if able and draw.random() < 0.85:
        person = draw.choice(able)
    shown = chosen.hash if draw.random() < 0.9 else "0" * 64
    if draw.random() < 0.1:
        return Decision(DecisionKind.REJECT, person, proposal=chosen.number)
    return Decision(DecisionKind.APPROVE, person, proposal=chosen.number, hash=shown)


def _about_held_orders(system: SettlementSystem, draw: random.Random) -> Action:
    """About an order that is held or warehoused, where there is one; or about the rules."""
    held, waiting = [*system.screening_holds._rows], system.warehouse.records["uetr"].tolist()
    if draw.random() < 0.1 or not held + waiting:
        word = draw.choice(["off", "required", "required"])
        return Action("set_screening", screening=word, travel_rule=draw.choice([None, "hold"]))
    kind = draw.choice(["release_held_order", "release_held_order", "reject_held_order"])
    kind = "hold_order" if draw.random() < 0.2 or not held else kind
    uetr = draw.choice(waiting if kind == "hold_order" and waiting else held + waiting).hex()
    return Action(kind, uetr=uetr)


def _next(system: SettlementSystem, draw: random.Random, time: int) -> list[Batch]:
    batches = []
    while (step := system.step(time)) is not None:
        batches.append(step)
        time += 1
    what = draw.random()
    if what < 0.45:
        batches.append(system.orders(time, _orders(draw, time)))
    elif what < 0.6:
        batches.append(system.request(time, _request(draw)))
    else:
        person = draw.choice([*_PEOPLE[:2] * 8, *_PEOPLE])
        action = _about_held_orders(system, draw) if draw.random() < 0.15 else _action(draw)
        act = Decision(DecisionKind.PROPOSE, person, action)
        if draw.random() < 0.75 and system.four_eyes.open:
            act = _decision(system, draw)
        elif draw.random() < 0.05:
            act = Decision(DecisionKind.REVOKE, person, _about_persons(draw)[2])
        try:
            batches.append(system.decide(time, act))
        except NotPermitted:
            assert not system.credentials.may_decide(act.person)
    return batches


def agreed(system: SettlementSystem, time: int, action: Action) -> list[Batch]:
    """Two people of the operator agree on an action, where it may be proposed."""
    batches = [system.decide(time, Decision(DecisionKind.PROPOSE, _PEOPLE[0], action))]
    for one in system.four_eyes.open:
        approval = Decision(DecisionKind.APPROVE, _PEOPLE[1], proposal=one.number, hash=one.hash)
        batches.append(system.decide(time + 1, approval))
    return batches


def _same(one: Batch, other: Batch) -> bool:
    names = ("events", "runs", "postings", "balances")
    told = [to_records(batch.commands).tobytes() for batch in (one, other)]
    return (one.kind, one.time, one.body, told[0]) == (
        other.kind,
        other.time,
        other.body,
        told[1],
    ) and all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in names)


def _lived(seed: int, count: int) -> tuple[list[Batch], list[bytes], SettlementSystem]:
    draw = random.Random(seed)
    system, batches, snapshots = SettlementSystem(RULES), [], []
    time = NOON - 5 * 60 * MINUTE
    if draw.random() < 0.5:
        batches += agreed(system, time, policy_rules(draw, _CODES))
        time += draw.choice([0, 24, 24]) * 60 * MINUTE
    for _ in range(count):
        time += draw.choice([1, MINUTE, MINUTE, 20 * MINUTE, 90 * MINUTE, 400 * MINUTE]) + 20
        batches += _next(system, draw, time)
        snapshots.append(system.snapshot())
        assert system.credentials.has_enough_operators
        system.engine.check()
    return batches, snapshots, system


@given(seed=st.integers(0, 2**32), count=st.integers(5, 40))
@settings(max_examples=examples(60))
def test_replay_gives_the_same_batches_and_the_same_state(seed: int, count: int) -> None:
    batches, _, system = _lived(seed, count)
    again = SettlementSystem(RULES)
    for batch in batches:
        assert _same(again.replay(batch), batch)
    assert again.snapshot() == system.snapshot()


@given(seed=st.integers(0, 2**32), count=st.integers(5, 25), place=st.floats(0, 0.99))
@settings(max_examples=examples(40))
def test_going_on_from_a_snapshot_is_going_on(seed: int, count: int, place: float) -> None:
    batches, snapshots, system = _lived(seed, count)
    chosen = int(place * count)
    restored = SettlementSystem(RULES)
    restored.restore(snapshots[chosen])
    for batch in batches:
        if batch.time > restored.last_time:
            assert _same(restored.replay(batch), batch)
    assert restored.snapshot() == system.snapshot()


@pytest.mark.long
def test_lives_stop_where_everything_that_may_wait_does() -> None:
    """A restart from each of these snapshots must go on as if there had been none."""
    seen: Counter[str] = Counter()
    for seed in range(28, 48):
        _, snapshots, _ = _lived(seed, 25)
        for snapshot in snapshots:
            system = SettlementSystem(RULES)
            system.restore(snapshot)
            state = system.engine._state
            seen["first legs"] += len(system.counterlegs.to_bytes()) > 0
            seen["held orders"] += system.engine.held > 0
            seen["queued orders"] += system.engine.queued > 0
            seen["pairs"] += bool(state.counters[0]["linked"])
            seen["net sender limits"] += bool((state.controls["limit"] != NO_LIMIT).any())
            seen["bilateral limits"] += len(system.engine.bilateral_limits) > 0
            seen["reservations"] += bool(state.controls["reserved_high"].any())
            seen["held outside"] += len(system.screening_holds) > 0
            seen["warehoused"] += len(system.warehouse) > 0
            seen["policy rules"] += system.policy.is_active
            seen["counted by policy"] += len(system.policy.to_document()["waiting"]) > 0
            seen["held by policy"] += len(system.policy.to_document()["held"]) > 0
            seen["suspended"] += len(system.suspended) > 0
            seen["open proposals"] += len(system.four_eyes.open) > 0
            seen["agreed"] += len(system.four_eyes.agreed) > 0
    few = {name: count for name, count in seen.items() if count < 5}
    assert not few, seen


@given(seed=st.integers(0, 2**32), count=st.integers(10, 40))
@settings(max_examples=examples(60))
def test_nothing_takes_effect_that_one_person_decided(seed: int, count: int) -> None:
    """What moves money or credit from outside was approved by a second person as shown."""
    import hashlib
    import json

    batches, _, _ = _lived(seed, count)
    proposed: dict[int, tuple[str, str]] = {}
    agreed = set()
    for batch in batches:
        controls = np.isin(
            batch.commands.kind,
            [int(CommandKind.SET_CREDIT_LINE), int(CommandKind.TRANSFER_IN)],
        )
        body = json.loads(batch.body) if batch.body else {}
        act, allowed = body.get("decision", {}), bool(agreed & {*_numbers(body.get("agreed", []))})
        if "shown" in body:
            text = json.dumps(
                body["shown"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            digest = hashlib.sha256(text.encode()).hexdigest()
            if act["kind"] == "propose":
                proposed[body["proposal"]] = (act["person"]["name"], digest)
            else:
                if act["kind"] == "revoke":
                    assert not controls.any()
                    continue
                proposer, shown = proposed[act["proposal"]]
                assert act["kind"] == "approve"
                assert act["person"]["name"] != proposer
                assert act["hash"] == shown == digest
                agreed.add(act["proposal"])
                allowed = True
        assert allowed or not controls.any()


def _numbers(outcomes: list[dict[str, int]]) -> list[int]:
    return [one["proposal"] for one in outcomes]


def test_admission_against_the_rules_said_plainly() -> None:
    """By hand, one order after the other, through a day."""
    system = SettlementSystem(attrs.evolve(RULES, screening=NO_SCREENING))

    def acceptance(time: int, **fields: int) -> str:
        while system.step(max(time, system.last_time + 1)) is not None:
            pass
        of_order = {"payer": 0, "payee": 2, "amount": 1, "payment_class": 2} | fields
        order = command(CommandKind.SUBMIT, 0, **of_order)
        batch = system.orders(max(time, system.last_time + 1), order)
        reason = int(batch.commands.column("acceptance")[0])
        return {0: "admitted", -1: "warehoused"}.get(reason) or ReasonCode(reason).name

    assert [a.currency.code for a in RULES.directory.accounts] == ["KZT"] * 3 + ["RUB"] * 3
    rouble = {"payer": 3, "payee": 4}
    eight = NOON - 4 * 60 * MINUTE
    assert acceptance(eight) == "warehoused"
    assert acceptance(eight, value_date=_TODAY - 1) == "NO_BUSINESS_DAY"
    assert acceptance(NOON) == "admitted"
    assert acceptance(NOON, value_date=_TODAY + 2, **rouble) == "NO_BUSINESS_DAY"
    assert acceptance(NOON, value_date=_TODAY + 2) == "warehoused"
    assert acceptance(NOON, value_date=_TODAY + 4) == "NO_BUSINESS_DAY"
    assert acceptance(NOON, value_date=_TODAY + 13) == "VALUE_DATE_TOO_FAR"
    assert acceptance(NOON + 180 * MINUTE, **rouble) == "CUSTOMER_CUT_OFF_PASSED"
    assert acceptance(NOON + 180 * MINUTE, payment_type=1, **rouble) == "admitted"
    assert acceptance(NOON + 240 * MINUTE, payment_type=1, **rouble) == "INTERBANK_CUT_OFF_PASSED"
    assert acceptance(NOON + 240 * MINUTE) == "admitted"
    assert acceptance(NOON + 360 * MINUTE, value_date=_TODAY) == "NO_BUSINESS_DAY"


def test_what_takes_two_persons_cannot_be_asked_for_by_one() -> None:
    system = SettlementSystem(RULES)
    row = command(CommandKind.SET_CREDIT_LINE, 0, payer=0, amount=1)
    with pytest.raises(InputError, match="two people"):
        system.request(NOON, row)
    with pytest.raises(InputError, match="not an order"):
        system.orders(NOON + 1, row)
