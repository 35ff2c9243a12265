"""Small CSV files of timed rows, read row by row, with each problem named by row and field."""

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from skontro.files.checks import run_checks, spaces_around, with_clean
from skontro.files.csv_rows import CsvFile, read_csv_file, split_rows
from skontro.files.documents import Schema, fit, place_text
from skontro.files.refusals import FIRST_ROW
from skontro.files.timestamps import with_timestamp
from skontro.model import InputError

_Object = TypeVar("_Object")
_Shape = TypeVar("_Shape", bound=Schema)


def read_dated_rows(
    path: Path,
    columns: Sequence[str],
    times: Sequence[str],
    time_zone: str,
    shape: type[_Shape],
    make: Callable[[_Shape], _Object],
    optional: Sequence[str] = (),
) -> list[_Object]:
    """Read a CSV file into objects of the model, one for each row and in the order of the rows.

    Args:
        path: a CSV file with these columns in any order.
        columns: those that must be there; empty fields are left out of the shape.
        times: those with times; the shape gets them as microseconds since 1970.
        time_zone: IANA name; times without an offset are read in it.
        shape: schema of each row.
        make: the object from a shape; may raise `InputError`, which should begin with the field.
        optional: further columns that may exist.

    Raises:
        InputError: the file cannot be used; names every problem with its row and field.
    """
    file = read_csv_file(path)
    _check_names(file, columns, optional)
    table, broken = split_rows(file)
    problems = [(refusal.row, f"{refusal.field}: {refusal.message}") for refusal in broken]
    table = with_clean(table, list(times))
    checks = []
    for field in times:
        table, time_checks = with_timestamp(table, field, time_zone)
        checks += [spaces_around(field), *time_checks]
    _, refused = run_checks(table, checks, path.name)
    problems += [
        (row["row"], f"{row['field']}: {row['value']!r} {row['message']}")
        for row in refused.iter_rows(named=True)
    ]
    bad = {row for row, _ in problems}
    objects = []
    plain = table.with_columns(
        pl.col(f"{field}:timestamp").to_physical().alias(field) for field in times
    )
    for row in plain.select("row", *file.names).iter_rows(named=True):
        if row["row"] in bad:
            continue
        found, messages = _object(row, shape, make)
        problems += [(row["row"], message) for message in messages]
        objects += found
    refuse_rows(path, problems)
    return objects


def refuse_rows(path: Path, problems: Sequence[tuple[int, str]]) -> None:
    """Raise all problems of a file with their rows, if there are any.

    Raises:
        InputError: there are problems.
    """
    if problems:
        texts = [f"row {row}, {message}" for row, message in sorted(problems)]
        raise InputError("\n  ".join([f"{path}: the file cannot be used", *texts]))


def refuse_repeated(path: Path, field: str, what: str, keys: Sequence[Hashable]) -> None:
    """Refuse a file that repeats a key.

    Args:
        path: the file.
        field: the column at fault.
        what: the repeated thing, for the message.
        keys: equal where two rows say the same thing, one for each row.

    Raises:
        InputError: a key is repeated; names every such row and the first.
    """
    first: dict[Hashable, int] = {}
    rows = [(row, first.setdefault(key, row)) for row, key in enumerate(keys, FIRST_ROW)]
    refuse_rows(
        path, [(row, f"{field}: {what} is already in row {at}") for row, at in rows if at < row]
    )


def _check_names(file: CsvFile, columns: Sequence[str], optional: Sequence[str]) -> None:
    names = file.names
    wanted = sorted([*columns, *(name for name in optional if name in names)])
    if sorted(names) != wanted:
        found = ", ".join(names)[:200]
        also = f", and optionally {', '.join(optional)}" if optional else ""
        raise InputError(
            f"{file.path}: the columns are {found}; expected {', '.join(columns)}{also}"
        )


def _object(
    row: dict[str, Any], shape: type[_Shape], make: Callable[[_Shape], _Object]
) -> tuple[list[_Object], list[str]]:
    given = {name: value for name, value in row.items() if name != "row" and value is not None}
    fields, problems = fit(given, shape)
    if fields is None:
        return [], [f"{place_text(problem.place)}: {problem.message}" for problem in problems]
    try:
        return [make(fields)], []
    except InputError as error:
        return [], [str(error)]
