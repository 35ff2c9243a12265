"""Standing reservations and limits of the participant directory, applied again each day."""

from collections.abc import Iterator

import attrs

from skontro.engine import CommandKind, Commands, commands_of
from skontro.model import ParticipantDirectory, PaymentClass


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
