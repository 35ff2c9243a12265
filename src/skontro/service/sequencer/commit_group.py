"""A commit group while batches are added to it."""

from collections.abc import Callable
from typing import Any

import attrs

from skontro.ledger import Entry
from skontro.service.sequencer.requests import Done, Orders, Work


@attrs.define(eq=False)
class CommitGroupBuilder:
    """Collects the batches and answers of one commit."""

    entries: list[Entry] = attrs.field(factory=list)
    answers: list[Callable[[], None]] = attrs.field(factory=list)
    refuse: list[Done] = attrs.field(factory=list)
    in_flight: list[Any] = attrs.field(factory=list)
    snapshot_due: bool = False
    commands: int = 0
    answered: dict[int, int] = attrs.field(factory=dict)


def size_of(work: Work) -> int:
    """Number of orders or requests in a piece of work."""
    return len(work.commands) if isinstance(work, Orders) else 1


def answering(done: Done, result: object) -> Callable[[], None]:
    """The answer to call once the group is durable."""
    return lambda: done(result)
