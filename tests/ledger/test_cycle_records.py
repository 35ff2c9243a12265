"""Joint cycles of two records compared: one result, and one end."""

from itertools import permutations

import attrs
import pytest

from skontro.ledger.cycle_records import compare_cycles
from skontro.ledger.link_records import LinkRecord
from skontro.ledger.reconciled import Kind
from skontro.system.joint.cycle_state import CyclePhase
from tests.system.joint.joint_countries import SYSTEMS
from tests.system.joint.live_cycles import CUT_OFF, LiveJoint


@pytest.fixture(scope="module")
def joint() -> LiveJoint:
    made = LiveJoint()
    kg, kz, uz = SYSTEMS
    made.instruct_debt(kz, 100, "KZT", kg)
    made.instruct_debt(kg, 5, "KGS", kz)
    made.instruct_debt(uz, 7, "UZS", kz)
    made.go(CUT_OFF)
    made.run()
    return made


def record_of(joint: LiveJoint, system: str) -> LinkRecord:
    record = LinkRecord()
    record._system = joint.country(system).system
    return record


def test_cycles_that_agree_make_no_difference(joint: LiveJoint) -> None:
    for one, other in permutations(SYSTEMS, 2):
        assert compare_cycles(record_of(joint, one), record_of(joint, other)) == []


def test_two_results_and_two_ends_are_named(joint: LiveJoint) -> None:
    kg, kz, _ = SYSTEMS
    records = record_of(joint, kg), record_of(joint, kz)
    state = joint.cycle(kz)
    kept, result = state.phase, state.result
    assert result is not None
    state.phase = CyclePhase.PAYING
    assert compare_cycles(*records) == []
    state.phase = CyclePhase.NOT_PAID
    [difference] = compare_cycles(*records)
    assert (difference.kind, difference.systems) == (Kind.CYCLE, (kg, kz))
    assert difference.evidence == f"cycle {state.identifier}: {kg}: paid, {kz}: not_paid"
    state.phase = kept
    state.result = attrs.evolve(result, payments=result.payments[:1])
    [difference] = compare_cycles(*records)
    assert "has the result" in difference.evidence
    state.result = result
    state.taking_part, both = (kz,), state.taking_part
    state.phase = CyclePhase.NOT_PAID
    assert compare_cycles(*records) == []
    state.phase, state.taking_part = kept, both
