"""Transitions of the links of one batch: links in the same situation go through the same one.

A transition depends on terms and legs of a link by little: the systems, the latest time, and
whether the digest is the stated one. So it is found once for all links of a batch that differ in
nothing else, and told in the name of each.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs

from skontro.model import ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import LegCommand, Occurrence
from skontro.system.links.protocol import Transition
from skontro.system.links.statement_form import StatementForm
from skontro.system.links.statements import Step

Advance: TypeAlias = Callable[[LinkState, LinkInput], Transition]

#: Fields of a state that an input may change.
_CHANGING: Final = tuple(
    field.name for field in attrs.fields(LinkState) if field.name not in ("terms", "system")
)


@attrs.frozen
class Outcome:
    """A transition of any link in the same situation.

    Attributes:
        changes: fields of the state, as `LinkState.changed` takes them.
        commands: to the engine about the own legs.
        forms: statements to be sent, to be completed with link and terms.
        refusal: why the input was refused, or `NONE`.
    """

    changes: dict[str, Any]
    commands: tuple[LegCommand, ...]
    forms: tuple[StatementForm, ...]
    refusal: ReasonCode


class BatchTransitions:
    """The transitions of one batch.

        transitions = BatchTransitions(number, time, advance)
        outcome = transitions.of(state, Occurrence.LEG_READY)
        after = state.changed(**outcome.changes)

    Args:
        number: number of the batch.
        time: record time of the batch.
        advance: gives the transition of one link.
    """

    def __init__(self, number: int, time: int, advance: Advance) -> None:
        self._number, self._time, self._advance = number, time, advance
        self._known: dict[tuple[Any, ...], Outcome] = {}

    def of(
        self,
        state: LinkState,
        cause: Step | Occurrence,
        *,
        sender: str = "",
        terms: str = "",
        decide_by: int | None = None,
        reason: ReasonCode = ReasonCode.NONE,
        obstacle: ReasonCode = ReasonCode.NONE,
        time: int | None = None,
    ) -> Outcome:
        """The transition that an input to a link leads to.

        Args:
            state: the link.
            cause, sender, terms, decide_by, reason, obstacle: of the input, as `LinkInput`.
            time: of the input; None for that of the batch.
        """
        link = state.terms
        at = self._time if time is None else time
        key = (
            cause,
            sender,
            terms == link.digest,
            decide_by,
            reason,
            obstacle,
            at,
            link.systems,
            link.valid_until,
            state.system,
            state.decide_within,
            state.phase,
            state.matched,
            state.ready,
            state.prepared,
            state.own_ready,
            state.withdrawn,
            state.decide_by,
            state.reason,
            state.facts,
        )
        found = self._known.get(key)
        if found is None:
            given = LinkInput(cause, self._number, at, sender, terms, decide_by, reason, obstacle)
            found = self._known[key] = _outcome(state, self._advance(state, given))
        return found


def _outcome(state: LinkState, made: Transition) -> Outcome:
    changes = {
        name: getattr(made.state, name)
        for name in _CHANGING
        if getattr(made.state, name) != getattr(state, name)
    }
    forms = tuple(one.form for one in made.statements)
    return Outcome(changes, made.commands, forms, made.refusal)
