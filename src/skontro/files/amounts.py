"""Amounts of whole columns at once: decimal text to exact whole numbers of minor units, and back.

The text is split at the point and its digits become one integer; no float is ever involved.
"""

from typing import Final

import polars as pl

from skontro.files.checks import Check, clean
from skontro.model import InputError, ReasonCode, find_currency

_MAX_DIGITS: Final = 18  # of MAX_AMOUNT
_POWERS: Final = {places: 10**places for places in range(_MAX_DIGITS + 1)}


def with_exponent(table: pl.DataFrame, field: str) -> tuple[pl.DataFrame, Check]:
    """The table with each currency's exponent in `field:exponent`, and the check of the field.

    Args:
        table: has the field with currencies, and its clean form.
        field: the column with the currencies.
    """
    exponent = _exponents(clean(field), table[f"{field}:clean"])
    unknown = clean(field).is_not_null() & pl.col(f"{field}:exponent").is_null()
    reason = ReasonCode.UNKNOWN_CURRENCY
    table = table.with_columns(exponent.alias(f"{field}:exponent"))
    return table, Check(field, reason, unknown, reason.explanation)


def _exponents(currency: pl.Expr, values: pl.Series) -> pl.Expr:
    """The exponents of currencies, null where there is no such currency, from their values."""
    codes = values.drop_nulls().unique().sort().to_list()
    known = {code: _exponent(code) for code in codes}
    return currency.replace_strict(known, default=None, return_dtype=pl.Int64)


def _exponent(code: str) -> int | None:
    try:
        return find_currency(code).exponent
    except InputError:
        return None


def with_minor(
    table: pl.DataFrame,
    field: str,
    exponent: str | None,
    into: str,
    zero_allowed: pl.Expr | None = None,
) -> tuple[pl.DataFrame, list[Check]]:
    """The table with an amount in minor units, and the checks of the column it is read from.

    Args:
        table: has the field as text, and its clean form.
        field: the column with the amounts.
        exponent: the column with the currencies' exponents where the field is in major units;
            None where it is in minor units.
        into: name of the new column of type Int64; right where no check fails, else anything.
        zero_allowed: true on rows where the amount may be zero, never null; None for nowhere.
    """
    decimals_allowed = pl.lit(0, dtype=pl.Int64) if exponent is None else pl.col(exponent)
    pattern = r"^-?[0-9]+$" if exponent is None else r"^-?[0-9]+(?:\.[0-9]+)?$"
    text = clean(field)
    parts = text.str.strip_prefix("-").str.split_exact(".", 1)
    whole = parts.struct.field("field_0").str.strip_chars_start("0")
    decimals = parts.struct.field("field_1").fill_null("")
    table = table.with_columns(
        pl.when(text.str.contains(pattern)).then(whole).alias(f"{field}:whole"),
        decimals.alias(f"{field}:decimals"),
        decimals_allowed.alias(f"{field}:places"),
    )
    # The whole part of a number below one is empty; a zero before it makes a number of it.
    digits = "0" + pl.col(f"{field}:whole") + pl.col(f"{field}:decimals")
    shift = pl.col(f"{field}:places") - pl.col(f"{field}:decimals").str.len_bytes().cast(pl.Int64)
    power = shift.replace_strict(_POWERS, default=None, return_dtype=pl.Int64)
    minor = digits.cast(pl.Int64, strict=False) * power
    return table.with_columns(minor.alias(into)), [
        *_number_checks(field, in_minor=exponent is None),
        *_sign_checks(field, pl.lit(value=False) if zero_allowed is None else zero_allowed),
    ]


def _number_checks(field: str, *, in_minor: bool) -> list[Check]:
    whole, decimals = pl.col(f"{field}:whole"), pl.col(f"{field}:decimals")
    places = pl.col(f"{field}:places")
    negative = clean(field).str.starts_with("-")
    kind = "a whole number of minor units" if in_minor else "a decimal amount like 1250.50"
    length = whole.str.len_bytes().cast(pl.Int64)
    return [
        Check(
            field,
            ReasonCode.FIELD_MALFORMED,
            clean(field).is_not_null() & whole.is_null(),
            f"is not {kind}",
        ),
        Check(
            field,
            ReasonCode.WRONG_EXPONENT,
            whole.is_not_null() & (decimals.str.len_bytes() > places),
            pl.format("has too many decimals; the currency has {}", places),
        ),
        Check(
            field,
            ReasonCode.AMOUNT_TOO_LARGE,
            ~negative & (whole != "") & (length + places > _MAX_DIGITS),
            ReasonCode.AMOUNT_TOO_LARGE.explanation,
        ),
    ]


def _sign_checks(field: str, zero_allowed: pl.Expr) -> list[Check]:
    whole, decimals = pl.col(f"{field}:whole"), pl.col(f"{field}:decimals")
    negative = whole.is_not_null() & clean(field).str.starts_with("-")
    zero = (whole == "") & (decimals.str.strip_chars("0") == "")
    too_low, below = ReasonCode.AMOUNT_NOT_POSITIVE, ReasonCode.AMOUNT_NEGATIVE
    return [
        Check(field, too_low, ~zero_allowed & (negative | zero), too_low.explanation),
        Check(field, below, zero_allowed & negative, below.explanation),
    ]


def major_text(minor: str, currency: str, codes: pl.Series) -> pl.Expr:
    """Amounts as decimal text, vectorised; the same as `format_amount` gives for each.

    Args:
        minor: the column with minor units, not negative.
        currency: the column with the currencies.
        codes: the values of that column.
    """
    places = _exponents(pl.col(currency), codes)
    digits = pl.col(minor).cast(pl.String).str.zfill(places + 1)
    point = digits.str.len_bytes().cast(pl.Int64) - places
    whole, decimals = digits.str.slice(0, point), digits.str.slice(point)
    return pl.when(places == 0).then(digits).otherwise(whole + "." + decimals)
