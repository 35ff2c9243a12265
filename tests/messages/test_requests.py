"""Requests beside credit transfers: each message as what it asks for."""

import datetime

import attrs
import pytest

from skontro.messages import (
    AccountQuery,
    CancellationRequest,
    LiquidityTransfer,
    MessageRead,
    ModificationRequest,
    OriginalReference,
    ReportRequest,
    Request,
    StatusRequest,
    SystemView,
    TradeInstruction,
    TransactionQuery,
    read_messages,
)
from skontro.messages.requests import DirectDebit, PaymentReturn
from skontro.model import Party, PaymentClass, PaymentDetails, PaymentType
from tests.messages.test_semantics import VIEW
from tests.messages.texts import (
    AGENTS,
    CLEARING,
    CREATED,
    OTHER_UETR,
    UETR,
    changed,
    document,
)

# ruff: noqa: E501
DAY = datetime.date(2026, 11, 27)
BANK = "<FinInstnId><BICFI>{}</BICFI></FinInstnId>"
HSBK, DEMI = BANK.format("HSBKKZKX"), BANK.format("DEMIKG22")
ORIGINAL = OriginalReference("M-1", "pacs.008.001.08", "I-0", "E-0", "T-0", UETR)
GROUP = (
    "<OrgnlGrpInf><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>"
    "</OrgnlGrpInf>"
)
TRANSACTION = (
    "<OrgnlInstrId>I-0</OrgnlInstrId><OrgnlEndToEndId>E-0</OrgnlEndToEndId>"
    f"<OrgnlTxId>T-0</OrgnlTxId><OrgnlUETR>{UETR}</OrgnlUETR>"
)
HEADER = "<MsgHdr><MsgId>Q-1</MsgId><CreDtTm>2026-11-27T09:00:00Z</CreDtTm></MsgHdr>"

