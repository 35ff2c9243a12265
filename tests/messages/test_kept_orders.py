"""References and details of orders in a temporary file."""

import errno
from unittest import mock

import pytest

from skontro.messages import kept_orders
from skontro.messages.instructed_order import TransactionReference
from skontro.messages.kept_orders import KeptOrders
from skontro.model import InputError, PaymentDetails

UETRS = [
    "ffffffff-0000-4000-8000-000000000000",
    "00000000-0000-4000-8000-0000000000ff",
    "00000000-0000-4000-8000-000000000000",
    "00000000-0000-4000-8000-000000000100",
]


def _kept(*uetrs: str) -> KeptOrders:
    kept = KeptOrders()
    for number, uetr in enumerate(uetrs):
        reference = TransactionReference(f"I{number}", "", f"Тн\n{number}", uetr)
        kept.keep(uetr, reference, PaymentDetails(remittance=(f"Счёт {number}",)))
    return kept


@pytest.mark.parametrize("in_memory", [1, 10**6])
def test_each_is_found_again(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(kept_orders, "_IN_MEMORY", in_memory)
    kept = _kept(*UETRS)
    assert list(kept) == UETRS
    assert (len(kept), kept.count) == (4, 4)
    assert [kept[uetr].remittance for uetr in UETRS] == [(f"Счёт {n}",) for n in range(4)]
    found = list(kept.references(range(1, 3)))
    assert found == [TransactionReference(f"I{n}", "", f"Тн\n{n}", UETRS[n]) for n in (1, 2)]
    for other in ("", "no", "00", UETRS[0][:-2], UETRS[0][:-1] + "1", UETRS[1][:-2] + "fe"):
        assert other not in kept
        with pytest.raises(KeyError):
            kept[other]
    assert UETRS[2] in kept
    assert UETRS[2].upper() in kept


def test_the_first_with_a_uetr_counts() -> None:
    kept = _kept(UETRS[1], UETRS[0], UETRS[1])
    assert list(kept) == [UETRS[1], UETRS[0]]
    assert (len(kept), kept.count) == (2, 3)
    assert kept[UETRS[1]].remittance == ("Счёт 0",)
    assert [one.instruction_id for one in kept.references(range(3))] == ["I0", "I1", "I2"]


def test_the_last_are_dropped_and_others_kept_in_their_place() -> None:
    kept = _kept(*UETRS)
    assert UETRS[3] in kept
    kept.drop_after(1)
    assert (kept.count, list(kept)) == (1, UETRS[:1])
    assert UETRS[3] not in kept
    kept.keep(UETRS[2], TransactionReference("again"), PaymentDetails(purpose="GDDS"))
    assert list(kept) == [UETRS[0], UETRS[2]]
    assert kept[UETRS[2]].purpose == "GDDS"
    assert kept[UETRS[0]].remittance == ("Счёт 0",)
    assert [one.instruction_id for one in kept.references(range(2))] == ["I0", "again"]


def test_nothing_kept_is_nothing_found() -> None:
    kept = KeptOrders()
    assert (kept.count, len(kept), list(kept), UETRS[0] in kept) == (0, 0, [], False)
    assert list(kept.references(range(0))) == []


def test_a_full_disk_is_said_with_what_to_do() -> None:
    kept = KeptOrders()
    full = OSError(errno.ENOSPC, "No space left on device")
    with (
        mock.patch.object(kept._file, "write", side_effect=full),
        pytest.raises(InputError) as raised,
    ):
        kept.keep(UETRS[0], TransactionReference(), PaymentDetails())
    assert str(raised.value) == (
        "a temporary file for details of payments cannot be written: No space left on device; "
        "name a folder with room in TMPDIR"
    )
    assert kept.count == 0
