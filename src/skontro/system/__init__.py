"""The settlement system around the engine: business days, cut-offs, warehouse, four-eyes control.

Deterministic like the engine, and replayed with it. Inputs are time, orders, requests and
decisions; outputs are batches of engine commands with the events that follow.
"""

from skontro.model.text import canonical_text
from skontro.system.action import Action, ActionKind
from skontro.system.actions import ACTION_RULES
from skontro.system.batch import (
    ACCEPTED,
    LINK_STATEMENT,
    NO_SUCH_ORDER,
    ORDER_KINDS,
    POSTING,
    TRANSFER_KINDS,
    WAREHOUSED,
    Batch,
    BatchKind,
    are_held,
)
from skontro.system.business_day import BusinessDayClock
from skontro.system.credentials import ROLES, Credentials, Key, Operator
from skontro.system.details_columns import details_columns
from skontro.system.document_text import document_hash
from skontro.system.four_eyes import (
    OPERATOR,
    Decision,
    DecisionKind,
    NotPermitted,
    Person,
    Proposal,
    TooManyProposals,
)
from skontro.system.screening_lists import ScreeningLists
from skontro.system.screening_policy import (
    NO_SCREENING,
    ScreeningPolicy,
    ScreeningRule,
    TravelRule,
)
from skontro.system.settlement_system import SettlementSystem
from skontro.system.steps import Step, StepKind
from skontro.system.system_rules import Rules, precompile
from skontro.system.travel_rule import missing_information

__all__ = [
    "ACCEPTED",
    "ACTION_RULES",
    "LINK_STATEMENT",
    "NO_SCREENING",
    "NO_SUCH_ORDER",
    "OPERATOR",
    "ORDER_KINDS",
    "POSTING",
    "ROLES",
    "TRANSFER_KINDS",
    "WAREHOUSED",
    "Action",
    "ActionKind",
    "Batch",
    "BatchKind",
    "BusinessDayClock",
    "Credentials",
    "Decision",
    "DecisionKind",
    "Key",
    "NotPermitted",
    "Operator",
    "Person",
    "Proposal",
    "Rules",
    "ScreeningLists",
    "ScreeningPolicy",
    "ScreeningRule",
    "SettlementSystem",
    "Step",
    "StepKind",
    "TooManyProposals",
    "TravelRule",
    "are_held",
    "canonical_text",
    "details_columns",
    "document_hash",
    "missing_information",
    "precompile",
]
