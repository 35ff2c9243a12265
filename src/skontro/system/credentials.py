"""Credentials: people of participants with public keys, operators with roles and tokens.

They are part of the state: a record begins with them, and recorded decisions change them. They hold
no secrets, only public keys and hashes of tokens.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Final

import attrs

from skontro.model import InputError, check_name, quoted
from skontro.system.four_eyes import OPERATOR, Person

#: Roles of operators: auditors read everything; operators also propose and decide.
ROLES: Final = ("viewer", "operator")
#: Least number of people with the role operator: fewer could decide nothing.
MIN_OPERATORS: Final = 2

_JOINERS: Final = re.compile("[\u200c\u200d]")
#: Neither begins nor ends with a space.
_KEY_ID: Final = re.compile(r"[!-~](?:[ -~]{0,138}[!-~])?")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def _hexadecimal(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    if not _HASH.fullmatch(value):
        raise InputError(
            f"{attribute.name}: {value!r} is not 64 hexadecimal digits in small letters"
        )


def _named(_instance: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    try:
        check_name(value)
    except InputError as error:
        raise InputError(f"{attribute.name} {error}") from None


def check_key_id(text: str) -> str:
    """The id of a key, checked for use in a header of requests (RFC 9421), in ASCII.

    Raises:
        InputError: it has other characters, none, or more than 140.
    """
    if not _KEY_ID.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a key id of 1 to 140 printable ASCII characters")
    return text


def _key_id(_instance: object, _attribute: "attrs.Attribute[str]", value: str) -> None:
    check_key_id(value)


def spelling(name: str) -> str:
    """The form of a name for comparison: equal for names that people cannot tell apart.

    It ignores case, width, composition, joiners and repeated spaces. It uses Unicode's NFKC and
    case folding, which never change for an assigned character.

    Example:
        >>> spelling("Anna  MÜLLER") == spelling("anna mu\u0308ller")
        True
    """
    folded = unicodedata.normalize("NFKC", _JOINERS.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


@attrs.frozen
class Key:
    """A public key of a participant's person.

    Attributes:
        id: its name in requests.
        participant: BIC.
        person: name.
        public_key: Ed25519, 64 hexadecimal digits.
    """

    id: str = attrs.field(validator=_key_id)
    participant: str
    person: str = attrs.field(validator=_named)
    public_key: str = attrs.field(validator=_hexadecimal)


@attrs.frozen
class Operator:
    """A person of the operator.

    Attributes:
        person: name.
        role: one of `ROLES`.
        token_sha256: of the token, 64 hexadecimal digits.
    """

    person: str = attrs.field(validator=_named)
    role: str = attrs.field(validator=attrs.validators.in_(ROLES))
    token_sha256: str = attrs.field(validator=_hexadecimal)


def _by_id(keys: Iterable[Key]) -> tuple[Key, ...]:
    return tuple(sorted(keys, key=lambda key: (key.participant, key.id)))


def _by_name(operators: Iterable[Operator]) -> tuple[Operator, ...]:
    return tuple(sorted(operators, key=lambda one: one.person))


@attrs.frozen
class Credentials:
    """All keys and operators; each change gives a new value.

    Attributes:
        keys: by participant, then id.
        operators: by name.

    Raises:
        InputError: two keys have one id, two people share a key or token, or two ids, or two names
            of one side, have the same `spelling`.

    Example:
        >>> one = Key("A-1", "AAAAKZK0", "Clara", "00" * 32)
        >>> Credentials((one,)).may_decide(Person("Clara", "AAAAKZK0"))
        True
    """

    keys: tuple[Key, ...] = attrs.field(default=(), converter=_by_id)
    operators: tuple[Operator, ...] = attrs.field(default=(), converter=_by_name)

    def __attrs_post_init__(self) -> None:
        _refuse_twice("key id", [spelling(key.id) for key in self.keys])
        _refuse_twice("public key", [key.public_key for key in self.keys])
        _refuse_twice("token", [one.token_sha256 for one in self.operators])
        _refuse_twice("person", [spelling(one.person) for one in self.operators])
        people = {(key.participant, key.person) for key in self.keys}
        _refuse_twice("person", sorted(f"{bic} {spelling(name)}" for bic, name in people))

    def may_decide(self, person: Person) -> bool:
        """Whether a person may propose, approve and reject."""
        if person.side == OPERATOR:
            return any(o.person == person.name and o.role == "operator" for o in self.operators)
        return any((k.participant, k.person) == (person.side, person.name) for k in self.keys)

    def key(self, key_id: str) -> Key | None:
        """The key with this id."""
        return next((key for key in self.keys if key.id == key_id), None)

    def operator(self, name: str) -> Operator | None:
        """The operator with this name."""
        return next((one for one in self.operators if one.person == name), None)

    @property
    def has_enough_operators(self) -> bool:
        """Whether the operator has two people who can decide."""
        return sum(one.role == "operator" for one in self.operators) >= MIN_OPERATORS

    def with_key(self, key: Key) -> "Credentials":
        """With this key added, or replacing the key with its id."""
        return attrs.evolve(self, keys=(*(k for k in self.keys if k.id != key.id), key))

    def without_keys(self, is_meant: Callable[[Key], bool]) -> "Credentials":
        """Without some keys."""
        return attrs.evolve(self, keys=tuple(key for key in self.keys if not is_meant(key)))

    def with_operator(self, operator: Operator) -> "Credentials":
        """With this operator added, or replacing the operator of that name."""
        return attrs.evolve(
            self, operators=(*self.without_operator(operator.person).operators, operator)
        )

    def without_operator(self, name: str) -> "Credentials":
        """Without an operator."""
        return attrs.evolve(
            self, operators=tuple(one for one in self.operators if one.person != name)
        )

    def to_document(self) -> dict[str, Any]:
        """For a snapshot."""
        return attrs.asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Credentials":
        """The inverse of `to_document`."""
        return cls(
            tuple(Key(**one) for one in document["keys"]),
            tuple(Operator(**one) for one in document["operators"]),
        )


def _refuse_twice(what: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise InputError(f"credentials: {what} {value!r} occurs twice")
        seen.add(value)
