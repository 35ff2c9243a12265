"""Accounts that are added while the engine runs, and rulebooks that take the place of others."""

import itertools
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest

from skontro.engine import (
    Engine,
    EventKind,
    close_day,
    join,
    offset,
    open_day,
    set_bilateral_limit,
    set_reservation,
    submit,
    submit_leg,
    transfer_in,
    transfer_out,
)
from skontro.model import (
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    Algorithm,
    CurrencyPrice,
    InputError,
    InvariantBroken,
    PositionLimits,
    Rulebook,
    SettlementAccount,
    WhenQueued,
    find_currency,
)
from tests.draws import seeds
from tests.engine.days import Case, Outcome, agree, as_batch, as_events, as_runs, bic
from tests.engine.drawn_changes import (
    ChangingCase,
    draw_case_with_added_accounts,
    draw_case_with_another_rulebook,
)
from tests.engine.drawn_days import draw_case
from tests.engine.drawn_legs import draw_linked_case

TENGE, SUM, ROUBLE = (find_currency(code) for code in ("KZT", "UZS", "RUB"))


def ends_of_batches(case: ChangingCase, random: Random) -> list[int]:
    """Some places, and all at which something changes."""
    places = range(len(case.commands) + 1)
    return sorted({*random.choices(places, k=4), *(change.place for change in case.changes)})


def go_through(case: ChangingCase, ends: list[int], engine: Engine, *, changing: bool) -> Outcome:
    outcome, start = Outcome(engine, [], []), 0
    for end in [*ends, len(case.commands)]:
        outcome.events += as_events(engine.apply(as_batch(case.commands[start:end])))
        outcome.runs += as_runs(engine.runs)
        for change in case.changes if changing else ():
            if change.place == end > start:
                engine.add_accounts(change.accounts)
                if change.rulebook is not None:
                    engine.set_rulebook(change.rulebook)
        engine.check()
        start = end
    return outcome


@pytest.mark.parametrize("seed", seeds(range(9000, 9120)))
def test_an_engine_with_added_accounts_is_the_one_that_had_them_from_the_start(seed: int) -> None:
    case, random = draw_case_with_added_accounts(seed), Random(seed)
    everybody = [*case.table, *(a for change in case.changes for a in change.accounts)]
    ends = ends_of_batches(case, random)
    later = go_through(case, ends, Engine(case.table, case.rulebook), changing=True)
    always = go_through(case, ends, Engine(everybody, case.rulebook), changing=False)
    assert agree(later, case.oracle)
    assert later.events == always.events
    assert later.runs == always.runs
    assert later.engine.currencies == always.engine.currencies
    assert later.engine.digest() == always.engine.digest()
    assert later.engine.snapshot() == always.engine.snapshot()


@pytest.mark.parametrize("seed", seeds(range(9200, 9240)))
def test_an_engine_restored_with_all_its_accounts_goes_on_as_the_one_they_were_added_to(
    seed: int,
) -> None:
    case = draw_case_with_added_accounts(seed)
    engine, everybody, start = Engine(case.table, case.rulebook), list(case.table), 0
    for change in case.changes:
        engine.apply(as_batch(case.commands[start : change.place]))
        engine.add_accounts(change.accounts)
        everybody += change.accounts
        restored = Engine(everybody, case.rulebook)
        restored.restore(engine.snapshot())
        assert restored.snapshot() == engine.snapshot()
        start = change.place
    rest = as_batch(case.commands[start:])
    assert as_events(restored.apply(rest)) == as_events(engine.apply(rest))
    assert restored.digest() == engine.digest()


def test_those_days_do_what_they_are_for() -> None:
    seen: Counter[str] = Counter()
    for seed in range(9000, 9120):
        case = draw_case_with_added_accounts(seed)
        everybody = list(case.table)
        for change in case.changes:
            codes = {account.currency for account in everybody}
            holders = {account.bic for account in everybody}
            for account in change.accounts:
                seen["a new currency"] += account.currency not in codes
                seen["another account of a holder"] += account.bic in holders
            everybody += change.accounts
        for number, _, kind, _ in case.oracle.events:
            if kind in (EventKind.QUEUED, EventKind.SETTLED):
                order = case.oracle.orders[number]
                new = max(order.payer, order.payee) >= len(case.table)
                seen[f"{kind.name} with a new account"] += new
    assert min(seen.values()) >= 50, seen
    assert len(seen) == 4


