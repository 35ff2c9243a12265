"""Submission times of payments, their urgency, and times set by the payer."""

from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from skontro.model import SECOND, BusinessDay, PaymentClass
from skontro.simulation.generator.draws import Purpose, stream
from skontro.simulation.generator.settings import GeneratorSettings

#: Payments per thousand in each of 18 equal parts of the day (half hours from 9:00 to 18:00): a
#: peak in the morning and a higher one in the late afternoon.
PROFILE: Final = (40, 52, 62, 66, 60, 52, 42, 36, 36, 42, 52, 60, 68, 76, 82, 80, 60, 34)

#: A latest time leaves at least this long, or until the end of the day.
SHORTEST_NOTICE: Final = 15 * 60 * SECOND

#: The absence of such a time.
NO_TIME: Final = -1

_PARTS: Final = 1_000_000


def draw_days(number: int, days: int, seed: int) -> NDArray[np.int64]:
    """Which business day each payment is on; the days have equal numbers, give or take one."""
    return stream(seed, Purpose.DAYS).permutation(np.arange(number, dtype=np.int64) % days)


def draw_arrivals(
    day_of: NDArray[np.int64], days: tuple[BusinessDay, ...], seed: int
) -> NDArray[np.int64]:
    """Submission times, timestamps inside each payment's business day.

    Args:
        day_of: position of each payment's business day.
        days: the business days.
        seed: seed of the draws.
    """
    random = stream(seed, Purpose.ARRIVALS)
    opens = np.array([day.opens_at for day in days], dtype=np.int64)
    length = np.array([day.closes_at - day.opens_at for day in days], dtype=np.int64)[day_of]
    bounds = np.cumsum(np.array(PROFILE, dtype=np.int64))
    part = np.searchsorted(bounds, random.integers(0, bounds[-1], len(day_of)), side="right")
    begin = part * length // len(PROFILE)
    end = (part + 1) * length // len(PROFILE)
    return opens[day_of] + random.integers(begin, end)


def draw_classes(number: int, settings: GeneratorSettings) -> NDArray[np.int64]:
    """Payment classes as numbers of `PaymentClass`; the shares hold to one payment."""
    urgent = _part(settings.urgent_share, number)
    high = _part(settings.urgent_share + settings.high_share, number) - urgent
    classes = np.full(number, PaymentClass.NORMAL, dtype=np.int64)
    classes[:urgent] = PaymentClass.URGENT
    classes[urgent : urgent + high] = PaymentClass.HIGH
    return stream(settings.seed, Purpose.CLASSES).permutation(classes)


def draw_times(
    submitted: NDArray[np.int64], closes: NDArray[np.int64], settings: GeneratorSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Earliest and latest times, `NO_TIME` for most payments.

    Args:
        submitted: submission time of each payment.
        closes: end of each payment's business day.
        settings: give the share of payments with a time and the seed.
    """
    number = len(submitted)
    random = stream(settings.seed, Purpose.TIMES)
    kind = random.permutation(np.arange(number, dtype=np.int64))
    timed = _part(settings.timed_share, number)
    first_latest = timed // 2
    part = random.integers(0, _PARTS, number)
    earliest = submitted + (closes - submitted) * part // _PARTS
    soonest = np.minimum(submitted + SHORTEST_NOTICE, closes)
    latest = soonest + (closes - soonest) * part // _PARTS
    return (
        np.where(kind < first_latest, earliest, NO_TIME),
        np.where((kind >= first_latest) & (kind < timed), latest, NO_TIME),
    )


def _part(share: Decimal, number: int) -> int:
    return int(share * number)
