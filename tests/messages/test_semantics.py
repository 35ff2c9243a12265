"""The third step: directory, calendar, currencies, identifiers, totals and duplicates."""

import datetime

import attrs
import pytest

from skontro.messages import Finding, SystemView, read_messages
from skontro.model import (
    CurrencyHours,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    SettlementCalendar,
    find_country,
    find_currency,
)
from tests.messages.texts import (
    OTHER_UETR,
    UETR,
    changed,
    enveloped,
    header,
    pacs008,
    without_declaration,
)

TRANSFER = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
GROUP = "/Document/FIToFICstmrCdtTrf/GrpHdr"
KZT, KGS = find_currency("KZT"), find_currency("KGS")
#: Rows of tables are longer than lines.
# ruff: noqa: E501
DAY = datetime.date(2026, 11, 27)
TEN, NOON, SIX = datetime.time(10), datetime.time(12), datetime.time(18)

VIEW = SystemView(
    bic="SKONKGKG",
    directory=ParticipantDirectory(
        [
            Participant("HSBKKZKX", "Halyk Bank", find_country("KZ")),
            Participant("DEMIKG22XXX", "Demir Bank", find_country("KG")),
            Participant("CASPKZKA", "Kaspi Bank", find_country("KZ")),
        ],
        [
            SettlementAccount("HSBKKZKX", KZT, 0),
            SettlementAccount("DEMIKG22XXX", KZT, 0),
            SettlementAccount("HSBKKZKX", KGS, 0),
        ],
    ),
    calendar=SettlementCalendar(
        "Asia/Almaty",
        TEN,
        TEN,
        SIX,
        holidays=(datetime.date(2026, 12, 16),),
        currencies={"KZT": CurrencyHours(NOON, SIX, (datetime.date(2026, 12, 1),))},
    ),
    business_date=DAY,
    sender="HSBKKZKX",
)


def findings(content: bytes, view: SystemView = VIEW) -> list[tuple[str, str, str]]:
    (message,) = read_messages(content, view)
    assert message.accepted == bool(message.orders)
    return [(one.xpath, one.code.value, one.text) for one in message.findings]


def on(day: str) -> bytes:
    return changed(pacs008(), "2026-11-27</IntrBk", f"{day}</IntrBk")


def test_a_message_that_the_system_takes() -> None:
    (message,) = read_messages(pacs008(), VIEW)
    assert message.findings == ()
    # The directory's form of a head office is the payee.
    assert [(one.payer, one.payee) for one in message.orders] == [("HSBKKZKX", "DEMIKG22XXX")]


@pytest.mark.parametrize(
    ("old", "new", "xpath", "code", "text"),
    [
        ("InstgAgt><FinInstnId><BICFI>HSBKKZKX", "InstgAgt><FinInstnId><BICFI>ABCDKZKX", "InstgAgt", "RC03", "ABCDKZKX is no participant of this system"),
        ("InstdAgt><FinInstnId><BICFI>DEMIKG22", "InstdAgt><FinInstnId><BICFI>ABCDKZKX", "InstdAgt", "RC04", "ABCDKZKX is no participant of this system"),
        ("InstdAgt><FinInstnId><BICFI>DEMIKG22", "InstdAgt><FinInstnId><BICFI>CASPKZKA", "InstdAgt", "AM03", "CASPKZKA has no account in KZT"),
        ("InstdAgt><FinInstnId><BICFI>DEMIKG22", "InstdAgt><FinInstnId><BICFI>HSBKKZKX", "InstdAgt", "AGNT", "is HSBKKZKX, as the payer: payer and payee are one participant"),
        ("<DbtrAgt><FinInstnId><BICFI>HSBKKZKX", "<DbtrAgt><FinInstnId><BICFI>HSBKZZKX", "DbtrAgt", "RC01", "BIC: 'HSBKZZKX' is not a BIC: ZZ is no country code of ISO 3166"),
        ("213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D16", "Dbtr", "RR11", "LEI: '213800KUD8LAJWSQ9D16' is not an LEI of 20 characters with valid check digits"),
        ("KZ86125KZT5004100100", "KZ86125KZT5004100101", "DbtrAcct/Id/IBAN", "AC02", "'KZ86125KZT5004100101' is not an IBAN with the length and check digits of its country"),
        ("<Othr><Id>1030120000012345</Id></Othr>", "<IBAN>DE89370400440532013001</IBAN>", "CdtrAcct/Id/IBAN", "AC03", "'DE89370400440532013001' is not an IBAN with the length and check digits of its country"),
        ("<CdtrAcct>", "<CdtrAgtAcct><Id><IBAN>DE8937040044053201300</IBAN></Id></CdtrAgtAcct><CdtrAcct>", None, "", ""),
    ],
    ids=range(9),
)  # fmt: skip
def test_one_fault_of_a_transfer(
    old: str, new: str, xpath: str | None, code: str, text: str
) -> None:
    if xpath is None:
        new = "<CdtrAgtAcct><Id><IBAN>DE8937040044053201300</IBAN></Id></CdtrAgtAcct><Cdtr>"
        content = changed(pacs008(), "<Cdtr>", new)
        place, code = "CdtrAgtAcct/Id/IBAN", "AC01"
        text = (
            "'DE8937040044053201300' is not an IBAN with the length and check digits of its country"
        )
    else:
        content, place = changed(pacs008(), old, new), xpath
    found = findings(content, attrs.evolve(VIEW, sender=None))
    assert (f"{TRANSFER}/{place}", code, text) in found
    assert len(found) == 1 or code == "AGNT"


