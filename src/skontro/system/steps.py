"""The steps of a business day, and the clock changes that move them, in the record's form."""

import base64
import binascii
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import attrs

from skontro.model import InputError

#: Most bytes of a table of clock changes; those of the IANA database have up to 4,000.
MAX_OF_TABLE: Final = 16_384


class StepKind(StrEnum):
    """Kinds of step, in the order of steps due at the same time."""

    START = "start"
    OPEN = "open"
    OFFSET = "offset"
    CUSTOMER_CUT_OFF = "customer_cut_off"
    INTERBANK_CUT_OFF = "interbank_cut_off"
    END_OF_DAY = "end_of_day"
    SEAL = "seal"


#: The order of steps due at the same time.
STEP_ORDER: Final = tuple(StepKind)


@attrs.frozen
class Step:
    """A step of a business day that takes effect when it is due.

    Attributes:
        due: timestamp.
        kind: kind of the step.
        date: its business day, ISO 8601.
        currency: currency of a cut-off.
        algorithm: algorithm of an offsetting run.
    """

    due: int
    kind: StepKind = attrs.field(converter=StepKind)
    date: str
    currency: str = ""
    algorithm: int = 0


def decode_clock_changes(text: str) -> bytes:
    """A table of clock changes from its Base64.

    Raises:
        InputError: not a TZif table, or far longer than any.
    """
    try:
        table = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(f"clock changes are not Base64: {error}") from None
    if not table.startswith(b"TZif") or len(table) > MAX_OF_TABLE:
        raise InputError("clock changes are not a TZif file")
    return table


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps in the order in which they take effect."""
    return sorted(steps, key=lambda s: (s.due, STEP_ORDER.index(s.kind), s.currency, s.algorithm))