CANCELLATION = document(
    "camt.056.001.08",
    f"""<FIToFIPmtCxlReq><Assgnmt><Id>A-1</Id><Assgnr><Agt>{HSBK}</Agt></Assgnr>
<Assgne><Agt>{BANK.format("SKONKGKG")}</Agt></Assgne>{CREATED}</Assgnmt>
<Undrlyg><TxInf><CxlId>C-1</CxlId>{GROUP}{TRANSACTION}
<OrgnlIntrBkSttlmAmt Ccy="KZT">1</OrgnlIntrBkSttlmAmt>
<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn><AddtlInf>sent twice</AddtlInf><AddtlInf>sorry</AddtlInf>
</CxlRsnInf></TxInf></Undrlyg></FIToFIPmtCxlReq>""",
)
STATUS = document(
    "pacs.028.001.03",
    f"""<FIToFIPmtStsReq><GrpHdr><MsgId>S-1</MsgId>{CREATED}{AGENTS}</GrpHdr>{GROUP}
<TxInf><StsReqId>S-2</StsReqId>{TRANSACTION}</TxInf></FIToFIPmtStsReq>""",
)
RETURN = document(
    "pacs.004.001.10",
    f"""<PmtRtr><GrpHdr><MsgId>R-1</MsgId>{CREATED}<NbOfTxs>1</NbOfTxs>{CLEARING}</GrpHdr>
<TxInf><RtrId>R-2</RtrId>{GROUP}{TRANSACTION}
<RtrdIntrBkSttlmAmt Ccy="KZT">1000</RtrdIntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><SttlmPrty>HIGH</SttlmPrty>{AGENTS}
<RtrChain><Dbtr><Pty><Nm>Bishkek Trading House</Nm></Pty></Dbtr>
<Cdtr><Pty><Nm>Алатау Сауда ЖШС</Nm></Pty></Cdtr></RtrChain>
<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrRsnInf></TxInf></PmtRtr>""",
)
DEBIT = document(
    "pacs.010.001.03",
    f"""<FIDrctDbt><GrpHdr><MsgId>D-1</MsgId>{CREATED}<NbOfTxs>1</NbOfTxs></GrpHdr>
<CdtInstr><CdtId>D-2</CdtId><IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>
<Cdtr>{HSBK}</Cdtr><CdtrAcct><Id><Othr><Id>77</Id></Othr></Id></CdtrAcct>
<DrctDbtTxInf><PmtId><InstrId>I-5</InstrId><EndToEndId>E-5</EndToEndId><UETR>{OTHER_UETR}</UETR>
</PmtId><IntrBkSttlmAmt Ccy="KZT">20.5</IntrBkSttlmAmt><Dbtr>{DEMI}</Dbtr></DrctDbtTxInf>
</CdtInstr></FIDrctDbt>""",
)
MODIFICATION = document(
    "camt.007.001.08",
    f"""<ModfyTx>{HEADER}<Mod><PmtId><LngBizId><TxId>T-0</TxId><UETR>{UETR}</UETR>
<IntrBkSttlmAmt>1</IntrBkSttlmAmt><IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>
<InstgAgt>{HSBK}</InstgAgt><InstdAgt>{DEMI}</InstdAgt><EndToEndId>E-0</EndToEndId></LngBizId>
</PmtId><NewPmtValSet><Prty><Cd>URGT</Cd></Prty><PrcgVldtyTm><DtTmRg>
<FrDtTm>2026-11-27T10:00:00Z</FrDtTm><ToDtTm>2026-11-27T17:00:00+05:00</ToDtTm></DtTmRg>
</PrcgVldtyTm></NewPmtValSet></Mod></ModfyTx>""",
)
LIQUIDITY = document(
    "camt.050.001.05",
    f"""<LqdtyCdtTrf>{HEADER}<LqdtyCdtTrf><LqdtyTrfId><InstrId>I-6</InstrId>
<EndToEndId>E-6</EndToEndId><UETR>{UETR}</UETR></LqdtyTrfId><Cdtr>{DEMI}</Cdtr>
<CdtrAcct><Id><Othr><Id>88</Id></Othr></Id></CdtrAcct>
<TrfdAmt><AmtWthCcy Ccy="KZT">5.25</AmtWthCcy></TrfdAmt><Dbtr>{HSBK}</Dbtr>
<DbtrAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></DbtrAcct>
<SttlmDt>2026-11-27</SttlmDt></LqdtyCdtTrf></LqdtyCdtTrf>""",
)
CRITERIA = "<{0}QryDef><{0}Crit><NewCrit><SchCrit>{1}</SchCrit></NewCrit></{0}Crit></{0}QryDef>"
ACCOUNTS = document(
    "camt.003.001.07",
    "<GetAcct>"
    + HEADER
    + CRITERIA.format(
        "Acct",
        "<AcctId><EQ><Othr><Id>77</Id></Othr></EQ></AcctId>"
        "<AcctId><EQ><IBAN>KZ86125KZT5004100100</IBAN></EQ></AcctId><Ccy>KZT</Ccy><Ccy>KGS</Ccy>",
    )
    + "</GetAcct>",
)
TRANSACTIONS = document(
    "camt.005.001.08",
    "<GetTx>"
    + HEADER
    + CRITERIA.format(
        "Tx",
        f"<PmtTo><MmbId>{DEMI}</MmbId></PmtTo><PmtFr><MmbId>{HSBK}</MmbId></PmtFr><PmtSch>"
        f"<MsgId>M-1</MsgId><PmtId><LngBizId><UETR>{UETR}</UETR><IntrBkSttlmAmt>1</IntrBkSttlmAmt>"
        f"<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><InstgAgt>{HSBK}</InstgAgt>"
        f"<InstdAgt>{DEMI}</InstdAgt></LngBizId></PmtId>"
        "<Sts><PmtInstrSts><PdgSts>PSTL</PdgSts></PmtInstrSts></Sts>"
        "<IntrBkSttlmAmtCcy>KZT</IntrBkSttlmAmtCcy><TxId>T-0</TxId>"
        "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>"
        "<EndToEndId>E-0</EndToEndId></PmtSch>",
    )
    + "</GetTx>",
)
REPORT = document(
    "camt.060.001.05",
    f"""<AcctRptgReq><GrpHdr><MsgId>P-1</MsgId>{CREATED}</GrpHdr><RptgReq><Id>P-2</Id>
<ReqdMsgNmId>camt.053.001.08</ReqdMsgNmId><Acct><Id><Othr><Id>77</Id></Othr></Id><Ccy>KZT</Ccy>
</Acct><AcctOwnr><Agt>{HSBK}</Agt></AcctOwnr><RptgPrd><FrToDt><FrDt>2026-11-20</FrDt>
<ToDt>2026-11-27</ToDt></FrToDt><Tp>ALLL</Tp></RptgPrd></RptgReq></AcctRptgReq>""",
)
SIDE = "<{0}><SubmitgPty><AnyBIC><AnyBIC>{1}</AnyBIC></AnyBIC></SubmitgPty></{0}>"
TRADE = document(
    "fxtr.014.001.05",
    f"""<FXTradInstr><TradInf><TradDt>2026-11-25</TradDt><OrgtrRef>X-1</OrgtrRef>
<CmonRef>X-2</CmonRef><PmtVrssPmtInd>true</PmtVrssPmtInd></TradInf>
{SIDE.format("TradgSdId", "HSBKKZKX")}{SIDE.format("CtrPtySdId", "DEMIKG22")}
<TradAmts><TradgSdBuyAmt><Amt Ccy="KGS">175</Amt></TradgSdBuyAmt>
<TradgSdSellAmt><Amt Ccy="KZT">1000.5</Amt></TradgSdSellAmt><SttlmDt>2026-11-27</SttlmDt></TradAmts>
<AgrdRate><XchgRate>5.717</XchgRate></AgrdRate></FXTradInstr>""",
)


