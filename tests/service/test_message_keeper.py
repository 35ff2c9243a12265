"""The thread that keeps messages: durable before the answer, in groups, and never in silence."""

import asyncio

import attrs
import pytest

from skontro.ledger import connect
from skontro.ledger.kept_messages import NEWEST, Exchange, newest_messages
from skontro.service import message_keeper
from skontro.service.message_keeper import MessageKeeper
from tests.ledger.test_kept_messages import PLAIN, record  # noqa: F401  a fixture
from tests.service.systems import copy_of


def numbered(count: int) -> list[Exchange]:
    return [
        attrs.evolve(PLAIN, message_id=str(place), answer=b"%d" % place) for place in range(count)
    ]


def kept_in(url: str) -> list[str]:
    with connect(url) as connection:
        return [one.message_id for one in newest_messages(connection, None, NEWEST, 100)][::-1]


async def keep(keeper: MessageKeeper, exchanges: list[Exchange]) -> list[bool]:
    return [*await asyncio.gather(*(keeper.keep(one) for one in exchanges))]


def test_messages_are_durable_when_it_says_so(record: str) -> None:  # noqa: F811
    url = copy_of(record)
    keeper = MessageKeeper(url)
    assert asyncio.run(keep(keeper, numbered(3))) == [True] * 3
    assert kept_in(url) == ["0", "1", "2"]
    assert asyncio.run(keep(keeper, numbered(4))) == [True] * 4
    assert kept_in(url) == ["0", "1", "2", "3"]
    keeper.stop()
    assert asyncio.run(keep(keeper, numbered(1))) == [False]
    keeper.stop()


@pytest.mark.parametrize(("bound", "value"), [("_MOST", 2), ("_MOST_BYTES", 2_000)])
def test_a_commit_takes_a_bounded_group(
    record: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    value: int,
) -> None:
    url = copy_of(record)
    sizes = []
    keeper = MessageKeeper(url)
    monkeypatch.setattr(message_keeper, bound, value)
    real = message_keeper.keep_messages

    def counted(connection: object, exchanges: list[Exchange]) -> None:
        sizes.append(len(exchanges))
        real(connection, exchanges)  # type: ignore[arg-type]

    monkeypatch.setattr(message_keeper, "keep_messages", counted)
    assert asyncio.run(keep(keeper, numbered(5))) == [True] * 5
    keeper.stop()
    assert sum(sizes) == 5
    assert max(sizes) <= 2
    assert kept_in(url) == ["0", "1", "2", "3", "4"]


def test_a_database_that_fails_is_said_and_tried_again(record: str) -> None:  # noqa: F811
    url = copy_of(record)
    keeper = MessageKeeper(url)
    unfit = attrs.evolve(PLAIN, time=2**63)
    assert asyncio.run(keep(keeper, [unfit])) == [False]
    assert asyncio.run(keep(keeper, numbered(1))) == [True]
    keeper.stop()
    assert kept_in(url) == ["0"]
    absent = MessageKeeper("postgresql://127.0.0.1:1/none")
    assert asyncio.run(keep(absent, numbered(1))) == [False]
    absent.stop()
