"""What every plot of a report shares: its place on the page, its style, its data as JSON."""

import html
from typing import Any, Final

import attrs
import plotly.graph_objects as go
import plotly.io

from skontro.simulation.report.palette import GRID, INK, LABEL, QUIET

FONT: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", '
    "Arial, sans-serif"
)


@attrs.frozen(kw_only=True)
class Plot:
    """One plot, or a sentence where there is nothing to plot.

    Attributes:
        name: the identifier of its element on the page.
        title: what it shows.
        key: how to read the marks, where a legend cannot say it.
        reading: one sentence that says what there is to see.
        figure: traces and layout as JSON; None for an empty plot.
        height: in CSS pixels.
        wide: whether it takes a row of its own.
    """

    name: str
    title: str
    reading: str
    figure: str | None
    key: str = ""
    height: int = 0
    wide: bool = True


def axis(title: str = "", **settings: Any) -> dict[str, Any]:  # noqa: ANN401  Plotly's own names
    """An axis in the style of the report."""
    style = {
        "title": {"text": title, "standoff": 10, "font": {"size": 12}},
        "automargin": True,
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "ticks": "",
        "fixedrange": True,
        "tickfont": {"size": 12},
    }
    return style | settings


def as_figure(traces: list[Any], height: int, **layout: Any) -> str:  # noqa: ANN401
    """Traces and layout, checked by Plotly, as JSON that is the same for the same input."""
    style = {
        "template": go.layout.Template(),
        "autosize": True,
        "height": height,
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 18, "t": 12, "b": 8},
        "hoverlabel": {
            "align": "left",
            "bgcolor": LABEL,
            "bordercolor": QUIET,
            "font": {"family": FONT, "size": 12, "color": INK},
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": QUIET, "activecolor": INK},
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"size": 12},
        },
        "dragmode": False,
    }
    figure = go.Figure(traces, go.Layout(**style)).update_layout(**layout)
    return str(plotly.io.to_json(figure, engine="json"))


def label(text: str) -> str:
    """Text from data as Plotly shows it word for word: it reads a little HTML in every label."""
    return html.escape(text, quote=False)


def shortened(text: str, length: int = 44) -> str:
    """A long name for an axis; tables and hover labels give it in full."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
