"""The second step: each rule of market practice, with the place and code of its finding."""

import pytest

from skontro.messages import Finding, Step, read_messages
from tests.messages.texts import UETR, changed, pacs008, pacs009

TRANSFER = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
GROUP = "/Document/FIToFICstmrCdtTrf/GrpHdr"
OLD_ADDRESS = "<PstlAdr><AdrLine>Chuy Avenue 1</AdrLine><AdrLine>Bishkek</AdrLine></PstlAdr>"
HYBRID = """<PstlAdr><TwnNm>Bishkek</TwnNm><Ctry>KG</Ctry>
<AdrLine>Chuy Avenue 1</AdrLine></PstlAdr>"""


def findings(content: bytes) -> tuple[Finding, ...]:
    (message,) = read_messages(content)
    assert not message.accepted
    assert not message.orders
    return message.findings


@pytest.mark.parametrize(
    ("old", "new", "xpath", "code", "text"),
    [
        (
            f"<UETR>{UETR}</UETR>",
            "",
            f"{TRANSFER}/PmtId/UETR",
            "CH21",
            "is missing: the unique end-to",
        ),
        (
            "<InstrId>I-0</InstrId>",
            "",
            f"{TRANSFER}/PmtId/InstrId",
            "CH21",
            "is missing: the reference",
        ),
        (
            "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>\n",
            "",
            f"{TRANSFER}/IntrBkSttlmDt",
            "DT01",
            "is missing: the settlement date, also not in the group header",
        ),
        (
            "<SttlmInf>",
            "<IntrBkSttlmDt>2026-11-28</IntrBkSttlmDt><SttlmInf>",
            f"{TRANSFER}/IntrBkSttlmDt",
            "DT01",
            "is 2026-11-27, and 2026-11-28 in the group header; give one settlement date",
        ),
        (
            "+05:00</CreDtTm>",
            "</CreDtTm>",
            f"{GROUP}/CreDtTm",
            "DT02",
            "has no offset from UTC; write",
        ),
        (
            "CLRG",
            "INDA",
            f"{GROUP}/SttlmInf/SttlmMtd",
            "CH17",
            "is INDA; orders of this system settle by clearing: CLRG",
        ),
        (
            "<SttlmMtd>CLRG</SttlmMtd>",
            "<SttlmMtd>CLRG</SttlmMtd><InstgRmbrsmntAgt><FinInstnId><BICFI>HSBKKZKX</BICFI>"
            "</FinInstnId></InstgRmbrsmntAgt>",
            f"{GROUP}/SttlmInf/InstgRmbrsmntAgt",
            "CH17",
            "does not go with settlement by clearing",
        ),
        (
            "<ChrgBr>",
            '<InstdAmt Ccy="USD">3</InstdAmt><ChrgBr>',
            f"{TRANSFER}/InstdAmt",
            "AM11",
            "is in USD, the order in KZT: an order is in one currency; state the exchange rate",
        ),
        (
            "<ChrgBr>",
            '<InstdAmt Ccy="KZT">3</InstdAmt><XchgRate>1</XchgRate><ChrgBr>',
            f"{TRANSFER}/XchgRate",
            "CH17",
            "is given, although both amounts are in KZT",
        ),
        ("SHAR", "CRED", f"{TRANSFER}/ChrgsInf", "CH21", "is missing: with ChrgBr CRED, charges"),
        (
            "SHAR</ChrgBr>",
            'SHAR</ChrgBr><ChrgsInf><Amt Ccy="KZT">1</Amt><Agt><FinInstnId><BICFI>HSBKKZKX</BICFI>'
            "</FinInstnId></Agt></ChrgsInf>",
            f"{TRANSFER}/InstdAmt",
            "CH21",
            "is missing: with charges taken (ChrgsInf), the instructed amount is stated",
        ),
        (
            "<Nm>Алатау Сауда ЖШС</Nm>",
            "",
            f"{TRANSFER}/Dbtr/Nm",
            "BE08",
            "is missing: debtor and cred",
        ),
        ("<Nm>Bishkek Trading House</Nm>", "", f"{TRANSFER}/Cdtr/Nm", "BE22", "is missing: debtor"),
        (
            "<TwnNm>Almaty</TwnNm>",
            "",
            f"{TRANSFER}/Dbtr/PstlAdr/TwnNm",
            "BE07",
            "is missing: the town",
        ),
        ("<Ctry>KG</Ctry>", "", f"{TRANSFER}/Cdtr/PstlAdr/Ctry", "BE04", "is missing: the country"),
        (
            "<AdrLine>Chuy Avenue 1</AdrLine>",
            "<AdrLine>a</AdrLine><AdrLine>b</AdrLine><AdrLine>c</AdrLine>",
            f"{TRANSFER}/Cdtr/PstlAdr/AdrLine[3]",
            "CH17",
            "occurs 3 times; at most 2 free lines are allowed",
        ),
        (
            "<DbtrAgt><FinInstnId><BICFI>HSBKKZKX</BICFI>",
            "<DbtrAgt><FinInstnId><Othr><Id>7</Id></Othr>",
            f"{TRANSFER}/DbtrAgt/FinInstnId",
            "AGNT",
            "names no institution: give its BIC (BICFI)",
        ),
        (
            "<DbtrAgt><FinInstnId><BICFI>HSBKKZKX</BICFI>",
            "<DbtrAgt><FinInstnId><Nm>Bank</Nm><PstlAdr><Ctry>KZ</Ctry></PstlAdr>",
            f"{TRANSFER}/DbtrAgt/FinInstnId/PstlAdr/TwnNm",
            "CH21",
            "is missing: the town; addresses are structured or hybrid since November 2026",
        ),
        (
            "</CdtTrfTxInf>",
            "<SplmtryData><Envlp><a xmlns='urn:x'/></Envlp></SplmtryData></CdtTrfTxInf>",
            f"{TRANSFER}/SplmtryData",
            "CH17",
            "supplementary data cannot be carried with an order; leave it out",
        ),
        (
            "<ChrgBr>",
            "<SttlmTmReq><TillTm>10:00:00</TillTm></SttlmTmReq><ChrgBr>",
            f"{TRANSFER}/SttlmTmReq/TillTm",
            "DT01",
            "has no offset from UTC; write it like 10:00:00+05:00",
        ),
    ],
    ids=range(20),
)
def test_one_rule(old: str, new: str, xpath: str, code: str, text: str) -> None:
    found = [
        one for one in findings(changed(pacs008(), old, new)) if one.step == Step.MARKET_PRACTICE
    ]
    assert [(one.xpath, one.code) for one in found] == [(xpath, code)]
    assert found[0].text.startswith(text)
    assert found[0].line > 0


