"""Lists in use: a document that names files, dates, and names that must be found.

    format: skontro screening lists
    lists:
      - name: UN
        file: un_consolidated.xml
        canaries: [ERIC BADEGE]
      - name: OFAC SDN
        file: sdn.csv
        aliases: alt.csv
        published: 2026-11-20
        canaries: [AEROCARIBBEAN AIRLINES]

A file may be pinned by its SHA-256 (`sha256`, `aliases_sha256`); other content is refused. A list
whose canaries are not found is not usable: it is truncated, of another layout, or emptied.
"""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from skontro.files.document_fields import DateField, NameField
from skontro.files.documents import Problem, Schema, read_document, yaml_text
from skontro.model import InputError
from skontro.model.party import Party
from skontro.screening.lists.entries import SanctionsList
from skontro.screening.lists.follow_the_money import read_follow_the_money
from skontro.screening.lists.list_files import ListFile, read_list_file
from skontro.screening.lists.ofac_csv import is_alias_file, read_ofac_csv
from skontro.screening.lists.un_xml import read_un_xml
from skontro.screening.screener import MatchingPolicy, Screener

LISTS_FILE: Final = "screening-lists.yaml"
_FORMAT: Final = "skontro screening lists"


_Sha256Field = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _List(Schema):
    name: NameField
    file: str
    sha256: _Sha256Field | None = None
    aliases: str | None = None
    aliases_sha256: _Sha256Field | None = None
    published: DateField | None = None
    canaries: Annotated[list[NameField], Field(min_length=1)]
    least_entries: Annotated[int, Field(ge=1)] = 1


class _Lists(Schema):
    format: str
    lists: Annotated[list[_List], Field(min_length=1)]
    threshold: Annotated[int, Field(ge=1, le=100)] = MatchingPolicy().threshold
    max_age_days: Annotated[int, Field(ge=0)] = MatchingPolicy().max_age_days
    rejects_confirmed: bool = True


def read_lists_document(path: Path) -> dict[str, Any]:
    """The content of a document of lists, with its defaults; its lists are not read.

    Raises:
        InputError: the document cannot be used.
    """
    return _read(path).model_dump(exclude_none=True)


def lists_document_text(content: dict[str, Any]) -> str:
    """The text of a document of lists.

    Raises:
        InputError: the content does not have the form.
    """
    return yaml_text({"format": _FORMAT, **content}, _Lists)


def load_screener(path: Path) -> Screener:
    """Load all lists that a document names, and check that their canaries are found.

    Args:
        path: of the document; its folder has the files that it names.

    Raises:
        InputError: the document or a list cannot be used, or a canary is not found.
    """
    shape = _read(path)
    lists = [_load(path.parent, one) for one in shape.lists]
    screener = Screener(
        lists,
        MatchingPolicy(shape.threshold, shape.max_age_days, shape.rejects_confirmed),
    )
    for one in shape.lists:
        check_canaries(screener, one.name, one.canaries)
    return screener


def _read(path: Path) -> _Lists:
    document = read_document(path)
    shape = document.fitted(_Lists)
    if shape.format != _FORMAT:
        raise document.refuse([Problem(("format",), f"must be {_FORMAT!r}")])
    return shape


def _load(folder: Path, shape: _List) -> SanctionsList:
    file = _pinned(folder / shape.file, shape.sha256)
    aliases = None
    if shape.aliases is not None:
        aliases = _pinned(folder / shape.aliases, shape.aliases_sha256)
    elif shape.aliases_sha256 is not None:
        raise InputError(f"list {shape.name}: aliases_sha256 without aliases; name their file")
    found = read_list(file, aliases, shape.published, shape.name)
    if len(found.entries) < shape.least_entries:
        raise InputError(
            f"{file.path}: the list has {len(found.entries):,} entries; at least "
            f"{shape.least_entries:,} are expected; get it again"
        )
    return found


def _pinned(path: Path, sha256: str | None) -> ListFile:
    """A file with the content that the document states, if it states any."""
    file = read_list_file(path)
    if sha256 not in (None, file.sha256):
        raise InputError(
            f"{path}: the SHA-256 is {file.sha256}, but the document names {sha256}; "
            "restore the file, or name the new SHA-256 if the list was replaced on purpose"
        )
    return file


def read_list(
    file: ListFile,
    aliases: ListFile | None = None,
    published: datetime.date | None = None,
    name: str = "",
) -> SanctionsList:
    """A list in one of the three layouts, recognised by its first character.

    Args:
        file: as read.
        aliases: `ALT.CSV`, for a list of OFAC only.
        published: its day; needed where the list has none.
        name: in evidence; by default that of the usual publisher.

    Raises:
        InputError: the layout is not known, or the list cannot be used.
    """
    first = file.content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if first in {b"<", b"{"} and aliases is not None:
        raise InputError(f"{file.path}: only a list of OFAC has a file of aliases")
    if first == b"<":
        return read_un_xml(file, name or "UN")
    if first == b"{":
        return read_follow_the_money(file, published, name or "OpenSanctions")
    if is_alias_file(file):
        raise InputError(f"{file.path}: these are aliases; name the file of entries with them")
    return read_ofac_csv(file, aliases, published, name or "OFAC SDN")


def read_lists(
    paths: Sequence[Path], published: datetime.date | None = None
) -> list[SanctionsList]:
    """Lists from files named one by one; aliases of OFAC go with its entries.

    Args:
        paths: of the files.
        published: the day of lists that have none.

    Raises:
        InputError: a list cannot be used, or there are aliases without one file of entries.
    """
    pairs = with_aliases([read_list_file(path) for path in paths])
    return [read_list(file, aliases, published) for file, aliases in pairs]


def with_aliases(files: Sequence[ListFile]) -> list[tuple[ListFile, ListFile | None]]:
    """Each file of entries, with the file of its aliases if there is one.

    Raises:
        InputError: there are aliases without one file of entries.
    """
    tables = [file for file in files if file.content.lstrip()[:1] not in {b"<", b"{"}]
    aliases = [file for file in tables if is_alias_file(file)]
    entries = [file for file in tables if file not in aliases]
    if len(aliases) > 1 or (aliases and len(entries) != 1):
        raise InputError(f"{aliases[0].path}: aliases go with one file of entries; name that, too")
    return [
        (file, aliases[0] if aliases and file in entries else None)
        for file in files
        if file not in aliases
    ]


def check_canaries(screener: Screener, list_name: str, canaries: Sequence[str]) -> None:
    """Check that names which a list must have are found on it, by the search that is used.

    Raises:
        InputError: one is not.
    """
    for canary in canaries:
        hits = screener.matcher.hits(Party(name=canary), screener.policy.threshold)
        if list_name not in {hit.list_name for hit in hits}:
            raise InputError(
                f"list {list_name}: {canary!r} is not found on it; the list is not whole, or the "
                "name was taken off: get the list again, or name another canary"
            )


def own_canaries(one: SanctionsList) -> list[str]:
    """Main names of the first, middle and last entry, for a list that comes without canaries."""
    numbers = sorted({0, len(one.entries) // 2, len(one.entries) - 1})
    return [one.entries[number].names[0].text for number in numbers]
