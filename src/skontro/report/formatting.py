"""Formats of figures for readers: amounts, shares, times and dates.

Terminal, pages and plots take their formats from here, so one figure looks the same everywhere.
Shares and the delay indicator are percentages with one decimal. Indices and ratios are decimals.
Amounts are grouped and carry their currency. Files for programs hold exact decimals instead.
"""

import datetime
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import attrs
from babel.dates import format_date

from skontro.model import SECOND, Country, Currency, format_amount
from skontro.statistics import CreditEffect, CreditLines, Definition, Layer, decimal_text

#: The layers in words, and the denominator of each; `Layer.whole` is the same in files.
LAYER_WORDS: Final = {
    Layer.INSTRUCTION: "instruction",
    Layer.INTERBANK: "interbank",
    Layer.RESIDUAL: "residual funding",
}
SHARE_OF: Final = {layer: f"of {layer.whole.replace('_', ' ')}" for layer in Layer}
OF_GROSS_TRADE: Final = "of gross trade"

#: Text for a missing figure.
NO_FIGURE: Final = "–"  # noqa: RUF001  the sign that statistical tables use

_UNITS: Final = ((10**6, "million"), (10**9, "billion"), (10**12, "trillion"))

_FIGURE: Final = re.compile(r"(-?[0-9][0-9,]*(?:\.[0-9]+)?)(%?)")
_SPAN: Final = re.compile(r"(?:(\d+) h)? ?(?:(\d+) min)? ?(?:(\d+(?:\.\d+)?) s)?")


