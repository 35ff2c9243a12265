"""ISO 20022 messages in and out."""

from skontro.messages.business_header import BusinessHeader
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.message_read import MessageRead
from skontro.messages.parsing import Limits
from skontro.messages.reading import read_messages
from skontro.messages.requests import (
    AccountQuery,
    CancellationRequest,
    DirectDebit,
    LiquidityTransfer,
    ModificationRequest,
    OriginalReference,
    PaymentReturn,
    ReportRequest,
    Request,
    StatusRequest,
    TradeInstruction,
    TransactionQuery,
)
from skontro.messages.schema_store import (
    find_schema,
    known_messages,
    known_versions,
    message_name_of,
    namespace_of,
)
from skontro.messages.stream import BulkReader
from skontro.messages.system_view import NO_VIEW, SystemView

__all__ = [
    "NO_VIEW",
    "AccountQuery",
    "BulkReader",
    "BusinessHeader",
    "CancellationRequest",
    "DirectDebit",
    "Finding",
    "FindingCode",
    "InstructedOrder",
    "Limits",
    "LiquidityTransfer",
    "MessageRead",
    "ModificationRequest",
    "OriginalReference",
    "PaymentReturn",
    "ReportRequest",
    "Request",
    "StatusRequest",
    "Step",
    "SystemView",
    "TradeInstruction",
    "TransactionQuery",
    "TransactionReference",
    "find_schema",
    "known_messages",
    "known_versions",
    "message_name_of",
    "namespace_of",
    "read_messages",
]
