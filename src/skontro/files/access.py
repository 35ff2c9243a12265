"""The holders of credentials with which a record begins: `access.yaml`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from skontro.files.document_fields import BicField, NameField, parsed_by, unusable
from skontro.files.documents import (
    Place,
    Problem,
    Schema,
    place_text,
    read_document,
    yaml_text,
)
from skontro.files.writing import write_text
from skontro.model.text import none_of
from skontro.system import ROLES, Credentials, Key, Operator
from skontro.system.credentials import check_key_id, spelling

_FORMAT: Final = "skontro access"
ACCESS_FILE: Final = "access.yaml"


def _hexadecimal(value: object) -> object:
    if not (isinstance(value, str) and len(value) == 64 and not {*value} - {*"0123456789abcdef"}):
        raise unusable("must have 64 hexadecimal digits in quotes")
    return value


def _role(value: object) -> object:
    if value not in ROLES:
        raise unusable(none_of(value, ROLES))
    return value


_Hexadecimal = Annotated[str, BeforeValidator(_hexadecimal)]


class _Operator(Schema):
    person: NameField
    role: Annotated[str, BeforeValidator(_role)]
    token_sha256: _Hexadecimal


class _Key(Schema):
    id: Annotated[str, parsed_by(check_key_id)]
    person: NameField
    public_key: _Hexadecimal


class _Participant(Schema):
    bic: BicField
    keys: list[_Key]


class AccessSchema(Schema):
    """`access.yaml`: the first operators and keys of a live system."""

    format: str
    operators: list[_Operator] = Field(default_factory=list)
    participants: list[_Participant] = Field(default_factory=list)


def read_access(path: Path, bics: Iterable[str]) -> Credentials:
    """Read the credentials with which a record begins.

    Args:
        path: path of the file.
        bics: BICs of the participants.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    shape = document.fitted(AccessSchema)
    if shape.format != _FORMAT:
        raise document.refuse([Problem(("format",), f"is not {_FORMAT!r}")])
    known = {*bics}
    strangers = [
        Problem(("participants", i, "bic"), f"{one.bic} is not in the participant directory")
        for i, one in enumerate(shape.participants)
        if one.bic not in known
    ]
    if problems := [*strangers, *_repetitions(shape)]:
        raise document.refuse(problems)
    return Credentials(
        tuple(
            Key(key.id, one.bic, key.person, key.public_key)
            for one in shape.participants
            for key in one.keys
        ),
        tuple(Operator(one.person, one.role, one.token_sha256) for one in shape.operators),
    )


def _repetitions(shape: AccessSchema) -> list[Problem]:
    """Repeated ids, keys, tokens and names, and those that cannot be distinguished."""
    problems: list[Problem] = []
    first: dict[tuple[str, ...], tuple[str, str]] = {}

    def note(place: Place, text: str, *alike: str, may_be: str | None = None) -> None:
        """Note one of these; the same text may be repeated if `may_be` is that text."""
        before, where = first.setdefault(alike, (text, place_text(place)))
        if where != place_text(place) and before != may_be:
            problems.append(Problem(place, f"{text!r} looks like {before!r} at {where}"))

    for i, one in enumerate(shape.operators):
        note(("operators", i, "person"), one.person, "operator", spelling(one.person))
        note(("operators", i, "token_sha256"), one.token_sha256, "token", one.token_sha256)
    for i, participant in enumerate(shape.participants):
        for j, key in enumerate(participant.keys):
            at = ("participants", i, "keys", j)
            note((*at, "id"), key.id, "id", spelling(key.id))
            note((*at, "public_key"), key.public_key, "key", key.public_key)
            # One person may have several keys.
            alike = ("person", participant.bic, spelling(key.person))
            note((*at, "person"), key.person, *alike, may_be=key.person)
    return problems


def access_text(credentials: Credentials) -> str:
    """The document; the same credentials give the same text."""
    keys: dict[str, list[dict[str, Any]]] = {}
    for key in credentials.keys:
        keys.setdefault(key.participant, []).append(
            {"id": key.id, "person": key.person, "public_key": key.public_key}
        )
    document: dict[str, object] = {
        "format": _FORMAT,
        "operators": [
            {"person": one.person, "role": one.role, "token_sha256": one.token_sha256}
            for one in credentials.operators
        ],
        "participants": [{"bic": bic, "keys": of_bic} for bic, of_bic in keys.items()],
    }
    return yaml_text(document, AccessSchema)


def write_access(path: Path, credentials: Credentials) -> None:
    """Write the credentials with which a record begins.

    Raises:
        InputError: it cannot be written there.
    """
    write_text(path, access_text(credentials))
