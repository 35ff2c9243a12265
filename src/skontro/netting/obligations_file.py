"""Obligations from a CSV file or a table: debtor, creditor, amount."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from skontro.files.csv_rows import read_csv_file, split_rows
from skontro.files.refusals import FIRST_ROW
from skontro.model import Currency, InputError, parse_amount
from skontro.netting.potential import ObligationMatrix

#: The columns of the file; amounts are decimals in major units.
COLUMNS: Final = ("debtor", "creditor", "amount")
_NAMED_AT_MOST: Final = 20


def read_obligations(path: Path, currency: Currency) -> ObligationMatrix:
    """Read obligations in one currency; rows of the same debtor and creditor are added up.

    Raises:
        InputError: the file cannot be used; names the problems with row and field.
    """
    file = read_csv_file(path)
    _check_columns(str(path), file.names)
    table, broken = split_rows(file)
    problems = [(refusal.row, f"{refusal.field}: {refusal.message}") for refusal in broken]
    return _matrix(str(path), table, currency, problems)


def obligations_of(table: pl.DataFrame, currency: Currency) -> ObligationMatrix:
    """The obligations of a table; rows of the same debtor and creditor are added up.

    Args:
        table: debtor, creditor and amount in major units, as text, decimals or integers.
        currency: currency of the amounts.

    Raises:
        InputError: the table cannot be used; rows count from the first as in a file.
    """
    name = "obligations"
    _check_columns(name, table.columns)
    if table.schema["amount"].is_float():
        raise InputError(
            f"{name}: amounts are {table.schema['amount']}, which is not exact; give text, "
            "decimals or integers"
        )
    text = table.select(pl.col(COLUMNS).cast(pl.String)).with_row_index("row", FIRST_ROW)
    return _matrix(name, text, currency, [])


def _check_columns(place: str, names: Sequence[str]) -> None:
    if sorted(names) != sorted(COLUMNS):
        found = ", ".join(names)[:200]
        raise InputError(f"{place}: the columns are {found}; expected {', '.join(COLUMNS)}")


def _matrix(
    place: str, table: pl.DataFrame, currency: Currency, problems: list[tuple[int, str]]
) -> ObligationMatrix:
    """The obligations of rows of text, unless there are problems, those given or others."""
    owed: dict[tuple[str, str], int] = {}
    for row in table.iter_rows(named=True):
        missing = [name for name in COLUMNS if row[name] is None]
        problems += [(row["row"], f"{name}: is missing") for name in missing]
        if missing:
            continue
        pair = (row["debtor"].strip(), row["creditor"].strip())
        try:
            amount = parse_amount(row["amount"], currency)
        except InputError as error:
            problems.append((row["row"], f"amount: {error}"))
            continue
        if pair[0] == pair[1]:
            problems.append((row["row"], "creditor: is the debtor itself"))
        elif amount <= 0:
            problems.append((row["row"], f"amount: {row['amount']} is not greater than zero"))
        else:
            owed[pair] = owed.get(pair, 0) + amount
    if problems:
        texts = [f"row {row}, {message}" for row, message in sorted(problems)]
        more = len(texts) - _NAMED_AT_MOST
        texts = [*texts[:_NAMED_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
        raise InputError("\n  ".join([f"{place}: the obligations cannot be used", *texts]))
    return ObligationMatrix(owed)
