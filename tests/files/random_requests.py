"""Random rulebooks, and random instructions that a scenario allows."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from skontro.files import INSTRUCTIONS
from skontro.model import (
    MAX_AMOUNT,
    RUN_ALGORITHMS,
    SECOND,
    Algorithm,
    BusinessDay,
    Bypass,
    CurrencyPrice,
    ParticipantDirectory,
    PayIn,
    PaymentClass,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    WhenQueued,
    find_currency,
    from_timestamp,
    run_timestamps,
)

Days = tuple[BusinessDay, ...]

bypasses = st.builds(
    Bypass,
    st.lists(st.sampled_from(PaymentClass), min_size=1, unique=True).map(tuple),
    st.integers(1, 1000),
    st.integers(1, 10**9),
)
growth = st.builds(
    WhenQueued,
    st.integers(1, 2**30 - 1),
    st.sampled_from(
        [
            algorithm
            for algorithm in RUN_ALGORITHMS
            if algorithm not in (Algorithm.MAXIMUM_VALUE, Algorithm.WITHIN_POSITION_LIMITS)
        ]
    ),
)
position_limits = st.builds(
    PositionLimits,
    st.just(find_currency("USD")),
    st.lists(
        st.builds(
            CurrencyPrice,
            st.sampled_from([find_currency(code) for code in ("EUR", "KZT", "BHD")]),
            st.decimals("0.000001", "99999", places=6),
            st.decimals("0", "0.99", places=2),
        ),
        min_size=1,
        unique_by=lambda price: price.currency,
    ).map(tuple),
    st.integers(0, MAX_AMOUNT),
    st.sampled_from(
        [
            (),
            (PayIn(datetime.time(9), Decimal("0.25")), PayIn(datetime.time(9, 30), Decimal(1))),
        ]
    ),
)


@st.composite
def _scheduled_runs(draw: st.DrawFn, days: Days, zone: ZoneInfo) -> ScheduledRuns | None:
    free = [a for a in RUN_ALGORITHMS if a != Algorithm.WITHIN_POSITION_LIMITS]
    algorithm = draw(st.sampled_from(free))
    work = {"work": draw(st.integers(0, 10**6))} if algorithm == Algorithm.MAXIMUM_VALUE else {}
    longest = max(day.closes_at - day.opens_at for day in days)
    if longest > SECOND and draw(st.booleans()):
        seconds = draw(st.integers(1, (longest - 1) // SECOND))
        return ScheduledRuns(algorithm, every=seconds * SECOND, **work)
    times: list[datetime.time] = []
    for _ in range(draw(st.integers(1, 3))):
        day = draw(st.sampled_from(days))
        timestamp = draw(st.integers(day.opens_at, day.closes_at - 1))
        times.append(from_timestamp(timestamp).astimezone(zone).time())
    # The second pass of an hour that clocks repeat is no time of a run.
    occurring = [
        time
        for time in times
        if any(run_timestamps(ScheduledRuns(algorithm, (time,)), day, zone) for day in days)
    ]
    return ScheduledRuns(algorithm, tuple(occurring), **work) if occurring else None


@st.composite
def rulebooks(draw: st.DrawFn, days: Days, zone: ZoneInfo) -> Rulebook:
    drawn = draw(st.lists(_scheduled_runs(days, zone), max_size=3))
    schedule = tuple(runs for runs in drawn if runs is not None)
    in_runs_only = draw(st.booleans())
    if in_runs_only and draw(st.booleans()):
        algorithm = Algorithm.WITHIN_POSITION_LIMITS
        return Rulebook(
            when_queued=draw(st.none() | st.just(WhenQueued(5, algorithm))),
            schedule=tuple(ScheduledRuns(algorithm, runs.at, runs.every) for runs in schedule),
            in_runs_only=draw(st.booleans()),
            position_limits=draw(position_limits),
        )
    return Rulebook(
        not in_runs_only and draw(st.booleans()),
        None if in_runs_only else draw(st.none() | bypasses),
        draw(st.none() | growth),
        schedule,
        in_runs_only,
    )


USE_ORDERS = ("cancel", "change_class", "change_times", "move_to_front", "move_to_end")


def _about_orders(draw: st.DrawFn, payments: pl.DataFrame, days: Days) -> dict[str, object]:
    payment = draw(
        st.sampled_from(payments.with_columns(pl.col("submitted_at").to_physical()).to_dicts())
    )
    later = [day for day in days if day.closes_at > payment["submitted_at"]]
    day = draw(st.sampled_from(later))
    at = draw(st.integers(max(day.opens_at, payment["submitted_at"]), day.closes_at - 1))
    instruction = draw(st.sampled_from([*USE_ORDERS]))
    row: dict[str, object] = {"at": at, "instruction": instruction, "uetr": payment["uetr"]}
    if instruction == "change_times":
        times = draw(
            st.sampled_from([("earliest_at",), ("latest_at",), ("earliest_at", "latest_at")])
        )
        row |= dict.fromkeys(times, draw(st.integers(at, day.closes_at)))
    if instruction == "change_class":
        row["payment_class"] = draw(st.sampled_from(["urgent", "high", "normal"]))
    return row


def _about_accounts(
    draw: st.DrawFn, directory: ParticipantDirectory, days: Days
) -> dict[str, object]:
    account = draw(st.sampled_from(directory.accounts))
    code = account.currency.code
    others = [a.bic for a in directory.accounts if a.currency == account.currency and a != account]
    lines = ["set_credit_line", "set_reservation", "set_net_sender_limit"]
    moves = ["transfer_in", "transfer_out"]
    limits = ["set_bilateral_limit"] if others else []
    instruction = draw(st.sampled_from([*lines, *moves, *limits]))
    day = draw(st.sampled_from(days))
    least = 1 if instruction in moves else 0
    row: dict[str, object] = {
        "at": draw(st.integers(day.opens_at, day.closes_at - 1)),
        "instruction": instruction,
        "participant": account.bic,
        "currency": code,
        "amount_minor": draw(st.integers(least, 2000) | st.integers(least, MAX_AMOUNT)),
    }
    if instruction == "set_reservation":
        row["payment_class"] = draw(st.sampled_from(["urgent", "high"]))
    if instruction == "set_bilateral_limit":
        row["counterparty"] = draw(st.sampled_from(others))
    if instruction.endswith("limit") and draw(st.booleans()):
        row["amount_minor"] = None
    return row


def _offset(draw: st.DrawFn, days: Days) -> dict[str, object]:
    day = draw(st.sampled_from(days))
    return {
        "at": draw(st.integers(day.opens_at, day.closes_at - 1)),
        "instruction": "offset",
        "algorithm": draw(
            st.sampled_from(["all_or_nothing", "greatest_fifo_set", "bilateral_pass"])
        ),
    }


@st.composite
def instruction_tables(
    draw: st.DrawFn, directory: ParticipantDirectory, days: Days, payments: pl.DataFrame
) -> pl.DataFrame:
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        kinds = [
            "offset",
            *["orders"] * bool(payments.height),
            *["accounts"] * bool(directory.accounts),
        ]
        match draw(st.sampled_from(kinds)):
            case "orders":
                rows.append(_about_orders(draw, payments, days))
            case "accounts":
                rows.append(_about_accounts(draw, directory, days))
            case _:
                rows.append(_offset(draw, days))
    raw = pl.Schema(INSTRUCTIONS | {"at": pl.Int64()})
    table = pl.DataFrame(rows, schema=raw, orient="row").cast(dict(INSTRUCTIONS))
    return table.sort("at", maintain_order=True)
