"""Signatures of business headers (XMLDSig), verified with certificates that the system was given.

A key or certificate inside the message is never trusted. The signature must be in the header
(``Sgntr``) and cover the whole input, so that header and message belong together.
"""

import datetime
from typing import Final

from cryptography.x509 import Certificate
from lxml import etree
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from skontro.messages.business_header import BusinessHeader
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.places import line_of, xpath_of
from skontro.messages.schema_store import Element
from skontro.messages.system_view import SystemView

_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_REFERENCE: Final = "{http://www.w3.org/2000/09/xmldsig#}Reference"


def signatures_in(root: Element) -> list[Element]:
    """All signature elements of an input, in their order."""
    return [*root.iter(_SIGNATURE)]


def check_signature(
    content: bytes,
    signature: Element,
    header: BusinessHeader,
    header_element: Element,
    view: SystemView,
) -> list[Finding]:
    """Whether a signature is right, is in the header, and covers everything.

    Args:
        content: the whole input as received; white space and comments are signed too.
        signature: the only signature element of the input.
        header: as read.
        header_element: its element.
        view: has the certificates of senders.
    """

    def finding(code: FindingCode, text: str, *, refuses: bool = True) -> list[Finding]:
        place = xpath_of(signature), line_of(signature)
        return [Finding(Step.SIGNATURE, *place, code, text, refuses)]

    if signature.getparent() is None or signature.getparent().getparent() is not header_element:
        return finding(FindingCode.INCORRECT_SIGNATURE, "is outside the header (AppHdr/Sgntr)")
    if view.certificates is None:
        text = "is not verified: no certificates were given"
        return finding(FindingCode.NARRATIVE, text, refuses=False)
    certificate = view.certificates.get(header.sender)
    if certificate is None:
        text = f"is by {header.sender or 'nobody'}, whose certificate is not known"
        return finding(FindingCode.SIGNER_NOT_VALID, text)
    if view.business_date is not None and not _in_force(certificate, view.business_date):
        text = f"is by {header.sender}, whose certificate is not in force on {view.business_date}"
        return finding(FindingCode.SIGNER_NOT_VALID, text)
    fault = _fault(content, signature, certificate)
    if not fault:
        return []
    text = f"by {header.sender}: {fault}"
    return finding(FindingCode.INCORRECT_SIGNATURE, text)


def _fault(content: bytes, signature: Element, certificate: Certificate) -> str:
    """Why a signature is not right for a certificate; empty if it is."""
    try:
        signed = _verified(content, signature, certificate)
    except (InvalidSignature, InvalidInput, etree.LxmlError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return f"is not right for the certificate that is known: {reason}"
    root = signature.getroottree().getroot().tag
    # An empty URI is the whole document; an id may be that of another element of the same name.
    whole = all(one.get("URI") == "" for one in signature.iter(_REFERENCE))
    return "" if whole and signed == root else "does not cover the whole input"


def _verified(content: bytes, signature: Element, certificate: Certificate) -> str:
    """The name of the element that a right signature covers."""
    steps = []
    place = signature.getparent()
    while place.getparent() is not None:
        steps.append(place.tag)
        place = place.getparent()
    location = "./" + "".join(f"{step}/" for step in reversed(steps))
    result = XMLVerifier().verify(
        content,
        x509_cert=certificate,
        expect_config=SignatureConfiguration(location=location, expect_references=1),
    )
    signed = result.signed_xml if not isinstance(result, list) else None
    return str(signed.tag) if signed is not None else ""


def _in_force(certificate: Certificate, day: datetime.date) -> bool:
    first, last = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()
    return first <= day <= last
