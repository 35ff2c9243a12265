"""Days of a live system on PostgreSQL as scenarios: each settles again to the same bytes."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from skontro.files import read_scenario, write_results, write_scenario
from skontro.model import (
    Algorithm,
    CurrencyPrice,
    InputError,
    PayIn,
    PositionLimits,
    Rulebook,
    ScheduledRuns,
    find_currency,
    to_timestamp,
)
from skontro.simulation import settle
from skontro.simulation.live_day import LiveDay, read_live_day
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

TUESDAY = datetime.date(2026, 11, 24)
EIGHT = to_timestamp(datetime.datetime(2026, 11, 24, 8, tzinfo=datetime.UTC))


def at(hour: int, minute: int = 0) -> int:
    return EIGHT + ((hour - 8) * 60 + minute) * MINUTE


def settled_again(url: str, date: datetime.date, folder: Path) -> LiveDay:
    day = read_live_day(url, date)
    write_scenario(folder / "scenario", day.scenario)
    reading = read_scenario(folder / "scenario")
    assert [str(refusal) for refusal in reading.refusals] == []
    write_results(folder / "live", day.results)
    write_results(folder / "again", settle(reading.scenario))
    names = sorted(path.name for path in (folder / "live").iterdir())
    assert "orders.parquet" in names
    for name in names:
        assert (folder / "live" / name).read_bytes() == (folder / "again" / name).read_bytes(), name
    return day


def reason_of(day: LiveDay, uetr: object) -> str:
    return str(dict(day.results.orders.select("uetr", "reason").rows())[uetr])


def test_times_on_other_days_and_legs_without_a_counterleg(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(at(8, 30))) as system:
        bank = system.bank(0)
        warehoused = order(amount="2.00")
        bank.submit(warehoused)
        system.move_to(at(10))
        tomorrow, yesterday = "2026-11-25T12:00:00Z", "2026-11-23T12:00:00Z"
        held = order(earliest_at=tomorrow)
        for one in (
            held,
            order(latest_at=tomorrow),
            order(latest_at="9999-12-30T23:59:59Z"),
            order(earliest_at=yesterday, latest_at=tomorrow),
            order(latest_at=yesterday),
            order(value_date="2026-11-25"),
        ):
            assert bank.submit(one).status_code == 201
        alone = order(counterleg=order()["uetr"])
        plain = order(1, 0, currency="RUB")
        named = order(counterleg=plain["uetr"])
        for one in (alone, named):
            assert bank.submit(one).json()["status"] == "held"
        assert system.bank(1).submit(plain).json()["status"] == "settled"
        system.move_to(at(18))
        day = settled_again(system.url, TUESDAY, tmp_path / "replayed")
    for one in (held, alone, named):
        assert reason_of(day, one["uetr"]) == "RETURNED_AT_END_OF_DAY"
    assert day.left_out["reason"].to_list() == ["LATEST_TIME_PASSED"]
    submitted = dict(day.results.orders.select("uetr", "submitted_at").rows())
    assert to_timestamp(submitted[warehoused["uetr"]]) == day.scenario.business_days[0].opens_at


def test_a_day_that_begins_overdrawn_and_one_that_was_prepared_before_it_opened(
    tmp_path: Path,
) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    with live_system(tmp_path, clock=Clock(at(9))) as system:
        _credit(system, "500.00")
        assert system.bank(0).submit(order(amount="10400.00")).json()["status"] == "settled"
        system.move_to(at(18))
        system.move_to(at(8, 30) + DAY)
        reservation = f"/v1/accounts/{BANKS[1]}/KZT/reservations/urgent"
        system.bank(1).send("PUT", reservation, {"amount": "7.00"})
        urgent = order(1, 0, "5.00", payment_class="urgent")
        assert system.bank(1).submit(urgent).json()["status"] == "warehoused"
        system.move_to(at(9) + DAY)
        system.clock.now += MINUTE
        assert system.bank(0).submit(order(amount="95.00")).json()["status"] == "settled"
        assert system.bank(0).submit(order(amount="20.00")).json()["status"] == "queued"
        assert system.bank(1).submit(order(1, 0, "20999.00")).json()["status"] == "queued"
        system.move_to(at(18) + DAY)
        for date in (TUESDAY, TUESDAY + datetime.timedelta(1)):
            day = settled_again(system.url, date, tmp_path / str(date))
    opened = {(a.bic, a.currency.code): a for a in day.scenario.directory.accounts}
    assert opened[BANKS[0], "KZT"].opening_balance == -400_00
    assert opened[BANKS[1], "KZT"].reserved_urgent == 7_00


def _credit(system: LiveSystem, amount: str) -> None:
    wish = {"kind": "set_credit_line", "participant": BANKS[0], "currency": "KZT"}
    assert system.agree({**wish, "amount": amount}).is_success


def test_a_day_under_position_limits(tmp_path: Path) -> None:
    prices = tuple(
        CurrencyPrice(find_currency(code), Decimal(1), Decimal("0.1")) for code in ("KZT", "RUB")
    )
    rulebook = Rulebook(
        schedule=(ScheduledRuns(Algorithm.WITHIN_POSITION_LIMITS, every=60 * MINUTE),),
        position_limits=PositionLimits(find_currency("KZT"), prices, 1_000_00),
    )
    write_folder(tmp_path, OFFICE_HOURS, rulebook)
    with live_system(tmp_path, clock=Clock(at(9))) as system:
        system.clock.now += MINUTE
        _credit(system, "800.00")
        one, other = order(0, 1, "10500.00", "KZT"), order(1, 0, "7.00", "RUB")
        one["counterleg"], other["counterleg"] = other["uetr"], one["uetr"]
        system.bank(0).submit(one)
        system.bank(1).submit(other)
        system.bank(0).submit(order(amount="900.00"))
        wish = {"kind": "offset", "algorithm": "within_position_limits"}
        assert system.agree(wish).is_success
        system.move_to(at(18))
        system.move_to(at(9) + DAY)
        system.clock.now += MINUTE
        system.bank(1).submit(order(1, 0, "3.00"))
        system.move_to(at(18) + DAY)
        for date in (TUESDAY, TUESDAY + datetime.timedelta(1)):
            day = settled_again(system.url, date, tmp_path / str(date))
    accounts = day.scenario.directory.accounts
    assert min(account.opening_balance for account in accounts) < 0
    assert day.results.orders["status"].to_list() == ["settled"]


def test_a_schedule_of_pay_ins_is_for_simulations_only(tmp_path: Path) -> None:
    """The live system would follow it in silence by doing nothing."""
    price = CurrencyPrice(find_currency("KZT"), Decimal(1), Decimal(0))
    pay_ins = (PayIn(datetime.time(10), Decimal(1)),)
    limits = PositionLimits(find_currency("KZT"), (price,), 1_000, pay_ins)
    with pytest.raises(InputError, match="pay_ins run in simulations only"):
        write_folder(tmp_path, OFFICE_HOURS, Rulebook(position_limits=limits))
