"""Policy rules tried on the days of a record in PostgreSQL."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from skontro.ledger import connect
from skontro.ledger.policy_trial import try_on_record
from skontro.model import InputError, Rate, find_currency
from skontro.system.policy.rules import Cap, Period, PolicyAction, PolicyRules, Subject
from tests.service.systems import live_system, order, write_folder

pytestmark = pytest.mark.long
KZT = find_currency("KZT")


def test_the_orders_of_a_recorded_day_are_judged(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        for _ in range(3):
            assert system.bank(0).submit(order(amount="10.00")).is_success
        date = datetime.date.fromisoformat(system.operator().http.get("/v1/day").json()["date"])
        url = system.url
        cap = Cap("cap", PolicyAction.HOLD, 20_00, KZT, Period.DAY, Subject.PARTICIPANT)
        with connect(url) as connection:
            with pytest.raises(InputError, match="no rate for RUB: add rates"):
                try_on_record(connection, PolicyRules(1, date, (cap,)), date, date)
            rates = (Rate(find_currency("RUB"), Decimal(1), date, "test"),)
            rated = PolicyRules(1, date, (cap,), KZT, rates)
            trial, _ = try_on_record(connection, rated, date, date)
            assert (trial.payments, len(trial.findings)) == (3, 1)
            assert trial.findings[0].text == "KZT 30.00 of at most 20.00"
            assert try_on_record(connection, rated, date, date)[0].digest == trial.digest
            nothing = PolicyRules(1, date, ())
            assert try_on_record(connection, nothing, date, date)[0].payments == 0
            with pytest.raises(InputError, match="has no business day from"):
                try_on_record(
                    connection, nothing, datetime.date(2020, 1, 1), date.replace(year=2021)
                )
