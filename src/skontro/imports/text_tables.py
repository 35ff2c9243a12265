"""Lists as text, in any encoding and with any separator."""

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from skontro.files.reading import read_bytes
from skontro.imports.headings import body, find_heading
from skontro.imports.source_table import SourceTable, table_of
from skontro.model import InputError

_SEPARATORS: Final = (";", "\t", ",", "|")
#: Lines from which the separator is found.
_LOOKED_AT: Final = 500
#: Most lines of one row.
_MOST_LINES: Final = 40
#: Bytes from which an encoding is found; a sample from all of the file.
_SAMPLE: Final = 1 << 16
#: Encodings in use for lists, the most frequent first.
_ENCODINGS: Final = [
    *("cp1251", "cp1252", "cp1250", "cp1254", "cp1256", "cp1257", "cp1258", "cp874"),
    *("cp866", "koi8_r", "koi8_u", "gb18030", "big5", "shift_jis", "euc_kr", "iso8859_15"),
]


def decode(path: Path, encoding: str = "") -> tuple[str, str]:
    """The text of a file and its encoding.

    Args:
        path: the file.
        encoding: Python's name of the encoding; empty to find it.

    Raises:
        InputError: the file cannot be read, or not in that encoding.
    """
    content = read_bytes(path)
    name = encoding or _encoding_of(content)
    try:
        return content.decode(name), name
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            f"{path}: this is not text in the encoding {name}: {error}; "
            "name another in the map, under source: encoding"
        ) from None


def _encoding_of(content: bytes) -> str:
    marks = {
        codecs.BOM_UTF8: "utf-8-sig",
        codecs.BOM_UTF16_LE: "utf-16",
        codecs.BOM_UTF16_BE: "utf-16",
    }
    for mark, name in marks.items():
        if content.startswith(mark):
            return name
    try:
        content.decode()
    except UnicodeDecodeError:
        # Takes long to load, and few files need it.
        from charset_normalizer import from_bytes  # noqa: PLC0415

        best = from_bytes(_sample(content), cp_isolation=_ENCODINGS).best()
        return "cp1252" if best is None else best.encoding
    return "utf-8"


def _sample(content: bytes) -> bytes:
    """Lines of the file with letters beyond ASCII: those decide about the encoding."""
    lines = [line for line in content.split(b"\n") if not line.isascii()]
    return b"\n".join(lines)[:_SAMPLE]


def read_text_table(path: Path, encoding: str = "", separator: str = "") -> SourceTable:
    """A list as text.

    Args:
        path: the file.
        encoding: Python's name; empty to find it.
        separator: between cells; empty to find it.

    Raises:
        InputError: the file cannot be read as text, or holds no list.
    """
    text, encoding = decode(path, encoding)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [f"{line}\n" for line in plain.split("\n")]
    try:
        separator = separator or _separator_of(lines[:_LOOKED_AT])
        rows = _split(lines, separator)
    except csv.Error as error:
        raise InputError(f"{path}: this is not a list that can be split: {error}") from None
    rows = _without_last_empty(rows)
    heading = find_heading([cells for _, cells in rows])
    data, passed_over = body(rows, heading)
    if not data:
        raise InputError(f"{path}: no list was found: there are no lines below the column names")
    found = {"encoding": encoding, "separator": _NAMES.get(separator, separator)}
    if heading.first >= 0:
        found["names in line"] = str(rows[heading.first][0])
    return SourceTable(
        path.name, "text", table_of(heading.names, data, path.name), found, passed_over
    )


_NAMES: Final = {"\t": "tab"}


def _split(lines: Sequence[str], separator: str) -> list[tuple[int, list[str]]]:
    """The first line and the cells of each row; quotes may hold line breaks."""
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(lines, delimiter=separator)
    before = 0
    for cells in reader:
        if reader.line_num - before > _MOST_LINES:
            # A quote that nothing closes: it must not swallow what follows.
            return [
                (number, cells)
                for number, line in enumerate(lines, 1)
                for cells in csv.reader([line], delimiter=separator)
            ]
        rows.append((before + 1, cells))
        before = reader.line_num
    return rows


def _separator_of(lines: Sequence[str]) -> str:
    """The separator that splits most lines into one same number of cells."""

    def lines_alike(separator: str) -> tuple[int, int]:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=separator))
        del widths[0], widths[1]
        if not widths:
            return 0, 0
        width, often = max(widths.items(), key=lambda item: (item[1], item[0]))
        return often, width

    return max(_SEPARATORS, key=lines_alike)


def _without_last_empty(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without the empty cell that a separator at the end of each line makes."""
    if rows and all(cells[-1] == "" for _, cells in rows if cells):
        return [(line, cells[:-1]) for line, cells in rows]
    return rows
