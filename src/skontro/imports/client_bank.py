"""Documents in the exchange format between banks and the accounting program 1C.

Source. Standard of exchange with client-bank systems, version 1.03 (1CClientBankExchange): lines
of key and value, in sections. A document begins with `СекцияДокумент` and ends with
`КонецДокумента`.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from skontro.imports.source_table import FILE, LINE, SourceTable
from skontro.imports.text_tables import decode
from skontro.model import InputError

FIRST_LINE: Final = "1CClientBankExchange"
_BEGIN: Final = "СекцияДокумент"
_END: Final = "КонецДокумента"
#: The kind of a document, in the line that begins it.
KIND: Final = "ВидДокумента"
#: Texts of a document, which may continue over several lines.
_TEXTS: Final = "НазначениеПлатежа"


def is_client_bank(start: bytes) -> bool:
    """Whether a file begins as this format does."""
    return start.lstrip(b"\xef\xbb\xbf\r\n ").startswith(FIRST_LINE.encode())


def read_client_bank(path: Path, encoding: str = "") -> SourceTable:
    """The documents of a file, one row each.

    Args:
        path: the file.
        encoding: Python's name; empty to find it.

    Raises:
        InputError: the file cannot be read, or has no document.
    """
    text, encoding = decode(path, encoding)
    documents = list(_documents(text.splitlines()))
    if not documents:
        raise InputError(f"{path}: there is no document ({_BEGIN}) in this file")
    columns = list(dict.fromkeys(key for _, one in documents for key in one))
    cells = {key: [one.get(key) or None for _, one in documents] for key in columns}
    rows = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.lit(path.name).alias(FILE), pl.Series(LINE, [n for n, _ in documents], dtype=pl.Int64)
    )
    return SourceTable(path.name, "client_bank", rows, {"encoding": encoding})


def _documents(lines: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The first line and the values of each document."""
    document: dict[str, str] | None = None
    begun, last = 0, ""
    for number, line in enumerate(lines, 1):
        key, equals, value = line.partition("=")
        key = key.strip()
        if key == _BEGIN and equals:
            document, begun, last = {KIND: value.strip()}, number, ""
        elif key == _END and document is not None:
            yield begun, document
            document = None
        elif document is not None:
            if last.startswith(_TEXTS) and not _is_key(key, equals):
                document[last] = f"{document[last]} {line.strip()}".strip()
            else:
                last = key
                document[key] = value.strip()


def _is_key(key: str, equals: str) -> bool:
    """Whether a line begins a field, and does not continue the text before."""
    return bool(equals) and key.isalnum() and key[:1].isupper() and key.startswith(_KEYS)


#: Beginnings of the names of all fields of the standard that may follow a text.
_KEYS: Final = (
    *("НазначениеПлатежа", "Плательщик", "Получатель", "Вид", "Очередность", "Код", "Показатель"),
    *("Статус", "Срок", "Условие", "ОплатаПоТребованию", "Дополнительн", "Номер", "Дата", "Сумма"),
    *("Квитанция", "ИдентификаторПлатежа", "УИН", "НомерСчетаПоставщика"),
)
