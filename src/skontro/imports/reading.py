"""Foreign files: their form is recognised, and payments are told from tables that explain them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import attrs
import polars as pl

from skontro.files.reading import is_folder, read_bytes
from skontro.imports import vocabulary as words
from skontro.imports.client_bank import is_client_bank, read_client_bank
from skontro.imports.column_map import CodesMap, ImportMap, LiquidityMap, SourceMap
from skontro.imports.fin_messages import is_fin, read_fin
from skontro.imports.parquet_folders import ENDINGS as PARQUET
from skontro.imports.parquet_folders import parquet_files, read_parquet_table
from skontro.imports.profiles import Profile, profiles
from skontro.imports.source_table import SourceTable
from skontro.imports.text_tables import read_text_table
from skontro.imports.workbooks import ENDINGS as WORKBOOKS
from skontro.imports.workbooks import read_workbook
from skontro.model import InputError

#: Endings of files in a folder that hold lists as text.
_TEXT: Final = (".csv", ".txt", ".tsv", ".fin", ".prt", ".dat", ".rje")
_MOST: Final = 0.6

Use = Literal["payments", "codes", "opening_balances", "credit_lines"]


@attrs.frozen(eq=False)
class Sources:
    """The tables of foreign files by their use.

    Attributes:
        payments: one table; files of one form are joined.
        codes: BICs of bank codes, with the columns; or None.
        liquidity: opening balances and credit lines, by key of the map.
        unused: names of tables without a use.
        files: all files read.
        profiles: the look of the columns of `payments`, where it was needed to find their use.
    """

    payments: SourceTable
    codes: tuple[CodesMap, SourceTable] | None
    liquidity: dict[str, tuple[LiquidityMap, SourceTable]]
    unused: tuple[str, ...]
    files: tuple[Path, ...]
    profiles: dict[str, Profile] | None = None


def read_sources(paths: Sequence[Path], shape: ImportMap | None = None) -> Sources:
    """Read files, or all in a folder, and find out what each is.

    Args:
        paths: files or folders.
        shape: the map, where there is one; it then decides.

    Raises:
        InputError: a file cannot be read, or none holds payments.
    """
    files = [file for path in paths for file in _files_of(path)]
    source = shape.source if shape is not None else SourceMap()
    tables = [table for file in files for table in _read(file, source)]
    if not tables:
        raise InputError(f"{', '.join(map(str, paths))}: no file that can be imported was found")
    seen: dict[str, dict[str, Profile]] = {}
    uses = {table.name: _use_of(table, shape, seen) for table in tables}
    payments = [table for table in tables if uses[table.name] is None]
    if source.sheet:
        payments = [table for table in payments if table.found.get("sheet") == source.sheet]
    if not payments:
        raise InputError(
            f"{', '.join(map(str, paths))}: no table with payments was found; "
            f"there are {', '.join(uses)}"
        )
    largest = max(payments, key=lambda table: table.rows.height)
    alike = [one for one in payments if _are_alike(one, largest)]
    used: dict[str, tuple[CodesMap | LiquidityMap, SourceTable]] = {}
    for table in tables:
        use = uses[table.name]
        if use is not None:
            used.setdefault(use[0], (use[1], table))
    codes = used.pop("codes", None)
    return Sources(
        _joined(alike),
        codes,  # type: ignore[arg-type]
        used,  # type: ignore[arg-type]
        tuple(one.name for one in payments if one not in alike),
        tuple(files),
        seen.get(largest.name) if len(alike) == 1 else None,
    )


def _files_of(path: Path) -> list[Path]:
    if not is_folder(path):
        return [path]
    if parquet_files(path):
        return [path]
    endings = (*_TEXT, *WORKBOOKS)
    found = [
        one
        for one in sorted(path.iterdir())
        if one.suffix.lower() in endings and not one.name.startswith((".", "~"))
    ]
    if not found:
        raise InputError(f"{path}: no file in this folder ends in {', '.join(endings)} or .parquet")
    return found


def _read(path: Path, source: SourceMap) -> list[SourceTable]:
    if is_folder(path) or path.suffix.lower() in PARQUET:
        return [read_parquet_table(path, path.name)]
    if path.suffix.lower() in WORKBOOKS:
        return read_workbook(path)
    start = read_bytes(path)[:200]
    if is_fin(start):
        return [read_fin(path, source.encoding)]
    if is_client_bank(start):
        return [read_client_bank(path, source.encoding)]
    return [read_text_table(path, source.encoding, source.separator)]


def _are_alike(one: SourceTable, other: SourceTable) -> bool:
    if one.kind != other.kind:
        return False
    return one.kind in ("fin", "client_bank") or one.columns == other.columns


def _joined(tables: Sequence[SourceTable]) -> SourceTable:
    first = tables[0]
    if len(tables) == 1:
        return first
    return SourceTable(
        ", ".join(table.name for table in tables),
        first.kind,
        pl.concat([table.rows for table in tables], how="diagonal"),
        first.found,
        sum(table.passed_over for table in tables),
    )


def _use_of(
    table: SourceTable, shape: ImportMap | None, seen: dict[str, dict[str, Profile]]
) -> tuple[Use, CodesMap | LiquidityMap] | None:
    """The use of a table that explains payments; None for payments.

    Args:
        table: any.
        shape: the map, where there is one; it then decides.
        seen: gets the look of the table's columns, where it decides.
    """
    if table.kind not in ("text", "workbook"):
        return None
    if shape is not None:
        parts: dict[Use, CodesMap | LiquidityMap | None] = {
            "codes": shape.codes,
            "opening_balances": shape.opening_balances,
            "credit_lines": shape.credit_lines,
        }
        named = [(use, part) for use, part in parts.items() if part and part.file == table.name]
        return named[0] if named else None
    found = seen[table.name] = profiles(table)
    codes = _codes_of(table, found)
    if codes is not None:
        return "codes", codes
    return _liquidity_of(table, found)


def _codes_of(table: SourceTable, found: dict[str, Profile]) -> CodesMap | None:
    """The columns of a table that gives codes a BIC: each BIC once, and neither time nor amount."""
    bics = [one for one in found.values() if one.bics >= _MOST and one.distinct == one.filled]
    if not bics or any(_is_payment_like(one) for one in found.values()):
        return None
    others = [one for one in found.values() if one.name != bics[-1].name]
    once = [one for one in others if one.distinct == one.filled == table.rows.height]
    codes = [one for one in once if not words.rank(one.name, words.NAME)] or once
    if not codes:
        return None
    name = next((one.name for one in once if one is not codes[0]), None)
    return CodesMap(file=table.name, code=codes[0].name, bic=bics[-1].name, name=name)


def _is_payment_like(one: Profile) -> bool:
    amounts = (*words.AMOUNT, *words.DEBIT, *words.CREDIT)
    return (one.times >= _MOST and bool(words.rank(one.name, words.TIME))) or bool(
        one.amounts >= _MOST and words.rank(one.name, amounts)
    )


def _liquidity_of(table: SourceTable, found: dict[str, Profile]) -> tuple[Use, LiquidityMap] | None:
    """The columns of a table with one amount for each participant."""
    for use, known in (("opening_balances", words.BALANCE), ("credit_lines", words.LIMIT)):
        amount = [
            one for one in found.values() if one.amounts >= _MOST and words.rank(one.name, known)
        ]
        bank = [
            one
            for one in found.values()
            if words.rank(one.name, words.BANK) and one.distinct == one.filled
        ]
        currency = [one.name for one in found.values() if one.currencies >= _MOST]
        if amount and bank:
            return use, LiquidityMap(  # type: ignore[return-value]
                file=table.name,
                participant=bank[0].name,
                amount=amount[0].name,
                currency=next(iter(currency), None),
            )
    return None
