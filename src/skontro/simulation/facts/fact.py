"""A figure with its source, its vintage and how sure it is."""

from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

import attrs


class Kind(StrEnum):
    """How a figure is known."""

    MEASURED = "measured"  # computed here from tables of a statistical office or the IMF
    PUBLISHED = "published"  # as quoted; its own data were not seen
    IMPLIED = "implied"  # computed here from published figures
    UNKNOWN = "unknown"  # no source was found


_PLACES: Final = Decimal("0.01")


@attrs.frozen(kw_only=True)
class Fact:
    """A figure.

    Attributes:
        topic: heading of its table.
        name: one line.
        period: as the source has it.
        kind: how it is known.
        value: exact; None where only `text` is known.
        text: the value as published, for ranges and several values; else empty.
        unit: such as `%` or `USD bn`.
        at_least: whether it was published as a least value.
        source: publisher or file.
        vintage: when the source was published, where figures are revised.
        note: a limit or a contradiction.
    """

    topic: str
    name: str
    period: str
    kind: Kind
    unit: str
    source: str
    value: Fraction | None = None
    text: str = ""
    at_least: bool = False
    vintage: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        """The value for readers: measured and implied ones to two decimals, half to even.

        Example:
            >>> Fact(topic="t", name="n", period="2021", kind=Kind.MEASURED, unit="%",
            ...      source="s", value=Fraction(1224, 100)).shown
            '12.24'
        """
        if self.value is None:
            return self.text or "-"
        if self.text:
            return self.text
        return str(rounded(self.value))


def rounded(value: Fraction) -> Decimal:
    """A value to two decimals, half to even."""
    return (Decimal(value.numerator) / value.denominator).quantize(_PLACES, ROUND_HALF_EVEN)
