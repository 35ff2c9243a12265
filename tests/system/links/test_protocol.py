"""The protocol of links, by hand: ways through it, statements word by word, refusals, limits."""

import json
from typing import Any

import attrs
import pytest

from skontro.model import InputError, ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import ENDED, LegCommand, Occurrence, Phase, Role
from skontro.system.links.protocol import advance
from skontro.system.links.protocol_table import LASTING, TABLE, When
from skontro.system.links.statements import Statement, Step, contradict
from tests.system.links.by_hand import (
    BY,
    NOW,
    WAYS,
    WITHIN,
    after,
    given,
    in_phase,
    new,
    said,
    three,
)
from tests.system.links.instructed import LINK, VALID_UNTIL, D, F, G, terms

DECIDER, FOLLOWER = Role.DECIDER, Role.FOLLOWER


def test_a_link_between_two_systems_from_begin_to_end() -> None:
    decider, follower = new(D), new(F)
    assert LinkState(terms(), D).decide_within == 30_000_000
    assert (decider.role, follower.role) == (DECIDER, FOLLOWER)
    made = advance(decider, given(Occurrence.INSTRUCTION, batch=1, time=10))
    (match,) = made.statements
    assert match == Statement(LINK, Step.MATCH, D, F, terms().digest, 1, 10)
    follower = after(follower, given(Occurrence.INSTRUCTION), given(Occurrence.LEG_READY))
    ready = advance(follower, LinkInput.of(match, 21, 20))
    assert (ready.state.phase, said(ready)) == (Phase.MATCHED, [(Step.READY, D)])
    decider = after(made.state, given(Occurrence.LEG_READY))
    asked = advance(decider, LinkInput.of(ready.statements[0], 2, NOW))
    assert asked.state.phase == Phase.ASKED
    assert asked.state.decide_by == BY == NOW + WITHIN
    (ask,) = asked.statements
    assert ask == Statement(LINK, Step.EARMARK, D, F, terms().digest, 2, NOW, BY)
    told = advance(ready.state, LinkInput.of(ask, 22, 30))
    assert (told.commands, told.statements) == ((LegCommand.EARMARK,), ())
    assert not told.state.in_doubt
    prepared = advance(told.state, given(Occurrence.LEG_EARMARKED, batch=22, time=30))
    assert prepared.state.in_doubt
    assert prepared.statements == (
        Statement(LINK, Step.PREPARED, F, D, terms().digest, 22, 30, BY),
    )
    permitted = advance(asked.state, LinkInput.of(prepared.statements[0], 3, BY))
    assert permitted.state.phase == Phase.PERMITTED
    assert (permitted.commands, permitted.statements) == ((LegCommand.PERMIT,), ())
    committed = advance(permitted.state, given(Occurrence.LEG_SETTLED, batch=4, time=BY))
    assert committed.state.ended
    assert committed.commands == ()
    assert committed.statements == (
        Statement(LINK, Step.COMMITTED, D, F, terms().digest, 4, BY, BY),
    )
    completed = advance(prepared.state, LinkInput.of(committed.statements[0], 23, 40))
    assert completed.state.phase == Phase.COMPLETED
    assert (completed.commands, completed.statements) == ((LegCommand.COMPLETE,), ())
    assert completed.state.reason == committed.state.reason == ReasonCode.NONE


