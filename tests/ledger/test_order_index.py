"""Orders are remembered for some business days, in memory as after a restart."""

from pathlib import Path

import pytest

from tests.service.systems import (
    DAY,
    OFFICE_HOURS,
    Clock,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at


def _known(system: LiveSystem, orders: list[dict[str, object]]) -> list[bool]:
    found = [system.bank(0).get(f"/v1/orders/{one['uetr']}") for one in orders]
    return [answer.status_code == 200 for answer in found]


@pytest.mark.long
def test_old_days_are_forgotten_and_later_ones_kept(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url, clock = new_database(), Clock(at(10))
    daily = []
    with live_system(tmp_path, url, clock, days=2) as system:
        for day in range(4):
            system.move_to(at(10) + day * DAY)
            sent = order(amount="1.00", currency="KZT")
            assert system.bank(0).submit(sent, key=f"key-{day}").json()["status"] == "settled"
            daily.append(sent)
            system.move_to(at(18) + day * DAY)
        assert _known(system, daily) == [False, False, True, True]
        last = system.bank(0).submit(daily[3], key="key-3").json()
        listed = system.operator().get("/v1/orders").json()["orders"]
        assert [one["uetr"] for one in listed] == [daily[2]["uetr"], daily[3]["uetr"]]
    with live_system(tmp_path, url, clock, days=2) as system:
        assert _known(system, daily) == [False, False, True, True]
        assert system.bank(0).submit(daily[3], key="key-3").json() == last
        numbers = [system.bank(0).get(f"/v1/orders/{one['uetr']}").json() for one in daily[2:]]
        assert [one["number"] for one in numbers] == [2, 3]
        system.move_to(at(10) + 6 * DAY)
        assert system.bank(0).submit(order()).json()["status"] == "settled"
        statement = system.bank(0).get("/v1/accounts/AAAAKZK0/KZT/statement").json()
        assert statement["opening_balance"] == "9996.00"
        assert statement["entries"][0]["balance"] == "9986.00"
        assert system.verified().difference is None


def test_a_uetr_used_again_when_it_was_forgotten_stands_for_the_later_order(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url, clock = new_database(), Clock(at(10))
    sent = order(amount="1.00", currency="KZT")
    with live_system(tmp_path, url, clock, days=1) as system:
        system.move_to(at(10))
        assert system.bank(0).submit(sent).json()["status"] == "settled"
        system.move_to(at(10) + DAY)
        again = {**sent, "amount": "2.00"}
        assert system.bank(0).submit(again).json()["status"] == "settled"
        system.move_to(at(18) + DAY)
    with live_system(tmp_path, url, clock, days=5) as system:
        shown = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()
        assert shown["amount"] == "2.00"
        assert system.verified().difference is None
