"""The common parts of every figure: the widths in which it is drawn, and its frame."""

from typing import Final, Protocol

from markupsafe import Markup

from skontro.report.drawing.legend import LegendEntry
from skontro.report.drawing.scales import ValueAxis
from skontro.report.drawing.svg import label, tag, text_width

#: Widths of drawing: on a telephone, in half a screen or on paper, on a whole screen. Text in
#: a plot cannot flow as other text does, so each has its own drawing, and the page shows one.
NARROW: Final = 350
WIDTHS: Final = (NARROW, 600, 1080)

#: Height of a line of an axis title.
TITLE_HEIGHT: Final = 15.0


class Figure(Protocol):
    """One figure of a report."""

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """Its marks and their meanings."""

    def draw(self, width: int) -> Markup:
        """The SVG element at one of `WIDTHS`."""


def canvas(width: float, height: float, content: list[Markup]) -> Markup:
    """The element around a drawing.

    Its content is one picture to assistive software, described by the text around it.
    """
    return tag(
        "svg", *content, viewBox=f"0 0 {width:.0f} {height:.0f}", class_=f"w{width:.0f}",
        aria_hidden="true", focusable="false",
    )  # fmt: skip


def hover_area(x: float, y: float, width: float, height: float, text: str) -> Markup:
    """An invisible area with a hover text."""
    return tag("rect", tag("title", text), x=x, y=y, width=width, height=height, class_="hover")


def whisker(x: float, low: float, high: float) -> Markup:
    """A thin upright bar from one height to another, with short ends."""
    outline = f"M{x - 4:.1f} {high:.1f}h8m-4 0V{low:.1f}m-4 0h8"
    return tag("path", d=outline, class_="whisker")


def title_below(lines: list[str], middle: float, width: float, bottom: float) -> list[Markup]:
    """The title of an axis in lines, the last at the bottom, about a middle but inside the drawing.

    Args:
        lines: from the top.
        middle: where their middle should be.
        width: width of the drawing.
        bottom: baseline of the last line.
    """
    parts = []
    for number, line in enumerate(reversed(lines)):
        half = text_width(line) / 2
        x = min(max(middle, half), width - half)
        parts.append(label(line, x, bottom - TITLE_HEIGHT * number, "middle", "axis"))
    return parts[::-1]


class Frame:
    """The area of a plot with a value axis upwards: grid, ticks and titles around it.

    Args:
        width, height: of the whole drawing.
        axis: upwards.
        bottom_title: under the plot; empty for none.
        top: where the plot begins.
        bottom: where it ends.
    """

    def __init__(
        self,
        width: float,
        axis: ValueAxis,
        *,
        top: float,
        bottom: float,
        left: float = 0.0,
    ) -> None:
        self.width = width
        self.top, self.bottom = top, bottom
        number = max(2, min(6, round((bottom - top) / 40)))
        self.axis = axis.ending_at_ticks(number)
        self.ticks = self.axis.ticks()
        self.left = left or self.room()
        self.right = width - 14.0

    def room(self) -> float:
        """How much the ticks take at the left."""
        return max(text_width(text) for _, text in self.ticks) + 8.0

    def y(self, value: float) -> float:
        """The vertical position of a value."""
        return self.bottom - self.axis.part(value) * (self.bottom - self.top)

    def x(self, part: float) -> float:
        """The horizontal position of a part of the plot's width."""
        return self.left + part * (self.right - self.left)

    def draw(self) -> list[Markup]:
        """Grid lines, ticks and the title of the axis."""
        parts = [label(self.axis.title, 0, self.top - 12, class_="axis")]
        for value, text in self.ticks:
            y = self.y(value)
            kind = "zero" if value == 0 else "grid"
            parts.append(tag("path", d=f"M{self.left:.1f} {y:.1f}H{self.right:.1f}", class_=kind))
            parts.append(label(text, self.left - 6, y + 4, "end"))
        return parts
