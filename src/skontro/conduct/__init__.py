"""The conduct of business days: phases, cut-offs, the warehouse, control by two persons.

Deterministic like the engine, and replayed with it: time, orders, requests and acts come in,
batches of what the engine was told and answered come out.
"""

from skontro.conduct.action import Action, ActionKind
from skontro.conduct.actions import ACTION_RULES
from skontro.conduct.batch import (
    ADMITTED,
    NO_SUCH_ORDER,
    ORDER_KINDS,
    POSTING,
    TRANSFER_KINDS,
    WAREHOUSED,
    Batch,
    BatchKind,
    admitted,
)
from skontro.conduct.business_day import BusinessDayClock
from skontro.conduct.credentials import ROLES, Credentials, Key, Operator
from skontro.conduct.four_eyes import (
    OPERATOR,
    Act,
    ActKind,
    NotPermitted,
    Person,
    Proposal,
    TooManyProposals,
)
from skontro.conduct.rules import Rules
from skontro.conduct.shown import canonical_text, document_hash
from skontro.conduct.steps import Step, StepKind
from skontro.conduct.system import SettlementSystem
from skontro.conduct.warming_up import warm_up

__all__ = [
    "ACTION_RULES",
    "ADMITTED",
    "NO_SUCH_ORDER",
    "OPERATOR",
    "ORDER_KINDS",
    "POSTING",
    "ROLES",
    "TRANSFER_KINDS",
    "WAREHOUSED",
    "Act",
    "ActKind",
    "Action",
    "ActionKind",
    "Batch",
    "BatchKind",
    "BusinessDayClock",
    "Credentials",
    "Key",
    "NotPermitted",
    "Operator",
    "Person",
    "Proposal",
    "Rules",
    "SettlementSystem",
    "Step",
    "StepKind",
    "TooManyProposals",
    "admitted",
    "canonical_text",
    "document_hash",
    "warm_up",
]
