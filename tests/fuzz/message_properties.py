"""What holds for any input: no exception, whole results, one answer by both ways of reading."""

import io
from collections.abc import Sequence

from skontro.messages import BulkReader, MessageRead, SystemView, read_messages
from skontro.model import PaymentDetails
from tests.messages.test_semantics import VIEW

#: Without and with what a system knows.
VIEWS = (SystemView(sandbox=True), VIEW)
_BULK = ("pacs.008.", "pacs.009.")


def check_input(content: bytes, views: Sequence[SystemView] = VIEWS) -> None:
    """Read an input in every way; an `AssertionError`, or any other exception, is a fault."""
    for view in views:
        messages = read_messages(content, view)
        assert messages
        for message in messages:
            _check_message(message)
        documents = [one for one in messages if not one.name.startswith("head.")]
        if len(documents) == 1 and documents[0].name.startswith(_BULK):
            _check_bulk(content, documents[0], view)


def _check_message(message: MessageRead) -> None:
    for finding in message.findings:
        assert finding.text
        assert str(finding)
        assert finding.line >= 0
    refused = any(one.refuses for one in message.findings)
    assert message.accepted != refused
    assert not (refused and (message.orders or message.requests))
    for order in message.orders:
        assert order.amount > 0
        assert order.payer != order.payee
        assert PaymentDetails.from_bytes(order.details.to_bytes()) == order.details
        assert order.details.party("debtor") is not None


def _check_bulk(content: bytes, whole: MessageRead, view: SystemView) -> None:
    reader = BulkReader(io.BytesIO(content), view)
    orders = tuple(reader)
    message = reader.message
    signed = b"xmldsig#" in content
    assert signed or message.accepted == whole.accepted, (whole.findings, message.findings)
    if message.accepted and whole.accepted:
        assert orders == whole.orders
