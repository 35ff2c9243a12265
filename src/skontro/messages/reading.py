"""Messages read from bytes: validated in three steps and mapped, with all findings at once."""

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from skontro.messages.account_requests import (
    account_queries,
    report_requests,
    transaction_queries,
)
from skontro.messages.business_header import check_header, read_header
from skontro.messages.cases.reading import case_requests
from skontro.messages.content import Content, Findings, at, content_of, text_at
from skontro.messages.credit_transfer import reference_of
from skontro.messages.envelope import Enveloped, open_envelope
from skontro.messages.findings import Finding, FindingCode, Step, refuses
from skontro.messages.market_practice import transfers_of
from skontro.messages.message_read import MessageRead
from skontro.messages.parsing import DEFAULT_LIMITS, Limits, Refused, parse
from skontro.messages.payment_requests import cancellations, modifications, status_requests
from skontro.messages.places import line_of, xpath_of
from skontro.messages.requested_orders import references_of_requests
from skontro.messages.requests import Request
from skontro.messages.returns_and_debits import direct_debits, returns
from skontro.messages.schema_store import Element
from skontro.messages.schema_validation import schema_findings
from skontro.messages.signatures import check_signature, signatures_in
from skontro.messages.system_view import NO_VIEW, SystemView
from skontro.messages.transaction_parties import agent_bic
from skontro.messages.transfer_messages import read_transfers
from skontro.messages.transfers_and_trades import liquidity_transfers, trades


def read_messages(
    content: bytes, view: SystemView = NO_VIEW, limits: Limits | None = None
) -> list[MessageRead]:
    """All messages of an input, each validated and mapped.

    Args:
        content: of a file or a request, in UTF-8: messages with or without business headers, in any
            envelope.
        view: what the system knows.
        limits: of the input.

    Returns:
        At least one; an input that cannot be read at all gives one without a name.

    Example:
        >>> read_messages(b"<a/>")[0].findings[0].text
        'holds no message: no Document or AppHdr was found'
    """
    try:
        root = parse(content, limits or DEFAULT_LIMITS)
    except Refused as refusal:
        return [MessageRead("", findings=(refusal.finding,))]
    enveloped, findings = open_envelope(root)
    signed = signatures_in(root) if b"xmldsig#" in content else []
    messages = [_read(one, view) for one in enveloped]
    if signed:
        findings += _check_signatures(content, signed, enveloped, messages, view)
    if findings:
        # A fault of the envelope is a fault of all its messages.
        messages = [_with(one, findings) for one in messages] or [
            MessageRead("", findings=tuple(findings))
        ]
    return messages


def _check_signatures(
    content: bytes,
    signed: list[Element],
    enveloped: list[Enveloped],
    messages: list[MessageRead],
    view: SystemView,
) -> list[Finding]:
    """Findings about the signature of an input, which is one for everything in it."""
    (first, *more) = signed
    header = next((one for one in messages if one.header is not None), None)
    if more or header is None or header.header is None or len(enveloped) > 1:
        place = xpath_of((more or signed)[0]), line_of((more or signed)[0])
        text = "must be the only one of its input, in the header of its only message"
        return [Finding(Step.SIGNATURE, *place, FindingCode.INCORRECT_SIGNATURE, text)]
    return check_signature(content, first, header.header, enveloped[0].header, view)


def _read(enveloped: Enveloped, view: SystemView) -> MessageRead:
    if enveloped.document is None:
        return finish(MessageRead(enveloped.header_name), enveloped, view)
    faults = schema_findings(enveloped.document, enveloped.name)
    if faults:
        message = _unreadable(enveloped.document, enveloped.name, faults)
    else:
        message = _read_valid(enveloped.document[0], enveloped.name, view)
    return finish(message, enveloped, view)


def finish(message: MessageRead, enveloped: Enveloped, view: SystemView) -> MessageRead:
    """A message with its business header read and checked, and its findings in order."""
    element, name = enveloped.header, enveloped.header_name
    if element is None:
        return _with(message, [])
    found = schema_findings(element, name)
    header = read_header(content_of(element, name), name)
    if not found and enveloped.document is not None:
        about = Findings(element)
        check_header(header, message.name, message.message_id, message.instructing, view, about)
        found = about.located()
    return _with(attrs.evolve(message, header=header), found)


