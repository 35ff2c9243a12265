"""Plots as static SVG: drawn once for each page width, coloured by the page's style sheet."""

from skontro.report.drawing.bars import Bar, BarChart, BarRow, ColumnChart, PointMark
from skontro.report.drawing.figure import NARROW, WIDTHS, Figure
from skontro.report.drawing.heat_map import HeatMap, HeatMapCell
from skontro.report.drawing.legend import (
    DASHES,
    HATCHINGS,
    LegendEntry,
    Shape,
    hatchings,
)
from skontro.report.drawing.levels import Reference
from skontro.report.drawing.lines import Line, LineChart, Places, category_places
from skontro.report.drawing.scales import ValueAxis, percent_axis

__all__ = [
    "DASHES",
    "HATCHINGS",
    "NARROW",
    "WIDTHS",
    "Bar",
    "BarChart",
    "BarRow",
    "ColumnChart",
    "Figure",
    "HeatMap",
    "HeatMapCell",
    "LegendEntry",
    "Line",
    "LineChart",
    "Places",
    "PointMark",
    "Reference",
    "Shape",
    "ValueAxis",
    "category_places",
    "hatchings",
    "percent_axis",
]
