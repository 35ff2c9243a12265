"""Random histories of cases: owner and deadline always, money conserved, every case can end."""

import pytest

from tests.draws import seeds
from tests.system.cases.histories import History


@pytest.mark.parametrize("seed", seeds(range(12)))
def test_a_random_history(seed: int) -> None:
    history = History(seed)
    history.run(25)
    history.check_replay()


@pytest.mark.long
def test_all_outcomes_are_reached() -> None:
    ends = set()
    for seed in range(100, 140):
        history = History(seed)
        history.run(30)
        ends |= {str(one.outcome) for one in history.running.system.cases.page(None, 10**9, 10**9)}
    assert ends >= {"paid", "dismissed", "withdrawn", "answered", "unpaid", "not pursued"}
