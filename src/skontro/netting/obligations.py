"""Obligations between participants of one system."""

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Engine
from skontro.model import ParticipantDirectory

Int64s = npt.NDArray[np.int64]


@attrs.frozen
class Obligation:
    """An amount that one participant owes another in one currency.

    Attributes:
        debtor, creditor: indexes in the participant directory.
        currency: index among the engine's currencies.
        amount: minor units, greater than zero.
    """

    debtor: int
    creditor: int
    currency: int
    amount: int


@attrs.frozen(eq=False)
class AccountHolders:
    """Holders of accounts, by account number.

    Attributes:
        directory: participants and accounts.
        holder: index of the holder in the directory, by account.
        currency: index of the currency among the engine's, by account.
    """

    directory: ParticipantDirectory
    holder: Int64s
    currency: Int64s

    @classmethod
    def of(cls, directory: ParticipantDirectory, engine: Engine) -> "AccountHolders":
        """The holders in a directory, with the engine's numbers of currencies."""
        participant = {p.bic: i for i, p in enumerate(directory.participants)}
        currency = {c: i for i, c in enumerate(engine.currencies)}
        return cls(
            directory,
            np.array([participant[a.bic] for a in directory.accounts], np.int64),
            np.array([currency[a.currency] for a in directory.accounts], np.int64),
        )


def queued_obligations(engine: Engine, holders: AccountHolders) -> list[Obligation]:
    """Obligations of all queued orders, added up by currency, debtor and creditor.

    No sum leaves int64: the queued amount of a currency is bounded (`MAX_WAITING_PER_CURRENCY`).
    """
    snapshot = engine.queue_snapshot()
    accounts = len(snapshot.cover)
    key = snapshot.payer.astype(np.int64) * accounts + snapshot.payee
    pairs, pair = np.unique(key, return_inverse=True)
    owed = np.zeros(len(pairs), np.int64)
    np.add.at(owed, pair, snapshot.amount)
    payer, payee = pairs // max(1, accounts), pairs % max(1, accounts)
    currency = holders.currency[payer]
    debtor, creditor = holders.holder[payer], holders.holder[payee]
    rows = np.lexsort((creditor, debtor, currency))
    columns = (debtor, creditor, currency, owed)
    return [Obligation(*row) for row in zip(*(c[rows].tolist() for c in columns), strict=True)]
