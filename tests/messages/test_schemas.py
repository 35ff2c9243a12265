"""The schemas are shipped as published, and each compiles."""

import csv
import hashlib
from pathlib import Path

import pytest

from skontro.messages import find_schema, known_messages, known_versions, message_name_of
from skontro.messages.schema_store import namespace_of, schema_text
from skontro.model import InputError

SCHEMAS = Path(__file__).parents[2] / "src/skontro/messages/schemas"


def test_every_schema_has_the_hash_of_its_publication() -> None:
    with (SCHEMAS / "MANIFEST.csv").open() as file:
        published = {row["file"]: row["sha256"] for row in csv.DictReader(file)}
    shipped = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in SCHEMAS.glob("*.xsd")
    }
    assert len(shipped) == 80
    assert shipped == published


def test_the_names_are_those_of_the_files() -> None:
    assert known_messages() == tuple(sorted(file.stem for file in SCHEMAS.glob("*.xsd")))


@pytest.mark.long
@pytest.mark.parametrize("name", known_messages())
def test_every_schema_compiles_and_has_its_namespace(name: str) -> None:
    assert find_schema(name) is find_schema(name)
    assert f'targetNamespace="{namespace_of(name)}"'.encode() in schema_text(name)


def test_versions_stand_side_by_side() -> None:
    assert known_versions("pacs.009.001.08") == ("pacs.009.001.08", "pacs.009.001.11")
    assert known_versions("pacs.009") == ("pacs.009.001.08", "pacs.009.001.11")
    assert known_versions("pacs.00") == ()


def test_a_namespace_names_its_message() -> None:
    assert message_name_of("urn:iso:std:iso:20022:tech:xsd:camt.050.001.05") == "camt.050.001.05"


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("", "the namespace '' is not one of ISO 20022"),
        ("urn:swift:xsd:pacs.008.001.08", "is not one of ISO 20022"),
        ("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.8", "is not one of ISO 20022"),
        (
            "urn:iso:std:iso:20022:tech:xsd:pacs.009.001.09",
            "pacs.009.001.09 is not known; known are pacs.009.001.08, pacs.009.001.11",
        ),
        ("urn:iso:std:iso:20022:tech:xsd:seev.031.001.09", "is not known; nor its kind"),
    ],
)
def test_another_namespace_is_refused(namespace: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        message_name_of(namespace)
