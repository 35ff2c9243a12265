"""Who may come in: keys of participants' persons, tokens of the operator's."""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BeforeValidator, Field

from skontro.conduct import OPERATOR
from skontro.files.documents import Problem, Shape, fit, read_document, yaml_text
from skontro.files.shape_fields import BicField, NameField, parsed_by, unusable
from skontro.files.writing import write_text
from skontro.ledger.keys import public_key, public_text
from skontro.model import InputError, ParticipantDirectory

_FORMAT: Final = "skontro access"
ACCESS_FILE: Final = "access.yaml"

#: What operators' persons may do: look at everything; and propose and decide.
ROLES: Final = ("viewer", "operator")


@attrs.frozen
class Identity:
    """Somebody who has been recognised.

    Attributes:
        person: the name.
        side: `OPERATOR`, or the BIC of the person's participant.
        participant: number of the participant in the directory; -1 for the operator.
        role: of the operator's persons, one of `ROLES`; of participants' persons `participant`.
    """

    person: str
    side: str
    participant: int
    role: str

    @property
    def is_operator(self) -> bool:
        """Whether the person belongs to the operator."""
        return self.side == OPERATOR

    @property
    def digest(self) -> bytes:
        """How the record names the person."""
        return hashlib.sha256(f"{self.side}\0{self.person}".encode()).digest()


@attrs.frozen
class Access:
    """All who may come in.

    Attributes:
        keys: by key id, the key and whose it is.
        tokens: by the SHA-256 of the token.
    """

    keys: dict[str, tuple[Ed25519PublicKey, Identity]]
    tokens: dict[bytes, Identity]


def _token(value: object) -> object:
    if not (isinstance(value, str) and len(value) == 64 and not {*value} - {*"0123456789abcdef"}):
        raise unusable("must be the SHA-256 of the token, 64 hexadecimal digits in quotes")
    return value


def _role(value: object) -> object:
    if value not in ROLES:
        raise unusable(f"{value!r} is none of {', '.join(ROLES)}")
    return value


class _Operator(Shape):
    person: NameField
    role: Annotated[str, BeforeValidator(_role)]
    token_sha256: Annotated[str, BeforeValidator(_token)]


class _Key(Shape):
    id: NameField
    person: NameField
    public_key: Annotated[Ed25519PublicKey, parsed_by(public_key)]


class _Participant(Shape):
    bic: BicField
    keys: list[_Key]


class _Access(Shape):
    format: str
    operators: list[_Operator] = Field(default_factory=list)
    participants: list[_Participant] = Field(default_factory=list)


def read_access(path: Path, directory: ParticipantDirectory) -> Access:
    """Read who may come in.

    Raises:
        InputError: the file cannot be used; names every problem with its line and place.
    """
    document = read_document(path)
    shape, problems = fit(document.content, _Access)
    if shape is None:
        raise document.refuse(problems)
    if shape.format != _FORMAT:
        raise document.refuse([Problem(("format",), f"is not {_FORMAT!r}")])
    numbers = {p.bic: i for i, p in enumerate(directory.participants)}
    keys: dict[str, tuple[Ed25519PublicKey, Identity]] = {}
    for i, participant in enumerate(shape.participants):
        if participant.bic not in numbers:
            message = f"{participant.bic} is not in the participant directory"
            raise document.refuse([Problem(("participants", i, "bic"), message)])
        for j, key in enumerate(participant.keys):
            if key.id in keys:
                place = ("participants", i, "keys", j, "id")
                raise document.refuse([Problem(place, f"{key.id!r} stands twice")])
            number = numbers[participant.bic]
            identity = Identity(key.person, participant.bic, number, "participant")
            keys[key.id] = (key.public_key, identity)
    tokens = {
        bytes.fromhex(one.token_sha256): Identity(one.person, OPERATOR, -1, one.role)
        for one in shape.operators
    }
    if len(tokens) < len(shape.operators):
        raise document.refuse([Problem(("operators",), "two persons have one token")])
    return Access(keys, tokens)


def write_access(
    path: Path,
    operators: list[tuple[str, str, str]],
    participants: dict[str, list[tuple[str, str, Ed25519PublicKey]]],
) -> None:
    """Write who may come in.

    Args:
        path: of the file.
        operators: name, role and token of each person.
        participants: by BIC, key id, name and public key of each person.

    Raises:
        InputError: it cannot be written there.
    """
    document: dict[str, object] = {
        "format": _FORMAT,
        "operators": [
            {
                "person": name,
                "role": role,
                "token_sha256": hashlib.sha256(token.encode()).hexdigest(),
            }
            for name, role, token in operators
        ],
        "participants": [
            {
                "bic": bic,
                "keys": [
                    {"id": key_id, "person": name, "public_key": public_text(key)}
                    for key_id, name, key in keys
                ],
            }
            for bic, keys in participants.items()
        ],
    }
    write_text(path, yaml_text(document, _Access))


def token_digest(token: str) -> bytes:
    """How tokens are looked up; they have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def refuse_open_doors(access: Access) -> None:
    """Without two operators nobody could ever change a credit line.

    Raises:
        InputError: there are fewer than two.
    """
    operators = [one for one in access.tokens.values() if one.role == "operator"]
    if len({one.person for one in operators}) < 2:
        raise InputError("access: name at least two persons with the role operator")
