"""Credit transfers as orders: each element of the mapping table."""

import datetime

import pytest

from skontro.messages import InstructedOrder, SystemView, TransactionReference, read_messages
from skontro.model import Party, PaymentClass, PaymentDetails, PaymentType
from tests.messages.texts import (
    AGENTS,
    CREDITOR,
    DEBTOR,
    UETR,
    changed,
    pacs008,
    pacs009,
    pain001,
)

HSBK = Party(identifiers=(("BIC", "HSBKKZKX"),))
DEMI = Party(identifiers=(("BIC", "DEMIKG22"),))
ALATAU = Party(
    name="Алатау Сауда ЖШС",
    country="KZ",
    address=("Abay Avenue", "17", "050000", "Almaty"),
    account="KZ86125KZT5004100100",
    identifiers=(("LEI", "213800KUD8LAJWSQ9D15"),),
)
BISHKEK = Party(
    name="Bishkek Trading House",
    country="KG",
    address=("Bishkek", "Chuy Avenue 1"),
    account="1030120000012345",
)


def only(content: bytes, view: SystemView | None = None) -> InstructedOrder:
    (message,) = read_messages(content, view or SystemView())
    assert [str(one) for one in message.findings if one.refuses] == []
    (order,) = message.orders
    return order


def test_a_customer_transfer_whole() -> None:
    (message,) = read_messages(pacs008())
    assert (message.message_id, message.instructing) == ("M-1", "HSBKKZKX")
    assert message.created == "2026-11-27T09:00:00+05:00"
    order = only(pacs008())
    assert order == InstructedOrder(
        uetr=UETR,
        payer="HSBKKZKX",
        payee="DEMIKG22",
        currency="KZT",
        amount=125_050,
        value_date=datetime.date(2026, 11, 27),
        payment_class=PaymentClass.NORMAL,
        payment_type=PaymentType.CUSTOMER,
        earliest=None,
        latest=None,
        transaction_id="T-0",
        details=PaymentDetails(
            instruction_id="I-0",
            end_to_end_id="E-0",
            message_id="M-1",
            message_name="pacs.008.001.08",
            purpose="GDDS",
            charge_bearer="SHAR",
            remittance=("Invoice 7",),
            parties=(
                ("debtor", ALATAU),
                ("debtor_agent", HSBK),
                ("instructing_agent", HSBK),
                ("instructed_agent", DEMI),
                ("creditor_agent", DEMI),
                ("creditor", BISHKEK),
            ),
        ),
    )
    reference = TransactionReference("I-0", "E-0", "T-0", UETR)
    assert order.reference == reference
    assert message.references == (reference,)


def test_a_transfer_between_banks() -> None:
    order = only(pacs009())
    assert (order.payment_type, order.payment_class) == (
        PaymentType.INTERBANK,
        PaymentClass.URGENT,
    )
    assert (order.currency, order.amount) == ("KGS", 70_000_000)
    day = datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC).timestamp() * 1_000_000
    hour = 3_600 * 1_000_000
    assert (order.earliest, order.latest) == (day + 5 * hour, day + 11.5 * hour)
    assert order.details.parties == (
        ("debtor", HSBK),
        ("instructing_agent", HSBK),
        ("instructed_agent", DEMI),
        ("creditor", DEMI),
    )


def test_a_cover_names_the_parties_of_the_covered_transfer() -> None:
    order = only(pacs009(underlying=DEBTOR + CREDITOR + "<RmtInf><Ustrd>Rent</Ustrd></RmtInf>"))
    assert order.details.party("underlying_debtor") == ALATAU
    assert order.details.party("underlying_creditor") == BISHKEK
    assert order.details.party("underlying_creditor_agent") == DEMI
    assert order.details.remittance == ("UndrlygCstmrCdtTrf/RmtInf/Ustrd=Rent",)
    assert order.payment_type == PaymentType.INTERBANK


