"""The page of the rest of the day: its form, who sees it, and a comparison by a real process."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from skontro.service.api.problems import Problem
from skontro.simulation.what_if.changes import FIELDS
from skontro.web import fork_questions, what_if
from skontro.web.what_if_process import answer
from tests.service.systems import BANKS, LiveSystem, order
from tests.web.conftest import Pages, text_of

FOUND = {
    "date": "2026-11-24",
    "like": "2026-11-23",
    "expected_orders": 1_234,
    "changes": [{"change": "outage", "outcome": "done"}],
    "currencies": [],
    "accounts": [],
}


def figures(**given: object) -> dict[str, object]:
    zero = dict.fromkeys(("settled_orders", "unsettled_orders", "mean_delay"), 0)
    amounts = ("settled_value", "unsettled_value", "liquidity_used", "credit_used")
    return {**zero, **dict.fromkeys(amounts, "0.00"), **given}


def row(participant: str, before: dict[str, object], after: dict[str, object]) -> dict[str, Any]:
    names = {"participant": participant, "currency": "KZT"} if participant else {"currency": "KZT"}
    return {**names, "unchanged": before, "changed": after}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Questions that would go to the process; it answers `FOUND`."""
    questions: list[dict[str, Any]] = []

    async def ask(module: str, question: dict[str, Any]) -> dict[str, Any]:
        assert module == "skontro.web.what_if_process"
        questions.append(question)
        one = figures(settled_orders=7, settled_value="1500.00", mean_delay=61_999_999)
        other = figures(settled_orders=5, unsettled_value="20.50")
        accounts = [row(BANKS[0], one, other), row(BANKS[1], one, one)]
        return FOUND | {"currencies": [row("", one, other)], "accounts": accounts}

    monkeypatch.setattr(what_if, "answer_of", ask)
    return questions


def fields_of(page: str) -> dict[str, bool]:
    """The fields of the form in their order, and whether each is needed."""
    form = page[page.index('action="/what-if"') :]
    found = re.findall(r'<(?:input|select) id="(\w+)"[^>]*?( required)?(?: [a-z]+="[^"]*")*>', form)
    return {name: bool(required) for name, required in found}


@pytest.mark.parametrize("kind", FIELDS)
def test_the_form_has_the_fields_of_its_change_alone(operator: Pages, kind: str) -> None:
    page = operator.get(f"/what-if?kind={kind}").text
    needed, optional = FIELDS[kind]
    assert fields_of(page) == dict.fromkeys(needed, True) | dict.fromkeys(optional, False)
    assert f'name="kind" value="{kind}"' in page
    assert re.findall(r'kind=(\w+)" aria-current="true"', page) == [kind]
    assert all(f'href="/what-if?kind={one}"' in page for one in FIELDS)
    assert page.count(" required") == len(needed)
    assert page.count('<span class="hint">optional') == len(optional)


def test_the_form_begins_with_an_outage_and_offers_what_there_is(operator: Pages) -> None:
    page = operator.get("/what-if").text
    assert 'name="kind" value="outage"' in page
    assert all(f'<option value="{bic}">{bic} ' in page for bic in BANKS)
    assert 'href="/what-if" aria-current="page"' in page
    assert operator.get("/what-if?kind=none").status_code == 404
    moves = operator.get("/what-if?kind=move_step").text
    assert '<option value="customer_cut_off">Customer cut-off</option>' in moves
    assert '<option value="KZT">KZT</option>' in moves
    assert what_if.KINDS.keys() == FIELDS.keys()
    assert what_if.LABELS.keys() == {
        name for one in FIELDS.values() for part in one for name in part
    }


def test_only_the_operator_sees_it(bank: Pages, asked: list[dict[str, Any]]) -> None:
    assert bank.get("/what-if").status_code == 403
    assert 'href="/what-if"' not in bank.get("/").text
    assert bank.send("/what-if", csrf=bank.csrf("/"), kind="suspend").status_code == 403
    assert asked == []


def test_a_form_of_another_page_is_refused(operator: Pages, asked: list[dict[str, Any]]) -> None:
    assert operator.send("/what-if", csrf="x", kind="suspend").status_code == 403
    assert asked == []


