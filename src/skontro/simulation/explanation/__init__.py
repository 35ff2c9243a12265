"""Explanation of an order that was queued, returned or rejected, by replay of its business day."""

from skontro.simulation.explanation.documents import explanation_document, explanations_json
from skontro.simulation.explanation.finding_orders import find_orders, find_refusals
from skontro.simulation.explanation.order_explanation import (
    OrderExplanation,
    Stage,
    Together,
    explain_order,
)

__all__ = [
    "OrderExplanation",
    "Stage",
    "Together",
    "explain_order",
    "explanation_document",
    "explanations_json",
    "find_orders",
    "find_refusals",
]
