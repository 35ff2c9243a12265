"""Identifiers of parties and orders, checked as their standards say."""

import re
from typing import Final

from stdnum import bic as bic_standard
from stdnum import lei as lei_standard

from skontro.model.errors import InputError

#: RFC 4122 version 4, lower case: the form that ISO 20022 prescribes for a UETR.
UETR_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_UETR = re.compile(UETR_PATTERN)


def check_bic(text: str) -> str:
    """The BIC (ISO 9362), if it is well formed: 8 or 11 capital letters and digits.

    Raises:
        InputError: it is not.
    """
    if not bic_standard.is_valid(text) or text != bic_standard.compact(text):
        raise InputError(f"{text!r} is not a BIC of 8 or 11 capital letters and digits")
    return text


def check_lei(text: str) -> str:
    """The LEI (ISO 17442), if its 20 characters and check digits are right.

    Raises:
        InputError: they are not.
    """
    if not lei_standard.is_valid(text) or text != lei_standard.compact(text):
        raise InputError(f"{text!r} is not an LEI of 20 characters with valid check digits")
    return text


def check_uetr(text: str) -> str:
    """The unique end-to-end transaction reference, if it is a lower-case version 4 UUID.

    Raises:
        InputError: it is not.
    """
    if not _UETR.fullmatch(text):
        raise InputError(f"{text!r} is not a UETR (a lower-case UUID of version 4)")
    return text
