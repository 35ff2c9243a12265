"""A heat map: one shaded cell for each pair of names."""

import math
from typing import Final

import attrs
from markupsafe import Markup

from skontro.report.drawing.figure import canvas
from skontro.report.drawing.legend import LegendEntry, Shape
from skontro.report.drawing.svg import TEXT_SIZE, label, tag, text_width

#: Shades from 0 to 100 %, each for a tenth.
SHADES: Final = 10
#: Sizes of figures: the largest that fits.
_FIGURE_SIZES: Final = ((11.0, "figure"), (9.0, "small figure"))


@attrs.frozen(kw_only=True)
class HeatMapCell:
    """One cell.

    Attributes:
        share: value of the shade, from 0 to 1; a float, because it is a shade.
        figure: the same in figures; shown where there is room.
        hover: text shown when the pointer is on it.
    """

    share: float
    figure: str
    hover: str

    @property
    def shade(self) -> int:
        """Number of its shade; the whole belongs to the last."""
        return min(SHADES - 1, int(self.share * SHADES))


@attrs.frozen(kw_only=True)
class HeatMap:
    """A table of shades, the same names across and down.

    Attributes:
        names: names of columns and rows.
        across, down: nouns for the names.
        cells: by row and column; None where there is nothing.
    """

    names: tuple[str, ...]
    across: str
    down: str
    cells: tuple[tuple[HeatMapCell | None, ...], ...]

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """See `Figure`: one shade for each tenth, with the share at which it begins."""
        return tuple(
            LegendEntry(
                text=f"{100 * shade // SHADES}%",
                colour=f"shade-{shade}",
                shape=Shape.SHADE,
            )
            for shade in range(SHADES)
        )

    def draw(self, width: int) -> Markup:
        """See `Figure`."""
        left = max(text_width(name) for name in self.names) + 6
        cell = (width - left - 2) / len(self.names)
        tall = min(40.0, max(14.0, cell * 0.9))
        upright = cell < max(text_width(name) for name in self.names) + 2
        top = 24.0 + (left if upright else 14.0)
        parts = [label(f"{self.across} →", left, 12, class_="axis"),
                 label(f"{self.down} ↓", 0, top - 6, class_="axis")]  # fmt: skip
        if text_width(f"{self.down} ↓") > left - 4:
            # There is no room for it next to the names of the columns.
            parts = [label(f"{self.down} ↓   {self.across} →", 0, 12, class_="axis")]
        # Upright names that would touch are left out; the rows have the same ones.
        every = math.ceil((TEXT_SIZE + 1) / cell) if upright else 1
        for number, name in enumerate(self.names):
            x, y = left + cell * (number + 0.5), top + tall * (number + 0.5) + 4
            parts.append(label(name, left - 6, y, "end"))
            if number % every == 0:
                parts.append(self._column_name(name, x, top - 6, upright=upright))
        figure = self._class_of_figures(cell)
        for row, cells in enumerate(self.cells):
            for column, one in enumerate(cells):
                if one is not None:
                    parts.append(
                        self._cell(
                            one, left + cell * column, top + tall * row, cell, tall, figure=figure
                        )
                    )
        return canvas(width, top + tall * len(self.names) + 2, parts)

    def _column_name(self, name: str, x: float, y: float, *, upright: bool) -> Markup:
        if not upright:
            return label(name, x, y, "middle")
        return tag("text", name, transform=f"translate({x + 4:.1f} {y:.1f})rotate(-90)")

    def _cell(
        self, one: HeatMapCell, x: float, y: float, wide: float, tall: float, *, figure: str
    ) -> Markup:
        parts = [
            tag("title", one.hover),
            tag("rect", x=x + 1, y=y + 1, width=wide - 2, height=tall - 2, class_="cell"),
        ]
        if figure:
            parts.append(label(one.figure, x + wide / 2, y + tall / 2 + 4, "middle", figure))
        return tag("g", *parts, class_=f"c-shade-{one.shade} hover")

    def _class_of_figures(self, wide: float) -> str:
        """The class of the largest figures that fit into all cells; empty if none do."""
        figures = {one.figure for row in self.cells for one in row if one}
        return next(
            (
                name
                for size, name in _FIGURE_SIZES
                if all(text_width(figure, size) <= wide - 2 for figure in figures)
            ),
            "",
        )
