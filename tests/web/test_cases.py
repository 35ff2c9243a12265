"""Pages of cases: who sees which, the steps, and the acts of one and of two people."""

import re

import pytest

from skontro.system.cases.case_table import CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CaseType, Party
from skontro.web import case_words
from tests.service.systems import BANKS, TOKENS, LiveSystem, order
from tests.web.conftest import Pages
from tests.web.test_orders_and_proposals import hidden

DIGEST = "ab" * 32


def signed_in(system: LiveSystem, bank: int, person: int = 1, language: str = "en") -> Pages:
    browser = Pages(system, language)
    assert browser.sign_in_with_code(bank, person).status_code == 303
    return browser


def settled(system: LiveSystem, amount: str = "10.00") -> str:
    sent = order(0, 1, amount)
    assert system.bank(0).submit(sent).json()["status"] == "settled"
    return str(sent["uetr"])


def opened(browser: Pages, uetr: str, **fields: str) -> str:
    """The path of a new case about an order."""
    form = f"/cases/new?uetr={uetr}"
    given = {"type": "recall", "reference": uetr[:20], "uetr": uetr} | fields
    done = browser.send("/cases/new", **(hidden(browser, form) | given))
    assert done.status_code == 303, done.text
    return str(done.headers["location"])


def act_of(browser: Pages, path: str, act: str) -> dict[str, str]:
    """The hidden fields of the form of an act."""
    for form in re.findall(r"<form method=\"post\".*?</form>", browser.get(path).text, re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        if fields.get("act") == act:
            return fields
    raise AssertionError(act)


def test_there_are_words_for_all() -> None:
    for kind, known in (
        (CaseType, case_words.TYPES),
        (CaseState, case_words.STATES),
        (CaseAct, case_words.ACTS),
        (Party, case_words.PARTIES),
        (Outcome, case_words.OUTCOMES),
    ):
        assert [*known] == [*kind]
        assert len({*known.values()}) == len(known)


def test_a_recall_is_opened_and_accepted_by_two_people(system: LiveSystem, operator: Pages) -> None:
    uetr = settled(system)
    payer, payee = signed_in(system, 0), signed_in(system, 1)
    assert f'href="/cases/new?uetr={uetr}"' in payer.get(f"/orders/{uetr}").text
    form = payer.get(f"/cases/new?uetr={uetr}").text
    offered = re.findall(r'<option value="([a-z -]+)">', form)
    assert "recall" in offered
    assert "value date" not in offered
    assert "outage" not in offered
    path = opened(payer, uetr, principal="4.00", text="Paid twice", reason="DUPL")
    number = path.rpartition("/")[2]
    for browser, due in ((payer, "Who acts next"), (payee, "Your act is due"), (operator, "Who")):
        text = browser.text(path)
        assert f"Case {number}: Recall {uetr[:20]}" in text
        assert f"{due}" in text
        assert f"Next act by {BANKS[1]} (Respondent) Last day" in text
        assert "Open a case Claimant → Answer due" in text
        assert "DUPL Paid twice 4.00 KZT" in text
        assert "Amount 4.00 KZT Principal 4.00 Compensation 0.00" in text
        assert f'href="/orders/{uetr}"' in browser.get(path).text
        assert f"Recall {uetr[:20]} {BANKS[0]} {BANKS[1]} Answer due" in browser.text(
            f"/orders/{uetr}"
        )
    third = signed_in(system, 2)
    assert third.get(path).status_code == 404
    assert "There is no case here." in third.text("/cases")
    assert f'href="{path}"' in payee.get("/cases?which=due").text
    assert f'href="{path}"' not in payer.get("/cases?which=due").text
    assert "Accept → Payment due (with a second person)" in payee.text(path)
    assert "Accept →" not in payer.text(path)
    done = payee.send(f"{path}/acts", **act_of(payee, path, "accept"))
    proposal = done.headers["location"]
    assert re.fullmatch(r"/proposals/\d+", proposal)
    assert "Answer due" in payer.text(path)
    second = signed_in(system, 1, person=2)
    shown = second.text(proposal)
    assert "Decide in a case" in shown
    assert "type Recall" in shown
    assert "act Accept" in shown
    assert "from Answer due" in shown
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', second.get(proposal).text)
    )
    assert second.send(f"{proposal}/approval", **fields).status_code == 303
    assert "Payment due" in payer.text(path)


