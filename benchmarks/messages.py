"""Messages a second beside generated classes, and the memory of bulk files."""

import importlib
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.measuring import Findings as Table
from benchmarks.measuring import interleave, timed
from benchmarks.peer import PeerMissing
from skontro.messages import BulkReader, find_schema, read_messages
from skontro.messages.content import Findings, content_of
from skontro.messages.credit_transfer import Group, read_transfer
from skontro.messages.envelope import open_envelope
from skontro.messages.parsing import parse
from skontro.messages.schema_validation import schema_findings

_NAME: Final = "pacs.008.001.08"
_TRANSFER: Final = """
  <CdtTrfTxInf>
   <PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId><TxId>T-{number}</TxId>
   <UETR>{uetr}</UETR></PmtId>
   <PmtTpInf><InstrPrty>NORM</InstrPrty><CtgyPurp><Cd>SUPP</Cd></CtgyPurp></PmtTpInf>
   <IntrBkSttlmAmt Ccy="KZT">{amount}.50</IntrBkSttlmAmt>
   <IntrBkSttlmDt>2026-11-27</IntrBkSttlmDt>
   <InstdAmt Ccy="KZT">{amount}.50</InstdAmt>
   <ChrgBr>SHAR</ChrgBr>
   <InstgAgt><FinInstnId><BICFI>HSBKKZKX</BICFI></FinInstnId></InstgAgt>
   <InstdAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></InstdAgt>
   <Dbtr><Nm>Алатау Сауда ЖШС {number}</Nm><PstlAdr><StrtNm>Abay Avenue</StrtNm>
    <BldgNb>17</BldgNb><PstCd>050000</PstCd><TwnNm>Almaty</TwnNm><Ctry>KZ</Ctry></PstlAdr>
    <Id><OrgId><LEI>213800KUD8LAJWSQ9D15</LEI></OrgId></Id></Dbtr>
   <DbtrAcct><Id><IBAN>KZ86125KZT5004100100</IBAN></Id></DbtrAcct>
   <DbtrAgt><FinInstnId><BICFI>HSBKKZKX</BICFI></FinInstnId></DbtrAgt>
   <CdtrAgt><FinInstnId><BICFI>DEMIKG22</BICFI></FinInstnId></CdtrAgt>
   <Cdtr><Nm>Bishkek Trading House {number}</Nm><PstlAdr><StrtNm>Chuy Avenue</StrtNm>
    <BldgNb>1</BldgNb><TwnNm>Bishkek</TwnNm><Ctry>KG</Ctry></PstlAdr></Cdtr>
   <CdtrAcct><Id><Othr><Id>103012{number:010}</Id></Othr></Id></CdtrAcct>
   <Purp><Cd>GDDS</Cd></Purp>
   <RmtInf><Ustrd>Invoice {number} of 2026-11-20</Ustrd></RmtInf>
  </CdtTrfTxInf>"""
