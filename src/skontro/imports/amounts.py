"""Amounts as banks print them, to plain decimal text; digits are only moved, never computed with.

Example:
    >>> import polars as pl
    >>> frame = pl.DataFrame({"sum": ["1 387 219,89", "(500,00)", "12.345,6"]})
    >>> frame.select(plain_amount("sum", AmountForm(decimal_mark=","))).to_series().to_list()
    ['1387219.89', '-500', '12345.6']
"""

from decimal import Decimal
from typing import Final, Literal

import attrs
import polars as pl

Mark = Literal[".", ","]

#: Blanks and apostrophes between groups of digits.
_GROUPING: Final = r"[\s\u00a0\u202f\u2009\u2007'’`_]"
_CURRENCY: Final = r"^(?:[A-Za-z]{3}|\p{Sc})|(?:[A-Za-z]{3}|\p{Sc})$"


@attrs.frozen
class AmountForm:
    """How a file writes amounts.

    Attributes:
        decimal_mark: the mark before the decimals; the other one groups digits.
        shift: places by which the decimal point moves to the right: 3 for thousands, -2 for
            amounts in hundredths without a mark.
    """

    decimal_mark: Mark = "."
    shift: int = 0


def plain_amount(column: str, form: AmountForm) -> pl.Expr:
    """The amounts as decimal text with a point and without a zero at the end.

    Text that is no amount in this form stays as it is, so that it is refused with its own value.
    """
    text = pl.col(column)
    negative = text.str.contains(r"^\s*[(−–-]") | text.str.contains(r"[)−–-]\s*$")
    bare = (
        text.str.replace_all(_GROUPING, "")
        .str.replace_all(r"^[(−–+-]+|[)−–+-]+$", "")
        .str.replace_all(_CURRENCY, "")
    )
    mark, other = (r"\.", ",") if form.decimal_mark == "." else (",", r"\.")
    whole = rf"(?:\d+|\d{{1,3}}(?:{other}\d{{2,3}})*{other}\d{{3}})?"
    fits = bare.str.contains(rf"^{whole}(?:{mark}\d*)?$") & bare.str.contains(r"\d")
    digits = bare.str.replace_all(other, "").str.replace(mark, ".")
    moved = (
        digits
        if form.shift == 0
        else digits.map_elements(
            lambda amount: f"{Decimal(amount).scaleb(form.shift):f}", return_dtype=pl.String
        )
    )
    tidy = (
        pl.when(moved.str.contains(".", literal=True))
        .then(moved.str.strip_chars_end("0").str.strip_chars_end("."))
        .otherwise(moved)
    )
    whole_digits = (
        pl.when(tidy.str.starts_with(".") | (tidy == "")).then("0" + tidy).otherwise(tidy)
    )
    signed = pl.when(negative).then("-" + whole_digits).otherwise(whole_digits)
    return pl.when(fits).then(signed).otherwise(text).alias(column)


def decimal_mark_of(amounts: list[str]) -> tuple[Mark | None, bool]:
    """The decimal mark of these amounts, and whether they leave no doubt about it.

    A mark with one, two or more than three digits behind it, or behind the other mark, is the
    decimal mark. A mark that occurs twice in an amount groups digits. None: there is neither mark.
    """
    decimal: dict[Mark, int] = {".": 0, ",": 0}
    groups: dict[Mark, int] = {".": 0, ",": 0}
    seen: dict[Mark, int] = {".": 0, ",": 0}
    for amount in amounts:
        text = "".join(sign for sign in amount if sign in "0123456789.,")
        last = max(text.rfind("."), text.rfind(","))
        if last < 0:
            continue
        mark: Mark = "." if text[last] == "." else ","
        other: Mark = "," if mark == "." else "."
        seen[mark] += 1
        if other in text:
            decimal[mark] += 1
            groups[other] += 1
        elif text.count(mark) > 1:
            groups[mark] += 1
        elif len(text) - last - 1 != 3 or last > 3 or last == 0:
            decimal[mark] += 1
    if not any(seen.values()):
        return None, True
    marks: tuple[Mark, Mark] = (".", ",")
    best: Mark = max(marks, key=lambda mark: decimal[mark] - groups[mark])
    if decimal[best] > groups[best]:
        return best, True
    grouping: Mark = max(marks, key=lambda mark: groups[mark])
    if groups[grouping]:
        return ("," if grouping == "." else "."), True
    # Only amounts such as 1,234: either thousands, or three decimals.
    only: Mark = max(marks, key=lambda mark: seen[mark])
    return ("," if only == "." else "."), False
