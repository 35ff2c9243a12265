"""Files of lists: bounded, unpacked where they are gzip, and hashed as they lie."""

import hashlib
import zlib
from pathlib import Path
from typing import Final

import attrs

from skontro.files.reading import read_bytes
from skontro.model import InputError

#: Most bytes of a list, packed or not: five times the largest that is published.
MAX_LIST_BYTES: Final = 1 << 30
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31


@attrs.frozen
class ListFile:
    """The content of a file.

    Attributes:
        path: for messages.
        content: unpacked.
        sha256: of the file on disk, so that `sha256sum` shows the same.
    """

    path: Path
    content: bytes = attrs.field(repr=False)
    sha256: str

    def line_at(self, offset: int) -> int:
        """The line of a byte, from 1."""
        return self.content.count(b"\n", 0, offset) + 1

    def text(self, *, or_windows: bool = False) -> str:
        """The content as UTF-8 text.

        Args:
            or_windows: accept Windows-1252, too.

        Raises:
            InputError: it is not, or has a NUL; the message names the line.
        """
        if b"\0" in self.content:
            line = self.line_at(self.content.index(b"\0"))
            raise InputError(f"{self.path}: line {line} has a NUL: not the text of a list")
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if or_windows:
                return self.content.decode("cp1252", errors="replace")
            line = self.line_at(error.start)
            raise InputError(f"{self.path}: line {line} is not UTF-8; get the list again") from None


def read_list_file(path: Path, most: int = MAX_LIST_BYTES) -> ListFile:
    """Read a list from a file, which may be gzip.

    Args:
        path: of the file.
        most: bytes, packed and unpacked.

    Raises:
        InputError: it cannot be read, is empty, too large, or not whole.
    """
    raw = read_bytes(path)
    if len(raw) > most:
        raise InputError(f"{path}: has {len(raw):,} bytes; a list has at most {most:,}")
    content = _unpacked(path, raw, most) if raw.startswith(_GZIP) else raw
    if not content.strip():
        raise InputError(f"{path}: the list is empty; get it again")
    return ListFile(path, content, hashlib.sha256(raw).hexdigest())


def _unpacked(path: Path, raw: bytes, most: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    try:
        content = unpacking.decompress(raw, most + 1)
    except zlib.error as error:
        raise InputError(f"{path}: the gzip file is damaged: {error}") from None
    if len(content) > most:
        raise InputError(f"{path}: unpacks to more; a list has at most {most:,}")
    if not unpacking.eof or unpacking.unused_data:
        raise InputError(f"{path}: the gzip file is truncated or has several parts; get it again")
    return content
