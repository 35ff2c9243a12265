"""``skontro case statistics``: figures shown and as JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from skontro.cli import case_statistics
from skontro.model import ParticipantDirectory
from skontro.system.cases.case import Case, CaseTerms
from skontro.system.cases.case_table import Outcome
from skontro.system.cases.case_types import CaseType
from tests.cli.in_process import run_main
from tests.service.case_exchange.test_exchange import case_of
from tests.service.case_exchange.test_statistics import closed
from tests.service.systems import directory


@attrs.frozen
class _Cases:
    kept: list[Case]

    def __len__(self) -> int:
        return len(self.kept)

    def page(self, side: str | None, before: int, most: int) -> list[Case]:
        assert (side, most) == (None, len(self.kept))
        return [one for one in self.kept if one.number < before]


@attrs.frozen
class _System:
    cases: _Cases
    directory: ParticipantDirectory


@attrs.frozen
class _Read:
    system: _System


def keep(monkeypatch: pytest.MonkeyPatch, *cases: Case) -> None:
    @contextmanager
    def read(*arguments: object, quiet: bool) -> Iterator[tuple[None, Any]]:
        assert arguments == ("somewhere", None, None, 1)
        yield None, _Read(_System(_Cases([*cases]), directory()))

    monkeypatch.setattr(case_statistics, "recovered_record", read)


def test_figures_of_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    recall = case_of(CaseType.RECALL, CaseTerms(123_456, 78))
    outage = case_of(CaseType.OUTAGE, order=None, respondent="operator")
    paid = [closed(recall, Outcome.PAID, 3), closed(recall, Outcome.PAID, 4)]
    keep(monkeypatch, recall, *paid, closed(recall, Outcome.WITHDRAWN, 3), outage)
    document = json.loads(run_main("case", "statistics", "somewhere", "--json").stdout)
    assert document[0] == {
        "type": "outage",
        "payer": None,
        "payee": "KAZ",
        "currency": "KZT",
        "opened": 1,
        "closed": 0,
        "upheld": 0,
        "mean_days": None,
        "share_upheld": None,
        "principal": "0.00",
        "compensation": "0.00",
    }
    assert document[1] == {
        "type": "recall",
        "payer": "KAZ",
        "payee": "KGZ",
        "currency": "KZT",
        "opened": 4,
        "closed": 3,
        "upheld": 2,
        "mean_days": "3.3",
        "share_upheld": "0.6667",
        "principal": "2469.12",
        "compensation": "1.56",
    }
    rows = [
        line.split() for line in run_main("case", "statistics", "somewhere").stdout.splitlines()
    ]
    assert rows[0] == ["type", "payer", "payee", "opened", "closed", "upheld", "days", "paid"]
    assert rows[1] == ["outage", "-", "KAZ", "1", "0", "0", "-", "0.00", "KZT"]
    assert rows[2] == ["recall", "KAZ", "KGZ", "4", "3", "2", "3.3", "2470.68", "KZT"]


def test_without_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch)
    assert run_main("case", "statistics", "somewhere").stdout == "No cases are kept.\n"
    assert run_main("case", "statistics", "somewhere", "--json").stdout == "[]\n"
