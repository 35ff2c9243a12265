"""Any day of a live system is a scenario, and settles again to the same bytes."""

import os
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl
import polars.testing
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from skontro.files import read_scenario, write_results, write_scenario
from skontro.simulation import settle
from skontro.simulation.live_day import LiveDay, as_live_day
from skontro.simulation.recorded_day import recorded_day
from skontro.system import Batch, Rules, SettlementSystem
from tests.simulation.drawn_lives import Life, days_of

EXPECTED = (
    *("entry", "queue", "bypass", "bilateral_on_entry", "greatest_fifo_set", "all_or_nothing"),
    *("bilateral_pass", "within_position_limits", "pairs", "warehoused", "opened", "overdrawn"),
    *("earliest_at before", "earliest_at after", "latest_at after", "position limits"),
    *("RETURNED_AT_END_OF_DAY", "RETURNED_AT_LATEST_TIME", "CANCELLED_BY_PARTICIPANT"),
    *("COUNTERLEG_CANCELLED", "PARTICIPANT_SUSPENDED", "CURRENCY_CLOSED", "LATEST_TIME_PASSED"),
    *("CUSTOMER_CUT_OFF_PASSED", "INTERBANK_CUT_OFF_PASSED", "NO_BUSINESS_DAY"),
    *("COUNTERLEG_MISMATCH", "COUNTERLEG_UNKNOWN", "LEGS_IN_ONE_CURRENCY"),
    *(
        "cancel",
        "change_class",
        "change_times",
        "move_to_front",
        "move_to_end",
        "offset",
        "transfer_in",
    ),
    *("set_credit_line", "set_reservation", "set_net_sender_limit", "set_bilateral_limit"),
)

#: Lives of one long run; `SKONTRO_LIVES=2000` for the very long one.
LIVES = int(os.environ.get("SKONTRO_LIVES", "200"))


def live_days(rules: Rules, batches: list[Batch]) -> list[LiveDay]:
    """The days of a record in memory."""
    found = []
    for date, opened, closed in days_of(batches):
        system = SettlementSystem(rules)
        for batch in batches[:opened]:
            system.replay(batch)
        replayed = (system.replay(batch) for batch in batches[opened : closed + 1])
        found.append(as_live_day(recorded_day(system, date, replayed)))
    return found


def assert_settles_again(day: LiveDay, folder: Path, payments_format: str = "parquet") -> None:
    write_scenario(folder / "scenario", day.scenario, payments_format)  # type: ignore[arg-type]
    reading = read_scenario(folder / "scenario")
    refused = [str(refusal) for refusal in reading.refusals]
    assert not refused, refused[:3]
    write_results(folder / "live", day.results)
    write_results(folder / "again", settle(reading.scenario))
    names = sorted(path.name for path in (folder / "live").iterdir())
    assert names == sorted(path.name for path in (folder / "again").iterdir())
    for name in names:
        live, again = (folder / side / name for side in ("live", "again"))
        if live.read_bytes() != again.read_bytes():
            if name.endswith(".parquet"):
                pl.testing.assert_frame_equal(pl.read_parquet(live), pl.read_parquet(again))
            raise AssertionError(f"{name} differs")


def settles_again(seed: int) -> None:
    life = Life.of(seed)
    for day in live_days(life.system.rules, life.batches):
        with tempfile.TemporaryDirectory() as folder:
            assert_settles_again(day, Path(folder), ("parquet", "csv")[seed % 2])


@example(seed=48)  # a participant leaves on a day without orders
@given(seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_any_live_day_settles_again_to_the_same_bytes(seed: int) -> None:
    settles_again(seed)


@pytest.mark.long
@given(seed=st.integers(0, 2**32))
@settings(max_examples=LIVES, deadline=None)
def test_many_live_days_settle_again_to_the_same_bytes(seed: int) -> None:
    settles_again(seed)


@pytest.mark.long
def test_the_lives_have_all_that_may_happen() -> None:
    """So that settling again means something."""
    seen: Counter[str] = Counter()
    for seed in range(50):
        life = Life.of(seed)
        for day in live_days(life.system.rules, life.batches):
            orders, [hours] = day.results.orders, day.scenario.business_days
            seen.update(orders["mechanism"].drop_nulls())
            seen.update(orders["reason"].drop_nulls())
            seen.update(day.left_out["reason"])
            seen.update(day.scenario.instructions["instruction"])
            for column in ("earliest_at", "latest_at"):
                times = orders[column].to_physical()
                seen[f"{column} before"] += int((times < hours.opens_at).sum())
                seen[f"{column} after"] += int((times > hours.closes_at).sum())
            accounts = day.scenario.directory.accounts
            seen["overdrawn"] += any(account.opening_balance < 0 for account in accounts)
            seen["position limits"] += day.scenario.rulebook.position_limits is not None
            seen["opened"] += len(accounts) > len(life.system.rules.directory.accounts)
            seen["warehoused"] += int(
                (orders["submitted_at"].to_physical() == hours.opens_at).sum()
            )
            settled = orders.filter(orders["status"] == "settled")
            seen["pairs"] += settled["counterleg"].count()
    assert [kind for kind in EXPECTED if not seen[kind]] == []
