"""The first step: every fault by the schema, with place, line and code, at once."""

import pytest

from skontro.messages import FindingCode, Step, read_messages
from skontro.messages.schema_validation import MAX_FINDINGS
from tests.messages.texts import UETR, changed, pacs008

TRANSFER = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"


def found(content: bytes) -> list[tuple[str, int, str, str]]:
    (message,) = read_messages(content)
    assert not message.accepted
    assert not message.orders
    assert {one.step for one in message.findings} == {Step.SCHEMA}
    return [(one.xpath, one.line, one.code.value, one.text) for one in message.findings]


@pytest.mark.parametrize(
    ("old", "new", "xpath", "line", "code", "text"),
    [
        (
            "<ChrgBr>SHAR</ChrgBr>\n",
            "",
            f"{TRANSFER}/ChrgBr",
            5,
            "CH21",
            "is missing",
        ),
        (
            UETR,
            "8A562C67-CA16-48BA-B074-65581BE6F011",
            f"{TRANSFER}/PmtId/UETR",
            6,
            "CH16",
            "has the value '8A562C67-CA16-48BA-B074-65581BE6F011', which is not accepted by the "
            "pattern '[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}'.",
        ),
        (
            "<Purp>",
            "<Prps/><Purp>",
            f"{TRANSFER}/Prps",
            22,
            "CH17",
            "is unknown in pacs.008.001.08; did you mean Purp?",
        ),
        (' Ccy="KZT"', "", f"{TRANSFER}/IntrBkSttlmAmt", 7, "CH21", "lacks the attribute Ccy"),
        (
            ' Ccy="KZT"',
            ' Ccy="kzt"',
            f"{TRANSFER}/IntrBkSttlmAmt/@Ccy",
            7,
            "CH16",
            "has the value 'kzt'",
        ),
        ("SHAR", "NONE", f"{TRANSFER}/ChrgBr", 9, "CH16", "is not an element of the set"),
        (
            "<IntrBkSttlmDt>2026-11-27",
            "<IntrBkSttlmDt>27.11.2026",
            f"{TRANSFER}/IntrBkSttlmDt",
            8,
            "CH16",
            "'27.11.2026' is not a valid value of the atomic type 'ISODate'.",
        ),
        (
            "1250.50",
            "1250.505051",
            f"{TRANSFER}/IntrBkSttlmAmt",
            7,
            "CH16",
            "has the value '1250.505051', which has more",
        ),
        (
            "<MsgId>M-1<",
            "<MsgId><",
            "/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId",
            4,
            "CH16",
            "length",
        ),
    ],
    ids=range(9),
)
def test_one_fault(old: str, new: str, xpath: str, line: int, code: str, text: str) -> None:
    ((place, at, kind, said),) = found(changed(pacs008(), old, new))
    assert (place, kind) == (xpath, code)
    assert (
        text in said
        or text == "fractionDigits"
        or text in {"length", "is not an element of the set"}
    )
    assert at == line


def test_elements_out_of_order_and_unknown_ones_are_named_together() -> None:
    content = changed(pacs008(), "<ChrgBr>SHAR</ChrgBr>", "<Unknwn>x</Unknwn>")
    content = changed(content, "<Purp>", "<ChrgBr>SHAR</ChrgBr><Purp>")
    content = changed(content, ">M-1<", f">{'M' * 36}<")
    places = [(xpath, line, code) for xpath, line, code, _ in found(content)]
    assert places == [
        ("/Document/FIToFICstmrCdtTrf/GrpHdr/MsgId", 4, "CH16"),
        (f"{TRANSFER}/Unknwn", 9, "CH17"),
        (f"{TRANSFER}/ChrgBr", 22, "CH17"),
    ]


def test_faults_behind_a_misplaced_element_are_found() -> None:
    content = changed(pacs008(), "<PmtId>", "<Frst/><PmtId>")
    content = changed(content, "<ChrgBr>SHAR</ChrgBr>", "<Tax/>")
    content = changed(content, "<Ctry>KG</Ctry>", "<Ctry>kg</Ctry>")
    content = changed(
        content, "<Purp><Cd>GDDS</Cd></Purp>", "<Purp><Cd>x</Cd><Prtry>y</Prtry></Purp>"
    )
    places = [(xpath, text.split(";")[0]) for xpath, _, _, text in found(content)]
    assert places == [
        (f"{TRANSFER}/ChrgBr", "is missing"),
        (f"{TRANSFER}/Frst", "is unknown in pacs.008.001.08"),
        (f"{TRANSFER}/Tax", "is out of order: it belongs after RgltryRptg"),
        (
            f"{TRANSFER}/Cdtr/PstlAdr/Ctry",
            "has the value 'kg', which is not accepted by the pattern '[A-Z]{2,2}'.",
        ),
        (f"{TRANSFER}/Purp/Prtry", "excludes another of Cd, Prtry next to it"),
    ]


