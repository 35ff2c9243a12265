"""Explanation of an order that was queued, returned or rejected, by replay of its business day."""

from skontro.simulation.explanation.documents import story_document, story_json
from skontro.simulation.explanation.finding_orders import find_orders, find_refusals
from skontro.simulation.explanation.story import Stage, Story, Together, tell_story
from skontro.simulation.explanation.text import story_text

__all__ = [
    "Stage",
    "Story",
    "Together",
    "find_orders",
    "find_refusals",
    "story_document",
    "story_json",
    "story_text",
    "tell_story",
]