def timestamp(hour: int) -> int:
    day = datetime.datetime(2026, 11, 27, hour, tzinfo=datetime.UTC)
    return int(day.timestamp()) * 1_000_000


def read(content: bytes, view: SystemView | None = None) -> MessageRead:
    (message,) = read_messages(content, view or SystemView())
    return message


def refused(content: bytes, view: SystemView | None = None) -> list[tuple[str, str, str]]:
    message = read(content, view)
    assert not message.accepted
    assert not message.requests
    return [(one.xpath, one.code.value, one.text) for one in message.findings if one.refuses]


DETAILS = PaymentDetails(
    instruction_id="R-2",
    end_to_end_id="E-0",
    message_id="R-1",
    message_name="pacs.004.001.10",
    remittance=(
        f"OrgnlUETR={UETR}",
        "OrgnlMsgId=M-1",
        "OrgnlInstrId=I-0",
        "OrgnlTxId=T-0",
        "RtrRsnInf=AC04",
        "closed",
    ),
    parties=(
        ("debtor", Party(name="Bishkek Trading House")),
        ("creditor", Party(name="Алатау Сауда ЖШС")),
        ("instructing_agent", Party(identifiers=(("BIC", "HSBKKZKX"),))),
        ("instructed_agent", Party(identifiers=(("BIC", "DEMIKG22"),))),
    ),
)


