"""The share of a group, worked out by hand; the order of the members makes no difference."""

import datetime
from fractions import Fraction

import pytest

from skontro.model import InputError
from skontro.statistics.group_share import Cell, group_share
from tests.statistics.settled_period import rate_table

DATE = datetime.date(2026, 11, 24)
RATES = rate_table({"KZT": "500", "KGS": "100", "USD": "1"})
KAZAKH: list[Cell] = [
    (DATE, "KAZ", "KAZ", "KZT", 3, 50_000),
    (DATE, "KAZ", "KGZ", "KZT", 1, 100_000),
    (DATE, "KAZ", "KGZ", "USD", 1, 200),
]
KYRGYZ: list[Cell] = [
    (DATE, "KGZ", "KAZ", "KGS", 2, 10_000),
    (DATE + datetime.timedelta(1), "KGZ", "KAZ", "KGS", 1, 10_000),
]
MEMBERS = [(["KAZ"], KAZAKH), (["KGZ", "KAZ"], KYRGYZ)]


def test_the_share_of_a_group_by_hand() -> None:
    found = group_share(MEMBERS, RATES)
    assert found.countries == ("KAZ", "KGZ")
    assert found.total.orders == 8
    assert found.total.value == 100 + 200 + 200 + 200
    assert found.cross_border.value == 600
    assert found.cross_border.by_corridor.share == Fraction(400, 600)
    assert found.total.by_corridor.share == Fraction(500, 700)
    pairs = [(one.payer_country.alpha3, one.payee_country.alpha3) for one in found.corridors]
    assert pairs == [("KAZ", "KAZ"), ("KAZ", "KGZ"), ("KGZ", "KAZ")]
    assert [one.share.value for one in found.corridors] == [100, 400, 200]
    assert [one.share.orders for one in found.corridors] == [3, 2, 3]


def test_the_order_of_members_and_rows_makes_no_difference() -> None:
    expected = group_share(MEMBERS, RATES)
    turned = [(codes, cells[::-1]) for codes, cells in MEMBERS[::-1]]
    assert group_share(turned, RATES) == expected


def test_a_currency_of_any_member_is_national_by_member() -> None:
    cells: list[Cell] = [(DATE, "KAZ", "KAZ", "KGS", 1, 100)]
    [share] = [group_share([(["KAZ"], cells)], RATES).total]
    assert share.by_member.share == 0
    both = group_share([(["KAZ"], cells), (["KGZ"], [])], RATES).total
    assert (both.by_corridor.share, both.by_member.share) == (0, 1)


def test_totals_above_64_bits() -> None:
    cells: list[Cell] = [(DATE, "KAZ", "KGZ", "USD", 1, 2**63 - 1)] * 3
    assert group_share([(["KAZ"], cells)], RATES).total.value == 3 * (2**63 - 1)
    large: list[Cell] = [(DATE, "KAZ", "KGZ", "USD", 1, 2**70)]
    assert group_share([(["KAZ"], large)], RATES).total.value == 2**70


def test_a_group_without_members_or_value() -> None:
    with pytest.raises(InputError, match="a group has a member"):
        group_share([], RATES)
    empty = group_share([(["KAZ"], [])], RATES)
    assert (empty.total.value, empty.total.by_corridor.share, empty.corridors) == (0, None, ())


def test_a_currency_without_a_rate() -> None:
    with pytest.raises(InputError, match="no rate for UZS"):
        group_share([(["UZB"], [(DATE, "UZB", "UZB", "UZS", 1, 1)])], RATES)
