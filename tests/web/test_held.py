"""Held orders on pages: their evidence, their release by a second person, and whose they are."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skontro.model import ScreeningOutcome
from skontro.system import ScreeningPolicy
from skontro.web.app import make_pages
from tests.service.systems import TOKENS, LiveSystem, live_system, order, write_folder
from tests.service.test_screening_of_orders import DETAILS, Pool
from tests.web.conftest import Pages
from tests.web.test_orders_and_proposals import hidden


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    """A live system whose screening holds all customers' payments to Osh Textile."""
    folder: Path = tmp_path_factory.mktemp("screened")
    write_folder(folder, screening=ScreeningPolicy())
    with live_system(folder, make_pages=make_pages) as running:
        pool = Pool({"Osh Textile": ScreeningOutcome.HELD})
        running.service.context.screening._pool = pool  # type: ignore[assignment]
        yield running
        running.service.context.screening._pool = None


def held(system: LiveSystem, payer: int = 0, payee: int = 1) -> str:
    sent: dict[str, Any] = order(payer, payee, details=DETAILS)
    assert system.bank(payer).submit(sent).json()["reason"] == "SCREENING_HOLD"
    return str(sent["uetr"])


def test_held_orders_are_of_the_own_side_and_paged(
    system: LiveSystem, operator: Pages, bank: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [held(system), held(system, 1, 2), held(system, 1, 0)]
    marks = [one[:8] + "…" for one in orders]
    text = operator.text("/orders/held")
    assert [mark in text for mark in marks] == [True] * 3
    assert f"{marks[0]} AAAAKZK0 BBBBKGK0 10.00 KZT screening hold 24 Nov 2026" in text
    assert [mark in bank.text("/orders/held") for mark in marks] == [True, False, True]
    assert "Propose its release" in text
    assert "Propose" not in bank.text("/orders/held").replace("Proposals", "")
    viewer = Pages(system)
    viewer.sign_in(TOKENS[2])
    assert "Propose its release" not in viewer.text("/orders/held")
    third = Pages(system)
    third.sign_in_with_code(2)
    assert [mark in third.text("/orders/held") for mark in marks] == [False, True, False]
    monkeypatch.setattr("skontro.web.held.PAGE", 1)
    first = bank.get("/orders/held").text
    index = system.service.context.mapper.index_of(orders[2])
    assert f'href="/orders/held?after={index}"' in first
    second = bank.get(f"/orders/held?after={index}").text
    assert [[mark in page for mark in marks] for page in (first, second)] == [
        [True, False, False],
        [False, False, True],
    ]
    assert ("First page" in first, "First page" in second) == (False, True)
    assert "Next page" not in second


def test_a_second_person_releases_a_held_order_and_both_are_shown(
    system: LiveSystem, operator: Pages, second_operator: Pages, bank: Pages
) -> None:
    uetr = held(system)
    text = operator.text(f"/orders/{uetr}")
    assert "It is held by screening." in text
    assert "Evidence of screening" in text
    assert "Evidence of screening" not in bank.text(f"/orders/{uetr}")
    form = f"/proposals/new/release_held_order?uetr={uetr}"
    assert f'href="{form}"' in operator.get(f"/orders/{uetr}").text
    fields = hidden(operator, form)
    assert f'value="{uetr}"' in operator.get(form).text
    sent = operator.send("/proposals/new/release_held_order", **fields, uetr=uetr)
    shown = sent.headers["location"]
    listed = second_operator.get("/orders/held").text
    assert f'href="{shown}"' in listed
    assert "Release a held order Asked by Anna" in second_operator.text("/orders/held")
    assert f'href="{shown}"' in second_operator.get(f"/orders/{uetr}").text
    assert shown not in bank.get(f"/orders/{uetr}").text
    approval = hidden(second_operator, shown, -2)
    assert second_operator.send(f"{shown}/approval", **approval).status_code == 303
    text = operator.text(f"/orders/{uetr}")
    assert "Decisions of people Release a held order Approved Asked by Anna , Operator" in text
    assert "Decided by Boris , Operator, 24 Nov 2026, 12:00:00" in text
    assert "Anna , Operator" not in bank.text(f"/orders/{uetr}")
    assert "Settled" in bank.text(f"/orders/{uetr}")
    assert uetr[:8] not in operator.text("/orders/held")
    assert f'href="/orders/{uetr}"' in operator.get(shown).text


def test_the_evidence_of_a_hold_is_shown_to_the_operator(
    system: LiveSystem, operator: Pages, bank: Pages
) -> None:
    sent: dict[str, Any] = order(value_date="2026-11-26", details=DETAILS)
    pool: Any = system.service.context.screening._pool
    pool.outcomes.clear()
    assert system.bank(0).submit(sent).json()["status"] == "warehoused"
    pool.outcomes["Osh Textile"] = ScreeningOutcome.HELD
    wish = {"kind": "hold_order", "uetr": sent["uetr"]}
    evidence = {"found": "a letter of 24 November"}
    assert system.agree(wish | {"evidence": json.dumps(evidence)}).is_success
    assert "Evidence of the hold found a letter of 24 November" in operator.text(
        f"/orders/{sent['uetr']}"
    )
    assert "a letter" not in bank.text(f"/orders/{sent['uetr']}")


def test_an_empty_list_and_an_order_that_is_not_there(operator: Pages, system: LiveSystem) -> None:
    assert operator.get(f"/orders/{uuid.uuid4()}").status_code == 404
    assert "No order is held" in operator.text(f"/orders/held?after={2**40}")