@pytest.mark.parametrize(
    ("content", "message_id", "instructing", "expected"),
    [
        (
            CANCELLATION,
            "A-1",
            "HSBKKZKX",
            CancellationRequest(
                "A-1", "C-1", ORIGINAL, "DUPL", ("sent twice", "sorry"), "HSBKKZKX"
            ),
        ),
        (STATUS, "S-1", "HSBKKZKX", StatusRequest("S-2", ORIGINAL)),
        (
            RETURN,
            "R-1",
            "",
            PaymentReturn(
                "R-2",
                ORIGINAL,
                "HSBKKZKX",
                "DEMIKG22",
                "KZT",
                100_000,
                DAY,
                "AC04",
                PaymentClass.HIGH,
                DETAILS,
            ),
        ),
        (
            MODIFICATION,
            "Q-1",
            "",
            ModificationRequest(
                OriginalReference(end_to_end_id="E-0", transaction_id="T-0", uetr=UETR),
                PaymentClass.URGENT,
                timestamp(10),
                timestamp(12),
            ),
        ),
        (
            LIQUIDITY,
            "Q-1",
            "",
            LiquidityTransfer(
                "E-6",
                "I-6",
                UETR,
                "HSBKKZKX",
                "DEMIKG22",
                "KZ86125KZT5004100100",
                "88",
                "KZT",
                525,
                DAY,
                PaymentDetails(
                    instruction_id="I-6",
                    end_to_end_id="E-6",
                    message_id="Q-1",
                    message_name="camt.050.001.05",
                ),
            ),
        ),
        (ACCOUNTS, "Q-1", "", AccountQuery(("77", "KZ86125KZT5004100100"), ("KZT", "KGS"))),
        (
            TRANSACTIONS,
            "Q-1",
            "",
            TransactionQuery(
                uetrs=(UETR,),
                instruction_ids=("T-0",),
                end_to_end_ids=("E-0",),
                message_ids=("M-1",),
                payers=("HSBKKZKX",),
                payees=("DEMIKG22",),
                statuses=("PSTL",),
                currencies=("KZT",),
                from_date=datetime.date(2026, 11, 25),
                to_date=DAY,
            ),
        ),
        (
            REPORT,
            "P-1",
            "",
            ReportRequest(
                "P-2",
                "camt.053.001.08",
                "77",
                "HSBKKZKX",
                "KZT",
                datetime.date(2026, 11, 20),
                DAY,
            ),
        ),
        (
            TRADE,
            "X-1",
            "",
            TradeInstruction(
                reference="X-1",
                common_reference="X-2",
                trade_date=datetime.date(2026, 11, 25),
                trading_side="HSBKKZKX",
                counterparty="DEMIKG22",
                buy_currency="KGS",
                buy_amount=17_500,
                sell_currency="KZT",
                sell_amount=100_050,
                value_date=DAY,
                rate="5.717",
                details=PaymentDetails(
                    instruction_id="X-1",
                    end_to_end_id="X-2",
                    message_id="X-1",
                    message_name="fxtr.014.001.05",
                    remittance=("TradDt=2026-11-25", "XchgRate=5.717"),
                ),
            ),
        ),
    ],
    ids=range(9),
)
def test_what_a_message_asks_for(
    content: bytes, message_id: str, instructing: str, expected: Request
) -> None:
    message = read(content)
    assert [str(one) for one in message.findings if one.refuses] == []
    assert message.requests == (expected,)
    assert (message.message_id, message.instructing) == (message_id, instructing)
    assert bool(message.created) == (content is not TRADE)


def test_a_direct_debit_is_an_order_that_the_payee_sends() -> None:
    (request,) = read(DEBIT).requests
    assert isinstance(request, DirectDebit)
    order = request.order
    assert (request.credit_id, order.uetr) == ("D-2", OTHER_UETR)
    assert (order.payer, order.payee) == ("DEMIKG22", "HSBKKZKX")
    assert (order.currency, order.amount, order.value_date) == ("KZT", 2_050, DAY)
    assert order.payment_type == PaymentType.INTERBANK
    assert order.details.party("creditor") == Party(
        account="77", identifiers=(("BIC", "HSBKKZKX"),)
    )
    (with_directory,) = read(DEBIT, VIEW).requests
    assert isinstance(with_directory, DirectDebit)
    assert with_directory.order.payer == "DEMIKG22XXX"
    below = "/Document/FIDrctDbt/CdtInstr/DrctDbtTxInf"
    assert refused(DEBIT, attrs.evolve(VIEW, sender="DEMIKG22")) == [
        (
            f"{below}/Dbtr",
            "AGNT",
            "is HSBKKZKX; DEMIKG22 sent the message and may instruct for itself alone",
        )
    ]
    assert [code for _, code, _ in refused(changed(DEBIT, f"<UETR>{OTHER_UETR}</UETR>", ""))] == [
        "CH21"
    ]
    no_date = changed(DEBIT, "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>\n", "")
    assert [code for _, code, _ in refused(no_date)] == ["DT01"]


