"""Two operators adopt another table of clock changes: recorded, replayed, kept in snapshots."""

import base64
import datetime
import json

import attrs

from skontro.files.system_rules import read_zone_table
from skontro.model import ReasonCode, Rulebook, from_timestamp
from skontro.system import (
    NO_SCREENING,
    OPERATOR,
    Action,
    Batch,
    Credentials,
    Decision,
    DecisionKind,
    Operator,
    Person,
    Rules,
    SettlementSystem,
)
from tests.service.systems import MINUTE, NOON, OFFICE_HOURS, directory

PERSONS = (Person("Anna", OPERATOR), Person("Boris", OPERATOR))
BERLIN = attrs.evolve(
    OFFICE_HOURS, time_zone="Europe/Berlin", zone_table=read_zone_table("Europe/Berlin")
)
RULES = Rules(
    "Test",
    directory(),
    Rulebook(),
    BERLIN,
    credentials=Credentials(
        (), tuple(Operator(p.name, "operator", f"{n:064x}") for n, p in enumerate(PERSONS))
    ),
    screening=NO_SCREENING,
)
#: As if Berlin took over the clocks of Moscow.
MOSCOW = base64.b64encode(read_zone_table("Europe/Moscow")).decode()


def agreed(system: SettlementSystem, table: str) -> list[Batch]:
    action = Action("set_clock_changes", clock_changes=table)
    batches = [
        system.decide(system.last_time + 1, Decision(DecisionKind.PROPOSE, PERSONS[0], action))
    ]
    for shown in system.four_eyes.open:
        approval = Decision(
            DecisionKind.APPROVE, PERSONS[1], proposal=shown.number, hash=shown.hash
        )
        batches.append(system.decide(system.last_time + 1, approval))
    return batches


def steps_until(system: SettlementSystem, until: int) -> list[Batch]:
    batches: list[Batch] = []
    while system.clock.next_step(system.last_time).due <= until:
        due = max(system.last_time + 1, system.clock.next_step(system.last_time).due)
        step = system.step(due)
        assert step is not None
        batches.append(step)
    return batches


def begun() -> tuple[SettlementSystem, list[Batch]]:
    system = SettlementSystem(RULES)
    system.last_time = NOON - 12 * 60 * MINUTE
    return system, steps_until(system, NOON)


def test_the_running_day_keeps_its_hours_and_the_next_has_others() -> None:
    system, batches = begun()
    batches += agreed(system, MOSCOW)
    batches += steps_until(system, NOON + 24 * 60 * MINUTE)
    hours = [
        (body["kind"], from_timestamp(body["due"]).hour)
        for body in (json.loads(batch.body) for batch in batches)
        if body.get("kind") in ("open", "end_of_day")
    ]
    assert hours == [("open", 8), ("end_of_day", 17), ("open", 6)]
    again = SettlementSystem(RULES)
    for batch in batches:
        assert again.replay(batch).body == batch.body
    assert again.snapshot() == system.snapshot()
    restored = SettlementSystem(RULES)
    restored.restore(system.snapshot())
    assert restored.clock.next_step(system.last_time) == system.clock.next_step(system.last_time)
    assert restored.snapshot() == system.snapshot()


def test_persons_are_shown_the_first_date_with_other_hours_and_these() -> None:
    system, _ = begun()
    agreed(system, MOSCOW)
    action = Action("set_clock_changes", clock_changes=base64.b64encode(BERLIN.zone_table).decode())
    system.decide(system.last_time + 1, Decision(DecisionKind.PROPOSE, PERSONS[0], action))
    [proposal] = system.four_eyes.open
    shown = json.loads(proposal.shown)
    assert shown["time_zone"] == "Europe/Berlin"
    assert shown["first_date"] == datetime.date(2026, 11, 24).isoformat()
    assert shown["from"]["opens"]["local"] == "2026-11-24T09:00:00+03:00"
    assert shown["to"]["opens"]["local"] == "2026-11-24T09:00:00+01:00"


def test_what_is_no_table_or_changes_nothing_is_refused() -> None:
    system, _ = begun()
    for table, reason in (
        ("", ReasonCode.FIELD_MALFORMED),
        ("no Base64!", ReasonCode.FIELD_MALFORMED),
        (base64.b64encode(b"TZif2 and nothing").decode(), ReasonCode.FIELD_MALFORMED),
        (base64.b64encode(b"TZif" + bytes(20_000)).decode(), ReasonCode.FIELD_MALFORMED),
        (base64.b64encode(BERLIN.zone_table).decode(), ReasonCode.NOTHING_TO_CHANGE),
    ):
        [refused] = agreed(system, table)
        assert json.loads(refused.body)["reason"] == reason, table[:20]
