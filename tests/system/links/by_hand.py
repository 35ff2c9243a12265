"""Links advanced by hand: inputs of one system, one after the other."""

from typing import Any

from skontro.model import ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import Occurrence, Phase, Role
from skontro.system.links.protocol import Transition, advance
from skontro.system.links.statements import Step
from tests.system.links.instructed import D, F, G, terms

NOW, SECOND = 1_000_000, 1_000_000
WITHIN = 10 * SECOND
BY = NOW + WITHIN

_REASONS = {
    Step.NOT_READY: ReasonCode.INSUFFICIENT_LIQUIDITY,
    Step.REFUSED: ReasonCode.LINK_SUSPENDED,
    Step.NOT_COMMITTED: ReasonCode.LINK_LEG_ENDED,
    Occurrence.LEG_NOT_READY: ReasonCode.INSUFFICIENT_LIQUIDITY,
    Occurrence.LEG_NOT_EARMARKED: ReasonCode.INSUFFICIENT_LIQUIDITY,
}
_WITH_DECIDE_BY = (Step.EARMARK, Step.PREPARED, Step.COMMITTED)


def given(cause: Step | Occurrence, sender: str = "", **fields: Any) -> LinkInput:
    """An input with what its cause needs; a statement of the only peer of the other role."""
    own = isinstance(cause, Occurrence)
    of_decider = cause in (Step.EARMARK, Step.COMMITTED, Step.NOT_COMMITTED)
    made: dict[str, Any] = {"batch": 5, "time": NOW}
    if not own:
        made |= {"sender": sender or (D if of_decider else F), "terms": terms().digest}
    if cause in _REASONS:
        made["reason"] = _REASONS[cause]
    if cause in _WITH_DECIDE_BY:
        made["decide_by"] = BY
    return LinkInput(cause, **{**made, **fields})


def new(system: str, *followers: str) -> LinkState:
    return LinkState(terms(*followers), system, decide_within=WITHIN)


def after(state: LinkState, *inputs: LinkInput) -> LinkState:
    """The state after inputs that are all taken."""
    for one in inputs:
        made = advance(state, one)
        assert made.refusal == ReasonCode.NONE, (state.phase, one.cause)
        state = made.state
    return state


#: The shortest way of each role to each phase, with one follower.
WAYS: dict[Role, dict[Phase, tuple[LinkInput, ...]]] = {
    Role.DECIDER: {Phase.UNKNOWN: ()},
    Role.FOLLOWER: {Phase.UNKNOWN: ()},
}


def _way(role: Role, begin: Phase, then: Phase, *inputs: LinkInput) -> None:
    WAYS[role][then] = (*WAYS[role][begin], *inputs)


_D, _F = Role.DECIDER, Role.FOLLOWER
for _role in Role:
    _way(_role, Phase.UNKNOWN, Phase.INSTRUCTED, given(Occurrence.INSTRUCTION, batch=1))
_way(_D, Phase.INSTRUCTED, Phase.MATCHED, given(Step.MATCH))
_way(_D, Phase.MATCHED, Phase.ASKED, given(Occurrence.LEG_READY), given(Step.READY, batch=2))
_way(_D, Phase.ASKED, Phase.PERMITTED, given(Step.PREPARED))
_way(_D, Phase.PERMITTED, Phase.COMMITTED, given(Occurrence.LEG_SETTLED, batch=3))
_way(_D, Phase.INSTRUCTED, Phase.ABORTED, given(Occurrence.LEG_ENDED, batch=3))
_way(_F, Phase.INSTRUCTED, Phase.MATCHED, given(Step.MATCH, D))
_way(_F, Phase.MATCHED, Phase.EARMARKING, given(Step.EARMARK))
_way(_F, Phase.EARMARKING, Phase.PREPARED, given(Occurrence.LEG_EARMARKED, batch=2))
_way(_F, Phase.PREPARED, Phase.COMPLETED, given(Step.COMMITTED))
_way(_F, Phase.PREPARED, Phase.RELEASED, given(Step.NOT_COMMITTED))
_way(_F, Phase.INSTRUCTED, Phase.REFUSED, given(Occurrence.LEG_ENDED, batch=3))


def in_phase(role: Role, phase: Phase) -> LinkState:
    """A link between two systems in a phase."""
    return after(new(D if role == Role.DECIDER else F), *WAYS[role][phase])


def said(made: Transition) -> list[tuple[Step, str]]:
    """Steps and addressees of the statements of a transition."""
    return [(one.step, one.addressee) for one in made.statements]


def three() -> LinkState:
    """The decider of a link with two followers, matched with both and ready itself."""
    digest = terms(F, G).digest
    return after(
        new(D, F, G),
        given(Occurrence.INSTRUCTION),
        given(Step.MATCH, F, terms=digest),
        given(Step.MATCH, G, terms=digest),
        given(Occurrence.LEG_READY),
    )
