"""Pages of messages: as received and as sent, of the own side, by page, and of an order."""

import re
import uuid
from typing import Any

import attrs
import pytest

from skontro.web.message_outline import (
    MOST_CHARACTERS,
    MOST_LEVELS,
    MOST_ROWS,
    outline,
    written_out,
)
from tests.service.api.test_messages_over_http import cancellation, message, row
from tests.service.systems import BANKS, TOKENS, LiveSystem, order
from tests.web.conftest import Pages


def newest(browser: Pages) -> int:
    """The number of the newest message that a person sees."""
    return int(re.findall(r'href="/messages/(\d+)"', browser.get("/messages").text)[0])


def test_an_order_shows_its_messages_in_and_out(
    system: LiveSystem, operator: Pages, bank: Pages
) -> None:
    waiting = row(amount_minor=800_000_000)
    sent = message(waiting, "pacs.008.001.08")
    answer = system.bank(0).submit_message(sent)
    assert answer.status_code == 201
    assert system.bank(0).submit_message(sent).content == answer.content
    assert system.bank(0).submit_message(cancellation(waiting["uetr"])).status_code == 200
    text = bank.text(f"/orders/{waiting['uetr']}")
    assert text.count("Customer payment pacs.008.001.08") == 1
    assert "Taken in Payment status report pacs.002.001.10" in text
    assert "Request to cancel an order camt.056.001.08" in text
    assert "Taken in Resolution of an investigation camt.029.001.09" in text
    assert f"{BANKS[0]} Customer payment" in operator.text(f"/orders/{waiting['uetr']}")
    payee = Pages(system)
    payee.sign_in_with_code(1)
    assert "Customer payment" not in payee.text(f"/orders/{waiting['uetr']}")
    number = int(re.findall(r'href="/messages/(\d+)"', bank.get("/messages").text)[1])
    assert bank.get(f"/messages/{number}/received.xml").content == sent
    assert bank.get(f"/messages/{number}/sent.xml").content == answer.content
    assert bank.get(f"/messages/{number}/other.xml").status_code == 422
    text = bank.text(f"/messages/{number}")
    assert re.search(f"Message {number} ?: M[0-9a-f]+", text)
    assert "As it was received: Customer payment pacs.008.001.08 Element Value" in text
    assert f"UETR {waiting['uetr']}" in text
    assert "Inter Bank Settlement Amount 8000000.00 KZT" in text
    assert "The answer as it was sent: Payment status report pacs.002.001.10" in text
    assert "Transaction Status ACSP" in text
    assert f"XML, {len(sent):,} bytes" in text
    assert "The message is longer" not in text
    assert operator.get(f"/messages/{number}").status_code == 200


def test_orders_without_messages_have_no_part_of_them(system: LiveSystem, bank: Pages) -> None:
    sent = order(0, 1, "1.00")
    assert system.bank(0).submit(sent).is_success
    assert "messages-title" not in bank.get(f"/orders/{sent['uetr']}").text


