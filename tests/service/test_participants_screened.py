"""Participants of orders as parties: one for each account, and a new one after a change."""

import asyncio
import datetime
from collections.abc import Sequence

from skontro.engine import Commands, commands_of
from skontro.model import (
    NO_DIGEST,
    Participant,
    ParticipantDirectory,
    Party,
    PaymentDetails,
    ScreeningOutcome,
    SettlementAccount,
    content_digest,
    find_country,
    find_currency,
)
from skontro.screening.screener import Screened
from skontro.service.api.order_submission import OrderScreening

DAY = datetime.date(2026, 11, 27)
BICS = ("AAAAKZKA", "BBBBKZKA", "CCCCKZKA")
LEI = "213800KUD8LAJWSQ9D15"


class Pool:
    digest = "ab" * 32

    def __init__(self) -> None:
        self.asked: list[list[Party]] = []
        self.held: set[str] = set()

    async def screen(self, parties: Sequence[Party], today: datetime.date) -> list[Screened]:
        assert today == DAY
        self.asked.append([*parties])
        return [
            Screened(ScreeningOutcome.HELD if party.name in self.held else ScreeningOutcome.PASSED)
            for party in parties
        ]


def directory(*names: str) -> ParticipantDirectory:
    country, tenge = find_country("KAZ"), find_currency("KZT")
    return ParticipantDirectory(
        [
            Participant(bic, name, country, lei=LEI if bic == BICS[1] else None)
            for bic, name in zip(BICS, names, strict=True)
        ],
        [SettlementAccount(bic, tenge, 0) for bic in BICS],
    )


def orders(*sides: tuple[int, int]) -> Commands:
    payers, payees = zip(*sides, strict=True)
    uetrs = [bytes([number]) * 16 for number in range(len(sides))]
    return commands_of(len(sides), payer=payers, payee=payees, amount=1, uetr=uetrs)


def test_each_participant_of_a_request_is_asked_about_once() -> None:
    pool, now = Pool(), [directory("One", "Two", "Three")]
    screening = OrderScreening(pool, lambda: now[0], lambda: DAY)

    def names(commands: Commands) -> list[str]:
        asyncio.run(screening.screened(commands, ()))
        return [party.name for party in pool.asked[-1]]

    assert names(orders((1, 0), (0, 1), (1, 0))) == ["One", "Two"]
    assert names(orders((2, 1))) == ["Two", "Three"]
    two = pool.asked[-1][0]
    assert two == Party("Two", "KZ", identifiers=[("BIC", BICS[1]), ("LEI", LEI)])
    assert names(orders((1, 2))) == ["Two", "Three"]
    assert pool.asked[-1][0] is two
    now[0] = directory("One", "Two renamed", "Three")
    assert names(orders((2, 1))) == ["Two renamed", "Three"]


def test_columns_and_texts_of_orders() -> None:
    pool = Pool()
    screening = OrderScreening(pool, lambda: directory("One", "Two", "Three"), lambda: DAY)
    passed, texts = asyncio.run(screening.screened(orders((0, 1), (1, 0)), ()))
    assert passed.screening.tolist() == [1, 1]
    [(digest, evidence)] = texts.items()
    assert passed.evidence.tolist() == [digest] * 2
    assert digest == content_digest(evidence)
    pool.held = {"Three"}
    mixed, texts = asyncio.run(screening.screened(orders((0, 1), (2, 0), (0, 2)), ()))
    assert mixed.screening.tolist() == [1, 2, 2]
    assert len(texts) == 3
    assert {*mixed.evidence.tolist()} == {*texts}
    assert all(content_digest(text) == digest for digest, text in texts.items())


def test_details_are_texts_with_or_without_a_pool() -> None:
    details = [PaymentDetails(purpose="GDDS"), PaymentDetails()]
    for pool in (Pool(), None):
        screening = OrderScreening(pool, lambda: directory("One", "Two", "Three"), lambda: DAY)
        found, texts = asyncio.run(screening.screened(orders((0, 1), (1, 0)), details))
        assert texts[details[0].digest] == details[0].to_bytes()
        assert NO_DIGEST not in texts
        assert len(texts) == (2 if pool else 1)
        assert found.column("screening").tolist() == ([1, 1] if pool else [0, 0])
        assert found.column("travel_rule").tolist() == [0, 0]
        assert screening.lists == (pool.digest if pool else None)
