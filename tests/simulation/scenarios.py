"""Small scenarios in which orders meet in queues, and what the rules in words make of them."""

import datetime

import polars as pl
from hypothesis import strategies as st

from skontro.engine import CommandKind, EventKind
from skontro.files import PAYMENTS, Scenario
from skontro.model import (
    BusinessDay,
    Participant,
    ParticipantDirectory,
    PaymentClass,
    RateTable,
    SettlementAccount,
    find_country,
    find_currency,
    from_timestamp,
)
from tests.engine.oracle import Account, Command, Event, Oracle

BANKS = {"STEPKZA0": "KAZ", "MOUNKGB0": "KGZ", "OASIUZT0": "UZB"}
CODES = ("KZT", "UZS")


def scenario_of(
    accounts: list[SettlementAccount], payments: list[dict[str, object]], days: list[BusinessDay]
) -> Scenario:
    """A scenario held in memory; UETRs count up where a payment has none."""
    rows = [
        {"uetr": f"00000000-0000-4000-8000-{number:012}", "payment_class": "normal"} | payment
        for number, payment in enumerate(payments)
    ]
    timestamps = ("submitted_at", "earliest_at", "latest_at")
    for row in rows:
        for name in timestamps:
            if row.get(name) is not None:
                row[name] = from_timestamp(int(str(row[name])))
    return Scenario(
        name="Small days",
        business_days=tuple(days),
        time_zone="Asia/Almaty",
        directory=ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(code)) for bic, code in BANKS.items()],
            accounts,
        ),
        payments=pl.DataFrame(rows, schema=PAYMENTS),
        rates=RateTable(find_currency("USD"), []),
    )


def day(number: int, opens: int, closes: int) -> BusinessDay:
    return BusinessDay(datetime.date(1970, 1, 1) + datetime.timedelta(number), opens, closes)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """One to three days of ten to twenty microseconds, touching or not; accounts may be missing."""
    days: list[BusinessDay] = []
    time = 0
    for number in range(draw(st.integers(1, 3))):
        opens = time + draw(st.integers(0, 3))
        time = opens + draw(st.integers(10, 20))
        days.append(day(number, opens, time))
    accounts = [
        SettlementAccount(
            bic, find_currency(code), draw(st.integers(0, 12)), draw(st.sampled_from([0, 0, 4]))
        )
        for code in CODES
        for bic in BANKS
        if draw(st.integers(0, 9))
    ]
    submitted = sorted(draw(st.lists(st.integers(0, time + 2), max_size=40)))
    return scenario_of(accounts, [draw(_payments(at)) for at in submitted], days)


@st.composite
def _payments(draw: st.DrawFn, submitted_at: int) -> dict[str, object]:
    payer, payee = draw(st.permutations(sorted(BANKS)))[:2]
    earliest = draw(st.none() | st.none() | st.integers(submitted_at, submitted_at + 12))
    latest = draw(st.none() | st.none() | st.integers(0, 12))
    return {
        "payer": payer,
        "payee": payee,
        "currency": draw(st.sampled_from(["KZT", "KZT", "KZT", "UZS"])),
        "amount_minor": draw(st.integers(1, 12)),
        "payment_class": draw(st.sampled_from(["urgent", "high", "normal", "normal"])),
        "submitted_at": submitted_at,
        "earliest_at": earliest,
        "latest_at": None if latest is None else (earliest or submitted_at) + latest,
    }


def settle_by_rules(scenario: Scenario) -> list[Event]:
    """The events that the rules in words (`tests.engine.oracle`) give for a scenario.

    At one and the same time a day closes before the next one opens, and opens before orders enter.
    """
    turns: list[tuple[int, int, Command]] = []
    for business_day in scenario.business_days:
        close = Command(CommandKind.CLOSE_DAY, business_day.closes_at)
        turns.append((business_day.closes_at, 0, close))
        turns.append(
            (business_day.opens_at, 1, Command(CommandKind.OPEN_DAY, business_day.opens_at))
        )
    turns.extend(
        (row["submitted_at"], 2, _submission(scenario, row))
        for row in timestamped(scenario.payments).to_dicts()
    )
    oracle = Oracle(
        [
            Account(a.opening_balance, a.credit_line, a.currency.code)
            for a in scenario.directory.accounts
        ]
    )
    for _, _, command in sorted(turns, key=lambda turn: turn[:2]):
        oracle.apply(command)
    return oracle.events


def _submission(scenario: Scenario, row: dict[str, object]) -> Command:
    numbers = [
        next(
            (
                number
                for number, account in enumerate(scenario.directory.accounts)
                if (account.bic, account.currency.code) == (row[side], row["currency"])
            ),
            -1,
        )
        for side in ("payer", "payee")
    ]
    return Command(
        CommandKind.SUBMIT,
        int(str(row["submitted_at"])),
        *numbers,
        int(str(row["amount_minor"])),
        PaymentClass[str(row["payment_class"]).upper()],
        earliest=None if row["earliest_at"] is None else int(str(row["earliest_at"])),
        latest=None if row["latest_at"] is None else int(str(row["latest_at"])),
    )


def timestamped(table: pl.DataFrame) -> pl.DataFrame:
    """The table with microseconds since 1970 in place of moments."""
    return table.with_columns(
        pl.col(name).to_physical() for name in table.columns if name.endswith("_at")
    )


#: The events that end an order.
ENDS = {
    EventKind.SETTLED: "settled",
    EventKind.REJECTED: "rejected",
    EventKind.RETURNED: "returned",
    EventKind.CANCELLED: "cancelled",
}
