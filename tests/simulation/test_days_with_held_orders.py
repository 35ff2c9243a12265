"""Live days on which orders were held and released settle again as scenarios."""

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.engine import uetr_text
from skontro.model import ReasonCode
from skontro.system import Action, ScreeningPolicy, SettlementSystem
from tests.draws import examples
from tests.simulation.drawn_lives import Life, draw_rules
from tests.simulation.test_live_day import assert_settles_again, live_days


@attrs.define(eq=False)
class ScreenedLife(Life):
    """Days on which one order in three is held, and half of those are released."""

    @classmethod
    def screened(cls, seed: int) -> "ScreenedLife":
        random = Random(seed)
        rules = attrs.evolve(draw_rules(random), screening=ScreeningPolicy(travel_rule="off"))
        life = cls(random, SettlementSystem(rules))
        life.time = life._start()
        life.live(random.randint(1, 3), random.randint(10, 40))
        return life

    def _fill(self, row: Any) -> None:
        super()._fill(row)
        row["screening"] = self.random.choice([1, 1, 1, 1, 2, 0])

    def happen(self) -> None:
        held = [*self.system.screening_holds._rows]
        if held and self.random.random() < 0.4:
            kind = self.random.choice(["release_held_order"] * 3 + ["reject_held_order"])
            self.agree(Action(kind, uetr=uetr_text(self.random.choice(held))))
        else:
            super().happen()


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(20), deadline=None)
def test_days_with_held_orders_settle_again_to_the_same_bytes(seed: int) -> None:
    life = ScreenedLife.screened(seed)
    for day in live_days(life.system.rules, life.batches):
        with tempfile.TemporaryDirectory() as folder:
            assert_settles_again(day, Path(folder), ("parquet", "csv")[seed % 2])


@pytest.mark.long
def test_orders_are_held_released_and_returned_on_these_days() -> None:
    seen: set[str] = set()
    settled = 0
    for seed in range(20):
        life = ScreenedLife.screened(seed)
        for batch in life.batches:
            acceptance = batch.commands.column("acceptance")
            seen.update(ReasonCode(abs(int(one))).name for one in acceptance if abs(int(one)) > 1)
            released = batch.commands.column("screening") == 4
            settled += int((released & (acceptance == 0)).sum())
    assert {"NOT_SCREENED", "SCREENING_HOLD", "HELD_ORDER_REJECTED", "RETURNED_WHILE_HELD"} <= seen
    assert settled > 10
