"""The SDN list of OFAC (US Treasury) in its legacy layout: `SDN.CSV` and the aliases in `ALT.CSV`.

Layout: `dat_spec.txt` of OFAC. Columns are known by position, ``-0-`` is an absent value, and a
Ctrl-Z ends the file. The files have no date; who provides them states it.
"""

import csv
import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from skontro.model import InputError
from skontro.screening.lists.entries import (
    EntryKind,
    ListedEntry,
    ListedName,
    SanctionsList,
    country_codes,
    divided_names,
    make_list,
    merged_names,
    plain_identifier,
)
from skontro.screening.lists.list_files import ListFile

SDN_COLUMNS: Final = 12
ALT_COLUMNS: Final = 5
_NAME, _TYPE, _PROGRAM, _REMARKS = 1, 2, 3, 11
_ALT_NAME: Final = 3
_ABSENT: Final = "-0-"
_END: Final = "\x1a"
_KINDS: Final = {
    "individual": EntryKind.PERSON,
    "vessel": EntryKind.VESSEL,
    "aircraft": EntryKind.AIRCRAFT,
    _ABSENT: EntryKind.ORGANISATION,
}
_MONTHS: Final = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Apr": 4,
    "May": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Nov": 11,
    "Dec": 12,
}
_BORN: Final = re.compile(
    r"DOB (?:circa )?(?:(?:(\d{1,2}) )?([A-Z][a-z]{2}) )?(\d{4})"
    r"(?: to (?:\d{1,2} )?(?:[A-Z][a-z]{2} )?(\d{4}))?"
)
_WEAK: Final = re.compile(r"[afn]\.k\.a\. '(.+?)'(?=[;.)]|$)")
_COUNTRIES: Final = re.compile(r"(?:nationality|citizen|Flag) ([A-Z][\w ,.']+?)(?:;|\.?$|\))")
_NUMBERS: Final = re.compile(
    r"(?:SWIFT/BIC|Passport|National ID No\.|Registration (?:ID|Number)|Tax ID No\.|"
    r"Company Number|Identification Number|IMO|D-U-N-S Number|LEI)[ #]*([0-9A-Z][0-9A-Z./ -]*)"
)


def read_ofac_csv(
    file: ListFile,
    aliases: ListFile | None,
    published: datetime.date | None,
    name: str = "OFAC SDN",
) -> SanctionsList:
    """The list in a file of entries and one of aliases.

    Aliases of an entry that is not there become an entry of their own: a name is never dropped.

    Args:
        file: `SDN.CSV`.
        aliases: `ALT.CSV`, if there is one.
        published: the day of the files.
        name: of the list in evidence.

    Raises:
        InputError: a file is truncated or of another layout; with file and line.
    """
    rows = list(_rows(file, SDN_COLUMNS))
    more: dict[str, list[ListedName]] = {}
    if aliases is not None:
        for line, row in _rows(aliases, ALT_COLUMNS):
            names = divided_names(_value(row[_ALT_NAME]))
            if not names:
                raise InputError(f"{aliases.path}: line {line}: the alias has no name")
            more.setdefault(row[0], []).extend(names)
    entries = [_entry(file, line, row, more.pop(row[0], [])) for line, row in rows]
    entries += [
        ListedEntry(entry_id, EntryKind.OTHER, merged_names(left))
        for entry_id, left in more.items()
    ]
    digests = [one.sha256 for one in (file, aliases) if one is not None]
    both = (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
    return make_list(name, published, both, entries, file.path)


def is_alias_file(file: ListFile) -> bool:
    """Whether the first row has as many columns as rows of `ALT.CSV`."""
    first = next(iter(csv.reader(file.text(or_windows=True).splitlines()[:1])), [])
    return len(first) == ALT_COLUMNS


def _rows(file: ListFile, columns: int) -> Iterator[tuple[int, list[str]]]:
    lines = file.text(or_windows=True).splitlines()
    reader = csv.reader(lines, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            line = reader.line_num
            raise InputError(f"{file.path}: line {line} is not CSV: {error}") from None
        if row is None or (row and row[0].startswith(_END)):
            return
        if not any(map(str.strip, row)):
            continue
        if len(row) != columns:
            raise InputError(
                f"{file.path}: line {reader.line_num} has {len(row)} columns; "
                f"{columns} are expected: the list is truncated or of another layout"
            )
        if reader.line_num == 1 and not row[0].strip().isdigit():
            continue  # a header, which the list itself has not
        if not row[0].strip().isdigit():
            raise InputError(
                f"{file.path}: line {reader.line_num}: {row[0]!r} is no number of an entry"
            )
        yield reader.line_num, [row[0].strip(), *row[1:]]


def _entry(file: ListFile, line: int, row: list[str], aliases: Iterable[ListedName]) -> ListedEntry:
    name, kind, remarks = (_value(row[column]) for column in (_NAME, _TYPE, _REMARKS))
    names = divided_names(name)
    if not names:
        raise InputError(f"{file.path}: line {line}: the entry has no name; get the list again")
    known = _KINDS.get((kind or _ABSENT).lower())
    if known is None:
        raise InputError(f"{file.path}: line {line}: type {kind!r} is not known")
    weak = [one for text in _WEAK.findall(remarks) for one in divided_names(text, weak=True)]
    numbers = map(plain_identifier, _NUMBERS.findall(remarks))
    return ListedEntry(
        row[0],
        known,
        merged_names([*names, *aliases, *weak]),
        tuple(sorted(set(_birth_dates(remarks)))),
        country_codes([*_COUNTRIES.findall(remarks), _value(row[_PROGRAM]).title()]),
        tuple(sorted({*filter(None, numbers)})),
    )


def _value(cell: str) -> str:
    text = cell.strip()
    return "" if text == _ABSENT else text


def _birth_dates(remarks: str) -> Iterator[str]:
    for day, month, year, last_year in _BORN.findall(remarks):
        if last_year:
            yield f"{year}/{last_year}"
        elif day and month in _MONTHS:
            yield f"{year}-{_MONTHS[month]:02}-{int(day):02}"
        elif month in _MONTHS:
            yield f"{year}-{_MONTHS[month]:02}"
        else:
            yield year
