"""Draws: streams that know nothing of each other, the stated profile, links that go both ways."""

from itertools import combinations

import numpy as np
import pytest

from skontro.model import BusinessDay
from skontro.simulation.generator import GeneratorSettings
from skontro.simulation.generator.arrivals import PROFILE, draw_arrivals
from skontro.simulation.generator.banks import core_size, create_banks
from skontro.simulation.generator.corridors import find_trade
from skontro.simulation.generator.draws import Purpose, stream


def test_each_purpose_and_each_seed_has_a_stream_of_its_own() -> None:
    first = {
        (seed, purpose): stream(seed, purpose).integers(0, 1 << 62, 4).tolist()
        for seed in (0, 1, 2**70)
        for purpose in Purpose
    }
    for one, other in combinations(first, 2):
        assert not set(first[one]) & set(first[other])
    assert stream(1, Purpose.SIZES).integers(0, 1 << 62, 4).tolist() == first[1, Purpose.SIZES]


def test_arrivals_follow_the_profile() -> None:
    number, length = 1_000_000, 18_000_000
    days = (BusinessDay(GeneratorSettings().first_date, 7, 7 + length),)
    arrivals = draw_arrivals(np.zeros(number, dtype=np.int64), days, 5) - 7
    assert sum(PROFILE) == 1000
    assert arrivals.min() >= 0
    assert arrivals.max() < length
    counts = np.bincount(arrivals // (length // 18), minlength=18)
    expected = np.array(PROFILE) * number / 1000
    # 99.99 % point of chi-square with 17 degrees of freedom
    assert ((counts - expected) ** 2 / expected).sum() < 47.6


@pytest.mark.parametrize("count", [1, 7, 12])
def test_links_are_mutual_and_the_core_has_them_all(count: int) -> None:
    settings = GeneratorSettings(
        countries=("BLR", "KAZ", "RUS"), largest_bank_count=count, smallest_bank_count=count
    )
    banks = create_banks(find_trade(settings), settings)
    core = core_size(count)
    loose = 0
    for one, other in combinations(("BLR", "KAZ", "RUS"), 2):
        linked = banks.pair_weights(one, other) > 0
        assert (linked == (banks.pair_weights(other, one) > 0).T).all()
        assert linked[:core].all()
        assert linked[:, :core].all()
        loose += int(linked[core:, core:].sum())
    pairs = 3 * (count - core) ** 2
    assert loose <= 0.25 * pairs  # a tenth is drawn
    assert loose > 0 or count < 12