def test_a_return_is_checked_like_an_order() -> None:
    assert len(read(RETURN, VIEW).requests) == 1
    view = attrs.evolve(VIEW, sender="DEMIKG22", business_date=datetime.date(2026, 11, 28))
    below = "/Document/PmtRtr/TxInf"
    assert [(xpath, code) for xpath, code, _ in refused(RETURN, view)] == [
        (f"{below}/IntrBkSttlmDt", "DT01"),
        (f"{below}/InstgAgt", "AGNT"),
    ]
    late = changed(RETURN, "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>", "")
    assert [code for _, code, _ in refused(late)] == ["DT01"]
    group = changed(RETURN, "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>", "")
    group = changed(group, "<SttlmInf>", "<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt><SttlmInf>")
    assert read(group).requests == read(RETURN).requests


@pytest.mark.parametrize(
    ("content", "old", "new", "xpath", "code", "text"),
    [
        (CANCELLATION, TRANSACTION, "", "FIToFIPmtCxlReq/Undrlyg/TxInf/OrgnlUETR", "CH21", "is missing: the order is found by its UETR"),
        (CANCELLATION, "<TxInf>", "<OrgnlGrpInfAndCxl><OrgnlMsgId>M</OrgnlMsgId><OrgnlMsgNmId>n</OrgnlMsgNmId></OrgnlGrpInfAndCxl><TxInf>", "", "", ""),
        (STATUS, TRANSACTION, "", "FIToFIPmtStsReq/TxInf/OrgnlUETR", "CH21", "is missing: the order"),
        (RETURN, "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrRsnInf>", "", "PmtRtr/TxInf/RtrRsnInf", "CH21", "is missing: why the money goes back"),
        (RETURN, AGENTS, "", "PmtRtr/TxInf/InstgAgt", "AGNT", "names no participant by its BIC"),
        (MODIFICATION, "URGT", "LOWW", "ModfyTx/Mod/NewPmtValSet/Prty", "CH16", "is LOWW; known are URGT, HIGH, NORM"),
        (MODIFICATION, f"<UETR>{UETR}</UETR>", "", "ModfyTx/Mod/PmtId/LngBizId/UETR", "CH21", "is missing: the order is found"),
        (MODIFICATION, "2026-11-27T10:00:00Z", "2026-11-27T10:00:00", "ModfyTx/Mod/NewPmtValSet/PrcgVldtyTm", "DT01", "'2026-11-27T10:00:00' is not a date and time"),
        (MODIFICATION, "<NewPmtValSet>", "<NewPmtValSet><Instr>PBEN</Instr>", "ModfyTx/Mod/NewPmtValSet/Instr", "CH17", "is not used by this system; leave it out"),
        (LIQUIDITY, f"<Cdtr>{DEMI}</Cdtr>\n<CdtrAcct><Id><Othr><Id>88</Id></Othr></Id></CdtrAcct>", "", "LqdtyCdtTrf/LqdtyCdtTrf/Cdtr", "CH21", "names no participant: give its BIC"),
        (LIQUIDITY, "5.25", "5.255", "LqdtyCdtTrf/LqdtyCdtTrf/TrfdAmt", "CH20", "'5.255' has 3 decimals"),
        (ACCOUNTS, "<Ccy>KZT</Ccy>", "<Tp><Cd>SACC</Cd></Tp><Ccy>KZT</Ccy>", "GetAcct/AcctQryDef/AcctCrit/NewCrit/SchCrit/Tp/Cd", "CH17", "is not used by this system; leave it out"),
        (ACCOUNTS, "<EQ><Othr><Id>77</Id></Othr></EQ>", "<CTTxt>7</CTTxt>", "GetAcct/AcctQryDef/AcctCrit/NewCrit/SchCrit/AcctId[1]", "AG08", "must be equal to an account"),
        (ACCOUNTS, "<AcctQryDef>", "<AcctQryDef><QryTp>CHNG</QryTp>", "GetAcct/AcctQryDef/QryTp", "AG08", "is CHNG; queries are answered whole"),
        (TRANSACTIONS, "<TxId>T-0</TxId>", "<Instr>PBEN</Instr><TxId>T-0</TxId>", "GetTx/TxQryDef/TxCrit/NewCrit/SchCrit/PmtSch/Instr", "CH17", "is not used"),
        (REPORT, "camt.053.001.08", "camt.086.001.01", "AcctRptgReq/RptgReq/ReqdMsgNmId", "AG08", "is camt.086.001.01; reports are camt.052, camt.053, camt.054"),
        (REPORT, "<ToDt>2026-11-27", "<ToDt>2026-11-19", "AcctRptgReq/RptgReq/RptgPrd/FrToDt/ToDt", "DT01", "is 2026-11-19, before the first day 2026-11-20"),
        (TRADE, 'Ccy="KZT"', 'Ccy="KGS"', "FXTradInstr/TradAmts/TradgSdSellAmt", "AM11", "is in KGS as the amount bought"),
        (TRADE, "<AnyBIC><AnyBIC>DEMIKG22</AnyBIC></AnyBIC>", "<NmAndAdr><Nm>D</Nm></NmAndAdr>", "FXTradInstr/CtrPtySdId/SubmitgPty", "AGNT", "names no participant by its BIC (AnyBIC)"),
        (TRADE, ">175<", ">0<", "FXTradInstr/TradAmts/TradgSdBuyAmt", "AM01", "is zero"),
    ],
    ids=range(20),
)  # fmt: skip
def test_what_is_refused(
    content: bytes, old: str, new: str, xpath: str, code: str, text: str
) -> None:
    if not xpath:
        assert len(read(changed(content, old, new)).requests) == 1
        return
    (found, *_) = refused(changed(content, old, new))
    assert found[:2] == (f"/Document/{xpath}", code)
    assert found[2].startswith(text)


