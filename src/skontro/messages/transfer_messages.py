"""Messages of credit transfers in the second and third step, transaction by transaction."""

from collections.abc import Iterator

from skontro.messages.content import Content, Findings, Money, text_at
from skontro.messages.credit_transfer import Group, read_transfer, reference_of
from skontro.messages.findings import FindingCode, Step
from skontro.messages.initiation import check_initiation, transfers_of_initiation
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.market_practice import check_group, check_transfer, transfers_of
from skontro.messages.message_read import MessageRead
from skontro.messages.places import Places
from skontro.messages.schema_store import Element
from skontro.messages.semantics import Totals, check_order, repeated
from skontro.messages.system_view import SystemView
from skontro.messages.transaction_parties import agent_bic


def read_transfers(body: Element, content: Content, name: str, view: SystemView) -> MessageRead:
    """A schema-valid message of credit transfers.

    Args:
        body: the element inside ``Document``.
        content: of that element, which is used up.
        name: of the message.
        view: what the system knows.
    """
    header = content["GrpHdr"]
    group = Group.of(name, header)
    group_findings = Findings(body[0])
    check_group(header, group_findings)
    check_offered(name, view, group_findings)
    totals = Totals()
    orders: list[InstructedOrder | None] = []
    references: list[TransactionReference] = []
    about: list[Findings] = []
    instructing = agent_bic(header, "InstgAgt")
    for element, transfer in _transactions(body, content, name):
        findings = Findings(element)
        money = transfer.get("IntrBkSttlmAmt")
        totals.add(money if isinstance(money, Money) else None)
        instructing = instructing or agent_bic(transfer, "InstgAgt")
        references.append(reference_of(transfer))
        orders.append(read_one(transfer, group, view, findings))
        about.append(findings)
    totals.check(header, group_findings)
    for position, earlier in repeated(orders).items():
        text = f"is also in transaction {earlier + 1} of this message"
        about[position].add(Step.SEMANTICS, "PmtId/UETR", FindingCode.DUPLICATE_TRANSACTION, text)
    if instructing and view.knows_message(instructing, group.message_id):
        text = f"{group.message_id} is known: {instructing} sent a message with it before"
        group_findings.add(Step.SEMANTICS, "MsgId", FindingCode.DUPLICATE_MESSAGE_ID, text)
    places = Places()
    located = [one for part in (group_findings, *about) if part for one in part.located(places)]
    return MessageRead(
        name,
        group.message_id,
        instructing=instructing,
        orders=tuple(order for order in orders if order is not None),
        references=tuple(references),
        findings=tuple(located),
        created=text_at(header, "CreDtTm"),
    )


def check_offered(name: str, view: SystemView, findings: Findings) -> None:
    """Whether a system takes messages of this name."""
    if name.startswith("pain.001.") and not view.sandbox:
        text = f"{name} is taken in a sandbox only; participants send pacs.008"
        findings.add(Step.SEMANTICS, "", FindingCode.SERVICE_NOT_OFFERED, text)


def _transactions(body: Element, content: Content, name: str) -> Iterator[tuple[Element, Content]]:
    """Element and content of each transaction."""
    if not name.startswith("pain.001."):
        yield from zip(body[1:], transfers_of(content), strict=False)
        return
    inner = "{*}CdtTrfTxInf"
    elements = {
        (number, position): element
        for number, payment in enumerate(body.iterchildren("{*}PmtInf"), start=1)
        for position, element in enumerate(payment.iterchildren(inner), start=1)
    }
    for number, position, transfer in transfers_of_initiation(content):
        yield elements[number, position], transfer


def read_one(
    transfer: Content, group: Group, view: SystemView, findings: Findings
) -> InstructedOrder | None:
    """One transfer in the second and third step; None if a finding refuses it."""
    if group.message_name.startswith("pain.001."):
        check_initiation(transfer, findings)
    check_transfer(transfer, group.settlement_date, findings, customer=group.customer)
    order = read_transfer(transfer, group, findings)
    return None if order is None else check_order(order, view, findings)
