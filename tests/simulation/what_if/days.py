"""A running day of three banks, for tests of its rest."""

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from skontro.engine import CommandKind, Commands, commands_of
from skontro.model import Rulebook
from skontro.simulation.what_if import Change, Fork, change_of
from skontro.system import NO_SCREENING, Rules, SettlementSystem
from tests.service.systems import BANKS, MINUTE, NOON, OFFICE_HOURS, directory

HOUR = 60 * MINUTE
SECOND = 1_000_000
DATE = datetime.date(2026, 11, 24)
A, B, C = BANKS
#: Account numbers in KZT and in RUB.
KZT = (0, 1, 2)
RUB = (3, 4, 5)


def system_at(
    time: int, balance: int = 1_000, rulebook: Rulebook | None = None
) -> SettlementSystem:
    """A system whose steps up to a time have been taken."""
    rules = Rules(
        "Test",
        directory(balance),
        rulebook or Rulebook(),
        OFFICE_HOURS,
        screening=NO_SCREENING,
    )
    system = SettlementSystem(rules)
    system.last_time = NOON - 10 * HOUR
    take_steps(system, time)
    return system


def take_steps(system: SettlementSystem, until: int) -> None:
    while (due := system.clock.next_step(int(system.last_time)).due) <= until:
        system.step(max(due, int(system.last_time) + 1))


def fork_at(time: int, **given: Any) -> Fork:
    system = system_at(time, **given)
    return Fork(system.rules, system.snapshot(), time)


def orders(rows: Sequence[tuple[int, int, int]], **columns: Any) -> Commands:
    """Orders of (payer, payee, amount)."""
    payers, payees, amounts = (list(column) for column in zip(*rows, strict=True))
    return commands_of(
        len(rows),
        kind=int(CommandKind.SUBMIT),
        payer=payers,
        payee=payees,
        amount=amounts,
        payment_class=2,
        uetr=[number.to_bytes(16) for number in range(1, len(rows) + 1)],
        **columns,
    )


def at(*minutes: float) -> Any:
    """Timestamps in minutes after noon."""
    return np.array([NOON + round(one * MINUTE) for one in minutes], np.int64)


def change(kind: str, **fields: str) -> Change:
    """A change on the day, `from_` for the field of this name without the underscore."""
    named = {name.rstrip("_"): value for name, value in fields.items()}
    return change_of(kind, named, directory(), OFFICE_HOURS, DATE)