def test_the_decider_waits_for_all_followers() -> None:
    digest = {"terms": terms(F, G).digest}
    state = after(new(D, F, G), given(Occurrence.INSTRUCTION))
    assert said(advance(new(D, F, G), given(Occurrence.INSTRUCTION))) == [
        (Step.MATCH, F),
        (Step.MATCH, G),
    ]
    one = advance(state, given(Step.MATCH, G, **digest))
    assert (one.state.phase, one.state.matched, said(one)) == (
        Phase.INSTRUCTED,
        (G,),
        [(Step.MATCH, G)],
    )
    assert said(advance(one.state, given(Occurrence.REPEAT))) == [(Step.MATCH, F)]
    matched = advance(one.state, given(Step.MATCH, F, **digest))
    assert (matched.state.phase, matched.state.matched) == (Phase.MATCHED, (F, G))
    assert said(advance(matched.state, given(Occurrence.REPEAT))) == [
        (Step.MATCH, F),
        (Step.MATCH, G),
    ]
    state = after(three(), given(Step.READY, G, **digest))
    assert (state.phase, state.ready) == (Phase.MATCHED, (G,))
    state = after(state, given(Step.NOT_READY, G, **digest), given(Step.READY, F, **digest))
    assert (state.phase, state.ready) == (Phase.MATCHED, (F,))
    asked = advance(state, given(Step.READY, G, **digest))
    assert said(asked) == [(Step.EARMARK, F), (Step.EARMARK, G)]
    state = after(asked.state, given(Step.PREPARED, G, **digest))
    assert (state.phase, state.prepared) == (Phase.ASKED, (G,))
    assert said(advance(state, given(Occurrence.REPEAT))) == [(Step.EARMARK, F)]
    state = after(state, given(Step.PREPARED, G, **digest))
    assert state.phase == Phase.ASKED
    permitted = advance(state, given(Step.PREPARED, F, **digest))
    assert (permitted.state.phase, permitted.commands) == (Phase.PERMITTED, (LegCommand.PERMIT,))
    assert said(advance(permitted.state, given(Occurrence.LEG_SETTLED))) == [
        (Step.COMMITTED, F),
        (Step.COMMITTED, G),
    ]


def test_a_refusal_by_one_follower_releases_the_others_at_once() -> None:
    digest = {"terms": terms(F, G).digest}
    state = after(three(), given(Step.READY, F, **digest), given(Step.READY, G, **digest))
    state = after(state, given(Step.PREPARED, F, **digest))
    made = advance(state, given(Step.REFUSED, G, **digest))
    assert (made.state.phase, made.commands) == (Phase.ABORTED, (LegCommand.CANCEL,))
    assert made.state.reason == ReasonCode.LINK_SUSPENDED
    assert said(made) == [(Step.NOT_COMMITTED, F), (Step.NOT_COMMITTED, G)]
    lie = advance(state, given(Step.REFUSED, F, **digest))
    assert (lie.state, lie.refusal) == (state, ReasonCode.LINK_CONTRADICTED)


def test_an_own_leg_that_is_not_ready_delays_the_question() -> None:
    state = after(in_phase(DECIDER, Phase.MATCHED), given(Step.READY))
    assert state.phase == Phase.MATCHED
    state = after(state, given(Occurrence.LEG_READY), given(Occurrence.LEG_NOT_READY))
    assert state.phase == Phase.ASKED  # asked as soon as all legs were ready


@pytest.mark.parametrize("cause", [Step.READY, Occurrence.LEG_READY, Occurrence.REPEAT])
def test_nothing_is_asked_while_something_stops_a_new_decision(cause: Any) -> None:
    state = in_phase(DECIDER, Phase.MATCHED)
    first = Step.READY if cause == Occurrence.LEG_READY else Occurrence.LEG_READY
    stopped = {"obstacle": ReasonCode.LINK_CAP_REACHED}
    state = after(state, given(first, **stopped), given(Step.READY, **stopped))
    state = after(state, given(cause, **stopped))
    assert (state.phase, state.decide_by) == (Phase.MATCHED, None)
    assert after(state, given(Occurrence.LEG_READY)).phase == Phase.ASKED
    assert after(state, given(Occurrence.LEG_READY), given(Occurrence.REPEAT)).decide_by == BY


@pytest.mark.parametrize(
    ("before", "decide_by"),
    [(WITHIN + 1, WITHIN), (WITHIN, WITHIN), (WITHIN - 1, WITHIN - 1), (1, 1), (0, None)],
)
def test_decide_by_is_within_the_validity(before: int, decide_by: int | None) -> None:
    state = after(in_phase(DECIDER, Phase.MATCHED), given(Occurrence.LEG_READY))
    time = VALID_UNTIL - before
    state = after(state, given(Step.READY, time=time))
    assert state.decide_by == (None if decide_by is None else time + decide_by)


@pytest.mark.parametrize(("time", "phase"), [(BY, Phase.PERMITTED), (BY + 1, Phase.ABORTED)])
def test_the_last_time_for_prepared(time: int, phase: Phase) -> None:
    made = advance(in_phase(DECIDER, Phase.ASKED), given(Step.PREPARED, time=time))
    assert made.state.phase == phase
    if phase == Phase.ABORTED:
        assert made.commands == (LegCommand.CANCEL,)
        assert made.statements[0].reason == ReasonCode.LINK_LAPSED
        assert made.statements[0].decide_by == BY


