"""Random days on which orders wait for all that an order can wait for, and their commands."""

import datetime
from decimal import Decimal
from random import Random

import attrs
import polars as pl

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE, CommandKind
from skontro.engine import Commands as Batch
from skontro.files import INSTRUCTIONS, Scenario
from skontro.model import (
    Algorithm,
    BilateralLimit,
    Bypass,
    Rate,
    RateTable,
    Rulebook,
    ScheduledRuns,
    SettlementAccount,
    WhenQueued,
    find_currency,
    from_timestamp,
)
from tests.engine.oracle import Command
from tests.simulation.scenarios import BANKS, CODES, day, scenario_of

SECOND = 10**6
OPENS, CLOSES = 100, 200
CLASSES = ("urgent", "high", "normal", "normal")

RULEBOOKS = (
    Rulebook(),
    Rulebook(offset_on_entry=True),
    Rulebook(bypass=Bypass(depth=2, max_bypasses=2)),
    Rulebook(when_queued=WhenQueued(4, Algorithm.BILATERAL_PASS)),
    Rulebook(
        schedule=(
            ScheduledRuns(Algorithm.GREATEST_FIFO_SET, every=20 * SECOND),
            ScheduledRuns(Algorithm.MAXIMUM_VALUE, every=30 * SECOND, work=10),
        )
    ),
    Rulebook(in_runs_only=True, schedule=(ScheduledRuns(Algorithm.ALL_OR_NOTHING, every=10**7),)),
)

RATES = RateTable(
    find_currency("USD"),
    [Rate(find_currency(c), Decimal(5), datetime.date(1970, 1, 1), "invented") for c in CODES],
)


def uetr(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:011}0"


def draw_day(seed: int) -> Scenario:
    random = Random(seed)
    accounts = [_account(random, bic, code) for code in CODES for bic in BANKS]
    payments: list[dict[str, object]] = []
    for at in random.choices(range(OPENS, CLOSES), k=22):
        payment = _payment(random, at) | {"uetr": uetr(len(payments))}
        payments += _pair(random, payment) if random.random() < 0.2 else [payment]
    payments.sort(key=lambda payment: int(str(payment["submitted_at"])))
    scenario = scenario_of(accounts, payments, [day(0, OPENS * SECOND, CLOSES * SECOND)])
    rows = [_instruction(random, payments) for _ in range(8)]
    table = pl.DataFrame(
        [row | {"at": from_timestamp(row["at"])} for row in sorted(rows, key=lambda r: r["at"])],  # type: ignore[arg-type,return-value]
        schema=INSTRUCTIONS,
    )
    rulebook = RULEBOOKS[seed % len(RULEBOOKS)]
    return attrs.evolve(scenario, instructions=table, rulebook=rulebook, rates=RATES)


def _account(random: Random, bic: str, code: str) -> SettlementAccount:
    others = [other for other in BANKS if other != bic]
    return SettlementAccount(
        bic,
        find_currency(code),
        random.randint(0, 10),
        random.choice([0, 0, 4]),
        reserved_urgent=random.choice([0, 0, 3]),
        reserved_high=random.choice([0, 0, 2]),
        net_sender_limit=random.choice([None, None, 8]),
        bilateral_limits=(
            (BilateralLimit(random.choice(others), 5),) if random.random() < 0.3 else ()
        ),
    )


def _payment(random: Random, at: int) -> dict[str, object]:
    payer, payee = random.sample(sorted(BANKS), 2)
    earliest = at + random.randint(1, 30) if random.random() < 0.15 else None
    latest = (earliest or at) + random.randint(0, 40) if random.random() < 0.2 else None
    return {
        "payer": payer,
        "payee": payee,
        "currency": random.choice(CODES),
        "amount_minor": random.randint(1, 12),
        "payment_class": random.choice(CLASSES),
        "submitted_at": at * SECOND,
        "earliest_at": None if earliest is None else earliest * SECOND,
        "latest_at": None if latest is None else latest * SECOND,
    }


def _pair(random: Random, one: dict[str, object]) -> list[dict[str, object]]:
    """The payment as a leg, and its counterleg, which may come later."""
    at = int(str(one["submitted_at"])) // SECOND
    other = one | {
        "uetr": str(one["uetr"])[:-1] + "f",
        "payer": one["payee"],
        "payee": one["payer"],
        "currency": CODES[1 - CODES.index(str(one["currency"]))],
        "counterleg": one["uetr"],
        "submitted_at": min(at + random.choice([0, 5, 15]), CLOSES - 1) * SECOND,
        "earliest_at": None,
        "latest_at": None,
    }
    return [one | {"counterleg": other["uetr"]}, other]


def _instruction(random: Random, payments: list[dict[str, object]]) -> dict[str, object]:
    number = random.randrange(len(payments))
    submitted = int(str(payments[number]["submitted_at"])) // SECOND
    at = random.randint(submitted, CLOSES - 1) * SECOND
    bic, other = random.sample(sorted(BANKS), 2)
    of_account = {"participant": bic, "currency": random.choice(CODES)}
    amount = random.randint(1, 8)
    kinds: list[dict[str, object]] = [
        {"instruction": "cancel", "uetr": payments[number]["uetr"]},
        {"instruction": "move_to_front", "uetr": payments[number]["uetr"]},
        {
            "instruction": "change_class",
            "uetr": payments[number]["uetr"],
            "payment_class": "high",
        },
        {"instruction": "set_credit_line", **of_account, "amount_minor": amount},
        {"instruction": "set_net_sender_limit", **of_account, "amount_minor": amount},
        {
            "instruction": "set_bilateral_limit",
            **of_account,
            "counterparty": other,
            "amount_minor": random.choice([amount, None]),
        },
        {
            "instruction": "set_reservation",
            **of_account,
            "payment_class": "urgent",
            "amount_minor": amount,
        },
        {"instruction": "transfer_in", **of_account, "amount_minor": amount},
        {"instruction": "offset", "algorithm": "greatest_fifo_set"},
    ]
    return {"at": at, **random.choice(kinds)}


def as_oracle_commands(batch: Batch) -> list[Command]:
    """The same commands as the oracle takes them."""

    def column(name: str, absent: int, replacement: int | None) -> list[int | None]:
        values = getattr(batch, name).tolist() or [absent] * len(batch)
        return [replacement if value == absent else value for value in values]

    earliest = column("earliest", ANY_TIME_BEFORE, None)
    latest = column("latest", ANY_TIME_AFTER, None)
    order = column("order", -1, -1)
    return [
        Command(
            CommandKind(int(batch.kind[row])),
            int(batch.time[row]),
            int(batch.payer[row]),
            int(batch.payee[row]),
            int(batch.amount[row]),
            int(batch.payment_class[row]),
            int(order[row] or 0) if order[row] is not None else -1,
            earliest[row],
            latest[row],
        )
        for row in range(len(batch))
    ]