def test_the_fields_of_the_kind_are_asked_and_both_rests_shown(
    system: LiveSystem, operator: Pages, asked: list[dict[str, Any]]
) -> None:
    fields = {"kind": "outage", "participant": BANKS[0], "from": "13:00", "until": "14:00"}
    sent = operator.send("/what-if", csrf=operator.csrf("/what-if"), amount="", at="", **fields)
    assert sent.status_code == 200
    fields.pop("kind")
    assert asked == [
        {
            "url": system.service.context.history.url,
            "key": system.service.context.public_key,
            "kind": "outage",
            "fields": fields,
        }
    ]
    text = text_of(sent)
    assert "Settled orders 7 5 Settled value 1,500.00 0.00" in text
    assert "Unsettled value 0.00 20.50 Mean delay, seconds 61 0" in text
    assert "1,234" in text
    assert text.count(f"{BANKS[0]} KZT") == 1
    assert f"{BANKS[1]} KZT" not in text
    assert f'value="{BANKS[0]}" selected' in sent.text
    assert 'name="from" value="13:00"' in sent.text
    unknown = operator.send("/what-if", csrf=operator.csrf("/what-if"), kind="none")
    assert (unknown.status_code, len(asked)) == (404, 1)


@pytest.mark.parametrize("path", ["/what-if", "/forecast"])
def test_one_fork_runs_at_a_time(
    operator: Pages, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(_module: str, _question: object) -> dict[str, str]:
        return {"error": "free again"}

    monkeypatch.setattr(fork_questions, "_ask", ask)
    csrf = operator.csrf(path)
    asyncio.run(fork_questions._running.acquire())
    try:
        busy = operator.send(path, csrf=csrf, kind="suspend", participant=BANKS[0])
    finally:
        fork_questions._running.release()
    assert busy.status_code == 503
    assert "another fork of the day is running" in text_of(busy)
    assert "free again" in operator.send(path, csrf=csrf, kind="suspend").text


def test_an_error_is_shown(operator: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(_module: str, _question: object) -> dict[str, str]:
        return {"error": "suspend: <participant> is missing"}

    monkeypatch.setattr(what_if, "answer_of", ask)
    shown = operator.send("/what-if", csrf=operator.csrf("/what-if"), kind="suspend")
    assert 'role="alert">suspend: &lt;participant&gt; is missing' in shown.text


@pytest.mark.long
def test_a_process_of_its_own_compares_while_the_service_runs(
    system: LiveSystem, operator: Pages
) -> None:
    assert system.bank(0).submit(order(amount="10500.00")).is_success
    before = system.service.context.sequencer.view.batch
    fields = {"kind": "set_credit_line", "participant": BANKS[0], "currency": "KZT"}
    csrf = operator.csrf("/what-if")
    text = text_of(operator.send("/what-if", csrf=csrf, amount="500.00", **fields))
    assert "Outcome of the change : done" in text.replace("change:", "change :")
    assert "Settled value 0.00 10,500.00" in text
    assert "No earlier day in the record" in text
    refused = text_of(operator.send("/what-if", csrf=csrf, amount="much", **fields))
    assert "set_credit_line: amount 'much' is not a decimal amount" in refused.replace("&#39;", "'")
    assert system.service.context.sequencer.view.batch == before


@pytest.mark.long
def test_a_process_that_takes_too_long_or_fails_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "skontro.web.what_if_process"
    monkeypatch.setattr(fork_questions, "_MOST_SECONDS", 0.0)
    with pytest.raises(Problem, match="two minutes"):
        asyncio.run(fork_questions.answer_of(module, {}))
    monkeypatch.setattr(fork_questions, "_MOST_SECONDS", 120.0)
    with pytest.raises(Problem, match="the log says why"):
        asyncio.run(fork_questions.answer_of(module, {}))


def test_a_record_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    question = {"url": f"postgresql:///none?host={tmp_path}", "key": None, "kind": "suspend"}
    assert "cannot be used" in json.dumps(answer(question | {"fields": {}}))
