"""The initial rules of a settlement system, and the compilation of the kernels for them."""

from typing import Final

import attrs

from skontro.engine import CommandKind, Engine, command, join
from skontro.model import (
    Algorithm,
    InputError,
    ParticipantDirectory,
    Rulebook,
    SettlementCalendar,
)
from skontro.system.credentials import Credentials
from skontro.system.screening_lists import ScreeningLists
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
        screening_lists: sanctions lists to screen with; None leaves them to the service.

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
    screening_lists: ScreeningLists | None = None

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


def precompile(rules: Rules) -> None:
    """Compile or load the kernels that settle orders, so that the first order has no delay."""
    commands = join(
        [
            command(CommandKind.OPEN_DAY, 0),
            command(CommandKind.SUBMIT, 0, payer=0, payee=1, amount=1, payment_class=2),
            command(CommandKind.OFFSET, 0, amount=int(Algorithm.GREATEST_FIFO_SET)),
            command(CommandKind.CLOSE_DAY, 0),
        ]
    )
    engine = Engine(rules.directory.accounts, rules.rulebook)
    engine.apply(commands)
    engine.why_waiting([0])
    engine.first_queued(0, 1)
