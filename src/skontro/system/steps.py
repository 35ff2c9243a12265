"""The steps of a business day, and the clock changes that move them, as the record has them."""

import base64
import binascii
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from skontro.model import InputError

#: Bytes of a table of clock changes at most; those of the IANA database have up to 4,000.
MAX_OF_TABLE: Final = 16_384


class StepKind(StrEnum):
    """What a business day brings, in this order where several are due at once."""

    START = "start"
    OPEN = "open"
    OFFSET = "offset"
    CUSTOMER_CUT_OFF = "customer_cut_off"
    INTERBANK_CUT_OFF = "interbank_cut_off"
    END_OF_DAY = "end_of_day"
    SEAL = "seal"


#: Where several steps are due at once, they come in this order.
STEP_ORDER: Final = tuple(StepKind)


@attrs.frozen
class Step:
    """Something that happens when its moment has come.

    Attributes:
        due: timestamp.
        kind: what happens.
        date: the business day that it belongs to, ISO 8601.
        currency: of a cut-off.
        algorithm: of an offsetting run.
    """

    due: int
    kind: StepKind = attrs.field(converter=StepKind)
    date: str
    currency: str = ""
    algorithm: int = 0


def decode_clock_changes(text: str) -> bytes:
    """A table of clock changes from its Base64.

    Raises:
        InputError: it is none, or far longer than any table.
    """
    try:
        table = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"clock changes are no Base64: {error}") from None
    if not table.startswith(b"TZif") or len(table) > MAX_OF_TABLE:
        raise InputError("clock changes are no TZif file")
    return table


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order in which they come."""
    return sorted(steps, key=lambda s: (s.due, STEP_ORDER.index(s.kind), s.currency, s.algorithm))