def test_the_last_time_for_a_lapse_and_for_the_commit() -> None:
    asked, permitted = (in_phase(DECIDER, phase) for phase in (Phase.ASKED, Phase.PERMITTED))
    early = advance(asked, given(Occurrence.DECIDE_BY_PASSED, time=BY))
    assert early.refusal == ReasonCode.LINK_STEP_NOT_EXPECTED
    lapsed = advance(asked, given(Occurrence.DECIDE_BY_PASSED, time=BY + 1))
    assert lapsed.state.reason == ReasonCode.LINK_LAPSED
    assert (lapsed.commands, said(lapsed)) == ((LegCommand.CANCEL,), [(Step.NOT_COMMITTED, F)])
    late = advance(permitted, given(Occurrence.LEG_SETTLED, time=BY + 1))
    assert (late.state, late.refusal) == (permitted, ReasonCode.LINK_STEP_NOT_EXPECTED)


@pytest.mark.parametrize("obstacle", LASTING)
def test_a_lasting_obstacle_ends_the_link_before_the_earmark(obstacle: ReasonCode) -> None:
    made = advance(in_phase(FOLLOWER, Phase.MATCHED), given(Step.EARMARK, obstacle=obstacle))
    assert (made.state.phase, made.state.reason) == (Phase.REFUSED, obstacle)
    assert made.commands == (LegCommand.CANCEL,)
    assert made.statements[0].reason == obstacle


@pytest.mark.parametrize(
    "obstacle", [ReasonCode.LINK_CAP_REACHED, ReasonCode.SCREENING_HOLD, ReasonCode.DAY_NOT_OPEN]
)
def test_a_passing_obstacle_delays_the_earmark(obstacle: ReasonCode) -> None:
    made = advance(in_phase(FOLLOWER, Phase.MATCHED), given(Step.EARMARK, obstacle=obstacle))
    assert (made.state.phase, made.commands) == (Phase.MATCHED, ())
    assert (said(made), made.statements[0].reason) == ([(Step.NOT_READY, D)], obstacle)
    again = advance(made.state, given(Step.EARMARK))
    assert again.commands == (LegCommand.EARMARK,)


def test_a_leg_that_cannot_be_earmarked_is_asked_for_again() -> None:
    state = after(in_phase(FOLLOWER, Phase.MATCHED), given(Step.EARMARK))
    made = advance(state, given(Occurrence.LEG_NOT_EARMARKED))
    assert made.state.phase == Phase.MATCHED
    assert made.statements[0].reason == ReasonCode.INSUFFICIENT_LIQUIDITY
    again = after(made.state, given(Step.EARMARK), given(Occurrence.LEG_EARMARKED))
    assert again.phase == Phase.PREPARED
    unasked = advance(in_phase(FOLLOWER, Phase.MATCHED), given(Occurrence.LEG_EARMARKED))
    assert unasked.refusal == ReasonCode.LINK_STEP_NOT_EXPECTED


@pytest.mark.parametrize(
    "cause",
    [
        one
        for one in (*Step, *Occurrence)
        if not one.startswith("leg_") and one != Occurrence.CANCELLATION
    ],
)
def test_nothing_comes_between_the_command_and_the_earmark(cause: Any) -> None:
    state = in_phase(FOLLOWER, Phase.EARMARKING)
    made = advance(state, given(cause, "" if isinstance(cause, Occurrence) else D))
    assert (made.state, made.refusal) == (state, ReasonCode.LINK_STEP_NOT_EXPECTED)


@pytest.mark.parametrize("cause", [Step.COMMITTED, Step.NOT_COMMITTED, Occurrence.CERTIFICATE])
def test_nothing_is_posted_while_the_day_is_closed(cause: Any) -> None:
    state = in_phase(FOLLOWER, Phase.PREPARED)
    made = advance(state, given(cause, obstacle=ReasonCode.DAY_NOT_OPEN))
    assert (made.state, made.refusal) == (state, ReasonCode.DAY_NOT_OPEN)
    assert advance(state, given(cause)).state.ended


def test_banks_choose_nothing_once_money_may_be_locked() -> None:
    for role, phase in (
        (DECIDER, Phase.ASKED),
        (DECIDER, Phase.PERMITTED),
        (FOLLOWER, Phase.EARMARKING),
        (FOLLOWER, Phase.PREPARED),
    ):
        state = in_phase(role, phase)
        made = advance(state, given(Occurrence.CANCELLATION))
        assert (made.state, made.refusal) == (state, ReasonCode.LINK_BEING_DECIDED)