@pytest.mark.parametrize(
    ("day", "code", "text"),
    [
        ("2026-11-26", "DT01", "2026-11-26 is past; the business day is 2026-11-27"),
        ("2026-11-27", None, None),
        ("2026-11-28", "DT03", "2026-11-28 is no business day of this system"),
        ("2026-11-30", None, None),
        ("2026-12-01", "DT03", "KZT takes no orders on 2026-12-01"),
        ("2026-12-16", "DT03", "2026-12-16 is no business day of this system"),
        ("2026-12-25", None, None),
        ("2026-12-28", "DT04", "2026-12-28 is more than 30 days after the business day 2026-11-27"),
    ],
)
def test_settlement_dates(day: str, code: str | None, text: str | None) -> None:
    expected = [] if code is None else [(f"{TRANSFER}/IntrBkSttlmDt", code, text)]
    assert findings(on(day)) == expected


def test_the_last_day_ahead_is_exact() -> None:
    view = attrs.evolve(VIEW, calendar=None, most_days_ahead=3)
    assert findings(on("2026-11-30"), view) == []
    assert [code for _, code, _ in findings(on("2026-12-01"), view)] == ["DT04"]


def test_a_withdrawn_currency_is_refused() -> None:
    content = pacs008().replace(b'Ccy="KZT"', b'Ccy="HRK"')
    ((xpath, code, text),) = findings(content, SystemView())
    assert (xpath, code) == (f"{TRANSFER}/IntrBkSttlmAmt", "AM03")
    assert text.startswith("HRK")


def test_a_sender_instructs_for_itself_alone() -> None:
    view = attrs.evolve(VIEW, sender="CASPKZKA")
    text = "is HSBKKZKX; CASPKZKA sent the message and may instruct for itself alone"
    assert findings(pacs008(), view) == [(f"{TRANSFER}/InstgAgt", "AGNT", text)]
    assert findings(pacs008(), attrs.evolve(VIEW, sender="HSBKKZKXXXX")) == []


def test_a_known_uetr_or_message_is_a_duplicate() -> None:
    view = attrs.evolve(VIEW, knows_uetr=lambda uetr: uetr == UETR)
    text = f"{UETR} is known: an order with it was entered before"
    assert findings(pacs008(), view) == [(f"{TRANSFER}/PmtId/UETR", "DU03", text)]
    view = attrs.evolve(VIEW, knows_uetr=lambda uetr: uetr == OTHER_UETR)
    assert findings(pacs008(), view) == []
    view = attrs.evolve(VIEW, knows_message=lambda bic, name: (bic, name) == ("HSBKKZKX", "M-1"))
    text = "M-1 is known: HSBKKZKX sent a message with it before"
    assert findings(pacs008(), view) == [(f"{GROUP}/MsgId", "DU01", text)]
    assert findings(changed(pacs008(), "M-1", "M-2"), view) == []


def test_a_uetr_twice_in_one_message_is_a_duplicate() -> None:
    content = pacs008(transfers=3).replace(f"00000002{UETR[8:]}".encode(), UETR.encode())
    text = "is also in transaction 1 of this message"
    assert findings(content) == [(f"{TRANSFER}[3]/PmtId/UETR", "DU03", text)]


