"""Payment versus payment over HTTP: what links two legs survives restarts and repetitions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.systems import BANKS, LiveSystem, live_system, new_database, order, write_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_folder(tmp_path, balance=1_000_000_000)
    return tmp_path


@pytest.fixture
def system(folder: Path) -> Iterator[LiveSystem]:
    with live_system(folder) as running:
        yield running


def legs() -> tuple[dict[str, object], dict[str, object]]:
    """Roubles of the first bank against tenge of the second."""
    roubles, tenge = order(0, 1, "1000000.00", "RUB"), order(1, 0, "5000000.00", "KZT")
    roubles["counterleg"], tenge["counterleg"] = tenge["uetr"], roubles["uetr"]
    return roubles, tenge


def terms(leg: dict[str, object]) -> dict[str, object]:
    return {name: leg[name] for name in ("payer", "payee", "currency", "amount")}


def balances(system: LiveSystem) -> list[str]:
    accounts = system.operator().get("/v1/accounts").json()["accounts"]
    return [one["balance"] for one in accounts]


def test_after_a_restart_a_leg_settles_against_no_order_that_only_names_it(folder: Path) -> None:
    """0.01 KZT naming a leg of 1,000,000 RUB: the first bank keeps its million."""
    url = new_database()
    roubles, tenge = legs()
    thief = order(1, 0, "0.01", "KZT", counterleg=roubles["uetr"])
    with live_system(folder, url) as system:
        assert system.bank(0).submit(roubles).json()["status"] == "held"
        before = balances(system)
    with live_system(folder, url) as system:
        answer = system.bank(1).submit(thief).json()
        assert (answer["status"], answer["reason"]) == ("rejected", "COUNTERLEG_MISMATCH")
        assert balances(system) == before
        assert system.bank(1).submit(tenge).json()["status"] == "settled"
        assert system.verified().difference is None


def test_in_one_batch_a_leg_settles_against_no_order_that_only_names_it(
    system: LiveSystem,
) -> None:
    roubles, _ = legs()
    thief = order(0, 1, "0.01", "KZT", counterleg=roubles["uetr"])
    answers = system.bank(0).submit_batch([roubles, thief]).json()["orders"]
    assert [one["status"] for one in answers] == ["held", "rejected"]
    assert answers[1]["reason"] == "COUNTERLEG_MISMATCH"
    assert system.verified().difference is None


def test_a_leg_that_names_an_order_without_counterleg_is_refused(system: LiveSystem) -> None:
    plain = order(0, 1, "1.00", "KZT")
    system.bank(0).submit(plain)
    answer = system.bank(1).submit(order(1, 0, "1.00", "RUB", counterleg=plain["uetr"])).json()
    assert (answer["status"], answer["reason"]) == ("rejected", "COUNTERLEG_UNKNOWN")


@pytest.mark.parametrize("with_key", [True, False])
def test_the_same_order_with_another_counterleg_is_another_order(
    system: LiveSystem, with_key: bool
) -> None:
    roubles, tenge = legs()
    key = "one-request" if with_key else None
    assert system.bank(0).submit(roubles, key).status_code == 201
    assert system.bank(0).submit(roubles, key).status_code == 201
    others = [
        roubles | {"counterleg": str(order()["uetr"])},
        roubles | {"counterleg_terms": terms(tenge)},
        {name: value for name, value in roubles.items() if name != "counterleg"},
    ]
    for other in others:
        assert system.bank(0).submit(other, key).status_code == 409


def test_terms_are_stated_compared_and_shown(system: LiveSystem) -> None:
    roubles, tenge = legs()
    roubles["counterleg_terms"], tenge["counterleg_terms"] = terms(tenge), terms(roubles)
    cheap = tenge | {"amount": "4999999.99"}
    assert system.bank(0).submit(roubles).json()["status"] == "held"
    shown = system.bank(1).get(f"/v1/orders/{roubles['uetr']}").json()
    assert shown["counterleg"] == tenge["uetr"]
    assert shown["counterleg_terms"] == terms(tenge)
    answer = system.bank(1).submit(cheap).json()
    assert (answer["status"], answer["reason"]) == ("rejected", "COUNTERLEG_MISMATCH")
    # The UETR of the refused order is used up: the first leg can only be withdrawn.
    assert system.bank(0).send("POST", f"/v1/orders/{roubles['uetr']}/cancellation").is_success
    roubles, tenge = legs()
    roubles["counterleg_terms"], tenge["counterleg_terms"] = terms(tenge), terms(roubles)
    statuses = [
        system.bank(n).submit(leg).json()["status"] for n, leg in ((1, tenge), (0, roubles))
    ]
    assert statuses == ["held", "settled"]
    assert system.verified().difference is None


def test_stated_terms_that_cannot_be_read_are_refused_at_the_door(system: LiveSystem) -> None:
    roubles, tenge = legs()
    for wrong, pointer in (
        ({"amount": "1.005"}, "amount"),
        ({"payer": "NOBODYKZ"}, "payer"),
        ({"currency": "RUB"}, "currency"),
        ({"payee": BANKS[1]}, "payee"),
    ):
        order_ = roubles | {"counterleg_terms": terms(tenge) | wrong}
        answer = system.bank(0).submit(order_)
        assert answer.status_code == 422
        assert [e["pointer"] for e in answer.json()["errors"]] == [
            f"/orders/0/counterleg_terms/{pointer}"
        ]
    alone = order(counterleg_terms=terms(tenge))
    assert system.bank(0).submit(alone).status_code == 422
    assert system.bank(0).submit(roubles | {"counterleg": roubles["uetr"]}).status_code == 422
