"""Cases over HTTP: opened and answered by people of banks, paid by the service, recorded."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skontro.ledger import connect, verify
from skontro.model import find_country
from skontro.service.api import case_statistics
from skontro.service.api.read_limits import ReadLimits
from skontro.service.auth.credentials import Identity
from skontro.service.client import Client
from skontro.service.own_orders import OwnOrders
from tests.service.systems import (
    BANKS,
    LiveSystem,
    approve,
    live_system,
    new_database,
    order,
    write_folder,
)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder: Path = tmp_path_factory.mktemp("cases")
    write_folder(folder)
    with live_system(folder, new_database()) as system:
        yield system


def paid(live: LiveSystem, amount: str = "10.00") -> str:
    one = order(amount=amount)
    assert live.bank(0).submit(one).json()["status"] == "settled"
    return str(one["uetr"])


def opened(live: LiveSystem, reference: str, **fields: object) -> int:
    given = {"reference": reference, "type": "recall"} | fields
    answer = live.bank(0).send("POST", "/v1/cases", given)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["case"])


def act(
    live: LiveSystem, bank: int, case: int, name: str, person: int = 1, **fields: object
) -> Any:
    body = {"act": name} | fields
    return live.bank(bank, person).send("POST", f"/v1/cases/{case}/acts", body)


def shown(live: LiveSystem, case: int) -> Json:
    found: Json = live.operator().get(f"/v1/cases/{case}").json()
    return found


def test_a_recall_is_accepted_by_two_people_and_paid(live: LiveSystem) -> None:
    uetr = paid(live)
    case = opened(live, "R-1", uetr=uetr, terms={"principal": "10.00"})
    found = live.bank(1).get(f"/v1/cases/{case}").json()
    assert (found["state"], found["owner"], found["owner_as"]) == (
        "answer due",
        BANKS[1],
        "respondent",
    )
    assert found["order"]["uetr"] == uetr
    assert live.bank(2).get(f"/v1/cases/{case}").status_code == 404
    assert live.bank(1).get("/v1/cases", due=True).json()["cases"][0]["case"] == case
    assert live.bank(0).get("/v1/cases", due=True).json()["cases"] == []
    answer = act(live, 1, case, "accept").json()
    assert answer["proposal"] is not None
    assert shown(live, case)["state"] == "answer due"
    assert approve(live.bank(1, 2), answer["proposal"]).status_code == 200
    own_orders = OwnOrders(live.service.context)
    assert asyncio.run(own_orders.submit_of_cases()) == 1
    found = shown(live, case)
    assert found["outcome"] == "paid"
    assert [one["act"] for one in found["history"]] == ["open", "accept", "paid"]
    by_bank = live.bank(0).get(f"/v1/orders/{found['payment']['uetr']}").json()
    assert (by_bank["payer"], by_bank["payee"], by_bank["amount"]) == (BANKS[1], BANKS[0], "10.00")
    assert by_bank["details"]["purpose"] == "REFU"


def test_a_repeated_request_opens_one_case(live: LiveSystem) -> None:
    given = {"reference": "R-2", "type": "status", "uetr": paid(live)}
    answers = [live.bank(0).send("POST", "/v1/cases", given, "one-key") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    conflict = live.bank(0).send("POST", "/v1/cases", given | {"type": "recall"}, "one-key")
    assert conflict.status_code == 409
    other = live.bank(0).send("POST", "/v1/cases", given)
    assert (other.status_code, other.json()["reason"]) == (422, "CASE_KNOWN")


def test_only_the_parties_of_an_order_open_a_case_about_it(live: LiveSystem) -> None:
    given = {"reference": "R-3", "type": "recall", "uetr": paid(live)}
    assert live.bank(2).send("POST", "/v1/cases", given).status_code == 404
    refused = live.bank(1).send("POST", "/v1/cases", given)
    assert (refused.status_code, refused.json()["reason"]) == (422, "CASE_NOT_FOR_ORDER")
    assert live.operator(2).send("POST", "/v1/cases", given).status_code == 403


def test_pages_of_cases(live: LiveSystem) -> None:
    uetr = paid(live)
    for name in ("status", "investigation", "non-receipt"):
        opened(live, f"P-{name}", uetr=uetr, type=name)
    first = live.operator().get("/v1/cases", limit=2).json()
    second = live.operator().get("/v1/cases", limit=2, before=first["next"]).json()
    in_path = live.operator().get(f"/v1/cases?limit=2&before={first['next']}").json()
    assert in_path == second
    numbers = [one["case"] for one in (*first["cases"], *second["cases"])]
    assert numbers == [*range(numbers[0], numbers[0] - len(numbers), -1)]


def figures(client: Client) -> list[Json]:
    answer = client.get("/v1/cases/statistics")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["figures"]
    return found


@pytest.mark.parametrize("page", [1, 2, 1_000])
def test_statistics_count_every_case_once_over_pages(
    live: LiveSystem, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(case_statistics, "PAGE", page)
    all_cases = live.operator().get("/v1/cases", limit=1_000).json()["cases"]
    assert len(all_cases) > 2
    found = figures(live.operator())
    counted = {(one["type"], one["currency"]): one["opened"] for one in found}
    assert counted == Counter((one["type"], one["currency"]) for one in all_cases)


def test_statistics_of_a_participant_are_of_its_own_cases(live: LiveSystem) -> None:
    case = opened(live, "S-1", uetr=paid(live), type="status")
    assert act(live, 0, case, "withdraw").status_code == 201
    given = {"reference": "S-2", "type": "outage", "currency": "KZT"}
    assert live.bank(2).send("POST", "/v1/cases", given).status_code == 201
    (own,) = figures(live.bank(2))
    assert own == {
        "type": "outage",
        "payer": None,
        "payee": find_country(BANKS[2][4:6]).alpha3,
        "currency": "KZT",
        "opened": 1,
        "closed": 0,
        "upheld": 0,
        "mean_days": None,
        "share_upheld": None,
        "principal": "0.00",
        "compensation": "0.00",
    }
    (status,) = [one for one in figures(live.bank(1)) if one["type"] == "status"]
    assert (status["closed"], status["upheld"], status["share_upheld"]) == (1, 0, "0.0000")
    assert status["mean_days"] == "0.0"
    assert own in figures(live.operator())
    assert [one for one in figures(live.bank(0)) if one["type"] == "outage"] == []


def test_statistics_cost_as_many_units_as_cases(live: LiveSystem) -> None:
    history, charged = live.service.context.history, list[float]()
    kept = history.limits

    class _Till(ReadLimits):
        def charge(self, identity: Identity, units: float) -> None:
            charged.append(units)
            super().charge(identity, units)

    history.limits = _Till()
    try:
        opened(live, "S-3", uetr=paid(live), type="status")
        count = len(live.bank(0).get("/v1/cases", limit=1_000).json()["cases"])
        figures(live.bank(0))
    finally:
        history.limits = kept
    assert charged == [count]


def test_the_fields_of_cases_are_not_taken_as_proposals(live: LiveSystem) -> None:
    answer = live.bank(0).propose({"kind": "decide_case", "participant": BANKS[0]})
    assert (answer.status_code, "/v1/cases" in answer.json()["detail"]) == (422, True)


def test_rules_on_cases_are_agreed_by_two_operators(live: LiveSystem) -> None:
    rules = {"scheme": "csdr-cash", "operator_account": BANKS[2], "calendars": {}}
    assert live.agree({"kind": "set_case_rules", "case_rules": rules}).status_code == 200
    assert live.bank(0).get("/v1/cases/rules").json() == rules


def test_the_record_replays_and_verifies_with_cases(live: LiveSystem) -> None:
    with connect(live.url) as connection:
        assert verify(connection).batches > 10
