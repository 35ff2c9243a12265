"""Messages as text for tests: each valid and accepted until something in it is changed."""

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
UETR = "8a562c67-ca16-48ba-b074-65581be6f011"
OTHER_UETR = "2f093ecf-6129-486e-befd-1f9840c0c740"
CREATED = "<CreDtTm>2026-11-27T09:00:00+05:00</CreDtTm>"
CLEARING = "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>"
AGENTS = (
    "<InstgAgt><FinInstnId><BICFI>HSBKKZKX</BICFI></FinInstnId></InstgAgt>"
    "<InstdAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></InstdAgt>"
)
DEBTOR = """
<Dbtr><Nm>Алатау Сауда ЖШС</Nm><PstlAdr><StrtNm>Abay Avenue</StrtNm><BldgNb>17</BldgNb>
<PstCd>050000</PstCd><TwnNm>Almaty</TwnNm><Ctry>KZ</Ctry></PstlAdr>
<Id><OrgId><LEI>213800KUD8LAJWSQ9D15</LEI></OrgId></Id></Dbtr>
<DbtrAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>HSBKKZKX</BICFI></FinInstnId></DbtrAgt>"""
CREDITOR = """
<CdtrAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></CdtrAgt>
<Cdtr><Nm>Bishkek Trading House</Nm><PstlAdr><TwnNm>Bishkek</TwnNm><Ctry>KG</Ctry>
<AdrLine>Chuy Avenue 1</AdrLine></PstlAdr></Cdtr>
<CdtrAcct><Id><Othr><Id>1030120000012345</Id></Othr></Id></CdtrAcct>"""


def document(name: str, body: str) -> bytes:
    """A document of a message with this body."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{NAMESPACE}{name}">\n{body}\n</Document>\n'
    ).encode()


def references(number: int = 0) -> str:
    uetr = UETR if not number else f"{number:08x}{UETR[8:]}"
    return (
        f"<PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId>"
        f"<TxId>T-{number}</TxId><UETR>{uetr}</UETR></PmtId>"
    )


def customer_transfer(number: int = 0) -> str:
    """``CdtTrfTxInf`` of pacs.008."""
    return f"""<CdtTrfTxInf>
{references(number)}
<IntrBkSttlmAmt Ccy="KZT">{1250 + number}.50</IntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>
<ChrgBr>SHAR</ChrgBr>
{AGENTS}
{DEBTOR}
{CREDITOR}
<Purp><Cd>GDDS</Cd></Purp>
<RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf>
</CdtTrfTxInf>"""


def pacs008(version: str = "08", transfers: int = 1, inside: str = "") -> bytes:
    """A pacs.008 with so many transfers, or with what is given inside instead of them."""
    inner = inside or "\n".join(customer_transfer(number) for number in range(transfers))
    count = transfers if not inside else 1
    body = f"""<FIToFICstmrCdtTrf>
<GrpHdr><MsgId>M-1</MsgId>{CREATED}<NbOfTxs>{count}</NbOfTxs>{CLEARING}</GrpHdr>
{inner}
</FIToFICstmrCdtTrf>"""
    return document(f"pacs.008.001.{version}", body)


def pacs009(version: str = "08", underlying: str = "") -> bytes:
    """A pacs.009, with a covered customers' transfer where one is given."""
    cover = f"<UndrlygCstmrCdtTrf>{underlying}</UndrlygCstmrCdtTrf>" if underlying else ""
    bank = "<{0}><FinInstnId><BICFI>{1}</BICFI></FinInstnId></{0}>"
    return document(
        f"pacs.009.001.{version}",
        f"""<FICdtTrf>
<GrpHdr><MsgId>M-9</MsgId>{CREATED}<NbOfTxs>1</NbOfTxs>{CLEARING}</GrpHdr>
<CdtTrfTxInf>
{references()}
<IntrBkSttlmAmt Ccy="KGS">700000</IntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>
<SttlmPrty>URGT</SttlmPrty>
<SttlmTmReq><FrTm>10:00:00+05:00</FrTm><RjctTm>16:30:00+05:00</RjctTm></SttlmTmReq>
{AGENTS}
{bank.format("Dbtr", "HSBKKZKX")}
{bank.format("Cdtr", "DEMIKG22")}
{cover}
</CdtTrfTxInf>
</FICdtTrf>""",
    )


def pain001() -> bytes:
    """A customer's initiation with two transfers in one payment information."""

    def transfer(number: int) -> str:
        return f"""<CdtTrfTxInf>
<PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId>
<UETR>{number:08x}{UETR[8:]}</UETR></PmtId>
<Amt><InstdAmt Ccy="KZT">{number}00</InstdAmt></Amt>
{CREDITOR}
</CdtTrfTxInf>"""

    return document(
        "pain.001.001.09",
        f"""<CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-7</MsgId>{CREATED}<NbOfTxs>2</NbOfTxs><CtrlSum>300</CtrlSum>
<InitgPty><Nm>Алатау Сауда ЖШС</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>
<ReqdExctnDt><Dt>2026-11-27</Dt></ReqdExctnDt>
{DEBTOR}
<ChrgBr>SLEV</ChrgBr>
{transfer(1)}{transfer(2)}
</PmtInf>
</CstmrCdtTrfInitn>""",
    )


def header(
    message: str = "pacs.008.001.08",
    message_id: str = "M-1",
    sender: str = "HSBKKZKX",
    receiver: str = "SKONKGKG",
    version: str = "02",
    inside: str = "",
) -> str:
    """A business header without an XML declaration."""
    party = "<{0}><FIId><FinInstnId><BICFI>{1}</BICFI></FinInstnId></FIId></{0}>"
    return (
        f'<AppHdr xmlns="{NAMESPACE}head.001.001.{version}">{party.format("Fr", sender)}'
        f"{party.format('To', receiver)}<BizMsgIdr>{message_id}</BizMsgIdr>"
        f"<MsgDefIdr>{message}</MsgDefIdr><CreDt>2026-11-27T04:00:00Z</CreDt>{inside}</AppHdr>"
    )


def without_declaration(message: bytes) -> str:
    """A message to be put into an envelope."""
    return message.decode().split("?>\n", 1)[1]


def enveloped(*parts: str) -> bytes:
    """Headers and documents in an envelope."""
    return f"<Envelope>{''.join(parts)}</Envelope>".encode()


def changed(message: bytes, old: str, new: str) -> bytes:
    """The message with the first occurrence of a text replaced."""
    assert old.encode() in message, old
    return message.replace(old.encode(), new.encode(), 1)
