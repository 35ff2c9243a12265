"""Designs to compare: built-in and user-defined ones, and degrees of liquidity."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import attrs
import polars as pl

from skontro.engine import Engine
from skontro.files import Scenario
from skontro.files.designs import (
    Design,
    DesignContext,
    LiquidityParts,
    read_design,
    read_designs,
)
from skontro.model import (
    Algorithm,
    ArgumentError,
    Bypass,
    Collateral,
    InputError,
    InvariantBroken,
    ParticipantDirectory,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    find_time_zone,
    parse_decimal,
    quoted,
)
from skontro.model.text import did_you_mean
from skontro.simulation.netting_cycles import check_cycles

_MINUTE: Final = 60 * 10**6
#: Units of work of each search for the largest value: about a second, however many orders wait.
_WORK: Final = 1_000

#: The name under which a scenario's own rules are compared with the others.
OWN: Final = "scenario"


def _every(minutes: int, algorithm: Algorithm) -> ScheduledRuns:
    return ScheduledRuns(algorithm, every=minutes * _MINUTE, work=_WORK)


_RULEBOOKS: Final[Mapping[str, Rulebook]] = {
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

#: Each mechanism by itself, from the plainest on, and at last several together.
DESIGNS: Final[Mapping[str, Design]] = {
    name: Design(name=name, rulebook=rulebook) for name, rulebook in _RULEBOOKS.items()
}

#: How reports call the built-in designs. Designs of one's own are called by their names.
TITLES: Final[Mapping[str, str]] = {
    "gross": "gross, first in first out",
    "offset_on_entry": "offsetting on entry",
    "bypass": "bypass",
    "all_or_nothing": "all or nothing",
    "greatest_fifo_set": "greatest FIFO set",
    "bilateral_pass": "bilateral pass",
    "maximum_value": "maximum value",
    "together": "several together",
    OWN: "the scenario's own",
}

#: Parts of the scenario's liquidity, from hardly any to all of it.
DEGREES: Final = tuple(Fraction(percent, 100) for percent in (5, 15, 35, 65, 100))


def choose_designs(
    scenario: Scenario, named: Sequence[str] = (), file: Path | None = None
) -> dict[str, Design]:
    """The designs to compare, in order: those of the file, then the named ones.

    Args:
        scenario: that they are to settle.
        named: each the name of a built-in design, `OWN`, or ``NAME=FILE``: a name for the design
            or rulebook in that file.
        file: with designs of one's own.

    Returns:
        Without names and file the built-in ones, and the scenario's own if it has rules of its own.

    Raises:
        InputError: a design is unknown or repeated, a file cannot be used, or a design
            cannot settle this scenario.
    """
    known = dict(DESIGNS)
    has_rules = scenario.rulebook != Rulebook() or scenario.netting is not None
    own = Design(name=OWN, rulebook=scenario.rulebook, netting=scenario.netting)
    if has_rules:
        known[OWN] = own
    context = DesignContext(
        known={**known, OWN: own},
        days=scenario.business_days,
        zone=find_time_zone(scenario.time_zone),
        taken=tuple(TITLES.values()),
    )
    chosen: dict[str, Design] = {} if file is None else read_designs(file, context)
    for text in named:
        name, is_file, path = text.partition("=")
        if name in chosen:
            raise InputError(f"design {name!r} is given twice")
        if is_file:
            more = attrs.evolve(context, known={**context.known, **chosen})
            chosen[name] = read_design(name, Path(path), more)
        elif name in known:
            chosen[name] = known[name]
        else:
            raise _no_design(name, known)
    if not named and file is None:
        chosen = known
    for design in chosen.values():
        _check_fit(design, scenario)
    return chosen


def _check_fit(design: Design, scenario: Scenario) -> None:
    """See, before anything is settled, that the design can settle this scenario."""
    tried = under(scenario, design, Fraction(1))
    try:
        if tried.netting is None:
            Engine(tried.directory.accounts, tried.rulebook).check()
        else:
            check_cycles(tried, tried.netting)
    except (InputError, InvariantBroken) as error:
        place = design.source or f"design {design.name!r}"
        raise InputError(f"{place}: cannot settle this scenario: {error}") from None


def parse_degree(text: str) -> Fraction:
    """A part of the liquidity such as ``35%`` or ``0.35``; more than all of it as ``200%``.

    Raises:
        InputError: it is not a part, not above zero, or above a hundredfold.
    """
    number = text.strip().removesuffix("%")
    try:
        degree = Fraction(parse_decimal(number)) / (100 if text.strip().endswith("%") else 1)
    except InputError:
        what = "a part of the liquidity such as 35%"
        raise InputError(f"{quoted(text)} is not {what}") from None
    if 1 < degree <= 100 and not text.strip().endswith("%"):
        percent = f"{float(degree * 100):g}%"
        raise InputError(f"{quoted(text)} could mean {number}% or {percent}: write one of them")
    if not 0 < degree <= 100:
        raise InputError(f"{quoted(text)} is not above 0% and at most 10000% of the liquidity")
    return degree


def under(scenario: Scenario, design: Design, degree: Fraction) -> Scenario:
    """The scenario under the design's rules, with this part of its liquidity."""
    scarce = with_liquidity(scenario, degree, design.liquidity)
    accounts, instructions = scarce.directory.accounts, scenario.instructions
    if not design.reservations:
        accounts = tuple(
            attrs.evolve(account, reserved_urgent=0, reserved_high=0) for account in accounts
        )
        instructions = instructions.filter(pl.col("instruction") != "set_reservation")
    if not design.limits:
        accounts = tuple(
            attrs.evolve(account, net_sender_limit=None, bilateral_limits=())
            for account in accounts
        )
        limits = ["set_net_sender_limit", "set_bilateral_limit"]
        instructions = instructions.filter(~pl.col("instruction").is_in(limits))
    return attrs.evolve(
        scarce,
        directory=ParticipantDirectory(scarce.directory.participants, accounts),
        rulebook=design.rulebook,
        netting=design.netting,
        instructions=instructions,
    )


