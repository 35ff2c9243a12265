"""Anchors of plots on the page, and colour names: one for each currency throughout."""

from typing import Final

import attrs

from skontro.report.drawing import Figure
from skontro.statistics import Summary


@attrs.frozen(kw_only=True)
class Plot:
    """One plot, or a sentence where there is nothing to plot.

    Attributes:
        name: the identifier of its element on the page.
        title: its subject.
        key: how to read the marks, where a legend cannot say it.
        reading: one sentence on the finding; also for screen readers.
        figure: the drawing; None for an empty plot.
        wide: whether it takes a whole row.
    """

    name: str
    title: str
    reading: str
    figure: Figure | None
    key: str = ""
    wide: bool = True


INK: Final = "ink"
QUIET: Final = "quiet"
ACCENT: Final = "mark"
ACCENT_LIGHT: Final = "mark-light"
AVAILABLE: Final = "available"
WARM: Final = "warm"

#: Colours for adjacent marks, the most different ones first.
SERIES: Final = tuple(f"series-{number}" for number in range(10))
_OTHERS: Final = "series-others"

#: By payment class, most urgent first.
CLASS_COLOURS: Final = (WARM, ACCENT, QUIET)


@attrs.frozen
class CurrencyColours:
    """Which currency has which colour.

    Attributes:
        ranked: codes of all currencies, most used first.
    """

    ranked: tuple[str, ...]

    @classmethod
    def of(cls, summary: Summary) -> "CurrencyColours":
        """Colours go to currencies by the value of their use at both layers."""
        used: dict[str, int] = {}
        for shares in (summary.instruction, summary.interbank):
            for use in shares.total.uses:
                used[use.currency.code] = used.get(use.currency.code, 0) + use.value
        return cls(tuple(sorted(used, key=lambda code: (-used[code], code))))

    def colour(self, code: str) -> str:
        """The currency's colour; grey for all but the ten most used."""
        return dict(zip(self.ranked, SERIES, strict=False)).get(code, _OTHERS)

    @property
    def coloured(self) -> tuple[str, ...]:
        """The codes that have a colour of their own."""
        return self.ranked[: len(SERIES)]

    @property
    def others(self) -> tuple[str, ...]:
        """The codes that share the grey."""
        return self.ranked[len(SERIES) :]
