"""Number and amounts of the payments of a corridor in each currency.

The totals come first and are exact; the draws only decide how a total divides into payments.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import attrs
import numpy as np
import polars as pl
from numpy.typing import NDArray

from skontro.model import MAX_AMOUNT, Currency, InputError, RateTable, find_currency
from skontro.model.apportionment import largest_remainder
from skontro.simulation.generator.corridors import Corridor
from skontro.simulation.generator.draws import Purpose, stream
from skontro.simulation.generator.sources import LognormalFit

#: Draws become whole numbers of this fraction of the median before they meet an amount. That
#: leaves six digits and hides the last bits, in which processors' exponentials may differ.
_STEPS_PER_MEDIAN: Final = 1 << 24

#: Normal draws beyond this many standard deviations (two in a billion) count as this many.
_FURTHEST_DRAW: Final = 6.0


@attrs.frozen
class Bucket:
    """Payments of one corridor in one currency over the period.

    Attributes:
        corridor: position in the list of corridors.
        currency: currency of the payments.
        value: exact value in US dollars.
        total: minor units, rounded half to even from the exact value at the exact rate.
    """

    corridor: int
    currency: Currency
    value: Fraction
    total: int


def fill_buckets(
    corridors: Sequence[Corridor], shares: Sequence[dict[str, Fraction]], rates: RateTable
) -> tuple[Bucket, ...]:
    """Value of every corridor in every currency, by corridor, then currency code.

    Args:
        corridors: with their exact value in US dollars.
        shares: for each corridor, currency code to exact share.
        rates: units per US dollar of every currency that occurs.

    Raises:
        InputError: a total has more than 18 digits in minor units.
    """
    units = {rate.currency.code: Fraction(rate.units) for rate in rates.rates}
    buckets = []
    for position, corridor in enumerate(corridors):
        for code, share in shares[position].items():
            currency = find_currency(code)
            value = corridor.value * share
            total = round(value * units.get(code, 1) * 10**currency.exponent)
            if total > MAX_AMOUNT:
                raise InputError(
                    f"{corridor.name}: {total} minor units of {code} exceed {MAX_AMOUNT}; "
                    "generate fewer business days"
                )
            if total > 0:
                buckets.append(Bucket(position, currency, value, total))
    return tuple(buckets)


def count_payments(buckets: Sequence[Bucket], number: int) -> NDArray[np.int64]:
    """Numbers of payments per bucket, in proportion to value, at least one, `number` in all.

    One payment each; the others by the method of the largest remainder, ties to the earlier.

    Raises:
        InputError: there are more buckets than payments, or more payments than minor units.
    """
    spare = number - len(buckets)
    if spare < 0:
        raise InputError(
            f"payments_per_day: {number} payments are too few for {len(buckets)} pairs of "
            f"corridor and currency with at least one each; ask for at least {len(buckets)} "
            "over all business days, or for fewer countries"
        )
    counts = largest_remainder(spare, [bucket.value for bucket in buckets])
    for bucket, count in zip(buckets, counts, strict=True):
        if count + 1 > bucket.total:
            raise InputError(
                f"payments_per_day: {count + 1} payments of {bucket.total} minor units of "
                f"{bucket.currency} in all are not possible; ask for fewer"
            )
    return np.array(counts, dtype=np.int64) + 1


def split_buckets(
    buckets: Sequence[Bucket], counts: NDArray[np.int64], fit: LognormalFit, seed: int
) -> NDArray[np.int64]:
    """Amounts of all payments in minor units, bucket by bucket; each bucket's total is exact.

    Every payment gets one minor unit; the rest follows the lognormal weights by rounding the
    running total down, so no payment is off its weight by more than one minor unit.
    """
    weights = _lognormal_weights(int(counts.sum()), fit, seed)
    bucket = np.repeat(np.arange(len(buckets)), counts)
    spare = np.array([b.total for b in buckets], dtype=np.int64) - counts
    wide = pl.DataFrame({"bucket": bucket, "weight": weights, "spare": spare[bucket]}).with_columns(
        pl.col("weight", "spare").cast(pl.Int128)
    )
    running = pl.col("weight").cum_sum().over("bucket")
    largest = wide.select(pl.col("weight").sum()).item() * int(spare.max())
    if largest >= 1 << 127:
        raise InputError("the payments of the period are too many and too large; use fewer days")
    edges = wide.select(
        "bucket",
        edge=running * pl.col("spare") // pl.col("weight").sum().over("bucket"),
    )
    step = pl.col("edge") - pl.col("edge").shift(1, fill_value=0).over("bucket")
    return edges.select((step + 1).cast(pl.Int64)).to_series().to_numpy()


def _lognormal_weights(number: int, fit: LognormalFit, seed: int) -> NDArray[np.int64]:
    # Floats for the draws only: they turn into whole weights before any amount is made of them.
    normal = stream(seed, Purpose.SIZES).standard_normal(number)
    np.clip(normal, -_FURTHEST_DRAW, _FURTHEST_DRAW, out=normal)
    factor = np.exp(float(fit.sigma) * normal)
    return (factor * _STEPS_PER_MEDIAN).astype(np.int64) + 1