def test_an_act_of_one_person_takes_effect_at_once(system: LiveSystem, operator: Pages) -> None:
    uetr = settled(system)
    payer, payee = signed_in(system, 0), signed_in(system, 1)
    path = opened(payer, uetr, type="status", evidence=f"{DIGEST}\n{'cd' * 32}")
    assert payee.text(path).count(DIGEST) == 1
    assert "No money is named." in payee.text(path)
    stale = act_of(payee, path, "refuse")
    done = payee.send(f"{path}/acts", **act_of(payee, path, "answer"), text="It has <arrived>")
    assert (done.status_code, done.headers["location"]) == (303, path)
    assert "Answered" in payer.text(path)
    assert "It has &lt;arrived&gt;" in payer.get(path).text
    assert payee.send(f"{path}/acts", **stale).status_code == 422
    missing = payee.send(f"{path}/acts", **act_of(payee, path, "add evidence"))
    assert (missing.status_code, "FIELD_MISSING" in missing.text) == (422, True)
    added = act_of(operator, path, "add evidence")
    assert operator.send(f"{path}/acts", **added, evidence="ef" * 32).status_code == 303
    assert "ef" * 32 in payer.text(path)
    assert payer.send(f"{path}/acts", **act_of(payer, path, "accept")).status_code == 303
    text = payer.text(path)
    assert "Closed Answered" in text
    assert "Next act by" not in text
    assert "act-title" not in payer.get(path).text
    assert "Recall" not in payer.text(f"/orders/{uetr}")
    unknown = payer.send(f"{path}9999/acts", **hidden(payer, f"/cases/new?uetr={uetr}"))
    assert unknown.status_code == 404


def test_money_of_a_delay_is_asked_for(system: LiveSystem) -> None:
    uetr = settled(system)
    payer, payee = signed_in(system, 0), signed_in(system, 1)
    assert "value date" in payee.get(f"/cases/new?uetr={uetr}").text
    fields = {
        "type": "value date",
        "compensation": "1.50",
        "due_on": "2026-11-20",
        "settled_on": "2026-11-24",
    }
    path = opened(payee, uetr, **fields)
    assert f"Compensation 1.50 Delay {uetr[:8]}… 2026-11-20 – 2026-11-24" in payer.text(path)
    wrong = {"reference": "other", "due_on": "soon", "settled_on": "2026-11-24"}
    form = f"/cases/new?uetr={uetr}"
    sent = {"type": "non-receipt", "uetr": uetr, "compensation": "1.50"} | wrong
    refused = payee.send("/cases/new", **(hidden(payee, form) | sent))
    assert refused.status_code == 422


def test_a_case_after_an_outage_has_no_order(system: LiveSystem, operator: Pages) -> None:
    bank = signed_in(system, 2)
    for browser, has_claimant in ((bank, False), (operator, True)):
        form = browser.get("/cases/new").text
        assert re.findall(r'<option value="([a-z -]+)">', form) == ["outage"]
        assert ('id="claimant"' in form) == has_claimant
        assert 'id="delay"' in form
        assert 'id="principal"' not in form
    delayed = settled(system)
    sent = {
        "type": "outage",
        "reference": "O-1",
        "claimant": BANKS[2],
        "currency": "KZT",
        "compensation": "2.00",
        "delay_uetr": delayed,
        "due_on": "2026-11-23",
        "settled_on": "2026-11-24",
    }
    done = operator.send("/cases/new", **(hidden(operator, "/cases/new") | sent))
    assert done.status_code == 303, done.text
    text = bank.text(done.headers["location"])
    assert "Outage of the operator O-1" in text
    assert f"{BANKS[2]} → Operator" in text
    assert f"Delay {delayed[:8]}…" in text
    assert "Next act by Operator (Respondent)" in text


def test_who_may_not_act_has_no_forms(system: LiveSystem, operator: Pages) -> None:
    uetr = settled(system)
    path = opened(signed_in(system, 0), uetr)
    viewer = Pages(system)
    viewer.sign_in(TOKENS[2])
    assert "Case" in viewer.text(path)
    assert "act-title" not in viewer.get(path).text
    assert viewer.get("/cases/new").status_code == 404
    assert 'href="/cases/new"' not in viewer.get("/cases").text
    refused = viewer.send(f"{path}/acts", **act_of(operator, path, "add evidence"))
    assert refused.status_code in (403, 422)
    assert operator.get(f"/cases/new?uetr={uetr}").status_code == 404
    assert f"/cases/new?uetr={uetr}" not in operator.get(f"/orders/{uetr}").text
    third = signed_in(system, 2)
    assert third.get(f"/cases/new?uetr={uetr}").status_code == 404
    assert "/proposals/new/decide_case" not in operator.get("/proposals").text


def test_cases_are_paged_the_newest_first(
    system: LiveSystem, operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = signed_in(system, 0)
    numbers = [int(opened(payer, settled(system)).rpartition("/")[2]) for _ in range(3)]

    def listed(path: str) -> list[int]:
        return [int(one) for one in re.findall(r'href="/cases/(\d+)"', operator.get(path).text)]

    assert listed("/cases")[:3] == numbers[::-1]
    monkeypatch.setattr("skontro.web.cases.PAGE", 2)
    first = operator.get("/cases").text
    assert listed("/cases") == [numbers[2], numbers[1]]
    following = f"/cases?which=all&before={numbers[1]}"
    assert f'href="{following.replace("&", "&amp;")}"' in first
    assert listed(following)[0] == numbers[0]
    assert ("First page" in first, "First page" in operator.get(following).text) == (False, True)
    assert operator.get("/cases?which=none").status_code == 422


def test_a_case_is_shown_in_the_language(system: LiveSystem) -> None:
    path = opened(signed_in(system, 0), settled(system))
    text = signed_in(system, 1, language="fr").text(path)
    assert "Litige" in text
    assert "Rappel" in text
    assert "Votre acte est dû" in text
