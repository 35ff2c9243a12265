"""Pages of joint cycles: the list, one with positions and orders, and none that is not known."""

import re
from typing import Any

import pytest

from skontro.model import ReasonCode
from skontro.service.api.cycle_schemas import CycleOut
from skontro.system import ActionKind
from skontro.system.joint.cycle_state import CyclePhase
from skontro.web import words
from tests.service.systems import BANKS
from tests.web.conftest import Pages
from tests.web.every_page import CYCLE, show_the_cycle


def test_the_cycle_of_the_tests_is_one_of_the_api() -> None:
    assert CycleOut.model_validate(CYCLE).model_dump(mode="json") == CYCLE
    assert CYCLE["reason"] in ReasonCode.__members__


def test_there_are_words_for_all_phases_and_actions() -> None:
    assert [*words.CYCLE_PHASES] == [*CyclePhase]
    assert {*words.ACTIONS} == {*map(str, ActionKind)}


def test_a_system_without_cycles_says_so(operator: Pages, bank: Pages) -> None:
    for browser in (operator, bank):
        assert "There is no joint cycle here." in browser.text("/cycles")
        assert browser.get(f"/cycles/{CYCLE['cycle']}").status_code == 404
        assert 'href="/cycles"' in browser.get("/").text
    assert operator.get("/cycles/<b>").status_code == 422


def test_a_cycle_has_its_steps_members_positions_and_orders(
    operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_the_cycle(monkeypatch)
    text = operator.text("/cycles")
    assert "CIS.20261124T130… CIS 24 Nov 2026, 13:00:00 Not paid KG-RTGS, KZ-RTGS UZ-RTGS" in text
    text = operator.text(f"/cycles/{CYCLE['cycle']}")
    for part in (
        "Not paid CIS, 24 Nov 2026, 13:00:00",
        ReasonCode[CYCLE["reason"]].explanation,
        "A member has signed a wrong document KG-RTGS : Row 3",
        "24 Nov 2026, 13:00:00 Collecting Batch 7",
        "Systems KG-RTGS, KZ-RTGS, UZ-RTGS Netted KG-RTGS, KZ-RTGS Without a publication UZ-RTGS",
        "Net positions Currency System Amount KZT KG-RTGS -1,500.00",
        "Net payments Currency Payer Payee Amount KZT KG-RTGS KZ-RTGS 1,500.00",
        "Debtor Creditor Orders Amount KZT KG-RTGS KZ-RTGS 4,321 9,000.00",
        f"0d1f9a2c… {BANKS[0]} {BANKS[1]} 1,500.00 KZT insufficient liquidity",
    ):
        assert part in text.replace("KG-RTGS:", "KG-RTGS :"), part
    assert f'href="/links/{CYCLE["link"]}"' in operator.get(f"/cycles/{CYCLE['cycle']}").text


def test_parts_that_a_cycle_does_not_have_are_left_out(
    bank: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_the_cycle(monkeypatch)
    empty = {"positions": [], "gross": [], "payments": [], "orders": [], "convicted": []}
    none = {"reason": None, "link": None, "result_root": None, "taking_part": [], "silent": []}
    plain = CYCLE | empty | none | {"status": "paid"}
    asked: list[Any] = []

    async def listed(*given: object) -> dict[str, Any]:
        asked.append(given[2:])
        return {"cycles": [plain], "next": 7}

    async def shown(*_given: object) -> dict[str, Any]:
        return plain

    monkeypatch.setattr("skontro.web.cycles.api.list_cycles", listed)
    monkeypatch.setattr("skontro.web.cycles.api.show_cycle", shown)
    text = bank.text(f"/cycles/{CYCLE['cycle']}")
    assert "Paid" in text
    for part in ("Net positions", "Net payments", "nets", "Orders of this", "Netted", "SHA-256"):
        assert part not in text
    first = bank.get("/cycles").text
    assert re.findall(r'href="(/cycles\?after=\d+)"', first) == ["/cycles?after=7"]
    assert "First page" not in first
    assert "First page" in bank.get("/cycles?after=7").text
    assert [one[0] for one in asked] == [0, 7]
    assert "KG-RTGS, KZ-RTGS, UZ-RTGS –" in bank.text("/cycles")
