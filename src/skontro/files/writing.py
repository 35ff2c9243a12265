"""Files written completely or not at all, with the same bytes for the same content."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from skontro.model import InputError

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


def check_output_file(
    path: Path,
    *,
    inputs: Sequence[Path] = (),
    overwrite: bool = False,
    is_own: Callable[[bytes], bool] = lambda _: False,
) -> None:
    """Check before the work that a file can be written, and that it replaces only earlier outputs.

    Args:
        path: path of the file.
        inputs: files that are read; the output must not be one of them.
        overwrite: replace any file that is there.
        is_own: whether a file that begins with these bytes is an earlier output.

    Raises:
        InputError: it cannot, another file exists, or it is an input.
    """
    try:
        target = Path(os.path.realpath(path))
        if not target.parent.is_dir():
            raise InputError(
                f"{path}: there is no folder {path.parent}; make it first, or correct the name"
            )
        if any(target == Path(os.path.realpath(one)) for one in inputs):
            raise InputError(f"{path}: the output is an input; name another file")
        refuse_special(path, target)
        if target.exists() and not overwrite:
            with target.open("rb") as file:
                head = file.read(4096)
            if head and not is_own(head):
                raise InputError(
                    f"{path}: another file already exists; name another one, or give "
                    "--overwrite to replace it"
                )
        trial = target.with_name(partial_name())
        try:
            trial.touch(exist_ok=False)
        finally:
            with contextlib.suppress(OSError):
                trial.unlink(missing_ok=True)
    except (*PATH_ERRORS, *WRITE_ERRORS) as error:
        raise write_error(path, error) from None
