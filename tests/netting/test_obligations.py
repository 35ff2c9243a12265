"""Net positions, pairs and payments of drawn obligations, against plain sums over all of them."""

import datetime
import doctest
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import SECOND, BusinessDay, CycleLength, InvariantBroken, Netting, net_amounts
from skontro.model.net_amounts import (
    bilateral_positions,
    bilateral_turnover,
    match_debtors_to_creditors,
    net_payments,
    net_positions,
)
from skontro.netting import set_off
from skontro.netting.cycle import cycle_periods, last_days
from skontro.netting.obligations import Obligation
from skontro.netting.residuals import residuals_by_currency

Owed = list[tuple[int, int, int]]

PARTIES = st.integers(0, 5)
PAIRS = st.tuples(PARTIES, PARTIES).filter(lambda pair: pair[0] != pair[1])
OWED = st.lists(
    st.tuples(PAIRS, st.integers(1, 4) | st.integers(1, 10**30)).map(lambda row: (*row[0], row[1])),
    max_size=30,
)


def position(owed: Owed, party: int) -> int:
    """What a party is owed less what it owes."""
    return sum(amount for _, creditor, amount in owed if creditor == party) - sum(
        amount for debtor, _, amount in owed if debtor == party
    )


@given(OWED)
def test_each_position_is_what_is_owed_to_a_party_less_what_it_owes(owed: Owed) -> None:
    parties = sorted({party for one in owed for party in one[:2]})
    assert list(net_positions(owed).items()) == [(p, position(owed, p)) for p in parties]


@given(OWED)
def test_pairs_net_and_add_up_what_each_owes_the_other(owed: Owed) -> None:
    def between(one: int, other: int) -> int:
        return sum(amount for *pair, amount in owed if pair == [one, other])

    pairs = [
        pair
        for pair in itertools.combinations(range(6), 2)
        if any({*one[:2]} == {*pair} for one in owed)
    ]
    assert [*bilateral_positions(owed)] == [*bilateral_turnover(owed)] == pairs
    for one, other in pairs:
        assert bilateral_positions(owed)[one, other] == between(one, other) - between(other, one)
        assert bilateral_turnover(owed)[one, other] == between(one, other) + between(other, one)


@given(OWED, st.sampled_from(Netting))
def test_payments_settle_every_position_with_few_payments(owed: Owed, netting: Netting) -> None:
    payments = list(net_payments(owed, netting))
    net = {party: amount for party, amount in net_positions(owed).items() if amount}
    assert all(amount > 0 for *_, amount in payments)
    paid = net_positions(payments)
    assert {party: amount for party, amount in paid.items() if amount} == net
    pairs = [tuple(sorted(pair)) for *pair, _ in payments]
    assert len({*pairs}) == len(pairs)
    if netting == Netting.MULTILATERAL:
        assert len(payments) <= max(0, len(net) - 1)
        assert all(net[debtor] < 0 < net[creditor] for debtor, creditor, _ in payments)
    else:
        assert pairs == sorted(pairs)


@given(OWED)
def test_the_largest_debtor_pays_the_largest_creditor_first(owed: Owed) -> None:
    net = net_positions(owed)
    debtors = sorted((-amount, -party) for party, amount in net.items() if amount < 0)[::-1]
    creditors = sorted((amount, -party) for party, amount in net.items() if amount > 0)[::-1]
    payments = list(match_debtors_to_creditors(net))
    assert [*dict.fromkeys(one for one, _, _ in payments)] == [-party for _, party in debtors]
    assert [*dict.fromkeys(one for _, one, _ in payments)] == [-party for _, party in creditors]


@given(OWED, st.lists(st.integers(0, 2), min_size=30, max_size=30), st.sampled_from(Netting))
def test_each_currency_is_netted_by_itself(
    owed: Owed, currencies: list[int], netting: Netting
) -> None:
    rows = [
        Obligation(debtor, creditor, currency, amount)
        for (debtor, creditor, amount), currency in zip(owed, currencies, strict=False)
    ]
    expected = [
        Obligation(debtor, creditor, currency, amount)
        for currency in range(3)
        for debtor, creditor, amount in net_payments(
            [(o.debtor, o.creditor, o.amount) for o in rows if o.currency == currency], netting
        )
    ]
    assert list(residuals_by_currency(rows, netting)) == expected


def test_rows_of_amounts_are_netted_cycle_by_cycle() -> None:
    owed = [(0, 1, np.array([3, 5])), (1, 2, np.array([4, 0])), (2, 0, np.array([1, 7]))]
    net = net_positions(owed)
    assert [net[party].tolist() for party in range(3)] == [[-2, 2], [-1, 5], [3, -7]]


def test_positions_that_do_not_add_up_to_zero_are_no_positions() -> None:
    class Odd(int):
        def __rsub__(self, other: int) -> int:
            return other

        __radd__ = int.__radd__

    with pytest.raises(InvariantBroken, match="net positions add up to zero"):
        net_positions([("A", "B", Odd(1))])


def weekdays(first: datetime.date, count: int) -> list[BusinessDay]:
    dates = [first + datetime.timedelta(n) for n in range(2 * count + 2)]
    days = [date for date in dates if date.weekday() < 5][:count]
    noon = [n * 24 * 3600 * SECOND for n in range(count)]
    return [BusinessDay(date, at, at + SECOND) for date, at in zip(days, noon, strict=True)]


@given(st.integers(1, 300), st.sampled_from([1, 2, 3, 4, 6, 12]), st.integers(1, 12))
def test_cycles_of_months_end_with_the_last_business_day_of_one(
    count: int, months: int, first: int
) -> None:
    days = weekdays(datetime.date(2023, first, 3), count)
    dates = [day.date for day in days]
    ends = last_days(CycleLength(months, "months"), dates)
    before = [
        place
        for place, (date, later) in enumerate(itertools.pairwise(dates))
        if date.month != later.month and date.month % months == 0
    ]
    assert ends == [*before, count - 1]
    periods = cycle_periods(CycleLength(months, "months"), days)
    assert [period.day for period in periods] == [days[end] for end in ends]
    starts = [0, *(end + 1 for end in ends[:-1])]
    assert [period.opens_at for period in periods] == [days[start].opens_at for start in starts]


@given(st.integers(1, 60), st.integers(1, 20))
def test_cycles_of_days_end_after_so_many(count: int, length: int) -> None:
    dates = [day.date for day in weekdays(datetime.date(2023, 5, 1), count)]
    ends = last_days(CycleLength(length, "days"), dates)
    assert ends == [*range(length - 1, count - 1, length), count - 1]


@pytest.mark.parametrize("module", [net_amounts, set_off])
def test_the_examples_of_the_docstrings(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0
