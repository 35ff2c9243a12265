"""Lists in FollowTheMoney: entities of parties, and lines that are refused."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from skontro.model import InputError
from skontro.screening.lists.entries import EntryKind, ListedEntry, ListedName, SanctionsList
from skontro.screening.lists.follow_the_money import read_follow_the_money
from skontro.screening.lists.list_files import ListFile

DAY = datetime.date(2026, 2, 27)
PERSON: dict[str, Any] = {
    "id": "Q7",
    "caption": "Anna Kim",
    "schema": "Person",
    "last_seen": "2026-02-26T03:00:00",
    "properties": {
        "name": ["Anna Kim", "Анна Ким"],
        "alias": ["Anna Lee"],
        "previousName": ["Anna Sy"],
        "weakAlias": ["Ada"],
        "birthDate": ["1963-04-30", "1963"],
        "country": ["kz"],
        "nationality": ["ru", "zz"],
        "passportNumber": ["N 123-456"],
        "leiCode": ["12345"],
        "topics": ["sanction"],
    },
}
ADDRESS = {"id": "a", "schema": "Address", "properties": {"full": ["Street 1"]}}
SHIP = {
    "id": "S1",
    "schema": "Vessel",
    "last_seen": "2026-02-27T03:00:00",
    "properties": {"name": ["SEA STAR"], "flag": ["kp"], "imoNumber": ["IMO1234567"]},
}


def read(*lines: object, published: datetime.date | None = None) -> SanctionsList:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return read_follow_the_money(ListFile(Path("e.json"), text.encode(), "ab"), published)


def test_entities() -> None:
    found = read(PERSON, "", ADDRESS, SHIP)
    assert (found.name, found.published, found.sha256) == ("OpenSanctions", DAY, "ab")
    assert found.entries == (
        ListedEntry(
            "Q7",
            EntryKind.PERSON,
            (
                ListedName("Anna Kim"),
                ListedName("Анна Ким"),
                ListedName("Anna Lee"),
                ListedName("Anna Sy"),
                ListedName("Ada", weak=True),
            ),
            ("1963", "1963-04-30"),
            ("KZ", "RU"),
            ("N123456",),
        ),
        ListedEntry(
            "S1", EntryKind.VESSEL, (ListedName("SEA STAR"),), (), ("KP",), ("IMO1234567",)
        ),
    )


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ("Company", EntryKind.ORGANISATION),
        ("Organization", EntryKind.ORGANISATION),
        ("LegalEntity", EntryKind.ORGANISATION),
        ("PublicBody", EntryKind.ORGANISATION),
        ("Airplane", EntryKind.AIRCRAFT),
        ("Spacecraft", EntryKind.OTHER),
    ],
)
def test_schemas(schema: str, kind: EntryKind) -> None:
    assert read({**PERSON, "schema": schema}).entries[0].kind is kind


def test_the_date_may_be_stated() -> None:
    assert read(PERSON, published=datetime.date(2026, 1, 1)).published == datetime.date(2026, 1, 1)


def test_a_caption_is_a_name() -> None:
    assert read({**PERSON, "properties": {}}).entries[0].names == (ListedName("Anna Kim"),)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((PERSON, json.dumps(SHIP)[:-9]), "line 2 is not JSON"),
        (("[" * 100_000,), "line 1 is not JSON"),
        ((PERSON, "[]"), "line 2 is no entity: id, schema and properties are expected"),
        (({"id": 7, "schema": "Person", "properties": {}},), "line 1 is no entity"),
        (({"id": "7", "properties": {}},), "line 1 is no entity"),
        (({"id": "7", "schema": "Person", "properties": []},), "line 1 is no entity"),
        (({"id": "7", "schema": "Person", "properties": {}},), "line 1: the entity has no name"),
        (({**PERSON, "id": ""},), "line 1: the entity has no id"),
        ((PERSON, PERSON), "entry Q7 is listed twice"),
        ((ADDRESS,), "the list has no entries"),
        (({**PERSON, "last_seen": ""},), "the list has no date"),
        (({**PERSON, "last_seen": 7},), "the list has no date"),
        (({**PERSON, "last_seen": "yesterday"},), "last_seen 'yesterday' is not a date"),
    ],
)
def test_files_that_are_refused(lines: tuple[object, ...], text: str) -> None:
    with pytest.raises(InputError, match=text) as refusal:
        read(*lines)
    assert str(refusal.value).startswith("e.json: ")


def test_properties_of_another_form_say_nothing() -> None:
    odd = {**PERSON, "properties": {"name": ["Anna Kim", 7], "birthDate": "1963"}}
    assert read(odd).entries[0] == ListedEntry("Q7", EntryKind.PERSON, (ListedName("Anna Kim"),))
