"""Files written whole or not at all, with the same bytes for the same content."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from skontro.files.formula_cells import marked
from skontro.model import InputError

#: Fixed, so that the bytes depend neither on the number of threads nor on how a table was built.
ROW_GROUP_SIZE: Final = 1 << 18


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes its name only when it is complete and on the disk.

    A reader sees the old file or the new one, never a part. If writing fails, the old one stays.

    Raises:
        InputError: the file cannot be written there.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(f"{path}: the file cannot be written: {error}") from None
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with the line ends that it has.

    Raises:
        InputError: the file cannot be written there.
    """
    with replacing(path) as file:
        file.write(text.encode())


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet.

    Raises:
        InputError: the file cannot be written there.
    """
    with replacing(path) as file:
        table.write_parquet(
            file, compression="zstd", compression_level=3, row_group_size=ROW_GROUP_SIZE
        )


def write_csv(path: Path, table: pl.DataFrame) -> None:
    """Write a table as CSV: commas, line feeds, quotes only where a field needs them.

    Every CSV file that Skontro writes is written here, so in each of them text that a spreadsheet
    would compute is marked (`formula_cells`).

    Raises:
        InputError: the file cannot be written there.
    """
    with replacing(path) as file:
        marked(table).write_csv(file, line_terminator="\n", quote_style="necessary")


def write_rows(
    path: Path, content: str, rows: pl.DataFrame, as_csv: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    """Write rows as Parquet or CSV, whichever the name ends in.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        content: what the rows are, in the plural.
        rows: as they stand in Parquet.
        as_csv: the same rows as they stand in CSV.

    Raises:
        InputError: the name ends in something else, or the file cannot be written.
    """
    if path.suffix.lower() == ".parquet":
        write_parquet(path, rows)
    elif path.suffix.lower() == ".csv":
        write_csv(path, as_csv(rows))
    else:
        raise InputError(f"{path}: {content} are written to files that end in .csv or .parquet")


def prepare_folder(folder: Path, main_file: str) -> None:
    """Make the folder where needed, and take away the main file that makes it complete.

    The main file is written last, so that a folder left half written is not taken for a whole one.

    Raises:
        InputError: the folder cannot be made or changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / main_file).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be written: {error}") from None
