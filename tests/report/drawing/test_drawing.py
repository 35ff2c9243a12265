"""Plots: axes with zero on them, marks where the figures say, text in its room."""

import re
import xml.etree.ElementTree as ET

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.report.drawing import (
    NARROW,
    WIDTHS,
    Bar,
    BarChart,
    BarRow,
    ColumnChart,
    HeatMap,
    HeatMapCell,
    LegendEntry,
    Line,
    LineChart,
    Reference,
    ValueAxis,
    category_places,
    percent_axis,
)
from skontro.report.drawing.svg import path, shortened, tag, text_width

_HOSTILE = '<script>alert("1")</script> & co.'

_values = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)


@given(st.lists(_values, max_size=6), st.integers(2, 8))
def test_an_axis_has_zero_all_values_and_a_tick_at_each_end(
    values: list[float], number: int
) -> None:
    axis = ValueAxis.of("USD", values).ending_at_ticks(number)
    slack = 1e-8 * (axis.high - axis.low)
    assert axis.low - slack <= min([0.0, *values])
    assert axis.high + slack >= max([0.0, *values])
    assert axis.low < axis.high
    places = [place for place, _ in axis.ticks()]
    assert places[0] == pytest.approx(axis.low)
    assert places[-1] == pytest.approx(axis.high)
    assert 0.0 in places
    texts = [text for _, text in axis.ticks()]
    assert len(set(texts)) == len(texts) <= number + 2
    for place, text in axis.ticks():
        assert float(text.replace(",", "")) == pytest.approx(place, abs=1e-9)


@given(st.integers(2, 8))
def test_a_share_axis_is_never_cut(number: int) -> None:
    axis = percent_axis("Share").ending_at_ticks(number)
    assert (axis.low, axis.high) == (0.0, 100.0)
    assert [text for _, text in axis.ticks()][:: len(axis.ticks()) - 1] == [
        "0%",
        "100%",
    ]


def test_numbers_of_things_have_no_ticks_between() -> None:
    axis = ValueAxis.of("Orders", [1.0], whole=True).ending_at_ticks(6)
    assert all("." not in text for _, text in axis.ticks())


def elements(drawing: str, class_: str) -> list[ET.Element]:
    return [one for one in ET.fromstring(drawing).iter() if one.get("class") == class_]


def bars(lengths: list[float]) -> BarChart:
    rows = [
        BarRow(name=_HOSTILE, bars=(Bar(length=n, colour="mark", text=f"{n}"),), hover=_HOSTILE)
        for n in lengths
    ]
    return BarChart(axis=ValueAxis.of("USD", lengths), rows=tuple(rows))


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_are_as_long_as_their_figures(width: int) -> None:
    drawn = [
        [float(part) for part in re.findall(r"[MH](-?[\d.]+)", one.get("d") or "")]
        for one in elements(bars([10.0, 40.0, 20.0]).draw(width), "c-mark bar")
    ]
    lengths = [ends[1] - ends[0] for ends in drawn]
    assert lengths[1] / lengths[0] == pytest.approx(4, rel=0.02)
    assert lengths[2] / lengths[0] == pytest.approx(2, rel=0.02)
    assert len({ends[0] for ends in drawn}) == 1


def lines(names: list[str]) -> LineChart:
    line = Line(
        name=_HOSTILE, values=(0.0, None, 50.0, 100.0), texts=("0%", "", "50%", "100%"),
        colour="mark",
    )  # fmt: skip
    return LineChart(
        across=category_places(_HOSTILE, names),
        axis=percent_axis("Share"),
        lines=(line,),
        references=tuple(Reference(value=85.0 + n, text=f"{_HOSTILE} {n}") for n in range(4)),
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_have_gaps_where_there_is_no_figure(width: int) -> None:
    chart = lines(["a", "b", "c", "d"])
    (line,) = elements(chart.draw(width), "line")
    assert (line.get("d") or "").count("M") == 2
    hovers = [one.findtext("title") or "" for one in elements(chart.draw(width), "hover")]
    assert [text.split("\n")[0] for text in hovers] == ["a", "b", "c", "d"]
    assert _HOSTILE not in hovers[1]
    assert hovers[2].endswith(": 50%")


def columns() -> ColumnChart:
    return ColumnChart(
        axis=percent_axis("Share"),
        names=(_HOSTILE, "b"),
        legend=(LegendEntry(text=_HOSTILE, colour="mark"),),
        values=((10.0, None),),
        texts=(("10%", ""),),
    )


def heat_map(number: int) -> HeatMap:
    cell = HeatMapCell(share=1.0, figure="100.0", hover=_HOSTILE)
    names = tuple(f"AA{n}" for n in range(number))
    return HeatMap(names=names, across="Payee", down="Payer", cells=((cell,) * number,) * number)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_drawing_is_well_formed_and_keeps_text_as_text(width: int) -> None:
    for chart in (bars([1.0]), lines(["a", "b", "c", "d"]), columns(), heat_map(3)):
        drawing = chart.draw(width)
        assert "<script" not in drawing
        root = ET.fromstring(drawing)
        assert root.get("viewBox", "").split()[:3] == ["0", "0", str(width)]
        assert _HOSTILE in "".join(root.itertext())


def test_a_heat_map_leaves_out_figures_that_do_not_fit_and_says_them_when_pointed_at() -> None:
    assert heat_map(10).draw(NARROW).count(">100.0<") == 100
    small = heat_map(30).draw(NARROW)
    assert ">100.0<" not in small
    assert small.count("<title>") == 900


def test_the_whole_and_its_limits_have_their_shade() -> None:
    shades = [HeatMapCell(share=share, figure="", hover="").shade for share in (0, 0.0999, 0.1, 1)]
    assert shades == [0, 0, 1, 9]


@given(st.text(max_size=60), st.floats(20, 300))
def test_shortened_text_is_no_wider_than_its_room(text: str, room: float) -> None:
    short = shortened(text, room)
    assert short == text or (text_width(short) <= room and short.endswith("…"))


@given(st.lists(st.tuples(_points := st.floats(0, 1000), _points), min_size=2, max_size=50))
def test_steps_of_a_path_do_not_add_up_their_rounding(points: list[tuple[float, float]]) -> None:
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", path(points))]
    x, y = sum(numbers[0::2]), sum(numbers[1::2])
    assert x == pytest.approx(points[-1][0], abs=0.06)
    assert y == pytest.approx(points[-1][1], abs=0.06)


@pytest.mark.parametrize("width", WIDTHS)
def test_titles_of_axes_are_whole_at_every_width(width: int) -> None:
    title = "Open hours of the business days, without the nights between (America/Port-au-Prince)"
    chart = attrs.evolve(lines(["a", "b", "c", "d"]), across=category_places(title, "abcd"))
    rows = attrs.evolve(bars([1.0]), axis=ValueAxis.of(title, [1.0]))
    for drawn in (chart.draw(width), rows.draw(width)):
        shown = [one.text or "" for one in elements(drawn, "axis")]
        assert title in " ".join(shown)
        assert all(text_width(text) <= width for text in shown)


def test_attributes_are_escaped() -> None:
    assert tag("g", id='"><script>') == '<g id="&#34;&gt;&lt;script&gt;"/>'
