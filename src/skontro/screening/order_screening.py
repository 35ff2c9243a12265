"""Orders to outcomes: all parties of a request at once, and the evidence of each order."""

import datetime
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

import attrs

from skontro.model.payment_details import Party, ScreeningOutcome
from skontro.screening.screener import Screened, evidence_bytes, strictest

#: Evidence of an order that passes names no party.
_NOBODY: Final = Party()


class ScreensParties(Protocol):
    """`ScreeningPool`, or another that screens parties."""

    @property
    def digest(self) -> str:
        """The digest of the lists in use."""

    async def screen(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        """The outcome for each party, in their order."""


@attrs.frozen
class ScreenedOrder:
    """The outcome of an order, and its evidence as `evidence_bytes` writes it."""

    outcome: ScreeningOutcome
    evidence: bytes


async def screen_orders(
    pool: ScreensParties, orders: Sequence[Sequence[tuple[str, Party]]], today: datetime.date
) -> list[ScreenedOrder]:
    """The outcome of each order: that of its strictest party; held where it names none.

    Args:
        pool: screens.
        orders: roles and parties of each: those of the details, and payer and payee.
        today: decides whether the lists are fresh.
    """
    screened = await pool.screen([party for order in orders for _, party in order], today)
    digest = pool.digest
    outcomes, start = [], 0
    for order in orders:
        of_order = screened[start : start + len(order)]
        start += len(order)
        outcome = strictest(of_order)
        if outcome is ScreeningOutcome.PASSED:
            outcomes.append(_passed(tuple(role for role, _ in order), digest))
        else:
            outcomes.append(ScreenedOrder(outcome, evidence_bytes(order, of_order, digest)))
    return outcomes


@lru_cache(maxsize=1_000)
def _passed(roles: tuple[str, ...], digest: str) -> ScreenedOrder:
    """The outcome of an order that passes; the same for most of a request."""
    order = [(role, _NOBODY) for role in roles]
    screened = [Screened(ScreeningOutcome.PASSED)] * len(order)
    return ScreenedOrder(ScreeningOutcome.PASSED, evidence_bytes(order, screened, digest))
