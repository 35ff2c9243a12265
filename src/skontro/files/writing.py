"""Files written completely or not at all, with the same bytes for the same content."""

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import polars as pl

from skontro.files.formula_cells import marked
from skontro.model import InputError

#: Fixed, so that the bytes depend neither on the number of threads nor on how a table was built.
ROW_GROUP_SIZE: Final = 1 << 18

#: Name of an incomplete file or folder; it stays if the process is killed.
PARTIAL_PREFIX: Final = ".skontro-"
PARTIAL_SUFFIX: Final = ".partial"

#: Errors of writing to disk.
WRITE_ERRORS: Final = (
    OSError,
    UnicodeEncodeError,  # a surrogate in a text
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)

#: Errors of the path itself; a null character in it is a `ValueError`.
PATH_ERRORS: Final = (OSError, ValueError)

_ADVICE: Final = {
    errno.ENOSPC: "free some space, or write to another disk",
    errno.EDQUOT: "free some space, or write to another disk",
    errno.EFBIG: "raise the limit (ulimit -f), or write to another disk",
    errno.EACCES: "write to another folder, or ask for the right to write to this one",
    errno.EPERM: "write to another folder, or ask for the right to write to this one",
    errno.EROFS: "write to another disk",
    errno.ENOENT: "make the folder first, or correct its name",
    errno.ENOTDIR: "a part of the path is a file; correct the name",
    errno.EISDIR: "name a file",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit (ulimit -n)",
}


def write_error(path: Path | str, error: BaseException, what: str = "file") -> InputError:
    """The message of a failed write: path, reason and advice.

    Args:
        path: as the user named it.
        error: one of `WRITE_ERRORS` or `PATH_ERRORS`.
        what: `file` or `folder`.
    """
    return InputError(f"{path}: the {what} cannot be written: {write_reason(error)}")


def write_reason(error: BaseException) -> str:
    """The reason of a failed write, and advice."""
    number = error.errno if isinstance(error, OSError) else None
    reason = " ".join(str(error).split()) if number is None else os.strerror(number)
    advice = _ADVICE.get(number or 0)
    return f"{reason}; {advice}" if advice else reason


def partial_name() -> str:
    """A unique name for an incomplete file or folder."""
    return f"{PARTIAL_PREFIX}{secrets.token_hex(6)}{PARTIAL_SUFFIX}"


def sync_folder(folder: Path) -> None:
    """Write a folder's names to disk; only then is a rename durable.

    Raises:
        OSError: the disk does not take them.
    """
    if os.name != "posix":
        return  # there a folder cannot be opened, and its names are written through
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # some network disks cannot
            raise
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is complete and on disk.

    A reader sees the old file or the new one, never a part. If writing fails, the old one stays.
    Where the path is a link, the file that it leads to is replaced. A file that is replaced keeps
    its permissions.

    Args:
        path: path of the file.
        mode: permissions of a new file, before the umask.

    Raises:
        InputError: the file cannot be written there.
    """
    try:
        target = Path(os.path.realpath(path))
        partial = target.with_name(partial_name())
    except PATH_ERRORS as error:
        raise write_error(path, error) from None
    try:
        with _on_the_disk(partial, mode) as file:
            yield file
        refuse_special(path, target)
        with contextlib.suppress(FileNotFoundError):
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
        sync_folder(target.parent)
    except WRITE_ERRORS as error:
        raise write_error(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


_BINARY: Final = getattr(os, "O_BINARY", 0)


@contextmanager
def _on_the_disk(path: Path, mode: int) -> Iterator[BinaryIO]:
    """A new file whose content is on the disk when the block ends."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def refuse_special(path: Path, target: Path) -> None:
    """Check that only an ordinary file is replaced: no folder, device or pipe.

    Args:
        path: as the user named it.
        target: the same without links.

    Raises:
        InputError: something else is there.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    except PATH_ERRORS as error:
        raise write_error(path, error) from None
    if stat.S_ISDIR(mode):
        raise InputError(f"{path}: this is a folder; name a file")
    if not stat.S_ISREG(mode):
        raise InputError(f"{path}: this is a device or a pipe; name a file")


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 with the line ends that it has.

    Raises:
        InputError: the file cannot be written there.
    """
    with replacing(path) as file:
        file.write(text.encode())


def write_secret(path: Path, secret: bytes) -> None:
    """Write a new file that only its owner can read; an existing file is never replaced.

    Raises:
        InputError: the file is there already, or cannot be written.
    """
    partial = path.with_name(partial_name())
    try:
        with _on_the_disk(partial, 0o600) as file:
            file.write(secret)
        _take_new_name(partial, path)
        sync_folder(path.parent)
    except FileExistsError:
        raise InputError(f"{path}: the file already exists; name another") from None
    except WRITE_ERRORS as error:
        raise write_error(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _take_new_name(partial: Path, path: Path) -> None:
    """Give a complete file its name, unless another has it."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        partial.rename(path)


class _ErrorKeepingFile(io.RawIOBase):
    """A file that keeps errors of the operating system, which Polars does not always pass on."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:  # noqa: ANN401  bytes, or a view of them
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise


@contextmanager
def _table_file(path: Path) -> Iterator[BinaryIO]:
    """A file for Polars to write to; see `replacing`."""
    with replacing(path) as file:
        noting = _ErrorKeepingFile(file)
        try:
            yield cast(BinaryIO, noting)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            if noting.error is None:
                raise
            raise noting.error from None


def write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Write a table as Parquet.

    Raises:
        InputError: the file cannot be written there.
    """
    with _table_file(path) as file:
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
    with _table_file(path) as file:
        marked(table).write_csv(file, line_terminator="\n", quote_style="necessary")


def write_rows(
    path: Path, content: str, rows: pl.DataFrame, as_csv: Callable[[pl.DataFrame], pl.DataFrame]
) -> None:
    """Write rows as Parquet or CSV, by the ending of the name.

    Args:
        path: the name ends in `.csv` or `.parquet`.
        content: noun for the rows, in the plural.
        rows: as in Parquet.
        as_csv: the same rows as in CSV.

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
    """Create the folder if needed, and delete the main file that marks it as complete.

    The main file is written last, so that a folder left half written is not taken for a whole one.
    Commands write into a folder of `skontro.files.output`, which appears only when it is whole.

    Raises:
        InputError: the folder cannot be made or changed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / main_file).unlink(missing_ok=True)
    except FileExistsError:
        raise InputError(f"{folder}: this is a file; name a folder") from None
    except PATH_ERRORS as error:
        raise write_error(folder, error, "folder") from None
