"""Signed headers are verified with certificates that were given, never with what they carry."""

import datetime
from functools import cache

import attrs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml import XMLSigner, methods

from skontro.messages import Finding, MessageRead, Step, SystemView, read_messages
from tests.messages.texts import enveloped, header, pacs008, without_declaration

PLACE = (
    '<Sgntr><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/></Sgntr>'
)


@cache
def key(_name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate(name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    first = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(1)
        .not_valid_before(first)
        .not_valid_after(first + datetime.timedelta(360))
        .sign(key(name), hashes.SHA256())
    )


@cache
def signed(name: str = "HSBKKZKX") -> bytes:
    """A message in an envelope, whose header has a signature of everything."""
    root = etree.fromstring(enveloped(header(inside=PLACE), without_declaration(pacs008())))
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    whole = signer.sign(root, key=key(name), cert=[certificate(name)])
    return bytes(etree.tostring(whole))


VIEW = SystemView(
    certificates={
        "HSBKKZKX": certificate("HSBKKZKX"),
        "DEMIKG22": certificate("DEMIKG22"),
    },
    business_date=datetime.date(2026, 11, 27),
)


def read(content: bytes, view: SystemView = VIEW) -> tuple[MessageRead, list[Finding]]:
    (message,) = read_messages(content, view)
    return message, [one for one in message.findings if one.step == Step.SIGNATURE]


def test_a_signed_message_is_taken() -> None:
    message, findings = read(signed())
    assert b"SignatureValue" in signed()
    assert message.findings == ()
    assert findings == []
    assert len(message.orders) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1250.50", b"9250.50"),
        (b"Bishkek Trading House", b"Other Trading House"),
        (b"2026-11-27T04:00:00Z", b"2026-11-27T05:00:00Z"),
        (b"<Envelope>", b"<Envelope> "),
    ],
)
def test_a_change_anywhere_is_found(old: bytes, new: bytes) -> None:
    message, (finding,) = read(signed().replace(old, new))
    assert finding.code == "DS0E"
    assert finding.text.startswith(
        "by HSBKKZKX: is not right for the certificate that is known: Digest mismatch"
    )
    assert finding.xpath == "/Envelope/AppHdr/Sgntr/Signature"
    assert not message.orders


def test_the_certificate_in_the_message_is_not_trusted() -> None:
    message, (finding,) = read(signed("DEMIKG22"))
    assert b"X509Certificate" in signed("DEMIKG22")
    assert finding.code == "DS0E"
    assert not message.orders


def test_without_certificates_a_signature_is_noted() -> None:
    message, (finding,) = read(signed(), attrs.evolve(VIEW, certificates=None))
    assert (finding.refuses, finding.text) == (
        False,
        "is not verified: no certificates were given",
    )
    assert len(message.orders) == 1


def test_an_unknown_signer_is_refused() -> None:
    message, (finding,) = read(signed(), attrs.evolve(VIEW, certificates={}))
    assert (finding.code, finding.text) == (
        "DS0D",
        "is by HSBKKZKX, whose certificate is not known",
    )
    assert not message.orders


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        (datetime.date(2025, 12, 31), False),
        (datetime.date(2026, 1, 1), True),
        (datetime.date(2026, 12, 27), True),
        (datetime.date(2026, 12, 28), False),
    ],
)
def test_a_certificate_is_in_force_on_its_days(day: datetime.date, taken: bool) -> None:
    _, findings = read(signed(), attrs.evolve(VIEW, business_date=day, most_days_ahead=999))
    assert [one.code for one in findings] == ([] if taken else ["DS0D"])


def test_a_signature_outside_the_header_is_refused() -> None:
    content = signed()
    start, end = content.index(b"<Sgntr>"), content.index(b"</Sgntr>") + 8
    moved = content[:start] + content[end:]
    inner = content[start + 7 : end - 8]
    message, (finding,) = read(moved.replace(b"</Envelope>", inner + b"</Envelope>"))
    assert finding.text == "is outside the header (AppHdr/Sgntr)"
    assert not message.orders


def test_two_signatures_are_refused() -> None:
    content = signed()
    start, end = content.index(b"<Sgntr>") + 7, content.index(b"</Sgntr>")
    twice = content.replace(b"</Envelope>", content[start:end] + b"</Envelope>")
    message, (finding,) = read(twice)
    assert finding.text.startswith("must be the only one of its input")
    assert not message.orders


def test_a_signature_of_one_part_is_refused() -> None:
    """The header alone is signed; then another document is put beside it."""
    root = etree.fromstring(header(inside=PLACE))
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    alone = etree.tostring(
        signer.sign(root, key=key("HSBKKZKX"), cert=[certificate("HSBKKZKX")])
    ).decode()
    message, (finding,) = read(enveloped(alone, without_declaration(pacs008())))
    assert finding.code == "DS0E"
    assert not message.orders


def test_a_bulk_file_is_not_signed_by_parts() -> None:
    import io

    from skontro.messages import BulkReader

    reader = BulkReader(io.BytesIO(signed()), VIEW)
    orders = [*reader]
    assert len(orders) == 1
    assert [one.text for one in reader.message.findings] == [
        "is not verified in a bulk file: send it unsigned, or as a message of its own"
    ]
    assert not reader.message.accepted


def test_a_signature_without_a_header_is_refused() -> None:
    content = enveloped(without_declaration(pacs008()), PLACE[7:-8])
    message, (finding,) = read(content)
    assert finding.text == "must be the only one of its input, in the header of its only message"
    assert finding.xpath == "/Envelope/Signature"
    assert (finding.code, finding.line) == ("DS0E", 26)
    assert not message.orders


def test_a_signature_of_an_element_by_its_id_is_refused() -> None:
    """Else what was signed could be put, whole, into another envelope of the same name."""
    whole = enveloped(header(inside=PLACE), without_declaration(pacs008()))
    root = etree.fromstring(whole.replace(b"<Envelope>", b"<Envelope Id='one'>"))
    signer = XMLSigner(method=methods.enveloped, signature_algorithm="ecdsa-sha256")
    part = signer.sign(
        root, key=key("HSBKKZKX"), cert=[certificate("HSBKKZKX")], reference_uri="#one"
    )
    message, (finding,) = read(etree.tostring(part))
    assert b'URI="#one"' in etree.tostring(part)
    assert finding.text == "by HSBKKZKX: does not cover the whole input"
    assert not message.orders
