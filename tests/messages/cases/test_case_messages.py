"""Messages about cases: round trips, every element's field, refusals with their place."""

import datetime
import random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skontro.messages.cases.case_message import CASE_MESSAGES, CaseMessage
from skontro.messages.cases.layouts import LAYOUTS
from skontro.messages.cases.reading import read_case_messages
from skontro.messages.cases.writing import write_case_message
from skontro.messages.parsing import MAX_MESSAGE_BYTES
from skontro.messages.schema_store import known_versions
from skontro.messages.writers.heading import Heading, Institution
from skontro.model import InputError, find_currency, to_timestamp
from tests.draws import examples
from tests.messages.cases.drawn import case_message
from tests.messages.written_requests import document

UETR = "8a562c67-ca16-48ba-b074-65581be6f011"
NOON = to_timestamp(datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC))
TENGE = find_currency("KZT")
DAY = datetime.date(2026, 11, 24)


def agent(tag: str, bic: str) -> str:
    return f"<{tag}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{tag}>"


def inside(tag: str, bic: str) -> str:
    return f"<{tag}>{agent('Agt', bic)}</{tag}>"


CREATED = "<CreDtTm>2026-11-24T12:00:00Z</CreDtTm>"
ASSIGNED = (
    f"<Assgnmt><Id>M-1</Id>{inside('Assgnr', 'AAAAKZK0')}{inside('Assgne', 'BBBBKGK0')}{CREATED}"
    "</Assgnmt>"
)
CASE = f"<Id>C-1</Id>{inside('Cretr', 'CCCCUZK0')}"
GROUP = (
    "<OrgnlGrpInf><OrgnlMsgId>O-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>"
    "</OrgnlGrpInf>"
)
ORIGINAL = (
    f"<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>"
    f"<OrgnlTxId>T-1</OrgnlTxId><OrgnlUETR>{UETR}</OrgnlUETR>"
)
SETTLED = (
    "<OrgnlIntrBkSttlmAmt Ccy='KZT'>100.50</OrgnlIntrBkSttlmAmt>"
    "<OrgnlIntrBkSttlmDt>2026-11-23</OrgnlIntrBkSttlmDt>"
)
UNDERLYING = f"<Undrlyg><IntrBk>{GROUP}{ORIGINAL}{SETTLED}</IntrBk></Undrlyg>"

#: Fields that all messages of this page have.
COMMON = CaseMessage(
    name="camt.056.001.08",
    message_id="M-1",
    created_at=NOON,
    assigner="AAAAKZK0",
    assignee="BBBBKGK0",
    case="C-1",
    creator="CCCCUZK0",
    uetr=UETR,
    original_id="O-1",
    original_name="pacs.008.001.08",
    instruction_id="I-1",
    end_to_end_id="E-1",
    transaction_id="T-1",
    currency=TENGE,
    amount=10_050,
    value_date=datetime.date(2026, 11, 23),
)
PARTIES = f"{inside('Rqstr', 'AAAAKZK0')}{inside('Rspndr', 'BBBBKGK0')}"
CHARGED = (
    "<UndrlygTx><MsgId>O-1</MsgId><MsgNmId>pacs.008.001.08</MsgNmId><InstrId>I-1</InstrId>"
    f"<EndToEndId>E-1</EndToEndId><UETR>{UETR}</UETR><TxId>T-1</TxId></UndrlygTx>"
    "<Amt Ccy='KZT'>7.25</Amt><CdtDbtInd>DBIT</CdtDbtInd><ValDt><Dt>2026-11-23</Dt></ValDt>"
    f"{agent('DbtrAgt', 'BBBBKGK0')}<Tp><Prtry><Id>our way</Id></Prtry></Tp>"
    "<AddtlInf>for you</AddtlInf>"
)
_REASON = "<Rsn><Cd>DUPL</Cd></Rsn><AddtlInf>one</AddtlInf><AddtlInf>two  spaces</AddtlInf>"
_HEAD = f"<MsgId>M-1</MsgId>{CREATED}"
_GROUP_AGENTS = agent("InstgAgt", "AAAAKZK0") + agent("InstdAgt", "BBBBKGK0")
_CHARGES = attrs.evolve(
    COMMON, creator="", amount=None, compensation=725, reason="our way", text=("for you",)
)

