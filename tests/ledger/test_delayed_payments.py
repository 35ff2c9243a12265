"""Payments that an outage made late: by rule, at exact limits, and against a slow search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.ledger import Entry, genesis, make_entry, own_request
from skontro.ledger.delayed_payments import DelayedPayments, delayed_payments
from skontro.ledger.entry import NO_HASH
from skontro.ledger.outages import MOST, Outage, Outages
from skontro.model import InputError, PaymentType
from skontro.system import Batch, BatchKind
from tests.draws import examples
from tests.ledger.interrupted_record import (
    CURRENCY_OF,
    KZT,
    RUB,
    InterruptedRecord,
    at,
    draw_record,
    late_payments,
    number,
)
from tests.service.systems import MINUTE


def late_in(record: InterruptedRecord, outage: Outage | None = None) -> DelayedPayments:
    index = record.index
    chosen = outage or index.day_steps.outages.all[-1]
    orders = index.orders(index.base, index.count)
    return delayed_payments(orders, CURRENCY_OF, index.day_steps.all, chosen)


def told(found: DelayedPayments) -> list[tuple[bytes, int, int, bool]]:
    uetrs = [uetr.tobytes() for uetr in found.orders["uetr"]]
    columns = (found.due_on.tolist(), found.settled_on.tolist(), found.settled.tolist())
    return [*zip(uetrs, *columns, strict=True)]


def remembered_outages(record: InterruptedRecord) -> list[Outage]:
    steps = record.index.day_steps
    starts = [one.time for one in steps.all if one.kind == "start"]
    return [one for one in steps.outages.all if starts and starts[0] <= one.began]


# ------------------------------------------------------------------------------ outages


def entry(place: int, kind: BatchKind, time: int) -> Entry:
    return make_entry(place, Batch(kind, time, body="{}"), own_request(0), NO_HASH)


def test_an_outage_is_from_the_last_batch_to_the_claim() -> None:
    outages = Outages()
    outages.add(genesis("{}", 5))
    outages.add(entry(1, BatchKind.WRITER, 6))
    assert outages.all == ()
    outages.add(entry(2, BatchKind.ORDERS, 10))
    outages.add(entry(3, BatchKind.DECISION, 20))
    outages.add(entry(4, BatchKind.WRITER, 50))
    assert outages.all == (Outage(4, 20, 50),)
    outages.add(entry(5, BatchKind.WRITER, 70))  # the start between failed
    outages.add(entry(6, BatchKind.WRITER, 80))
    assert outages.all == (Outage(6, 20, 80),)
    outages.add(entry(7, BatchKind.ORDERS, 90))
    outages.add(entry(8, BatchKind.WRITER, 95))
    assert outages.all == (Outage(6, 20, 80), Outage(8, 90, 95))


def test_a_second_claim_right_after_the_first_is_an_outage() -> None:
    outages = Outages()
    for place, kind in enumerate([BatchKind.GENESIS, BatchKind.WRITER, BatchKind.WRITER]):
        outages.add(entry(place, kind, 10 * place))
    assert outages.all == (Outage(2, 10, 20),)


def test_the_latest_outages_are_remembered() -> None:
    outages = Outages()
    for place in range(2 * MOST + 3):
        kind = BatchKind.WRITER if place % 2 else BatchKind.ORDERS
        outages.add(entry(place, kind, place))
    assert len(outages.all) == MOST
    assert outages.all[-1] == Outage(2 * MOST + 1, 2 * MOST, 2 * MOST + 1)


def test_without_a_remembered_start_of_day_the_outage_is_refused() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 9))
    with pytest.raises(InputError, match="before batch 4 is not remembered; name more days"):
        late_in(record, Outage(4, at(0, 7), at(0, 8)))


# -------------------------------------------------------------------- payments that wait


def test_a_waiting_payment_whose_day_ended_in_the_outage_is_late_to_its_repetition() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(amount=20)  # settled before
    waiting = record.order(amount=5_000)
    record.outage(at(1, 7))
    record.run_to(at(1, 10))
    record.order(amount=4_999, payee=2)
    assert told(late_in(record)) == [(waiting, number(0), number(1), False)]
    record.order(payer=1, payee=0, amount=900, currency=KZT)
    record.order(payer=2, payee=0, amount=1_000)
    record.order(payer=1, payee=0, amount=60)
    record.run_to(at(2, 10))
    # A payment of the same terms, but smaller than what is missing, does not repeat it.
    assert told(late_in(record)) == [(waiting, number(0), number(2), False)]


def test_repetitions_are_matched_in_turn_by_accounts_amount_type_and_details() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    # A first order that does not fit makes the others wait behind it.
    record.order(amount=5_000)
    ref = bytes(31) + b"\7"
    first, second = record.order(amount=50), record.order(amount=50)
    other, named = record.order(amount=50, payee=2), record.order(amount=50, details=ref)
    record.outage(at(1, 8))
    record.run_to(at(1, 10))
    record.order(amount=50)
    record.order(amount=50, payment_type=PaymentType.INTERBANK)
    record.run_to(at(2, 10))
    record.order(amount=50, details=ref)
    record.order(amount=50, payee=2, currency=RUB)
    by_uetr = {one[0]: one[2:] for one in told(late_in(record))}
    assert by_uetr[first] == (number(1), True)
    assert by_uetr[second] == (number(2), False)
    assert by_uetr[other] == (number(2), False)
    assert by_uetr[named] == (number(2), True)
    assert len(by_uetr) == 5


def test_a_waiting_payment_with_hours_left_is_not_late_by_the_outage() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(amount=5_000)
    record.outage(at(0, 17, 59))
    record.run_to(at(1, 10))
    assert len(late_in(record)) == 0


def test_an_outage_after_the_end_of_the_day_makes_nothing_late() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(amount=5_000)
    record.run_to(at(0, 19))
    record.outage(at(1, 8))
    record.run_to(at(1, 10))
    assert len(late_in(record)) == 0


# ------------------------------------------------------------- payments that come too late


@pytest.mark.parametrize(
    ("hour", "payment_type", "lost"),
    [(17, PaymentType.CUSTOMER, 30), (17, PaymentType.INTERBANK, 90)],
)
def test_a_payment_that_missed_a_cut_off_of_the_outage_has_the_time_that_was_lost(
    hour: int, payment_type: PaymentType, lost: int
) -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(at(0, 14, 30))
    record.outage(at(0, hour))
    limit = at(0, hour) + lost * MINUTE
    in_time = []
    if limit < at(0, 18):
        in_time.append(record.order(limit, currency=RUB, payment_type=payment_type))
        record.order(limit + 1, currency=RUB, payment_type=payment_type)
    else:
        in_time.append(record.order(at(0, 17, 50), currency=RUB, payment_type=payment_type))
    settled = record.order(currency=KZT)
    assert [one[0] for one in told(late_in(record))] == in_time
    assert settled not in in_time
    found = late_in(record)
    assert (found.due_on.tolist(), found.settled_on.tolist()) == ([number(0)], [number(0)])


def test_cut_offs_before_and_after_the_outage_are_those_of_the_bank() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 15))
    record.outage(at(0, 15, 50))
    record.order(currency=RUB)  # the customers' cut-off had passed before
    record.order(currency=RUB, payee=9)  # to an account that there is not
    record.run_to(at(0, 16, 1))
    record.order(currency=RUB, payment_type=PaymentType.INTERBANK)
    record.order(currency=RUB)
    assert len(late_in(record)) == 0


def test_a_payment_for_the_day_that_ended_in_the_outage() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 17))
    record.order(at(0, 17))
    began = record.time
    record.outage(at(0, 20))
    ended = record.index.day_steps.outages.all[-1].ended
    limit = ended + at(0, 18) - began
    before = record.order(value_date=number(0))
    undated = record.order()
    record.order(payee=9)
    record.order(payee=6)
    record.order(payer=-1)
    highest = record.order(currency=RUB, payee=2)
    last = record.order(limit, value_date=number(0))
    record.order(limit + 1, value_date=number(0))
    record.order(limit + 2)
    record.order(value_date=number(-1))
    assert [one[0] for one in told(late_in(record))] == [before, undated, highest, last]


# ------------------------------------------------------------------- dates that passed


def test_a_value_date_within_the_outage_is_late_to_the_repetition() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    skipped = record.order(value_date=number(1))
    other = record.order(value_date=number(1), amount=11)
    record.order(value_date=number(2))
    record.order(value_date=number(3))
    record.outage(at(2, 8, 30))
    record.order(value_date=number(1), amount=12)  # past, and the bank should know
    record.run_to(at(2, 10))
    record.order()
    expected = [(skipped, number(1), number(2), True), (other, number(1), number(2), False)]
    assert told(late_in(record)) == expected
    record.run_to(at(3, 10))
    record.order(amount=11)
    expected[1] = (other, number(1), number(3), True)
    assert told(late_in(record)) == expected


def test_a_value_date_that_opens_late_is_reached() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(value_date=number(1))
    record.outage(at(1, 17))
    assert len(late_in(record)) == 0


# --------------------------------------------------------------------- a slow search


@given(seed=st.integers(0, 2**32), acts=st.integers(5, 60))
@settings(max_examples=examples(60), deadline=None)
def test_the_late_payments_are_those_that_a_slow_search_finds(seed: int, acts: int) -> None:
    record = draw_record(seed, acts)
    for outage in remembered_outages(record):
        assert told(late_in(record, outage)) == late_payments(record, outage.batch)


@pytest.mark.long
def test_the_slow_search_meets_every_kind_of_late_payment() -> None:
    reasons, settled = set[int](), set[bool]()
    for seed in range(40):
        record = draw_record(seed, 50)
        for outage in remembered_outages(record):
            found = late_in(record, outage)
            reasons |= {*found.orders["reason"].tolist()}
            settled |= {*found.settled.tolist()}
    assert (reasons, settled) == ({30, 52, 82, 83, 84}, {True, False})


def test_nothing_is_shared_with_the_orders_given() -> None:
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(amount=5_000)
    record.outage(at(1, 7))
    found = late_in(record)
    found.orders["amount"] = 1
    assert record.index.orders(0, 1)["amount"].tolist() == [5_000]
    assert np.array_equal(found.settled_on, [number(0)])