def test_an_initiation_is_taken_in_a_sandbox_only() -> None:
    (refused,) = read_messages(pain001())
    assert [(one.code, one.text) for one in refused.findings] == [
        ("AG08", "pain.001.001.09 is taken in a sandbox only; participants send pacs.008")
    ]
    (message,) = read_messages(pain001(), SystemView(sandbox=True))
    assert message.findings == ()
    first, second = message.orders
    assert (first.uetr, second.uetr) == (f"00000001{UETR[8:]}", f"00000002{UETR[8:]}")
    assert (first.amount, second.amount) == (10_000, 20_000)
    assert (first.payer, first.payee) == ("HSBKKZKX", "DEMIKG22")
    assert first.value_date == datetime.date(2026, 11, 27)
    assert first.payment_type == PaymentType.CUSTOMER
    assert first.details.party("debtor") == second.details.party("debtor") == ALATAU
    assert first.details.party("initiating_party") == Party(name="Алатау Сауда ЖШС")
    assert first.details.charge_bearer == "SLEV"
    assert second.details.end_to_end_id == "E-2"
    at_a_time = changed(pain001(), "<Dt>2026-11-27</Dt>", "<DtTm>2026-11-28T23:00:00+05:00</DtTm>")
    (message,) = read_messages(at_a_time, SystemView(sandbox=True))
    assert {one.value_date for one in message.orders} == {datetime.date(2026, 11, 28)}


def test_an_initiation_needs_agents_and_an_instructed_amount() -> None:
    content = changed(
        pain001(),
        '<InstdAmt Ccy="KZT">100</InstdAmt>',
        ('<EqvtAmt><Amt Ccy="USD">1</Amt><CcyOfTrf>KZT</CcyOfTrf></EqvtAmt>'),
    )
    content = changed(
        content, "<CdtrAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></CdtrAgt>", ""
    )
    (message,) = read_messages(content, SystemView(sandbox=True))
    below = "/Document/CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf[1]"
    found = [(one.xpath, one.code) for one in message.findings]
    assert (f"{below}/Amt", "AM12") in found
    assert (f"{below}/CdtrAgt", "CH21") in found
    assert not message.orders


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<SttlmPrty>URGT</SttlmPrty>", PaymentClass.URGENT),
        ("<SttlmPrty>HIGH</SttlmPrty>", PaymentClass.HIGH),
        ("<SttlmPrty>NORM</SttlmPrty>", PaymentClass.NORMAL),
        ("", PaymentClass.NORMAL),
    ],
)
def test_the_settlement_priority_is_the_class(given: str, expected: PaymentClass) -> None:
    assert only(changed(pacs008(), "<ChrgBr>", f"{given}<ChrgBr>")).payment_class == expected


def test_the_instruction_priority_decides_without_a_settlement_priority() -> None:
    kind = "<PmtTpInf><InstrPrty>HIGH</InstrPrty><CtgyPurp><Cd>SALA</Cd></CtgyPurp></PmtTpInf>"
    high = changed(pacs008(), "</PmtId>", f"</PmtId>{kind}")
    order = only(high)
    assert (order.payment_class, order.details.category_purpose) == (PaymentClass.HIGH, "SALA")
    assert order.details.remittance == ("Invoice 7",)
    both = changed(high, "<ChrgBr>", "<SttlmPrty>URGT</SttlmPrty><ChrgBr>")
    assert only(both).payment_class == PaymentClass.URGENT
    group = changed(pacs008(transfers=2), "</SttlmInf>", f"</SttlmInf>{kind}")
    (message,) = read_messages(group)
    assert [one.payment_class for one in message.orders] == [PaymentClass.HIGH] * 2
    assert [one.details.category_purpose for one in message.orders] == ["SALA"] * 2


def test_agents_and_date_of_the_group_hold_for_each_transfer() -> None:
    content = pacs008(transfers=2).replace(AGENTS.encode(), b"")
    content = content.replace(b"<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>\n", b"")
    content = changed(content, "<SttlmInf>", "<IntrBkSttlmDt>2026-12-01</IntrBkSttlmDt><SttlmInf>")
    content = changed(content, "</SttlmInf>", f"</SttlmInf>{AGENTS}")
    (message,) = read_messages(content)
    assert message.instructing == "HSBKKZKX"
    for order in message.orders:
        assert (order.payer, order.payee) == ("HSBKKZKX", "DEMIKG22")
        assert order.value_date == datetime.date(2026, 12, 1)
        assert order.details.party("instructing_agent") == HSBK