def test_whole_messages_are_asked_about_but_not_cancelled() -> None:
    group = (
        "<OrgnlGrpInfAndCxl><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08"
        "</OrgnlMsgNmId></OrgnlGrpInfAndCxl>"
    )
    start, end = CANCELLATION.index(b"<TxInf>"), CANCELLATION.index(b"</Undrlyg>")
    whole = CANCELLATION[:start] + group.encode() + CANCELLATION[end:]
    ((xpath, code, text),) = refused(whole)
    assert (xpath, code) == ("/Document/FIToFIPmtCxlReq/Undrlyg/TxInf", "CH21")
    assert text == "is missing: whole messages are not cancelled; name each transaction"
    start, end = STATUS.index(b"<TxInf>"), STATUS.index(b"</FIToFIPmtStsReq>")
    whole = STATUS[:start] + STATUS[end:]
    assert read(whole).requests == (StatusRequest("", OriginalReference("M-1", "pacs.008.001.08")),)
    nothing = whole.replace(GROUP.encode(), b"")
    assert [code for _, code, _ in refused(nothing)] == ["CH21"]


def test_queries_without_criteria_ask_for_everything() -> None:
    assert read(document("camt.003.001.07", f"<GetAcct>{HEADER}</GetAcct>")).requests == (
        AccountQuery(),
    )
    assert read(document("camt.005.001.08", f"<GetTx>{HEADER}</GetTx>")).requests == (
        TransactionQuery(),
    )


def test_an_unused_element_of_a_request_is_noted() -> None:
    notes = [(one.xpath, one.text) for one in read(CANCELLATION).findings]
    assert notes == [
        (
            "/Document/FIToFIPmtCxlReq/Undrlyg/TxInf/OrgnlIntrBkSttlmAmt",
            "is not used by this system",
        )
    ]


def test_a_liquidity_transfer_without_currency_leaves_it_to_the_account() -> None:
    plain = changed(
        LIQUIDITY, '<AmtWthCcy Ccy="KZT">5.25</AmtWthCcy>', "<AmtWthtCcy>5.25</AmtWthtCcy>"
    )
    assert refused(plain) == [
        (
            "/Document/LqdtyCdtTrf/LqdtyCdtTrf/TrfdAmt",
            "AM03",
            "has no currency, and neither account has: state it (AmtWthCcy)",
        )
    ]
    own = changed(plain, "<Id>88</Id>", "<Id>DEMIKG22-KGS</Id>")
    (request,) = read(own).requests
    assert isinstance(request, LiquidityTransfer)
    assert (request.currency, request.amount) == ("KGS", 525)
    with_account = changed(
        plain, "<Othr><Id>88</Id></Othr></Id>", "<Othr><Id>88</Id></Othr></Id><Ccy>KZT</Ccy>"
    )
    (request,) = read(with_account).requests
    assert isinstance(request, LiquidityTransfer)
    assert (request.currency, request.amount) == ("KZT", 525)
    no_day = changed(LIQUIDITY, "<SttlmDt>2026-11-27</SttlmDt>", "")
    (request,) = read(no_day).requests
    assert isinstance(request, LiquidityTransfer)
    assert request.value_date is None


