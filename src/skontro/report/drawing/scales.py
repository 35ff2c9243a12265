"""Value axes: positions of figures, and ticks."""

import math
from typing import Final

import attrs

_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
#: Floats that should be whole are as near to it as this.
_SLACK: Final = 1e-9


@attrs.frozen(kw_only=True)
class ValueAxis:
    """An axis from ``low`` to ``high`` that contains zero, so that lengths can be compared.

    Attributes:
        title: its quantity, with unit and currency.
        low, high: its ends.
        suffix: after each tick, such as ``%``.
        step: from one tick to the next; 0 until `ending_at_ticks` chooses it.

    Example:
        >>> axis = ValueAxis.of("USD million", [3.0, 38.5]).ending_at_ticks(5)
        >>> [text for _, text in axis.ticks()]
        ['0', '10', '20', '30', '40']
    """

    title: str
    low: float
    high: float
    suffix: str = ""
    step: float = 0.0

    @classmethod
    def of(
        cls, title: str, values: "list[float]", suffix: str = "", *, whole: bool = False
    ) -> "ValueAxis":
        """The axis that contains these values and zero.

        Args:
            title: its quantity.
            values: values that it must contain.
            suffix: after each tick.
            whole: whether there is nothing between whole numbers.
        """
        low, high = min([0.0, *values]), max([0.0, *values])
        if low == high:
            high = 1.0
        if whole:
            high = max(high, 5.0)
        return cls(title=title, low=low, high=high, suffix=suffix)

    def ending_at_ticks(self, number: int) -> "ValueAxis":
        """The axis with about this many ticks, one of them at each end."""
        step = _step(self.high - self.low, number)
        return attrs.evolve(
            self,
            low=math.floor(self.low / step + _SLACK) * step,
            high=math.ceil(self.high / step - _SLACK) * step,
            step=step,
        )

    def ticks(self) -> "list[tuple[float, str]]":
        """Positions along the axis and their labels."""
        step = self.step or _step(self.high - self.low, 5)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        if round(step, decimals) != step:
            decimals += 1
        first, last = math.ceil(self.low / step - _SLACK), math.floor(self.high / step + _SLACK)
        # No minus before a zero.
        places = [place * step + 0.0 for place in range(first, last + 1)]
        return [(place, f"{place:,.{decimals}f}{self.suffix}") for place in places]

    def part(self, value: float) -> float:
        """The position of a value: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)


def percent_axis(title: str) -> ValueAxis:
    """The axis of a share: always from 0 to 100 %."""
    return ValueAxis(title=title, low=0.0, high=100.0, suffix="%")


def _step(span: float, number: int) -> float:
    """The smallest round step that needs at most this many steps."""
    least = span / number
    size: float = 10.0 ** math.floor(math.log10(least))
    return next(nice * size for nice in _NICE if nice * size >= least * (1 - 1e-9))
