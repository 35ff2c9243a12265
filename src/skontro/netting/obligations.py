"""What participants owe each other at a cut-off, from the engine's queues."""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Engine
from skontro.model import Currency, ParticipantDirectory, RateTable

Int64s = npt.NDArray[np.int64]


@attrs.frozen
class Obligation:
    """What one participant owes another in one currency.

    Attributes:
        debtor, creditor: positions among the participants.
        currency: position among the engine's currencies.
        amount: minor units, greater than zero.
    """

    debtor: int
    creditor: int
    currency: int
    amount: int


@attrs.frozen(eq=False)
class Books:
    """Who holds which account, by number.

    Attributes:
        directory: participants and accounts.
        holder: position of the holder among the participants, by account.
        currency: position of the currency among the engine's, by account.
    """

    directory: ParticipantDirectory
    holder: Int64s
    currency: Int64s

    @classmethod
    def of(cls, directory: ParticipantDirectory, engine: Engine) -> "Books":
        """The books of a directory, with the engine's numbers of currencies."""
        participant = {p.bic: i for i, p in enumerate(directory.participants)}
        currency = {c: i for i, c in enumerate(engine.currencies)}
        return cls(
            directory,
            np.array([participant[a.bic] for a in directory.accounts], np.int64),
            np.array([currency[a.currency] for a in directory.accounts], np.int64),
        )


def queued_obligations(engine: Engine, books: Books) -> list[Obligation]:
    """What the queued orders add up to, by currency, debtor and creditor.

    No sum leaves int64: what waits in one currency is bounded (`MAX_WAITING_PER_CURRENCY`).
    """
    snapshot = engine.queue_snapshot()
    accounts = len(snapshot.cover)
    key = snapshot.payer.astype(np.int64) * accounts + snapshot.payee
    pairs, pair = np.unique(key, return_inverse=True)
    owed = np.zeros(len(pairs), np.int64)
    np.add.at(owed, pair, snapshot.amount)
    payer, payee = pairs // max(1, accounts), pairs % max(1, accounts)
    currency, debtor, creditor = books.currency[payer], books.holder[payer], books.holder[payee]
    rows = np.lexsort((creditor, debtor, currency))
    columns = (debtor, creditor, currency, owed)
    return [Obligation(*row) for row in zip(*(c[rows].tolist() for c in columns), strict=True)]


def net_of_pairs(obligations: list[Obligation]) -> Iterator[Obligation]:
    """Bilateral net obligations: one for each currency and pair that does not owe the same."""
    net: dict[tuple[int, int, int], int] = {}
    for one in obligations:
        low, high = sorted((one.debtor, one.creditor))
        sign = 1 if one.debtor == low else -1
        key = (one.currency, low, high)
        net[key] = net.get(key, 0) + sign * one.amount
    for (currency, low, high), amount in sorted(net.items()):
        if amount > 0:
            yield Obligation(low, high, currency, amount)
        elif amount < 0:
            yield Obligation(high, low, currency, -amount)


def net_of_all(obligations: list[Obligation]) -> Iterator[Obligation]:
    """Multilateral net positions of each currency, as payments of net debtors to net creditors."""
    net: dict[int, dict[int, int]] = {}
    for one in obligations:
        positions = net.setdefault(one.currency, {})
        positions[one.debtor] = positions.get(one.debtor, 0) - one.amount
        positions[one.creditor] = positions.get(one.creditor, 0) + one.amount
    for currency in sorted(net):
        for debtor, creditor, amount in allotted(net[currency]):
            yield Obligation(debtor, creditor, currency, amount)


def allotted(positions: dict[int, int]) -> Iterator[tuple[int, int, int]]:
    """Payments of debtors to creditors that bring all positions, which add up to zero, to zero.

    The largest debtor pays the largest creditor, what is left of either goes on to the next, and so
    on; of equal ones the lower number first. That is one payment less than debtors and creditors
    together, at most.
    """
    by_size = sorted(positions.items(), key=lambda position: (-abs(position[1]), position[0]))
    creditors = [[who, amount] for who, amount in by_size if amount > 0]
    place = 0
    for debtor, position in by_size:
        owed = -position
        while owed > 0:
            who, left = creditors[place]
            paid = min(owed, left)
            yield debtor, who, paid
            owed -= paid
            creditors[place][1] -= paid
            place += creditors[place][1] == 0


def value_of_pairs(
    obligations: list[Obligation], currencies: Sequence[Currency], rates: RateTable
) -> dict[tuple[int, int], int]:
    """What each debtor owes each creditor in all currencies, net, in the currency of account.

    The net amount of a pair in each currency is valued once, half to even.
    """
    values: dict[tuple[int, int], int] = {}
    for one in net_of_pairs(obligations):
        low, high = sorted((one.debtor, one.creditor))
        value = rates.value(one.amount, currencies[one.currency])
        sign = 1 if one.debtor == low else -1
        values[low, high] = values.get((low, high), 0) + sign * value
    return {
        ((low, high) if value > 0 else (high, low)): abs(value)
        for (low, high), value in sorted(values.items())
        if value
    }