def test_known_messages_are_duplicates() -> None:
    view = SystemView(knows_message=lambda bic, name: (bic, name) == ("HSBKKZKX", "A-1"))
    assert refused(CANCELLATION, view) == [
        (
            "/Document/FIToFIPmtCxlReq",
            "DU01",
            "A-1 is known: HSBKKZKX sent a message with it before",
        )
    ]
    assert read(STATUS, view).accepted


def test_several_cancellations_in_several_groups() -> None:
    start, end = CANCELLATION.index(b"<Undrlyg>"), CANCELLATION.index(b"</FIToFIPmtCxlReq>")
    one = CANCELLATION[start:end].replace(GROUP.encode(), b"")
    group = (
        "<OrgnlGrpInfAndCxl><OrgnlMsgId>M-5</OrgnlMsgId><OrgnlMsgNmId>pacs.009.001.08"
        "</OrgnlMsgNmId></OrgnlGrpInfAndCxl>"
    )
    inner = one[len(b"<Undrlyg>") : -len(b"</Undrlyg>")].strip()
    bare = inner.replace(TRANSACTION.encode(), b"")
    second = f"<Undrlyg>{group}".encode() + inner + bare + b"</Undrlyg>"
    content = CANCELLATION[:start] + one + second + CANCELLATION[end:]
    found = [(xpath, code) for xpath, code, _ in refused(content)]
    assert found == [("/Document/FIToFIPmtCxlReq/Undrlyg[2]/TxInf[2]/OrgnlUETR", "CH21")]
    whole = CANCELLATION[:start] + one + second.replace(bare, b"", 1) + CANCELLATION[end:]
    first, last = read(whole).requests
    assert isinstance(first, CancellationRequest)
    assert isinstance(last, CancellationRequest)
    assert (first.original.message_id, first.original.message_name) == ("", "")
    assert (last.original.message_id, last.original.message_name) == ("M-5", "pacs.009.001.08")


def test_reasons_that_are_proprietary_or_several() -> None:
    further = (
        "</CxlRsnInf><CxlRsnInf><Rsn><Prtry>LATE</Prtry></Rsn><AddtlInf>too</AddtlInf></CxlRsnInf>"
        "<CxlRsnInf><AddtlInf>last</AddtlInf></CxlRsnInf>"
    )
    content = changed(CANCELLATION, "\n</CxlRsnInf>", further)
    (request,) = read(content).requests
    assert isinstance(request, CancellationRequest)
    assert (request.reason, request.text) == (
        "DUPL",
        ("sent twice", "sorry", "LATE", "too", "last"),
    )
    content = changed(CANCELLATION, "<Rsn><Cd>DUPL</Cd></Rsn>", "<Rsn><Prtry>OWN</Prtry></Rsn>")
    (request,) = read(content).requests
    assert isinstance(request, CancellationRequest)
    assert request.reason == "OWN"


def test_the_assigner_of_a_transaction_stands_in_for_that_of_the_request() -> None:
    party = "<Assgnr><Pty><Nm>A</Nm></Pty></Assgnr>"
    content = changed(CANCELLATION, f"<Assgnr><Agt>{HSBK}</Agt></Assgnr>", party)
    content = changed(content, "<CxlRsnInf>", f"<Assgnr>{DEMI}</Assgnr><CxlRsnInf>")
    (request,) = read(content).requests
    assert isinstance(request, CancellationRequest)
    assert request.assigner == "DEMIKG22"
    assert read(content).instructing == ""


