"""Payments of a scenario as pacs.008 and pacs.009, as their banks would write them."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from skontro.files import Scenario
from skontro.model import find_currency, format_amount, timestamp_text, to_timestamp

_PRIORITIES = {"urgent": "URGT", "high": "HIGH", "normal": "NORM"}
_NAMES = {"pacs.008.001.08": "FIToFICstmrCdtTrf", "pacs.009.001.08": "FICdtTrf"}


def _agent(tag: str, bic: str) -> str:
    return f"<{tag}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{tag}>"


def _customer(tag: str, name: str, country: str) -> str:
    address = f"<PstlAdr><TwnNm>Town</TwnNm><Ctry>{country}</Ctry></PstlAdr>"
    return f"<{tag}><Nm>{escape(name)}</Nm>{address}</{tag}>"


def payment_message(row: Mapping[str, Any], name: str, *, with_header: bool = True) -> str:
    """A message of one payment, a row of `PAYMENTS`."""
    currency = find_currency(row["currency"])
    created = timestamp_text(to_timestamp(row["submitted_at"]))
    message_id = f"M{row['uetr'][-12:]}{row['uetr'][:8]}"
    date = row["submitted_at"].astimezone(datetime.UTC).date().isoformat()
    amount = format_amount(row["amount_minor"], currency)
    times = "".join(
        f"<{tag}>{row[field].astimezone(datetime.UTC).time().isoformat()}Z</{tag}>"
        for tag, field in (("FrTm", "earliest_at"), ("RjctTm", "latest_at"))
        if row.get(field) is not None
    )
    customer = name.startswith("pacs.008")
    payer, payee = row["payer"], row["payee"]
    agents = _agent("InstgAgt", payer) + _agent("InstdAgt", payee)
    sides = (
        _customer("Dbtr", "Анна Ким", payer[4:6])
        + _agent("DbtrAgt", payer)
        + _agent("CdtrAgt", payee)
        + _customer("Cdtr", "Öl & Gas", payee[4:6])
        + "<Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf>"
        if customer
        else _agent("Dbtr", payer) + _agent("Cdtr", payee)
    )
    instructed, rate = "", ""
    if customer and row.get("instructed_currency"):
        other = find_currency(row["instructed_currency"])
        text = format_amount(row["instructed_amount_minor"], other)
        instructed = f'<InstdAmt Ccy="{other.code}">{text}</InstdAmt>'
        rate = "<XchgRate>2</XchgRate>" if other != currency else ""
    charges = "<ChrgBr>SHAR</ChrgBr>" if customer else ""
    requested = f"<SttlmTmReq>{times}</SttlmTmReq>" if times else ""
    priority = _PRIORITIES[row.get("payment_class") or "normal"]
    document = (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}"><{_NAMES[name]}><GrpHdr>'
        f"<MsgId>{message_id}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf><PmtId>"
        f"<InstrId>I{message_id}</InstrId><EndToEndId>E{message_id}</EndToEndId>"
        f"<TxId>T{message_id}</TxId><UETR>{row['uetr']}</UETR></PmtId>"
        f'<IntrBkSttlmAmt Ccy="{currency.code}">{amount}</IntrBkSttlmAmt>'
        f"<IntrBkSttlmDt>{date}</IntrBkSttlmDt><SttlmPrty>{priority}</SttlmPrty>"
        f"{requested}{instructed}{rate}{charges}{agents}{sides}"
        f"</CdtTrfTxInf></{_NAMES[name]}></Document>"
    )
    if not with_header:
        return document
    return (
        '<h:AppHdr xmlns:h="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">'
        f"<h:Fr><h:FIId><h:FinInstnId><h:BICFI>{payer}</h:BICFI></h:FinInstnId></h:FIId></h:Fr>"
        "<h:To><h:FIId><h:FinInstnId><h:BICFI>SKNTKZ00</h:BICFI></h:FinInstnId></h:FIId></h:To>"
        f"<h:BizMsgIdr>{message_id}</h:BizMsgIdr><h:MsgDefIdr>{name}</h:MsgDefIdr>"
        f"<h:CreDt>{created}</h:CreDt></h:AppHdr>{document}"
    )


def write_payment_messages(path: Path, scenario: Scenario, first: int = 0, every: int = 1) -> None:
    """Write payments as messages into one file: pacs.008 and pacs.009 in turn."""
    names = [*_NAMES]
    rows = scenario.payments.iter_rows(named=True)
    messages = [
        payment_message(row, names[number % 2])
        for number, row in enumerate(rows)
        if number % every == first
    ]
    path.write_text(f"<Bulk>\n{chr(10).join(messages)}\n</Bulk>\n")


def status_request(message_id: str, *uetrs: str) -> bytes:
    """A pacs.028 about orders."""
    wanted = "".join(f"<TxInf><OrgnlUETR>{one}</OrgnlUETR></TxInf>" for one in uetrs)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.028.001.03"><FIToFIPmtStsReq>'
        f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-24T12:00:00Z</CreDtTm></GrpHdr>"
        f"{wanted}</FIToFIPmtStsReq></Document>"
    ).encode()
