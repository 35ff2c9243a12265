"""A group of batches while it is being put together."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np

from skontro.ledger import Entry
from skontro.ledger.tables import Records
from skontro.service.work import Done, Orders, Work


@attrs.define(eq=False)
class GroupInMaking:
    """What will be written together, as it grows."""

    entries: list[Entry] = attrs.field(factory=list)
    answers: list[Callable[[], None]] = attrs.field(factory=list)
    refuse: list[Done] = attrs.field(factory=list)
    in_flight: list[Any] = attrs.field(factory=list)
    snapshot_due: bool = False
    commands: int = 0
    answered: dict[int, int] = attrs.field(factory=dict)


def size_of(work: Work) -> int:
    """How many orders or requests it is."""
    return len(work.rows) if isinstance(work, Orders) else 1


def answering(done: Done, result: object) -> Callable[[], None]:
    """To be called when the group is durable."""
    return lambda: done(result)


def joined(parts: Sequence[Records]) -> Records:
    """One after the other. All are of one kind; NumPy's own way compares them field by field."""
    rows = np.empty(sum(len(part) for part in parts), parts[0].dtype)
    end = 0
    for part in parts:
        start, end = end, end + len(part)
        rows[start:end] = part
    return rows
