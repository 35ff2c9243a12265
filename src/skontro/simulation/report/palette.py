"""Colours: one for each currency throughout a report, told apart without red-green vision too.

The currencies' colours build on M. Okabe and K. Ito, Color Universal Design, 2008, with darker
yellow and four additions for the contrast that areas and bars need on white and on dark grey.
"""

from fractions import Fraction
from typing import Final

import attrs

from skontro.statistics import Summary

INK: Final = "#1d2733"
QUIET: Final = "#8894a1"
ACCENT: Final = "#0b5c8f"
ACCENT_LIGHT: Final = "#8fb9d6"
AVAILABLE: Final = "#c9d2db"
WARM: Final = "#c8641b"
GRID: Final = "#e3e8ed"
LABEL: Final = "#fffefe"

#: Colours that a dark page replaces, and the variable of the style sheet that says by what.
THEMED: Final = {
    INK: "--ink",
    QUIET: "--mark-quiet",
    ACCENT: "--mark",
    ACCENT_LIGHT: "--mark-light",
    AVAILABLE: "--mark-available",
    WARM: "--mark-warm",
    GRID: "--grid",
    LABEL: "--card",
}

#: From third currencies only over half and half to national currencies only.
SHARE_SCALE: Final = (
    (0.0, "#b35806"),
    (0.25, "#e59c4c"),
    (0.5, "#f1ece4"),
    (0.75, "#6ea3cb"),
    (1.0, "#0b4f86"),
)

#: By payment class, most urgent first.
CLASS_COLOURS: Final = (WARM, ACCENT, QUIET)

_CURRENCIES: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#7b5aa6",
    "#b3a125",
    "#882255",
    "#2f8f8a",
)
_OTHERS: Final = "#9aa5b1"


def mixed(colour: str, strength: Fraction) -> str:
    """A colour mixed with white: at strength 1 itself, at 0 white."""
    channels = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - strength * (255 - c)):02x}" for c in channels)


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
        return dict(zip(self.ranked, _CURRENCIES, strict=False)).get(code, _OTHERS)

    @property
    def coloured(self) -> tuple[str, ...]:
        """The codes that have a colour of their own."""
        return self.ranked[: len(_CURRENCIES)]

    @property
    def others(self) -> tuple[str, ...]:
        """The codes that share the grey."""
        return self.ranked[len(_CURRENCIES) :]