#: Content below the root, and the message that it is.
READ = {
    "camt.056.001.08": (
        f"<FIToFIPmtCxlReq>{ASSIGNED}<Case>{CASE}</Case><Undrlyg><TxInf>{GROUP}{ORIGINAL}{SETTLED}"
        f"<CxlRsnInf>{_REASON}</CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>",
        attrs.evolve(COMMON, reason="DUPL", text=("one", "two spaces")),
    ),
    "camt.029.001.09": (
        f"<RsltnOfInvstgtn>{ASSIGNED}<RslvdCase>{CASE}</RslvdCase><Sts><Conf>CNCL</Conf></Sts>"
        f"<CxlDtls><TxInfAndSts>{GROUP}{ORIGINAL}<TxCxlSts>ACCR</TxCxlSts><CxlStsRsnInf>{_REASON}"
        "</CxlStsRsnInf><RsltnRltdInf><IntrBkSttlmAmt Ccy='KZT'>100.00</IntrBkSttlmAmt>"
        "<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt><Compstn><Amt Ccy='KZT'>1.75</Amt>"
        f"{agent('DbtrAgt', 'AAAAKZK0')}{agent('CdtrAgt', 'BBBBKGK0')}<Rsn><Prtry>compensation"
        f"</Prtry></Rsn></Compstn></RsltnRltdInf>{SETTLED}</TxInfAndSts></CxlDtls>"
        "</RsltnOfInvstgtn>",
        attrs.evolve(
            COMMON,
            status="CNCL",
            reason="DUPL",
            text=("one", "two spaces"),
            principal=10_000,
            compensation=175,
            date=datetime.date(2026, 11, 25),
        ),
    ),
    "camt.027.001.10": (
        f"<ClmNonRct>{ASSIGNED}<Case>{CASE}</Case>{UNDERLYING}<InstrForAssgne><InstrInf>look"
        "</InstrInf></InstrForAssgne></ClmNonRct>",
        attrs.evolve(COMMON, text=("look",)),
    ),
    "camt.087.001.09": (
        f"<ReqToModfyPmt>{ASSIGNED}<Case>{CASE}</Case>{UNDERLYING}<Mod><IntrBkSttlmDt>2026-11-24"
        "</IntrBkSttlmDt></Mod><InstrForAssgne><InstrInf>look</InstrInf></InstrForAssgne>"
        "</ReqToModfyPmt>",
        attrs.evolve(COMMON, text=("look",), date=DAY),
    ),
    "camt.026.001.10": (
        f"<UblToApply>{ASSIGNED}<Case>{CASE}</Case>{UNDERLYING}<Justfn><MssngOrIncrrctInf><MssngInf>"
        "<Tp><Cd>MS01</Cd></Tp><AddtlMssngInf>name</AddtlMssngInf></MssngInf></MssngOrIncrrctInf>"
        "</Justfn></UblToApply>",
        attrs.evolve(COMMON, reason="MS01", text=("name",)),
    ),
    "camt.105.001.03": (
        f"<ChrgsPmtNtfctn><GrpHdr>{_HEAD}{agent('ChrgsRqstr', 'AAAAKZK0')}</GrpHdr><Chrgs><Sngl>"
        f"<RcrdId>C-1</RcrdId>{CHARGED}</Sngl></Chrgs></ChrgsPmtNtfctn>",
        _CHARGES,
    ),
    "camt.106.001.03": (
        f"<ChrgsPmtReq><GrpHdr>{_HEAD}{agent('ChrgsRqstr', 'AAAAKZK0')}<SttlmInstr><ReqdSttlmDt>"
        f"2026-11-24</ReqdSttlmDt>{agent('CdtrAgt', 'AAAAKZK0')}</SttlmInstr></GrpHdr><Chrgs>"
        f"<Sngl><RcrdId>C-1</RcrdId>{CHARGED}</Sngl></Chrgs></ChrgsPmtReq>",
        attrs.evolve(_CHARGES, date=DAY),
    ),
    "camt.110.001.02": (
        "<InvstgtnReq><InvstgtnReq><MsgId>M-1</MsgId><RqstrInvstgtnId>C-1</RqstrInvstgtnId>"
        f"<InvstgtnTp><Cd>CCNR</Cd></InvstgtnTp>{UNDERLYING}{PARTIES}</InvstgtnReq><InvstgtnData>"
        "<Rsn><Prtry>asked twice</Prtry></Rsn><AddtlReqData><ReqNrrtv>where</ReqNrrtv>"
        "</AddtlReqData></InvstgtnData></InvstgtnReq>",
        attrs.evolve(
            COMMON, created_at=None, creator="", type="CCNR", reason="asked twice", text=("where",)
        ),
    ),
    "camt.111.001.03": (
        "<InvstgtnRspn><InvstgtnRspn><MsgId>M-1</MsgId><InvstgtnSts><Sts>CLSD</Sts><StsRsn><Cd>"
        "DONE</Cd></StsRsn></InvstgtnSts><InvstgtnData><RspnData><RspnNrrtv>here</RspnNrrtv>"
        "</RspnData></InvstgtnData></InvstgtnRspn><OrgnlInvstgtnReq><MsgId>Q-1</MsgId>"
        f"<RqstrInvstgtnId>C-1</RqstrInvstgtnId><InvstgtnTp><Cd>CCNR</Cd></InvstgtnTp>{UNDERLYING}"
        f"{inside('Rqstr', 'BBBBKGK0')}{inside('Rspndr', 'AAAAKZK0')}</OrgnlInvstgtnReq>"
        "</InvstgtnRspn>",
        attrs.evolve(
            COMMON,
            created_at=None,
            creator="",
            type="CCNR",
            status="CLSD",
            answers="Q-1",
            reason="DONE",
            text=("here",),
        ),
    ),
    "pacs.004.001.10": (
        f"<PmtRtr><GrpHdr>{_HEAD}<NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>"
        f"{_GROUP_AGENTS}</GrpHdr><TxInf><RtrId>C-1</RtrId>{GROUP}{ORIGINAL}{SETTLED}"
        "<RtrdIntrBkSttlmAmt Ccy='KZT'>101.25</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2026-11-24"
        f"</IntrBkSttlmDt><CompstnAmt Ccy='KZT'>1.25</CompstnAmt><RtrRsnInf>{_REASON}</RtrRsnInf>"
        "</TxInf></PmtRtr>",
        attrs.evolve(
            COMMON,
            creator="",
            principal=10_000,
            compensation=125,
            date=DAY,
            reason="DUPL",
            text=("one", "two spaces"),
        ),
    ),
    "pacs.028.001.06": (
        f"<FIToFIPmtStsReq><GrpHdr>{_HEAD}{_GROUP_AGENTS}</GrpHdr><TxInf><StsReqId>C-1</StsReqId>"
        f"{GROUP}{ORIGINAL}<OrgnlTxRef><IntrBkSttlmAmt Ccy='KZT'>100.50</IntrBkSttlmAmt>"
        "<IntrBkSttlmDt>2026-11-23</IntrBkSttlmDt></OrgnlTxRef></TxInf></FIToFIPmtStsReq>",
        attrs.evolve(COMMON, creator=""),
    ),
}