@attrs.frozen
class Scale:
    """One unit for all figures of an axis or a table column.

    Attributes:
        label: for example ``USD million``.
        divisor: minor units in one such unit.
        places: decimals of a figure in a table.
    """

    label: str
    divisor: int
    places: int

    @classmethod
    def fitting(cls, largest: int, currency: Currency) -> "Scale":
        """The unit in which the largest of some figures, in minor units, reads well."""
        major = 10**currency.exponent
        fitting = [unit for unit in _UNITS if abs(largest) >= unit[0] * major]
        if fitting:
            size, word = fitting[-1]
            return cls(f"{currency.code} {word}", size * major, 1)
        return cls(currency.code, major, currency.exponent if abs(largest) < 10**4 * major else 0)

    @classmethod
    def for_table(cls, largest: int, currency: Currency) -> "Scale":
        """A unit for a column with this largest figure, small enough to show lesser ones too."""
        return cls.fitting(largest // 50, currency)

    def coordinate(self, minor: int) -> float:
        """Where to plot an amount; a float, because pixels are."""
        return minor / self.divisor

    def amount(self, minor: int) -> str:
        """The figure with its unit, for example ``USD 302.8 million``."""
        code, _, word = self.label.partition(" ")
        return f"{code} {self.text(minor)} {word}".rstrip()

    def text(self, minor: int) -> str:
        """The figure without its unit.

        ``0`` is nothing at all, ``0.0`` less than half of the last digit shown.
        """
        if not minor:
            return "0"
        return grouped(decimal_text(Fraction(minor, self.divisor), self.places) or "")


def grouped(decimal: str) -> str:
    """Decimal text with thousands separated by commas."""
    whole, point, decimals = decimal.partition(".")
    return f"{int(whole):,}{point}{decimals}" if whole not in {"-0"} else decimal


def short_amount(minor: int, currency: Currency) -> str:
    """An amount to about four digits, for example ``USD 302.8 million``."""
    major = 10**currency.exponent
    if not minor:
        return f"{currency} 0"
    if abs(minor) < 1000 * major:
        return f"{currency} {format_amount(minor, currency)}"
    if round(Fraction(abs(minor), major)) < 10**6:
        return f"{currency} {round(Fraction(minor, major)):,}"
    for size, word in _UNITS:
        tenths = round(Fraction(minor * 10, size * major))
        text = f"{currency} {grouped(decimal_text(Fraction(tenths, 10), 1) or '')} {word}"
        if abs(tenths) < 10_000:
            break
    return text  # at last in the largest unit, which takes any amount


def full_amount(minor: int, currency: Currency) -> str:
    """An amount to the last minor unit, for example ``KZT 1,250,000.50``."""
    return f"{currency} {format_amount(minor, currency, grouped=True)}"


def percent(share: Fraction | None, places: int = 1) -> str:
    """A share in percent, for example ``96.3%``."""
    return NO_FIGURE if share is None else f"{decimal_text(share * 100, places)}%"


def both_shares(by_corridor: Fraction | None, by_member: Fraction | None) -> str:
    """A share by both definitions, labelled: ``80.4% by corridor, 88.1% by member``."""
    if by_corridor is None and by_member is None:
        return NO_FIGURE
    return f"{percent(by_corridor)} by corridor, {percent(by_member)} by member"


_COVER: Final = {
    CreditLines.HOME_ONLY: "Credit lines exist only in home currencies, so orders in third "
    "currencies find less cover; for symmetric cover generate with --credit-currencies paid.",
    CreditLines.NONE: "There are no credit lines; in currencies with few payments less of what is "
    "received can be paid on.",
    CreditLines.OTHERS_TOO: "Credit lines exist in other than home currencies too; in currencies "
    "with few payments less of what is received can be paid on.",
}


def lifted_by_returns(credit: CreditEffect) -> str:
    """A note for every interbank share that returns have raised; empty for any other."""
    if not credit.lifts_share:
        return ""
    settled, before = credit.settled, credit.before_returns
    return (
        "Returns raised the interbank share, from "
        f"{both_shares(before.by_corridor.share, before.by_member.share)} of the orders accepted "
        f"to {both_shares(settled.by_corridor.share, settled.by_member.share)} of those settled. "
        f"{_COVER[credit.credit_lines]}"
    )


def group_words(group: Iterable[Country]) -> str:
    """The two definitions of national in one sentence, with the group."""
    codes = ", ".join(country.alpha3 for country in group)
    return (
        f"National by corridor: {Definition.BY_CORRIDOR.meaning}. By member: "
        f"{Definition.BY_MEMBER.meaning}; the group, the participants' countries, is "
        f"{codes or 'empty'}."
    )


def exact_percent(part: Fraction) -> str:
    """A part chosen by the user, to its last decimal: ``0.25%``, ``8%``."""
    hundredths = part * 100
    places = next((n for n in range(12) if (hundredths * 10**n).denominator == 1), 12)
    return f"{decimal_text(hundredths, places)}%"


def plain_ratio(quotient: Fraction | None, places: int = 2) -> str:
    """A ratio or an index as a decimal."""
    return NO_FIGURE if quotient is None else grouped(decimal_text(quotient, places) or "")


def times(quotient: Fraction | None) -> str:
    """How often liquidity turned over, for example ``12.4 times``."""
    return NO_FIGURE if quotient is None else f"{plain_ratio(quotient, 1)} times"


def duration(microseconds: Fraction | int | None) -> str:
    """A span of time in its two largest units, for example ``3 min 20 s``."""
    if microseconds is None:
        return NO_FIGURE
    if microseconds == 0:
        return "0 s"
    tenths = round(Fraction(microseconds) * 10 / SECOND)
    if tenths < 600:
        return f"{decimal_text(Fraction(tenths, 10), 1)} s" if tenths else "under 0.1 s"
    seconds = round(Fraction(microseconds) / SECOND)
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    minutes = round(Fraction(seconds, 60))
    return f"{minutes // 60} h {minutes % 60:02d} min"


def machine_value(text: str) -> tuple[str, str | None]:
    """A figure in the forms of this module as a program reads it, and its unit.

    Durations become seconds. A missing figure becomes empty text; text of other forms stays
    as it is, and its unit is None.

    Example:
        >>> machine_value("1,234.5"), machine_value("96.3%"), machine_value("3 min 20 s")
        (('1234.5', ''), ('96.3', '%'), ('200', 's'))
    """
    if text in {"", NO_FIGURE}:
        return "", ""
    if match := _FIGURE.fullmatch(text):
        return match[1].replace(",", ""), match[2]
    if text == "under 0.1 s":
        return "0.05", "s"
    if (match := _SPAN.fullmatch(text)) and match.lastindex:
        hours, minutes, seconds = (Fraction(part or "0") for part in match.groups())
        total = hours * 3600 + minutes * 60 + seconds
        return decimal_text(total, 0 if total.denominator == 1 else 1) or "", "s"
    return text, None


def count(number: int, noun: str) -> str:
    """A number of things, for example ``1 order`` or ``20,000 orders``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def long_date(date: datetime.date) -> str:
    """A date in words, for example ``2 March 2026``."""
    return format_date(date, "d MMMM y", locale="en")


def period(dates: tuple[datetime.date, ...]) -> str:
    """The business days in words."""
    if not dates:
        return "no business day"
    if len(dates) == 1:
        return format_date(dates[0], "EEEE, d MMMM y", locale="en")
    return f"{long_date(dates[0])} to {long_date(dates[-1])}, {len(dates)} business days"


def listed(words: Iterable[str]) -> str:
    """Words in a row: ``a``, ``a and b``, ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
