"""Pages of offsetting runs with what they freed, and of PvP pairs."""

import pytest

from tests.service.systems import LiveSystem, order
from tests.service.test_pvp import legs
from tests.web.conftest import Pages


@pytest.fixture(scope="module")
def circle(system: LiveSystem) -> list[str]:
    """Orders around three banks in each currency, all settled by one run over all queues."""
    sent = []
    for currency, amount in (("KZT", "50000.00"), ("RUB", "60000.00")):
        for payer, payee in ((0, 1), (1, 2), (2, 0)):
            one = order(payer, payee, amount, currency)
            assert system.bank(payer).submit(one).json()["status"] == "queued"
            sent.append(str(one["uetr"]))
    for _ in range(2):
        assert system.agree({"kind": "offset", "algorithm": "greatest_fifo_set"}).is_success
    return sent


def newest(system: LiveSystem) -> list[int]:
    runs = system.service.context.mapper.order_index.offsetting_runs.before(None, 50)
    return [int(one["number"]) for one in runs]


def test_runs_are_listed_with_what_they_freed(
    operator: Pages, bank: Pages, system: LiveSystem, circle: list[str]
) -> None:
    text = operator.text("/offsetting")
    numbers = newest(system)
    settled = numbers[-1]
    named = "Greatest set in the order of queues"
    assert f"{named} KZT 1 3 150,000.00 150,000.00 {named} RUB 1 3 180,000.00 180,000.00" in text
    assert f"{settled} 24 Nov 2026, 12:00:00 {named} KZT 3 3 150,000.00 150,000.00" in text
    run = operator.text(f"/offsetting/{settled}")
    assert f"Run {settled}: {named}" in run
    assert "Settled value, KZT 150,000.00 Freed, KZT 150,000.00" in run
    assert [uetr[:8] in run for uetr in circle] == [True] * 3 + [False] * 3
    other = operator.text(f"/offsetting/{settled + 1}")
    assert [uetr[:8] in other for uetr in circle] == [False] * 3 + [True] * 3
    assert operator.get(f"/offsetting/{settled + 1_000}").status_code == 404
    for path in ("/offsetting", f"/offsetting/{settled}"):
        assert bank.get(path).status_code == 403
    assert 'href="/offsetting"' in operator.get("/").text
    assert 'href="/offsetting"' not in bank.get("/").text


def test_runs_and_their_orders_are_paged(
    operator: Pages, system: LiveSystem, circle: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = newest(system)
    monkeypatch.setattr("skontro.web.offsetting.PAGE", 1)
    first = operator.get("/offsetting").text
    assert f'href="/offsetting?before={numbers[0]}"' in first
    assert "First page" not in first
    second = operator.get(f"/offsetting?before={numbers[0]}").text
    assert f'href="/offsetting/{numbers[1]}"' in second
    assert f'href="/offsetting/{numbers[0]}"' not in second
    assert "First page" in second
    last = operator.get(f"/offsetting?before={numbers[-1]}").text
    assert "There is no run here." in last
    monkeypatch.setattr("skontro.web.offsetting.PAGE", len(numbers))
    assert "Next page" not in operator.text("/offsetting")
    monkeypatch.setattr("skontro.web.offsetting.PAGE", 2)
    path = f"/offsetting/{numbers[-1]}"
    pages = [operator.get(f"{path}?after={after}").text for after in (0, 2)]
    assert [[uetr[:8] in page for uetr in circle[:3]] for page in pages] == [
        [True, True, False],
        [False, False, True],
    ]
    assert f'href="{path}?after=2"' in pages[0]
    assert "Next page" not in pages[1]
    assert f'href="{path}"' in pages[1]
    monkeypatch.setattr("skontro.web.offsetting.PAGE", 3)
    assert "Next page" not in operator.text(path)


def test_a_pair_is_listed_once_with_both_legs(
    operator: Pages, bank: Pages, system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    roubles, tenge = legs()
    roubles["amount"], tenge["amount"] = "5.00", "6.00"
    alone = order(1, 2, "7.00", "KZT", counterleg=order()["uetr"])
    system.bank(0).submit(roubles)
    system.bank(1).submit(alone)
    assert system.bank(1).submit(tenge).json()["status"] == "settled"
    marks = [str(one["uetr"])[:8] + "…" for one in (roubles, tenge, alone)]
    row = (
        f"{marks[0]} Settled 5.00 RUB AAAAKZK0 → BBBBKGK0"
        f" {marks[1]} Settled 6.00 KZT BBBBKGK0 → AAAAKZK0"
    )
    for browser in (operator, bank):
        text = browser.text("/orders/pairs")
        assert row in text
        assert text.count(marks[1]) == 1
    waits = f"{marks[2]} Held 7.00 KZT BBBBKGK0 → CCCCUZK0 {str(alone['counterleg'])[:8]}…"
    assert f"{waits} Not submitted, or of others" in operator.text("/orders/pairs")
    assert marks[2] not in bank.text("/orders/pairs")
    third = Pages(system)
    third.sign_in_with_code(2)
    assert [mark in third.text("/orders/pairs") for mark in marks] == [False, False, True]
    monkeypatch.setattr("skontro.web.pairs.PAGE", 1)
    index = system.service.context.mapper.index_of(str(alone["uetr"]))
    first = operator.get("/orders/pairs").text
    assert f'href="/orders/pairs?after={index}"' in first
    assert marks[2] not in first
    second = operator.get(f"/orders/pairs?after={index}").text
    assert marks[2] in second
    assert "First page" in second
    assert "There is no pair here." in operator.text(f"/orders/pairs?after={index + 1}")
    monkeypatch.setattr("skontro.web.pairs.PAGE", 3)
    assert "Next page" not in operator.text("/orders/pairs")