def read(name: str, content: str) -> CaseMessage:
    (found,) = read_case_messages(document(name, content))
    return found


@pytest.mark.parametrize("name", READ)
def test_each_element_is_a_field_both_ways(name: str) -> None:
    content, expected = READ[name]
    expected = attrs.evolve(expected, name=name)
    assert read(name, content) == expected
    again = write_case_message(expected)
    assert read_case_messages(again) == [expected]
    # Nothing but spaces is lost, and nothing comes in.
    plain = again.decode().partition("?>")[2].replace('"', "'").strip()
    shown = document(name, content).decode().replace('"', "'").replace("two  spaces", "two spaces")
    assert plain == shown.replace("<CdtDbtInd>DBIT</CdtDbtInd>", "")


def test_every_kind_of_message_has_its_layout_and_a_sample() -> None:
    assert {*LAYOUTS} == {*CASE_MESSAGES} == {name[:8] for name in READ}
    for kind, layout in LAYOUTS.items():
        assert layout.version in known_versions(kind)
        assert layout.version in READ


@pytest.mark.parametrize("kind", CASE_MESSAGES)
def test_a_message_written_comes_back(kind: str) -> None:
    @given(case_message(kind))
    @settings(max_examples=examples(30), deadline=None)
    def check(message: CaseMessage) -> None:
        assert read_case_messages(write_case_message(message)) == [message]

    check()


