"""What `docs/reference/file-formats.md` says of linked legs of which one is refused, row by row."""

from pathlib import Path

import pytest

from skontro.model import ReasonCode
from tests.files.banks import uetr
from tests.files.payment_files import read_text, reasons

HEADER = "uetr,payer,payee,currency,amount,submitted_at,counterleg"
DAY, NEXT = "2026-10-25", "2026-10-26"


def leg(number: int, currency: str, other: int | None, *, day: str = DAY, amount: str = "5") -> str:
    """A leg from one bank to the other; with amount 0 it is refused."""
    counterleg = "" if other is None else uetr(other)
    return f"{uetr(number)},BANKDEFF,BANKKZKX,{currency},{amount},{day}T10:00,{counterleg}"


UNKNOWN, ZERO = ReasonCode.COUNTERLEG_UNKNOWN, ReasonCode.AMOUNT_NOT_POSITIVE
SAME = ReasonCode.LEGS_IN_ONE_CURRENCY


@pytest.mark.parametrize(
    ("rows", "refused", "warned"),
    [
        # A pair of which one is refused: the other is refused too, whichever comes first.
        ([leg(1, "EUR", 2, amount="0"), leg(2, "KZT", 1)],
         [(2, "amount", ZERO), (3, "counterleg", UNKNOWN)], []),
        ([leg(1, "EUR", 2), leg(2, "KZT", 1, amount="0")],
         [(2, "counterleg", UNKNOWN), (3, "amount", ZERO)], []),
        # Legs of two days that name each other are no pair and wait; but if one is refused, so is
        # the other.
        ([leg(1, "EUR", 2), leg(2, "KZT", 1, day=NEXT)], [], [2, 3]),
        ([leg(1, "EUR", 2), leg(2, "KZT", 1, day=NEXT, amount="0")],
         [(2, "counterleg", UNKNOWN), (3, "amount", ZERO)], []),
        # A leg that is not named back waits, whether what it names is refused or not.
        ([leg(1, "EUR", 2), leg(2, "KZT", None)], [], [2]),
        ([leg(1, "EUR", 2), leg(2, "KZT", None, amount="0")], [(3, "amount", ZERO)], [2]),
        # One that names an earlier payment that does not name it back is refused.
        ([leg(1, "EUR", None), leg(2, "KZT", 1)], [(3, "counterleg", UNKNOWN)], []),
        # Named in the file by nobody: it waits.
        ([leg(1, "EUR", 9)], [], [2]),
        # Two that name each other in one currency are both refused.
        ([leg(1, "EUR", 2), leg(2, "EUR", 1)],
         [(2, "counterleg", SAME), (3, "counterleg", SAME)], []),
        # A leg that names itself.
        ([leg(1, "EUR", 1)], [(2, "counterleg", UNKNOWN)], []),
        # The first row of a UETR is the one that is named; a repeated one changes nothing.
        ([leg(1, "EUR", 2, amount="0"), leg(1, "EUR", 2), leg(2, "KZT", 1)],
         [(2, "amount", ZERO), (3, "uetr", ReasonCode.DUPLICATE_ORDER),
          (4, "counterleg", UNKNOWN)], []),
    ],
)  # fmt: skip
def test_legs_of_which_one_is_refused(
    tmp_path: Path, rows: list[str], refused: list[object], warned: list[int]
) -> None:
    reading = read_text(tmp_path, "\n".join([HEADER, *rows]) + "\n")
    assert reasons(reading) == refused
    assert [one.row for one in reading.warnings] == warned
