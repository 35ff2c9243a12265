"""Messages read from bytes: validated in three steps and mapped, with all findings at once."""

from collections.abc import Sequence

import attrs

from skontro.messages.business_header import BusinessHeader, check_header, read_header
from skontro.messages.content import Content, Findings, Money, content_of, text_at
from skontro.messages.credit_transfer import Group, read_transfer, reference_of
from skontro.messages.envelope import Enveloped, open_envelope
from skontro.messages.findings import Finding, FindingCode, Step, refuses
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.market_practice import check_group, check_transfer, transfers_of
from skontro.messages.parsing import Limits, Refused, parse
from skontro.messages.schema_store import Element
from skontro.messages.schema_validation import schema_findings
from skontro.messages.semantics import Totals, check_order, repeated
from skontro.messages.system_view import NO_VIEW, SystemView
from skontro.messages.transaction_parties import agent_bic


@attrs.frozen
class MessageRead:
    """One message as it was read.

        for message in read_messages(content):
            print(message.name, message.accepted, *message.findings, sep="\\n")

    Attributes:
        name: of the message, for example ``pacs.008.001.08``; empty where none can be told.
        message_id: as its sender gave it; empty where none can be told.
        created: when its sender created it, as written; empty where none can be told.
        header: its business header, or None.
        instructing: BIC of the instructing agent of the message; empty where it names none.
        orders: that it instructs; none if the message is refused.
        references: of its transactions, for the answer, also if it is refused.
        findings: all faults, in the order of steps; also notes that refuse nothing.
    """

    name: str
    message_id: str = ""
    header: BusinessHeader | None = None
    instructing: str = ""
    orders: tuple[InstructedOrder, ...] = ()
    references: tuple[TransactionReference, ...] = ()
    findings: tuple[Finding, ...] = ()
    created: str = ""

    @property
    def accepted(self) -> bool:
        """Whether no finding refuses it: a message is taken whole or not at all."""
        return not refuses(self.findings)


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
        root = parse(content, limits or Limits())
    except Refused as refusal:
        return [MessageRead("", findings=(refusal.finding,))]
    enveloped, findings = open_envelope(root)
    messages = [_read(one, view) for one in enveloped]
    if findings:
        # What is wrong around the messages is wrong with all of them.
        messages = [
            attrs.evolve(one, orders=(), findings=(*findings, *one.findings)) for one in messages
        ] or [MessageRead("", findings=tuple(findings))]
    return messages


def _read(enveloped: Enveloped, view: SystemView) -> MessageRead:
    findings: list[Finding] = []
    header, header_findings = None, None
    if enveloped.header is not None:
        findings += schema_findings(enveloped.header, enveloped.header_name)
        header = read_header(
            content_of(enveloped.header, enveloped.header_name), enveloped.header_name
        )
        header_findings = Findings(enveloped.header)
    if enveloped.document is None:
        return MessageRead(enveloped.header_name, header=header, findings=tuple(findings))
    faults = schema_findings(enveloped.document, enveloped.name)
    if faults:
        message = _unreadable(enveloped.document, enveloped.name, faults)
    else:
        message = _read_valid(enveloped.document[0], enveloped.name, view)
    if header is not None and header_findings is not None and not findings:
        check_header(
            header, message.name, message.message_id, message.instructing, view, header_findings
        )
        findings += header_findings.located()
    found = sorted((*findings, *message.findings), key=lambda one: list(Step).index(one.step))
    orders = () if refuses(found) else message.orders
    return attrs.evolve(message, header=header, orders=orders, findings=tuple(found))


def _unreadable(document: Element, name: str, faults: Sequence[Finding]) -> MessageRead:
    """What can be told of a message that its schema refuses: references for the answer."""
    content = content_of(document, name)
    body = next((one for one in content.values() if isinstance(one, dict)), {})
    references = tuple(reference_of(one) for one in transfers_of(body) if isinstance(one, dict))
    message_id = text_at(body, "GrpHdr", "MsgId")
    created = text_at(body, "GrpHdr", "CreDtTm")
    return MessageRead(
        name, message_id, references=references, findings=tuple(faults), created=created
    )


def _read_valid(body: Element, name: str, view: SystemView) -> MessageRead:
    content = content_of(body, name)
    if name.startswith(("pacs.008.", "pacs.009.")):
        return _read_transfers(body, content, name, view)
    findings = Findings(body)
    text = f"{name} is no message that this system takes"
    findings.add(Step.SEMANTICS, "", FindingCode.SERVICE_NOT_OFFERED, text)
    return MessageRead(name, findings=tuple(findings.located()))


def _read_transfers(body: Element, content: Content, name: str, view: SystemView) -> MessageRead:
    header = content["GrpHdr"]
    group = Group.of(name, header)
    group_findings = Findings(body[0])
    check_group(header, group_findings)
    totals = Totals()
    orders: list[InstructedOrder | None] = []
    references: list[TransactionReference] = []
    about: list[Findings] = []
    instructing = agent_bic(header, "InstgAgt")
    elements = body[1:]
    for element, transfer in zip(elements, transfers_of(content), strict=False):
        findings = Findings(element)
        money = transfer.get("IntrBkSttlmAmt")
        totals.add(money if isinstance(money, Money) else None)
        instructing = instructing or agent_bic(transfer, "InstgAgt")
        references.append(reference_of(transfer))
        orders.append(read_one(transfer, group, view, findings))
        about.append(findings)
    totals.check(header, group_findings)
    for position, earlier in repeated(orders).items():
        text = f"stands also in transaction {earlier + 1} of this message"
        about[position].add(Step.SEMANTICS, "PmtId/UETR", FindingCode.DUPLICATE_TRANSACTION, text)
    if instructing and view.knows_message(instructing, group.message_id):
        text = f"{group.message_id} is known: {instructing} sent a message with it before"
        group_findings.add(Step.SEMANTICS, "MsgId", FindingCode.DUPLICATE_MESSAGE_ID, text)
    located = [one for part in (group_findings, *about) if part for one in part.located()]
    return MessageRead(
        name,
        group.message_id,
        instructing=instructing,
        orders=tuple(order for order in orders if order is not None),
        references=tuple(references),
        findings=tuple(located),
        created=header.get("CreDtTm", ""),
    )


def read_one(
    transfer: Content, group: Group, view: SystemView, findings: Findings
) -> InstructedOrder | None:
    """One transfer in the second and third step; None if a finding refuses it."""
    customer = group.message_name.startswith("pacs.008.")
    check_transfer(transfer, group.settlement_date, findings, customer=customer)
    order = read_transfer(transfer, group, findings)
    if order is not None:
        check_order(order, view, findings)
    return order
