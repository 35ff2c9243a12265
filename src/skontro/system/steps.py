"""The steps of a business day, in the record's form, and the commands that each gives the engine.

A day opens with the standing reservations and limits of the participant directory, and with the
warehoused orders of its value date. It ends with the return of held orders.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from skontro.engine import NO_COMMANDS, CommandKind, Commands, command, commands_of, join
from skontro.model import InputError, ParticipantDirectory, PaymentClass, ReasonCode
from skontro.system.acceptance import day_number
from skontro.system.mirror.mirror_acceptance import refuse_at_mirrors
from skontro.system.order_columns import OrderColumns
from skontro.system.screening_acceptance import hold_or_reject, keep_held

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most bytes of a table of clock changes; those of the IANA database have up to 4,000.
MAX_OF_TABLE: Final = 16_384


class StepKind(StrEnum):
    """Kinds of step, in the order of steps due at the same time."""

    START = "start"
    OPEN = "open"
    OFFSET = "offset"
    CUSTOMER_CUT_OFF = "customer_cut_off"
    INTERBANK_CUT_OFF = "interbank_cut_off"
    END_OF_DAY = "end_of_day"
    SEAL = "seal"


#: The order of steps due at the same time.
STEP_ORDER: Final = tuple(StepKind)


@attrs.frozen
class Step:
    """A step of a business day that takes effect when it is due.

    Attributes:
        due: timestamp.
        kind: kind of the step.
        date: its business day, ISO 8601.
        currency: currency of a cut-off.
        algorithm: algorithm of an offsetting run.
    """

    due: int
    kind: StepKind = attrs.field(converter=StepKind)
    date: str
    currency: str = ""
    algorithm: int = 0


def decode_clock_changes(text: str) -> bytes:
    """A table of clock changes from its Base64.

    Raises:
        InputError: not a TZif table, or far longer than any.
    """
    try:
        table = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"clock changes are not Base64: {error}") from None
    if not table.startswith(b"TZif") or len(table) > MAX_OF_TABLE:
        raise InputError("clock changes are not a TZif file")
    return table


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order in which they take effect."""
    return sorted(steps, key=lambda s: (s.due, STEP_ORDER.index(s.kind), s.currency, s.algorithm))


def commands_of_step(system: SettlementSystem, step: Step, time: int) -> Commands:
    """The commands that a step gives the engine, taken out of the system's stores.

    Args:
        system: whose business day takes the step.
        step: the step, now due.
        time: time of the batch.
    """
    if step.kind in (StepKind.OPEN, StepKind.END_OF_DAY):
        system.counterlegs.forget()
    if step.kind == StepKind.OPEN:
        system.order_columns = OrderColumns(system.engine.orders)
        return join([opening_commands(system.directory, time), _due_orders(system, time)])
    if step.kind == StepKind.OFFSET:
        return command(CommandKind.OFFSET, time, amount=step.algorithm)
    if step.kind == StepKind.END_OF_DAY:
        return join([command(CommandKind.CLOSE_DAY, time), _past_holds(system, step, time)])
    return NO_COMMANDS


def _due_orders(system: SettlementSystem, time: int) -> Commands:
    """Take the warehoused orders of the day that opens."""
    if system.clock.date is None:
        return NO_COMMANDS
    orders = system.warehouse.take_due(day_number(system.clock.date))
    orders = orders.evolve(time=time, acceptance=system.acceptance.decide(orders, system.clock))
    orders = refuse_at_mirrors(system, orders, again=True)
    # The rules on screening may have changed since.
    orders = hold_or_reject(system, orders)
    keep_held(system, orders)
    return orders


def _past_holds(system: SettlementSystem, step: Step, time: int) -> Commands:
    """Take the held orders whose value date ends, to be returned."""
    orders = system.screening_holds.take_past(day_number(datetime.date.fromisoformat(step.date)))
    return orders.evolve(time=time, acceptance=int(ReasonCode.RETURNED_WHILE_HELD))


@attrs.frozen
class StandingLimit:
    """One reservation or limit; fields as in `Commands`."""

    kind: CommandKind
    account: int
    counterparty: int
    amount: int
    payment_class: int


def standing_limits(directory: ParticipantDirectory) -> Iterator[StandingLimit]:
    """Every standing reservation and limit, by account."""
    for number, account in enumerate(directory.accounts):
        for payment_class, amount in (
            (PaymentClass.URGENT, account.reserved_urgent),
            (PaymentClass.HIGH, account.reserved_high),
        ):
            if amount:
                kind = CommandKind.SET_RESERVATION
                yield StandingLimit(kind, number, -1, amount, int(payment_class))
        if account.net_sender_limit is not None:
            kind = CommandKind.SET_NET_SENDER_LIMIT
            yield StandingLimit(kind, number, -1, account.net_sender_limit, -1)
        for limit in account.bilateral_limits:
            other = directory.account_number(limit.counterparty, account.currency.code)
            kind = CommandKind.SET_BILATERAL_LIMIT
            yield StandingLimit(kind, number, -1 if other is None else other, limit.amount, -1)


def opening_commands(directory: ParticipantDirectory, time: int) -> Commands:
    """The commands that open a day, standing reservations and limits included."""
    controls = [*standing_limits(directory)]
    return commands_of(
        1 + len(controls),
        kind=[CommandKind.OPEN_DAY, *(one.kind for one in controls)],
        time=time,
        payer=[-1, *(one.account for one in controls)],
        payee=[-1, *(one.counterparty for one in controls)],
        amount=[0, *(one.amount for one in controls)],
        payment_class=[-1, *(one.payment_class for one in controls)],
    )
