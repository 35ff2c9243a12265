"""Bars from zero: horizontal, one row for each name, and vertical, in groups."""

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
from skontro.report.drawing.legend import LegendEntry, hatched
from skontro.report.drawing.scales import ValueAxis
from skontro.report.drawing.svg import label, shortened, tag, text_width, wrapped

_TOP: Final = 6.0
#: Room for the ticks and the title of the axis below the rows.
_BELOW: Final = 42.0


@attrs.frozen(kw_only=True)
class Bar:
    """One bar, or one part of a stacked bar.

    Attributes:
        length: in units of the axis.
        start: where it begins; 0, or where the part before it ends.
        colour: name of the colour, see `palette`.
        hatching: number of its hatching, from 0 for none.
        lane: index of the thin bar in its row, from 0 at the top.
        thickness: part of its lane that it fills.
        text: at its end; empty for none.
    """

    length: float
    colour: str
    start: float = 0.0
    hatching: int = 0
    lane: int = 0
    thickness: float = 0.8
    text: str = ""


@attrs.frozen(kw_only=True)
class PointMark:
    """An upright mark over a row.

    Attributes:
        value: its position, in units of the axis.
        colour: name of the colour, see `palette`.
    """

    value: float
    colour: str


@attrs.frozen(kw_only=True)
class BarRow:
    """Bars and marks of one name.

    Attributes:
        name: text next to them.
        figure: text next to the name, in bold; empty for none.
        bars: the bars.
        marks: over the bars.
        hover: text shown when the pointer is on the row.
    """

    name: str
    bars: tuple[Bar, ...]
    hover: str
    figure: str = ""
    marks: tuple[PointMark, ...] = ()


@attrs.frozen(kw_only=True)
class BarChart:
    """Lying bars, one row for each name.

    Attributes:
        axis: the axis of their lengths.
        rows: from the top.
        legend: the marks and their meanings.
        lanes: thin bars in each row.
        row_height: height of each row.
    """

    axis: ValueAxis
    rows: tuple[BarRow, ...]
    legend: tuple[LegendEntry, ...] = ()
    lanes: int = 1
    row_height: float = 27.0

    def draw(self, width: int) -> Markup:
        """See `Figure`."""
        ticks = 8 if width > NARROW * 2 else 4
        return attrs.evolve(self, axis=self.axis.ending_at_ticks(ticks))._drawn(width)

    def _drawn(self, width: int) -> Markup:
        above = width == NARROW and max(text_width(row.name) for row in self.rows) > width / 5
        left, names = self._names(width, above=above)
        each = self.row_height + (17.0 if above else 0.0)
        bottom = _TOP + each * len(self.rows)
        right = self._right(left, width)
        parts = self._axis(left, right, bottom, width)
        for number, (row, name) in enumerate(zip(self.rows, names, strict=True)):
            top = _TOP + each * number
            if above:
                parts.append(_named(row, name, 0, top + 13, "start"))
                parts.extend(self._row(row, left, right, top + 17))
            else:
                parts.append(_named(row, name, left - 8, top + self.row_height / 2 + 4, "end"))
                parts.extend(self._row(row, left, right, top))
            parts.append(hover_area(0, top, width, each, row.hover))
        more = TITLE_HEIGHT * (len(wrapped(self.axis.title, width)) - 1)
        return canvas(width, bottom + _BELOW + more, parts)

    def _names(self, width: int, *, above: bool) -> tuple[float, list[str]]:
        """Where the bars begin, and the names as short as they must be."""
        room = width - 8.0 if above else width * 0.45
        figures = [text_width(row.figure) * 1.1 + 8 if row.figure else 0.0 for row in self.rows]
        names = [
            shortened(row.name, room - figure)
            for row, figure in zip(self.rows, figures, strict=True)
        ]
        if above:
            return 2.0, names
        widest = max(text_width(name) + figure for name, figure in zip(names, figures, strict=True))
        return widest + 10.0, names

    def _right(self, left: float, width: float) -> float:
        """Right end of the axis that leaves space for the text next to every bar."""
        ends = [
            left + (width - left - text_width(bar.text, 11) - 8) / part
            for row in self.rows
            for bar in row.bars
            if bar.text and (part := self.axis.part(bar.start + bar.length)) > 0
        ]
        return max(left + 40.0, min([width - 14.0, *ends]))

    def _x(self, value: float, left: float, right: float) -> float:
        return left + self.axis.part(value) * (right - left)

    def _axis(self, left: float, right: float, bottom: float, width: float) -> list[Markup]:
        parts = []
        for value, text in self.axis.ticks():
            x = self._x(value, left, right)
            kind = "zero" if value == 0 else "grid"
            parts.append(tag("path", d=f"M{x:.1f} {_TOP:.1f}V{bottom:.1f}", class_=kind))
            half = text_width(text) / 2
            parts.append(label(text, min(max(x, half), width - half), bottom + 15, "middle"))
        lines = wrapped(self.axis.title, width)
        below = bottom + 34 + TITLE_HEIGHT * (len(lines) - 1)
        return [*parts, *title_below(lines, (left + right) / 2, width, below)]

    def _row(self, row: BarRow, left: float, right: float, top: float) -> list[Markup]:
        lane = (self.row_height - 4) / self.lanes
        parts = []
        for bar in row.bars:
            start = self._x(bar.start, left, right)
            end = self._x(bar.start + bar.length, left, right)
            thick = lane * bar.thickness
            y = top + 2 + lane * bar.lane + (lane - thick) / 2
            if bar.length:
                outline = f"M{start:.1f} {y:.1f}H{end:.1f}v{thick:.1f}H{start:.1f}z"
                parts.append(tag("path", d=outline, class_=f"c-{bar.colour} bar"))
                parts.extend(hatched(bar.hatching, d=outline))
            if bar.text:
                parts.append(label(bar.text, end + 4, y + thick / 2 + 4, class_="on-plot"))
        for mark in row.marks:
            x = self._x(mark.value, left, right)
            parts.append(
                tag("path", d=f"M{x:.1f} {top + 4:.1f}v{self.row_height - 8:.1f}",
                    class_=f"c-{mark.colour} mark")
            )  # fmt: skip
        return parts


