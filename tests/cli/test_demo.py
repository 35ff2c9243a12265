"""The demonstration: a day in fast time, in order of time, each payer's payments together."""

import datetime
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import polars as pl
import pytest

from skontro.cli import demo_day
from tests.cli.command import skontro
from tests.cli.in_process import run_main

START = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)


def scenario(*payments: tuple[str, float, int]) -> Any:
    """Of payer, minutes after the start and amount."""
    rows = [
        {
            "uetr": f"uetr {number}",
            "submitted_at": START + datetime.timedelta(minutes=minutes),
            "payer": payer,
            "payee": "BBBBKGK0",
            "currency": "KZT",
            "amount_minor": amount,
            "payment_class": "normal",
            "counterleg": None,
        }
        for number, (payer, minutes, amount) in enumerate(payments)
    ]
    return SimpleNamespace(payments=pl.DataFrame(rows))


class Bank:
    """Answers each second order as queued."""

    def __init__(self, bic: str, log: list[tuple[str, list[str]]]) -> None:
        self._bic, self._log = bic, log

    def submit_batch(self, orders: list[dict[str, Any]]) -> httpx.Response:
        self._log.append((self._bic, [one["amount"] for one in orders]))
        statuses = [("settled", "queued")[place % 2] for place in range(len(orders))]
        return httpx.Response(201, json={"orders": [{"status": one} for one in statuses]})


def sent(monkeypatch: pytest.MonkeyPatch, seconds: int, *payments: Any) -> tuple[Any, int, float]:
    """The batches, the number settled, and the seconds slept by a clock that only sleep moves."""
    log: list[tuple[str, list[str]]] = []
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("time.sleep", lambda one: clock.append(clock.pop() + one))
    banks: Any = lambda bic: Bank(bic, log)  # noqa: E731
    settled = demo_day._send(scenario(*payments), banks, seconds, 90.0)
    return log, settled, clock[0] - 100


def test_a_day_is_sent_by_time_within_the_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    payments = [("CCCC", 60, 4), ("AAAA", 0, 1), ("AAAA", 10, 2), ("CCCC", 20, 3)]
    log, settled, slept = sent(monkeypatch, 6, *payments)
    assert log == [
        ("AAAA", ["0.01"]),
        ("AAAA", ["0.02"]),
        ("CCCC", ["0.03"]),
        ("CCCC", ["0.04"]),
    ]
    assert (settled, slept) == (4, 6)
    assert capsys.readouterr().out == "Live settlement 10 s after the start.\n"


def test_without_seconds_all_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    payments = [("AAAA", 0, 1), ("CCCC", 1, 5), ("AAAA", 2, 2), ("AAAA", 3, 3)]
    log, settled, slept = sent(monkeypatch, 0, *payments)
    assert log == [("AAAA", ["0.01", "0.02", "0.03"]), ("CCCC", ["0.05"])]
    assert (settled, slept) == (3, 0)


def test_a_folder_that_exists_is_refused(tmp_path: Path) -> None:
    done = run_main("demo", "--output", tmp_path)
    assert done.returncode == 3
    assert done.stderr == f"skontro: {tmp_path}: it exists; name a new folder\n"


def test_a_service_that_ends_is_reported_with_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for name in ("operator-1", "operator-2", "viewer"):
        (tmp_path / "keys" / f"{name}.token").write_text("token\n", encoding="utf-8")
    (tmp_path / "service.log").write_text("one\nport in use\n", encoding="utf-8")
    ended: Any = SimpleNamespace(poll=lambda: 3)
    with pytest.raises(Exception, match=r"the service has ended: \['port in use'\]"):
        demo_day._ready(ended, tmp_path, "http://127.0.0.1:9")


@pytest.mark.long
def test_the_demonstration_settles_live_and_leaves_a_record_that_verifies(tmp_path: Path) -> None:
    folder = tmp_path / "system"
    done = skontro(
        *("demo", "--payments", "300", "--seconds", "1", "--no-browser", "--end"),
        *("--output", folder),
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"http://127\.0\.0\.1:\d+/sign-in#code=[\w-]+\n", done.stdout)
    assert re.search(r"Live settlement \d+ s after the start\.\n", done.stdout)
    assert re.search(r"\n300 payments sent, [1-9]\d* settled at once\.\n", done.stdout)
    assert skontro("verify", folder).returncode == 0
    forecast = skontro("forecast", folder, "--settle", "0")
    assert forecast.returncode == 0, forecast.stderr
    assert "No earlier days: only the orders that wait are expected." in forecast.stdout
