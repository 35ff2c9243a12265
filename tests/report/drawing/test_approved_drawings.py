"""Drawings mark by mark, as they were looked at: every kind of figure with all that it can show."""

import pytest

from skontro.report.drawing import (
    NARROW,
    Bar,
    BarChart,
    BarRow,
    ColumnChart,
    Figure,
    HeatMap,
    HeatMapCell,
    LegendEntry,
    Line,
    LineChart,
    Places,
    PointMark,
    Reference,
    Shape,
    ValueAxis,
    category_places,
    hatchings,
    percent_axis,
)
from skontro.report.drawing.svg import text_width
from tests.approval import assert_approved, drawing_lines

_LONG = "Joint-Stock Agrarian and Industrial Bank of the Northern Provinces of the Republic"
_TITLE = "Liquidity that was used and available over the day, in millions of US dollars at par"


def _bars(*, names: tuple[str, str]) -> BarChart:
    first = BarRow(
        name=names[0],
        figure="1.5×",  # noqa: RUF001
        bars=(
            Bar(length=40.0, colour="mark", lane=0, text="40"),
            Bar(start=40.0, length=22.0, colour="warm", hatching=1, lane=1, text="62"),
            Bar(length=0.0, colour="mark", lane=1, thickness=0.4),
        ),
        marks=(PointMark(value=10.0, colour="ink"), PointMark(value=62.0, colour="warm")),
        hover="first",
    )
    second = BarRow(name=names[1], bars=(Bar(length=7.0, colour="mark"),), hover="second")
    return BarChart(
        axis=ValueAxis.of(_TITLE, [62.0]), rows=(first, second), lanes=2, row_height=38.0
    )


def _columns(*, ranges: bool, names: tuple[str, ...]) -> ColumnChart:
    here: tuple[tuple[float, float] | None, ...] = ((5.0, 20.0), None, (40.0, 60.0))
    return ColumnChart(
        axis=percent_axis("Share"),
        names=names,
        legend=(
            LegendEntry(text="bilateral", colour="warm", hatching=1),
            LegendEntry(text="multilateral", colour="mark"),
        ),
        values=((10.0, 25.0, 50.0), (90.0, None, 0.0)),
        texts=(("10%", "25%", "50%"), ("90%", "", "0%")),
        ranges=(here, (None, None, None)) if ranges else (),
    )


def _heat_map(number: int, *, name: str = "AA{}", rows: int = 9) -> HeatMap:
    names = tuple(name.format(place) for place in range(number))
    return HeatMap(
        names=names,
        across="Payee country",
        down="Payer country",
        cells=tuple(
            tuple(
                None
                if row == column or row > rows
                else HeatMapCell(share=row / 7, figure=f"{100 * row / 7:.1f}", hover=f"{row}")
                for column in range(number)
            )
            for row in range(number)
        ),
    )


def _curves() -> LineChart:
    """Lines with gaps, bands, whiskers, markers and dashes, and levels that crowd one another."""
    at = (0.0, 2.0)
    return LineChart(
        across=category_places("Swap line, part of annual trade (not to scale)", "abcd"),
        axis=percent_axis("Share"),
        lines=(
            Line(
                name="gap", values=(10.0, None, 50.0, 100.0), texts=("10%", "", "50%", "100%"),
                colour="mark", dash=1, marker=9,
            ),
            Line(
                name="band", values=(20.0, 60.0), texts=("20%", "60%"), colour="warm", at=at,
                band=((10.0, 50.0), (30.0, 65.0)), whiskers=((5.0, 40.0), (30.0, 70.0)), dash=7,
            ),
            Line(
                name="dashes", values=(70.0, 80.0), texts=("70%", "80%"), colour="ink", at=at,
                joined=False,
            ),
        ),
        references=(
            *(Reference(value=90.0 - 2 * n, text=f"over {90 - 2 * n}% of all") for n in range(4)),
            Reference(value=30.0, text="A level with more words than there is room for"),
            Reference(value=50.0, text="no room anywhere " * 12),
        ),
    )  # fmt: skip


def _areas(number: int) -> LineChart:
    """Areas over many moments of two business days."""
    at = tuple(float(place) for place in range(number))
    return LineChart(
        across=Places(
            title=_TITLE, at=at, labels=tuple(f"moment {place}" for place in range(number)),
            ticks=tuple((place, f"Mon {place:.0f} Mar") for place in at[::5]), low=0.0,
            high=at[-1], breaks=(at[-1] / 2,),
        ),
        axis=ValueAxis.of("Orders", [3.0], whole=True),
        lines=tuple(
            Line(
                name=name, values=tuple(float(place % size) for place in range(number)),
                texts=tuple(f"{place % size}" for place in range(number)), colour=name,
                stacked=name != "ink",
            )
            for name, size in (("ink", 4), ("mark", 2), ("warm", 3))
        ),
    )  # fmt: skip