def test_a_matched_follower_asks_the_decider_to_end_the_link() -> None:
    state = after(in_phase(FOLLOWER, Phase.MATCHED), given(Occurrence.LEG_READY))
    assert said(advance(state, given(Occurrence.REPEAT))) == [(Step.READY, D)]
    made = advance(state, given(Occurrence.CANCELLATION, batch=8))
    assert (made.state.phase, made.commands, said(made)) == (
        Phase.MATCHED,
        (),
        [(Step.WITHDRAW, D)],
    )
    again = advance(made.state, given(Occurrence.REPEAT, batch=9))
    assert again.statements == made.statements
    assert said(advance(made.state, given(Occurrence.LEG_READY))) == []
    # Asked in the meantime, it earmarks all the same.
    assert advance(made.state, given(Step.EARMARK)).commands == (LegCommand.EARMARK,)
    ended = advance(in_phase(DECIDER, Phase.MATCHED), given(Step.WITHDRAW))
    assert ended.state.reason == ReasonCode.LINK_WITHDRAWN
    assert (ended.commands, said(ended)) == ((LegCommand.CANCEL,), [(Step.NOT_COMMITTED, F)])
    asked = in_phase(DECIDER, Phase.ASKED)
    assert advance(asked, given(Step.WITHDRAW)).state == asked


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (Occurrence.CANCELLATION, ReasonCode.LINK_WITHDRAWN),
        (Occurrence.LEG_ENDED, ReasonCode.LINK_LEG_ENDED),
        (Occurrence.CERTIFICATE, ReasonCode.LINK_CERTIFIED_NOT_COMMITTED),
        (Step.REFUSED, ReasonCode.LINK_SUSPENDED),
        (Step.WITHDRAW, ReasonCode.LINK_WITHDRAWN),
    ],
)
def test_reasons_of_an_abort(cause: Any, reason: ReasonCode) -> None:
    made = advance(in_phase(DECIDER, Phase.MATCHED), given(cause))
    assert (made.state.phase, made.state.reason) == (Phase.ABORTED, reason)
    assert made.statements[0].reason == reason


def test_a_refusal_cannot_make_the_decider_say_that_the_link_lapsed() -> None:
    state = in_phase(DECIDER, Phase.ASKED)
    made = advance(state, given(Step.REFUSED, reason=ReasonCode.LINK_LAPSED))
    assert made.statements[0].reason == ReasonCode.LINK_LEG_ENDED


def test_reasons_of_a_follower() -> None:
    state = in_phase(FOLLOWER, Phase.INSTRUCTED)
    for cause, reason in (
        (Occurrence.CANCELLATION, ReasonCode.LINK_WITHDRAWN),
        (Occurrence.LEG_ENDED, ReasonCode.LINK_LEG_ENDED),
        (Step.NOT_COMMITTED, ReasonCode.LINK_LEG_ENDED),
        (Occurrence.CERTIFICATE, ReasonCode.LINK_CERTIFIED_NOT_COMMITTED),
    ):
        assert after(state, given(cause)).reason == reason
    prepared = in_phase(FOLLOWER, Phase.PREPARED)
    assert after(prepared, given(Step.NOT_COMMITTED)).reason == ReasonCode.LINK_LEG_ENDED
    certified = after(prepared, given(Occurrence.CERTIFICATE))
    assert certified.reason == ReasonCode.LINK_CERTIFIED_NOT_COMMITTED


def test_a_certificate_holds_for_a_link_that_the_decider_lost() -> None:
    made = advance(new(D), given(Occurrence.CERTIFICATE))
    assert (made.state.phase, made.commands) == (Phase.ABORTED, ())
    again = advance(made.state, given(Occurrence.INSTRUCTION))
    assert again.refusal == ReasonCode.LINK_ENDED
    committed = advance(in_phase(DECIDER, Phase.COMMITTED), given(Occurrence.CERTIFICATE))
    assert committed.refusal == ReasonCode.LINK_CONTRADICTED


