"""The consolidated list of the United Nations Security Council, in XML.

Layout: `sc-sanctions.xsd` of the United Nations. A file with a DOCTYPE is refused unread, because
it could define entities.
"""

import datetime
import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from skontro.model import InputError
from skontro.model.text import parse_date
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

_ROOT: Final = "CONSOLIDATED_LIST"
_GROUPS: Final = {"INDIVIDUALS": "INDIVIDUAL", "ENTITIES": "ENTITY"}
_KINDS: Final = {"INDIVIDUAL": EntryKind.PERSON, "ENTITY": EntryKind.ORGANISATION}
_NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_HOSTILE: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LOW: Final = "low"
#: In notes on aliases.
_ORIGINAL_SCRIPT: Final = re.compile(r"original script: ?([^;)]+)", re.IGNORECASE)


def read_un_xml(file: ListFile, name: str = "UN") -> SanctionsList:
    """The list in a file.

    Raises:
        InputError: the file is hostile, truncated, or of another layout; with file and line.
    """
    root = _root(file)
    published = _published(file, root)
    return make_list(name, published, file.sha256, _entries(file, root), file.path)


def _root(file: ListFile) -> Any:  # noqa: ANN401  lxml has no types
    file.text()  # UTF-8 only: no other encoding can hide the markup searched for next
    hostile = _HOSTILE.search(file.content)
    if hostile is not None:
        line = file.line_at(hostile.start())
        raise InputError(f"{file.path}: line {line} has a DOCTYPE or entity; no list has one")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(file.content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise InputError(f"{file.path}: line {line}: not whole XML: {error.msg}") from None
    if root.tag != _ROOT:
        raise InputError(f"{file.path}: line {root.sourceline}: <{_ROOT}> is missing")
    return root


def _published(file: ListFile, root: Any) -> datetime.date:  # noqa: ANN401
    try:
        return parse_date(root.get("dateGenerated", "")[:10])
    except InputError as error:
        raise InputError(f"{file.path}: line {root.sourceline}: dateGenerated {error}") from None


def _entries(file: ListFile, root: Any) -> Iterator[ListedEntry]:  # noqa: ANN401
    groups = [child for child in root if isinstance(child.tag, str)]
    missing = [tag for tag in _GROUPS if tag not in {group.tag for group in groups}]
    if missing:
        raise InputError(f"{file.path}: <{missing[0]}> is missing; get the list again")
    for group in groups:
        for element in group.iterchildren(etree.Element):
            if element.tag != _GROUPS.get(group.tag):
                raise InputError(
                    f"{file.path}: line {element.sourceline}: <{element.tag}> is not known "
                    f"inside <{group.tag}>"
                )
            yield _entry(file, element)


def _entry(file: ListFile, element: Any) -> ListedEntry:  # noqa: ANN401
    entry_id = _text(element, "REFERENCE_NUMBER") or _text(element, "DATAID")
    parts = " ".join(filter(None, (_text(element, part) for part in _NAME_PARTS)))
    names = divided_names(parts)
    if not entry_id or not names:
        missing = "name" if entry_id else "reference number"
        raise InputError(f"{file.path}: line {element.sourceline}: the entry has no {missing}")
    names += divided_names(_text(element, "NAME_ORIGINAL_SCRIPT"))
    return ListedEntry(
        entry_id,
        _KINDS[element.tag],
        merged_names([*names, *_aliases(element)]),
        tuple(sorted(set(_birth_dates(element)))),
        country_codes(_texts(element, ".//COUNTRY", "NATIONALITY/VALUE")),
        tuple(sorted({*filter(None, map(plain_identifier, _numbers(element)))})),
    )


def _aliases(element: Any) -> Iterator[ListedName]:  # noqa: ANN401
    for alias in element.iterchildren("INDIVIDUAL_ALIAS", "ENTITY_ALIAS"):
        weak = _text(alias, "QUALITY").lower() == _LOW
        yield from divided_names(_text(alias, "ALIAS_NAME"), weak=weak)
        note = _ORIGINAL_SCRIPT.search(_text(alias, "NOTE"))
        if note is not None:
            yield from divided_names(note[1], weak=weak)


def _birth_dates(element: Any) -> Iterator[str]:  # noqa: ANN401
    for birth in element.iterchildren("INDIVIDUAL_DATE_OF_BIRTH"):
        years = [_text(birth, tag) for tag in ("FROM_YEAR", "TO_YEAR")]
        if all(years):
            yield "/".join(years)
        yield from filter(None, [_text(birth, "DATE")[:10], _text(birth, "YEAR")])


def _numbers(element: Any) -> Iterator[str]:  # noqa: ANN401
    for document in element.iterchildren("INDIVIDUAL_DOCUMENT"):
        yield _text(document, "NUMBER")


def _texts(element: Any, *paths: str) -> list[str]:  # noqa: ANN401
    return [found.text for path in paths for found in element.iterfind(path) if found.text]


def _text(element: Any, tag: str) -> str:  # noqa: ANN401
    return " ".join((element.findtext(tag) or "").split())
