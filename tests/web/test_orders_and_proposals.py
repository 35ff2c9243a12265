"""Pages of orders, accounts and proposals: what is shown to whom, and what people do there."""

import json
import re
import uuid

import attrs
import pytest

from skontro.model import ReasonCode
from skontro.system.links.certificate import Certificate
from skontro.web.translations import translations
from tests.service.systems import BANKS, TOKENS, LiveSystem, order
from tests.web.conftest import Pages


def hidden(browser: Pages, path: str, number: int = -1) -> dict[str, str]:
    """The hidden fields of a form of a page."""
    text = browser.get(path).text
    form = re.findall(r"<form method=\"post\".*?</form>", text, re.DOTALL)[number]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


@pytest.fixture(scope="module")
def waiting(system: LiveSystem) -> str:
    """The UETR of a queued order of the first bank to the second."""
    sent = order(0, 1, "70000.00", "KZT")
    assert system.bank(0).submit(sent).json()["status"] == "queued"
    return str(sent["uetr"])


def test_the_list_of_orders_is_of_the_own_side_and_paged(
    system: LiveSystem, operator: Pages, bank: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [order(0, 1, "1.00"), order(1, 2, "2.00"), order(0, 2, "3.00")]
    for number in (0, 2):
        system.bank(0).submit(orders[number])
    system.bank(1).submit(orders[1])
    marks = [str(one["uetr"])[:8] for one in orders]
    assert [mark in operator.text("/orders") for mark in marks] == [True] * 3
    assert [mark in bank.text("/orders") for mark in marks] == [True, False, True]
    assert marks[0] not in operator.text("/orders?status=queued")
    assert "There is no order here." in operator.text("/orders?status=cancelled")
    assert operator.get("/orders?status=lost").status_code == 422
    monkeypatch.setattr("skontro.web.orders.PAGE", 1)
    first = operator.get("/orders?status=settled").text
    following = re.findall(r'href="(/orders[^"]*after=[^"]*)"', first)[0].replace("&amp;", "&")
    assert marks[0] in first
    assert marks[0] not in operator.text(following)
    assert "First page" in operator.text(following)


def test_an_order_says_why_it_waits(operator: Pages, bank: Pages, waiting: str) -> None:
    for browser in (operator, bank):
        text = browser.text(f"/orders/{waiting}")
        assert "Why it waits The payer lacks cover. Amount short" in text
        assert re.search("Amount short [1-9][0-9,]*[.][0-9]{2} KZT", text)
    assert "Propose its cancellation" in operator.text(f"/orders/{waiting}")
    assert "Cancel the order" in bank.text(f"/orders/{waiting}")


def test_reasons_are_explained_in_the_readers_language(system: LiveSystem, waiting: str) -> None:
    english = "the account does not have this much unreserved money"
    for language, said in (
        ("en", english),
        ("ru", "на счёте нет столько незарезервированных денег"),
        ("fr", "le compte n’a pas autant d’argent non réservé"),
    ):
        browser = Pages(system, language)
        browser.sign_in(TOKENS[0])
        page = browser.get(f"/orders/{waiting}").text
        assert f'<p class="note">{said}</p>' in page
    told = Pages(system, "fr")
    told.sign_in(TOKENS[0])
    path = "/proposals/new/end_link_in_doubt"
    certificate = Certificate(str(uuid.uuid4()), "ab" * 32, "KG-RTGS", "The record is lost")
    fields = {"certificate": json.dumps(certificate.to_document())}
    refused = told.send(path, **hidden(told, path), **fields)
    reason = ReasonCode[re.findall("LINK_[A-Z_]+", refused.text)[0]]
    assert reason.explanation not in refused.text
    assert translations("fr").gettext(reason.explanation) in refused.text


def test_a_bank_sees_no_order_or_account_of_others(
    system: LiveSystem, operator: Pages, waiting: str
) -> None:
    third = Pages(system)
    third.sign_in_with_code(2)
    assert third.get(f"/orders/{waiting}").status_code == 404
    assert third.get(f"/accounts/{BANKS[0]}/KZT").status_code == 403
    assert BANKS[0] not in third.text("/accounts")
    payee = Pages(system)
    payee.sign_in_with_code(1)
    text = payee.text(f"/orders/{waiting}")
    assert "The payer lacks cover." in text
    assert "Amount short" not in text
    assert "Cancel the order" not in text
    assert operator.get(f"/orders/find?uetr= {waiting} ").headers["location"].endswith(waiting)
    assert operator.get("/orders/find?uetr=x").status_code == 404


def test_an_account_has_its_queue_and_statement(operator: Pages, waiting: str) -> None:
    text = operator.text(f"/accounts/{BANKS[0]}/KZT")
    assert waiting[:8] in text
    assert "The payer lacks cover." in text
    assert "Opening balance 10,000.00" in text
    assert f"{BANKS[1]} 1.00" in text
    assert operator.get(f"/accounts/{BANKS[0]}/USD").status_code == 404
    assert "Bank AAAA" in operator.text("/participants")


def test_a_payer_moves_its_order_changes_its_class_and_cancels_it(
    system: LiveSystem, bank: Pages
) -> None:
    sent = order(0, 1, "80000.00", "KZT")
    system.bank(0).submit(sent)
    path = f"/orders/{sent['uetr']}"
    changed = bank.send(f"{path}/payment-class", **hidden(bank, path), payment_class="high")
    assert changed.status_code == 303
    assert system.bank(0).get(f"/v1{path}").json()["payment_class"] == "high"
    assert bank.send(f"{path}/position", **hidden(bank, path), position="end").status_code == 303
    assert bank.send(f"{path}/position", **hidden(bank, path), position="up").status_code == 422
    fields = hidden(bank, path)
    assert bank.send(f"{path}/cancellation", csrf=fields["csrf"]).status_code == 400
    assert bank.send(f"{path}/cancellation", request_id="x").status_code == 403
    assert system.bank(0).get(f"/v1{path}").json()["status"] == "queued"
    assert bank.send(f"{path}/cancellation", **fields).status_code == 303
    assert bank.send(f"{path}/cancellation", **fields).status_code == 303  # the same request
    assert "Cancelled" in bank.text(path)


def test_a_second_person_approves_exactly_what_was_asked(
    system: LiveSystem, operator: Pages, second_operator: Pages
) -> None:
    path = "/proposals/new/set_credit_line"
    fields = {"participant": BANKS[0], "currency": "RUB", "amount": "250.00"}
    done = operator.send(path, **hidden(operator, path), **fields, effective_on="")
    assert done.status_code == 303
    shown = done.headers["location"]
    number = shown.rpartition("/")[2]
    assert "A second person must approve it." in operator.text(shown)
    assert "Approve exactly this" not in operator.text(shown)
    text = second_operator.text(shown)
    assert "Asked by Anna , Operator" in text
    for asked in ("Bank AAAA", "250.00 RUB", "Approve exactly this"):
        assert asked in text
    document = system.operator().get(f"/v1{shown}").json()
    assert document["hash"] in text
    form = hidden(second_operator, shown, -2)
    assert form["hash"] == document["hash"]
    wrong = second_operator.send(f"{shown}/approval", **form | {"hash": "0" * 64})
    assert (wrong.status_code, "HASH_DIFFERS" in wrong.text) == (422, True)
    own = operator.send(f"{shown}/approval", **form | {"csrf": operator.csrf()})
    assert (own.status_code, "SECOND_PERSON_NEEDED" in own.text) == (422, True)
    form = hidden(second_operator, shown, -2)
    done = second_operator.send(f"{shown}/approval", **form)
    assert (done.status_code, done.headers["location"]) == (303, shown)
    for browser in (operator, second_operator):
        text = browser.text(shown)
        assert re.search(r"Approved People Asked by Anna , Operator, 24 Nov 2026, 12:00:00", text)
        assert "Decided by Boris , Operator, 24 Nov 2026, 12:00:00 Batch" in text
        assert "250.00 RUB" in text
        assert document["hash"] in text
        assert "Approve exactly this" not in text
    listed = operator.text("/proposals")
    assert f"{number} Set a credit line Anna , Operator Boris , Operator Approved" in listed
    assert "250.00" in operator.text(f"/accounts/{BANKS[0]}/RUB")


def test_proposals_are_rejected_and_forms_are_checked(
    operator: Pages, second_operator: Pages
) -> None:
    path = "/proposals/new/suspend"
    shown = operator.send(path, **hidden(operator, path), participant=BANKS[2]).headers["location"]
    assert "Suspend a participant Anna Operator" in second_operator.text("/proposals")
    form = hidden(second_operator, shown)
    done = second_operator.send(f"{shown}/rejection", **form)
    assert (done.status_code, done.headers["location"]) == (303, shown)
    text = operator.text(shown)
    assert "Rejected by a person People Asked by Anna , Operator" in text
    assert "Decided by Boris , Operator" in text
    assert "Exactly as it was asked" in text
    missing = operator.send(path, **hidden(operator, path))
    assert (missing.status_code, "participant" in missing.text) == (422, True)
    malformed = operator.send(path, **hidden(operator, path), participant="nobody")
    assert malformed.status_code == 422
    path = "/proposals/new/withdraw_agreed"
    assert operator.send(path, **hidden(operator, path), proposal="x").status_code == 422


def test_decided_proposals_are_of_the_own_side_and_paged(
    system: LiveSystem, operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = {"kind": "set_net_sender_limit", "participant": BANKS[1], "currency": "KZT"}
    numbers = []
    for amount in ("5.00", "6.00", "7.00"):
        asked = system.bank(1).propose(limit | {"amount": amount})
        numbers.append(asked.json()["proposal"])
        assert system.bank(1, 2).reject(numbers[-1]).is_success
    own, other = Pages(system), Pages(system)
    own.sign_in_with_code(1)
    other.sign_in_with_code(0)
    assert "Rejected by a person" in own.text(f"/proposals/{numbers[0]}")
    assert "Decided by Person 2 of BBBBKGK0 , BBBBKGK0" in own.text(f"/proposals/{numbers[0]}")
    assert "Rejected by a person" in operator.text(f"/proposals/{numbers[0]}")
    assert other.get(f"/proposals/{numbers[0]}").status_code == 404
    assert "Decided" not in other.text("/proposals")
    monkeypatch.setattr("skontro.web.proposals.PAGE", 2)
    first = own.get("/proposals").text
    following = re.findall(r'href="(/proposals\?before=\d+)"', first)
    assert following == [f"/proposals?before={numbers[1]}"]
    second = own.get(following[0]).text
    marks = [f'href="/proposals/{number}"' for number in numbers]
    assert [[mark in page for mark in marks] for page in (first, second)] == [
        [False, True, True],
        [True, False, False],
    ]
    assert ("First page" in first, "First page" in second) == (False, True)
    assert "Next page" not in second
    monkeypatch.setattr("skontro.web.proposals.PAGE", 3)
    assert "Next page" not in own.text("/proposals")


def test_what_nobody_approves_in_time_has_lapsed(
    system: LiveSystem, operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = system.operator().propose({"kind": "suspend", "participant": BANKS[2]}).json()
    path = f"/proposals/{number['proposal']}"
    assert "Waits for approval" in operator.text(path)
    sequencer = system.service.sequencer
    later = sequencer.view.proposals[-1].lapses_at
    for time, lapsed in ((later - 1, False), (later, True)):
        monkeypatch.setattr(sequencer, "view", attrs.evolve(sequencer.view, time=time))
        assert ("Lapsed People Asked by Anna" in operator.text(path)) == lapsed


def test_each_side_has_its_own_forms(system: LiveSystem, operator: Pages, bank: Pages) -> None:
    assert bank.get("/proposals/new/suspend").status_code == 404
    assert bank.send("/proposals/new/suspend", csrf=bank.csrf()).status_code == 404
    assert f'value="{BANKS[0]}"' in bank.get("/proposals/new/set_net_sender_limit").text
    assert operator.get("/proposals/new/set_rulebook").status_code == 404
    viewer = Pages(system)
    viewer.sign_in(TOKENS[2])
    assert viewer.get("/proposals/new/suspend").status_code == 404
    assert "Propose" not in viewer.text("/proposals").replace("Proposals", "")
    for kind in re.findall(r'href="/proposals/new/(\w+)"', operator.get("/proposals").text):
        assert operator.get(f"/proposals/new/{kind}").status_code == 200


def test_a_certificate_of_a_link_in_doubt_is_proposed_by_a_form(operator: Pages) -> None:
    path = "/proposals/new/end_link_in_doubt"
    assert "<textarea" in operator.get(path).text
    certificate = Certificate(str(uuid.uuid4()), "ab" * 32, "KG-RTGS", "The record is lost")
    sent = json.dumps(certificate.to_document())
    refused = operator.send(path, **hidden(operator, path), certificate=sent)
    assert (refused.status_code, "LINK_" in refused.text) == (422, True)
    malformed = operator.send(path, **hidden(operator, path), certificate="{")
    assert (malformed.status_code, "certificate" in malformed.text) == (422, True)


@pytest.mark.parametrize("path", ["/accounts", "/participants"])
def test_accounts_and_participants_are_paged_and_found_by_bic(
    operator: Pages, bank: Pages, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def rows(browser: Pages, query: str = "") -> list[str]:
        text = browser.get(f"{path}{query}").text
        return re.findall(r'<th scope="row">.*?<code>(\w+)</code>', text)

    each = 2 if path == "/accounts" else 1
    every = [*BANKS] * each
    assert rows(operator) == every
    assert rows(operator, f"?bic={BANKS[1][:4]}") == [BANKS[1]] * each
    assert rows(operator, "?bic=X") == []
    assert operator.get(f"{path}?bic=a").status_code == 422
    assert rows(bank) == ([BANKS[0]] * 2 if path == "/accounts" else every)
    assert rows(bank, f"?bic={BANKS[1]}") == ([] if path == "/accounts" else [BANKS[1]])
    assert ('id="bic"' in bank.get(path).text) == (path == "/participants")
    assert "Next page" not in operator.text(path)
    most = len(every) - 1
    monkeypatch.setattr("skontro.web.accounts.PAGE", most)
    first = operator.get(f"{path}?bic=").text
    assert rows(operator) == every[:most]
    assert f'href="{path}?bic=&amp;after={most}" rel="next"' in first
    assert "First page" not in first
    second = operator.get(f"{path}?bic=&after={most}").text
    assert rows(operator, f"?after={most}") == every[most:]
    assert ("First page" in second, "Next page" in second) == (True, False)
    monkeypatch.setattr("skontro.web.accounts.PAGE", len(every))
    assert "Next page" not in operator.text(path)