# -------------------------------------------------------------------- other places, versions

INITIATED = (
    f"<Undrlyg><Initn>{GROUP}<OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>"
    f"<OrgnlUETR>{UETR}</OrgnlUETR><OrgnlInstdAmt Ccy='KZT'>100.50</OrgnlInstdAmt><ReqdExctnDt><Dt>"
    "2026-11-23</Dt></ReqdExctnDt></Initn></Undrlyg>"
)


@pytest.mark.parametrize("name", known_versions("camt.027"))
def test_a_claim_about_a_customers_instruction(name: str) -> None:
    content = f"<ClmNonRct>{ASSIGNED}<Case>{CASE}</Case>{INITIATED}</ClmNonRct>"
    assert read(name, content) == attrs.evolve(COMMON, name=name, transaction_id="")


@pytest.mark.parametrize(
    ("name", "justification"),
    [
        ("camt.026.001.07", "<MssngInf><Cd>MS01</Cd><AddtlMssngInf>x</AddtlMssngInf></MssngInf>"),
        (
            "camt.026.001.07",
            "<IncrrctInf><Cd>IN01</Cd><AddtlIncrrctInf>x</AddtlIncrrctInf></IncrrctInf>",
        ),
        (
            "camt.026.001.10",
            "<IncrrctInf><Tp><Cd>MS01</Cd></Tp><AddtlIncrrctInf>x</AddtlIncrrctInf></IncrrctInf>",
        ),
    ],
)
def test_missing_and_wrong_information(name: str, justification: str) -> None:
    content = (
        f"<UblToApply>{ASSIGNED}<Case>{CASE}</Case>{UNDERLYING}<Justfn><MssngOrIncrrctInf>"
        f"{justification}</MssngOrIncrrctInf></Justfn></UblToApply>"
    )
    reason = "IN01" if "IN01" in justification else "MS01"
    assert read(name, content) == attrs.evolve(COMMON, name=name, reason=reason, text=("x",))


def test_answers_about_claims_and_modifications() -> None:
    name = "camt.029.001.09"
    head = f"<RsltnOfInvstgtn>{ASSIGNED}"
    accepted = read(
        name,
        f"{head}<RslvdCase>{CASE}</RslvdCase><Sts><Conf>MODI</Conf></Sts><ClmNonRctDtls><Accptd>"
        "<DtPrcd>2026-11-24</DtPrcd></Accptd></ClmNonRctDtls><RsltnRltdInf><Compstn><Amt "
        f"Ccy='KZT'>2.00</Amt>{agent('DbtrAgt', 'AAAAKZK0')}{agent('CdtrAgt', 'BBBBKGK0')}<Rsn><Cd>"
        "VALD</Cd></Rsn></Compstn></RsltnRltdInf></RsltnOfInvstgtn>",
    )
    assert (accepted.date, accepted.compensation, accepted.status) == (DAY, 200, "MODI")
    rejected = read(
        name,
        f"{head}<Sts><Conf>RJCR</Conf></Sts><ClmNonRctDtls><Rjctd><Cd>AM04</Cd></Rjctd>"
        "</ClmNonRctDtls></RsltnOfInvstgtn>",
    )
    assert (rejected.reason, rejected.case) == ("AM04", "")
    modified = read(
        name,
        f"{head}<Sts><Conf>MODI</Conf></Sts><ModDtls><RslvdCase>{CASE}</RslvdCase>{GROUP}{ORIGINAL}"
        f"<ModStsRsnInf>{_REASON}</ModStsRsnInf><RsltnRltdInf>"
        "<IntrBkSttlmAmt Ccy='KZT'>3</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"
        f"</RsltnRltdInf>{SETTLED}</ModDtls></RsltnOfInvstgtn>",
    )
    expected = attrs.evolve(
        COMMON,
        name=name,
        status="MODI",
        reason="DUPL",
        text=("one", "two spaces"),
        principal=300,
        date=DAY,
    )
    assert modified == expected


