"""Outages of a system: spans between the last batch of one writer and the first of the next."""

from typing import Final

import attrs

from skontro.ledger.entry import Entry
from skontro.system import BatchKind

#: Most outages that are remembered, the latest.
MOST: Final = 1_000


@attrs.frozen
class Outage:
    """A span without a writer of the record.

    The steps of the business day leave batches. So nothing that the record knows happened between
    the last batch and the failure that followed it.

    Attributes:
        batch: number of the claim with which the record continues.
        began: time of the last batch before, microseconds since 1970.
        ended: time of the claim.
    """

    batch: int
    began: int
    ended: int


class Outages:
    """The outages of a record, in order.

        outages = Outages()
        outages.add(entry)
        outages.all

    A start that failed, so that claim follows claim, lengthens the outage before it.
    """

    def __init__(self) -> None:
        self._last: tuple[BatchKind, int] | None = None
        #: Replaced, never changed, so that readers in other threads see one state.
        self._found: tuple[Outage, ...] = ()

    @property
    def all(self) -> tuple[Outage, ...]:
        """All that are remembered, the latest last."""
        return self._found

    def add(self, entry: Entry) -> None:
        """Add the next batch of the record."""
        last, batch = self._last, entry.batch
        self._last = (batch.kind, int(batch.time))
        if batch.kind != BatchKind.WRITER or last is None or last[0] == BatchKind.GENESIS:
            return
        kind, began = last
        found = self._found
        if kind == BatchKind.WRITER and found and found[-1].batch == entry.number - 1:
            found, began = found[:-1], found[-1].began
        outage = Outage(entry.number, began, int(batch.time))
        self._found = (*found, outage)[-MOST:]
