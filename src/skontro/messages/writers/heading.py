"""The parts of every message: sender and receiver, the business header, and the envelope."""

import re
from typing import Final

import attrs
from lxml import etree

from skontro.messages.schema_store import Element, namespace_of
from skontro.messages.writers.elements import (
    add,
    add_text,
    add_timestamp,
    check_reference,
    root,
)
from skontro.model import check_bic

#: Version of the business header where the other side has used none.
DEFAULT_HEADER: Final = "head.001.001.02"
HEADERS: Final = tuple(f"head.001.001.0{number}" for number in (1, 2, 3, 4))

#: The business message envelope of ISO 20022.
_ENVELOPE: Final = "nvlp.001.001.01"

#: Namespaces with `BICFIIdentifier`, the form of a BIC before 2014; and that form.
_EARLY: Final = (namespace_of("head.001.001.01"), namespace_of("pacs.002.001.08"))
_EARLY_BIC: Final = re.compile("[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?")


@attrs.frozen
class Institution:
    """One side of the correspondence.

    Attributes:
        name: in full.
        bic: empty where it has none, as a system without membership of its own.
    """

    name: str
    bic: str = attrs.field(default="")

    @bic.validator
    def _check_bic(self, _: object, bic: str) -> None:
        if bic:
            check_bic(bic)


@attrs.frozen
class Heading:
    """Sender, receiver, identification and time of a message, all given by the caller.

        Heading("SKONTRO-1", timestamp, sender=system, receiver=bank)

    Attributes:
        message_id: 1 to 35 characters, never used before.
        created_at: microseconds since 1970, UTC.
        sender, receiver: the two sides.
        header: version of the business header; empty for a message without header and envelope.
    """

    message_id: str = attrs.field()
    created_at: int
    sender: Institution
    receiver: Institution
    header: str = attrs.field(
        default=DEFAULT_HEADER, validator=attrs.validators.in_((*HEADERS, ""))
    )

    @message_id.validator
    def _check_message_id(self, _: object, text: str) -> None:
        check_reference("message_id", text)


@attrs.frozen
class Original:
    """The message that is answered.

    Attributes:
        message_id: its id; empty where it could not be read.
        message_name: for example ``pacs.008.001.08``.
        created_at: as the message states it, or None.
    """

    message_id: str
    message_name: str
    created_at: int | None = None


def add_agent(parent: Element, path: str, institution: Institution) -> None:
    """Add an institution by BIC, by name where it has none.

    The first versions allow no digits in the prefix of a BIC. There, such a BIC is written as the
    member's identification in the clearing system.
    """
    identification = add(parent, f"{path}/FinInstnId")
    is_early = etree.QName(parent).namespace in _EARLY
    if institution.bic and is_early and not _EARLY_BIC.fullmatch(institution.bic):
        add(identification, "ClrSysMmbId/MmbId").text = institution.bic
    elif institution.bic:
        add(identification, "BICFI").text = institution.bic
    else:
        add_text(identification, "Nm", institution.name, 140)


def add_group_header(parent: Element, heading: Heading, tag: str = "GrpHdr") -> Element:
    """Add id and time of creation."""
    header = add(parent, tag)
    add(header, "MsgId").text = heading.message_id
    add_timestamp(header, "CreDtTm", heading.created_at)
    return header


def written(heading: Heading, document: Element, message_name: str) -> bytes:
    """The message as UTF-8, with its header in an envelope where the heading wants one.

    Args:
        heading: of the message.
        document: its `Document` element.
        message_name: for example ``pacs.002.001.10``.

    Returns:
        The same bytes for the same arguments.
    """
    if not heading.header:
        return _bytes(document)
    uri = namespace_of(_ENVELOPE)
    envelope = etree.Element(f"{{{uri}}}BizMsgEnvlp", nsmap={None: uri})
    add(envelope, "Hdr").append(_header(heading, message_name))
    add(envelope, "Doc").append(document)
    return _bytes(envelope)


def _bytes(element: Element) -> bytes:
    content: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8")
    return content + b"\n"


def _header(heading: Heading, message_name: str) -> Element:
    header = root(heading.header, "AppHdr")
    for path, institution in (("Fr", heading.sender), ("To", heading.receiver)):
        if institution.bic:
            add_agent(header, f"{path}/FIId", institution)
        else:
            add_text(header, f"{path}/OrgId/Nm", institution.name, 140)
    add(header, "BizMsgIdr").text = heading.message_id
    add(header, "MsgDefIdr").text = message_name
    add_timestamp(header, "CreDt", heading.created_at)
    return header
