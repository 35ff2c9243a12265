"""Sanctions lists of all published layouts, in one form."""

import datetime
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Final

import attrs
import pycountry

from skontro.model import InputError

#: Most characters of a listed name; longer ones are lists of names and are divided before.
MAX_NAME: Final = 255
#: Fewest characters of an identifier by which a party is recognised; shorter ones are chance.
MIN_IDENTIFIER: Final = 6

_NOT_IDENTIFIER: Final = re.compile(r"[^0-9A-Z]+")
_DIVIDED: Final = re.compile(r"\s*;\s*|(?:^|\s+)[a-z]\)\s+")
_IN_BRACKETS: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_BRACKETED: Final = re.compile(r"\s*\(([^)]*)\)$")
_ABOUT_NAME: Final = re.compile(
    r"^(?:formerly|previously)(?: listed as| known as)?\s*:?\s*|^(?:a\.k\.a\.|f\.k\.a\.)\s*"
    r"|^original script\s*:?\s*",
    re.IGNORECASE,
)


class EntryKind(StrEnum):
    """The kind of a listed party."""

    PERSON = "person"
    ORGANISATION = "organisation"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    OTHER = "other"


@attrs.frozen
class ListedName:
    """One name of a listed party.

    Attributes:
        text: as listed, in any script.
        weak: the list calls the alias weak or of low quality.
    """

    text: str
    weak: bool = False


@attrs.frozen
class ListedEntry:
    """A listed party.

    Attributes:
        entry_id: the list's own number or reference.
        kind: person, organisation, vessel, aircraft or other.
        names: the first is the main one.
        birth_dates: ``1963-04-30``, ``1963``, ``1963-04``, or years ``1960/1965``.
        countries: of nationality, residence or registration, ISO 3166 alpha-2.
        identifiers: numbers of documents, BIC, LEI, IMO, as `plain_identifier` writes them.
    """

    entry_id: str
    kind: EntryKind
    names: tuple[ListedName, ...]
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()


@attrs.frozen
class SanctionsList:
    """A list that was read whole.

    Attributes:
        name: as evidence names it.
        published: by the list itself, or by who provides it.
        sha256: of the file; of the digests of all files, where there are several.
        entries: at least one.
    """

    name: str
    published: datetime.date
    sha256: str
    entries: tuple[ListedEntry, ...] = attrs.field(repr=False)

    def age(self, today: datetime.date) -> int:
        """Days since publication; negative for a list from the future."""
        return (today - self.published).days


def plain_identifier(text: str) -> str:
    """An identifier in capital letters and digits only; "" where too short to identify.

    Example:
        >>> plain_identifier("a-123 456"), plain_identifier("12")
        ('A123456', '')
    """
    plain = _NOT_IDENTIFIER.sub("", text.upper())
    return plain if len(plain) >= MIN_IDENTIFIER else ""


def divided_names(text: str, *, weak: bool = False) -> list[ListedName]:
    """All names in a field: divided at semicolons, with and without the text in brackets.

    Args:
        text: of the field of a list.
        weak: the list says so of the field.

    Example:
        >>> [name.text for name in divided_names("BUTEMBO AIRLINES (BAL)")]
        ['BUTEMBO AIRLINES (BAL)', 'BUTEMBO AIRLINES', 'BAL']
    """
    found: dict[str, bool] = {}
    for part in _DIVIDED.split(" ".join(text.split())):
        inner = [match[1] for match in _IN_BRACKETS.finditer(part)]
        outer = _IN_BRACKETS.sub("", part)
        for name, is_weak in [(part, weak), (outer, weak), *((one, True) for one in inner)]:
            plain = _ABOUT_NAME.sub("", name.strip(" ,.;")).strip(" ,;'\"“”‘’")
            if plain and any(char.isalnum() for char in plain):
                found[plain] = found.get(plain, True) and is_weak
    return [ListedName(name, is_weak) for name, is_weak in found.items() if len(name) <= MAX_NAME]


def merged_names(names: Iterable[ListedName]) -> tuple[ListedName, ...]:
    """The names in order, each once; strong where it is strong anywhere."""
    found: dict[str, bool] = {}
    for name in names:
        found[name.text] = found.get(name.text, True) and name.weak
    return tuple(ListedName(text, weak) for text, weak in found.items())


#: Names that lists use and ISO 3166 does not.
_OTHER_COUNTRIES: Final = {
    "congo, democratic republic of the": "CD",
    "cote d ivoire": "CI",
    "democratic republic of the congo": "CD",
    "korea, north": "KP",
    "korea, south": "KR",
    "occupied palestinian territory": "PS",
    "palestinian": "PS",
    "burma": "MM",
    "brunei": "BN",
    "cape verde": "CV",
    "czech republic": "CZ",
    "democratic people's republic of korea": "KP",
    "kosovo": "XK",
    "laos": "LA",
    "north korea": "KP",
    "russia": "RU",
    "south korea": "KR",
    "swaziland": "SZ",
    "turkey": "TR",
    "the gambia": "GM",
    "ivory coast": "CI",
    "united states of america": "US",
    "united kingdom of great britain and northern ireland": "GB",
    "west bank": "PS",
}


@cache
def country_code(text: str) -> str:
    """The alpha-2 code of a country given by name or code; "" where none is meant.

    Example:
        >>> country_code("Kazakhstan"), country_code("Atlantis")
        ('KZ', '')
    """
    plain = _BRACKETED.sub(r", \1", text.strip(" .,"))
    try:
        return str(pycountry.countries.lookup(plain).alpha_2)
    except LookupError:
        return _OTHER_COUNTRIES.get(plain.lower(), "")


def country_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """The codes of all countries that are known, sorted, each once."""
    return tuple(sorted({code for text in texts if (code := country_code(text))}))


def make_list(
    name: str,
    published: datetime.date | None,
    sha256: str,
    entries: Iterable[ListedEntry],
    where: object,
) -> SanctionsList:
    """The list, if it has entries, each with a name and its own number, and a date.

    Raises:
        InputError: it has not.
    """
    kept = tuple(entries)
    if not kept:
        raise InputError(f"{where}: the list has no entries; get it again")
    seen: set[str] = set()
    for entry in kept:
        if entry.entry_id in seen:
            raise InputError(f"{where}: entry {entry.entry_id} is listed twice; get the list again")
        seen.add(entry.entry_id)
        if not entry.names:
            raise InputError(f"{where}: entry {entry.entry_id} has no name; get the list again")
    if published is None:
        raise InputError(f"{where}: the list has no date; state when it was published")
    return SanctionsList(name, published, sha256, kept)