def test_several_payments_are_several_messages() -> None:
    second = UETR.replace("8a", "9b")
    content = (
        f"<FIToFIPmtCxlReq>{ASSIGNED}<Undrlyg><TxInf><Case>{CASE}</Case>{ORIGINAL}</TxInf><TxInf>"
        f"<OrgnlUETR>{second}</OrgnlUETR><CxlRsnInf><Rsn><Cd>AM09</Cd></Rsn></CxlRsnInf></TxInf>"
        f"</Undrlyg><Undrlyg><TxInf>{ORIGINAL}{SETTLED}</TxInf></Undrlyg></FIToFIPmtCxlReq>"
    )
    found = read_case_messages(document("camt.056.001.08", content))
    assert [(one.uetr, one.case, one.reason, one.amount) for one in found] == [
        (UETR, "C-1", "", None),
        (second, "", "AM09", None),
        (UETR, "", "", 10_050),
    ]
    wrong = content.replace("2026-11-23", "1869-11-23")
    place = r"/Document/FIToFIPmtCxlReq/Undrlyg\[2\]/TxInf/OrgnlIntrBkSttlmDt: DT01: "
    with pytest.raises(InputError, match=place):
        read_case_messages(document("camt.056.001.08", wrong))
    wrong = content.replace(
        f"<OrgnlUETR>{second}</OrgnlUETR>",
        f"<OrgnlUETR>{second}</OrgnlUETR><OrgnlIntrBkSttlmAmt Ccy='KZT'>0</OrgnlIntrBkSttlmAmt>",
    )
    place = r"Undrlyg\[1\]/TxInf\[2\]/OrgnlIntrBkSttlmAmt: AM12: is zero"
    with pytest.raises(InputError, match=place):
        read_case_messages(document("camt.056.001.08", wrong))


# ------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        (
            "pacs.004.001.10",
            "Ccy='KZT'>1.25",
            "Ccy='EUR'>1.25",
            "CompstnAmt: AM11: is in EUR, another",
        ),
        (
            "pacs.004.001.10",
            ">1.25<",
            ">101.26<",
            "CompstnAmt: AM12: is more than the amount that inc",
        ),
        ("pacs.004.001.10", ">1.25<", ">1.255<", "CompstnAmt: AM12: "),
        ("pacs.004.001.10", "Ccy='KZT'>1.25", "Ccy='QQQ'>1.25", "CompstnAmt: AM03: "),
        (
            "camt.027.001.10",
            "<Id>M-1</Id>",
            "<Id> </Id>",
            "CH16: message_id: '' is not 1 to 35 char",
        ),
        ("camt.027.001.10", "AAAAKZK0", "aaaakzk0", "BICFI: CH16: "),
        ("camt.056.001.08", "T12:00:00Z", "T25:00:00Z", "CreDtTm: CH16: "),
    ],
)
def test_refusals_name_their_place(name: str, old: str, new: str, fault: str) -> None:
    content = READ[name][0]
    assert old in content
    with pytest.raises(InputError) as refusal:
        read(name, content.replace(old, new))
    assert fault in str(refusal.value)


def test_all_of_the_compensation_may_be_what_is_returned() -> None:
    found = read("pacs.004.001.10", READ["pacs.004.001.10"][0].replace(">1.25<", ">101.25<"))
    assert (found.principal, found.compensation) == (None, 10_125)
    assert read_case_messages(write_case_message(found)) == [found]


