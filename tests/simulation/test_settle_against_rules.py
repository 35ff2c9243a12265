"""`settle` against the rules in words: every outcome, every line of every statement."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings

from skontro.engine import EventKind
from skontro.files import ACCOUNTS, ORDERS, STATEMENTS, Results, Scenario
from skontro.simulation import settle, settling
from tests.draws import examples
from tests.engine.oracle import Event
from tests.simulation.scenarios import ENDS, scenarios, settle_by_rules, timestamped


def expected_outcomes(scenario: Scenario, events: list[Event]) -> list[dict[str, object]]:
    """What must stand in each row of the orders, told from the rules and the payment alone."""
    ends = {order: (time, kind, reason) for order, time, kind, reason in events if kind in ENDS}
    queued = {order: time for order, time, kind, _ in events if kind == EventKind.QUEUED}
    outcomes = []
    for order, payment in enumerate(timestamped(scenario.payments).to_dicts()):
        time, kind, reason = ends[order]
        later = [d for d in scenario.business_days if payment["submitted_at"] < d.closes_at]
        business_day = later[0] if later else scenario.business_days[-1]
        asks_at = max(payment["submitted_at"], payment["earliest_at"] or 0)
        asks = kind != EventKind.REJECTED and asks_at <= business_day.closes_at
        mechanism = "queue" if order in queued else "entry"
        outcomes.append(
            {
                "order": order,
                "business_date": business_day.date,
                "status": ENDS[kind],
                "reason": reason.name if reason else None,
                "entered_at": asks_at if asks else None,
                "queued_at": queued.get(order),
                "final_at": time,
                "mechanism": mechanism if kind == EventKind.SETTLED else None,
                "run": None,
            }
        )
    return outcomes


def expected_statements(scenario: Scenario, events: list[Event]) -> list[tuple[object, ...]]:
    """Account number, entry, time, UETR, counterparty, debit, credit, balance: line by line."""
    directory = scenario.directory
    balance = [account.opening_balance for account in directory.accounts]
    lines: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    payments = scenario.payments.to_dicts()
    for order, time, kind, _ in events:
        if kind != EventKind.SETTLED:
            continue
        payment = payments[order]
        payer = directory.account_number(payment["payer"], payment["currency"])
        payee = directory.account_number(payment["payee"], payment["currency"])
        assert payer is not None
        assert payee is not None
        amount = payment["amount_minor"]
        balance[payer] -= amount
        balance[payee] += amount
        for account, other, debit, credit in (
            (payer, payment["payee"], amount, None),
            (payee, payment["payer"], None, amount),
        ):
            line = (time, payment["uetr"], other, debit, credit, balance[account])
            lines[account].append((account, len(lines[account]) + 1, *line))
    return [line for account in sorted(lines) for line in lines[account]]


def assert_accounts_agree(scenario: Scenario, results: Results) -> None:
    """The accounts' figures, added up from the statements once more."""
    statements = results.statements
    for number, (account, row) in enumerate(
        zip(scenario.directory.accounts, results.accounts.to_dicts(), strict=True)
    ):
        mine = statements.filter(pl.col("account") == number)
        balances = [account.opening_balance, *mine["balance_minor"].to_list()]
        holder = scenario.directory.participant(account.bic)
        assert row == {
            "account": number,
            "bic": account.bic,
            "name": holder.name,
            "country": holder.country.alpha3,
            "currency": account.currency.code,
            "opening_balance_minor": account.opening_balance,
            "credit_line_minor": account.credit_line,
            "closing_balance_minor": balances[-1],
            "lowest_balance_minor": min(balances),
            "liquidity_used_minor": account.opening_balance - min(balances),
            "paid_minor": sum(mine["debit_minor"].drop_nulls().to_list()),
            "received_minor": sum(mine["credit_minor"].drop_nulls().to_list()),
            "transferred_in_minor": 0,
            "transferred_out_minor": 0,
        }
        assert min(balances) >= -account.credit_line


@settings(max_examples=examples(120))
@given(scenarios())
def test_every_outcome_and_every_statement_line_follows_the_rules(scenario: Scenario) -> None:
    results = settle(scenario)
    events = settle_by_rules(scenario)
    assert results.orders.schema == ORDERS
    assert results.accounts.schema == ACCOUNTS
    assert results.statements.schema == STATEMENTS
    assert results.orders.select(scenario.payments.columns).equals(scenario.payments)
    outcomes = expected_outcomes(scenario, events)
    columns = list(outcomes[0]) if outcomes else ["order"]
    assert timestamped(results.orders).select(columns).to_dicts() == outcomes
    statement_columns = ["account", "entry", "settled_at", "uetr", "counterparty"]
    statement_columns += ["debit_minor", "credit_minor", "balance_minor"]
    lines = timestamped(results.statements).select(statement_columns).rows()
    assert lines == expected_statements(scenario, events)
    assert_accounts_agree(scenario, results)


@settings(max_examples=examples(40))
@given(scenarios())
def test_the_size_of_batches_changes_nothing(scenario: Scenario) -> None:
    calls: list[tuple[int, int]] = []
    at_once = settle(scenario)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "BATCH", 3)
        in_steps = settle(scenario, lambda done, total: calls.append((done, total)))
    for table in ("orders", "accounts", "statements"):
        assert getattr(at_once, table).equals(getattr(in_steps, table))
    commands = scenario.payments.height + 2 * len(scenario.business_days)
    assert calls == [(min(stop, commands), commands) for stop in range(3, commands + 3, 3)]