def test_an_unstructured_address_lacks_town_and_country() -> None:
    found = findings(changed(pacs008(), HYBRID, OLD_ADDRESS))
    assert [one.xpath.rpartition("/")[2] for one in found] == ["TwnNm", "Ctry"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<AdrLine>Chuy Avenue 1</AdrLine>", "<AdrLine>a</AdrLine><AdrLine>b</AdrLine>"),
        (HYBRID, ""),
        ("<ChrgBr>", '<InstdAmt Ccy="USD">3</InstdAmt><XchgRate>478.5</XchgRate><ChrgBr>'),
        ("SHAR", "SLEV"),
        ("SHAR", "DEBT"),
        (
            "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>\n",
            "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><SttlmPrty>NORM</SttlmPrty>",
        ),
        ("<SttlmInf>", "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><SttlmInf>"),
        ("<Nm>Алатау Сауда ЖШС</Nm>", "<Nm>x</Nm>"),
        (
            "<Nm>Алатау Сауда ЖШС</Nm><PstlAdr><StrtNm>Abay Avenue</StrtNm><BldgNb>17</BldgNb>\n"
            "<PstCd>050000</PstCd><TwnNm>Almaty</TwnNm><Ctry>KZ</Ctry></PstlAdr>\n<Id><OrgId>",
            "<Id><OrgId><AnyBIC>HSBKKZKX</AnyBIC>",
        ),
        ("+05:00</CreDtTm>", "Z</CreDtTm>"),
    ],
    ids=range(10),
)
def test_what_practice_allows(old: str, new: str) -> None:
    (message,) = read_messages(changed(pacs008(), old, new))
    assert message.findings == ()
    assert len(message.orders) == 1


def test_rules_hold_for_the_covered_transfer_too() -> None:
    from tests.messages.texts import CREDITOR, DEBTOR

    covered = DEBTOR.replace("<Nm>Алатау Сауда ЖШС</Nm>", "") + CREDITOR.replace(
        "<TwnNm>Bishkek</TwnNm>", ""
    )
    below = "/Document/FICdtTrf/CdtTrfTxInf/UndrlygCstmrCdtTrf"
    assert [(one.xpath, one.code) for one in findings(pacs009(underlying=covered))] == [
        (f"{below}/Dbtr/Nm", "BE08"),
        (f"{below}/Cdtr/PstlAdr/TwnNm", "BE04"),
    ]


def test_faults_of_all_steps_after_the_schema_come_together() -> None:
    content = changed(pacs008(), "CLRG", "INDA")
    content = changed(content, "KZ86125KZT5004100100", "KZ86125KZT5004100101")
    content = changed(content, "<NbOfTxs>1", "<NbOfTxs>2")
    found = findings(content)
    assert [(one.step.value, one.code.value) for one in found] == [
        ("market practice", "CH17"),
        ("semantics", "AM18"),
        ("semantics", "AC02"),
    ]


def test_versions_without_a_uetr_are_named_as_such() -> None:
    for version in ("02", "07"):
        old = pacs008(version).replace(f"<UETR>{UETR}</UETR>".encode(), b"")
        if version == "02":
            old = old.replace(b"BICFI", b"BIC").replace(
                b"<Id><OrgId><LEI>213800KUD8LAJWSQ9D15</LEI></OrgId></Id>", b""
            )
        else:
            old = old.replace(b"<LEI>213800KUD8LAJWSQ9D15</LEI>", b"<AnyBIC>HSBKKZKX</AnyBIC>")
        found = findings(old)
        assert [one.xpath for one in found] == [f"{TRANSFER}/PmtId/UETR"]
