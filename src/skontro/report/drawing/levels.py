"""Levels to compare with in a chart, and places for their labels."""

from collections.abc import Sequence

import attrs
from markupsafe import Markup

from skontro.report.drawing.figure import Frame
from skontro.report.drawing.svg import label, text_width

#: A box by its left, top, right and bottom.
Box = tuple[float, float, float, float]


@attrs.frozen(kw_only=True)
class Reference:
    """A level to compare with.

    Attributes:
        value: its height.
        text: its label; left out if there is no room, so a table should have it too.
    """

    value: float
    text: str


def reference_labels(
    references: Sequence[Reference], frame: Frame, marks: Sequence[Box]
) -> list[Markup]:
    """Labels next to their levels, from the right; not over labels, nor lines if possible.

    One for which there is no room is left out.

    Args:
        references: the levels.
        frame: of the chart.
        marks: boxes around the lines of the chart.
    """
    taken: list[Box] = []
    parts = []
    for one in sorted(references, key=lambda reference: -reference.value):
        level, wide = frame.y(one.value), text_width(one.text, 11)
        above = any(0 < level - frame.y(other.value) < 15 for other in references)
        y = level + 11 if above else level - 4
        places = [
            (end - wide, y - 10, end, y + 2)
            for end in range(int(frame.right), int(frame.left + wide), -8)
        ]
        free = [place for place in places if not _any_meets(place, taken)]
        place = next((place for place in free if not _any_meets(place, marks)), None)
        if place is None and free:
            place = free[0]
        if place is not None:
            parts.append(label(one.text, place[2], y, "end", "on-plot"))
            taken.append(place)
    return parts


def _any_meets(box: Box, others: Sequence[Box]) -> bool:
    """Whether a box (left, top, right, bottom) overlaps one of others, or nearly so."""
    left, top, right, bottom = box
    return any(
        left - 8 < other[2] and other[0] < right + 8 and top < other[3] and other[1] < bottom
        for other in others
    )
