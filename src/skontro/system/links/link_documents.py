"""Strict reading of the documents that systems exchange about links.

Both sides hash the canonical text of a document, so each document has one form only.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from skontro.model import InputError
from skontro.model.text import quoted

#: Largest number in a document: programs that read numbers as doubles (RFC 8785) are exact up to
#: it. As a time in microseconds it is in the year 2255.
MAX_NUMBER: Final = 2**53 - 1

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def check_fields(document: object, names: Iterable[str], place: str) -> Mapping[str, Any]:
    """The document, if it is an object with exactly these fields.

    Args:
        document: a value from JSON.
        names: of the fields.
        place: begins the message of an error.

    Raises:
        InputError: it is no object, or a field is missing or unknown.
    """
    if not isinstance(document, dict):
        raise InputError(f"{place}: must be an object")
    names = list(names)
    for name in names:
        if name not in document:
            raise InputError(f"{place}: {name} is missing")
    for name in document:
        if name not in names:
            raise InputError(f"{place}: {quoted(str(name))} is no field of it")
    return document


def check_text(value: object, place: str) -> str:
    """The value, if it is text.

    Raises:
        InputError: it is of another type.
    """
    if not isinstance(value, str):
        raise InputError(f"{place}: must be text")
    return value


def check_number(value: object, place: str, least: int = 0) -> int:
    """The value, if it is a whole number from `least` to `MAX_NUMBER`.

    Raises:
        InputError: it is of another type, or outside this range.
    """
    if type(value) is not int or not least <= value <= MAX_NUMBER:
        raise InputError(f"{place}: must be a whole number from {least} to {MAX_NUMBER}")
    return value


def check_list(value: object, place: str) -> list[Any]:
    """The value, if it is a list.

    Raises:
        InputError: it is of another type.
    """
    if not isinstance(value, list):
        raise InputError(f"{place}: must be a list")
    return value


def check_hexadecimal(value: object, place: str, size: int) -> bytes:
    """The bytes that a value has as text, if they are of this size.

    Raises:
        InputError: the value is not that number of lower-case hexadecimal digits, two a byte.
    """
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", value):
        raise InputError(f"{place}: must be {2 * size} lower-case hexadecimal digits")
    return bytes.fromhex(value)


def check_digest(value: object, place: str) -> str:
    """The value, if it is a SHA-256 digest in lower-case hexadecimal.

    Raises:
        InputError: it is not.
    """
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise InputError(f"{place}: must be a SHA-256 digest of 64 lower-case hexadecimal digits")
    return value


def as_json(_instance: object, _attribute: object, value: object) -> object:
    """A tuple as a list, for `attrs.asdict(..., value_serializer=as_json)`."""
    return [*value] if isinstance(value, tuple) else value
