"""A business day from start to seal: cut-offs, extension, warehouse, holidays."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.model import to_timestamp
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)

EIGHT = to_timestamp(datetime.datetime(2026, 11, 24, 8, tzinfo=datetime.UTC))


def at(hour: int, minute: int = 0) -> int:
    return EIGHT + ((hour - 8) * 60 + minute) * MINUTE


@pytest.fixture
def system(tmp_path: Path) -> Iterator[LiveSystem]:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(at(7))) as running:
        yield running


def outcome(system: LiveSystem, **fields: object) -> tuple[str, str | None]:
    answer = system.bank(0).submit(order(**fields)).json()  # type: ignore[arg-type]
    return answer["status"], answer["reason"]


def phase(system: LiveSystem) -> tuple[str, str]:
    day = system.operator().get("/v1/day").json()
    return day["phase"], day["currencies"]["RUB"]


def test_a_day_from_start_to_seal(system: LiveSystem) -> None:
    assert phase(system) == ("sealed", "sealed")
    assert outcome(system) == ("rejected", "DAY_NOT_OPEN")
    system.move_to(at(8))
    assert phase(system) == ("start_of_day", "start_of_day")
    assert outcome(system) == ("warehoused", "AWAITS_VALUE_DATE")
    system.move_to(at(9))
    assert phase(system) == ("open", "open")
    assert outcome(system, currency="RUB") == ("settled", None)
    system.move_to(at(15))
    assert phase(system) == ("open", "customer_cut_off_passed")
    assert outcome(system, currency="RUB") == ("rejected", "CUSTOMER_CUT_OFF_PASSED")
    assert outcome(system, currency="RUB", payment_type="interbank") == ("settled", None)
    assert outcome(system, currency="KZT") == ("settled", None)
    system.move_to(at(16))
    late = outcome(system, currency="RUB", payment_type="interbank")
    assert late == ("rejected", "INTERBANK_CUT_OFF_PASSED")
    waits = order(0, 1, "99999.00")
    assert system.bank(0).submit(waits).json()["status"] == "queued"
    system.move_to(at(18))
    assert phase(system) == ("sealed", "sealed")
    returned = system.bank(0).get(f"/v1/orders/{waits['uetr']}").json()
    assert (returned["status"], returned["reason"]) == ("returned", "RETURNED_AT_END_OF_DAY")
    assert system.verified().difference is None


def test_orders_wait_in_the_warehouse_for_their_date(system: LiveSystem) -> None:
    system.move_to(at(10))
    for_tomorrow, withdrawn = (order(value_date="2026-11-25", amount="1.25") for _ in range(2))
    for one in (for_tomorrow, withdrawn):
        assert system.bank(0).submit(one).json()["status"] == "warehoused"
    system.move_to(at(11))
    cancelled = system.bank(0).send("POST", f"/v1/orders/{withdrawn['uetr']}/cancellation")
    assert cancelled.is_success
    gone = system.bank(0).get(f"/v1/orders/{withdrawn['uetr']}").json()
    assert (gone["status"], gone["reason"]) == ("cancelled", "CANCELLED_BY_PARTICIPANT")
    assert gone["status_at"].startswith("2026-11-24T11:00:00")
    assert outcome(system, value_date="2026-11-23") == ("rejected", "NO_BUSINESS_DAY")
    assert outcome(system, value_date="2026-11-28") == ("rejected", "NO_BUSINESS_DAY")
    assert outcome(system, value_date="2027-01-04") == ("rejected", "VALUE_DATE_TOO_FAR")
    holiday = outcome(system, value_date="2026-11-26", currency="RUB")
    assert holiday == ("rejected", "NO_BUSINESS_DAY")
    system.move_to(at(18))
    system.move_to(at(9) + DAY)
    shown = system.bank(0).get(f"/v1/orders/{for_tomorrow['uetr']}").json()
    assert (shown["status"], shown["value_date"]) == ("settled", "2026-11-25")
    gone = system.bank(0).get(f"/v1/orders/{withdrawn['uetr']}").json()
    assert gone["status"] == "cancelled"
    assert system.bank(0).submit(for_tomorrow).json()["status"] == "warehoused"
    system.move_to(at(18) + DAY)
    system.move_to(at(9) + 2 * DAY)
    assert outcome(system, currency="RUB") == ("rejected", "CURRENCY_CLOSED")
    assert system.verified().difference is None


def test_two_persons_extend_a_cut_off_and_it_never_comes_earlier(system: LiveSystem) -> None:
    system.move_to(at(14, 50))
    wish = {"kind": "extend", "step": "customer_cut_off", "currency": "RUB"}
    wish["until"] = "2026-11-24T16:30:00Z"
    number = system.operator(0).propose(wish).json()["proposal"]
    system.move_to(at(14, 55))
    assert approve(system.operator(1), number).is_success
    system.move_to(at(16, 15))
    assert outcome(system, currency="RUB") == ("settled", None)
    system.move_to(at(16, 30))
    assert phase(system) == ("open", "interbank_cut_off_passed")
    refused = system.operator(0).propose({**wish, "until": "2026-11-24T17:00:00Z"}).json()
    assert refused["reason"] == "NOTHING_TO_EXTEND"
    later = {"kind": "extend", "step": "end_of_day", "until": "2026-11-24T19:00:00Z"}
    number = system.operator(0).propose(later).json()["proposal"]
    assert approve(system.operator(1), number).is_success
    system.move_to(at(18, 30))
    assert outcome(system) == ("settled", None)
    system.move_to(at(19))
    assert phase(system)[0] == "sealed"
    assert system.verified().difference is None


def test_a_restart_in_the_middle_of_a_day_goes_on_as_if_nothing_had_happened(
    tmp_path: Path,
) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url, clock = new_database(), Clock(at(8, 30))
    with live_system(tmp_path, url, clock) as system:
        warehoused = order(amount="3.00")
        assert system.bank(0).submit(warehoused).json()["status"] == "warehoused"
        wish = {"kind": "suspend", "participant": BANKS[2]}
        number = system.operator(0).propose(wish).json()["proposal"]
    with live_system(tmp_path, url, clock, commands_per_snapshot=1) as system:
        assert approve(system.operator(1), number).is_success
        system.move_to(at(9, 30))
        assert system.bank(0).get(f"/v1/orders/{warehoused['uetr']}").json()["status"] == "settled"
        queued = order(1, 0, "99999.00")
        first = system.bank(1).submit(queued, key="k").json()
        digest = system.service.sequencer.system.engine.digest()
    with live_system(tmp_path, url, clock) as system:
        assert system.service.sequencer.system.engine.digest() == digest
        assert system.bank(1).submit(queued, key="k").json() == first
        assert system.bank(0).submit(order(0, 2)).json()["reason"] == "PARTICIPANT_SUSPENDED"
        clock.now = at(3) + 4 * DAY  # out of service until after the weekend
        system.move_to(at(9) + 6 * DAY)
        assert system.operator().get("/v1/day").json()["date"] == "2026-11-30"
        assert system.verified().difference is None


def is_sealed_until(system: LiveSystem, due: int) -> None:
    """Its day is sealed at five in the afternoon; the next step is due then."""
    system.move_to(at(17))
    assert phase(system)[0] == "sealed"
    assert system.service.sequencer.system.clock.next_step(at(17)).due == due
    assert system.verified().difference is None


def test_a_record_keeps_the_clock_changes_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine learns that Berlin keeps the hours of New York; the record does not."""
    import attrs

    from skontro.files import system_rules as files

    write_folder(tmp_path, attrs.evolve(OFFICE_HOURS, time_zone="Europe/Berlin"))
    url, clock = new_database(), Clock(at(7, 30))
    with live_system(tmp_path, url, clock) as system:
        assert phase(system)[0] == "start_of_day"
    table = files.read_zone_table("America/New_York")
    monkeypatch.setattr(files, "read_zone_table", lambda _name: table)
    with live_system(tmp_path, url, clock) as system:
        system.move_to(at(8))
        assert phase(system)[0] == "open"
        is_sealed_until(system, at(7) + DAY)


