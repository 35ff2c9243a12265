"""`skontro rescreen` against a service that answers as the live one does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import skontro.cli.rescreen as command
from skontro.model import InputError
from tests.cli.in_process import Outcome, run_main
from tests.screening.cuts import write_lists

ON = ("--date", "2026-03-01")
DETAILS = {"parties": {"creditor": {"name": "Erik Badege"}}}
PARTICIPANTS = [
    {"bic": "BANKKZKA", "name": "Bank of Steppe", "country": "KAZ", "lei": None},
    {"bic": "BANKRWRW", "name": "Bank of Hills", "country": "RWA", "lei": "5493001KJTIIGC8Y1R12"},
]


def order(number: int, status: str = "warehoused", **fields: Any) -> dict[str, Any]:
    sides = {"payer": "BANKKZKA", "payee": "BANKRWRW"}
    return {"uetr": f"uetr-{number}", "status": status, **sides, **fields}


class Service:
    """The resources that the command asks for; holds that are refused are named."""

    def __init__(self, orders: list[dict[str, Any]], page: int = 2, refuses: str = "") -> None:
        self.orders, self.page, self.refuses = orders, page, refuses
        self.held: list[Mapping[str, Any]] = []

    def get(self, path: str) -> Any:
        if path == "/v1/participants":
            return {"participants": PARTICIPANTS}
        if path.startswith("/v1/orders/"):
            return next(one for one in self.orders if path.endswith(f"/{one['uetr']}"))
        assert path.startswith("/v1/orders?status=warehoused&status=held&after=")
        after = int(path.split("after=")[1].split("&", maxsplit=1)[0])
        end = after + self.page
        following = end if end < len(self.orders) else None
        shown = [{**one, "details": None} for one in self.orders[after:end]]
        return {"orders": shown, "next": following}

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        assert path == "/v1/revocations"
        if body["uetr"] == self.refuses:
            raise InputError("the order is no longer warehoused")
        self.held.append(body)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return write_lists(tmp_path)


def run(monkeypatch: pytest.MonkeyPatch, service: Service, *arguments: str | Path) -> Outcome:
    @contextmanager
    def connected(*_: object) -> Iterator[Service]:
        yield service

    monkeypatch.setattr(command, "connected", connected)
    return run_main("rescreen", *arguments)


ORDERS = [
    order(1, details=DETAILS),
    order(2),
    order(3, "held", details=DETAILS),
    order(4, details={"parties": {"debtor": {"name": "Anna Kim"}}}),
    order(5, details=DETAILS),
]


def test_hits_are_held(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    service = Service(ORDERS)
    outcome = run(monkeypatch, service, lists, *ON, "--json")
    assert outcome.returncode == 0
    found = json.loads(outcome.stdout)["orders"]
    assert [(one["uetr"], one["outcome"], one["action"]) for one in found] == [
        ("uetr-1", "held", "held"),
        ("uetr-2", "passed", "none"),
        ("uetr-3", "held", "none"),
        ("uetr-4", "passed", "none"),
        ("uetr-5", "held", "held"),
    ]
    assert [(one["kind"], one["uetr"]) for one in service.held] == [
        ("hold_order", "uetr-1"),
        ("hold_order", "uetr-5"),
    ]
    evidence = json.loads(service.held[0]["evidence"])
    assert evidence["screened"] == ["creditor", "payer", "payee"]
    assert evidence["parties"]["creditor"]["hits"][0]["matched"] == "ERIC BADEGE"
    assert found[0]["evidence"] == evidence


def test_a_dry_run_holds_nothing(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    service = Service(ORDERS)
    outcome = run(monkeypatch, service, lists, *ON, "--dry-run")
    assert outcome.returncode == 0
    assert service.held == []
    assert "would be held" in outcome.stdout
    assert "5 waiting orders screened again, 0 held." in outcome.stdout


def test_an_order_that_cannot_be_held_is_told(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    service = Service(ORDERS, refuses="uetr-1")
    outcome = run(monkeypatch, service, lists, *ON)
    assert outcome.returncode == 1
    assert [one["uetr"] for one in service.held] == ["uetr-5"]
    assert "not held: the order is no longer" in " ".join(outcome.stdout.split())


def test_participants_are_screened_too(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    monkeypatch.setitem(PARTICIPANTS[0], "name", "Eric Badege")
    service = Service([order(1)])
    assert run(monkeypatch, service, lists, *ON).returncode == 0
    evidence = json.loads(service.held[0]["evidence"])
    assert [*evidence["parties"]] == ["payer"]


def test_no_waiting_orders(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    outcome = run(monkeypatch, Service([]), lists, *ON)
    assert outcome.stdout == "0 waiting orders screened again, 0 held.\n"


def test_stale_lists_hold_nothing(monkeypatch: pytest.MonkeyPatch, lists: Path) -> None:
    service = Service(ORDERS)
    outcome = run(monkeypatch, service, lists, "--date", "2026-03-07")
    assert outcome.returncode == 3
    assert "list UN is 8 days old; 7 is the most; get the lists again" in outcome.stderr
    assert service.held == []
