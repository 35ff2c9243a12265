"""The rules that a settlement system begins with."""

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

#: So far ahead, in days, orders are warehoused unless the rules say otherwise.
DEFAULT_DAYS_AHEAD: Final = 10


@attrs.frozen
class Rules:
    """What a settlement system is before anything has happened.

    Attributes:
        name: one line for titles.
        directory: participants and accounts.
        rulebook: which mechanisms settle orders.
        calendar: when.
        most_days_ahead: how far ahead orders are warehoused.
        credentials: who may act.

    Raises:
        InputError: the rulebook wants the maximum value at set times, which only simulation finds,
            or a schedule of pay-ins, which only simulation draws up.
    """

    name: str
    directory: ParticipantDirectory
    rulebook: Rulebook
    calendar: SettlementCalendar
    most_days_ahead: int = DEFAULT_DAYS_AHEAD
    credentials: Credentials = attrs.field(factory=Credentials)

    def __attrs_post_init__(self) -> None:
        for runs in self.rulebook.schedule:
            if runs.algorithm == Algorithm.MAXIMUM_VALUE:
                raise InputError(
                    "rulebook: maximum_value runs in simulations only; choose another algorithm"
                )
        limits = self.rulebook.position_limits
        if limits is not None and limits.pay_ins:
            raise InputError(
                "rulebook: pay_ins run in simulations only; what participants pay in are liquidity "
                "transfers"
            )