def test_queues_held_orders_legs_and_limits_stay_as_they_are() -> None:
    engine = Engine([SettlementAccount(bic(i), c, 5) for i, c in enumerate([SUM, SUM, ROUBLE])])
    engine.add_accounts([SettlementAccount(bic(3), ROUBLE, 0)])
    engine.apply(
        join(
            [
                open_day(0),
                set_bilateral_limit(0, 0, 1, 4),
                submit([1], [0], [1], [9], [2]),
                submit([1], [1], [0], [1], [2], earliest=[9]),
                submit_leg(1, 0, 1, 5, 2),
                submit_leg(2, 3, 2, 7, 2, 2),
            ]
        )
    )
    engine.add_accounts([SettlementAccount(bic(0), TENGE, 0, 8), SettlementAccount(bic(4), SUM, 0)])
    engine.check()
    assert engine.currencies == (SUM, ROUBLE, TENGE)
    assert engine.money == (10, 5, 0)
    assert engine.credit_lines.tolist() == [0, 0, 0, 0, 8, 0]
    assert engine.bilateral_limits.tolist() == [(0, 1, 4, 0, 0)]
    assert (engine.queued, engine.held, engine.orders) == (3, 1, 4)
    money = join([transfer_in(3, 5, 20), transfer_in(3, 3, 7), submit([4], [5], [0], [20], [2])])
    events = [(n, kind.name) for n, _, kind, _ in as_events(engine.apply(money))]
    assert events == [(0, "LIQUIDITY_MOVED"), (1, "LIQUIDITY_MOVED"), (4, "SETTLED")]
    events = as_events(engine.apply(join([set_bilateral_limit(5, 0, 1, 90), close_day(9)])))
    settled = [number for number, _, kind, _ in events if kind == EventKind.SETTLED]
    assert settled == [0, 2, 3, 1]
    engine.check()


