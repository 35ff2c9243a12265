"""All designs of a study: from words, with defaults, and refusals."""

from fractions import Fraction

import pytest

from skontro.model import InputError, Netting
from skontro.simulation.clearing_study import CYCLES, Design, all_designs
from skontro.simulation.clearing_study.designs import HOLDINGS, LINES

BILATERAL, MULTILATERAL = Netting


def test_holding_limits_are_looked_at_with_the_middle_cycle_and_the_longest_line() -> None:
    designs = all_designs(["4%", "1%"], ["2%"], ["daily", "weekly", "monthly"])
    assert len(designs) == 2 * 3 * 2 + 2
    assert designs[:2] == [
        Design(BILATERAL, "daily", Fraction(4, 100)),
        Design(BILATERAL, "daily", Fraction(1, 100)),
    ]
    assert designs[-2:] == [
        Design(netting, "weekly", Fraction(4, 100), Fraction(2, 100)) for netting in Netting
    ]


def test_each_list_has_its_own_default() -> None:
    designs = all_designs([], [], [])
    plain = [one for one in designs if one.holding is None]
    assert len(plain) == 2 * len(CYCLES) * len(LINES)
    limited = [one for one in designs if one.holding is not None]
    assert {one.holding for one in limited} == set(HOLDINGS)
    assert {(one.cycle, one.line) for one in limited} == {("monthly", max(LINES))}
    assert len(limited) == 2 * len(HOLDINGS)


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(InputError, match=r"^cycles: 'dayly' is not one of .*did you mean daily"):
        all_designs([], [], ["daily", "dayly"])
    with pytest.raises(InputError, match="not a part of annual trade"):
        all_designs(["2"], [], [])
    with pytest.raises(InputError, match="not a part of annual trade"):
        all_designs([], ["1001%"], [])
