"""Order lookup by UETR, by its first digits, or by the row of its file."""

import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from skontro.files import Results
from skontro.files.conversions import leg_reference
from skontro.files.table_files import unmarked
from skontro.model import InputError

#: Fewer signs of a UETR could be a row's number, or of too many orders.
_FEWEST: Final = 6
_ROW: Final = re.compile(r"[1-9][0-9]{0,8}")
_MAX_LIKE: Final = 3
_REFUSALS: Final = "refusals.csv"
#: So many wrong signs still make a UETR look like another.
_MAX_WRONG: Final = 4


def find_orders(results: Results, text: str) -> tuple[int, ...]:
    """The numbers of the orders that a text names: one, or two that are the legs of a conversion.

    Args:
        results: whose orders they are.
        text: a UETR, at least six of the signs that it begins with, the UETR of a conversion
            order, or the number of a row of the payments file.

    Raises:
        InputError: no order is named so, or several; says which it could be.
    """
    text = text.strip()
    if _ROW.fullmatch(text):
        return (_in_row(results, int(text)),)
    name = text.lower()
    uetrs = results.orders["uetr"]
    orders = results.orders["order"]
    found = orders.filter(uetrs == name).to_list()
    if found:
        return tuple(found)
    legs = [leg_reference(name, number) for number in (1, 2)]
    found = orders.filter(uetrs.is_in(legs)).to_list()
    if found:
        return tuple(found)
    if len(name) >= _FEWEST:
        started = results.orders.filter(uetrs.str.starts_with(name))
        if started.height == 1:
            return (started["order"][0],)
        if started.height:
            raise InputError(
                f"{text!r} begins the UETRs of {started.height:,} orders, such as "
                f"{' and '.join(started['uetr'].head(2).to_list())}: give more of it"
            )
    raise InputError(f"no order has the UETR {text!r}{_suggestion(uetrs, name)}")


def find_refusals(folder: Path, text: str) -> list[dict[str, Any]]:
    """Why a row was refused when it was read, so that it became no order; empty where it was not.

    Args:
        folder: folder of the results, with the refusals that were written when they were settled.
        text: the number of a row.

    Raises:
        InputError: the refusals cannot be read.
    """
    path = folder / _REFUSALS
    if not _ROW.fullmatch(text.strip()) or not path.is_file():
        return []
    try:
        table = unmarked(pl.read_csv(path, infer_schema=False))
        return table.filter(pl.col("row") == text.strip()).to_dicts()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{path}: this is not a file of refusals: {error}") from None


def _in_row(results: Results, row: int) -> int:
    """The number of the order from a row of the payments file."""
    rows = results.orders["row"].drop_nulls().to_list()
    if not rows:
        raise InputError("these orders come from no file with rows: name the order by its UETR")
    found = results.orders.filter(pl.col("row") == row)["order"].to_list()
    if not found:
        raise InputError(
            f"no order came from row {row:,} of the payments file: the orders came from rows "
            f"{min(rows):,} to {max(rows):,}, without those that were refused (refusals.csv)"
        )
    return int(found[0])


def _suggestion(uetrs: pl.Series, name: str) -> str:
    """A question that names the UETRs that look most like the name; empty where none does."""
    like = closest(uetrs, name)
    if like:
        return f": did you mean {' or '.join(like)}?"
    return "; an order is named by its UETR, the first six or more signs of it, or its row"


def closest(uetrs: pl.Series, name: str) -> list[str]:
    """The UETRs that differ least from a name, sign by sign; a few, and only if they are close.

    One character more or less moves all after it, so beginnings and ends are compared.
    """
    if len(name) < 2 * _FEWEST or not len(uetrs):
        return []
    half = len(name) // 2
    ends = uetrs.filter(uetrs.str.starts_with(name[:half]) | uetrs.str.ends_with(name[-half:]))
    found = ends.head(_MAX_LIKE).to_list()
    if not found and len(name) == 36 and name.isascii():
        signs = np.array(uetrs.to_list(), dtype="S36").view(np.uint8).reshape(-1, 36)
        wrong = (signs != np.frombuffer(name.encode(), np.uint8)).sum(axis=1)
        nearest = np.argsort(wrong, kind="stable")[:_MAX_LIKE]
        found = [uetrs[int(index)] for index in nearest if wrong[index] <= _MAX_WRONG]
    return found