@pytest.mark.parametrize("role", Role)
def test_statements_before_the_own_instruction(role: Role) -> None:
    state = in_phase(role, Phase.UNKNOWN)
    for step in Step:
        assert advance(state, given(step)).refusal == ReasonCode.LINK_UNKNOWN
    assert advance(state, given(Occurrence.REPEAT)).refusal == ReasonCode.LINK_UNKNOWN


@pytest.mark.parametrize(
    ("role", "phase"), [(role, phase) for role in Role for phase in WAYS[role]]
)
def test_statements_of_others_or_on_other_terms(role: Role, phase: Phase) -> None:
    state = in_phase(role, phase)
    step = Step.MATCH
    peer = F if role == DECIDER else D
    if phase == Phase.UNKNOWN:
        return
    for sender, digest, refusal in (
        (G, terms().digest, ReasonCode.LINK_STEP_NOT_EXPECTED),
        (state.system, terms().digest, ReasonCode.LINK_STEP_NOT_EXPECTED),
        (peer, "0" * 64, ReasonCode.LINK_TERMS_DIFFER),
    ):
        made = advance(state, given(step, sender, terms=digest))
        assert (made.state, made.refusal) == (state, refusal)


@pytest.mark.parametrize(
    ("role", "phase", "step"),
    [
        (DECIDER, Phase.ASKED, Step.PREPARED),
        (FOLLOWER, Phase.PREPARED, Step.EARMARK),
        (FOLLOWER, Phase.PREPARED, Step.COMMITTED),
        (FOLLOWER, Phase.PREPARED, Step.NOT_COMMITTED),
    ],
)
def test_another_time_to_decide_by_is_a_contradiction(role: Role, phase: Phase, step: Step) -> None:
    state = in_phase(role, phase)
    for decide_by in (BY - 1, BY + 1):
        made = advance(state, given(step, decide_by=decide_by))
        assert (made.state, made.refusal) == (state, ReasonCode.LINK_CONTRADICTED)


def repetitions() -> list[Any]:
    answers = {
        (DECIDER, Phase.COMMITTED): Step.COMMITTED,
        (DECIDER, Phase.ABORTED): Step.NOT_COMMITTED,
    }
    heard = (Step.MATCH, Step.READY, Step.NOT_READY, Step.WITHDRAW, Step.PREPARED)
    rows: list[Any] = [(*key, cause, answer) for key, answer in answers.items() for cause in heard]
    rows += [(FOLLOWER, Phase.REFUSED, cause, Step.REFUSED) for cause in (Step.MATCH, Step.EARMARK)]
    prepared = (Step.MATCH, Step.EARMARK, Occurrence.REPEAT)
    rows += [(FOLLOWER, Phase.PREPARED, cause, Step.PREPARED) for cause in prepared]
    rows += [
        (DECIDER, Phase.ASKED, Step.READY, Step.EARMARK),
        (DECIDER, Phase.ASKED, Step.MATCH, Step.MATCH),
        (DECIDER, Phase.MATCHED, Step.MATCH, Step.MATCH),
        (DECIDER, Phase.ASKED, Occurrence.REPEAT, Step.EARMARK),
        (FOLLOWER, Phase.INSTRUCTED, Occurrence.REPEAT, Step.MATCH),
        (FOLLOWER, Phase.MATCHED, Occurrence.REPEAT, Step.MATCH),
    ]
    return rows


@pytest.mark.parametrize(("role", "phase", "cause", "answer"), repetitions())
def test_a_repetition_gets_the_same_answer(
    role: Role, phase: Phase, cause: Any, answer: Step
) -> None:
    state = in_phase(role, phase)
    sender = "" if isinstance(cause, Occurrence) else F if role == DECIDER else D
    first = advance(state, given(cause, sender, batch=20, time=NOW + 20))
    again = advance(first.state, given(cause, sender, batch=21, time=NOW + 21))
    assert [one.step for one in first.statements] == [answer]
    assert again.statements == first.statements
    assert (first.commands, again.state) == ((), first.state)
    # A step true of one batch names this batch, and not that of the repetition.
    assert first.statements[0].batch < 20


def test_ends_that_stay() -> None:
    for role, phase in ((r, p) for r in Role for p in WAYS[r] if p in ENDED):
        state = in_phase(role, phase)
        for cause in (*Step, *Occurrence):
            sender = "" if isinstance(cause, Occurrence) else F if role == DECIDER else D
            made = advance(state, given(cause, sender, time=BY + 1))
            assert (made.state.phase, made.commands) == (phase, ())