def test_elements_of_other_places_choices_and_repetitions_are_named() -> None:
    content = changed(pacs008(), "<IntrBkSttlmDt>", "<BICFI>HSBKKZKX</BICFI><IntrBkSttlmDt>")
    content = changed(content, "<Cd>GDDS</Cd>", "<Cd>GDDS</Cd><Prtry>y</Prtry>")
    content = changed(
        content, "<ChrgBr>SHAR</ChrgBr>", "<ChrgBr>SHAR</ChrgBr><ChrgBr>DEBT</ChrgBr>"
    )
    content = changed(content, "<Othr><Id>1030120000012345</Id></Othr>", "")
    told = [(xpath, text) for xpath, _, _, text in found(content)]
    assert told == [
        (f"{TRANSFER}/BICFI", "does not belong in CdtTrfTxInf"),
        (f"{TRANSFER}/ChrgBr[2]", "occurs too often: at most 1 of ChrgBr"),
        (f"{TRANSFER}/CdtrAcct/Id", "lacks one of IBAN, Othr"),
        (f"{TRANSFER}/Purp/Prtry", "excludes another of Cd, Prtry next to it"),
    ]


def test_positions_tell_transactions_apart() -> None:
    content = pacs008(transfers=3).replace(b"<ChrgBr>SHAR", b"<ChrgBr>NONE")
    places = [xpath for xpath, *_ in found(content)]
    assert places == [
        f"/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[{number}]/ChrgBr" for number in (1, 2, 3)
    ]


def test_references_are_told_although_the_message_is_refused() -> None:
    (message,) = read_messages(changed(pacs008(transfers=2), "SHAR", "NONE"))
    assert message.message_id == "M-1"
    assert message.created == "2026-11-27T09:00:00+05:00"
    assert [one.uetr for one in message.references] == [UETR, f"00000001{UETR[8:]}"]
    assert [one.end_to_end_id for one in message.references] == ["E-0", "E-1"]
    assert [one.instruction_id for one in message.references] == ["I-0", "I-1"]
    assert [one.transaction_id for one in message.references] == ["T-0", "T-1"]


def test_findings_are_limited() -> None:
    lines = "".join(f"<Ustrd>{'x' * 141}</Ustrd>" for _ in range(MAX_FINDINGS + 1))
    assert len(found(changed(pacs008(), "<Ustrd>Invoice 7</Ustrd>", lines))) == MAX_FINDINGS


def test_another_message_than_the_namespace_names_is_refused() -> None:
    content = pacs008().replace(b"FIToFICstmrCdtTrf", b"FICdtTrf")
    codes = [code for *_, code, _ in found(content)]
    assert codes == [FindingCode.REQUIRED_ELEMENT_MISSING, FindingCode.ELEMENT_NOT_ADMITTED]


def test_a_header_by_its_schema() -> None:
    from tests.messages.texts import enveloped, header, without_declaration

    wrong = header().replace("<BizMsgIdr>M-1</BizMsgIdr>", "")
    (message,) = read_messages(enveloped(wrong, without_declaration(pacs008())))
    (finding,) = message.findings
    assert (finding.xpath, finding.text) == ("/Envelope/AppHdr/BizMsgIdr", "is missing")
    assert not message.orders


@pytest.mark.parametrize("old", ["<ChrgBr>SHAR", "<ChrgBr>", "<Ctry>KG</Ctry>"])
def test_siblings_are_counted_once(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many findings about siblings take a time that grows with their number, not its square."""
    from skontro.messages.places import Places

    counted = []
    count = Places._count

    def counting(self: Places, parent: object) -> None:
        counted.append(parent)
        count(self, parent)

    monkeypatch.setattr(Places, "_count", counting)
    new = {"<ChrgBr>SHAR": "<ChrgBr>NONE", "<ChrgBr>": "<Unknwn/><ChrgBr>"}.get(old, "")
    content = pacs008(transfers=50).replace(old.encode(), new.encode())
    (message,) = read_messages(content)
    assert len(message.findings) == 50
    assert len(counted) == len(set(counted))


def test_data_of_other_standards_are_not_named() -> None:
    data = "<SplmtryData><Envlp><Cd xmlns='urn:x'><Nm/></Cd></Envlp></SplmtryData>"
    content = changed(pacs008(), "</CdtTrfTxInf>", f"{data}</CdtTrfTxInf>")
    content = changed(content, "<ChrgBr>SHAR", "<ChrgBr>NONE")
    assert [xpath for xpath, *_ in found(content)] == [f"{TRANSFER}/ChrgBr"]
