"""Rows that are orders, among those that are not: each row that stays out has one reason."""

from typing import Final

import polars as pl

from skontro.imports.amounts import AmountForm, plain_amount
from skontro.imports.column_map import ImportMap
from skontro.imports.profiles import is_date
from skontro.imports.source_table import FILE, LINE
from skontro.model import InputError

#: Why a row stays out; null where it is an order, or refused later.
WHY: Final = ":why"
#: Number of a row, from 1 over all files.
NUMBER: Final = ":number"
#: Signs of the amounts of a row, see `with_meaning`.
_AMOUNT: Final = ":amount"
_REFERENCE: Final = ":reference"

NOTE: Final = "a total, heading or note"
OLDER: Final = "older version"
AGAIN: Final = "the same payment again"
REVERSAL: Final = "reversal of an earlier row"
REVERSED: Final = "taken back by a later row"
SAME_BANK: Final = "payer and payee at the same bank"


def select_rows(rows: pl.DataFrame, shape: ImportMap) -> pl.DataFrame:
    """The rows with their number and, where they stay out, with the reason.

    A row that several rules leave out has the reason of the first: notes, older versions, the rules
    of the map, repetitions, reversals, payments inside a bank.

    Args:
        rows: of the source, with BICs in the columns of banks.
        shape: the map.
    """
    rows = rows.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(NUMBER),
        pl.lit(None, dtype=pl.String).alias(WHY),
        reference(shape).alias(_REFERENCE),
    )
    rows = _mark(rows, _is_note(rows, shape), NOTE)
    if shape.versions:
        rows = _mark(rows, _is_older(rows, shape), OLDER)
    for rule in shape.leave_out:
        if rule.column not in rows.columns:
            raise InputError(
                f"the map: leave_out: there is no column {rule.column!r}; the file has "
                f"{', '.join(name for name in rows.columns if not name.startswith(':'))}"
            )
        cell = pl.col(rule.column).fill_null("")
        named = cell.is_in(rule.is_) if rule.is_ else ~cell.is_in(rule.is_not)
        rows = _mark(rows, named, rule.why)
    if shape.same_row_again == "leave_out":
        rows = _mark(rows, _is_again(rows, shape), AGAIN)
    if shape.amounts.negative == "takes_back" and shape.columns.amount:
        rows = _without_reversed(rows, shape)
    payer, payee = bank_columns(shape)
    if payer and payee:
        rows = _mark(rows, pl.col(payer) == pl.col(payee), SAME_BANK)
    return rows.drop(_REFERENCE)


def bank_columns(shape: ImportMap) -> tuple[str | None, str | None]:
    """The columns of the two banks of a row; of the first leg where it has two."""
    if shape.legs:
        return shape.legs[0].payer, shape.legs[0].payee
    if shape.columns.counterparty:
        return None, shape.columns.counterparty
    return shape.columns.payer, shape.columns.payee


def reference(shape: ImportMap) -> pl.Expr:
    """The reference of a row; file and line where it has none."""
    names = [shape.columns.uetr] if shape.columns.uetr else shape.columns.reference
    origin = pl.format("{}:{}", pl.col(FILE), pl.col(LINE))
    if not names:
        return origin
    first = pl.col(names[0])
    joined = pl.concat_str([pl.col(name).fill_null("") for name in names], separator="\x1f")
    return pl.when(first.is_null()).then(origin).otherwise(joined)


def _mark(rows: pl.DataFrame, stays_out: pl.Expr, why: str) -> pl.DataFrame:
    marked = pl.when(pl.col(WHY).is_null() & stays_out.fill_null(value=False)).then(pl.lit(why))
    return rows.with_columns(marked.otherwise(pl.col(WHY)).alias(WHY))


def _is_note(rows: pl.DataFrame, shape: ImportMap) -> pl.Expr:
    """Rows without a bank and without a day."""
    date = shape.columns.timestamp or shape.columns.date or ""
    days = [text for text in rows[date].unique().to_list() if text and _has_date(text)]
    banks = [name for name in bank_columns(shape) if name]
    return pl.all_horizontal(pl.col(name).is_null() for name in banks) & ~pl.col(date).is_in(
        days
    ).fill_null(value=False)


def _has_date(text: str) -> bool:
    return is_date(text) or is_date(text.replace("T", " ").split(" ")[0])


def _is_older(rows: pl.DataFrame, shape: ImportMap) -> pl.Expr:
    version = pl.col(shape.versions or "").cast(pl.Int64, strict=False)
    return version < version.max().over(_REFERENCE)


def _is_again(rows: pl.DataFrame, shape: ImportMap) -> pl.Expr:
    """Repetitions of a reference with the same banks and amounts, among the rows that are left."""
    columns = shape.columns
    named = [columns.payer, columns.payee, columns.counterparty, columns.currency]
    amounts = [columns.amount, columns.debit, columns.credit]
    for leg in shape.legs:
        named += [leg.payer, leg.payee, leg.currency]
        amounts.append(leg.amount)
    form = AmountForm(shape.amounts.decimal_mark)
    key = [
        pl.col(_REFERENCE),
        pl.col(WHY),
        *(pl.col(name) for name in dict.fromkeys(named) if name),
        *(plain_amount(name, form) for name in amounts if name),
    ]
    again = rows.select(key).select(~pl.struct(pl.all()).is_first_distinct()).to_series()
    return pl.lit(again)


def _without_reversed(rows: pl.DataFrame, shape: ImportMap) -> pl.DataFrame:
    """Mark negative rows that take back an earlier one, and the last such earlier row."""
    amount = plain_amount(shape.columns.amount or "", AmountForm(shape.amounts.decimal_mark))
    left = rows.filter(pl.col(WHY).is_null()).select(NUMBER, _REFERENCE, amount.alias(_AMOUNT))
    open_rows: dict[tuple[str, str], list[int]] = {}
    reversals, reversed_rows = [], []
    for number, name, text in left.iter_rows():
        size = (text or "").removeprefix("-")
        waiting = open_rows.setdefault((name, size), [])
        if not (text or "").startswith("-"):
            waiting.append(number)
        elif waiting:
            reversals.append(number)
            reversed_rows.append(waiting.pop())
    rows = _mark(rows, pl.col(NUMBER).is_in(reversals), REVERSAL)
    return _mark(rows, pl.col(NUMBER).is_in(reversed_rows), REVERSED)
