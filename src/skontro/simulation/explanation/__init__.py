"""Explanation of an order that was queued, returned or rejected, by replay of its business day."""

from skontro.simulation.explanation.documents import story_document, story_json
from skontro.simulation.explanation.finding_orders import find_orders, find_refusals
from skontro.simulation.explanation.story import Stage, Story, Together, tell_story

__all__ = [
    "Stage",
    "Story",
    "Together",
    "find_orders",
    "find_refusals",
    "story_document",
    "story_json",
    "tell_story",
]
