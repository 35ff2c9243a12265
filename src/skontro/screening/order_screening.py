"""Orders to outcomes: all parties of a request at once, and the evidence of each order."""

import datetime
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

import attrs

from skontro.model.order import ScreeningOutcome
from skontro.model.party import Party
from skontro.model.payment_details import PaymentDetails, content_digest
from skontro.model.text import MAX_NAME
from skontro.screening.screener import Screened, evidence_bytes, strictest

#: Evidence of an order that passes names no party.
_NOBODY: Final = Party()
#: Roles of the participants of an order.
_SIDES: Final = ("payer", "payee")
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


@attrs.frozen(eq=False)
class ScreenedOrder:
    """The outcome of an order, and its evidence as `evidence_bytes` writes it, with its digest.

    Orders with the same outcome and evidence can have the same object.
    """

    outcome: ScreeningOutcome
    evidence: bytes
    digest: bytes = attrs.field(init=False)

    @digest.default
    def _digest_of_evidence(self) -> bytes:
        return content_digest(self.evidence)


def parties_to_screen(details: PaymentDetails) -> list[tuple[str, Party]]:
    """Roles and parties that an order names: those of its details, and those in its remittance.

        details = PaymentDetails(remittance=("RmtInf/Strd/Invcr/Nm=Ivan Ltd",))
        parties_to_screen(details)[0][1].name  # "Ivan Ltd"

    Args:
        details: of the order.
    """
    if not details.remittance:
        return [*details.parties]
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
    pool: ScreensParties,
    named: Sequence[Sequence[tuple[str, Party]]],
    sides: Sequence[tuple[int, int]],
    participants: Mapping[int, Party],
    today: datetime.date,
) -> list[ScreenedOrder]:
    """The outcome of each order: that of its strictest party.

    Args:
        pool: screens.
        named: roles and parties that each order names.
        sides: accounts of payer and payee of each.
        participants: the party of each of these accounts.
        today: decides whether the lists are fresh.
    """
    parties = [party for order in named for _, party in order]
    screened = await pool.screen([*parties, *participants.values()], today)
    of_account = dict(zip(participants, screened[len(parties) :], strict=True))
    digest = pool.digest
    if all(one.outcome is ScreeningOutcome.PASSED for one in screened):
        if not parties:
            return [_passed(_SIDES, digest)] * len(named)
        return [_passed((*(role for role, _ in order), *_SIDES), digest) for order in named]
    outcomes, start = [], 0
    for order, (payer, payee) in zip(named, sides, strict=True):
        of_order = [*screened[start : start + len(order)], of_account[payer], of_account[payee]]
        start += len(order)
        if all(one.outcome is ScreeningOutcome.PASSED for one in of_order):
            outcomes.append(_passed((*(role for role, _ in order), *_SIDES), digest))
            continue
        both = zip(_SIDES, (participants[payer], participants[payee]), strict=True)
        evidence = evidence_bytes([*order, *both], of_order, digest)
        outcomes.append(ScreenedOrder(strictest(of_order), evidence))
    return outcomes


@lru_cache(maxsize=1_000)
def _passed(roles: tuple[str, ...], digest: str) -> ScreenedOrder:
    """The outcome of an order that passes; the same for most of a request."""
    order = [(role, _NOBODY) for role in roles]
    screened = [Screened(ScreeningOutcome.PASSED)] * len(order)
    return ScreenedOrder(ScreeningOutcome.PASSED, evidence_bytes(order, screened, digest))