def _named(row: BarRow, name: str, x: float, y: float, anchor: str) -> Markup:
    bold = [tag("tspan", row.figure, class_="strong", dx=6.0)] if row.figure else []
    return tag(
        "text", name, *bold, x=x, y=y, text_anchor=None if anchor == "start" else anchor,
    )  # fmt: skip


@attrs.frozen(kw_only=True)
class ColumnChart:
    """Standing bars in groups.

    Attributes:
        axis: the axis of their heights.
        names: names of the groups.
        legend: one entry for each series.
        values: for each series the heights in all groups; None without a figure.
        texts: the same as hover texts give them.
        ranges: for each series the lower and upper end of a range about each height.
        height: height of the drawing.
    """

    axis: ValueAxis
    names: tuple[str, ...]
    legend: tuple[LegendEntry, ...]
    values: tuple[tuple[float | None, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    ranges: tuple[tuple[tuple[float, float] | None, ...], ...] = ()
    height: float = 320.0

    def draw(self, width: int) -> Markup:
        """See `Figure`."""
        room = (width - 60) / len(self.names)
        rows = 1 if max(text_width(name) for name in self.names) + 8 <= room else 2
        frame = Frame(width, self.axis, top=30.0, bottom=self.height - 10 - rows * 15.0)
        group = (frame.right - frame.left) / len(self.names)
        parts = frame.draw()
        for number, name in enumerate(self.names):
            left = frame.left + group * number
            hover = [name]
            for series, (entry, values, texts) in enumerate(
                zip(self.legend, self.values, self.texts, strict=True)
            ):
                value = values[number]
                if value is None:
                    continue
                hover.append(f"{entry.text}: {texts[number]}")
                parts.extend(self._column(frame, left, group, series, value))
                reach = self.ranges[series][number] if self.ranges else None
                if reach is not None:
                    middle = self._column_start(left, group, series) + self._thickness(group) / 2
                    parts.append(whisker(middle, frame.y(reach[0]), frame.y(reach[1])))
            x = left + group / 2
            half = text_width(name) / 2
            parts.append(label(name, min(max(x, half), width - half),
                               frame.bottom + 17 + number % rows * 15.0, "middle"))  # fmt: skip
            parts.append(
                hover_area(left, frame.top, group, frame.bottom - frame.top, "\n".join(hover))
            )
        return canvas(width, self.height, parts)

    def _thickness(self, group: float) -> float:
        return min(60.0, group * 0.7 / len(self.legend))

    def _column_start(self, left: float, group: float, series: int) -> float:
        return left + group / 2 + (series - len(self.legend) / 2) * self._thickness(group)

    def _column(
        self, frame: Frame, left: float, group: float, series: int, value: float
    ) -> list[Markup]:
        wide, x = self._thickness(group), self._column_start(left, group, series)
        zero, end = frame.y(0.0), frame.y(value)
        outline = f"M{x + 1:.1f} {zero:.1f}V{end:.1f}h{wide - 2:.1f}V{zero:.1f}z"
        entry = self.legend[series]
        bar = tag("path", d=outline, class_=f"c-{entry.colour} bar")
        return [bar, *hatched(entry.hatching, d=outline)]
