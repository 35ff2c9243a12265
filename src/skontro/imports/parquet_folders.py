"""Parquet files, also many in folders whose names hold a column, as data lakes write them."""

from pathlib import Path
from typing import Final

import polars as pl

from skontro.imports.source_table import FILE, LINE, SourceTable
from skontro.model import InputError

ENDINGS: Final = (".parquet", ".pq")


def parquet_files(folder: Path) -> list[Path]:
    """The data files below a folder, by name; notes of the writing program are left out."""
    return sorted(
        one
        for one in folder.rglob("*")
        if one.suffix.lower() in ENDINGS and not one.name.startswith((".", "_"))
    )


def read_parquet_table(path: Path, name: str) -> SourceTable:
    """One Parquet file, or all below a folder, as one table of text.

    Lists and nested columns are left out. A folder `currency=KGS` is a column.

    Raises:
        InputError: a file cannot be read, or the folder has none.
    """
    files = parquet_files(path) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: there is no Parquet file")
    tables = [_read(file, path) for file in files]
    rows = pl.concat(tables, how="diagonal")
    order = [column for column in rows.columns if column not in (FILE, LINE)]
    return SourceTable(name, "parquet", rows.select(*order, FILE, LINE))


def _read(file: Path, root: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(file, glob=False, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{file}: this is not a Parquet file that can be read: {error}") from None
    texts = [_text(table[name]) for name, kind in table.schema.items() if not kind.is_nested()]
    below = file.relative_to(root) if file != root else Path(file.name)
    partitions = [part.split("=", 1) for part in below.parts[:-1] if "=" in part]
    return pl.DataFrame(texts).with_columns(
        *(pl.lit(value).alias(column) for column, value in partitions),
        pl.lit(str(below)).alias(FILE),
        pl.int_range(1, table.height + 1, dtype=pl.Int64, eager=True).alias(LINE),
    )


def _text(column: pl.Series) -> pl.Series:
    if isinstance(column.dtype, pl.Datetime):
        # A moment keeps its offset; a time without a zone stays one.
        form = "%Y-%m-%dT%H:%M:%S%.f" + ("%:z" if column.dtype.time_zone else "")
        return column.dt.cast_time_unit("us").dt.strftime(form)
    if column.dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    return column.cast(pl.String)