def test_a_stored_query_is_not_offered() -> None:
    criteria = "<AcctQryDef><AcctCrit><QryNm>mine</QryNm></AcctCrit></AcctQryDef>"
    content = document("camt.003.001.07", f"<GetAcct>{HEADER}{criteria}</GetAcct>")
    assert refused(content) == [
        (
            "/Document/GetAcct/AcctQryDef/AcctCrit/QryNm",
            "AG08",
            "names a stored query; queries are not stored: state the criteria (NewCrit)",
        )
    ]


def test_several_reports_and_modifications_are_told_apart() -> None:
    start, end = REPORT.index(b"<RptgReq>"), REPORT.index(b"</AcctRptgReq>")
    one = REPORT[start:end]
    wrong = one.replace(b"camt.053.001.08", b"camt.009.001.01")
    content = REPORT[:start] + one + wrong + REPORT[end:]
    (found,) = refused(content)
    assert found[0] == "/Document/AcctRptgReq/RptgReq[2]/ReqdMsgNmId"
    assert len(read(REPORT[:start] + one * 2 + REPORT[end:]).requests) == 2
    start, end = MODIFICATION.index(b"<Mod>"), MODIFICATION.index(b"</ModfyTx>")
    one = MODIFICATION[start:end]
    wrong = one.replace(b"URGT", b"LOWW")
    (found,) = refused(MODIFICATION[:start] + one + wrong + MODIFICATION[end:])
    assert found[0] == "/Document/ModfyTx/Mod[2]/NewPmtValSet/Prty"


def test_a_modification_of_nothing_is_refused() -> None:
    content = changed(MODIFICATION, "<Prty><Cd>URGT</Cd></Prty>", "")
    start, end = content.index(b"<PrcgVldtyTm>"), content.index(b"</PrcgVldtyTm>") + 14
    (found,) = refused(content[:start] + content[end:])
    assert found[1] == "CH21"
    assert found[2].startswith("changes nothing: give a priority")
    later = changed(MODIFICATION, "<FrDtTm>2026-11-27T10:00:00Z</FrDtTm>", "")
    later = changed(later, "<DtTmRg>\n", "").replace(b"</DtTmRg>", b"")
    (request,) = read(later).requests
    assert isinstance(request, ModificationRequest)
    assert (request.earliest, request.latest) == (None, timestamp(12))


def test_trades_without_delivery_are_not_settled() -> None:
    conditions = (
        "<NDFConds><OpngInd>true</OpngInd><OpngFxgConds><OpngConfRef>X</OpngConfRef></OpngFxgConds>"
        "</NDFConds>"
    )
    content = changed(TRADE, "</AgrdRate>", f"</AgrdRate>{conditions}")
    (found,) = refused(content)
    assert found[:2] == ("/Document/FXTradInstr/NDFConds", "AG08")
    below = "/Document/FXTradInstr/TradInf"
    for old, new in (("true", "0"), ("<PmtVrssPmtInd>true</PmtVrssPmtInd>", "")):
        assert refused(changed(TRADE, old, new)) == [
            (
                f"{below}/PmtVrssPmtInd",
                "AG08",
                "must be true: trades settle payment versus payment alone",
            )
        ]
    assert read(changed(TRADE, "true", "1")).accepted
    ((xpath, code, text),) = refused(changed(TRADE, "<CmonRef>X-2</CmonRef>", ""))
    assert (xpath, code) == (f"{below}/CmonRef", "CH21")
    assert text.startswith("is missing: both sides state one reference")


def test_a_return_may_name_the_original_message_once_for_all() -> None:
    content = changed(RETURN, f"<RtrId>R-2</RtrId>{GROUP}", "<RtrId>R-2</RtrId>")
    content = changed(content, "<TxInf>", f"{GROUP}<TxInf>")
    assert read(content).requests == read(RETURN).requests
    bare = changed(RETURN, GROUP, "")
    (request,) = read(bare).requests
    assert isinstance(request, PaymentReturn)
    assert (request.original.message_id, request.original.uetr) == ("", UETR)
