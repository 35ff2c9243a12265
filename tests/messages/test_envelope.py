"""Messages are found in any envelope, with any prefixes, in any known version."""

import pytest

from skontro.messages import Step, read_messages
from skontro.messages.envelope import MAX_ENVELOPE_DEPTH, MAX_MESSAGES
from tests.messages.texts import (
    NAMESPACE,
    changed,
    enveloped,
    header,
    pacs008,
    pacs009,
    without_declaration,
)

PLAIN = without_declaration(pacs008())


def prefixed(content: bytes, prefix: str) -> bytes:
    """The same message with a prefix at every element."""
    text = content.decode().replace("xmlns=", f"xmlns:{prefix}=")
    head, body = text.split("?>\n", 1)
    body = body.replace("</", f"<//{prefix}:").replace("<", f"<{prefix}:")
    return (head + "?>\n" + body.replace(f"<{prefix}://", "</")).encode()


def test_prefixes_make_no_difference() -> None:
    (message,) = read_messages(prefixed(pacs008(), "p"))
    assert message.findings == ()
    assert message.orders == read_messages(pacs008())[0].orders


@pytest.mark.parametrize("version", ["08", "10", "12", "13"])
def test_versions_give_the_same_order(version: str) -> None:
    (message,) = read_messages(pacs008(version))
    assert message.findings == ()
    assert message.name == f"pacs.008.001.{version}"
    (order,) = message.orders
    assert order.details.message_name == message.name
    assert (order.amount, order.payer, order.payee) == (125050, "HSBKKZKX", "DEMIKG22")


@pytest.mark.parametrize("version", ["01", "02", "03", "04"])
def test_a_header_goes_with_the_document_after_it(version: str) -> None:
    (message,) = read_messages(enveloped(header(version=version), PLAIN))
    assert message.findings == ()
    assert message.header is not None
    assert message.header.name == f"head.001.001.{version}"
    assert (message.header.sender, message.header.receiver) == ("HSBKKZKX", "SKONKGKG")
    assert (message.header.message_id, message.header.message_name) == ("M-1", "pacs.008.001.08")
    assert message.header.created == "2026-11-27T04:00:00Z"
    assert not message.header.possible_duplicate


def test_several_messages_of_several_versions_in_one_envelope() -> None:
    nine = without_declaration(pacs009("11"))
    inner = f'<Part xmlns="urn:other">{header("pacs.009.001.11", "M-9")}<Wrap>{nine}</Wrap></Part>'
    messages = read_messages(enveloped(PLAIN, inner, header(), PLAIN))
    assert [one.name for one in messages] == [
        "pacs.008.001.08",
        "pacs.009.001.11",
        "pacs.008.001.08",
    ]
    assert [one.header is not None for one in messages] == [False, True, True]
    assert all(one.accepted for one in messages)


def test_a_header_without_document_is_read_alone() -> None:
    alone, message = read_messages(enveloped(header(message_id="A"), header(), PLAIN))
    assert (alone.name, alone.orders) == ("head.001.001.02", ())
    assert alone.header is not None
    assert alone.header.message_id == "A"
    assert message.orders
    (last,) = read_messages(header().encode())
    assert (last.name, last.findings) == ("head.001.001.02", ())


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            f'xmlns="{NAMESPACE}pacs.008.001.08"',
            'xmlns="urn:swift:xsd:pacs.008.001.08"',
            "the namespace 'urn:swift:xsd:pacs.008.001.08' is not one of ISO 20022; it begins with "
            "urn:iso:std:iso:20022:tech:xsd:",
        ),
        (f' xmlns="{NAMESPACE}pacs.008.001.08"', "", "the namespace '' is not one of ISO 20022"),
        (
            "pacs.008.001.08",
            "pacs.008.001.99",
            "pacs.008.001.99 is not known; known are pacs.008.001.01",
        ),
        ("pacs.008.001.08", "head.001.001.02", "Document has the namespace of head.001.001.02"),
    ],
)
def test_a_wrong_namespace_is_named(old: str, new: str, text: str) -> None:
    (message,) = read_messages(changed(pacs008(), old, new))
    (finding,) = message.findings
    assert (message.name, message.orders) == ("", ())
    assert (finding.step, finding.xpath, finding.line) == (Step.INPUT, "/Document", 2)
    assert text in finding.text


def test_a_header_in_the_namespace_of_a_document_is_named() -> None:
    wrong = f'<AppHdr xmlns="{NAMESPACE}pacs.008.001.08"/>'
    (message,) = read_messages(enveloped(wrong, PLAIN))
    (finding,) = message.findings
    assert finding.text == "AppHdr has the namespace of pacs.008.001.08"
    assert not message.orders


def test_a_fault_of_the_envelope_refuses_every_message_in_it() -> None:
    wrong = '<Document xmlns="urn:other"/>'
    messages = read_messages(enveloped(PLAIN, wrong))
    assert [one.name for one in messages] == ["pacs.008.001.08"]
    assert not messages[0].accepted
    assert not messages[0].orders


def test_envelopes_are_searched_to_a_depth() -> None:
    def deep(levels: int) -> bytes:
        return ("<a>" * levels + PLAIN + "</a>" * levels).encode()

    assert read_messages(deep(MAX_ENVELOPE_DEPTH))[0].orders
    (message,) = read_messages(deep(MAX_ENVELOPE_DEPTH + 1))
    assert message.findings[0].text == "holds no message: no Document or AppHdr was found"


def test_messages_in_one_input_are_limited() -> None:
    def many(number: int) -> bytes:
        return enveloped(*[header()] * number)

    assert len(read_messages(many(MAX_MESSAGES))) == MAX_MESSAGES
    assert all(one.accepted for one in read_messages(many(MAX_MESSAGES)))
    more = read_messages(many(MAX_MESSAGES + 1))
    assert more[0].findings[0].text == "holds 1,001 messages; 1,000 at most"
