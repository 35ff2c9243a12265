"""The initial rules of a settlement system."""

from typing import Final

import attrs

from skontro.model import (
    Algorithm,
    InputError,
    ParticipantDirectory,
    Rulebook,
    SettlementCalendar,
)
from skontro.system.credentials import Credentials
from skontro.system.screening_policy import ScreeningPolicy

#: The most days ahead for which orders are warehoused by default.
DEFAULT_DAYS_AHEAD: Final = 10


@attrs.frozen
class Rules:
    """The initial rules and participants of a settlement system.

    Attributes:
        name: one line for titles.
        directory: participants and accounts.
        rulebook: the mechanisms that settle orders.
        calendar: business days and their hours.
        most_days_ahead: the most days ahead for which orders are warehoused.
        credentials: keys and operators.
        screening: which orders are held or rejected before they reach the engine.

    Raises:
        InputError: the rulebook has runs of maximum value or a schedule of pay-ins, both of which
            run in simulations only.
    """

    name: str
    directory: ParticipantDirectory
    rulebook: Rulebook
    calendar: SettlementCalendar
    most_days_ahead: int = DEFAULT_DAYS_AHEAD
    credentials: Credentials = attrs.field(factory=Credentials)
    screening: ScreeningPolicy = attrs.field(factory=ScreeningPolicy)

    def __attrs_post_init__(self) -> None:
        for runs in self.rulebook.schedule:
            if runs.algorithm == Algorithm.MAXIMUM_VALUE:
                raise InputError(
                    "rulebook: maximum_value runs in simulations only; choose another algorithm"
                )
        limits = self.rulebook.position_limits
        if limits is not None and limits.pay_ins:
            raise InputError(
                "rulebook: pay_ins run in simulations only; live, participants pay in by liquidity "
                "transfers"
            )
