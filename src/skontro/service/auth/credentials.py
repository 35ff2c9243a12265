"""Credentials in force, and the callers that they identify."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import attrs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skontro.ledger.keys import public_key, public_text
from skontro.model import InputError, ParticipantDirectory
from skontro.system import OPERATOR, Credentials, Key, Operator

#: Kinds of credential, before its key id or the SHA-256 of its token.
_KEY: Final = "key"
_TOKEN: Final = "token"


@attrs.frozen
class Identity:
    """An authenticated person.

    Attributes:
        person: the name.
        side: `OPERATOR`, or the BIC of the person's participant.
        participant: number of the participant in the directory; -1 for the operator.
        role: role of the operator's people, one of `ROLES`; of participants' people `participant`.
        credential: the key or token by which the person was recognised, for `Access.holder`.
    """

    person: str
    side: str
    participant: int
    role: str
    credential: str = attrs.field(default="", eq=False, repr=False)

    @property
    def is_operator(self) -> bool:
        """Whether the person belongs to the operator."""
        return self.side == OPERATOR

    @cached_property
    def digest(self) -> bytes:
        """The record's identification of the person."""
        return hashlib.sha256(f"{self.side}\0{self.person}".encode()).digest()


@attrs.frozen(eq=False)
class Access:
    """People with valid credentials.

    Attributes:
        keys: by key id, the public key and its holder.
        tokens: by the SHA-256 of the token.
    """

    keys: dict[str, tuple[Ed25519PublicKey, Identity]]
    tokens: dict[bytes, Identity]

    def credential_of(self, side: str, person: str) -> str | None:
        """A credential in force of a person; None where there is none.

        Args:
            side: `OPERATOR`, or the BIC of the person's participant.
            person: the name.
        """
        holders = [*(holder for _, holder in self.keys.values()), *self.tokens.values()]
        found = [one.credential for one in holders if (one.side, one.person) == (side, person)]
        return min(found, default=None)

    def holder(self, credential: str) -> Identity | None:
        """The person who holds a credential now; None where it is no longer in force.

        Args:
            credential: as in `Identity`.
        """
        kind, _, name = credential.partition(":")
        if kind == _KEY:
            found = self.keys.get(name)
            return None if found is None else found[1]
        return self.tokens.get(bytes.fromhex(name)) if kind == _TOKEN else None


def access_of(credentials: Credentials, directory: ParticipantDirectory) -> Access:
    """Access under these credentials."""
    numbers = {one.bic: number for number, one in enumerate(directory.participants)}
    return Access(
        {
            key.id: (
                public_key(key.public_key),
                Identity(
                    key.person,
                    key.participant,
                    numbers[key.participant],
                    "participant",
                    f"{_KEY}:{key.id}",
                ),
            )
            for key in credentials.keys
            if key.participant in numbers
        },
        {
            bytes.fromhex(one.token_sha256): Identity(
                one.person, OPERATOR, -1, one.role, f"{_TOKEN}:{one.token_sha256}"
            )
            for one in credentials.operators
        },
    )


def make_credentials(
    operators: Sequence[tuple[str, str, str]],
    participants: dict[str, list[tuple[str, str, Ed25519PublicKey]]],
) -> Credentials:
    """Initial credentials.

    Args:
        operators: name, role and token of each person.
        participants: by BIC, key id, name and public key of each person.

    Raises:
        InputError: a credential occurs twice.
    """
    return Credentials(
        tuple(
            Key(key_id, bic, name, public_text(key))
            for bic, people in participants.items()
            for key_id, name, key in people
        ),
        tuple(Operator(name, role, token_digest(token).hex()) for name, role, token in operators),
    )


def token_digest(token: str) -> bytes:
    """Lookup key of a token; tokens have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def require_two_operators(credentials: Credentials) -> None:
    """Require two operators; with fewer, no credit line could ever change.

    Raises:
        InputError: there are fewer than two.
    """
    if not credentials.has_enough_operators:
        raise InputError("access.yaml: name at least two people with the role operator")
