"""Batches of a bundle that tell about strangers to its case.

A signed batch is opened as a whole: all payments of that moment, or all acts. Between banks these
are secret, so a bank gets a bundle only if nothing in it is about others.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from skontro.engine import EVENT
from skontro.engine.records import NOTHING
from skontro.system import ActionKind
from skontro.system.batch import POSTING

_OF_CASES: Final = {
    str(kind) for kind in (ActionKind.OPEN_CASE, ActionKind.ACT_IN_CASE, ActionKind.DECIDE_CASE)
}
#: Fields of a step of the business day, which everybody may know.
_OF_STEPS: Final = {"due", "kind", "date", "currency", "algorithm"}
#: Fields of a decision about a case, and the acts of cases in a batch.
_OF_DECISIONS: Final = {"decision", "shown", "case", "proposal", "reason"}
_ACTS: Final = "cases"


def batches_about_strangers(items: Sequence[Mapping[str, Any]]) -> list[int]:
    """Numbers of the batches with orders, money or acts that are not of the case.

    Args:
        items: of a bundle, without its last line.

    Example:
        >>> batches_about_strangers([{"kind": "bundle", "accounts": {}}])
        []
    """
    accounts = [int(number) for number in items[0]["accounts"]]
    orders = [
        one["number"] for one in items if one["kind"] == "order" and one["number"] is not None
    ]
    case = next((one["case"]["number"] for one in items if one["kind"] == "case"), None)
    return [
        one["batch"]
        for one in items
        if one["kind"] == "batch"
        and not (_has_only(one, orders, accounts) and _is_about(one.get("body", ""), case))
    ]


def _has_only(item: Mapping[str, Any], orders: list[int], accounts: list[int]) -> bool:
    """Whether events and postings are of these orders; a transfer may have an equal number."""
    events = _records(item, "events", EVENT)
    postings = _records(item, "postings", POSTING)
    return bool(
        np.isin(events["order"], [*orders, NOTHING]).all()
        and np.isin(postings["subject"], orders).all()
        and np.isin(postings["debit"], accounts).all()
        and np.isin(postings["credit"], accounts).all()
    )


def _records(item: Mapping[str, Any], name: str, kind: np.dtype[Any]) -> Any:  # noqa: ANN401  array
    return np.frombuffer(base64.b64decode(item.get(name, "")), kind)


def _is_about(body: str, case: int | None) -> bool:
    """Whether the body of a batch has acts of this case alone, and no other decision."""
    document: dict[str, Any] = json.loads(body) if body else {}
    if any(note["case"] != case for note in document.get(_ACTS, ())):
        return False
    allowed = {_ACTS} | (_OF_DECISIONS if "decision" in document else _OF_STEPS)
    return document.keys() <= allowed and _decides_case(document)


def _decides_case(document: Mapping[str, Any]) -> bool:
    if "decision" not in document:
        return True
    action = document["decision"].get("action")
    kind = document.get("shown", {}).get("action") if action is None else action["kind"]
    return kind in _OF_CASES
