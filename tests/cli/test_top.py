"""The running day in the terminal: figures in their places, the urgent accounts first."""

from pathlib import Path
from typing import Any

import pytest

from skontro.cli.top import _screen
from tests.cli.in_process import run_main

DAY: dict[str, Any] = {
    "date": "2026-11-24",
    "phase": "open",
    "steps": [
        {"due": "2026-11-24T15:00:00Z", "kind": "customer_cut_off", "currency": "RUB"},
        {"due": "2026-11-24T18:00:00Z", "kind": "end_of_day"},
        {"due": "2026-11-24T18:00:01Z", "kind": "seal"},
    ],
    "queued_orders": 1_200,
    "held_orders": 3,
    "warehoused_orders": 4,
    "orders_held_for_screening": 5,
    "suspended": ["AAAAKZK0"],
}
NOON = 1_795_521_600.0


def account(bic: str, balance: str, line: str = "0.00", cover: str = "") -> dict[str, str]:
    fields = {"participant": bic, "currency": "KZT", "balance": balance, "credit_line": line}
    return fields | {"cover": cover or balance}


def shown(
    metrics: dict[str, float], accounts: list[dict[str, str]], before: Any = None, **day: Any
) -> list[str]:
    from rich.console import Console

    found = {"day": DAY | day, "accounts": accounts, "metrics": metrics, "seconds": 12.0}
    terminal = Console(width=120)
    with terminal.capture() as captured:
        terminal.print(_screen(found, before, NOON))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_the_head_shows_the_day_its_steps_and_what_waits() -> None:
    metrics = {"order_events_total settled": 5_000.0, "open_proposals": 2.0, "open_links": 6.0}
    before = {"seconds": 10.0, "metrics": {"order_events_total settled": 4_000.0}}
    lines = shown(metrics, [], before)
    assert lines[:4] == [
        "Business day 2026-11-24: open, customer_cut_off RUB in 3:00:00, end_of_day in 6:00:00",
        "Settled since the start of the service: 5,000, 500 a second",
        "Orders: 1,200 queued, 3 held, 4 warehoused, 5 held for screening",
        "Open proposals: 2; open links: 6; suspended: AAAAKZK0",
    ]
    assert shown({}, [], date=None, steps=[], phase="sealed", suspended=[])[:4] == [
        "Business day none yet: sealed",
        "Settled since the start of the service: 0",
        "Orders: 1,200 queued, 3 held, 4 warehoused, 5 held for screening",
        "Open proposals: 0; open links: 0; suspended: none",
    ]


def test_alarms_and_value_in_doubt() -> None:
    metrics = {"value_in_doubt RU-RTGS RUB": 1_234.5, "database_reachable": 0, "clock_trusted": 0}
    assert shown(metrics, [])[4:7] == [
        "In doubt: RU-RTGS RUB 1,234.50",
        "ALARM: the database does not answer",
        "ALARM: the wall clock has jumped and is not followed",
    ]
    assert not any("ALARM" in line for line in shown({"database_reachable": 1}, []))


def test_currencies_have_their_totals() -> None:
    metrics = {
        "waiting_value RUB": 1.0,
        "waiting_value KZT": 2_000.0,
        "liquidity KZT balances": 3.0,
        "liquidity KZT credit_used": 4.0,
        "liquidity KZT credit_lines": 5.0,
    }
    lines = shown(metrics, [])
    place = lines.index("currency waiting balances credit used credit lines")
    assert lines[place + 1 : place + 3] == [
        "KZT 2,000.00 3.00 4.00 5.00",
        "RUB 1.00 0.00 0.00 0.00",
    ]


def test_accounts_that_use_credit_come_first_then_those_with_little_cover() -> None:
    accounts = [
        account("RICHKZK0", "900.00"),
        account("POORKZK0", "1.00"),
        account("HALFKZK0", "-50.00", "100.00", "50.00"),
        account("FULLKZK0", "-99.00", "100.00", "1.00"),
        account("IDLEKZK0", "1000.00", "100.00", "1100.00"),
    ]
    lines = shown({}, accounts)
    place = lines.index("participant currency balance credit line cover credit used")
    assert lines[place + 1 : place + 6] == [
        "FULLKZK0 KZT -99.00 100.00 1.00 99%",
        "HALFKZK0 KZT -50.00 100.00 50.00 50%",
        "POORKZK0 KZT 1.00 0.00 1.00",
        "RICHKZK0 KZT 900.00 0.00 900.00",
        "IDLEKZK0 KZT 1,000.00 100.00 1,100.00 0%",
    ]
    many = [account(f"A{n:03d}KZK0", f"{n}.00") for n in range(17)]
    lines = shown({}, many)
    assert any(line.startswith("A014KZK0") for line in lines)
    assert not any(line.startswith("A015KZK0") for line in lines)
    assert lines[-1] == "2 more accounts"
    assert "more accounts" not in shown({}, many[:15])[-1]


def test_a_service_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token\n", encoding="utf-8")
    arguments = ("--token-file", tmp_path / "token", "--url", "http://127.0.0.1:9", "--once")
    done = run_main("top", *arguments)
    assert done.returncode == 3
    assert done.stderr.startswith("skontro: http://127.0.0.1:9 does not answer: ")


@pytest.mark.long
def test_the_state_of_a_running_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from skontro.cli import connection
    from tests.service.systems import TOKENS, live_system, order, write_folder

    write_folder(tmp_path, balance=1_000_00)
    with live_system(tmp_path) as system:
        assert system.bank(0).submit(order(amount="1000.50")).is_success
        monkeypatch.setenv("SKONTRO_TOKEN", TOKENS[0])
        monkeypatch.setattr(connection, "_client", lambda _make, _url: system.operator())
        done = run_main("top", "--once")
        assert done.returncode == 0, done.stderr
        lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
        starts = ("Business day 2026-11-24: open, end_of_day in ", "Orders: 1 queued, 0 held")
        for start in starts:
            assert any(line.startswith(start) for line in lines)
        assert "KZT 1,000.50 3,000.00 0.00 0.00" in lines
        assert "AAAAKZK0 KZT 1,000.00 0.00 1,000.00" in lines
