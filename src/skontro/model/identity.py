"""Identifiers of parties and orders, checked by their standards."""

import hashlib
import json
import re
import uuid
from functools import cache
from typing import Final

import pycountry
from stdnum import lei as lei_standard

from skontro.model.errors import InputError
from skontro.model.text import quoted

#: RFC 4122 version 4, lower case: the form that ISO 20022 prescribes for a UETR.
UETR_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_UETR = re.compile(UETR_PATTERN)

#: Form of an LEI, without its check digits (ISO 17442).
LEI_PATTERN: Final = r"^[A-Z0-9]{18}[0-9]{2}$"
_LEI = re.compile(LEI_PATTERN)


#: Form of a BIC by ISO 9362:2022, and by `BICFIDec2014Identifier` of ISO 20022: business party
#: prefix (4), country (2 letters), business party suffix (2), and branch identifier (0 or 3).
#: Prefixes with digits are in use.
BIC_PATTERN: Final = r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$"
_BIC = re.compile(BIC_PATTERN)

#: Codes in BICs that are not of ISO 3166-1: Kosovo, by the registration authority (SWIFT).
_BIC_COUNTRIES_BESIDE_ISO: Final = ("XK",)


@cache
def bic_countries() -> frozenset[str]:
    """Codes of countries that a BIC may have: ISO 3166-1 alpha-2, and XK for Kosovo."""
    codes = [country.alpha_2 for country in pycountry.countries]
    return frozenset([*codes, *_BIC_COUNTRIES_BESIDE_ISO])


def check_bic(text: str) -> str:
    """The BIC (ISO 9362:2022), if it is well formed.

    Raises:
        InputError: it is malformed.

    Example:
        >>> check_bic("E097AEXX")
        'E097AEXX'
    """
    if not _BIC.fullmatch(text):
        raise InputError(
            f"{quoted(text)} is not a BIC of 8 or 11 capital letters and digits, the fifth and "
            "sixth letters naming the country"
        )
    if text[4:6] not in bic_countries():
        raise InputError(f"{text!r} is not a BIC: {text[4:6]} is no country code of ISO 3166")
    return text


def check_lei(text: str) -> str:
    """The LEI (ISO 17442), if its 20 characters and check digits are right.

    Raises:
        InputError: they are wrong.
    """
    if not _LEI.fullmatch(text) or not lei_standard.is_valid(text):
        raise InputError(f"{quoted(text)} is not an LEI of 20 characters with valid check digits")
    return text


def check_uetr(text: str) -> str:
    """The unique end-to-end transaction reference, if it is a lower-case version 4 UUID.

    Raises:
        InputError: it is malformed.
    """
    if not _UETR.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a UETR (a lower-case UUID of version 4)")
    return text


_VERSION, _VARIANT = 0x40, 0x80  # RFC 9562, sections 4.1 and 4.2


def derived_uetr(*parts: str) -> str:
    """A UETR with the form of version 4 that is the same for the same texts.

    Its bits are the first of the SHA-256 of the texts, except version and variant.

    Args:
        parts: that identify an order together.

    Example:
        >>> derived_uetr("trade", "X-2", "AAAAKZK0", "BBBBKGK0")
        '5b57de50-3345-4a68-89cd-4d1b55dffbd1'
    """
    digest = bytearray(hashlib.sha256(json.dumps(parts).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | _VERSION
    digest[8] = digest[8] & 0x3F | _VARIANT
    return str(uuid.UUID(bytes=bytes(digest)))
