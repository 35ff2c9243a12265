"""Bulk files give what reading them whole gives, in bounded memory."""

import io
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from skontro.messages import (
    BulkReader,
    InstructedOrder,
    MessageRead,
    SystemView,
    read_messages,
    stream,
)
from skontro.model import InputError
from tests.messages.test_semantics import VIEW
from tests.messages.texts import (
    UETR,
    changed,
    document,
    enveloped,
    header,
    pacs008,
    pacs009,
    without_declaration,
)


class Chunks(io.BytesIO):
    """A file that gives so many bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self.size = size

    def read(self, _most: int | None = -1) -> bytes:
        return super().read(self.size)


def bulk(
    content: bytes, size: int = 1_000_000, view: SystemView | None = None
) -> tuple[list[InstructedOrder], MessageRead]:
    reader = BulkReader(Chunks(content, size), view or SystemView())
    orders = [*reader]
    return orders, reader.message


FAULTS = {
    "nothing": ("M-1", "M-2"),
    "a wrong value": ("<ChrgBr>SHAR", "<ChrgBr>NONE"),
    "a missing element": ("<ChrgBr>SHAR</ChrgBr>", ""),
    "an unknown element": ("<ChrgBr>", "<Unknwn/><ChrgBr>"),
    "practice": (f"<UETR>{UETR}</UETR>", ""),
    "a wrong IBAN": ("KZ86125KZT5004100100", "KZ86125KZT5004100101"),
    "a wrong total": ("<NbOfTxs>5", "<NbOfTxs>6"),
    "a fault of the group": ("+05:00</CreDtTm>", "</CreDtTm>"),
    "the same UETR twice": (f"00000003{UETR[8:]}", UETR),
    "a wrong group header": ("<MsgId>M-1</MsgId>", ""),
    "something between transfers": ("</CdtTrfTxInf>", "</CdtTrfTxInf><GrpHdr/>"),
    "text between transfers": ("</CdtTrfTxInf>", "</CdtTrfTxInf>text"),
    "supplementary data between": (
        "</CdtTrfTxInf>",
        "</CdtTrfTxInf><SplmtryData><Envlp><a xmlns='urn:x'/></Envlp></SplmtryData>",
    ),
    "an attribute of the document": ("<FIToFICstmrCdtTrf>", "<FIToFICstmrCdtTrf a='b'>"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("batch", [1, 2, 3, 64])
def test_a_bulk_file_gives_what_the_whole_message_gives(
    fault: str, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BATCH", batch)
    content = changed(pacs008(transfers=5), *FAULTS[fault])
    (whole,) = read_messages(content)
    for size in (700, 100_000):
        orders, message = bulk(content, size)
        assert message.accepted == whole.accepted
        assert (message.name, message.message_id) == (whole.name, whole.message_id or "")
        assert {(one.xpath, one.code, one.line) for one in message.findings} == {
            (one.xpath, one.code, one.line) for one in whole.findings
        }
        if whole.accepted:
            assert tuple(orders) == whole.orders
            assert (message.instructing, message.created) == (whole.instructing, whole.created)


def test_a_single_transfer_and_an_interbank_one() -> None:
    orders, message = bulk(pacs008())
    assert tuple(orders) == read_messages(pacs008())[0].orders
    assert message.accepted
    assert tuple(bulk(pacs009("11"))[0]) == read_messages(pacs009("11"))[0].orders


def test_a_header_in_an_envelope_is_checked() -> None:
    content = enveloped(header(), without_declaration(pacs008(transfers=3)))
    orders, message = bulk(content, 500, attrs.evolve(VIEW, sender=None))
    assert (len(orders), message.findings) == (3, ())
    assert message.header is not None
    wrong = enveloped(header(message_id="X"), without_declaration(pacs008(transfers=3)))
    assert [one.code for one in bulk(wrong)[1].findings] == ["RC01"]


def test_duplicates_by_the_view() -> None:
    view = SystemView(
        knows_uetr=lambda uetr: uetr == UETR, knows_message=lambda *known: known[1] == "M-1"
    )
    orders, message = bulk(pacs008(transfers=2), view=view)
    assert [one.code for one in message.findings] == ["DU01", "DU03"]
    assert len(orders) == 1  # each valid order comes, and the message says that none may be used
    assert not message.accepted


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "the input is empty; it needs one message"),
        (b"<a/>", "holds no message: no Document or AppHdr was found"),
        (pacs008(transfers=2)[:-40], "is no well-formed XML: "),
        (pacs008().replace(b"</PmtId>", b""), "is no well-formed XML: Opening and ending tag"),
        (changed(pacs008(), "<FIToFI", "<!DOCTYPE a><FIToFI"), "<!DOCTYPE is not allowed"),
        (b"<?xml version='1.0' encoding='latin-1'?>" + b"<a/>", "the encoding 'latin-1' is"),
        (
            pacs008().replace(b"pacs.008.001.08", b"pacs.004.001.09"),
            "pacs.004.001.09 is not read in bulk; pacs.008, pacs.009 and pain.001 are",
        ),
        (
            document("pacs.004.001.09", "<PmtRtr/>"),
            "pacs.004.001.09 is not read in bulk; pacs.008, pacs.009 and pain.001 are",
        ),
        (
            enveloped(*[without_declaration(pacs008())] * 2),
            "is no bulk file: it must hold one message",
        ),
        (enveloped(header()), "is no bulk file: it must hold one message"),
        (
            changed(pacs008(), "pacs.008.001.08", "pacs.008.001.99"),
            "pacs.008.001.99 is not known; known are pacs.008.001.01",
        ),
    ],
    ids=range(11),
)
@pytest.mark.parametrize("size", [300, 100_000])
def test_what_is_no_bulk_file(content: bytes, text: str, size: int) -> None:
    orders, message = bulk(content, size)
    assert not message.accepted
    assert message.findings[-1].text.startswith(text)
    assert len(orders) < 2


def test_a_group_header_after_the_transfers_is_refused() -> None:
    content = pacs008(transfers=4)
    start, end = content.index(b"<GrpHdr>"), content.index(b"</GrpHdr>") + 9
    head = content[start:end]
    moved = (content[:start] + content[end:]).replace(b"</FIToFI", head + b"</FIToFI")
    _, message = bulk(moved)
    assert not message.accepted
    assert message.findings[-1].text == (
        "the group header (GrpHdr) must come before all transactions"
    )


@pytest.mark.parametrize("cut", range(1, 12))
def test_declarations_are_found_across_chunks(cut: int) -> None:
    content = changed(pacs008(), "<FIToFI", "<!-- <!DOCTYPE --><FIToFI")
    size = content.index(b"<!DOCTYPE") + cut
    assert bulk(content, size)[1].findings[-1].text == "<!DOCTYPE is not allowed in a message"


def test_one_transaction_has_a_most_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_BETWEEN", 20_000)
    monkeypatch.setattr(stream, "MAX_WAITING", 5_000)
    content = changed(pacs008(transfers=40), "<Ustrd>Invoice 7", f"<Ustrd>{'x' * 30_000}")
    assert bulk(content, 1_000)[1].findings[-1].text == (
        "more than 20,000 bytes without the end of a transaction"
    )
    orders, message = bulk(pacs008(transfers=40), 1_000)
    assert (len(orders), message.accepted) == (40, True)


def test_elements_beside_transactions_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 2)
    content = pacs008(transfers=300).replace(b"</CdtTrfTxInf>", b"</CdtTrfTxInf><Other/>")
    reader = BulkReader(Chunks(content, 2_000))
    assert len([*reader]) < 150
    assert not reader.message.accepted


def test_findings_are_limited() -> None:
    content = pacs008(transfers=400).replace(b"SHAR", b"NONE")
    orders, message = bulk(content, 10_000)
    assert orders == []
    assert message.findings[-1].text == "more than 200 findings: the rest was not read"


def test_the_message_is_known_at_the_end_only() -> None:
    reader = BulkReader(io.BytesIO(pacs008()))
    with pytest.raises(InputError, match="the file is not read to its end yet"):
        _ = reader.message
    assert reader.count == 0
    assert len([*reader]) == reader.count == 1


@pytest.mark.long
def test_a_large_file_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "bulk.xml"
    number = 6_000
    head, _, tail = pacs008(transfers=1).decode().partition("<CdtTrfTxInf>")
    inner, _, end = tail.partition("</CdtTrfTxInf>")
    with path.open("w") as file:
        file.write(head.replace("<NbOfTxs>1<", f"<NbOfTxs>{number}<"))
        for each in range(number):
            file.write("<CdtTrfTxInf>" + inner.replace(UETR[:8], f"{each:08x}") + "</CdtTrfTxInf>")
        file.write(end)
    code = f"""
