"""One message as it was read."""

import attrs

from skontro.messages.business_header import BusinessHeader
from skontro.messages.findings import Finding, refuses
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.requests import Request


@attrs.frozen
class MessageRead:
    """One message as it was read.

        for message in read_messages(content):
            print(message.name, message.accepted, *message.findings, sep="\\n")

    Attributes:
        name: of the message, for example ``pacs.008.001.08``; empty if it cannot be read.
        message_id: as its sender gave it; empty if it cannot be read.
        created: when its sender created it, as written; empty if it cannot be read.
        header: its business header, or None.
        instructing: BIC of the instructing agent of the message; empty where it names none.
        orders: that it instructs; none if the message is refused.
        requests: its other requests; none if the message is refused.
        references: of its transactions, for the answer, also if it is refused.
        findings: all faults, in the order of steps; also notes that refuse nothing.
    """

    name: str
    message_id: str = ""
    header: BusinessHeader | None = None
    instructing: str = ""
    orders: tuple[InstructedOrder, ...] = ()
    requests: tuple[Request, ...] = ()
    references: tuple[TransactionReference, ...] = ()
    findings: tuple[Finding, ...] = ()
    created: str = ""

    @property
    def accepted(self) -> bool:
        """Whether no finding refuses it: a message is taken whole or not at all."""
        return not refuses(self.findings)
