"""Facts of orders in openings of cases are compared with the record: each forged one is found."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.engine import CommandKind, Commands, command, uetr_bytes
from skontro.ledger import make_entry
from skontro.ledger.case_orders import UNDER_WAY, CaseOrders, case_status
from skontro.ledger.entry import own_request
from skontro.ledger.order_records import STATUSES
from skontro.model import OrderStatus
from skontro.service.api import cases
from skontro.system import Batch
from skontro.system.cases.case import CaseOrder
from skontro.system.cases.case_types import CaseType
from tests.service.systems import BANKS, live_system, new_database, order, write_folder
from tests.system.cases.running import A, B, Running, uetr

TODAY = "2026-11-24"
ORDER = CaseOrder(uetr(1), A, B, "KZT", 50_000, OrderStatus.SETTLED, TODAY)


def submitted(running: Running, number: int = 1, amount: int = 50_000, **fields: Any) -> Batch:
    """A payment of the first bank to the second."""
    accounts = [running.system.directory.account_number(bic, "KZT") for bic in (A, B)]
    assert None not in accounts
    order = command(
        CommandKind.SUBMIT,
        0,
        payer=accounts[0],
        payee=accounts[1],
        amount=amount,
        payment_class=2,
    ).evolve(uetr=[uetr_bytes(uetr(number))], **fields)
    batch = running.system.orders(running.now, order)
    running.batches.append(batch)
    return batch


def requested(running: Running, request: Commands) -> None:
    running.batches.append(running.system.request(running.now, request))


def differences(running: Running, *wanted: int) -> list[str]:
    """All differences in the record, with these orders followed."""
    again = Running.__new__(Running)
    again.system = type(running.system)(running.system.rules)
    follower = CaseOrders(uetr_bytes(uetr(one)) for one in wanted or (1,))
    return [*_found(again, running, follower)]


def _found(again: Running, running: Running, follower: CaseOrders) -> Iterator[str]:
    for number, batch in enumerate(running.batches):
        again.system.replay(batch)
        entry = make_entry(number, batch, own_request(len(batch.commands)), bytes(32))
        if (found := follower.check(entry, again.system)) is not None:
            yield found


def opened(running: Running, order: CaseOrder, kind: CaseType = CaseType.NON_RECEIPT) -> None:
    assert running.open(A, type=kind, order=order) == "NONE"


@pytest.fixture
def running() -> Running:
    made = Running()
    submitted(made, 7, 1)
    submitted(made)
    return made


def test_the_facts_that_the_record_gives_are_right(running: Running) -> None:
    opened(running, ORDER)
    assert differences(running) == []
    assert differences(running, 1, 7) == []


@pytest.mark.parametrize(
    ("forged", "text"),
    [
        ({"payer": BANKS[2]}, f"the payer of its order is '{BANKS[2]}', the record gives '{A}'"),
        ({"payee": BANKS[2]}, f"the payee of its order is '{BANKS[2]}', the record gives '{B}'"),
        ({"currency": "RUB"}, "the currency of its order is 'RUB', the record gives 'KZT'"),
        ({"amount": 50_001}, "the amount of its order is '50001', the record gives '50000'"),
        ({"amount": 49_999}, "the amount of its order is '49999', the record gives '50000'"),
        (
            {"date": "2026-11-23"},
            f"the date of its order is '2026-11-23', the record gives '{TODAY}'",
        ),
        (
            {"status": OrderStatus.QUEUED},
            "the status of its order is 'queued', the record gives 'settled'",
        ),
        ({"uetr": uetr(2)}, f"the record has no order {uetr(2)}"),
    ],
)
def test_each_forged_fact_is_found(running: Running, forged: dict[str, Any], text: str) -> None:
    opened(running, ORDER)
    given = attrs.evolve(ORDER, **forged)
    side = A if given.payer == A else B
    assert running.open(side, type=CaseType.STATUS, order=given) == "NONE"
    place = len(running.batches) - 1
    assert differences(running, 1, 2) == [f"batch {place}: case 1: {text}"]


def test_the_first_difference_is_reported_once(running: Running) -> None:
    opened(running, attrs.evolve(ORDER, amount=1, status=OrderStatus.QUEUED))
    place = len(running.batches) - 1
    running.days(1)
    [found] = differences(running)
    assert found.startswith(f"batch {place}: case 0: the amount of its order is '1'")


def test_a_value_date_is_the_date_of_the_order() -> None:
    running = Running()
    day = (datetime.date(2026, 11, 25) - datetime.date(1970, 1, 1)).days
    submitted(running, value_date=day)
    warehoused = attrs.evolve(ORDER, status=OrderStatus.HELD, date="2026-11-25")
    opened(running, warehoused)
    assert differences(running) == []
    running.days(1)
    settled = attrs.evolve(warehoused, status=OrderStatus.SETTLED)
    assert running.open(A, type=CaseType.STATUS, order=settled) == "NONE"
    early = attrs.evolve(settled, date=TODAY)
    assert running.open(B, type=CaseType.STATUS, order=early) == "NONE"
    [found] = differences(running)
    assert "case 2: the date of its order is '2026-11-24', the record gives '2026-11-25'" in found


def test_a_warehoused_order_that_was_cancelled() -> None:
    running = Running()
    day = (datetime.date(2026, 11, 25) - datetime.date(1970, 1, 1)).days
    submitted(running, value_date=day)
    requested(running, command(CommandKind.CANCEL, 0).evolve(uetr=[uetr_bytes(uetr(1))]))
    date = "2026-11-25"
    opened(running, attrs.evolve(ORDER, status=OrderStatus.CANCELLED, date=date))
    settled = attrs.evolve(ORDER, date=date)
    assert running.open(A, type=CaseType.STATUS, order=settled) == "NONE"
    [found] = differences(running)
    assert found.endswith(
        "case 1: the status of its order is 'settled', the record gives 'cancelled'"
    )


def waiting_until(running: Running, wait: int) -> None:
    """A queued order that settles; so many microseconds later, an opening calls it queued."""
    submitted(running, amount=1_000_001)
    back = [running.system.directory.account_number(bic, "KZT") for bic in (B, A)]
    cover = command(
        CommandKind.SUBMIT, 0, payer=back[0], payee=back[1], amount=1_000, payment_class=2
    )
    running.batches.append(
        running.system.orders(running.now, cover.evolve(uetr=[uetr_bytes(uetr(9))]))
    )
    settled_at = int(running.system.last_time)
    running.clock = settled_at + wait - 1
    queued = attrs.evolve(ORDER, amount=1_000_001, status=OrderStatus.QUEUED)
    opened(running, queued)
    assert running.batches[-1].time == settled_at + wait


@pytest.mark.parametrize(("late", "found"), [(-1, False), (0, False), (1, True)])
def test_an_opening_under_way_has_the_status_of_its_sending(late: int, *, found: bool) -> None:
    running = Running()
    waiting_until(running, UNDER_WAY + late)
    given = differences(running)
    assert len(given) == found
    if found:
        assert given[0].endswith("is 'queued', the record gives 'settled'")


def test_an_order_is_queued_before_it_settles() -> None:
    running = Running()
    submitted(running, amount=1_000_001)
    opened(running, attrs.evolve(ORDER, amount=1_000_001, status=OrderStatus.QUEUED))
    early = attrs.evolve(ORDER, amount=1_000_001)
    assert running.open(A, type=CaseType.STATUS, order=early) == "NONE"
    [found] = differences(running)
    assert found.endswith("case 1: the status of its order is 'settled', the record gives 'queued'")


def test_records_without_openings_follow_nothing(running: Running) -> None:
    opened(running, attrs.evolve(ORDER, amount=1))
    follower = CaseOrders([])
    again = Running.__new__(Running)
    again.system = type(running.system)(running.system.rules)
    assert [*_found(again, running, follower)] == []
    assert not follower._followed


def test_uetrs_with_an_equal_half_are_other_orders(running: Running) -> None:
    near = bytearray(uetr_bytes(uetr(1)))
    near[-1] ^= 1
    follower = CaseOrders([bytes(near)])
    again = Running.__new__(Running)
    again.system = type(running.system)(running.system.rules)
    assert [*_found(again, running, follower)] == []
    assert not follower._followed


@pytest.mark.parametrize("status", [*OrderStatus])
def test_cases_have_the_statuses_of_orders(status: OrderStatus) -> None:
    assert case_status(STATUSES.index(status)) == status


def test_orders_outside_the_engine_are_held() -> None:
    for name in ("warehoused", "earmarked"):
        assert case_status(STATUSES.index(name)) == OrderStatus.HELD


@pytest.mark.long
def test_verification_reports_a_forged_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path, new_database()) as system:
        one = order(amount="10.00", currency="KZT")
        assert system.bank(0).submit(one).json()["status"] == "settled"
        given = {"reference": "R-1", "type": "recall", "uetr": one["uetr"]}
        given |= {"terms": {"principal": "10.00"}}
        assert system.bank(0).send("POST", "/v1/cases", given).status_code == 201
        assert system.verified().difference is None
        real = cases.case_order_of
        monkeypatch.setattr(
            cases, "case_order_of", lambda *given: attrs.evolve(real(*given), amount=1_001)
        )
        given |= {"reference": "R-2", "type": "investigation", "terms": None}
        answer = system.bank(0).send("POST", "/v1/cases", given)
        assert answer.status_code == 201, answer.text
        place = answer.json()["batch"]
        expected = "case 1: the amount of its order is '1001', the record gives '1000'"
        assert system.verified().difference == f"batch {place}: {expected}"
