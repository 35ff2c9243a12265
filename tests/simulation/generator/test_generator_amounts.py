"""Counts and amounts: exact totals for any input, lognormal shape for the draws."""

import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import InputError, find_currency
from skontro.simulation.generator import GeneratorSettings, generate
from skontro.simulation.generator.amounts import (
    Bucket,
    _lognormal_weights,
    count_payments,
    split_buckets,
)
from skontro.simulation.generator.sources import LognormalFit, find_fit

FIT = find_fit("T2 2023 EUR")


def bucket(value: int, total: int) -> Bucket:
    return Bucket(0, find_currency("USD"), Fraction(value), total)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.integers(0, 5000))
def test_counts_follow_value_and_add_up(values: list[int], spare: int) -> None:
    buckets = [bucket(value, 10**9) for value in values]
    counts = count_payments(buckets, len(values) + spare)
    assert counts.sum() == len(values) + spare
    for value, count in zip(values, counts.tolist(), strict=True):
        quota = Fraction(value * spare, sum(values))
        assert count >= 1
        assert abs(count - 1 - quota) < 1
    order = sorted(range(len(values)), key=lambda i: values[i])
    assert all(counts[a] <= counts[b] for a, b in pairwise(order) if values[a] < values[b])


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 10**18 - 41)), min_size=1, max_size=8),
    st.integers(0, 2**70),
)
def test_amounts_equal_the_slow_way(shape: list[tuple[int, int]], seed: int) -> None:
    buckets = [bucket(1, count + extra) for count, extra in shape]
    counts = np.array([count for count, _ in shape], dtype=np.int64)
    amounts = split_buckets(buckets, counts, FIT, seed)
    weights = iter(_lognormal_weights(int(counts.sum()), FIT, seed).tolist())
    given_out = iter(amounts.tolist())
    for part, count in zip(buckets, counts.tolist(), strict=True):
        mine, spare = list(islice(weights, count)), part.total - count
        running, expected = 0, []
        for weight in mine:
            before = running * spare // sum(mine)
            running += weight
            expected.append(1 + running * spare // sum(mine) - before)
        assert list(islice(given_out, count)) == expected
        assert sum(expected) == part.total
        assert min(expected) >= 1


def test_too_few_payments_say_how_many_it_takes() -> None:
    with pytest.raises(InputError, match="at least 3"):
        count_payments([bucket(1, 10)] * 3, 2)


def test_more_payments_than_minor_units_are_refused() -> None:
    with pytest.raises(InputError, match="payments of 10 minor units of USD"):
        count_payments([bucket(1, 10)], 11)


@pytest.mark.parametrize("sample", ["mtcsPy obligation network 1", "T2 2023 EUR"])
def test_values_are_lognormal(tmp_path: Path, sample: str) -> None:
    file = tmp_path / "shares.csv"
    file.write_text(
        "exporter,importer,period,currency,share,source,status\n*,*,2019,USD,1,test,test\n"
    )
    settings = GeneratorSettings(
        countries=("CHN", "VNM"), fit=sample, payments_per_day=40_000, shares_file=file
    )
    payments = generate(settings).payments
    # One direction, because each corridor's total sets its own scale.
    minor = payments.filter(payments["payer"].str.slice(4, 2) == "VN")["amount_minor"].to_numpy()
    # Amounts of a few minor units are rounded too coarsely for logarithms: upper half only.
    log = np.log(minor)
    sigma = float(find_fit(sample).sigma)
    quantiles = np.quantile(log, [0.5, 0.6915, 0.8413, 0.9332, 0.9772])
    np.testing.assert_allclose(
        quantiles - quantiles[0], sigma * np.array([0, 0.5, 1, 1.5, 2]), atol=0.04 * sigma
    )


def test_as_fitted_the_mean_decides_the_number() -> None:
    scenario = generate(GeneratorSettings(group="ASEAN", payments_per_day=None, business_days=5))
    value = Decimal("307232") * 10**6 / 261 * 5  # rounded to whole millions a year
    mean = Decimal("322668")
    assert abs(scenario.payments.height - value / mean) < 2


def test_as_fitted_in_another_currency_uses_its_rate() -> None:
    scenario = generate(
        GeneratorSettings(
            group="BRICS",
            payments_per_day=None,
            fit="CHAPS 2012-13 GBP",
            business_days=60,
            first_date=datetime.date(2019, 3, 4),
        )
    )
    pounds = next(r.units for r in scenario.rates.rates if r.currency.code == "GBP")
    value = Decimal("652042") * 10**6 / 261 * 60 * pounds
    mean = LognormalFit("", Decimal("8.92"), Decimal("3.358"), "GBP").mean
    assert abs(mean - 2_100_000) < 10_000
    assert abs(scenario.payments.height - value / mean) < 2
