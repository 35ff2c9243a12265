"""Payments over mirror accounts in the settled value of two records: each once in the group."""

from types import SimpleNamespace

import pytest

from skontro.ledger.member_statistics import SettledValue
from skontro.ledger.settled_turnover import SettledTurnover
from skontro.system import SettlementSystem
from skontro.system.mirror.payment_table import Stage
from tests.ledger.test_member_statistics import DATE, PUBLIC
from tests.system.mirror.mirrored_systems import SYSTEMS, Mirrored


def rows_of(both: Mirrored, place: int) -> tuple[SettledValue, ...]:
    """The settled value in the record of one of the two systems."""
    country, turnover = both[place], SettledTurnover()
    system = SettlementSystem(country.rules)
    system.link_contracts.put(SYSTEMS[1 - place], both.contract)
    for number, batch in enumerate(country.batches):
        system.replay(batch)
        entry = SimpleNamespace(number=number, hash=bytes(32), batch=batch)
        turnover.observe(entry, [], system)  # type: ignore[arg-type]
    rows = turnover.statistics(PUBLIC).rows
    assert rows == turnover.statistics(PUBLIC).rows  # asking changes nothing
    return tuple(rows)


def test_payments_count_in_the_home_system_of_their_currency() -> None:
    both = Mirrored()
    for origin, amount, currency in ((0, 700, "KZT"), (1, 90, "KGS"), (1, 300, "KZT")):
        both.pay(both.terms(origin, amount, currency))
        both.deliver()
    both[0].pay_at_home(5)
    assert rows_of(both, 0) == (
        SettledValue(DATE, "KAZ", "KAZ", "KZT", 1, 5),
        SettledValue(DATE, "KAZ", "KGZ", "KZT", 1, 700),
        SettledValue(DATE, "KGZ", "KAZ", "KZT", 1, 300),
    )
    assert rows_of(both, 1) == (SettledValue(DATE, "KGZ", "KAZ", "KGS", 1, 90),)


def test_a_payment_under_way_counts_and_a_returned_one_does_not() -> None:
    both = Mirrored()
    lost = both.terms(0, 700, payee="ZZZZKG22")
    both.pay(lost)
    assert both.stages(lost)[0] == Stage.SENT
    assert rows_of(both, 0) == (SettledValue(DATE, "KAZ", "KGZ", "KZT", 1, 700),)
    both.deliver()
    assert both.stages(lost) == [Stage.RETURNED, Stage.RETURNED]
    assert rows_of(both, 0) == rows_of(both, 1) == ()


@pytest.mark.parametrize("place", [0, 1])
def test_a_payment_that_was_not_sent_does_not_count(place: int) -> None:
    both = Mirrored()
    both.pay(both.terms(0, 1_000_001))  # more than the payer has
    both.deliver()
    assert rows_of(both, place) == ()
