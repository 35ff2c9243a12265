"""Requests as banks would write them."""

from skontro.messages.schema_store import namespace_of

CREATED = "<CreDtTm>2026-11-24T12:00:00Z</CreDtTm>"


def document(name: str, content: str) -> bytes:
    return f'<Document xmlns="{namespace_of(name)}">{content}</Document>'.encode()


def _agent(tag: str, bic: str) -> str:
    return f"<{tag}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{tag}>"


def return_message(
    message_id: str,
    *originals: str,
    payer: str,
    payee: str,
    amount: str = "100.00",
    currency: str = "KZT",
    name: str = "pacs.004.001.10",
    date: str = "2026-11-24",
) -> bytes:
    """A pacs.004 that returns orders, each as much."""
    agents = _agent("InstgAgt", payer) + _agent("InstdAgt", payee)
    transactions = "".join(
        f"<TxInf><RtrId>R-{number}</RtrId><OrgnlEndToEndId>E-{number}</OrgnlEndToEndId>"
        f"<OrgnlUETR>{uetr}</OrgnlUETR><RtrdIntrBkSttlmAmt Ccy='{currency}'>{amount}"
        f"</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>{date}</IntrBkSttlmDt>{agents}<RtrRsnInf><Rsn>"
        "<Cd>AC04</Cd></Rsn></RtrRsnInf></TxInf>"
        for number, uetr in enumerate(originals, start=1)
    )
    return document(
        name,
        f"<PmtRtr><GrpHdr><MsgId>{message_id}</MsgId>{CREATED}<NbOfTxs>{len(originals)}</NbOfTxs>"
        f"<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>{transactions}</PmtRtr>",
    )


def debit_message(message_id: str, uetr: str, *, creditor: str, debtor: str) -> bytes:
    """A pacs.010 that collects 1.00 KZT."""
    return document(
        "pacs.010.001.03",
        f"<FIDrctDbt><GrpHdr><MsgId>{message_id}</MsgId>{CREATED}<NbOfTxs>1</NbOfTxs></GrpHdr>"
        "<CdtInstr><CdtId>D-2</CdtId><IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"
        f"{_agent('Cdtr', creditor)}<DrctDbtTxInf><PmtId><EndToEndId>E-5</EndToEndId>"
        f"<UETR>{uetr}</UETR></PmtId><IntrBkSttlmAmt Ccy='KZT'>1.00</IntrBkSttlmAmt>"
        f"{_agent('Dbtr', debtor)}</DrctDbtTxInf></CdtInstr></FIDrctDbt>",
    )


def transfer_message(
    message_id: str,
    *,
    debtor: str,
    creditor: str,
    amount: str = "5.25",
    currency: str = "KZT",
    name: str = "camt.050.001.05",
    date: str = "<SttlmDt>2026-11-24</SttlmDt>",
    references: str = "",
) -> bytes:
    """A camt.050 between accounts as this system identifies them."""
    accounts = (
        f"<CdtrAcct><Id><Othr><Id>{creditor}-{currency}</Id></Othr></Id></CdtrAcct>",
        f"<DbtrAcct><Id><Othr><Id>{debtor}-{currency}</Id></Othr></Id></DbtrAcct>",
    )
    return document(
        name,
        f"<LqdtyCdtTrf><MsgHdr><MsgId>{message_id}</MsgId>{CREATED}</MsgHdr><LqdtyCdtTrf>"
        f"{references}{accounts[0]}<TrfdAmt><AmtWthtCcy>{amount}</AmtWthtCcy></TrfdAmt>"
        f"{accounts[1]}{date}</LqdtyCdtTrf></LqdtyCdtTrf>",
    )


def query(name: str, message_id: str, criteria: str = "") -> bytes:
    """A camt.003 or camt.005 with one set of criteria, or none."""
    whole, kind = {"camt.003": ("GetAcct", "Acct"), "camt.005": ("GetTx", "Tx")}[name[:8]]
    wanted = f"<NewCrit><SchCrit>{criteria}</SchCrit></NewCrit>"
    inner = f"<{kind}QryDef><{kind}Crit>{wanted}</{kind}Crit></{kind}QryDef>" if criteria else ""
    header = f"<MsgHdr><MsgId>{message_id}</MsgId>{CREATED}</MsgHdr>"
    return document(name, f"<{whole}>{header}{inner}</{whole}>")


def trade_message(
    reference: str,
    common: str,
    *,
    side: str,
    other: str,
    buys: tuple[str, str] = ("KZT", "500.00"),
    sells: tuple[str, str] = ("RUB", "100.00"),
    date: str = "2026-11-24",
) -> bytes:
    """An fxtr.014 of one side of a trade."""

    def party(tag: str, bic: str) -> str:
        return f"<{tag}><SubmitgPty><AnyBIC><AnyBIC>{bic}</AnyBIC></AnyBIC></SubmitgPty></{tag}>"

    amounts = "".join(
        f"<{tag}><Amt Ccy='{currency}'>{number}</Amt></{tag}>"
        for tag, (currency, number) in (("TradgSdBuyAmt", buys), ("TradgSdSellAmt", sells))
    )
    return document(
        "fxtr.014.001.05",
        f"<FXTradInstr><TradInf><TradDt>2026-11-23</TradDt><OrgtrRef>{reference}</OrgtrRef>"
        f"<CmonRef>{common}</CmonRef><PmtVrssPmtInd>true</PmtVrssPmtInd></TradInf>"
        f"{party('TradgSdId', side)}{party('CtrPtySdId', other)}"
        f"<TradAmts>{amounts}<SttlmDt>{date}</SttlmDt></TradAmts>"
        "<AgrdRate><XchgRate>5</XchgRate></AgrdRate></FXTradInstr>",
    )