_ALL_OF_IT: Final = LiquidityParts()


def with_liquidity(
    scenario: Scenario, degree: Fraction, parts: LiquidityParts = _ALL_OF_IT
) -> Scenario:
    """The scenario with this part of its balances, credit lines and collateral, rounded down.

    Args:
        degree: of all three.
        parts: parts of each, times the degree.
    """

    def part(minor: int, kind: Fraction) -> int:
        share = degree * kind
        return minor * share.numerator // share.denominator

    def scarcer(account: SettlementAccount) -> SettlementAccount:
        less = attrs.evolve(
            account,
            opening_balance=0,
            credit_line=part(account.credit_line, parts.credit_lines),
            collateral=tuple(
                Collateral(
                    item.description, part(item.value, parts.collateral), Decimal(item.haircut)
                )
                for item in account.collateral
            ),
        )
        # Rounding may leave more of an initial debt than of the credit for it.
        opening = part(account.opening_balance, parts.opening_balances)
        return attrs.evolve(less, opening_balance=max(opening, -less.intraday_credit))

    accounts = [scarcer(account) for account in scenario.directory.accounts]
    directory = ParticipantDirectory(scenario.directory.participants, accounts)
    return attrs.evolve(scenario, directory=directory)


def last_timestamp(scenario: Scenario) -> int:
    """The last microsecond of the first business day."""
    return scenario.business_days[0].closes_at - 1


def _no_design(name: str, known: Iterable[str]) -> ArgumentError:
    names = [*known]
    return ArgumentError(
        lambda argument: (
            f"no design {name!r}: there are {', '.join(names)}; one of your own is given as "
            f"NAME=FILE, several in a file with {argument}{did_you_mean(name, names)}"
        ),
        "designs_file",
        "designs",
    )