def test_a_time_without_offset_is_not_used() -> None:
    content = READ["camt.027.001.10"][0].replace("12:00:00Z", "12:00:00")
    assert read("camt.027.001.10", content).created_at is None


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<a/>", "holds no message"),
        (b"no xml", "FF01"),
        (
            document("camt.003.001.07", "<GetAcct/>"),
            "camt.003.001.07: 'camt.003' is not one of camt",
        ),
        (document("camt.027.001.10", "<ClmNonRct/>"), "ClmNonRct/Assgnmt: CH21: is missing"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "10,485,760 is the most"),
    ],
)
def test_other_input_is_refused(content: bytes, fault: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_case_messages(content)
    assert fault in str(refusal.value)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", "camt.056.001.99", "name: 'camt.056.001.99' is not one of camt.026.001.07"),
        ("name", "camt.053.001.08", "name: 'camt.053.001.08' is not one of"),
        ("message_id", "", "message_id: '' is not 1 to 35 characters"),
        ("message_id", "x" * 36, "is not 1 to 35 characters"),
        ("case", "x" * 36, "is not at most 35 characters"),
        ("case", " x", "case: has a space at its beginning or end"),
        ("case", "a\nb", "case: "),
        ("assigner", "BANK", "assigner: "),
        ("assignee", "BANK", "assignee: "),
        ("creator", "BANK", "creator: "),
        ("uetr", UETR.upper(), "is not a UETR"),
        ("uetr", UETR.replace("-48", "-38"), "is not a UETR"),
        ("status", "abcd", "status: 'abcd' is not a code of 1 to 4 capital"),
        ("status", "ABCDE", "status: 'ABCDE' is not a code"),
        ("text", ("a", ""), "text: a line is empty; leave it out"),
        ("text", ("a\u0007",), "text: "),
        ("amount", 0, "amount: 0 is not above zero"),
        ("principal", -1, "principal: -1 is not above zero"),
        ("currency", None, "currency: is missing; amount needs it"),
    ],
)
def test_a_value_that_no_message_could_have(field: str, value: object, fault: str) -> None:
    with pytest.raises(InputError) as refusal:
        attrs.evolve(COMMON, **{field: value})
    assert fault in str(refusal.value)
    assert str(refusal.value).startswith(f"{field}: ")


def test_the_longest_values_that_fit() -> None:
    message = attrs.evolve(COMMON, message_id="x" * 35, case="y" * 35, text=("t" * 105,))
    assert read_case_messages(write_case_message(message)) == [message]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"name": "camt.027.001.08"}, "name: camt.027.001.08 is not written, camt.027.001.10 is"),
        ({"status": "CNCL"}, "status: camt.027 has no place for it"),
        ({"compensation": 1}, "compensation: camt.027 has no place for it"),
        ({"uetr": ""}, "uetr: is missing; camt.027 needs it"),
        ({"created_at": None}, "created_at: is missing; camt.027 needs it"),
        ({"assigner": ""}, "assigner: is missing; camt.027 needs it"),
        ({"text": ("a", "b")}, "text: has 2 lines; 1 at most"),
        ({"text": ("a" * 141,)}, "text: a line has 141 characters; 140 at most"),
        ({"creator": ""}, "/Document/ClmNonRct/Case/Cretr: is missing"),
    ],
)
def test_what_cannot_be_written_is_refused(changes: dict[str, object], fault: str) -> None:
    message = attrs.evolve(COMMON, **({"name": "camt.027.001.10"} | changes))
    with pytest.raises(InputError) as refusal:
        write_case_message(message)
    assert str(refusal.value).startswith(fault)


def test_a_message_in_its_envelope() -> None:
    sides = Institution("Bank A", "AAAAKZK0"), Institution("Bank B", "BBBBKGK0")
    message = attrs.evolve(COMMON, name="camt.027.001.10")
    content = write_case_message(message, Heading("M-1", NOON, *sides))
    assert content.count(b"BizMsgEnvlp") == 2
    assert read_case_messages(content) == [message]


@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(READ)))
@settings(max_examples=examples(300), deadline=None)
def test_damaged_messages_are_read_or_refused(seed: int, name: str) -> None:
    draw = random.Random(seed)
    content = bytearray(document(name, READ[name][0]))
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(content))
        if draw.random() < 0.5:
            content[place] = draw.randrange(32, 127)
        else:
            del content[place : place + draw.randint(1, 60)]
    try:
        found = read_case_messages(bytes(content))
    except InputError:
        found = []
    assert all(one.name == name for one in found)
