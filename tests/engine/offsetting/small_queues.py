"""Small queues of every kind, and the largest value by trying every set of their orders."""

import random
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine.offsetting.queue_snapshot import QueueSnapshot
from skontro.engine.records import NOTHING, UNLIMITED

Choices = npt.NDArray[np.bool_]

#: Largest amounts that are drawn; single digits meet limits and reservations exactly.
LARGEST: Final = (9, 99, 10**4, 10**9, 10**15)


def draw_small_queues(seed: int) -> QueueSnapshot:
    """One or two currencies, 9 to 16 orders; limits, reservations and legs each in some draws."""
    draw = random.Random(seed)
    largest = draw.choice(LARGEST)
    currencies = draw.choice([1, 2])
    accounts = draw.randrange(3, 6)
    number = draw.randrange(9, 17)
    orders = []
    for _ in range(number):
        currency = draw.randrange(currencies)
        payer = draw.randrange(accounts)
        payee = (payer + draw.randrange(1, accounts)) % accounts
        payment_class = draw.choice([0, 1, 2, 2])
        orders.append((currency * accounts + payer, payment_class, currency * accounts + payee))
    orders.sort()
    payer, payment_class, payee = (list(column) for column in zip(*orders, strict=True))
    amount = [_amount(draw, largest) for _ in orders]
    snapshot = QueueSnapshot.of(
        np.array(payer, np.int32),
        np.array(payee, np.int32),
        np.array(amount, np.int64),
        np.array(
            [
                draw.choice([0, 0, _amount(draw, largest), draw.randrange(1 + largest // 2)])
                for _ in range(currencies * accounts)
            ],
            np.int64,
        ),
    )
    snapshot = attrs.evolve(
        snapshot,
        payment_class=np.array(payment_class, np.int8),
        currency=np.repeat(np.arange(currencies), accounts).astype(np.int32),
    )
    if draw.random() < 0.6:
        snapshot = _with_reservations(draw, snapshot, largest)
    if draw.random() < 0.6:
        snapshot = _with_limits(draw, snapshot, largest)
    return _with_legs(draw, snapshot) if currencies == 2 else snapshot


def _amount(draw: random.Random, largest: int) -> int:
    """Any size up to the largest: small and large amounts together."""
    return draw.randrange(1, 2 + int(largest ** draw.uniform(0.3, 1)))


def _with_reservations(draw: random.Random, snapshot: QueueSnapshot, largest: int) -> QueueSnapshot:
    reserved = [
        [draw.choice([0, _amount(draw, largest)]) for _ in range(2)] for _ in snapshot.cover
    ]
    return attrs.evolve(snapshot, reserved=np.array(reserved, np.int64))


def _with_limits(draw: random.Random, snapshot: QueueSnapshot, largest: int) -> QueueSnapshot:
    """Net-sender limits, and bilateral limits between some of those who pay each other."""
    left = (UNLIMITED, UNLIMITED, 0, -3, _amount(draw, largest), _amount(draw, largest))
    ways = list(zip(snapshot.payer.tolist(), snapshot.payee.tolist(), strict=True))
    limited = sorted({way for way in ways if draw.random() < 0.5})

    def number(way: tuple[int, int]) -> int:
        return limited.index(way) if way in limited else NOTHING

    return attrs.evolve(
        snapshot,
        net_left=np.array([draw.choice(left) for _ in snapshot.cover], np.int64),
        pair_left=np.array([draw.choice(left[2:]) for _ in limited], np.int64),
        limit=np.array([number(way) for way in ways], np.int32),
        opposite=np.array([number((payee, payer)) for payer, payee in ways], np.int32),
    )


def _with_legs(draw: random.Random, snapshot: QueueSnapshot) -> QueueSnapshot:
    """Up to four pairs of linked legs between the two currencies."""
    currency = snapshot.currency_of_order
    ones, others = (np.flatnonzero(currency == position).tolist() for position in (0, 1))
    draw.shuffle(ones)
    draw.shuffle(others)
    counterleg = np.full(len(snapshot), NOTHING, np.int32)
    for leg, other in list(zip(ones, others, strict=False))[: draw.randrange(5)]:
        counterleg[leg], counterleg[other] = other, leg
    return attrs.evolve(snapshot, counterleg=counterleg)


def all_choices(number: int) -> Choices:
    """Every set of so many orders, one a row."""
    numbers = np.arange(2**number, dtype=np.int64)
    return (numbers[:, None] >> np.arange(number) & 1).astype(np.bool_)


def permitted(snapshot: QueueSnapshot, selected: Choices) -> npt.NDArray[np.bool_]:
    """Which sets may settle together: the rules in words, account by account."""
    amount, payer = snapshot.amount, snapshot.payer
    fine = np.ones(len(selected), np.bool_)
    for leg, other in enumerate(snapshot.counterleg.tolist()):
        if other != NOTHING:
            fine &= selected[:, leg] == selected[:, other]

    def value(orders: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        return np.asarray(selected[:, orders] @ amount[orders], np.int64)

    for account in range(len(snapshot.cover)):
        own, received = payer == account, value(snapshot.payee == account)
        paid = [value(own & (snapshot.payment_class == one)) for one in range(3)]
        net = paid[0] + paid[1] + paid[2] - received
        left = snapshot.cover[account] - net
        pays = selected[:, own].any(axis=1)
        fine &= ~pays | (left >= 0)
        fine &= ~pays | (net <= max(0, int(snapshot.net_left[account])))
        kept = np.zeros(len(selected), np.int64)
        for lowest in (1, 2):
            kept += np.maximum(0, int(snapshot.reserved[account, lowest - 1]) - paid[lowest - 1])
            of_class = selected[:, own & (snapshot.payment_class == lowest)].any(axis=1)
            fine &= ~of_class | (left >= kept)
        for other in np.unique(snapshot.payee[own]).tolist():
            there = own & (snapshot.payee == other)
            limit = int(snapshot.limit[there][0])
            if limit != NOTHING:
                back = value((payer == other) & (snapshot.payee == account))
                most = max(0, int(snapshot.pair_left[limit]))
                fine &= ~selected[:, there].any(axis=1) | (value(there) - back <= most)
    return fine


def largest_by_trying(snapshot: QueueSnapshot, worth: npt.NDArray[np.int64]) -> int:
    """The largest worth of all sets that may settle together."""
    selected = all_choices(len(snapshot))
    return int((selected[permitted(snapshot, selected)] @ worth).max())
