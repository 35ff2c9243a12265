"""Lists of OpenSanctions and others in FollowTheMoney: one entity in JSON on each line.

Format: https://www.opensanctions.org/docs/bulk/json. Entities that are no parties (addresses,
passports, relations) are passed over; a schema that is not known is taken for a party.
"""

import datetime
import json
from collections.abc import Iterator
from typing import Any, Final

from skontro.model import InputError
from skontro.model.text import parse_date
from skontro.screening.lists.entries import (
    EntryKind,
    ListedEntry,
    SanctionsList,
    country_codes,
    divided_names,
    make_list,
    merged_names,
    plain_identifier,
)
from skontro.screening.lists.list_files import ListFile

_KINDS: Final = {
    "Person": EntryKind.PERSON,
    "Organization": EntryKind.ORGANISATION,
    "Company": EntryKind.ORGANISATION,
    "LegalEntity": EntryKind.ORGANISATION,
    "PublicBody": EntryKind.ORGANISATION,
    "Vessel": EntryKind.VESSEL,
    "Airplane": EntryKind.AIRCRAFT,
}
#: Schemas of FollowTheMoney for entities other than parties.
NO_PARTIES: Final = frozenset(
    [
        "Address",
        "Article",
        "Associate",
        "Assessment",
        "Asset",
        "BankAccount",
        "Call",
        "CourtCase",
        "CourtCaseParty",
        "Contract",
        "ContractAward",
        "CryptoWallet",
        "Debt",
        "Directorship",
        "Document",
        "Documentation",
        "EconomicActivity",
        "Email",
        "Employment",
        "Event",
        "Family",
        "Folder",
        "HyperText",
        "Identification",
        "Image",
        "License",
        "Membership",
        "Mention",
        "Message",
        "Note",
        "Occupancy",
        "Ownership",
        "Package",
        "Page",
        "Passport",
        "Payment",
        "Permit",
        "PlainText",
        "Position",
        "Post",
        "Project",
        "ProjectParticipant",
        "RealEstate",
        "Representation",
        "Risk",
        "Sanction",
        "Security",
        "Similar",
        "Succession",
        "Table",
        "TaxRoll",
        "Trip",
        "UnknownLink",
        "UserAccount",
        "Value",
        "Vehicle",
        "Video",
        "Workbook",
    ]
)
_STRONG: Final = ("name", "alias", "previousName")
_COUNTRIES: Final = ("country", "nationality", "citizenship", "jurisdiction", "flag")
_IDENTIFIERS: Final = (
    "passportNumber",
    "idNumber",
    "taxNumber",
    "registrationNumber",
    "swiftBic",
    "bik",
    "leiCode",
    "imoNumber",
    "innCode",
    "ogrnCode",
    "dunsCode",
)


def read_follow_the_money(
    file: ListFile, published: datetime.date | None = None, name: str = "OpenSanctions"
) -> SanctionsList:
    """The list in a file.

    Args:
        file: of JSON lines.
        published: the day of the file; by default the latest ``last_seen`` in it.
        name: of the list in evidence.

    Raises:
        InputError: a line is no entity, for example because the file is truncated.
    """
    latest = ""
    entries = []
    for line, entity in _entities(file):
        latest = max(latest, _one_text(entity.get("last_seen")))
        if entity["schema"] not in NO_PARTIES:
            entries.append(_entry(file, line, entity))
    if published is None and latest:
        try:
            published = parse_date(latest[:10])
        except InputError as error:
            raise InputError(f"{file.path}: last_seen {error}") from None
    return make_list(name, published, file.sha256, entries, file.path)


def _entities(file: ListFile) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file.text().split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entity = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{file.path}: line {number} is not JSON: {error}") from None
        is_entity = isinstance(entity, dict) and all(
            isinstance(entity.get(key), kind)
            for key, kind in (("id", str), ("schema", str), ("properties", dict))
        )
        if not is_entity:
            raise InputError(
                f"{file.path}: line {number} is no entity: id, schema and properties are expected"
            )
        yield number, entity


def _entry(file: ListFile, line: int, entity: dict[str, Any]) -> ListedEntry:
    properties = entity["properties"]
    names = [
        one for key in _STRONG for text in _texts(properties, key) for one in divided_names(text)
    ]
    if caption := _one_text(entity.get("caption")):
        names += divided_names(caption)
    for text in _texts(properties, "weakAlias"):
        names += divided_names(text, weak=True)
    if not entity["id"] or not names:
        raise InputError(f"{file.path}: line {line}: the entity has no {_missing(entity)}")
    identifiers = (plain_identifier(t) for key in _IDENTIFIERS for t in _texts(properties, key))
    return ListedEntry(
        entity["id"],
        _KINDS.get(entity["schema"], EntryKind.OTHER),
        merged_names(names),
        tuple(sorted(set(_texts(properties, "birthDate")))),
        country_codes(text for key in _COUNTRIES for text in _texts(properties, key)),
        tuple(sorted({*filter(None, identifiers)})),
    )


def _missing(entity: dict[str, Any]) -> str:
    return "name" if entity["id"] else "id"


def _texts(properties: dict[str, Any], key: str) -> list[str]:
    values = properties.get(key, [])
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []


def _one_text(value: object) -> str:
    return value if isinstance(value, str) else ""
