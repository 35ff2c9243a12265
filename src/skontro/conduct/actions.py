"""Steps of the day and agreed actions as commands to the engine."""

from typing import Final

import numpy as np

from skontro.conduct.batch import Records, command_row
from skontro.conduct.standing_controls import standing_controls
from skontro.conduct.two_persons import Action, ActionKind
from skontro.engine import CommandKind
from skontro.model import ParticipantDirectory

#: Kinds of command that an action of an account becomes.
OF_ACCOUNTS: Final = {
    ActionKind.SET_CREDIT_LINE: CommandKind.SET_CREDIT_LINE,
    ActionKind.SET_NET_SENDER_LIMIT: CommandKind.SET_NET_SENDER_LIMIT,
    ActionKind.SET_BILATERAL_LIMIT: CommandKind.SET_BILATERAL_LIMIT,
    ActionKind.TRANSFER_IN: CommandKind.TRANSFER_IN,
    ActionKind.TRANSFER_OUT: CommandKind.TRANSFER_OUT,
}


def opening_rows(directory: ParticipantDirectory, time: int) -> Records:
    """The opening of a day, with the standing reservations and limits."""
    rows = [command_row(CommandKind.OPEN_DAY, time)]
    for control in standing_controls(directory):
        row = command_row(
            control.kind,
            time,
            payer=control.account,
            payee=control.counterparty,
            amount=control.amount,
            payment_class=control.payment_class,
        )
        rows.append(row)
    return np.concatenate(rows)


def rows_about_account(directory: ParticipantDirectory, action: Action, time: int) -> Records:
    """The command of an action about an account."""
    account = -1 if action.account is None else action.account
    amount = action.amount or 0
    accounts = directory.accounts
    if action.kind == ActionKind.SET_CREDIT_LINE and 0 <= account < len(accounts):
        # The action is about the unsecured line; what collateral lends stays.
        held = accounts[account]
        amount += held.intraday_credit - held.credit_line
    counterparty = -1 if action.counterparty is None else action.counterparty
    return command_row(
        OF_ACCOUNTS[action.kind], time, payer=account, payee=counterparty, amount=amount
    )
