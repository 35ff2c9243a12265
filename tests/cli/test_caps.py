"""`skontro caps` against a service that answers as the live one does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import skontro.cli.caps as command
from tests.cli.in_process import Outcome, run_main

RULES = {"version": 2, "effective_on": "2026-11-25"}
CAP = {
    "rule": "quarter",
    "action": "hold",
    "subject": "AAAAKZK0",
    "period": "quarter",
    "currency": "KZT",
    "paid": "2.00",
    "most": "3.00",
    "remaining": "1.00",
}
FOUND = {
    "rules": RULES,
    "coming": [{"version": 3, "effective_on": "2027-01-04"}],
    "date": "2026-11-26",
    "caps": [CAP, CAP | {"rule": "day\x1b", "subject": "KZ", "paid": None, "remaining": "0.00"}],
}
NOTHING: dict[str, Any] = {"rules": None, "coming": [], "date": None, "caps": []}


def run(
    monkeypatch: pytest.MonkeyPatch, found: dict[str, Any], *arguments: str
) -> tuple[Outcome, list[Any]]:
    """The outcome, and how the service was called."""
    asked: list[Any] = []

    class Service:
        def get(self, path: str) -> dict[str, Any]:
            asked.append(path)
            return found

    @contextmanager
    def connected(*caller: object) -> Iterator[Service]:
        asked.append(caller)
        yield Service()

    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(command, "connected", connected)
    return run_main("caps", *arguments), asked


def test_caps_are_shown_with_what_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, asked = run(monkeypatch, FOUND)
    assert [" ".join(line.split()) for line in outcome.stdout.splitlines()] == [
        "Version 2 of the policy rules, in force since 2026-11-25; business day 2026-11-26",
        "Agreed: version 3, from 2027-01-04",
        "cap of period action paid most remaining currency",
        "quarter AAAAKZK0 quarter hold 2.00 3.00 1.00 KZT",
        "day\\x1b KZ quarter hold no rate 3.00 0.00 KZT",
    ]
    assert asked == [("http://127.0.0.1:8790", None, None, None), "/v1/policy"]


def test_a_participant_and_a_customer_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--participant", "AAAAKZK0", "--customer-account", "KZ 1&2", "--json")
    outcome, asked = run(monkeypatch, FOUND, *options)
    assert json.loads(outcome.stdout) == FOUND
    assert asked[1] == "/v1/policy?participant=AAAAKZK0&customer_account=KZ+1%262"
    _, asked = run(monkeypatch, FOUND, "--customer-account", "KZ1")
    assert asked[1] == "/v1/policy?customer_account=KZ1"


def test_a_system_without_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome, _ = run(monkeypatch, NOTHING)
    assert outcome.stdout == "No policy rules are in force.\n"
    outcome, _ = run(monkeypatch, NOTHING | {"rules": RULES})
    assert outcome.stdout.endswith("business day none yet\n")