_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}">
 <FIToFICstmrCdtTrf>
  <GrpHdr><MsgId>M-{number}</MsgId><CreDtTm>2026-11-27T09:00:00+05:00</CreDtTm>
   <NbOfTxs>{count}</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>"""
_TAIL: Final = "\n </FIToFICstmrCdtTrf>\n</Document>\n"


def _transfer(number: int, draw: Random) -> str:
    uetr = uuid.UUID(int=draw.getrandbits(128), version=4)
    return _TRANSFER.format(number=number, uetr=uetr, amount=1_000 + number)


def _message(number: int, draw: Random) -> bytes:
    head = _HEAD.format(name=_NAME, number=number, count=1)
    return (head + _transfer(number, draw) + _TAIL).encode()


def _write_bulk(path: Path, count: int) -> None:
    draw = Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD.format(name=_NAME, number=1, count=count))
        for number in range(count):
            file.write(_transfer(number, draw))
        file.write(_TAIL)


def _accepted(content: bytes) -> None:
    (message,) = read_messages(content)
    if len(message.orders) != 1:
        raise RuntimeError(f"refused: {message.findings}")


def _mapped(content: bytes) -> None:
    """The first step and the mapping, without market practice and semantics."""
    (enveloped,), _ = open_envelope(parse(content))
    if schema_findings(enveloped.document, enveloped.name):
        raise RuntimeError("refused by its schema")
    body = enveloped.document[0]
    values, findings = content_of(body, enveloped.name), Findings(body[1])
    group = Group.of(enveloped.name, values["GrpHdr"])
    if read_transfer(values["CdtTrfTxInf"], group, findings) is None:
        raise RuntimeError(f"refused: {findings.located()}")


def _bulk(path: Path) -> None:
    with path.open("rb") as file:
        reader = BulkReader(file)
        count = sum(1 for _ in reader)
    if not reader.message.accepted or count != reader.count:
        raise RuntimeError(f"refused: {reader.message.findings}")


def _peer() -> Callable[[bytes], object]:
    """Reads a message into the classes of pyiso20022 by the parser of xsdata; validates nothing."""
    try:
        formats: Any = importlib.import_module("xsdata.formats.dataclass.parsers")
        classes: Any = importlib.import_module("pyiso20022.pacs.pacs_008_001_08")
    except ImportError as error:
        raise PeerMissing(f"{error.name}: pip install -r benchmarks/requirements.txt") from None
    parser = formats.XmlParser()

    def read(content: bytes) -> object:
        return parser.from_bytes(content, classes.Document)

    return read


def messages_a_second(count: int, repeats: int, *, peer: bool = True) -> Table:
    """Single messages read one by one, and one file with as many transactions.

    Args:
        count: of messages, and of transactions.
        repeats: of each measurement; the median counts, and the best.
        peer: measure generated classes too.
    """
    draw = Random(11)
    contents = [_message(number, draw) for number in range(count)]
    schema = find_schema(_NAME)

    def each(work: Callable[[bytes], object]) -> Callable[[], float]:
        def one_by_one() -> None:
            for content in contents:
                work(content)  # nothing is kept: memory is used again at once

        return lambda: timed(one_by_one)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bulk.xml"
        _write_bulk(path, count)
        trials = {
            "parsed": each(parse),
            "parsed, validated by schema": each(lambda content: schema.validate(parse(content))),
            "parsed, validated by schema, mapped": each(_mapped),
            "parsed, validated in three steps, mapped": each(_accepted),
            "the same in one bulk file": lambda: timed(lambda: _bulk(path)),
        }
        if peer:
            trials["peer: parsed into classes (xsdata, pyiso20022)"] = each(_peer())
        times = interleave(trials, repeats)
    return Table(
        name="messages",
        title=f"{count:,} pacs.008 of {len(contents[0]):,} bytes on one core",
        columns=("work", "a second, median", "a second, best", "µs each, best"),
        rows=[
            (name, count / one.median, count / one.best, 1e6 * one.best / count)
            for name, one in times.items()
        ],
        notes=(
            "The peer validates nothing: it reads invalid messages too.",
            "Mapped: an order with all parties, references and remittance, in canonical form.",
        ),
    )


# The kernel's VmHWM: `ru_maxrss` of a new process begins with the peak of the one that started it.
_PEAK: Final = """
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
_AS_ORDERS: Final = """
import sys
from skontro.messages import BulkReader
with open(sys.argv[1], "rb") as file:
    reader = BulkReader(file)
    count = sum(1 for _ in reader)
assert reader.message.accepted and count == reader.count
"""
_AS_ROWS: Final = """
import sys
from pathlib import Path
from skontro.messages.payment_rows import MessageFiles
files = MessageFiles()
table, refused = files.read(Path(sys.argv[1]), ())
assert table.height == files.kept.count and not refused
"""


def memory_of_bulk_files(counts: list[int]) -> Table:
    """Peak memory of a process that reads files with so many transactions, in two ways."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            path = Path(folder) / f"{count}.xml"
            _write_bulk(path, count)
            peaks = [_peak(work, path) for work in (_AS_ORDERS, _AS_ROWS)]
            rows.append((f"{count:,}", path.stat().st_size / 2**20, *peaks))
            path.unlink()
    return Table(
        name="messages-memory",
        title="pacs.008 in bulk files: peak memory of the whole process",
        columns=("transactions", "file, MiB", "orders, MiB", "payments to settle, MiB"),
        rows=rows,
    )


def _peak(work: str, path: Path) -> float:
    """Most MiB that a new process has for this work."""
    command = [sys.executable, "-c", work + _PEAK, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(ended.stdout) / 1024
