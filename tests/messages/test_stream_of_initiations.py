"""Initiations (pain.001) in bulk give what the whole message gives, payment by payment."""

import io
import itertools

import pytest

from skontro.messages import SystemView, read_messages, stream
from tests.messages.test_stream import Chunks, bulk
from tests.messages.texts import UETR, changed, pain001

SANDBOX = SystemView(sandbox=True)


def initiation(*counts: int) -> bytes:
    """An initiation with payments of so many transfers."""
    head, _, rest = pain001().decode().partition("<PmtInf>")
    payment, _, end = rest.partition("</PmtInf>")
    begin, _, transfers = payment.partition("<CdtTrfTxInf>")
    transfer = transfers.partition("</CdtTrfTxInf>")[0]
    numbers = itertools.count(1)
    payments = ""
    for place, count in enumerate(counts, start=1):
        payments += "<PmtInf>" + begin.replace(">P-1<", f">P-{place}<")
        for number in itertools.islice(numbers, count):
            own = transfer.replace(f"{1:08x}{UETR[8:]}", f"{number:08x}{UETR[8:]}")
            payments += f"<CdtTrfTxInf>{own}</CdtTrfTxInf>\n"
        payments += "</PmtInf>\n"
    total = sum(counts)
    head = head.replace("<NbOfTxs>2<", f"<NbOfTxs>{total}<")
    head = head.replace("<CtrlSum>300<", f"<CtrlSum>{total * 100}<")
    return (head + payments + end).encode()


FAULTS = {
    "nothing": ("M-7", "M-8"),
    "a wrong value of a payment": ("<ChrgBr>SLEV", "<ChrgBr>NONE"),
    "a wrong method": ("<PmtMtd>TRF", "<PmtMtd>ABC"),
    "no execution date": ("<ReqdExctnDt><Dt>2026-11-27</Dt></ReqdExctnDt>", ""),
    "an element after a transfer": ("</CdtTrfTxInf>", "</CdtTrfTxInf><ChrgBr>SLEV</ChrgBr>"),
    "text after a transfer": ("</CdtTrfTxInf>", "</CdtTrfTxInf>text"),
    "an element after a payment": ("</PmtInf>", "</PmtInf><GrpHdr/>"),
    "text after a payment": ("</PmtInf>", "</PmtInf>text"),
    "text in a payment": ("<PmtMtd>", "text<PmtMtd>"),
    "an attribute of a payment": ("<PmtInf>", "<PmtInf a='b'>"),
    "a payment without transfers": ("<PmtInf>", "<PmtInf><PmtInfId>P</PmtInfId></PmtInf><PmtInf>"),
    "another element in a payment": ("<PmtInfId>", "<Unknwn/><PmtInfId>"),
    "a wrong transfer": ("<InstdAmt Ccy", "<InstdAmt Cxy"),
    "no instructed amount": (
        '<InstdAmt Ccy="KZT">100</InstdAmt>',
        '<EqvtAmt><Amt Ccy="KZT">1</Amt><CcyOfTrf>USD</CcyOfTrf></EqvtAmt>',
    ),
    "a wrong total": ("<NbOfTxs>5", "<NbOfTxs>6"),
    "a wrong sum": ("<CtrlSum>500", "<CtrlSum>501"),
    "the same UETR twice": (f"00000003{UETR[8:]}", f"00000001{UETR[8:]}"),
    "a wrong group header": ("<MsgId>M-7</MsgId>", ""),
    "a wrong IBAN": ("KZ86125KZT5004100100", "KZ86125KZT5004100101"),
    "supplementary data": (
        "</CstmrCdtTrfInitn>",
        "<SplmtryData><Envlp><a xmlns='urn:x'/></Envlp></SplmtryData></CstmrCdtTrfInitn>",
    ),
}


@pytest.mark.parametrize(
    "counts",
    [
        (1, 3, 1),
        *(pytest.param(one, marks=pytest.mark.long) for one in ((5,), (2, 3), (1, 1, 1, 2))),
    ],
    ids=str,
)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bulk_file_gives_what_the_whole_message_gives(
    fault: str, counts: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = changed(initiation(*counts), *FAULTS[fault])
    (whole,) = read_messages(content, SANDBOX)
    assert whole.accepted == (fault in ("nothing", "supplementary data")), whole.findings
    for batch, size in ((1, 700), (2, 700), (3, 100_000), (64, 2_000)):
        monkeypatch.setattr(stream, "BATCH", batch)
        orders, message = bulk(content, size, SANDBOX)
        assert message.accepted == whole.accepted
        assert (message.name, message.message_id) == (whole.name, whole.message_id or "")
        assert {one.code for one in message.findings} == {one.code for one in whole.findings}
        if whole.accepted:
            assert tuple(orders) == whole.orders
            assert (message.instructing, message.created) == (whole.instructing, whole.created)
            assert message.findings == whole.findings


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_findings_name_payment_and_transfer(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", batch)
    content = initiation(2, 3, 2)
    fifth = f"{5:08x}{UETR[8:]}"
    content = changed(content, f"<UETR>{fifth}</UETR>", "<UETR>x</UETR>")
    content = changed(content, "<PmtInfId>P-2<", f"<PmtInfId>{'P' * 36}<")
    (whole,) = read_messages(content, SANDBOX)
    for size in (700, 100_000):
        _, message = bulk(content, size, SANDBOX)
        assert {(one.xpath, one.code, one.line) for one in message.findings} == {
            (one.xpath, one.code, one.line) for one in whole.findings
        }


def test_an_initiation_is_taken_in_a_sandbox_only() -> None:
    (whole,) = read_messages(initiation(2, 2))
    _, message = bulk(initiation(2, 2))
    assert message.findings == whole.findings
    assert [one.code for one in message.findings] == ["AG08"]


def test_finished_payments_leave_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 3)
    for counts in ((40,), (1,) * 40, (3, 4, 33)):
        reader = stream.BulkReader(Chunks(initiation(*counts), 2_000), SANDBOX)
        assert len([*reader]) == 40
        assert reader.message.accepted, reader.message.findings
        skeleton = reader._skeleton
        assert skeleton is not None
        assert (len(skeleton.message), skeleton.number) == (2, len(counts))
        assert [one.tag.endswith("CdtTrfTxInf") for one in skeleton.source].count(True) == 1


def test_what_comes_before_the_group_header_is_refused() -> None:
    content = initiation(2)
    head = content[content.index(b"<GrpHdr>") : content.index(b"</GrpHdr>") + 9]
    _, message = bulk(content.replace(head, b""), 700, SANDBOX)
    assert not message.accepted
    reader = stream.BulkReader(io.BytesIO(content), SANDBOX)
    assert len([*reader]) == 2
