"""Orders to outcomes: all parties of a request at once, and the evidence of each order."""

import datetime
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

import attrs

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails
from skontro.model.text import MAX_NAME
from skontro.screening.screener import Screened, evidence_bytes, strictest

#: Evidence of an order that passes names no party.
_NOBODY: Final = Party()


#: Role of the parties that only the remittance names, such as an invoicer or a garnishee; numbered.
IN_REMITTANCE: Final = "remittance_{}"
#: End of the path of a party's name in structured remittance, a line of ``path=text``.
_NAME: Final = "/Nm"


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


def parties_to_screen(details: PaymentDetails) -> list[tuple[str, Party]]:
    """Roles and parties that an order names: those of its details, and those in its remittance.

        details = PaymentDetails(remittance=("RmtInf/Strd/Invcr/Nm=Ivan Ltd",))
        parties_to_screen(details)[0][1].name  # "Ivan Ltd"

    Args:
        details: of the order.
    """
    lines = [line.partition("=") for line in details.remittance]
    names = [text.strip() for path, _, text in lines if path.endswith(_NAME) and text.strip()]
    return [
        *details.parties,
        *(
            (IN_REMITTANCE.format(number), Party(name[:MAX_NAME]))
            for number, name in enumerate(names, 1)
        ),
    ]


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
