"""A fork of a live system: read from its record, and as the system itself goes on."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from skontro.ledger import connect
from skontro.ledger.past_orders import orders_of_day, past_days
from skontro.model import InputError, InvariantBroken
from skontro.simulation.what_if import Outcome, change_of, compare_rests
from skontro.simulation.what_if.recorded import fork_of_record
from tests.cli.in_process import run_main
from tests.service.systems import (
    BANKS,
    DAY,
    MINUTE,
    NOON,
    OFFICE_HOURS,
    LiveSystem,
    live_system,
    order,
    write_folder,
)

pytestmark = pytest.mark.long
HOUR = 60 * MINUTE
SECOND_DAY = datetime.date(2026, 11, 25)


def _pay(system: LiveSystem, payer: int, payee: int, amount: str, **fields: Any) -> None:
    answer = system.bank(payer).submit(order(payer, payee, amount, **fields))
    assert answer.is_success, answer.text


def _digest(url: str) -> str:
    """Of all that the record holds."""
    digest = hashlib.sha256()
    with psycopg.connect(url) as connection:
        for table in ("journal", "command", "event", "posting", "snapshot", "writer"):
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall():
                digest.update(repr(row).encode())
    return digest.hexdigest()


def test_a_fork_expects_the_orders_of_the_day_before_and_writes_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS, balance=1_000_00)
    with live_system(tmp_path) as system:
        _pay(system, 0, 1, "100.00", payment_class="high")
        system.move_to(NOON + HOUR)
        _pay(system, 1, 2, "20.00")
        _pay(system, 0, 2, "1500.00")
        system.move_to(NOON + 2 * HOUR)
        _pay(system, 2, 0, "700.00")
        system.move_to(NOON + 6 * HOUR)
        system.move_to(NOON + DAY + HOUR // 2)
        _pay(system, 0, 1, "5.00")
        before = _digest(system.url)
        with connect(system.url) as connection:
            days = past_days(connection)
            assert [day.date for day in days] == [SECOND_DAY - datetime.timedelta(1)]
            assert days[0].opened_at == NOON - 3 * HOUR
            whole = orders_of_day(connection, days[0])
            day = fork_of_record(connection, now=NOON + DAY + HOUR // 2 + 5)
            plain = fork_of_record(connection, expect=False)
        assert whole.amount.tolist() == [100_00, 20_00, 1_500_00, 700_00]
        assert whole.payment_class.tolist() == [1, 2, 2, 2]
        assert (whole.payer.tolist(), whole.payee.tolist()) == ([0, 1, 0, 2], [1, 2, 2, 0])
        assert (day.date, day.like) == (SECOND_DAY, SECOND_DAY - datetime.timedelta(1))
        assert day.opens_at == NOON + DAY - 3 * HOUR
        assert day.fork.now == NOON + DAY + HOUR // 2 + 5
        assert day.orders.amount.tolist() == [20_00, 1_500_00, 700_00]
        assert (day.due // MINUTE - NOON // MINUTE - 24 * 60).tolist() == [60, 60, 120]
        assert (plain.like, len(plain.orders)) == (None, 0)
        assert plain.fork.now == plain.system.last_time
        change = change_of(
            "set_credit_line",
            {"participant": BANKS[0], "currency": "KZT", "amount": "2000"},
            day.system.directory,
            day.calendar,
            day.date,
        )
        found = compare_rests(day.fork, day.orders, day.due, [change])
        one, other = found.unchanged.accounts[0], found.changed.accounts[0]
        assert (one.settled_value, one.unsettled_value) == (0, 1_500_00)
        assert (other.settled_value, other.waited) == (1_500_00, 0)
        assert _digest(system.url) == before
        _goes_on_as(system, found.unchanged)


def _goes_on_as(system: LiveSystem, expected: Outcome) -> None:
    """The live system to the end of the day, with the orders of the day before."""
    system.move_to(NOON + DAY + HOUR)
    _pay(system, 1, 2, "20.00")
    _pay(system, 0, 2, "1500.00")
    system.move_to(NOON + DAY + 2 * HOUR)
    _pay(system, 2, 0, "700.00")
    system.move_to(NOON + DAY + 6 * HOUR)
    balances = system.service.sequencer.system.engine.balances
    assert [one.closing for one in expected.accounts] == balances.tolist()


def test_the_forecast_command_expects_the_days_of_the_record(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS, balance=1_000_00)
    with live_system(tmp_path) as system:
        bare = json.loads(run_main("forecast", system.url, "--json", "--settle", "0").stdout)
        assert (bare["days"], bare["settling"], bare["share"]) == ([], [], 0)
        system.move_to(NOON + HOUR)
        _pay(system, 0, 1, "900.00")
        system.move_to(NOON + 6 * HOUR)
        system.move_to(NOON + DAY)
        _pay(system, 0, 1, "300.00")
        done = run_main("forecast", system.url, "--json")
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert (document["date"], document["days"]) == ("2026-11-25", ["2026-11-24"])
        one = document["accounts"][0]
        assert (one["participant"], one["lack"]["median"]) == (BANKS[0], "1100.00")
        assert one["lacks_from"] == "2026-11-25T12:00:00Z"
        kzt = document["settling"][0]
        assert (kzt["settled_without"], kzt["value"]) == ("0.00", "1200.00")
        assert (kzt["settled_with"], kzt["total"]) == ("1200.00", "1100.00")
        shown = " ".join(run_main("forecast", system.url, "--days", "1").stdout.split())
        assert "Further orders as on 1 earlier days, 2026-11-24 to 2026-11-24." in shown
        assert "KZT: 0.00 of 1200.00 settle; with 1100.00 more liquidity 1200.00" in shown


def test_unknown_days_and_keys_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system, connect(system.url) as connection:
        with pytest.raises(InputError, match="no business day 2026-11-25 that is over"):
            fork_of_record(connection, like=SECOND_DAY)
        with pytest.raises(InvariantBroken, match="signed"):
            fork_of_record(connection, key="ab" * 32)


def test_the_command_compares_while_the_service_runs(tmp_path: Path) -> None:
    write_folder(tmp_path, balance=1_000_00)
    with live_system(tmp_path) as system:
        _pay(system, 0, 1, "1200.00")
        _pay(system, 0, 1, "300.00")
        change = f"set_credit_line participant={BANKS[0]} currency=KZT amount=500.00"
        done = run_main("what-if", system.url, "--change", change, "--json")
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert (document["like"], document["expected_orders"]) == (None, 0)
        assert document["changes"][0]["outcome"] == "done"
        kzt = document["currencies"][0]
        assert kzt["unchanged"]["unsettled_value"] == "1500.00"
        assert kzt["changed"]["settled_value"] == "1500.00"
        shown = " ".join(run_main("what-if", system.url, "--change", change).stdout.split())
        assert "No earlier day in the record: no further orders are expected." in shown
        assert (
            f"set_credit_line participant={BANKS[0]} amount=500.00 KZT currency=KZT: done" in shown
        )
        for arguments, message in (
            (["--change", "suspend participant"], "'participant' is not a new NAME=VALUE"),
            (["--change", f"suspend participant={BANKS[0]} participant={BANKS[1]}"], "not a new"),
            (["--nothing-more", "--like", "2026-11-23"], "--like and --nothing-more exclude"),
            (["--like", "2026-11-23"], "no business day 2026-11-23 that is over"),
        ):
            refused = run_main("what-if", system.url, *arguments)
            assert refused.returncode == 3
            assert message in refused.stderr