def test_agents_of_the_parties_are_payer_and_payee_without_instructing_ones() -> None:
    order = only(pacs008().replace(AGENTS.encode(), b""))
    assert (order.payer, order.payee) == ("HSBKKZKX", "DEMIKG22")
    order = only(pacs009().replace(AGENTS.encode(), b""))
    assert (order.payer, order.payee) == ("HSBKKZKX", "DEMIKG22")


def test_instructing_agents_come_before_agents_of_the_parties() -> None:
    content = changed(
        pacs008(), "<DbtrAgt><FinInstnId><BICFI>HSBKKZKX", "<DbtrAgt><FinInstnId><BICFI>CASPKZKA"
    )
    order = only(content)
    assert order.payer == "HSBKKZKX"
    assert order.details.party("debtor_agent") == Party(identifiers=(("BIC", "CASPKZKA"),))


@pytest.mark.parametrize(
    ("times", "earliest", "latest", "kept"),
    [
        ("<RjctTm>16:30:00Z</RjctTm>", None, 16.5, ()),
        ("<TillTm>15:00:00+01:00</TillTm>", None, 14, ()),
        ("<FrTm>09:00:00.5Z</FrTm>", 9 + 0.5 / 3600, None, ()),
        (
            "<TillTm>15:00:00Z</TillTm><RjctTm>16:00:00Z</RjctTm>",
            None,
            16,
            ("SttlmTmReq/TillTm=15:00:00Z",),
        ),
        ("<CLSTm>15:00:00Z</CLSTm>", None, None, ("SttlmTmReq/CLSTm=15:00:00Z",)),
    ],
)
def test_requested_times(
    times: str, earliest: float | None, latest: float | None, kept: tuple[str, ...]
) -> None:
    order = only(changed(pacs008(), "<ChrgBr>", f"<SttlmTmReq>{times}</SttlmTmReq><ChrgBr>"))
    day = int(datetime.datetime(2026, 11, 27, tzinfo=datetime.UTC).timestamp()) * 1_000_000
    hour = 3_600_000_000
    assert order.earliest == (None if earliest is None else day + round(earliest * hour))
    assert order.latest == (None if latest is None else day + round(latest * hour))
    assert order.details.remittance == ("Invoice 7", *kept)


def test_an_earliest_time_at_or_after_the_latest_is_refused() -> None:
    def message(first: str) -> str:
        times = f"<FrTm>{first}</FrTm><RjctTm>10:00:00Z</RjctTm>"
        return f"<SttlmTmReq>{times}</SttlmTmReq><ChrgBr>"

    assert only(changed(pacs008(), "<ChrgBr>", message("09:59:59.999999Z"))).latest
    (refused,) = read_messages(changed(pacs008(), "<ChrgBr>", message("10:00:00Z")))
    (finding,) = refused.findings
    assert finding.xpath.endswith("/SttlmTmReq/FrTm")
    assert finding.text == "is not before the latest time (RjctTm or TillTm)"


def test_what_has_no_place_of_its_own_is_kept_as_text() -> None:
    content = changed(
        pacs008(),
        "<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd><Strd><RfrdDocInf><Nb>4711</Nb></RfrdDocInf>"
        "<Invcr><Nm>Third Co</Nm></Invcr></Strd></RmtInf>",
    )
    content = changed(
        content,
        "<Purp>",
        f"<InstrForNxtAgt><InstrInf>{'x' * 140}</InstrInf></InstrForNxtAgt><Purp>",
    )
    assert only(content).details.remittance == (
        "one",
        "two",
        f"InstrForNxtAgt/InstrInf={'x' * 140}",
        "RmtInf/Strd/RfrdDocInf/Nb=4711",
        "RmtInf/Strd/Invcr/Nm=Third Co",
    )


