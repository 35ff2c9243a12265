"""Form in which the reading process and the service exchange tables of orders."""

import struct
from enum import IntEnum
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import ANY_TIME_AFTER, ANY_TIME_BEFORE

Rows = npt.NDArray[Any]

#: Before each question: the form of the table, whether as JSON in any case, and its length.
QUESTION: Final = struct.Struct(">BBI")
#: Before each answer: its kind, and the lengths of its two parts.
ANSWER: Final = struct.Struct(">BII")

#: A row of usual form. Participants and currencies are places in the list of texts; amounts are
#: their digits, and how many of these are decimals.
ROW: Final = np.dtype(
    [
        ("uetr", "V16"),
        ("payer", np.int32),
        ("payee", np.int32),
        ("currency", np.int32),
        ("amount", np.int64),
        ("decimals", np.int8),
        ("payment_class", np.int8),
        ("payment_type", np.int8),
        ("earliest", np.int64),
        ("latest", np.int64),
        ("value_date", np.int32),
        ("counterleg", "V16"),
        ("counterleg_payer", np.int32),
        ("counterleg_payee", np.int32),
        ("counterleg_currency", np.int32),
        ("counterleg_amount", np.int64),
        ("counterleg_decimals", np.int8),
    ]
)
#: In the place of a text, an amount's decimals or an amount: there is none.
NONE: Final = -1
#: Values of fields that a row does not state.
UNSTATED: Final = {
    "earliest": ANY_TIME_BEFORE,
    "latest": ANY_TIME_AFTER,
    "value_date": 0,
    "counterleg_payer": NONE,
    "counterleg_payee": NONE,
    "counterleg_currency": NONE,
    "counterleg_amount": NONE,
    "counterleg_decimals": NONE,
}


class TableForm(IntEnum):
    """Form of a table, with its media type."""

    ARROW = 1
    PARQUET = 2

    @property
    def media_type(self) -> str:
        """As registered with IANA."""
        name = "arrow.stream" if self is TableForm.ARROW else "parquet"
        return f"application/vnd.apache.{name}"


#: Forms by media type.
FORMS: Final = {form.media_type: form for form in TableForm}


class AnswerKind(IntEnum):
    """Kind of an answer."""

    ROWS = 1
    JSON = 2
    REFUSED = 3


@attrs.frozen(eq=False)
class TableRead:
    """A table as it was read.

    Attributes:
        kind: rows of usual form, the same orders as JSON, or a refusal.
        head: the texts that rows name, or why the table is refused, as JSON.
        content: the rows, or the orders as JSON.
    """

    kind: AnswerKind
    head: bytes = b""
    content: bytes = b""

    @property
    def rows(self) -> Rows:
        """The rows of usual form."""
        return np.frombuffer(self.content, ROW)