from skontro.messages import BulkReader
def peak():  # not `ru_maxrss`, which begins with the peak of the process that started this one
    status = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
first = BulkReader(open({str(path)!r}, "rb"))
orders = iter(first)
[next(orders) for _ in range(500)]
before = peak()
count = 500 + sum(1 for _ in orders)
print(count, first.message.accepted, peak() - before)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    count, accepted, grown = result.stdout.split()
    assert (int(count), accepted) == (number, "True")
    assert path.stat().st_size > 5_000_000
    assert int(grown) < 8  # MiB, for UETRs


def test_finished_transactions_leave_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 3)
    content = pacs008(transfers=40)
    for changes in ((), ("<ChrgBr>SHAR", "<ChrgBr>NONE")):
        reader = BulkReader(Chunks(changed(content, *changes) if changes else content, 2_000))
        assert len([*reader]) == (39 if changes else 40)
        skeleton = reader._skeleton
        assert skeleton is not None
        assert len(skeleton.body) == 1
        assert len(skeleton.source) == 2  # the group header and the last one


def test_elements_of_that_name_elsewhere_are_no_transactions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream, "BATCH", 1)
    inner = "<CdtTrfTxInf xmlns='urn:x'/>"
    data = f"<SplmtryData><Envlp>{inner}</Envlp></SplmtryData>"
    content = changed(pacs008(transfers=3), "</CdtTrfTxInf>", f"{data}</CdtTrfTxInf>")
    (whole,) = read_messages(content)
    _, message = bulk(content, 500)
    assert [(one.xpath, one.code) for one in message.findings] == [
        (one.xpath, one.code) for one in whole.findings
    ]


def test_the_bounds_are_those_that_are_documented() -> None:
    assert (stream.MAX_BETWEEN, stream.MAX_WAITING, stream.BATCH) == (4 * 2**20, 2**20, 64)
