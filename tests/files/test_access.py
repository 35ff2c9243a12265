"""People, keys and tokens of access.yaml: each names one, however it is spelt."""

from pathlib import Path

import pytest

from skontro.files.access import read_access, write_access
from skontro.model import InputError
from skontro.system import Credentials, Key, Operator
from skontro.system.credentials import spelling

BIC, OTHER = "AAAAKZK0", "BBBBKGK0"


def hexadecimal(number: int) -> str:
    return f"{number:064x}"


def credentials(**changed: object) -> str:
    """A file in which one thing is spelt as asked."""
    fields = {
        "operator": "Boris",
        "token": hexadecimal(2),
        "id": "B-1",
        "person": "Dina",
        "public_key": hexadecimal(12),
    } | changed
    return f"""format: skontro access
operators:
  - person: Anna Müller
    role: operator
    token_sha256: '{hexadecimal(1)}'
  - person: {fields["operator"]}
    role: operator
    token_sha256: '{fields["token"]}'
participants:
  - bic: {BIC}
    keys:
      - id: A-1
        person: Clara
        public_key: '{hexadecimal(11)}'
      - id: {fields["id"]}
        person: {fields["person"]}
        public_key: '{fields["public_key"]}'
"""


def read(folder: Path, text: str) -> Credentials:
    path = folder / "access.yaml"
    path.write_text(text, encoding="utf-8")
    return read_access(path, [BIC, OTHER])


@pytest.mark.parametrize(
    ("field", "value", "place", "line"),
    [
        ("operator", "anna müller", "operators[1].person", 6),
        ("operator", "Anna  Mu\u0308ller", "operators[1].person", 6),
        ("operator", "\uff21nna Müller", "operators[1].person", 6),
        ("token", hexadecimal(1), "operators[1].token_sha256", 8),
        ("id", "a-1", "participants[0].keys[1].id", 15),
        ("person", "CLARA", "participants[0].keys[1].person", 16),
        ("public_key", hexadecimal(11), "participants[0].keys[1].public_key", 17),
    ],
)
def test_whoever_cannot_be_told_apart_is_refused_with_file_and_place(
    tmp_path: Path, field: str, value: str, place: str, line: int
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, credentials(**{field: value}))
    said = str(caught.value)
    assert "access.yaml" in said
    assert place in said
    assert f"line {line}" in said
    assert "looks like" in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (hexadecimal(1), hexadecimal(1)[1:], "token_sha256 must have 64 hexadecimal digits"),
        (hexadecimal(1), f"{'A' * 64}", "token_sha256 must have 64 hexadecimal digits in quotes"),
        (f"'{hexadecimal(11)}'", "7", "keys[0].public_key must have 64 hexadecimal digits"),
        ("role: operator", "role: operater", "role 'operater' is not one of viewer, operator"),
        ("role: operator", "role: operater", "did you mean operator?"),
        ("A-1", "Ä-1", "id 'Ä-1' is not a key id of 1 to 140 printable ASCII characters"),
        ("skontro access", "skontro system", "line 1: format is not 'skontro access'"),
        (BIC, "CCCCUZK0", "participants[0].bic CCCCUZK0 is not in the participant directory"),
    ],
)
def test_what_is_not_well_formed_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, credentials().replace(old, new))
    assert said in str(caught.value)
    assert "access.yaml: " in str(caught.value)


def test_a_person_may_have_two_keys_and_a_namesake_at_another_bank(tmp_path: Path) -> None:
    text = (
        credentials(person="Clara")
        + f"""  - bic: {OTHER}
    keys:
      - id: C-1
        person: clara
        public_key: '{hexadecimal(13)}'
"""
    )
    found = read(tmp_path, text)
    assert [key.person for key in found.keys] == ["Clara", "Clara", "clara"]
    write_access(tmp_path / "again.yaml", found)
    assert read_access(tmp_path / "again.yaml", [BIC, OTHER]) == found


@pytest.mark.parametrize("name", ["ANNA", "aNNA", "\uff21\uff4e\uff4e\uff41", " anna "])
def test_spellings_that_are_alike(name: str) -> None:
    assert spelling(name) == "anna"
    operators = (Operator("Anna", "operator", hexadecimal(1)),)
    with pytest.raises(InputError, match="person 'anna' occurs twice"):
        Credentials((), (*operators, Operator(name, "viewer", hexadecimal(2))))
    with pytest.raises(InputError, match=r"key id 'anna' occurs twice|is not a key id"):
        Credentials(
            (Key("anna", BIC, "One", hexadecimal(1)), Key(name, OTHER, "Two", hexadecimal(2)))
        )


def test_thousands_of_keys_are_compared_in_one_pass() -> None:
    keys = tuple(Key(f"K-{n}", BIC, f"Person {n}", hexadecimal(n)) for n in range(20_000))
    with pytest.raises(InputError, match="public key"):
        Credentials((*keys, Key("K-last", BIC, "Last", hexadecimal(19_999))))
