"""Obligations between participants, their net positions, bilateral positions and turnover.

Netting cycles, the clearing study and netting potentials all net by the functions of this module.
A party is identified by an index, an account number or a name.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Engine
from skontro.model import InvariantBroken, ParticipantDirectory

Int64s = npt.NDArray[np.int64]

Party = TypeVar("Party", bound=Any)  # hashable, and sorted wherever an order matters
#: Minor units, of any size; or rows of them, one for each of many cycles, whose sums stay in int64.
Amount = TypeVar("Amount", int, Int64s)


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


def net_positions(owed: Iterable[tuple[Party, Party, Amount]]) -> dict[Party, Amount]:
    """Net position of each party: receivables less payables, in the order of the parties.

    Args:
        owed: debtor, creditor and amount of each obligation.

    Raises:
        InvariantBroken: the positions do not add up to zero.

    >>> net_positions([("A", "B", 10), ("B", "C", 4)])
    {'A': -10, 'B': 6, 'C': 4}
    """
    net: dict[Party, Any] = {}
    for debtor, creditor, amount in owed:
        net[debtor] = net.get(debtor, 0) - amount
        net[creditor] = net.get(creditor, 0) + amount
    if np.any(sum(net.values())):
        raise InvariantBroken("net positions add up to zero", f"they add up to {net}")
    return {party: net[party] for party in sorted(net)}


def bilateral_positions(
    owed: Iterable[tuple[Party, Party, int]],
) -> dict[tuple[Party, Party], int]:
    """Net amount that the first party of each pair owes the second; negative if it is owed.

    >>> bilateral_positions([("A", "B", 10), ("B", "A", 4), ("C", "B", 1)])
    {('A', 'B'): 6, ('B', 'C'): -1}
    """
    net: dict[tuple[Party, Party], int] = {}
    for debtor, creditor, amount in owed:
        first, second = sorted((debtor, creditor))
        signed = amount if debtor == first else -amount
        net[first, second] = net.get((first, second), 0) + signed
    return {pair: net[pair] for pair in sorted(net)}


def bilateral_turnover(
    owed: Iterable[tuple[Party, Party, int]],
) -> dict[tuple[Party, Party], int]:
    """Gross amount that each two parties owe each other, both ways together.

    >>> bilateral_turnover([("A", "B", 10), ("B", "A", 4), ("C", "B", 1)])
    {('A', 'B'): 14, ('B', 'C'): 1}
    """
    turnover: dict[tuple[Party, Party], int] = {}
    for debtor, creditor, amount in owed:
        first, second = sorted((debtor, creditor))
        turnover[first, second] = turnover.get((first, second), 0) + amount
    return {pair: turnover[pair] for pair in sorted(turnover)}