def test_two_operators_adopt_other_clock_changes(tmp_path: Path) -> None:
    """From the next day on Berlin keeps the hours of Moscow, also after a restart."""
    import base64

    import attrs

    from skontro.files.system_rules import read_zone_table

    write_folder(tmp_path, attrs.evolve(OFFICE_HOURS, time_zone="Europe/Berlin"))
    url, clock = new_database(), Clock(at(10))
    table = base64.b64encode(read_zone_table("Europe/Moscow")).decode()
    with live_system(tmp_path, url, clock) as system:
        wish = {"kind": "set_clock_changes", "clock_changes": table}
        answer = system.agree(wish)
        assert answer.is_success, answer.text
        wrong = {"kind": "set_clock_changes", "clock_changes": "no Base64"}
        assert system.operator(0).propose(wrong).status_code == 422
        system.move_to(at(16, 59))
        assert phase(system)[0] == "open"
    with live_system(tmp_path, url, clock) as system:
        is_sealed_until(system, at(5) + DAY)


def test_a_day_of_the_record_settles_again_to_the_same_bytes(tmp_path: Path) -> None:
    from skontro.files import read_scenario, write_results, write_scenario
    from skontro.simulation import settle
    from skontro.simulation.live_day import read_live_day

    folder = tmp_path / "system"
    folder.mkdir()
    write_folder(folder, OFFICE_HOURS)
    with live_system(folder, clock=Clock(at(7))) as system:
        _busy_day(system)
        url = system.url
    day = read_live_day(url, datetime.date(2026, 11, 24))
    write_scenario(tmp_path / "scenario", day.scenario)
    reading = read_scenario(tmp_path / "scenario")
    assert len(reading.refusals) == 0
    write_results(tmp_path / "live", day.results)
    write_results(tmp_path / "again", settle(reading.scenario))
    names = sorted(path.name for path in (tmp_path / "live").iterdir())
    assert "orders.parquet" in names
    for name in names:
        assert (tmp_path / "live" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert day.results.orders["status"].unique().sort().to_list() == [
        "cancelled",
        "returned",
        "settled",
    ]
    assert day.left_out["reason"].to_list() == ["CUSTOMER_CUT_OFF_PASSED"]


def _busy_day(system: LiveSystem) -> None:
    bank = [system.bank(number) for number in range(3)]
    bank[0].submit(order(amount="7.00"))
    system.move_to(at(8))
    bank[0].submit(order(amount="1.00"))
    system.move_to(at(9))
    system.clock.now += MINUTE
    for payer in range(3):
        for amount in ("6000.00", "5000.00", "900.00"):
            bank[payer].submit(order(payer, (payer + 1) % 3, amount))
    one, other = order(0, 1, "5.00", "KZT"), order(1, 0, "7.00", "RUB")
    one["counterleg"], other["counterleg"] = other["uetr"], one["uetr"]
    bank[0].submit(one)
    bank[1].submit(other)
    stuck = order(2, 0, "88888.00")
    bank[2].submit(stuck)
    cancelled = order(2, 1, "77777.00", latest_at="2026-11-24T15:30:00Z")
    bank[2].submit(cancelled)
    timed = order(1, 2, "1.00", earliest_at="2026-11-24T12:00:00Z")
    bank[1].submit(timed)
    bank[2].send("PUT", f"/v1/orders/{stuck['uetr']}/payment-class", {"payment_class": "high"})
    bank[2].send("POST", f"/v1/orders/{cancelled['uetr']}/cancellation")
    bank[1].send("PUT", f"/v1/accounts/{BANKS[1]}/KZT/reservations/high", {"amount": "2.00"})
    for wish in (
        {"kind": "offset", "algorithm": "greatest_fifo_set"},
        {"kind": "transfer_in", "participant": BANKS[1], "currency": "RUB", "amount": "3.00"},
        {"kind": "set_credit_line", "participant": BANKS[0], "currency": "KZT", "amount": "9.00"},
    ):
        number = system.operator(0).propose(wish).json()["proposal"]
        assert approve(system.operator(1), number).is_success
    system.move_to(at(15))
    bank[0].submit(order(0, 1, "1.00", "RUB"))
    system.move_to(at(18))


def test_what_moves_between_two_days_is_in_the_statement_of_the_second(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(at(10))) as system:
        system.move_to(at(19))
        transfer = {"kind": "transfer_in", "participant": "AAAAKZK0", "currency": "KZT"}
        assert system.agree({**transfer, "amount": "5.00"}).is_success
        system.move_to(at(10) + DAY)
        statement = system.bank(0).get("/v1/accounts/AAAAKZK0/KZT/statement").json()
        assert statement["opening_balance"] == "10000.00"
        assert [one["credit"] for one in statement["entries"]] == ["5.00"]
        assert statement["entries"][0]["balance"] == "10005.00"
        shown = system.bank(0).get("/v1/accounts/AAAAKZK0/KZT").json()
        assert shown["balance"] == "10005.00"