def test_accounts_that_cannot_be_added_leave_the_engine_as_it_was() -> None:
    engine = Engine([SettlementAccount(bic(0), TENGE, MAX_AMOUNT, MAX_AMOUNT)])
    before = engine.digest(), engine.currencies
    good = SettlementAccount(bic(1), SUM, 0)
    line = SettlementAccount(bic(2), TENGE, 0, MAX_AMOUNT)
    for accounts, said in (
        ([good, SettlementAccount(bic(2), TENGE, 1)], "begins with 1 minor units"),
        ([good, good], "holds an account in the currency already"),
        ([SettlementAccount(bic(0), TENGE, 0)], "holds an account in the currency already"),
        (
            [good, line, SettlementAccount(bic(3), TENGE, 0, MAX_AMOUNT),
             SettlementAccount(bic(4), TENGE, 0, 5)],
            f"add up to {4 * MAX_AMOUNT + 5} minor units, more than {MAX_MONEY_PER_CURRENCY}",
        ),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            engine.add_accounts(accounts)
        assert (engine.digest(), engine.currencies) == before
    engine.add_accounts([good, line])
    engine.check()


def position_limits(*prices: tuple[str, str], aggregate: int = 500) -> Rulebook:
    given = tuple(CurrencyPrice(find_currency(c), Decimal(p), Decimal("0.1")) for c, p in prices)
    return Rulebook(position_limits=PositionLimits(find_currency("USD"), given, aggregate))


def test_positions_count_accounts_in_currencies_that_came_later() -> None:
    prices = ("KZT", "0.002"), ("UZS", "0.00008"), ("RUB", "0.0125")
    rulebook = position_limits(*prices, aggregate=20_00)
    first = [SettlementAccount(bic(i), TENGE, 0, 100_000_00) for i in range(3)]
    later = [SettlementAccount(bic(i), c, 0, 900_00) for c in (SUM, ROUBLE) for i in (2, 1, 0)]
    engine, always = Engine(first, rulebook), Engine([*first, *later], rulebook)
    opened = [open_day(0), transfer_in(0, 0, 9_000_00), submit([1], [0], [1], [9_000_00], [2])]
    engine.apply(join(opened))
    engine.add_accounts(later)
    always.apply(join(opened))
    # Roubles can be owed against tenge, and no further than those are worth.
    rest = join(
        [
            submit([2], [8], [7], [500_00], [2]),
            submit([2], [7], [6], [500_00], [2]),
            transfer_in(3, 0, 4_000_00),
            offset(4, Algorithm.WITHIN_POSITION_LIMITS),
            transfer_out(5, 0, 3_000_00),
        ]
    )
    events = as_events(engine.apply(rest))
    assert events == as_events(always.apply(rest))
    assert sum(kind == EventKind.SETTLED for _, _, kind, _ in events) == 3
    assert engine.digest() == always.digest()
    assert engine.snapshot() == always.snapshot()
    with pytest.raises(InputError, match="AMD has accounts, but no price"):
        engine.add_accounts([SettlementAccount(bic(9), find_currency("AMD"), 0)])
    assert engine.digest() == always.digest()


@pytest.mark.parametrize("seed", seeds(range(9300, 9360)))
def test_the_days_after_a_change_settle_by_the_new_rulebook(seed: int) -> None:
    case, random = draw_case_with_another_rulebook(seed), Random(seed)
    ends = ends_of_batches(case, random)
    outcome = go_through(case, ends, Engine(case.table, case.rulebook), changing=True)
    assert agree(outcome, case.oracle)
    restored = Engine(case.table, case.changes[-1].rulebook or Rulebook())
    restored.restore(outcome.engine.snapshot())
    assert restored.digest() == outcome.engine.digest()


def test_a_rulebook_changes_between_two_days_only() -> None:
    engine = Engine([SettlementAccount(bic(i), TENGE, 9) for i in range(2)])
    engine.apply(open_day(0))
    with pytest.raises(InputError, match="close the day first"):
        engine.set_rulebook(Rulebook(offset_on_entry=True))
    engine.apply(close_day(1))
    engine.set_rulebook(Rulebook(when_queued=WhenQueued(1), in_runs_only=True))
    day = join([open_day(2), submit([2], [0], [1], [4], [2])])
    kinds = [kind for _, _, kind, _ in as_events(engine.apply(day))]
    assert kinds[1:] == [EventKind.QUEUED, EventKind.SETTLED, EventKind.OFFSETTING_RAN]


def test_position_limits_begin_without_other_limits_and_only_where_they_are_kept() -> None:
    engine = Engine([SettlementAccount(bic(i), TENGE, 500_00, 500_00) for i in range(2)])
    engine.apply(join([open_day(0), submit([1], [0], [1], [900_00], [2]), close_day(2)]))
    limits = [set_reservation(3, 1, 0, 700_00), set_bilateral_limit(3, 0, 1, 5)]
    engine.apply(join(limits))
    before = engine.digest()
    with pytest.raises(InputError, match="the holder of account 0 is short"):
        engine.set_rulebook(position_limits(("KZT", "1")))
    with pytest.raises(InputError, match="KZT has accounts, but no price"):
        engine.set_rulebook(position_limits(("UZS", "1")))
    assert engine.digest() == before
    engine.apply(transfer_in(4, 0, 400_00))
    engine.set_rulebook(position_limits(("KZT", "1")))
    assert len(engine.bilateral_limits) == 0
    assert not engine.controls["reserved_urgent"].any()
    engine.check()
    [event] = as_events(engine.apply(transfer_out(5, 1, 1_400_00)))
    assert event[2] == EventKind.LIQUIDITY_MOVED  # nothing of it is reserved


@pytest.mark.parametrize("draw", [draw_case, draw_linked_case])
def test_an_engine_that_was_restored_goes_on_to_the_same_bytes(
    draw: Callable[[int], Case],
) -> None:
    for seed in range(9400, 9460):
        case, random = draw(seed), Random(seed)
        engine, restored = Engine(case.table, case.rulebook), Engine(case.table, case.rulebook)
        ends = sorted(random.choices(range(len(case.commands)), k=4))
        for start, end in itertools.pairwise([0, *ends, len(case.commands)]):
            batch = as_batch(case.commands[start:end])
            assert as_events(engine.apply(batch)) == as_events(restored.apply(batch))
            assert engine.snapshot() == restored.snapshot(), seed
            restored = Engine(case.table, case.rulebook)
            restored.restore(engine.snapshot())


def test_a_snapshot_of_other_accounts_or_rules_is_not_taken() -> None:
    accounts = [SettlementAccount(bic(i), TENGE, 9) for i in range(3)]
    snapshot = Engine(accounts).snapshot()
    moved = [*accounts[:2], SettlementAccount(bic(2), SUM, 9)]
    shared = [*accounts[:2], SettlementAccount(bic(0), SUM, 9)]
    for other in (
        Engine(accounts[:2]),
        Engine([*accounts, SettlementAccount(bic(3), TENGE, 0)]),
        Engine(moved),
        Engine(accounts, Rulebook(offset_on_entry=True)),
    ):
        with pytest.raises(InvariantBroken, match="of the same accounts and rulebook"):
            other.restore(snapshot)
    with pytest.raises(InvariantBroken, match="its holders of accounts are others"):
        Engine(shared).restore(Engine(moved).snapshot())
    Engine(accounts).restore(snapshot)
