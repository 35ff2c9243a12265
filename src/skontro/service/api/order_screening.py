"""Screening of orders after they are read and before they are put in sequence.

If anything fails here, orders stay unscreened, and the rules of the system hold them.
"""

import datetime
from collections.abc import Callable, Sequence

import attrs
import structlog

from skontro.engine import Commands
from skontro.model import (
    NO_DETAILS,
    Participant,
    ParticipantDirectory,
    Party,
    PaymentDetails,
    content_digest,
)
from skontro.screening.order_screening import ScreensParties, parties_to_screen, screen_orders
from skontro.system import travel_rule_column

_log = structlog.get_logger("skontro.screening")


@attrs.frozen(eq=False)
class ReadOrders:
    """Orders of one request as they were read.

    Attributes:
        commands: the orders, with the digests of their details.
        details: details of each order; empty where none has any.
    """

    commands: Commands
    details: tuple[PaymentDetails, ...] = ()


class OrderScreening:
    """Screens the parties of orders.

        screening = OrderScreening(pool, lambda: directory, lambda: today)
        orders, texts = await screening.screened(commands, details)

    Args:
        pool: screens parties; None leaves every order unscreened.
        directory: gives participants.
        today: gives the day that decides whether lists are fresh.
    """

    def __init__(
        self,
        pool: ScreensParties | None,
        directory: Callable[[], ParticipantDirectory],
        today: Callable[[], datetime.date],
    ) -> None:
        self._pool, self._directory, self._today = pool, directory, today

    @property
    def lists(self) -> str | None:
        """Digest of the lists in use, "" while no engine is ready; None without screening."""
        return None if self._pool is None else self._pool.digest

    async def screened(
        self, orders: Commands, details: Sequence[PaymentDetails]
    ) -> tuple[Commands, dict[bytes, bytes]]:
        """The orders with the columns of screening, and the texts that they name, by digest.

        Args:
            orders: with the digests of their details.
            details: details of each order, or nothing where none has any.
        """
        texts = {one.digest: one.to_bytes() for one in details if one != NO_DETAILS}
        if texts:
            orders = orders.evolve(travel_rule=[travel_rule_column(one) for one in details])
        if self._pool is None:
            return orders, texts
        named = details or [NO_DETAILS] * len(orders)
        try:
            found = await screen_orders(self._pool, self._parties(orders, named), self._today())
        except Exception as error:
            _log.error("not screened; held", error=str(error), kind=type(error).__name__)
            return orders, texts
        digests = [content_digest(one.evidence) for one in found]
        texts |= zip(digests, (one.evidence for one in found), strict=True)
        outcomes = [int(one.outcome) for one in found]
        return orders.evolve(screening=outcomes, evidence=digests), texts

    def _parties(
        self, orders: Commands, details: Sequence[PaymentDetails]
    ) -> list[list[tuple[str, Party]]]:
        """The parties of each order, and its payer and payee."""
        directory = self._directory()
        accounts = directory.accounts
        known: dict[str, Party] = {}
        parties = []
        sides = zip(orders.payer.tolist(), orders.payee.tolist(), details, strict=True)
        for payer, payee, one in sides:
            of_order = parties_to_screen(one)
            for role, number in (("payer", payer), ("payee", payee)):
                bic = accounts[number].bic
                if bic not in known:
                    known[bic] = _party_of(directory.participant(bic))
                of_order.append((role, known[bic]))
            parties.append(of_order)
        return parties


def _party_of(participant: Participant) -> Party:
    identifiers = [("BIC", participant.bic)]
    if participant.lei is not None:
        identifiers.append(("LEI", participant.lei))
    return Party(participant.name, participant.country.alpha2, identifiers=identifiers)
