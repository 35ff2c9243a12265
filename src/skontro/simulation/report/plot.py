"""A plot of a report: its place on the page and the words around it."""

import attrs

from skontro.simulation.report.drawing import Figure


@attrs.frozen(kw_only=True)
class Plot:
    """One plot, or a sentence where there is nothing to plot.

    Attributes:
        name: the identifier of its element on the page.
        title: what it shows.
        key: how to read the marks, where a legend cannot say it.
        reading: one sentence that says what there is to see; also what a screen reader says.
        figure: the drawing; None for an empty plot.
        wide: whether it takes a row of its own.
    """

    name: str
    title: str
    reading: str
    figure: Figure | None
    key: str = ""
    wide: bool = True
