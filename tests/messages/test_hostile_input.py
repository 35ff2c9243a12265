"""Hostile input is refused before a message is read from it, and says why."""

import pytest

from skontro.messages import FindingCode, Limits, MessageRead, Step, read_messages
from tests.messages.texts import changed, pacs008

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><Document>&c;</Document>"""


def only(content: bytes, limits: Limits | None = None) -> MessageRead:
    (message,) = read_messages(content, limits=limits)
    return message


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        (b"", 0, "the input is empty; it needs one message"),
        (b" \n ", 0, "the input is empty; it needs one message"),
        (LAUGHS, 1, "<!DOCTYPE is not allowed in a message"),
        (b"<a>\n<!ENTITY x 'y'></a>", 2, "<!ENTITY is not allowed in a message"),
        (b"<a>\n<!-- \n<!DOCTYPE --></a>", 3, "<!DOCTYPE is not allowed in a message"),
        (
            b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
            1,
            "<!DOCTYPE is not allowed in a message",
        ),
        ("<a/>".encode("utf-16"), 0, "the encoding is not UTF-8: the input begins like UTF-16"),
        ("<a/>".encode("utf-16-be"), 0, "the encoding is not UTF-8"),
        ("<a/>".encode("utf-32"), 0, "the encoding is not UTF-8"),
        (b"\xfe\xff<a/>", 0, "the encoding is not UTF-8"),
        (
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
            0,
            "the encoding 'ISO-8859-1' is declared; messages are in UTF-8",
        ),
        (b"<?xml version='1.0' encoding = \"utf-7\"?><a/>", 0, "the encoding 'utf-7' is declared"),
        (b"<a>\n\xff</a>", 2, "is no well-formed XML"),
        (b"<a>\n<b></a>", 2, "is no well-formed XML: Opening and ending tag mismatch"),
        (b"<a>\n&lol;</a>", 2, "is no well-formed XML: Entity 'lol' not defined"),
        (b"hello", 1, "is no well-formed XML: Start tag expected"),
        (b"<a>" * 257 + b"</a>" * 257, 1, "elements are nested more than 256 deep"),
        (b"<a " + b"x" * 11_000_000 + b"/>", 0, "the input has 11,000,005 bytes; 10,485,760 is"),
    ],
    ids=range(18),
)
def test_hostile_input_is_refused(content: bytes, line: int, text: str) -> None:
    message = only(content)
    (finding,) = message.findings
    assert message.name == message.message_id == ""
    assert not message.accepted
    assert not message.orders
    assert (finding.step, finding.xpath, finding.line) == (Step.INPUT, "", line)
    assert finding.code == FindingCode.INVALID_FILE_FORMAT
    assert text in finding.text


def test_the_limit_of_bytes_is_exact() -> None:
    content = pacs008()
    size = len(content)
    assert only(content, Limits(size)).accepted
    (finding,) = only(content, Limits(size - 1)).findings
    assert finding.text == f"the input has {size:,} bytes; {size - 1:,} is the most"


def test_nesting_up_to_the_limit_is_parsed() -> None:
    (finding,) = only(b"<a>" * 256 + b"</a>" * 256).findings
    assert finding.text == "holds no message: no Document or AppHdr was found"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + pacs008(),
        changed(pacs008(), 'encoding="UTF-8"', "encoding='utf-8'"),
        changed(pacs008(), ' encoding="UTF-8"', ""),
        changed(pacs008(), "<FIToFICstmrCdtTrf>", "<!-- a --><?p q?><FIToFICstmrCdtTrf>"),
        changed(pacs008(), "Invoice 7", "<![CDATA[Invoice 7]]>"),
        pacs008().replace(b"\n", b"\r\n"),
    ],
    ids=["byte order mark", "lower case", "not declared", "comment", "CDATA", "carriage returns"],
)
def test_other_forms_of_the_same_message_are_read(content: bytes) -> None:
    message, plain = only(content), only(pacs008())
    assert message.findings == ()
    assert message.orders == plain.orders


def test_text_is_kept_as_written() -> None:
    (order,) = only(changed(pacs008(), "Invoice 7", "A &amp; B &lt;&#x41;&gt; Шот")).orders
    assert order.details.remittance == ("A & B <A> Шот",)