def _no_ticks() -> LineChart:
    places = Places(title="", at=(0.0,), labels=("only",), ticks=(), low=0.0, high=1.0)
    line = Line(name="one", values=(1.0,), texts=("1",), colour="mark", marker=0)
    return LineChart(across=places, axis=ValueAxis.of("Orders", [-4.0, 1.0]), lines=(line,))


_DRAWINGS: dict[str, tuple[Figure, tuple[int, ...]]] = {
    "bars": (_bars(names=("Bank of Almaty", "B")), (NARROW, 600, 1080)),
    "bars with long names": (_bars(names=(_LONG, "B")), (NARROW, 600)),
    "columns": (_columns(ranges=True, names=("day", "week", "month")), (NARROW, 1080)),
    "columns with long names": (_columns(ranges=False, names=(_LONG[:30],) * 3), (NARROW,)),
    "shades": (_heat_map(3), (NARROW, 600)),
    "many shades": (_heat_map(8), (NARROW,)),
    "shades of long names": (_heat_map(2, name="Republic of AA{}"), (NARROW, 600)),
    "names without room": (_heat_map(30, rows=0), (NARROW, 600)),
    "curves": (_curves(), (NARROW, 600)),
    "areas": (_areas(12), (NARROW, 1080)),
    "no ticks": (_no_ticks(), (NARROW,)),
}


@pytest.mark.parametrize("name", _DRAWINGS)
def test_a_figure_has_the_marks_and_places_that_were_approved(name: str) -> None:
    figure, widths = _DRAWINGS[name]
    legend = [entry.draw() for entry in figure.legend[:4]]
    drawings = [*legend, *(figure.draw(width) for width in widths)]
    assert_approved(f"{name}.svg.txt", "".join(map(drawing_lines, drawings)))


@pytest.mark.parametrize(("number", "shown"), [(120, 120), (121, 60), (240, 120), (241, 80)])
def test_places_to_point_at_are_never_too_narrow_and_lie_in_the_middle(
    number: int, shown: int
) -> None:
    drawing = _areas(number).draw(1080)
    titles = [part.split("\n")[0] for part in drawing.split("<title>")[1:]]
    assert len(titles) == shown
    every = -(-number // 120)
    assert titles[0] == f"moment {every // 2}"
    assert titles[1] == f"moment {every // 2 + every}"


def test_legends_and_hatchings_have_every_shape() -> None:
    entries = [
        LegendEntry(text="", colour="ink", shape=shape, dash=number, marker=marker)
        for number, shape in enumerate(Shape)
        for marker in ((None, 0, 8) if shape is Shape.LINE else (None,))
    ]
    drawings = [*(entry.draw() for entry in entries), hatchings()]
    assert_approved("legends.svg.txt", "".join(map(drawing_lines, drawings)))


@pytest.mark.parametrize(
    ("values", "number", "ticks"),
    [
        ([0.0], 2, "0.0 0.5 1.0"),
        ([38.5], 5, "0 10 20 30 40"),
        ([24.0], 10, "0.0 2.5 5.0 7.5 10.0 12.5 15.0 17.5 20.0 22.5 25.0"),
        ([-3.0, 1.0], 4, "-3 -2 -1 0 1"),
        ([1200.0], 3, "0 500 1,000 1,500"),
        ([0.03], 4, "0.00 0.01 0.02 0.03"),
        ([0.06], 3, "0.00 0.02 0.04 0.06"),
    ],
)
def test_ticks_are_round_numbers(values: list[float], number: int, ticks: str) -> None:
    axis = ValueAxis.of("", values).ending_at_ticks(number)
    assert " ".join(text for _, text in axis.ticks()) == ticks


def test_an_axis_that_chose_no_step_has_about_five_ticks() -> None:
    assert [text for _, text in percent_axis("").ticks()] == [
        "0%",
        "20%",
        "40%",
        "60%",
        "80%",
        "100%",
    ]


def test_characters_have_their_widths() -> None:
    assert [round(text_width(one, 100), 6) for one in "iamA語"] == [36, 61, 97, 69, 100]
