"""Plot of the liquidity that an account lacks by quarter hour, as coordinates of a drawing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

#: Width and height of the drawing, in its own units.
WIDTH: Final = 320
HEIGHT: Final = 96


@attrs.frozen
class Plot:
    """Coordinates of a plot; its vertical axis goes from `lowest` to `highest`.

    Attributes:
        median: points of the line, as the attribute ``points`` of SVG has them.
        band: points of the area from the lower to the upper quartile.
        zero: vertical coordinate of no lack.
        highest, lowest: amounts as decimals in text; zero is between them.
        begins, ends: beginning of the first and of the last quarter hour, as in the forecast.
    """

    median: str
    band: str
    zero: int
    highest: str
    lowest: str
    begins: str
    ends: str


def plot_of(quarters: Sequence[dict[str, Any]]) -> Plot:
    """The plot of at least one quarter hour of a forecast document.

    Each quarter hour is a step, since its lack is that at its end.
    """
    names = ("lower", "median", "upper")
    lacks = {name: [Decimal(one["lack"][name]) for one in quarters] for name in names}
    highest, lowest = max(*lacks["upper"], Decimal(0)), min(*lacks["lower"], Decimal(0))
    span = highest - lowest or Decimal(1)

    def height(amount: Decimal) -> int:
        return int((highest - amount) * HEIGHT / span)

    def steps(name: str) -> list[tuple[int, int]]:
        return [
            (WIDTH * edge // len(quarters), height(amount))
            for place, amount in enumerate(lacks[name])
            for edge in (place, place + 1)
        ]

    return Plot(
        median=_points(steps("median")),
        band=_points([*steps("upper"), *reversed(steps("lower"))]),
        zero=height(Decimal(0)),
        highest=_text(highest),
        lowest=_text(lowest),
        begins=quarters[0]["begins"],
        ends=quarters[-1]["begins"],
    )


def _points(points: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _text(amount: Decimal) -> str:
    return f"{amount:f}"
