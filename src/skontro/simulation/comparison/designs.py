"""Designs to compare: rulebooks with names, and how much liquidity there is."""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import attrs

from skontro.files import Scenario
from skontro.model import (
    Algorithm,
    Bypass,
    Collateral,
    InputError,
    ParticipantDirectory,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
)

_MINUTE: Final = 60 * 10**6
#: Units of work of each search for the largest value: less than a second for ten thousand orders.
_WORK: Final = 1_000

#: The name under which a scenario's own rulebook is compared with the others.
OWN: Final = "scenario"


def _every(minutes: int, algorithm: Algorithm) -> ScheduledRuns:
    return ScheduledRuns(algorithm, every=minutes * _MINUTE, work=_WORK)


#: Each mechanism by itself, from the plainest on, and at last several together.
DESIGNS: Final[Mapping[str, Rulebook]] = {
    "gross": Rulebook(),
    "offset_on_entry": Rulebook(offset_on_entry=True),
    "bypass": Rulebook(bypass=Bypass()),
    "all_or_nothing": Rulebook(schedule=(_every(15, Algorithm.ALL_OR_NOTHING),)),
    "greatest_fifo_set": Rulebook(schedule=(_every(15, Algorithm.GREATEST_FIFO_SET),)),
    "bilateral_pass": Rulebook(schedule=(_every(15, Algorithm.BILATERAL_PASS),)),
    "maximum_value": Rulebook(schedule=(_every(60, Algorithm.MAXIMUM_VALUE),)),
    "together": Rulebook(
        offset_on_entry=True,
        bypass=Bypass(),
        schedule=(
            _every(15, Algorithm.GREATEST_FIFO_SET),
            _every(60, Algorithm.MAXIMUM_VALUE),
        ),
    ),
}

#: Parts of the scenario's liquidity, from hardly any to all of it.
DEGREES: Final = tuple(Fraction(percent, 100) for percent in (5, 15, 35, 65, 100))


def choose_designs(scenario: Scenario, names: Sequence[str] = ()) -> dict[str, Rulebook]:
    """The designs with these names; without names all, and the scenario's own if it has one.

    Raises:
        InputError: there is no design of a name.
    """
    known = dict(DESIGNS)
    if scenario.rulebook != Rulebook():
        known[OWN] = scenario.rulebook
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"no design {unknown[0]!r}: there are {', '.join(known)}")
    return {name: known[name] for name in names or known}


def parse_degree(text: str) -> Fraction:
    """A part of the liquidity such as ``35%``, ``0.35`` or ``2``.

    Raises:
        InputError: it is none, or not above zero, or above a hundredfold.
    """
    number = text.strip().removesuffix("%")
    try:
        degree = Fraction(number) / (100 if text.strip().endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise InputError(f"{text!r} is not a part of the liquidity such as 35%") from None
    if not 0 < degree <= 100:
        raise InputError(f"{text!r} is not above 0% and at most 10000% of the liquidity")
    return degree


def with_liquidity(scenario: Scenario, degree: Fraction) -> Scenario:
    """The scenario with so much of its balances, credit lines and collateral, rounded down."""

    def part(minor: int) -> int:
        return minor * degree.numerator // degree.denominator

    def scarcer(account: SettlementAccount) -> SettlementAccount:
        less = attrs.evolve(
            account,
            opening_balance=0,
            credit_line=part(account.credit_line),
            collateral=tuple(
                Collateral(item.description, part(item.value), Decimal(item.haircut))
                for item in account.collateral
            ),
        )
        # Of what is owed at the start, rounding may leave more than of the credit for it.
        opening = max(part(account.opening_balance), -less.intraday_credit)
        return attrs.evolve(less, opening_balance=opening)

    accounts = [scarcer(account) for account in scenario.directory.accounts]
    directory = ParticipantDirectory(scenario.directory.participants, accounts)
    return attrs.evolve(scenario, directory=directory)


def last_moment(scenario: Scenario) -> int:
    """The last microsecond of the first business day."""
    return scenario.business_days[0].closes_at - 1


def first_date(scenario: Scenario) -> datetime.date:
    """The first business day."""
    return scenario.business_days[0].date
