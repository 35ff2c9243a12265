"""ISO 20022 messages in and out."""

from skontro.messages.business_header import BusinessHeader
from skontro.messages.findings import Finding, FindingCode, Step
from skontro.messages.instructed_order import InstructedOrder, TransactionReference
from skontro.messages.parsing import Limits
from skontro.messages.reading import MessageRead, read_messages
from skontro.messages.schema_store import (
    find_schema,
    known_messages,
    known_versions,
    message_name_of,
    namespace_of,
)
from skontro.messages.system_view import NO_VIEW, SystemView

__all__ = [
    "NO_VIEW",
    "BusinessHeader",
    "Finding",
    "FindingCode",
    "InstructedOrder",
    "Limits",
    "MessageRead",
    "Step",
    "SystemView",
    "TransactionReference",
    "find_schema",
    "known_messages",
    "known_versions",
    "message_name_of",
    "namespace_of",
    "read_messages",
]
