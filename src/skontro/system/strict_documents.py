"""Strict conversion of JSON values to classes of the model: types are checked, never converted."""

from typing import Final, TypeVar

from cattrs import BaseValidationError, Converter
from cattrs.errors import ForbiddenExtraKeysError

from skontro.model import InputError

_Read = TypeVar("_Read")

_MALFORMED: Final = (
    BaseValidationError,
    ForbiddenExtraKeysError,
    InputError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
)


def read_document(converter: Converter, document: object, kind: type[_Read], place: str) -> _Read:
    """A document as an object of a class.

    Args:
        converter: from `strict_converter`.
        document: a value from JSON.
        kind: the class.
        place: begins the message of an error.

    Raises:
        InputError: the document is malformed, or its parts contradict each other; the message is
            that of the first fault.
    """
    try:
        return converter.structure(document, kind)
    except _MALFORMED as error:
        reason: BaseException = error
        while isinstance(reason, BaseExceptionGroup):
            reason = reason.exceptions[0]
        raise InputError(f"{place}: {str(reason) or type(reason).__name__}") from None


def strict_converter() -> Converter:
    """A converter that refuses unknown keys, and values of another type for text and numbers."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(int, lambda value, _: check_whole(value))
    converter.register_structure_hook(str, lambda value, _: check_string(value))
    return converter


def check_whole(value: object) -> int:
    """The value, if it is a whole number.

    Raises:
        InputError: it is of another type.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"{value!r} is not a whole number")
    return value


def check_string(value: object) -> str:
    """The value, if it is text.

    Raises:
        InputError: it is of another type.
    """
    if not isinstance(value, str):
        raise InputError(f"{value!r} is not text")
    return value
