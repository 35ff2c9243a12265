"""The payments that are measured: random pairs of accounts, lognormal amounts, one business day."""

import math
from collections.abc import Sequence

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands, Engine, submit
from skontro.model import Rulebook, SettlementAccount, find_currency

#: Orders per call of `Engine.apply`, as the simulator does it.
BATCH = 2**16

#: Lognormal parameters of payment values, in major units: fitted to the obligations in a published
#: network of trade credit (the mtcsPy data). The largest per cent carries most of the value.
_LOG_MEAN = 10.31
_LOG_DEVIATION = 2.18

#: More than any account can need: nothing ever queues.
AMPLE = 2**20

_SEED = 20_260_101
_CHUNK = 2_000_000
_DAY_SECONDS = 9 * 3600
CURRENCY = find_currency("KZT")


def liquidity(degree: float) -> str:
    """How tables name a degree, the opening balance as a multiple of the mean payment."""
    return "ample" if degree == AMPLE else f"{degree:g}"


def same_scarcity(degree: float, number: int, smallest: int) -> float:
    """The degree at which so many payments lack as much liquidity as the fewest at `degree`.

    Random payments move balances like a random walk, so what accounts need grows with the root of
    the number of payments.
    """
    return degree if degree == AMPLE else degree * math.sqrt(number / smallest)


@attrs.frozen
class Payments:
    """Payments as columns of equal length.

    Attributes:
        time: microseconds, never falling.
        payer, payee: account numbers, never equal.
        amount: minor units.
        payment_class: all normal.
    """

    time: npt.NDArray[np.int64]
    payer: npt.NDArray[np.int32]
    payee: npt.NDArray[np.int32]
    amount: npt.NDArray[np.int64]
    payment_class: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.time)

    @property
    def mean(self) -> int:
        """The mean amount in minor units, rounded down."""
        # Python's integers add up the chunks: a sum of all amounts could leave int64. A chunk
        # cannot, as a drawn amount stays far below 10**12 on average.
        total = sum(
            int(self.amount[start : start + _CHUNK].sum()) for start in range(0, len(self), _CHUNK)
        )
        return total // len(self)

    def first(self, number: int) -> "Payments":
        """The first payments only."""
        return Payments(*(column[:number] for column in attrs.astuple(self, recurse=False)))

    def commands(self) -> Commands:
        """The same columns as commands; nothing is copied."""
        return submit(*attrs.astuple(self, recurse=False))


def draw_payments(number: int, accounts: int) -> Payments:
    """The same payments at every call, drawn in chunks so that the peak of memory stays low."""
    payments = Payments(
        time=np.empty(number, np.int64),
        payer=np.empty(number, np.int32),
        payee=np.empty(number, np.int32),
        amount=np.empty(number, np.int64),
        payment_class=np.full(number, 2, np.int8),
    )
    draw = np.random.default_rng(_SEED)
    for start in range(0, number, _CHUNK):
        part = slice(start, min(start + _CHUNK, number))
        size = part.stop - start
        payments.time[part] = np.arange(start, part.stop) * (_DAY_SECONDS * 10**6) // number
        payments.payer[part] = draw.integers(0, accounts, size, dtype=np.int32)
        shift = draw.integers(1, accounts, size, dtype=np.int32)
        payments.payee[part] = (payments.payer[part] + shift) % accounts
        # Floats until the draw is rounded to whole minor units, at least one.
        drawn = draw.lognormal(_LOG_MEAN, _LOG_DEVIATION, size) * 10**CURRENCY.exponent
        payments.amount[part] = np.maximum(np.rint(drawn), 1)
    return payments


def open_engine(balances: Sequence[int], rulebook: Rulebook | None = None) -> Engine:
    """An engine with one account for each opening balance, in minor units."""
    return Engine(
        [SettlementAccount(f"A{i:07}", CURRENCY, balance) for i, balance in enumerate(balances)],
        rulebook or Rulebook(),
    )


def in_parts(commands: Commands, size: int = BATCH) -> list[Commands]:
    """The commands cut into batches; nothing is copied."""
    return [commands.part(start, start + size) for start in range(0, len(commands), size)]
