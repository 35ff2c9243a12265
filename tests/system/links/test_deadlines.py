"""The times after which links go on no more."""

import attrs
import pytest

from skontro.system.links.deadlines import Deadlines, deadline_of
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Phase
from tests.system.links.instructed import F, terms, uetr

VALID, BY = 500, 90


def state(phase: Phase, number: int = 1, valid: int = VALID, by: int | None = BY) -> LinkState:
    made = terms(link=uetr(number), valid_until=valid)
    return attrs.evolve(LinkState(made, F), phase=phase, decide_by=by)


@pytest.mark.parametrize("phase", Phase)
def test_a_link_has_the_deadline_of_its_phase(phase: Phase) -> None:
    expected = {
        Phase.INSTRUCTED: VALID,
        Phase.MATCHED: VALID,
        Phase.ASKED: BY,
        Phase.PERMITTED: BY,
    }
    assert deadline_of(state(phase)) == expected.get(phase)
    deadlines = Deadlines()
    deadlines.put(state(phase))
    passed = (uetr(1),) if phase in expected else ()
    assert deadlines.passed(10**6) == passed


def test_a_deadline_has_passed_after_its_time_and_stays_so() -> None:
    deadlines = Deadlines()
    assert deadlines.passed(10**6) == ()
    deadlines.put(state(Phase.ASKED))
    assert deadlines.passed(BY) == ()
    assert deadlines.passed(BY + 1) == (uetr(1),)
    assert deadlines.passed(BY + 1) == (uetr(1),)


def test_the_soonest_deadline_is_first_and_then_the_lower_link() -> None:
    deadlines = Deadlines()
    for number, valid in ((3, 20), (2, 10), (1, 20), (4, 30)):
        deadlines.put(state(Phase.MATCHED, number, valid))
    assert deadlines.passed(31) == (uetr(2), uetr(1), uetr(3), uetr(4))
    assert deadlines.passed(30) == (uetr(2), uetr(1), uetr(3))
    assert deadlines.passed(20) == (uetr(2),)


def test_a_later_phase_has_another_deadline_or_none() -> None:
    deadlines = Deadlines()
    deadlines.put(state(Phase.MATCHED))
    deadlines.put(state(Phase.ASKED))
    assert deadlines.passed(BY + 1) == (uetr(1),)
    deadlines.put(state(Phase.ABORTED))
    assert deadlines.passed(VALID + 1) == ()
    # A leg that could not be earmarked is matched again.
    for phase in (Phase.MATCHED, Phase.EARMARKING, Phase.MATCHED, Phase.MATCHED):
        deadlines.put(state(phase, 2))
    assert deadlines.passed(VALID + 1) == (uetr(2),)
    deadlines.put(state(Phase.PREPARED, 2))
    assert deadlines.passed(VALID + 1) == ()
