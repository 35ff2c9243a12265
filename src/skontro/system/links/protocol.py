"""The protocol of a link in one system: a state and an input give a state, commands, statements.

Last-resource commit. The decider's own leg settles with the decision, so only followers lock money.
A link that the decider did not commit by a time in its own record is aborted.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from skontro.model import ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import ENDED, LegCommand, Occurrence, Phase, Role
from skontro.system.links.protocol_table import LASTING, TABLE, Row, Tell, To, When
from skontro.system.links.statements import WITH_DECIDE_BY, WITH_REASON, Statement, Step

#: Reasons of an end, by the input that ended it; else the reason of the input.
_REASONS: Final[dict[Step | Occurrence, ReasonCode]] = {
    Step.WITHDRAW: ReasonCode.LINK_WITHDRAWN,
    Occurrence.CANCELLATION: ReasonCode.LINK_WITHDRAWN,
    Occurrence.LEG_ENDED: ReasonCode.LINK_LEG_ENDED,
    Occurrence.CERTIFICATE: ReasonCode.LINK_CERTIFIED_NOT_COMMITTED,
    Occurrence.DECIDE_BY_PASSED: ReasonCode.LINK_LAPSED,
    Step.PREPARED: ReasonCode.LINK_LAPSED,
}

#: Phases in which nothing is read that was noted before.
_FORGETS: Final = (Phase.PREPARED, *ENDED)


@attrs.frozen
class Transition:
    """The outcome of an input.

    Attributes:
        state: after it; the same if it was refused.
        commands: to the engine about the own leg, in the same batch.
        statements: to be sent after this batch is durable, and not before.
        refusal: why the input was refused, or `NONE`.
    """

    state: LinkState
    commands: tuple[LegCommand, ...] = ()
    statements: tuple[Statement, ...] = ()
    refusal: ReasonCode = ReasonCode.NONE


def advance(state: LinkState, given: LinkInput, table: "Table | None" = None) -> Transition:
    """The transition that an input causes; a repeated input gives the same answer.

    Args:
        state: the link in this system.
        given: the input.
        table: other transitions, to show in tests that wrong ones are found.
    """
    refusal = _refusal_of_peer(state, given)
    if refusal != ReasonCode.NONE:
        return Transition(state, refusal=refusal)
    noted = _note(state, given)
    rows = (_TABLE if table is None else table).get((state.role, state.phase, given.cause), ())
    for row in rows:
        if _CONDITIONS[row.when](noted, given):
            return _take(state, noted, given, row)
    return Transition(state, refusal=_refusal_without_row(state))


Table = Mapping[tuple[Role, Phase, Step | Occurrence], tuple[Row, ...]]


def index_rows(rows: tuple[Row, ...]) -> Table:
    """The rows by role, phase and input, each in order."""
    table: dict[tuple[Role, Phase, Step | Occurrence], tuple[Row, ...]] = {}
    for row in rows:
        key = (row.role, row.phase, row.cause)
        table[key] = (*table.get(key, ()), row)
    return table


_TABLE: Final = index_rows(TABLE)

#: Conditions that read the obstacle of an input; a statement that a leg is not ready does too.
_OBSTACLES: Final = (When.ALL_READY, When.NO_OBSTACLE, When.LASTING_OBSTACLE)
_ASKING: Final = frozenset(
    (row.role, row.phase, row.cause)
    for row in TABLE
    if row.when in _OBSTACLES or any(tell.step == Step.NOT_READY for tell in row.statements)
)


def asks_for_obstacle(state: LinkState, cause: Step | Occurrence) -> bool:
    """Whether the transition that an input causes depends on an obstacle in the own system."""
    return (state.role, state.phase, cause) in _ASKING


def _refusal_of_peer(state: LinkState, given: LinkInput) -> ReasonCode:
    """Why a statement is refused in every phase: another sender, other terms or decide-by."""
    if not isinstance(given.cause, Step):
        return ReasonCode.NONE
    if state.phase == Phase.UNKNOWN:
        return ReasonCode.LINK_UNKNOWN
    if given.sender not in state.terms.peers_of(state.system):
        return ReasonCode.LINK_STEP_NOT_EXPECTED
    if given.terms != state.terms.digest:
        return ReasonCode.LINK_TERMS_DIFFER
    if None not in (state.decide_by, given.decide_by) and state.decide_by != given.decide_by:
        return ReasonCode.LINK_CONTRADICTED
    return ReasonCode.NONE


def _refusal_without_row(state: LinkState) -> ReasonCode:
    if state.phase == Phase.UNKNOWN:
        return ReasonCode.LINK_UNKNOWN
    return ReasonCode.LINK_ENDED if state.ended else ReasonCode.LINK_STEP_NOT_EXPECTED


def _note(state: LinkState, given: LinkInput) -> LinkState:
    """The state with the facts of an input, before its transition."""
    if state.ended:
        return state
    if given.cause == Step.EARMARK:
        return state.changed(decide_by=given.decide_by)
    if isinstance(given.cause, Step):
        return _note_follower(state, given)
    if state.phase not in (*_UNASKED, Phase.EARMARKING):
        return state
    if given.cause == Occurrence.CANCELLATION:
        return state.changed(withdrawn=True)
    own_ready = _READINESS.get(given.cause, state.own_ready)
    return state if own_ready == state.own_ready else state.changed(own_ready=own_ready)


_UNASKED: Final = (Phase.INSTRUCTED, Phase.MATCHED)
_READINESS: Final = {
    Occurrence.LEG_READY: True,
    Occurrence.LEG_NOT_READY: False,
    Occurrence.LEG_NOT_EARMARKED: False,
}


def _note_follower(state: LinkState, given: LinkInput) -> LinkState:
    """The decider's state with a follower's statement: each shows that its terms are the same."""
    if state.role == Role.FOLLOWER:
        return state
    if state.phase == Phase.ASKED and given.cause == Step.PREPARED:
        return state.changed(prepared=_with(state, state.prepared, given.sender))
    if state.phase not in _UNASKED:
        return state
    ready = state.ready
    if given.cause == Step.READY:
        ready = _with(state, ready, given.sender)
    elif given.cause == Step.NOT_READY:
        ready = tuple(one for one in ready if one != given.sender)
    matched = _with(state, state.matched, given.sender)
    if (matched, ready) == (state.matched, state.ready):
        return state
    return state.changed(matched=matched, ready=ready)


def _with(state: LinkState, systems: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(each for each in state.terms.followers if each in systems or each == one)


def _late(state: LinkState, given: LinkInput) -> bool:
    return state.decide_by is not None and given.time > state.decide_by


def _all_ready(state: LinkState, given: LinkInput) -> bool:
    return (
        state.own_ready
        and state.ready == state.terms.followers
        and given.obstacle == ReasonCode.NONE
        and given.time < state.terms.valid_until
    )


_CONDITIONS: Final[dict[When, Callable[[LinkState, LinkInput], bool]]] = {
    When.ALWAYS: lambda state, given: True,
    When.ALL_MATCHED: lambda state, given: state.matched == state.terms.followers,
    When.ALL_READY: _all_ready,
    When.ALL_PREPARED: lambda state, given: state.prepared == state.terms.followers,
    When.IN_TIME: lambda state, given: not _late(state, given),
    When.LATE: _late,
    When.SENDER_PREPARED: lambda state, given: given.sender in state.prepared,
    When.OWN_READY: lambda state, given: state.own_ready,
    When.WITHDRAWN: lambda state, given: state.withdrawn,
    When.NO_OBSTACLE: lambda state, given: given.obstacle == ReasonCode.NONE,
    When.LASTING_OBSTACLE: lambda state, given: given.obstacle in LASTING,
}


def _take(state: LinkState, noted: LinkState, given: LinkInput, row: Row) -> Transition:
    """The outcome of a row."""
    if row.refusal != ReasonCode.NONE:
        return Transition(state, refusal=row.refusal)
    after = noted if row.then == row.phase else _enter(noted, given, row.then)
    statements: list[Statement] = []
    for tell in row.statements:
        after = _state_fact(after, tell.step, given)
        statements += _statements(after, tell, given)
    return Transition(after, row.commands, tuple(statements))


def _enter(state: LinkState, given: LinkInput, phase: Phase) -> LinkState:
    """The state in another phase; some phases read nothing that was noted before."""
    changes: dict[str, Any] = {"phase": phase}
    if phase == Phase.ASKED:
        by = min(given.time + state.decide_within, state.terms.valid_until)
        changes |= {"decide_by": by}
    if phase in (Phase.ABORTED, Phase.RELEASED, Phase.REFUSED):
        changes |= {"reason": _reason_of(given)}
    if phase in _FORGETS:
        changes |= {"matched": (), "ready": (), "prepared": (), "facts": ()}
        changes |= {"own_ready": False, "withdrawn": False}
    return state.changed(**changes)


def _reason_of(given: LinkInput) -> ReasonCode:
    """The reason of an end that this input causes."""
    if given.cause == Step.EARMARK:
        return given.obstacle
    if given.cause == Step.REFUSED and given.reason == ReasonCode.LINK_LAPSED:
        # The decider alone can say so, and only after decide-by.
        return ReasonCode.LINK_LEG_ENDED
    return _REASONS.get(given.cause, given.reason)


def _state_fact(after: LinkState, step: Step, given: LinkInput) -> LinkState:
    """Keep the batch of a statement. A repetition states the batch of the first one.

    Readiness is stated again from later batches; it is another fact each time.
    """
    known = any(fact[0] == step for fact in after.facts)
    changes = step in (Step.READY, Step.NOT_READY) and given.cause != Occurrence.REPEAT
    if known and not changes:
        return after
    others = (fact for fact in after.facts if fact[0] != step)
    facts = sorted((*others, (step, given.batch, given.time)), key=_place_of)
    return after.changed(facts=tuple(facts))


_PLACES: Final = {step: place for place, step in enumerate(Step)}


def _place_of(fact: tuple[Step, int, int]) -> int:
    return _PLACES[fact[0]]


def _statements(state: LinkState, tell: Tell, given: LinkInput) -> list[Statement]:
    """A statement for each system that it is for."""
    batch, time = next(fact[1:] for fact in state.facts if fact[0] == tell.step)
    with_decide_by = tell.step in (*WITH_DECIDE_BY, Step.NOT_COMMITTED)
    reason = ReasonCode.NONE
    if tell.step == Step.NOT_READY:
        reason = given.reason if given.obstacle == ReasonCode.NONE else given.obstacle
    elif tell.step in WITH_REASON:
        reason = state.reason
    return [
        Statement.of_checked(
            state.terms.link,
            tell.step,
            state.system,
            addressee,
            state.terms.digest,
            batch,
            time,
            state.decide_by if with_decide_by else None,
            reason,
        )
        for addressee in _addressees(state, tell.to, given)
    ]


def _addressees(state: LinkState, to: To, given: LinkInput) -> tuple[str, ...]:
    followers = state.terms.followers
    if to == To.SENDER:
        return (given.sender,)
    if to == To.DECIDER:
        return (state.terms.decider,)
    if to == To.UNMATCHED:
        return tuple(one for one in followers if one not in state.matched)
    if to == To.UNPREPARED:
        return tuple(one for one in followers if one not in state.prepared)
    return followers
