"""Business application headers (head.001) of all versions."""

import attrs

from skontro.messages.content import Content, Findings, at, text_at
from skontro.messages.findings import FindingCode, Step
from skontro.messages.system_view import SystemView
from skontro.messages.values import has_offset


@attrs.frozen
class BusinessHeader:
    """The fields of a business header, empty where it lacks them.

    Attributes:
        name: of its version, for example ``head.001.001.02``.
        sender, receiver: BIC, else the member number of a clearing system.
        message_id: business message identifier.
        message_name: of the message that it belongs to, as it states it.
        business_service: agreed rules of the message.
        created: time of creation, as written.
        possible_duplicate: the sender may have sent it before.
        priority: as the sender states it.
    """

    name: str
    sender: str = ""
    receiver: str = ""
    message_id: str = ""
    message_name: str = ""
    business_service: str = ""
    created: str = ""
    possible_duplicate: bool = False
    priority: str = ""


def read_header(content: Content, name: str) -> BusinessHeader:
    """A header from its content (``AppHdr``)."""
    return BusinessHeader(
        name,
        _address(content, "Fr"),
        _address(content, "To"),
        text_at(content, "BizMsgIdr"),
        text_at(content, "MsgDefIdr"),
        text_at(content, "BizSvc"),
        text_at(content, "CreDt"),
        text_at(content, "PssblDplct").strip() in {"true", "1"},
        text_at(content, "Prty"),
    )


def _address(content: Content, name: str) -> str:
    institution = at(content, name, "FIId", "FinInstnId")
    if isinstance(institution, dict):
        return text_at(institution, "BICFI") or text_at(institution, "ClrSysMmbId", "MmbId")
    organisation = at(content, name, "OrgId", "Id", "OrgId")
    if isinstance(organisation, dict):
        return text_at(organisation, "AnyBIC") or text_at(organisation, "BICOrBEI")
    return ""


def check_header(
    header: BusinessHeader,
    message_name: str,
    message_id: str,
    instructing: str,
    view: SystemView,
    findings: Findings,
) -> None:
    """Whether a header fits its message, its sender and this system.

    Args:
        header: of the message.
        message_name: of the message itself.
        message_id: of the message itself; empty where it has none.
        instructing: BIC of its instructing agent; empty where it names none.
        view: knows who sent it, and to whom it must be addressed.
        findings: about the header's element.
    """
    practice, inconsistent = Step.MARKET_PRACTICE, FindingCode.IDENTIFICATION_INCONSISTENT
    if header.message_name != message_name:
        text = f"is {header.message_name}, and the message {message_name}"
        findings.add(practice, "MsgDefIdr", inconsistent, text)
    if message_id and header.message_id != message_id:
        text = f"is {header.message_id}, and the message id {message_id}; they must be the same"
        findings.add(practice, "BizMsgIdr", inconsistent, text)
    if not has_offset(header.created):
        text = "has no offset from UTC"
        findings.add(practice, "CreDt", FindingCode.INVALID_CREATION_DATE, text)
    if instructing and header.sender and not same_institution(header.sender, instructing):
        text = f"is {header.sender}, and the instructing agent {instructing}"
        findings.add(practice, "Fr", inconsistent, text)
    if view.bic is not None and not same_institution(header.receiver, view.bic):
        text = f"is {header.receiver or 'nobody'}; messages to this system go to {view.bic}"
        findings.add(Step.SEMANTICS, "To", inconsistent, text)
    if view.sender is not None and not same_institution(header.sender, view.sender):
        text = f"is {header.sender or 'nobody'}, and the message was sent by {view.sender}"
        findings.add(Step.SEMANTICS, "Fr", inconsistent, text)
    if header.possible_duplicate:
        text = "says that the message may have been sent before"
        findings.add(Step.SEMANTICS, "PssblDplct", FindingCode.NARRATIVE, text, refuses=False)


def same_institution(one: str, other: str) -> bool:
    """Whether two BICs name one institution: a head office may end with ``XXX`` or not."""
    return one == other or one.ljust(11, "X") == other.ljust(11, "X")