def test_long_texts_are_split_into_lines() -> None:
    inner = f"<Mtd>URID</Mtd><ElctrncAdr>{'a' * 700}</ElctrncAdr>"
    where = f"<RltdRmtInf><RmtLctnDtls>{inner}</RmtLctnDtls></RltdRmtInf>"
    lines = only(changed(pacs008(), "<RmtInf>", f"{where}<RmtInf>")).details.remittance
    text = "RltdRmtInf/RmtLctnDtls/ElctrncAdr=" + "a" * 700
    assert lines == (
        "Invoice 7",
        "RltdRmtInf/RmtLctnDtls/Mtd=URID",
        *(text[:300], text[300:600], text[600:]),
    )


@pytest.mark.parametrize(
    ("old", "new", "xpath", "code", "text"),
    [
        (">1250.50<", ">0.00<", "IntrBkSttlmAmt", "AM01", "is zero; an order moves an amount"),
        (">1250.50<", ">1.505<", "IntrBkSttlmAmt", "CH20", "'1.505' has 3 decimals; KZT has 2"),
        ('Ccy="KZT"', 'Ccy="KZX"', "IntrBkSttlmAmt", "AM03", "'KZX' is not an ISO 4217 currency"),
        (">1250.50<", ">+1.50<", "IntrBkSttlmAmt", "AM12", "'+1.50' is not a decimal amount"),
        (
            "2026-11-27</IntrBk",
            "2026-11-27Z</IntrBk",
            "IntrBkSttlmDt",
            "DT01",
            "'2026-11-27Z' is not",
        ),
        (
            "2026-11-27</IntrBk",
            "1969-11-27</IntrBk",
            "IntrBkSttlmDt",
            "DT01",
            "the date 1969-11-27 is outside",
        ),
        ("Bishkek Trading House", "Bishkek\nTrading", "Cdtr", "CH16", "name must be one line"),
    ],
    ids=range(7),
)
def test_what_cannot_be_carried(old: str, new: str, xpath: str, code: str, text: str) -> None:
    (message,) = read_messages(changed(pacs008(), old, new))
    (finding,) = message.findings
    place = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf" + (f"/{xpath}" if xpath else "")
    assert (finding.xpath, finding.code) == (place, code)
    assert finding.text.startswith(text)
    assert not message.orders


def test_agents_without_bic_name_no_payer() -> None:
    content = pacs008().replace(
        b"<BICFI>HSBKKZKX</BICFI>",
        b"<ClrSysMmbId><ClrSysId><Cd>KZINC</Cd></ClrSysId><MmbId>7</MmbId></ClrSysMmbId>",
    )
    (message,) = read_messages(content)
    (finding,) = message.findings
    assert finding.xpath.endswith("CdtTrfTxInf/InstgAgt")
    assert finding.code == "AGNT"


def test_too_many_details_are_refused() -> None:
    lines = "<Ustrd>" + "</Ustrd><Ustrd>".join(["ш" * 140] * 60) + "</Ustrd>"
    (message,) = read_messages(changed(pacs008(), "<Ustrd>Invoice 7</Ustrd>", lines))
    (finding,) = message.findings
    assert "16,384 is the most" in finding.text


@pytest.mark.parametrize("empty", ["", " ", "\n  "])
def test_empty_elements_say_nothing(empty: str) -> None:
    content = changed(pacs008(), "Invoice 7", " ")
    content = changed(content, "<RmtInf>", f"<Tax>{empty}</Tax><RmtInf>")
    assert only(content).details.remittance == ()
    agent = f"<CdtrAgt><FinInstnId>{empty}</FinInstnId></CdtrAgt>"
    (message,) = read_messages(
        changed(
            content, "<CdtrAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></CdtrAgt>", agent
        )
    )
    assert [one.code for one in message.findings] == ["AGNT"]
    named = changed(pacs008(), "<Nm>Bishkek Trading House</Nm>", "<Nm> </Nm>")
    (message,) = read_messages(named)
    assert [one.code for one in message.findings] == ["BE22"]
