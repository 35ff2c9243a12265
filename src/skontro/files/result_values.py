"""Checks of values in result tables; a wrong value is named by row and column.

A results folder may come from anywhere. The assumptions of reports and statistics are checked here
once.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

import polars as pl

from skontro.files.checks import in_range, value_text
from skontro.files.payment_checks import CLASSES
from skontro.files.refusals import FIRST_ROW
from skontro.files.tables import EARMARKED, MECHANISMS, SOURCES
from skontro.model import (
    BIC_PATTERN,
    MAX_AMOUNT,
    MAX_MONEY_PER_CURRENCY,
    UETR_PATTERN,
    Algorithm,
    InputError,
    OrderStatus,
    ReasonCode,
    check_name,
    find_country,
    find_currency,
    quoted,
)

#: Columns that may be null, and the tables in which they may not.
_MAY_BE_NULL: Final = frozenset(
    [
        "earliest_at",
        "latest_at",
        "instructed_currency",
        "instructed_amount_minor",
        "counterleg",
        "reason",
        "entered_at",
        "queued_at",
        "mechanism",
        "run",
        "row",
        "counterparty",
        "debit_minor",
        "credit_minor",
        "bound_minor",
        "work",
        "debtor",
        "creditor",
        "debtor_country",
        "creditor_country",
        "funded_by",
        "uetr",
        "payment_class",
        "participant",
        "currency",
        "amount_minor",
        "algorithm",
    ]
)
_NEVER_NULL: Final = {
    "orders": frozenset(["uetr", "payment_class", "currency", "amount_minor"]),
    "accounts": frozenset(["currency"]),
    "statements": frozenset(["currency"]),
    "runs": frozenset(["run", "algorithm", "currency"]),
    "residuals": frozenset(["currency", "amount_minor"]),
    "swap_lines": frozenset(["currency"]),
}
_BICS: Final = frozenset(
    ["payer", "payee", "bic", "counterparty", "debtor", "creditor", "funded_by", "participant"]
)
_CURRENCIES: Final = frozenset(["currency", "instructed_currency", "funding_currency"])
_COUNTRIES: Final = frozenset(
    ["country", "payer_country", "payee_country", "debtor_country", "creditor_country", "borrower"]
)
_WORDS: Final[dict[str, Collection[str]]] = {
    "payment_class": CLASSES,
    "status": [*(one.name.lower() for one in OrderStatus), EARMARKED],
    "reason": list(ReasonCode.__members__),
    "mechanism": MECHANISMS,
    "algorithm": [one.name.lower() for one in Algorithm],
    "source": SOURCES,
}
#: Columns of amounts that may be below zero.
_BALANCES: Final = frozenset(
    ["opening_balance_minor", "closing_balance_minor", "lowest_balance_minor", "balance_minor"]
)
_MAX_TOTAL: Final = 10**32


def check_values(path: Path, table: pl.DataFrame) -> None:
    """Check every value of a result table.

    Args:
        path: path of the file, named like the table.
        table: has the columns of its schema.

    Raises:
        InputError: a value is wrong; names row and column.
    """
    required = _NEVER_NULL.get(path.stem, frozenset())
    for column in table.iter_columns():
        name = column.name
        empty = column.is_null()
        if name == "final_at":
            # Only an order whose earmark is open has not ended.
            is_open = table["status"].eq_missing(EARMARKED)
            if (is_open & ~empty).any():
                raise _wrong(path, column, is_open & ~empty, "is given for an earmarked order")
            empty &= ~is_open
        if empty.any() and (name in required or name not in _MAY_BE_NULL):
            raise _wrong(path, column, empty, "is empty")
        for wrong, why in _faults(column.drop_nulls().unique(maintain_order=True)):
            raise _wrong(path, column, column.is_in(wrong.implode()), why)


def _faults(values: pl.Series) -> Iterator[tuple[pl.Series, str]]:
    """Values not allowed in the column, with the reason."""
    name, dtype = values.name, values.dtype
    if isinstance(dtype, pl.Datetime):
        yield from _unless(values, in_range(pl.col(name)), "is outside the years 1970 to 9999")
    elif dtype.is_numeric():
        least, most = _bounds(name, dtype)
        within = pl.col(name).is_between(least, most)
        yield from _unless(values, within, f"is outside {least}..{most}")
    elif name in _BICS:
        yield from _unless(values, pl.col(name).str.contains(BIC_PATTERN), "is not a BIC")
    elif name in ("uetr", "counterleg"):
        yield from _unless(values, pl.col(name).str.contains(UETR_PATTERN), "is not a UETR")
    elif name in _WORDS:
        words = _WORDS[name]
        yield from _unless(values, pl.col(name).is_in(list(words)), "is not a value of this column")
    elif name in _CURRENCIES:
        yield from _refused(values, find_currency)
    elif name in _COUNTRIES:
        yield from _refused(values, find_country)
    elif name == "name":
        yield from _refused(values, check_name)


def _bounds(name: str, dtype: pl.DataType) -> tuple[int, int]:
    if dtype.is_decimal():
        return 0, _MAX_TOTAL
    if not name.endswith("_minor"):
        return 0, 2**53
    if name in _BALANCES:
        return -MAX_MONEY_PER_CURRENCY, MAX_MONEY_PER_CURRENCY
    single = name in ("amount_minor", "instructed_amount_minor", "debit_minor", "credit_minor")
    return 0, MAX_AMOUNT if single else MAX_MONEY_PER_CURRENCY


def _unless(values: pl.Series, is_right: pl.Expr, why: str) -> Iterator[tuple[pl.Series, str]]:
    wrong = values.to_frame().filter(~is_right).to_series()
    if len(wrong):
        yield wrong, why


def _refused(values: pl.Series, check: Callable[[str], object]) -> Iterator[tuple[pl.Series, str]]:
    for value in values:
        try:
            check(value)
        except InputError as error:
            yield pl.Series(values.name, [value], dtype=values.dtype), str(error)


def _wrong(path: Path, column: pl.Series, rows: pl.Series, why: str) -> InputError:
    row = int(rows.arg_max() or 0)
    text = column.to_frame()[row].select(value_text(column.name, column.dtype)).item()
    value = "" if text is None else f" {quoted(text)}"
    return InputError(f"{path}: row {row + FIRST_ROW}, {column.name}{value}: {why}")
