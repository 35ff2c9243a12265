"""ISO 20022 messages to a live service: pacs.009 with its pacs.002, and camt.054 of payees."""

import asyncio
import datetime
import tempfile
import uuid
from pathlib import Path
from typing import Final

import httpx
import psutil

from benchmarks.live import offer, running_service
from benchmarks.live_system import SENDERS, bic, order, signed_request, write_folder
from benchmarks.measuring import Findings, stopwatch
from skontro.ledger import database_url
from skontro.service.client import Signature

#: Payments and reads a second.
RATE: Final = 200
_READS: Final = 20
#: What is asked for of the 99th percentile, milliseconds.
_ASKED: Final = 100
_WARM_SECONDS: Final = 3


def live_messages(seconds: int) -> Findings:
    """Latency of messages at 200 a second, beside the same orders as JSON.

    Args:
        seconds: of each load.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _, keys = write_folder(folder)
        keyed = {one: Signature(one, key) for one, key in keys.items()}
        url = database_url(str(folder / "record"))
        with running_service(folder, url, "--requests-per-second", "100000") as port:
            as_json = _load(port, keyed, seconds, as_messages=False)
            as_messages = _load(port, keyed, seconds, as_messages=True)
    rows = []
    for what, (answers, median, high, failures), share in (
        ("order as JSON", as_json[0], as_json[2]),
        ("statement as JSON", as_json[1], None),
        ("pacs.009, answered by pacs.002", as_messages[0], as_messages[2]),
        ("camt.054 of the payee", as_messages[1], None),
    ):
        busy = None if share is None else round(share, 2)
        numbers = (round(answers), round(median, 1), round(high, 1), _ASKED, failures)
        rows.append((what, *numbers, busy))
    return Findings(
        name="live-messages",
        title=f"{RATE} payments and {_READS} reads a second over HTTP, each durable when answered",
        columns=(
            "request",
            "a second",
            "median, ms",
            "p99, ms",
            "asked of p99",
            "failures",
            "cores",
        ),
        rows=rows,
        notes=(
            f"{SENDERS} connections for payments and as many for reads; requests are signed, and "
            f"sent at fixed times whether or not the one before was answered; {seconds} s after "
            f"{_WARM_SECONDS} s of warming up; reads have the first 20 entries of the day",
            "cores: processor time of the service's processes, both kinds of request together, for "
            "each second of the load; without PostgreSQL",
        ),
    )


Load = tuple[float, float, float, int]


def _processor_seconds() -> float:
    """That all processes of the service have used so far; it is the only child of this one."""
    (service,) = [one for one in psutil.Process().children() if "skontro" in one.cmdline()]
    times = [one.cpu_times() for one in (service, *service.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _load(
    port: int, keys: dict[str, Signature], seconds: int, *, as_messages: bool
) -> tuple[Load, Load, float]:
    url, senders = f"http://127.0.0.1:{port}", list(keys)
    payments, reads = [], []
    for i in range(RATE * (seconds + _WARM_SECONDS)):
        sender, payee = senders[i % len(senders)], senders[(i + 1) % len(senders)]
        if as_messages:
            payments.append(_signed_message(url, sender, payee, keys[sender]))
        else:
            payments.append(signed_request(url, [order(sender, payee)], keys[sender]))
    form = "camt.054" if as_messages else "statement"
    for i in range(_READS * (seconds + _WARM_SECONDS)):
        payee = senders[i % len(senders)]
        path = f"/v1/accounts/{payee}/KZT/{form}?limit=20"
        reads.append(_signed(httpx.Request("GET", url + path), path, keys[payee]))

    async def both() -> tuple[Load, Load]:
        return await asyncio.gather(
            offer(port, payments, RATE, len(senders), _WARM_SECONDS),
            offer(port, reads, _READS, len(senders), _WARM_SECONDS),
        )

    before, begin = _processor_seconds(), stopwatch()
    found = asyncio.run(both())
    return *found, (_processor_seconds() - before) / (stopwatch() - begin)


def _signed_message(url: str, payer: str, payee: str, signature: Signature) -> bytes:
    path, headers = "/v1/messages", {"Content-Type": "application/xml"}
    content = _payment(payer, payee)
    return _signed(
        httpx.Request("POST", url + path, headers=headers, content=content), path, signature
    )


def _signed(request: httpx.Request, path: str, signature: Signature) -> bytes:
    request = next(signature.auth_flow(request))
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join([f"{request.method} {path} HTTP/1.1", *lines, "", ""])
    return head.encode() + request.content


def _payment(payer: str, payee: str) -> bytes:
    """A pacs.009 with a business header and an id of its own."""
    uetr, now = str(uuid.uuid4()), datetime.datetime.now(datetime.UTC)
    created, message_id = now.isoformat(timespec="seconds").replace("+00:00", "Z"), uetr[:35]

    def agent(tag: str, one: str) -> str:
        return f"<{tag}><FinInstnId><BICFI>{one}</BICFI></FinInstnId></{tag}>"

    def side(tag: str, one: str) -> str:
        return f"<{tag}><FIId><FinInstnId><BICFI>{one}</BICFI></FinInstnId></FIId></{tag}>"

    return (
        '<Envelope><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">'
        f"{side('Fr', payer)}{side('To', bic(9_999))}<BizMsgIdr>{message_id}</BizMsgIdr>"
        f"<MsgDefIdr>pacs.009.001.08</MsgDefIdr><CreDt>{created}</CreDt></AppHdr>"
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.009.001.08"><FICdtTrf><GrpHdr>'
        f"<MsgId>{message_id}</MsgId><CreDtTm>{created}</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf><PmtId>"
        f"<InstrId>{uetr[:16]}</InstrId><EndToEndId>{uetr[:18]}</EndToEndId>"
        f"<UETR>{uetr}</UETR></PmtId>"
        f'<IntrBkSttlmAmt Ccy="KZT">1.00</IntrBkSttlmAmt>'
        f"<IntrBkSttlmDt>{now.date().isoformat()}</IntrBkSttlmDt>{agent('InstgAgt', payer)}"
        f"{agent('InstdAgt', payee)}{agent('Dbtr', payer)}{agent('Cdtr', payee)}"
        "</CdtTrfTxInf></FICdtTrf></Document></Envelope>"
    ).encode()
