"""Legends: a sample of each mark next to its label."""

import enum
from typing import Final

import attrs
from markupsafe import Markup

from skontro.report.drawing.svg import joined, tag

#: Strokes that tell lines apart without colour.
DASHES: Final = ("", "7 4", "2 3", "9 3 2 3", "14 4")
#: How many hatchings the page defines; the first is none.
HATCHINGS: Final = 5
#: Markers that tell lines apart without colour, about a point at 0, 0.
MARKERS: Final = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "M-3.6 -3.6h7.2v7.2h-7.2z",
    "M0 -5.2l5.2 5.2l-5.2 5.2l-5.2 -5.2z",
    "M0 -5l4.8 8.6h-9.6z",
    "M0 5l4.8 -8.6h-9.6z",
    "M-1.6 -4.6h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z",
    "M-4.4 -2.2l2.2 -2.2l2.2 2.2l2.2 -2.2l2.2 2.2l-2.2 2.2l2.2 2.2l-2.2 2.2l-2.2 -2.2l-2.2 2.2"
    "l-2.2 -2.2l2.2 -2.2z",
    "M-2.4 -4.4h4.8l2.4 4.4l-2.4 4.4h-4.8l-2.4 -4.4z",
)


class Shape(enum.Enum):
    """Shape of a mark in the legend."""

    LINE = enum.auto()
    AREA = enum.auto()
    SHADE = enum.auto()
    TICK = enum.auto()
    DASH = enum.auto()


@attrs.frozen(kw_only=True)
class LegendEntry:
    """One mark and its words.

    Attributes:
        text: its meaning.
        colour: name of the colour, see `palette`.
        shape: shape of the mark.
        dash: number of its stroke in `DASHES`.
        marker: number of its marker in `MARKERS`; None for none.
        hatching: number of its hatching, from 0 for none.
    """

    text: str
    colour: str
    shape: Shape = Shape.AREA
    dash: int = 0
    marker: int | None = None
    hatching: int = 0

    def draw(self) -> Markup:
        """The mark by itself."""
        # A shade is as wide as there is room, so that those of a scale touch.
        stretched = "none" if self.shape is Shape.SHADE else None
        return tag(
            "svg", *self._mark(), viewBox="0 0 26 12", width=26.0, height=12.0,
            class_=f"c-{self.colour}", aria_hidden="true", focusable="false",
            preserveAspectRatio=stretched,
        )  # fmt: skip

    def _mark(self) -> list[Markup]:
        if self.shape is Shape.SHADE:
            return [tag("path", d="M0 0h26v12h-26z", class_="fill")]
        if self.shape is Shape.AREA:
            area = "M4 0h18v12h-18z"
            return [tag("path", d=area, class_="fill"), *hatched(self.hatching, d=area)]
        if self.shape is Shape.TICK:
            return [tag("path", d="M13 0v12", class_="line")]
        if self.shape is Shape.DASH:
            return [tag("path", d="M6 6h14", class_="line")]
        stroke = DASHES[self.dash % len(DASHES)] or None
        line = tag("path", d="M0 6h26", class_="line", stroke_dasharray=stroke)
        if self.marker is None:
            return [line]
        return [line, marker_at(self.marker, 13, 6)]


def marker_at(marker: int, x: float, y: float, title: str = "") -> Markup:
    """A marker at a place, with a hover text."""
    inner = [tag("title", title)] if title else []
    return tag("path", *inner, d=MARKERS[marker % len(MARKERS)], class_="fill",
               transform=f"translate({x:.1f} {y:.1f})")  # fmt: skip


def hatched(hatching: int, **shape: str | float) -> list[Markup]:
    """The hatching over a shape of the same attributes; nothing for 0.

    Shapes that share a colour, or a shade on grey paper, differ in it.
    """
    kind = hatching % HATCHINGS
    return [tag("path", class_=f"h{kind}", **shape)] if kind else []


def hatchings() -> Markup:
    """The definitions of all hatchings, once for a page."""
    strokes = ("M-2 8l10 -10M-2 2l4 -4M4 8l4 -4", "M-2 -2l10 10M4 -2l4 4M-2 4l4 4",
               "M0 3h6", "M3 0v6")  # fmt: skip
    patterns = [
        tag("pattern", tag("path", d=stroke), id=f"hatching-{kind}", width=6.0, height=6.0,
            patternUnits="userSpaceOnUse")
        for kind, stroke in enumerate(strokes, 1)
    ]  # fmt: skip
    return tag("svg", tag("defs", joined(patterns)), width=0.0, height=0.0, class_="definitions",
               aria_hidden="true", focusable="false")  # fmt: skip
