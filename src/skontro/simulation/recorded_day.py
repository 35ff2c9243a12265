"""The batches of one business day, read from the record of a live system."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Final

import attrs
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.engine import NO_LIMIT, CommandKind, Commands, join, uetr_text
from skontro.ledger import read_entries
from skontro.ledger.order_records import STATUS_OF_EVENT
from skontro.ledger.postgres.connection import Connection
from skontro.ledger.reader import last_batch
from skontro.ledger.recovery import replay_and_compare
from skontro.ledger.snapshots import restore_before
from skontro.model import (
    BilateralLimit,
    BusinessDay,
    InputError,
    ParticipantDirectory,
    ReasonCode,
    Rulebook,
    SettlementAccount,
)
from skontro.simulation.earmarks import carried_earmarks
from skontro.simulation.period_record import PeriodRecord
from skontro.system import (
    ORDER_KINDS,
    Batch,
    BatchKind,
    Rules,
    SettlementSystem,
    StepKind,
)

#: Events whose number is that of an order.
OF_ORDERS: Final = tuple(STATUS_OF_EVENT)


@attrs.frozen(eq=False)
class RecordedDay:
    """The batches from the opening of a day to its close.

    Attributes:
        record: the orders and requests that went to the engine after the opening itself, and its
            events.
        day: when it opened and closed.
        directory: accounts as they were at the opening, those opened during the day included.
        rulebook: rulebook of the day.
        end: the system after the close.
        rejected: UETRs that were not admitted, and why.
    """

    record: PeriodRecord
    day: BusinessDay
    directory: ParticipantDirectory
    rulebook: Rulebook
    end: SettlementSystem
    rejected: tuple[tuple[str, str], ...]


def read_recorded_day(
    connection: Connection, rules: Rules, date: datetime.date, key: Ed25519PublicKey
) -> RecordedDay:
    """The batches of a day that is over.

    Raises:
        InputError: there is no such day, or it is not over.
        InvariantBroken: the record contradicts itself, or the key did not sign it.
    """
    steps = _steps_of(connection, date)
    if StepKind.OPEN not in steps:
        raise InputError(f"the record has no business day {date}")
    if StepKind.END_OF_DAY not in steps:
        raise InputError(f"the business day {date} is not over")
    first, last = steps[StepKind.OPEN], steps[StepKind.END_OF_DAY]
    system, start = restore_before(connection, rules, first, key)
    for entry in read_entries(connection, start + 1, first - 1):
        replay_and_compare(system, entry)
    entries = read_entries(connection, first, min(last, last_batch(connection)))
    # Drawn one by one, each when those before it have been replayed.
    return recorded_day(system, date, (replay_and_compare(system, one).batch for one in entries))


def _steps_of(connection: Connection, date: datetime.date) -> dict[str, int]:
    """Batches of the steps of a day by their kind."""
    rows = connection.execute(
        "SELECT batch, body::json->>'kind' FROM journal WHERE kind = %s "
        "AND body::json->>'date' = %s",
        [int(BatchKind.STEP), date.isoformat()],
    ).fetchall()
    return {str(kind): int(str(batch)) for batch, kind in rows}


def recorded_day(
    system: SettlementSystem, date: datetime.date, replayed: Iterable[Batch]
) -> RecordedDay:
    """The day that these batches make up.

    Args:
        system: its state before the opening.
        date: date of the day.
        replayed: from the opening to the close; drawing one changes the system.
    """
    first_order, first_transfer = system.engine.orders, system.engine.transfers
    directory, rulebook = _directory_at_opening(system), system.membership.rulebook
    carried = carried_earmarks(system)
    of_day = [*replayed]
    events = np.concatenate([batch.events for batch in of_day])
    runs = np.concatenate([batch.runs for batch in of_day])
    return RecordedDay(
        record=PeriodRecord(
            join([_commands_of(batch) for batch in of_day]),
            events,
            runs,
            first_order,
            first_transfer,
            int(runs["number"].min()) if len(runs) else 0,
            *carried,
        ),
        day=BusinessDay(date, of_day[0].time, of_day[-1].time),
        directory=_with_opened(directory, system.directory),
        rulebook=rulebook,
        end=system,
        rejected=_not_admitted(of_day),
    )


def _commands_of(batch: Batch) -> Commands:
    """The engine's commands, without those of the opening itself and the close."""
    commands = batch.commands.accepted
    if batch.kind != BatchKind.STEP:
        return commands
    return commands.take(np.isin(commands.kind, [*ORDER_KINDS, int(CommandKind.OFFSET)]))


def _not_admitted(batches: Sequence[Batch]) -> tuple[tuple[str, str], ...]:
    found = []
    for batch in batches:
        commands = batch.commands
        rejected = commands.take((commands.column("acceptance") > 0) & commands.are_orders)
        found += [
            (uetr_text(uetr), ReasonCode(reason).name)
            for uetr, reason in zip(
                rejected.uetr.tolist(), rejected.acceptance.tolist(), strict=True
            )
        ]
    return tuple(found)


def _directory_at_opening(system: SettlementSystem) -> ParticipantDirectory:
    """The accounts at the opening: balances, credit lines, reservations and limits.

    Args:
        system: before the opening. Reservations and limits set since the last close hold for
            the day, unless a standing reservation or limit takes its place at the opening.
    """
    directory, engine = system.directory, system.engine
    bilateral: dict[int, dict[str, BilateralLimit]] = {}
    for limit in engine.bilateral_limits:
        other = directory.accounts[int(limit["payee"])].bic
        of_payer = bilateral.setdefault(int(limit["payer"]), {})
        of_payer[other] = BilateralLimit(other, int(limit["limit"]))
    balances, credit, controls = engine.balances, engine.credit_lines, engine.controls
    accounts = []
    for number, account in enumerate(directory.accounts):
        lent = account.intraday_credit - account.credit_line
        limits = bilateral.get(number, {}) | {b.counterparty: b for b in account.bilateral_limits}
        accounts.append(
            attrs.evolve(
                account,
                opening_balance=int(balances[number]),
                credit_line=int(credit[number]) - lent,
                bilateral_limits=tuple(limits.values()),
                reserved_urgent=account.reserved_urgent or int(controls[number]["reserved_urgent"]),
                reserved_high=account.reserved_high or int(controls[number]["reserved_high"]),
                net_sender_limit=_limit_at_opening(account, int(controls[number]["limit"])),
            )
        )
    return ParticipantDirectory(directory.participants, accounts)


def _with_opened(
    directory: ParticipantDirectory, at_close: ParticipantDirectory
) -> ParticipantDirectory:
    """The directory with participants admitted and accounts opened since, which begin empty."""
    opened = at_close.accounts[len(directory.accounts) :]
    accounts = [SettlementAccount(a.bic, a.currency, 0, admitted=a.admitted) for a in opened]
    return ParticipantDirectory(at_close.participants, [*directory.accounts, *accounts])


def _limit_at_opening(account: SettlementAccount, set_before: int) -> int | None:
    if account.net_sender_limit is not None:
        return account.net_sender_limit
    return None if set_before == NO_LIMIT else set_before
