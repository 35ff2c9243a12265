"""Obligations from a CSV file: who owes whom how much."""

from pathlib import Path
from typing import Final

from skontro.files.csv_rows import read_csv_file, split_rows
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
    if sorted(file.names) != sorted(COLUMNS):
        found = ", ".join(file.names)[:200]
        raise InputError(f"{path}: the columns are {found}; expected {', '.join(COLUMNS)}")
    table, broken = split_rows(file)
    problems = [(refusal.row, f"{refusal.field}: {refusal.message}") for refusal in broken]
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
        raise InputError("\n  ".join([f"{path}: the obligations cannot be used", *texts]))
    return ObligationMatrix(owed)