def _with(message: MessageRead, findings: list[Finding]) -> MessageRead:
    """A message with further findings, in the order of steps; without orders if it is refused."""
    found = (*findings, *message.findings)
    if not found:
        return message
    found = tuple(sorted(found, key=lambda one: _STEPS.index(one.step)))
    if refuses(found):
        return attrs.evolve(message, orders=(), requests=(), findings=found)
    return attrs.evolve(message, findings=found)


_STEPS: Final = list(Step)


def _unreadable(document: Element, name: str, faults: Sequence[Finding]) -> MessageRead:
    """The references of a message that its schema refuses, for the answer."""
    content = content_of(document, name)
    body = next((one for one in content.values() if isinstance(one, dict)), {})
    references = tuple(reference_of(one) for one in transfers_of(body) if isinstance(one, dict))
    message_id, instructing, created = _identity(body)
    return MessageRead(
        name,
        message_id,
        instructing=instructing,
        references=references,
        findings=tuple(faults),
        created=created,
    )


def _read_valid(body: Element, name: str, view: SystemView) -> MessageRead:
    content = content_of(body, name)
    kind = name[:8]
    if kind in {"pacs.008", "pacs.009", "pain.001"}:
        return read_transfers(body, content, name, view)
    findings = Findings(body)
    message_id, instructing, created = _identity(content)
    requests: list[Request] = []
    read = REQUESTS.get(kind)
    if read is None:
        text = f"this system does not take {name}"
        findings.add(Step.SEMANTICS, "", FindingCode.SERVICE_NOT_OFFERED, text)
    else:
        requests = read(content, name, findings, view)
    if instructing and view.knows_message(instructing, message_id):
        text = f"{message_id} is known: {instructing} sent a message with it before"
        findings.add(Step.SEMANTICS, "", FindingCode.DUPLICATE_MESSAGE_ID, text)
    return MessageRead(
        name,
        message_id,
        instructing=instructing,
        requests=() if findings.refuse else tuple(requests),
        references=references_of_requests(requests),
        findings=tuple(findings.located()),
        created=created,
    )


#: Readers of requests by the kind of message.
REQUESTS: Final[dict[str, Callable[[Content, str, Findings, SystemView], list[Request]]]] = {
    "camt.003": account_queries,
    "camt.005": transaction_queries,
    "camt.007": modifications,
    "camt.026": case_requests,
    "camt.027": case_requests,
    "camt.029": case_requests,
    "camt.050": liquidity_transfers,
    "camt.056": cancellations,
    "camt.060": report_requests,
    "camt.087": case_requests,
    "camt.105": case_requests,
    "camt.106": case_requests,
    "camt.110": case_requests,
    "camt.111": case_requests,
    "fxtr.014": trades,
    "pacs.004": returns,
    "pacs.010": direct_debits,
    "pacs.028": status_requests,
}


def _identity(content: Content) -> tuple[str, str, str]:
    """Message id, BIC of the instructing agent where the header names one, and creation."""
    for name in ("GrpHdr", "MsgHdr"):
        header = content.get(name)
        if isinstance(header, list):  # twice: the message is refused, and answered by the first
            header = header[0]
        if isinstance(header, dict):
            message_id, created = text_at(header, "MsgId"), text_at(header, "CreDtTm")
            return message_id, agent_bic(header, "InstgAgt"), created
    assignment = at(content, "Assgnmt")
    if isinstance(assignment, dict):
        bic = agent_bic(at(assignment, "Assgnr"), "Agt")
        return text_at(assignment, "Id"), bic, text_at(assignment, "CreDtTm")
    for name in ("InvstgtnReq", "InvstgtnRspn"):
        if isinstance(content.get(name), dict):
            return text_at(content, name, "MsgId"), "", ""
    return text_at(content, "TradInf", "OrgtrRef"), "", ""
