"""Bytes and text from files; every failure is an `InputError`."""

import os
from pathlib import Path

from skontro.model import InputError


def exists(path: Path) -> bool:
    """Whether a visible file or folder exists; the name may be any text.

    Methods of `Path` raise for a name that is too long, or in a folder that may not be entered.
    """
    return os.path.exists(path)


def is_folder(path: Path) -> bool:
    """Whether a folder exists; as `exists`."""
    return os.path.isdir(path)


def is_file(path: Path) -> bool:
    """Whether a file exists; as `exists`."""
    return os.path.isfile(path)


def read_bytes(path: Path) -> bytes:
    """The content of a file that must not be empty.

    Raises:
        InputError: there is no such file, it cannot be read, or it is empty.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file; check the name and the folder") from None
    except IsADirectoryError:
        raise InputError(f"{path}: this is a folder; name the file in it") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the file cannot be read: {error}") from None
    if not content:
        raise InputError(f"{path}: the file is empty; write it again")
    return content


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without the byte order mark that some programs put first.

    Raises:
        InputError: as `read_bytes`, and where the file is not UTF-8.
    """
    content = read_bytes(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8") from None