@pytest.mark.parametrize(
    ("stated", "xpath", "code", "text"),
    [
        ("<NbOfTxs>1</NbOfTxs>", "NbOfTxs", "AM18", "is 1; the message has 2 transactions"),
        ("<NbOfTxs>2</NbOfTxs><CtrlSum>2502.00</CtrlSum>", "CtrlSum", "AM10", "is 2502.00; the amounts add up to 2502.00"),
        ("<NbOfTxs>2</NbOfTxs><CtrlSum>2502.01</CtrlSum>", "CtrlSum", "AM10", "is 2502.01; the amounts add up to 2502.00"),
        ('<NbOfTxs>2</NbOfTxs><TtlIntrBkSttlmAmt Ccy="KZT">2501.99</TtlIntrBkSttlmAmt>', "TtlIntrBkSttlmAmt", "AM10", "is 2501.99; the amounts add up to 2502.00"),
        ('<NbOfTxs>2</NbOfTxs><TtlIntrBkSttlmAmt Ccy="KGS">2502</TtlIntrBkSttlmAmt>', "TtlIntrBkSttlmAmt", "AM11", "is in KGS, transactions are in KZT"),
    ],
)  # fmt: skip
def test_totals(stated: str, xpath: str, code: str, text: str) -> None:
    content = changed(pacs008(transfers=2), "<NbOfTxs>2</NbOfTxs>", stated)
    expected = [] if "2502.00</" in stated else [(f"{GROUP}/{xpath}", code, text)]
    assert findings(content) == expected


def test_right_totals_are_taken() -> None:
    total = '<NbOfTxs>2</NbOfTxs><TtlIntrBkSttlmAmt Ccy="KZT">2502</TtlIntrBkSttlmAmt>'
    assert findings(changed(pacs008(transfers=2), "<NbOfTxs>2</NbOfTxs>", total)) == []


@pytest.mark.parametrize(
    ("part", "xpath", "code", "text"),
    [
        (header(message="pacs.009.001.08"), "MsgDefIdr", "RC01", "is pacs.009.001.08, and the message pacs.008.001.08"),
        (header(message_id="M-2"), "BizMsgIdr", "RC01", "is M-2, and the message id M-1; they must be the same"),
        (header(receiver="ABCDKZKX"), "To", "RC01", "is ABCDKZKX; messages to this system go to SKONKGKG"),
        (header().replace("04:00:00Z", "04:00:00"), "CreDt", "DT02", "has no offset from UTC"),
    ],
)  # fmt: skip
def test_headers_fit_their_messages(part: str, xpath: str, code: str, text: str) -> None:
    content = enveloped(part, without_declaration(pacs008()))
    assert findings(content) == [(f"/Envelope/AppHdr/{xpath}", code, text)]


def test_the_sender_of_a_header_is_the_instructing_agent_and_who_sent_it() -> None:
    content = enveloped(header(sender="CASPKZKA"), without_declaration(pacs008()))
    assert findings(content) == [
        ("/Envelope/AppHdr/Fr", "RC01", "is CASPKZKA, and the instructing agent HSBKKZKX"),
        ("/Envelope/AppHdr/Fr", "RC01", "is CASPKZKA, and the message was sent by HSBKKZKX"),
    ]
    content = enveloped(header(sender="HSBKKZKXXXX"), without_declaration(pacs008()))
    assert findings(content) == []


def test_a_possible_duplicate_is_noted_and_taken() -> None:
    part = header().replace("</AppHdr>", "<PssblDplct>true</PssblDplct></AppHdr>")
    (message,) = read_messages(enveloped(part, without_declaration(pacs008())), VIEW)
    (note,) = message.findings
    assert isinstance(note, Finding)
    assert not note.refuses
    assert message.accepted
    assert message.header is not None
    assert message.header.possible_duplicate
    assert len(message.orders) == 1


def test_other_messages_are_not_offered() -> None:
    from pathlib import Path

    samples = Path(__file__).parent / "samples/valid/pacs.002.001.10"
    (message,) = read_messages(next(samples.glob("moov*pacs.002.xml")).read_bytes())
    assert [one.code for one in message.findings] == ["AG08"]
