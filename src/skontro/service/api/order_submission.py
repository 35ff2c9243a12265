"""Submission of orders: the request's parts, the screening of parties, and the place in sequence.

If screening fails, orders stay unscreened, and the rules of the system hold them.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import structlog
from fastapi import Request

from skontro.engine import Commands
from skontro.ledger.postgres.tables import Records
from skontro.model import (
    Participant,
    ParticipantDirectory,
    Party,
    PaymentDetails,
)
from skontro.screening.order_screening import ScreensParties, parties_to_screen, screen_orders
from skontro.service.api.parameters import IDEMPOTENCY_KEY
from skontro.service.api.problems import Problem
from skontro.service.api.service_context import (
    BODY,
    Context,
    context_of,
    forgotten,
    identity_of,
    participant_of,
)
from skontro.service.auth.credentials import Identity
from skontro.service.sequencer.requests import Caller, Orders
from skontro.service.traces import TRACES
from skontro.system import details_columns

_KEY: Final = re.compile(r"[\x21-\x7e]{1,64}")

_log = structlog.get_logger("skontro.screening")


async def read_submission(request: Request) -> tuple[Context, Identity, bytes, str | None]:
    """The context, the participant's person, the body and the client's id of a request.

    Raises:
        Problem: the service is not ready, the caller is not a participant, or the id is malformed.
    """
    context = await context_of(request)
    identity = await participant_of(await identity_of(request, context))
    body: bytes = request.scope[BODY]
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and not _KEY.fullmatch(key):
        errors = [{"pointer": f"/{IDEMPOTENCY_KEY}", "in": "header", "detail": "is malformed"}]
        detail = "an Idempotency-Key has 1 to 64 printable characters without spaces"
        raise Problem(422, "Request cannot be read", detail, None, errors)
    return context, identity, body, key


async def submit(
    context: Context, caller: Caller, orders: Commands, details: Sequence[PaymentDetails] = ()
) -> list[Any]:
    """Screen orders and put them in sequence; gives their records in the order index.

    Args:
        context: the running service.
        caller: who sent them.
        orders: with the digests of their details.
        details: details of each order, or nothing where none has any.

    Raises:
        Problem: they were not taken, or their outcome is no longer remembered.
    """
    indices = await _in_sequence(context, caller, orders, details)
    return [context.mapper.order_index.order(index) for index in indices]


async def submit_together(
    context: Context, caller: Caller, orders: Commands, details: Sequence[PaymentDetails] = ()
) -> Records:
    """As `submit`, for many orders: a copy of their records."""
    indices = await _in_sequence(context, caller, orders, details)
    return context.mapper.order_index.at(np.asarray(indices, np.int64))


async def _in_sequence(
    context: Context, caller: Caller, orders: Commands, details: Sequence[PaymentDetails]
) -> Sequence[int]:
    """The places of orders in the order index, once they are durable."""
    with TRACES.orders(orders):
        with TRACES.span("screen"):
            orders, texts = await context.screening.screened(orders, details)
        with TRACES.span("settle and commit"):
            indices = await context.do(lambda done: Orders(caller, orders, done, texts))
    if len(indices) != len(orders):
        raise forgotten()
    found: Sequence[int] = indices
    return found


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
        self._known: dict[int, tuple[Participant, Party]] = {}

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
        texts = {one.digest: content for one in details if (content := one.to_bytes())}
        if texts:
            orders = orders.evolve(**details_columns(details))
        if self._pool is None:
            return orders, texts
        named = [parties_to_screen(one) for one in details] or [[] for _ in range(len(orders))]
        sides = [*zip(orders.payer.tolist(), orders.payee.tolist(), strict=True)]
        try:
            participants = self._participants(orders)
            found = await screen_orders(self._pool, named, sides, participants, self._today())
        except Exception as error:
            _log.error("not screened; held", error=str(error), kind=type(error).__name__)
            return orders, texts
        distinct = {*found}
        texts |= {one.digest: one.evidence for one in distinct}
        if len(distinct) == 1:  # most requests pass, and name the same roles
            [one] = distinct
            return orders.evolve(screening=int(one.outcome), evidence=one.digest), texts
        outcomes = [int(one.outcome) for one in found]
        return orders.evolve(screening=outcomes, evidence=[one.digest for one in found]), texts

    def _participants(self, orders: Commands) -> dict[int, Party]:
        """The participant of each account that the orders name."""
        directory = self._directory()
        accounts = directory.accounts
        found = {}
        for number in np.unique([orders.payer, orders.payee]).tolist():
            participant = directory.participant(accounts[number].bic)
            known = self._known.get(number)
            if known is None or known[0] is not participant:
                known = self._known[number] = participant, _party_of(participant)
            found[number] = known[1]
        return found


def _party_of(participant: Participant) -> Party:
    identifiers = [("BIC", participant.bic)]
    if participant.lei is not None:
        identifiers.append(("LEI", participant.lei))
    return Party(participant.name, participant.country.alpha2, identifiers=identifiers)