def test_contradictions_of_the_decider() -> None:
    for phase, cause in (
        (Phase.COMPLETED, Step.NOT_COMMITTED),
        (Phase.COMPLETED, Occurrence.CERTIFICATE),
        (Phase.RELEASED, Step.COMMITTED),
        (Phase.REFUSED, Step.COMMITTED),
        (Phase.MATCHED, Step.COMMITTED),
        (Phase.INSTRUCTED, Step.COMMITTED),
    ):
        made = advance(in_phase(FOLLOWER, phase), given(cause))
        assert made.refusal == ReasonCode.LINK_CONTRADICTED
    for phase in (Phase.PERMITTED, Phase.COMMITTED):
        made = advance(in_phase(DECIDER, phase), given(Step.REFUSED))
        assert made.refusal == ReasonCode.LINK_CONTRADICTED


def test_inputs_out_of_turn() -> None:
    for role, phase, cause in (
        (DECIDER, Phase.MATCHED, Step.PREPARED),
        (DECIDER, Phase.ASKED, Occurrence.LEG_SETTLED),
        (DECIDER, Phase.MATCHED, Occurrence.INSTRUCTION),
        (FOLLOWER, Phase.INSTRUCTED, Step.EARMARK),
        (FOLLOWER, Phase.PREPARED, Occurrence.LEG_ENDED),
        (FOLLOWER, Phase.PREPARED, Occurrence.DECIDE_BY_PASSED),
    ):
        state = in_phase(role, phase)
        made = advance(state, given(cause))
        assert (made.state, made.refusal) == (state, ReasonCode.LINK_STEP_NOT_EXPECTED)


def test_readiness_is_stated_from_the_batch_that_changed_it() -> None:
    state = in_phase(FOLLOWER, Phase.MATCHED)
    first = advance(state, given(Occurrence.LEG_READY, batch=8))
    stopped = advance(first.state, given(Occurrence.LEG_NOT_READY, batch=9))
    assert (said(stopped), stopped.statements[0].batch) == ([(Step.NOT_READY, D)], 9)
    second = advance(stopped.state, given(Occurrence.LEG_READY, batch=10))
    assert [one.statements[0].batch for one in (first, second)] == [8, 10]
    again = advance(second.state, given(Occurrence.REPEAT, batch=11))
    assert again.statements == second.statements
    assert not contradict(first.statements[0], second.statements[0])


@pytest.mark.parametrize(
    ("role", "phase"), [(role, phase) for role in Role for phase in WAYS[role]]
)
def test_a_state_is_kept_as_a_document(role: Role, phase: Phase) -> None:
    state = in_phase(role, phase)
    assert state.phase == phase
    document = json.loads(json.dumps(state.to_document()))
    assert LinkState.from_document(document) == state


def test_a_rich_state_is_kept_as_a_document() -> None:
    digest = {"terms": terms(F, G).digest}
    state = after(three(), given(Step.READY, F, **digest), given(Step.READY, G, **digest))
    state = after(state, given(Step.PREPARED, F, **digest))
    state = attrs.evolve(state, withdrawn=True, reason=ReasonCode.LINK_LAPSED)
    assert LinkState.from_document(json.loads(json.dumps(state.to_document()))) == state


@pytest.mark.parametrize(
    ("cause", "field"),
    [
        (Step.REFUSED, "reason"),
        (Occurrence.LEG_NOT_READY, "reason"),
        (Occurrence.LEG_NOT_EARMARKED, "reason"),
        (Step.PREPARED, "decide_by"),
    ],
)
def test_inputs_have_what_their_cause_needs(cause: Any, field: str) -> None:
    with pytest.raises(InputError, match=f"^{field}: {cause} has one$"):
        LinkInput(cause, 1, 1)


def test_every_row_can_be_reached_and_no_row_hides_another() -> None:
    seen: set[tuple[Any, ...]] = set()
    for row in TABLE:
        key = (row.role, row.phase, row.cause)
        assert (*key, When.ALWAYS) not in seen
        assert (*key, row.when) not in seen
        seen.add((*key, row.when))
    assert {row.phase for row in TABLE if row.role == DECIDER} == set(WAYS[DECIDER])
    assert {row.phase for row in TABLE if row.role == FOLLOWER} == set(WAYS[FOLLOWER])
