"""Position limits: the pass, transfers out and refusals, against plain fractions."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest

from skontro.engine import (
    Commands,
    Engine,
    EventKind,
    join,
    offset,
    open_day,
    select,
    set_net_sender_limit,
    set_reservation,
    settle_selected,
    submit,
    submit_leg,
    transfer_in,
    transfer_out,
)
from skontro.engine.invariants import PAIRS_TOGETHER, POSITION_LIMITS_KEPT
from skontro.model import (
    Algorithm,
    CurrencyPrice,
    InputError,
    InvariantBroken,
    PositionLimits,
    ReasonCode,
    Rulebook,
    SettlementAccount,
    find_currency,
)
from tests.engine.days import as_events, bic

CODES = ("EUR", "JPY", "USD")
PASS = int(Algorithm.WITHIN_POSITION_LIMITS)
BANKS = 4

#: One order, or both legs of a pair: payer, payee, currency, minor units.
Order = list[tuple[int, int, str, int]]


class Participants:
    """Balances and the three tests, in fractions, on one page."""

    def __init__(self, random: Random) -> None:
        self.prices = {
            "EUR": (Decimal("1.1"), Decimal("0.1")),
            "JPY": (Decimal("0.0067"), Decimal("0.05")),
            "USD": (Decimal(1), Decimal(0)),
        }
        self.short = {code: random.choice([0, 100_00, 300_00]) for code in CODES}
        self.aggregate = random.choice([100_00, 400_00, 10_000_00])
        self.balance = {(bank, code): 0 for bank in range(BANKS) for code in CODES}
        accounts = [
            SettlementAccount(bic(bank), find_currency(code), 0, self.short[code])
            for code in CODES
            for bank in range(BANKS)
        ]
        limits = PositionLimits(
            find_currency("USD"),
            tuple(CurrencyPrice(find_currency(c), *self.prices[c]) for c in CODES),
            self.aggregate,
        )
        self.number = {
            (bank, code): place * BANKS + bank
            for place, code in enumerate(CODES)
            for bank in range(BANKS)
        }
        self.engine = Engine(accounts, Rulebook(position_limits=limits))

    def keeps(self, bank: int, balance: dict[tuple[int, str], int]) -> list[bool]:
        """Floors; the aggregate short position; the overall value."""
        value, short = Fraction(0), Fraction(0)
        for code in CODES:
            price, haircut = (Fraction(x) for x in self.prices[code])
            cents = balance[bank, code] * price * (100 if code == "JPY" else 1)
            value += cents * (1 - haircut if cents >= 0 else 1 + haircut)
            short += max(Fraction(0), -cents)
        floors = all(balance[bank, code] >= -self.short[code] for code in CODES)
        return [floors, short <= self.aggregate, value >= 0]

    def settle(self, orders: list[Order], seen: Counter[str]) -> list[int]:
        """Rounds over orders and pairs; which settled, in which round after round."""
        left, settled, again = list(range(len(orders))), [], True
        while again:
            again = False
            for place in list(left):
                after = dict(self.balance)
                for payer, payee, code, amount in orders[place]:
                    after[payer, code] -= amount
                    after[payee, code] += amount
                kept = [self.keeps(leg[0], after) for leg in orders[place]]
                if all(all(tests) for tests in kept):
                    self.balance, again = after, True
                    settled.append(place)
                    left.remove(place)
                    continue
                for name, position in (("floor", 0), ("aggregate", 1), ("value", 2)):
                    others = [tests[:position] + tests[position + 1 :] for tests in kept]
                    alone = all(all(tests) for tests in others)
                    seen[f"blocked by {name} alone"] += alone
        return settled


def drawn_orders(random: Random) -> Iterator[Order]:
    for _ in range(random.randint(1, 12)):
        one, other = random.sample(range(BANKS), 2)
        code, other_code = random.sample(CODES, 2)
        size = random.randint(1, 150)
        # About the same value in each currency: cents, yen and cents.
        unit = {"EUR": 100, "JPY": 164, "USD": 110}
        amount, other_amount = size * unit[code], size * unit[other_code]
        if random.random() < 0.2:
            yield [(one, other, code, amount)]
        else:
            yield [(one, other, code, amount), (other, one, other_code, other_amount)]


def told(orders: list[Order], participants: Participants) -> list:
    commands, number = [], 0
    for order in orders:
        first = -1
        for payer, payee, code, amount in order:
            accounts = [participants.number[bank, code] for bank in (payer, payee)]
            if len(order) == 1:
                commands.append(submit([1], [accounts[0]], [accounts[1]], [amount], [2]))
            else:
                commands.append(submit_leg(1, *accounts, amount, 2, first))
            first = number
            number += 1
    return commands


def opened_with_money(random: Random, participants: Participants) -> list[Commands]:
    """The day opens, and some of the participants bring money in."""
    commands = [open_day(0)]
    for place, account in participants.number.items():
        if random.random() < 0.4:
            amount = random.randint(1, 60_00)
            participants.balance[place] += amount
            commands.append(transfer_in(0, account, amount))
    return commands


@pytest.mark.long
def test_the_pass_settles_what_plain_rounds_settle() -> None:
    seen: Counter[str] = Counter()
    for seed in range(300):
        random = Random(seed)
        participants = Participants(random)
        engine = participants.engine
        commands = opened_with_money(random, participants)
        orders = list(drawn_orders(random))
        commands += told(orders, participants)
        before = as_events(engine.apply(join(commands)))
        assert not [event for event in before if event[2] == EventKind.SETTLED]
        settled = participants.settle(orders, seen)
        events = as_events(engine.apply(offset(2, PASS)))
        engine.check()
        numbers = [n for n, _, kind, _ in events if kind == EventKind.SETTLED]
        ends = [sum(len(order) for order in orders[:place]) for place in range(len(orders) + 1)]
        expected = {n for place in settled for n in range(ends[place], ends[place + 1])}
        assert set(numbers) == expected
        assert {r for _, _, k, r in events if k == EventKind.SETTLED} <= {
            ReasonCode.WITHIN_POSITION_LIMITS
        }
        balances = engine.balances.tolist()
        assert {p: balances[a] for p, a in participants.number.items()} == participants.balance
        seen["settled"] += len(settled)
        seen["left"] += len(orders) - len(settled)
        # A transfer out goes through exactly if the three tests hold after it.
        for place, account in participants.number.items():
            amount = random.randint(1, 40_00)
            after = participants.balance | {place: participants.balance[place] - amount}
            [event] = as_events(engine.apply(transfer_out(3, account, amount)))
            floor, aggregate, value = participants.keeps(place[0], after)
            if floor and aggregate and value:
                assert event[2] == EventKind.LIQUIDITY_MOVED
                participants.balance = after
            else:
                wanted = "POSITION_LIMIT_REACHED" if floor else "INSUFFICIENT_LIQUIDITY"
                assert event[3].name == wanted
                seen[wanted] += 1
    for name in ("floor", "aggregate", "value"):
        assert seen[f"blocked by {name} alone"] >= 30, seen
    assert min(seen.values()) >= 30, seen


def test_what_has_no_place_under_position_limits_is_refused() -> None:
    engine = Participants(Random(1)).engine
    engine.apply(open_day(0))
    engine.apply(submit([0], [0], [1], [5], [2]))
    for command in (
        set_reservation(1, 0, 0, 5),
        set_net_sender_limit(1, 0, 5),
        offset(1, int(Algorithm.GREATEST_FIFO_SET)),
        select(1, 0),
        settle_selected(1),
    ):
        [event] = as_events(engine.apply(command))
        assert event[3] == ReasonCode.NOT_UNDER_POSITION_LIMITS
    [event] = as_events(engine.apply(offset(1, 9)))
    assert event[3] == ReasonCode.UNKNOWN_ALGORITHM


def test_without_position_limits_there_is_no_such_pass() -> None:
    engine = Engine([SettlementAccount(bic(0), find_currency("EUR"), 0)])
    [event] = as_events(engine.apply(offset(1, PASS)))
    assert event[3] == ReasonCode.UNKNOWN_ALGORITHM


def test_prices_that_cannot_add_up_exactly_are_refused() -> None:
    accounts = [SettlementAccount(bic(0), find_currency(code), 0) for code in ("EUR", "JPY")]
    euro = CurrencyPrice(find_currency("EUR"), Decimal("1.1"))

    def engine(*prices: CurrencyPrice) -> Engine:
        limits = PositionLimits(find_currency("USD"), prices, 5)
        return Engine(accounts, Rulebook(position_limits=limits))

    with pytest.raises(InputError, match="JPY has accounts, but no price"):
        engine(euro)
    with pytest.raises(InputError, match="too many digits"):
        engine(euro, CurrencyPrice(find_currency("JPY"), Decimal("0.00000000000000000123")))


def test_the_invariants_notice_a_broken_limit_and_a_parted_pair() -> None:
    engine = Participants(Random(1)).engine
    engine.apply(join([open_day(0), transfer_in(0, 0, 5)]))
    engine._state.accounts["balance"][:2] += [-50_000_00, 50_000_00]
    engine._state.accounts["credit_line"][0] = 10**9
    with pytest.raises(InvariantBroken) as broken:
        engine.check()
    assert broken.value.invariant == POSITION_LIMITS_KEPT.name
    engine = Participants(Random(1)).engine
    legs = [submit_leg(1, 0, 1, 5, 2), submit_leg(1, 5, 4, 5, 2, 0)]
    engine.apply(join([open_day(0), *legs]))
    engine.check()
    engine._state.counterlegs[1] = 0
    with pytest.raises(InvariantBroken) as broken:
        engine.check()
    assert broken.value.invariant == PAIRS_TOGETHER.name
