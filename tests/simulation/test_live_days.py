"""Any day of a live system is a scenario, and settles again to the same bytes."""

import tempfile
from pathlib import Path

import polars as pl
import polars.testing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.conduct import Batch, Rules, SettlementSystem
from skontro.files import read_scenario, write_results, write_scenario
from skontro.simulation import settle
from skontro.simulation.live_day import LiveDay, as_live_day
from skontro.simulation.recorded_day import recorded_day
from tests.simulation.drawn_lives import Life, days_of


def live_days(rules: Rules, batches: list[Batch]) -> list[LiveDay]:
    """The days of a record in memory."""
    found = []
    for date, opened, closed in days_of(batches):
        system = SettlementSystem(rules)
        for batch in batches[:opened]:
            system.again(batch)
        replayed = (system.again(batch) for batch in batches[opened : closed + 1])
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


@given(seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_any_live_day_settles_again_to_the_same_bytes(seed: int) -> None:
    settles_again(seed)


@pytest.mark.long
@given(seed=st.integers(0, 2**32))
@settings(max_examples=500, deadline=None)
def test_many_live_days_settle_again_to_the_same_bytes(seed: int) -> None:
    settles_again(seed)