def test_messages_are_of_the_own_side_and_paged(
    system: LiveSystem, operator: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = []
    for bank in (1, 2, 1, 1):
        fields = row(payer=BANKS[bank], payee=BANKS[0], amount_minor=1)
        assert system.bank(bank).submit_message(message(fields)).status_code == 201
        numbers.append(newest(operator))
    own, other = Pages(system), Pages(system)
    own.sign_in_with_code(1)
    other.sign_in_with_code(2)

    def listed(browser: Pages, path: str = "/messages") -> list[int]:
        return [int(one) for one in re.findall(r'href="/messages/(\d+)"', browser.get(path).text)]

    assert listed(operator)[:4] == numbers[::-1]
    assert listed(own) == [numbers[3], numbers[2], numbers[0]]
    assert listed(other) == [numbers[1]]
    assert listed(other, f"/messages?participant={BANKS[1]}") == [numbers[1]]
    assert listed(operator, f"/messages?participant={BANKS[2]}") == [numbers[1]]
    assert operator.get("/messages?participant=XXXXKZK0").status_code == 404
    assert "No such" not in other.text()
    for path in ("", "/received.xml", "/sent.xml"):
        assert other.get(f"/messages/{numbers[0]}{path}").status_code == 404
        assert operator.get(f"/messages/{numbers[3] + 1}{path}").status_code == 404
        assert operator.get(f"/messages/{numbers[0]}{path}").status_code == 200
    viewer = Pages(system)
    viewer.sign_in(TOKENS[2])
    assert listed(viewer)[:4] == numbers[::-1]
    assert "<select" not in own.get("/messages").text
    monkeypatch.setattr("skontro.web.messages.PAGE", 2)
    path = f"/messages?participant={BANKS[1]}"
    first = operator.get(path).text
    assert listed(operator, path) == [numbers[3], numbers[2]]
    following = f"{path}&before={numbers[2]}"
    assert f'href="{following.replace("&", "&amp;")}"' in first
    second = operator.get(following).text
    assert listed(operator, following) == [numbers[0]]
    assert ("First page" in first, "First page" in second) == (False, True)
    assert ("Next page" in first, "Next page" in second) == (True, False)
    monkeypatch.setattr("skontro.web.messages.PAGE", 3)
    assert "Next page" not in own.text("/messages")
    fresh = Pages(system)
    assert fresh.get("/messages").status_code == 303


@pytest.mark.parametrize(
    "hostile",
    [
        b"<script>alert(1)</script>",
        b"<!DOCTYPE a [<!ENTITY b '<script>alert(1)</script>'>]><a>&b;</a>",
        b"\xff\xfe<script>alert(1)</script>\x00",
        b"<a><script>alert(1)</script>",
    ],
)
def test_hostile_messages_are_shown_as_text(
    system: LiveSystem, bank: Pages, hostile: bytes
) -> None:
    assert system.bank(0).submit_message(hostile).status_code == 422
    number = newest(bank)
    shown = bank.get(f"/messages/{number}").text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert "Refused" in shown
    assert "Unreadable" in shown
    assert "Rejection of a message" in shown
    listed = bank.text("/messages")
    assert f"{number} 24 Nov 2026, 12:00:00 {BANKS[0]} Unreadable – Refused" in listed
    file = bank.get(f"/messages/{number}/received.xml")
    assert file.content == hostile
    assert file.headers["content-type"] == "application/xml"
    assert file.headers["content-disposition"].startswith("attachment;")
    assert "default-src 'none'" in file.headers["content-security-policy"]


def test_a_message_that_is_not_kept_is_not_answered(
    system: LiveSystem, bank: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_exchange: Any) -> bool:
        return False

    fields = row(amount_minor=1)
    keeper = system.service.context.messages
    with monkeypatch.context() as patched:
        patched.setattr(keeper, "keep", fail)
        refused = system.bank(0).submit_message(message(fields))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["detail"] == (
        "the message could not be kept; send it again, and nothing is done twice"
    )
    assert system.bank(0).submit_message(message(fields)).status_code == 201
    assert bank.text(f"/orders/{fields['uetr']}").count("Payment of an institution") == 1


def test_a_refused_message_names_orders_that_exist(system: LiveSystem, bank: Pages) -> None:
    used = row(amount_minor=1)
    assert system.bank(0).submit_message(message(used)).status_code == 201
    wrong = message(used).replace(b"<MsgId>M", b"<MsgId>N").replace(b"KZT", b"XXX")
    assert system.bank(0).submit_message(wrong).status_code == 422
    text = bank.text(f"/orders/{used['uetr']}")
    assert text.count("Payment of an institution") == 2
    assert text.index("Taken in") < text.index("Refused Payment status report")


def test_a_long_message_is_cut_and_its_file_is_whole(
    system: LiveSystem, bank: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = message(row(amount_minor=1))
    assert system.bank(0).submit_message(sent).status_code == 201
    number = newest(bank)
    size = max(len(sent), len(bank.get(f"/messages/{number}/sent.xml").content))
    for most, cut in ((size, False), (size - 1, True), (10, True)):
        monkeypatch.setattr("skontro.web.messages.MOST_SHOWN", most)
        assert ("The message is longer" in bank.text(f"/messages/{number}")) == cut
    assert "<pre" in (page := bank.get(f"/messages/{number}").text)
    assert str(uuid.UUID(int=0)) not in page
    assert bank.get(f"/messages/{number}/received.xml").content == sent


def test_an_outline_has_all_elements_in_order_up_to_its_bounds() -> None:
    rows, more = outline(
        b'<a><b><Amt Ccy="KZT"> 1 </Amt><d/></b><c>x</c><MsgId><e><f>y</f></e></MsgId>t</a>'
    )
    assert [attrs.astuple(one) for one in rows] == [
        (0, "a", "a", ""),
        (1, "b", "b", ""),
        (2, "Amt", "Amount", "1 KZT"),
        (2, "d", "d", ""),
        (1, "c", "c", "x"),
        (1, "MsgId/e/f", "Message Identification: e: f", "y"),
    ]
    assert not more
    for count, cut in ((MOST_ROWS - 1, False), (MOST_ROWS, True)):
        rows, more = outline(b"<a>" + b"<b/>" * count + b"</a>")
        assert (len(rows), more) == (MOST_ROWS, cut)
    deep = outline(b"<a><b/>" * 14 + b"</a>" * 14)[0]
    assert max(one.level for one in deep) == MOST_LEVELS
    assert [one.level for one in deep[::2]] == [*range(13), 12]
    long = outline(b"<a>" + b"x" * (MOST_CHARACTERS + 1) + b"</a>")[0]
    assert len(long[0].value) == MOST_CHARACTERS
    assert outline(b"<a") == ([], False)


def test_an_outline_begins_with_header_and_document() -> None:
    rows, _ = outline(
        b"<M><n/><p><AppHdr><a/><b/></AppHdr></p><Document><c/><Document/></Document></M>"
    )
    assert [(one.level, one.element) for one in rows] == [
        (0, "AppHdr"),
        (1, "a"),
        (1, "b"),
        (0, "Document"),
        (1, "c"),
        (1, "Document"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GrpHdr", "Group Header"),
        ("NbOfTxs", "Number Of Transactions"),
        ("OrgnlUETR", "Original UETR"),
        ("FIPmtStsRpt", "Financial Institution Payment Status Report"),
        ("BICFI", "BICFI"),
        ("a", "a"),
        ("_", "_"),
    ],
)  # fmt: skip
def test_names_are_written_out(name: str, text: str) -> None:
    assert written_out(name) == text
