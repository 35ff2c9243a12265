"""The page of the liquidity forecast: its form, its figures and its plots."""

import re
from pathlib import Path
from typing import Any

import pytest

from skontro.web import forecast
from skontro.web.forecast_plot import Plot, plot_of
from skontro.web.forecast_process import answer
from tests.service.systems import BANKS, LiveSystem, order
from tests.web.conftest import Pages, text_of


def spread(lower: str, median: str, upper: str) -> dict[str, str]:
    return {"lower": lower, "median": median, "upper": upper}


def quarter(begins: str, *lack: str) -> dict[str, Any]:
    return {"begins": f"2026-11-24T{begins}:00Z", "lack": spread(*lack)}


def account(participant: str, *lack: str, **given: Any) -> dict[str, Any]:
    return {
        "participant": participant,
        "currency": "KZT",
        "cover": "1000.00",
        "waiting_debits": "1234.50",
        "waiting_credits": "7.00",
        "lack": spread(*lack),
        "lacks_from": "2026-11-24T07:15:00Z",
        "quarters": [quarter("07:00", *lack)],
        **given,
    }


FOUND: dict[str, Any] = {
    "date": "2026-11-24",
    "share": 90,
    "days": ["2026-11-20", "2026-11-23"],
    "accounts": [
        account(BANKS[0], "10.00", "20.00", "30.00"),
        account(BANKS[1], "-9.00", "-1.00", "0.01", lacks_from=None),
        account(BANKS[2], "-9.00", "-1.00", "0.00"),
    ],
    "settling": [
        {
            "currency": "KZT",
            "value": "5000.00",
            "settled_without": "100.00",
            "settled_with": "4600.00",
            "reached": True,
            "total": "15.00",
            "amounts": {BANKS[0]: "15.00"},
        }
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Questions that would go to the process; it answers the last of `FOUND` and its errors."""
    questions: list[dict[str, Any]] = []

    async def ask(module: str, question: dict[str, Any]) -> dict[str, Any]:
        assert module == "skontro.web.forecast_process"
        questions.append(question)
        return FOUND

    monkeypatch.setattr(forecast, "answer_of", ask)
    return questions


def test_only_the_operator_sees_it(bank: Pages, asked: list[dict[str, Any]]) -> None:
    assert bank.get("/forecast").status_code == 403
    assert 'href="/forecast"' not in bank.get("/").text
    assert bank.send("/forecast", csrf=bank.csrf("/")).status_code == 403
    assert asked == []


def test_the_form_has_its_defaults_and_bounds(operator: Pages, asked: list[dict[str, Any]]) -> None:
    page = operator.get("/forecast").text
    assert re.findall(
        r'name="(days|percent)" [^>]*min="(\d+)" max="(\d+)" value="(\d+)"', page
    ) == [
        ("days", "0", "60", "10"),
        ("percent", "0", "100", "95"),
    ]
    assert 'href="/forecast" aria-current="page"' in page
    csrf = operator.csrf("/forecast")
    for wrong in (
        {"days": "61"},
        {"days": "-1"},
        {"percent": "101"},
        {"percent": "-1"},
        {"days": "x"},
    ):
        refused = operator.send("/forecast", csrf=csrf, **wrong)
        assert refused.status_code == 422
        assert next(iter(wrong)) in text_of(refused)
    assert operator.send("/forecast", csrf="x").status_code == 403
    assert asked == []
    for days, percent in ((0, 0), (60, 100)):
        operator.send("/forecast", csrf=csrf, days=str(days), percent=str(percent))
        assert (asked[-1]["days"], asked[-1]["percent"]) == (days, percent)
    operator.send("/forecast", csrf=csrf)
    assert (asked[-1]["days"], asked[-1]["percent"]) == (10, 95)


def test_who_lacks_how_much_from_when_and_what_would_settle(
    system: LiveSystem, operator: Pages, asked: list[dict[str, Any]]
) -> None:
    sent = operator.send("/forecast", csrf=operator.csrf("/forecast"), days="3", percent="90")
    context = system.service.context
    assert asked == [
        {"url": context.history.url, "key": context.public_key, "days": 3, "percent": 90}
    ]
    text = text_of(sent)
    assert context.mapper.rules.calendar.time_zone == "UTC"
    assert f"{BANKS[0]} KZT 20.00 30.00 07:15 1,000.00 1,234.50 7.00" in text
    assert f"{BANKS[1]} KZT -1.00 0.01 – 1,000.00" in text
    assert f"{BANKS[2]} KZT" not in text
    assert "Further orders as on 2 earlier days." in text
    assert "settles: 90 % " in text
    assert f"KZT 5,000.00 100.00 15.00 4,600.00 yes 1 account {BANKS[0]} 15.00" in text
    assert sent.text.count("<figure") == 2
    assert 'value="3"' in sent.text


def test_rows_and_plots_are_bounded_and_a_quiet_day_says_so(
    operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [account(BANKS[0], "1.00", "2.00", f"{number}.00") for number in range(1, 54)]
    given = {**FOUND, "accounts": many, "days": ["2026-11-23"]}

    async def ask(_module: str, _question: object) -> dict[str, Any]:
        return given

    monkeypatch.setattr(forecast, "answer_of", ask)
    csrf = operator.csrf("/forecast")
    sent = operator.send("/forecast", csrf=csrf)
    assert "Further orders as on 1 earlier day." in text_of(sent)
    assert sent.text.count('<th scope="row"><a') == forecast.MOST_ROWS == 50
    assert sent.text.count("<figure") == forecast.MOST_PLOTS == 12
    assert "3 further accounts" in sent.text
    given["accounts"] = many[:50]
    assert "further account" not in operator.send("/forecast", csrf=csrf).text
    given.update(accounts=[FOUND["accounts"][2]], settling=[], days=[])
    quiet = operator.send("/forecast", csrf=csrf)
    assert "No account lacks liquidity." in quiet.text
    assert "No earlier days: only the orders that wait are expected." in quiet.text
    assert "<figure" not in quiet.text
    assert "settling-title" not in quiet.text
    given["error"] = "there is <no> record"
    assert 'role="alert">there is &lt;no&gt; record' in operator.send("/forecast", csrf=csrf).text


def test_a_plot_is_of_steps_between_its_highest_and_lowest_lack() -> None:
    found = plot_of([quarter("07:00", "-40", "0", "10"), quarter("07:15", "-10", "20", "40")])
    assert found == Plot(
        median="0,48 160,48 160,24 320,24",
        band="0,36 160,36 160,0 320,0 320,60 160,60 160,96 0,96",
        zero=48,
        highest="40",
        lowest="-40",
        begins="2026-11-24T07:00:00Z",
        ends="2026-11-24T07:15:00Z",
    )


@pytest.mark.parametrize(
    ("lack", "zero", "highest", "lowest"),
    [("5.00", 96, "5.00", "0"), ("-5.00", 0, "0", "-5.00"), ("0", 0, "0", "0")],
)
def test_no_lack_is_always_in_the_plot(lack: str, zero: int, highest: str, lowest: str) -> None:
    found = plot_of([quarter("07:00", lack, lack, lack)])
    assert (found.zero, found.highest, found.lowest) == (zero, highest, lowest)
    assert found.median in ("0,0 320,0", "0,96 320,96")


def test_a_record_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    question = {"url": f"postgresql:///none?host={tmp_path}", "key": None, "days": 1, "percent": 0}
    assert "cannot be used" in answer(question)["error"]


@pytest.mark.long
def test_a_process_of_its_own_forecasts_while_the_service_runs(
    system: LiveSystem, operator: Pages
) -> None:
    assert system.bank(0).submit(order(amount="10500.00")).is_success
    before = system.service.context.sequencer.view.batch
    text = text_of(operator.send("/forecast", csrf=operator.csrf("/forecast")))
    assert f"{BANKS[0]} KZT 500.00 500.00" in text
    assert "KZT 10,500.00 0.00 500.00 10,500.00 yes 1 account" in text
    assert system.service.context.sequencer.view.batch == before
