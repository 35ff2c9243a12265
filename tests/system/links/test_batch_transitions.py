"""Transitions that are found once for the links of a batch, compared with those of each link."""

import uuid
from typing import Any

import attrs
import pytest
from hypothesis import given as draws
from hypothesis import settings
from hypothesis import strategies as st

from skontro.model import ReasonCode
from skontro.system.links.batch_transitions import BatchTransitions, Outcome
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import Occurrence, Phase, Role
from skontro.system.links.protocol import advance
from skontro.system.links.statements import Step
from tests.draws import examples
from tests.system.links.by_hand import BY, NOW, WAYS, given, in_phase, three
from tests.system.links.instructed import VALID_UNTIL, D, F, G

BATCH = 5
SITUATIONS = [in_phase(role, phase) for role in Role for phase in WAYS[role]] + [three()]
CAUSES = (*Step, *Occurrence)


def another(state: LinkState) -> LinkState:
    """Another link in the same situation."""
    return state.changed(terms=attrs.evolve(state.terms, link=str(uuid.uuid4())))


def outcome(transitions: BatchTransitions, state: LinkState, one: LinkInput) -> Outcome:
    names = ("sender", "terms", "decide_by", "reason", "obstacle", "time")
    return transitions.of(state, one.cause, **{name: getattr(one, name) for name in names})


def check(found: Outcome, state: LinkState, one: LinkInput) -> None:
    """Check an outcome against the transition of this link alone."""
    made = advance(state, one)
    terms = state.terms
    assert state.changed(**found.changes) == made.state
    assert (found.commands, found.refusal) == (made.commands, made.refusal)
    texts = [form.text(terms.link, terms.digest) for form in found.forms]
    assert texts == [statement.to_bytes() for statement in made.statements]


@st.composite
def inputs(draw: st.DrawFn) -> tuple[LinkState, LinkInput]:
    """A link and any input to it, mostly one that fits."""
    state = draw(st.sampled_from(SITUATIONS))
    if draw(st.booleans()):
        decide_by = draw(st.sampled_from([None, BY, BY + 1]))
        state = state.changed(own_ready=draw(st.booleans()), withdrawn=draw(st.booleans()))
        state = state.changed(decide_by=decide_by or state.decide_by)
    cause = draw(st.sampled_from(CAUSES))
    fields: dict[str, Any] = {
        "batch": BATCH,
        "time": draw(st.sampled_from([NOW, BY, BY + 1, VALID_UNTIL])),
        "obstacle": draw(
            st.sampled_from(
                [ReasonCode.NONE, ReasonCode.LINK_CAP_REACHED, ReasonCode.LINK_SUSPENDED]
            )
        ),
    }
    if isinstance(cause, Step):
        peer = F if state.role == Role.DECIDER else D
        fields["terms"] = draw(st.sampled_from([state.terms.digest, "0" * 64]))
        if cause in (Step.EARMARK, Step.PREPARED, Step.COMMITTED):
            fields["decide_by"] = draw(st.sampled_from([BY, BY + 1]))
        return state, given(cause, draw(st.sampled_from([peer, G])), **fields)
    return state, given(cause, **fields)


@draws(st.lists(inputs(), min_size=1, max_size=12))
@settings(max_examples=examples(240), deadline=None)
def test_each_link_goes_through_the_transition_of_its_own(
    several: list[tuple[LinkState, LinkInput]],
) -> None:
    transitions = BatchTransitions(BATCH, NOW, advance)
    for state, one in several:
        check(outcome(transitions, state, one), state, one)
        twin = another(state)
        same = one.terms == state.terms.digest
        of_twin = attrs.evolve(one, terms=twin.terms.digest if same else one.terms)
        check(outcome(transitions, twin, of_twin), twin, of_twin)


def test_a_transition_is_found_once_for_links_in_the_same_situation() -> None:
    asked: list[LinkState] = []

    def noting(state: LinkState, one: LinkInput) -> Any:
        asked.append(state)
        return advance(state, one)

    transitions = BatchTransitions(BATCH, NOW, noting)
    state = in_phase(Role.DECIDER, Phase.MATCHED)
    links = [state, another(state), another(state)]
    found = [transitions.of(one, Occurrence.LEG_READY) for one in links]
    assert (len(asked), found[1], found[2]) == (1, found[0], found[0])
    transitions.of(state, Occurrence.REPEAT)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"own_ready": True},
        {"withdrawn": True},
        {"decide_within": 1},
        {"matched": ()},
        {"ready": (F,)},
        {"prepared": (F,)},
        {"decide_by": BY},
        {"reason": ReasonCode.LINK_LAPSED},
        {"facts": ()},
        {"phase": Phase.ASKED},
    ],
)
def test_links_in_other_situations_are_looked_at_again(changes: dict[str, Any]) -> None:
    number = 0

    def counting(state: LinkState, one: LinkInput) -> Any:
        nonlocal number
        number += 1
        return advance(state, one)

    transitions = BatchTransitions(BATCH, NOW, counting)
    state = in_phase(Role.DECIDER, Phase.MATCHED)
    assert all(getattr(state, name) != value for name, value in changes.items())
    for one in (state, state.changed(**changes), state.changed(**changes)):
        transitions.of(one, Occurrence.LEG_NOT_READY, reason=ReasonCode.DAY_NOT_OPEN)
    assert number == 2


def test_a_later_latest_time_is_another_situation() -> None:
    state = in_phase(Role.DECIDER, Phase.MATCHED).changed(own_ready=True)
    later = state.changed(terms=attrs.evolve(state.terms, valid_until=NOW))
    transitions = BatchTransitions(BATCH, NOW, advance)
    for one in (state, later):
        given_ready = given(Step.READY, terms=one.terms.digest, batch=BATCH)
        check(outcome(transitions, one, given_ready), one, given_ready)
