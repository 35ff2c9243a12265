"""Lines and stacked areas over time, over categories or over values."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import attrs
from markupsafe import Markup

from skontro.report.drawing.figure import (
    NARROW,
    TITLE_HEIGHT,
    Frame,
    canvas,
    hover_area,
    title_below,
    whisker,
)
from skontro.report.drawing.legend import (
    DASHES,
    HATCHINGS,
    LegendEntry,
    Shape,
    hatched,
    marker_at,
)
from skontro.report.drawing.levels import Box, Reference, reference_labels
from skontro.report.drawing.scales import ValueAxis
from skontro.report.drawing.svg import label, path, tag, text_width, wrapped

#: More places to point at than this are narrower than a finger or a pointer needs.
_MAX_HOVERS: Final = 120
_LINE_HEIGHT: Final = 15.0


@attrs.frozen(kw_only=True)
class Places:
    """The horizontal places of a plot.

    Attributes:
        title: title of the axis, with unit, currency or time zone.
        at: positions of the points.
        labels: hover text of each.
        ticks: places and labels along the axis.
        low, high: ends of the axis.
        breaks: where business days end.
    """

    title: str
    at: tuple[float, ...]
    labels: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    low: float
    high: float
    breaks: tuple[float, ...] = ()


def category_places(title: str, names: Sequence[str]) -> Places:
    """Names side by side, at equal distances."""
    at = tuple(float(number) for number in range(len(names)))
    return Places(
        title=title,
        at=at,
        labels=tuple(names),
        ticks=tuple(zip(at, names, strict=True)),
        low=-0.4,
        high=max(len(names) - 0.6, 0.4),
    )


@attrs.frozen(kw_only=True)
class Line:
    """One line or, stacked on those before it, one area.

    Attributes:
        name: in the legend and in hover texts.
        values: heights; None without a figure.
        texts: the same as hover texts give them.
        colour: name of the colour, see `palette`.
        at: positions of its points, if other than those of the chart.
        dash: number of its stroke.
        marker: number of its markers; None for a line without.
        stacked: whether it is an area on top of the stacked ones before it.
        band: lower and upper ends of a range about the line, as an area.
        whiskers: the same as a bar at each point.
        joined: whether its points are joined; otherwise each is a separate dash.
    """

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]
    colour: str
    at: tuple[float, ...] | None = None
    dash: int = 0
    marker: int | None = None
    stacked: bool = False
    band: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    whiskers: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    joined: bool = True


@attrs.frozen(kw_only=True)
class LineChart:
    """Lines, areas and levels over the same places.

    Attributes:
        across: the horizontal places.
        axis: the vertical axis.
        lines: in the order of the legend; stacked ones from the bottom.
        references: levels.
        height: height of the drawing.
    """

    across: Places
    axis: ValueAxis
    lines: tuple[Line, ...]
    references: tuple[Reference, ...] = ()
    height: float = 340.0

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """See `Figure`."""
        stacked = [line for line in self.lines if line.stacked]
        return tuple(
            LegendEntry(
                text=line.name,
                colour=line.colour,
                shape=_shape(line),
                dash=line.dash,
                marker=line.marker,
                hatching=stacked.index(line) % HATCHINGS if line.stacked else 0,
            )
            for line in self.lines
        )

    def draw(self, width: int) -> Markup:
        """See `Figure`."""
        height = self.height * (0.85 if width == NARROW else 1.0)
        rows, ticks = self._ticks_that_fit(width)
        more = TITLE_HEIGHT * (len(wrapped(self.across.title, width)) - 1)
        frame = Frame(width, self.axis, top=30.0, bottom=height - 24 - rows * _LINE_HEIGHT - more)
        parts = [
            *self._areas(frame),
            *(self._band(frame, line, line.band) for line in self.lines if line.band is not None),
            *frame.draw(),
            *self._across(frame, ticks, height),
            *(tag("path", d=f"M{frame.left:.1f} {frame.y(one.value):.1f}H{frame.right:.1f}",
                  class_="reference") for one in self.references),
            *(part for line in self.lines if not line.stacked for part in self._line(frame, line)),
            *reference_labels(self.references, frame, self._marks(frame)),
            *self._hovers(frame),
        ]  # fmt: skip
        return canvas(width, height, parts)

    def _x(self, frame: Frame, at: float) -> float:
        return frame.x((at - self.across.low) / (self.across.high - self.across.low))

    def _ticks_that_fit(self, width: int) -> tuple[int, list[tuple[float, str, int]]]:
        """The rows of the horizontal labels: number of rows, and the row of each label."""
        ticks = self.across.ticks
        if not ticks:
            return 0, []
        room = Frame(width, self.axis, top=0, bottom=self.height)
        widest = max(text_width(text) for _, text in ticks) + 10
        gap = (room.right - room.left) / max(1.0, len(ticks) - 0.5)
        rows = 1 if widest <= gap else 2
        every = math.ceil(widest / (gap * rows))
        kept = ticks[::every]
        return rows, [(at, text, number % rows) for number, (at, text) in enumerate(kept)]

    def _across(
        self, frame: Frame, ticks: list[tuple[float, str, int]], height: float
    ) -> list[Markup]:
        parts = [
            tag("path", d=f"M{self._x(frame, at):.1f} {frame.top:.1f}V{frame.bottom:.1f}",
                class_="grid")
            for at in self.across.breaks
        ]  # fmt: skip
        for at, text, row in ticks:
            x = self._x(frame, at)
            half = text_width(text) / 2
            # The outermost labels stay inside the drawing.
            placed = min(max(x, half), frame.width - half)
            parts.append(tag("path", d=f"M{x:.1f} {frame.bottom:.1f}v4", class_="zero"))
            parts.append(label(text, placed, frame.bottom + 17 + row * _LINE_HEIGHT, "middle"))
        middle = (frame.left + frame.right) / 2
        lines = wrapped(self.across.title, frame.width)
        parts.extend(title_below(lines, middle, frame.width, height - 5))
        return parts

    def _areas(self, frame: Frame) -> list[Markup]:
        parts: list[Markup] = []
        floor = [0.0] * len(self.across.at)
        for number, line in enumerate(line for line in self.lines if line.stacked):
            top = [low + (value or 0.0) for low, value in zip(floor, line.values, strict=True)]
            outline = path(self._points(frame, self.across.at, top)) + path(
                self._points(frame, self.across.at, floor)[::-1]
            ).replace("M", "L")
            parts.append(tag("path", d=outline + "z", class_=f"c-{line.colour} area"))
            parts.extend(hatched(number, d=outline + "z"))
            floor = top
        return parts

    def _band(
        self, frame: Frame, line: Line, band: tuple[tuple[float, ...], tuple[float, ...]]
    ) -> Markup:
        at = line.at or self.across.at
        low, high = (self._points(frame, at, values) for values in band)
        outline = path(high) + path(low[::-1]).replace("M", "L") + "z"
        return tag("path", d=outline, class_=f"c-{line.colour} band")

    def _line(self, frame: Frame, line: Line) -> list[Markup]:
        at = line.at or self.across.at
        parts: list[Markup] = []
        if line.whiskers is not None:
            parts.extend(
                whisker(self._x(frame, x), frame.y(low), frame.y(high))
                for x, low, high in zip(at, *line.whiskers, strict=True)
            )
        runs = _runs(at, line.values)
        if line.joined:
            drawn = "".join(path([(self._x(frame, x), frame.y(y)) for x, y in run]) for run in runs)
            stroke = DASHES[line.dash % len(DASHES)] or None
            parts.append(tag("path", d=drawn, class_="line", stroke_dasharray=stroke))
        for x, y in (point for run in runs for point in run):
            if line.marker is not None:
                parts.append(marker_at(line.marker, self._x(frame, x), frame.y(y)))
            elif not line.joined:
                dash = f"M{self._x(frame, x) - 8:.1f} {frame.y(y):.1f}h16"
                parts.append(tag("path", d=dash, class_="line"))
        return [tag("g", *parts, class_=f"c-{line.colour}")]

    def _points(
        self, frame: Frame, at: Sequence[float], values: Sequence[float]
    ) -> list[tuple[float, float]]:
        return [
            (self._x(frame, place), frame.y(value)) for place, value in zip(at, values, strict=True)
        ]

    def _marks(self, frame: Frame) -> list[Box]:
        """Boxes around short pieces of all lines."""
        boxes = []
        for line in self.lines:
            at = line.at or self.across.at
            for run in _runs(at, line.values):
                points = [(self._x(frame, x), frame.y(y)) for x, y in run]
                for (x, y), (next_x, next_y) in itertools.pairwise(points):
                    pieces = max(1, round(abs(next_x - x) / 10))
                    for piece in range(pieces):
                        ends = [
                            (x + (next_x - x) * n / pieces, y + (next_y - y) * n / pieces)
                            for n in (piece, piece + 1)
                        ]
                        (left, top), (right, bottom) = ends
                        boxes.append((left, min(top, bottom) - 2, right, max(top, bottom) + 2))
        return boxes

    def _hovers(self, frame: Frame) -> list[Markup]:
        known = list(zip(self.across.at, self.across.labels, strict=True))
        every = math.ceil(len(known) / _MAX_HOVERS) or 1
        shown = known[every // 2 :: every]
        texts = [
            dict(zip(line.at or self.across.at, zip(line.values, line.texts, strict=True),
                     strict=True))
            for line in self.lines
        ]  # fmt: skip
        middles = [self._x(frame, at) for at, _ in shown]
        ends = [(a + b) / 2 for a, b in itertools.pairwise(middles)]
        parts = []
        for (at, heading), left, right in zip(
            shown, [frame.left, *ends], [*ends, frame.right], strict=True
        ):
            lines = [
                f"{line.name}: {points[at][1]}"
                for line, points in zip(self.lines, texts, strict=True)
                if at in points and points[at][0] is not None
            ]
            parts.append(
                hover_area(left, frame.top, right - left, frame.bottom - frame.top,
                           "\n".join([heading, *lines]))
            )  # fmt: skip
        return parts


def _shape(line: Line) -> Shape:
    if line.stacked:
        return Shape.AREA
    return Shape.LINE if line.joined else Shape.DASH


def _runs(at: Sequence[float], values: Sequence[float | None]) -> list[list[tuple[float, float]]]:
    """The stretches without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(at, values, strict=True):
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]
