"""References and details of the orders in message files, kept outside memory.

They take a few KB for each order, and are needed again only for answers and statements. So they are
written one after the other into a temporary file. Memory holds 24 bytes for each order.
"""

import json
import tempfile
import weakref
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from skontro.engine import uetr_text
from skontro.messages.instructed_order import TransactionReference
from skontro.model import InputError
from skontro.model.payment_details import PaymentDetails

#: Bytes that stay in memory before the file is created, in the folder that TMPDIR names.
_IN_MEMORY: Final = 4 * 2**20
_UETR_BYTES: Final = 16


class KeptOrders(Mapping[str, PaymentDetails]):
    """References of orders by their place, and details by UETR: those of the first with each.

        kept = KeptOrders()
        kept.keep(order.uetr, order.reference, order.details)
        kept[order.uetr] == order.details

    Orders are numbered from 0. The temporary file goes with the object.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed below
        weakref.finalize(self, self._file.close)
        self._ends = array("Q")
        self._uetrs = bytearray()
        self._first: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def count(self) -> int:
        """Number of orders kept."""
        return len(self._ends)

    def keep(self, uetr: str, reference: TransactionReference, details: PaymentDetails) -> None:
        """Keep the next order.

        Args:
            uetr: of the order.
            reference: of its transaction, which may name another UETR, as that of a return does.
            details: of the order.

        Raises:
            InputError: there is no room for the temporary file.
        """
        texts = (reference.instruction_id, reference.end_to_end_id, reference.transaction_id)
        line = json.dumps([*texts, reference.uetr]).encode()
        begin = self._begin(self.count)
        content = line + b"\n" + details.to_bytes()
        try:
            self._file.seek(begin)
            self._file.write(content)
        except OSError as error:
            raise InputError(
                f"a temporary file for details of payments cannot be written: {error.strerror}; "
                "name a folder with room in TMPDIR"
            ) from None
        self._ends.append(begin + len(content))
        self._uetrs += bytes.fromhex(uetr.replace("-", ""))
        self._first = None

    def drop_after(self, count: int) -> None:
        """Forget all orders but the first ones, as when their message is refused at its end."""
        del self._ends[count:]
        del self._uetrs[count * _UETR_BYTES :]
        self._first = None

    def references(self, numbers: Sequence[int]) -> Iterator[TransactionReference]:
        """The references of orders, one after the other."""
        for number in numbers:
            line, _, _ = self._read(number).partition(b"\n")
            yield TransactionReference(*json.loads(line))

    def _begin(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    def _read(self, number: int) -> bytes:
        begin = self._begin(number)
        self._file.seek(begin)
        return self._file.read(self._ends[number] - begin)

    def _firsts(self) -> tuple[np.ndarray, np.ndarray]:
        """Each UETR once, sorted, and the number of the first order that has it."""
        if self._first is None:
            # A copy, because bytes cannot grow while an array uses them.
            every = np.frombuffer(bytes(self._uetrs), dtype=f"S{_UETR_BYTES}")
            self._first = np.unique(every, return_index=True)
        return self._first

    def _number(self, uetr: object) -> int | None:
        try:
            text = bytes.fromhex(str(uetr).replace("-", ""))
        except ValueError:
            return None
        if len(text) != _UETR_BYTES:
            return None
        uetrs, numbers = self._firsts()
        # Both are arrays: NumPy ignores zero bytes at the end of each alike.
        wanted = np.array([text], dtype=uetrs.dtype)
        at = int(np.searchsorted(uetrs, wanted)[0])
        return int(numbers[at]) if (uetrs[at : at + 1] == wanted).any() else None

    def __contains__(self, uetr: object) -> bool:
        return self._number(uetr) is not None

    def __getitem__(self, uetr: str) -> PaymentDetails:
        number = self._number(uetr)
        if number is None:
            raise KeyError(uetr)
        return PaymentDetails.from_bytes(self._read(number).partition(b"\n")[2])

    def __iter__(self) -> Iterator[str]:
        for number in sorted(self._firsts()[1].tolist()):
            begin = number * _UETR_BYTES
            yield uetr_text(bytes(self._uetrs[begin : begin + _UETR_BYTES]))

    def __len__(self) -> int:
        return len(self._firsts()[0])
