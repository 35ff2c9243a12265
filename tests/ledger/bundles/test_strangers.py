"""Batches of a bundle about others are found, whatever they tell."""

import base64
import json
from typing import Any

import numpy as np
import pytest

from skontro.engine import EVENT
from skontro.ledger.bundles.strangers import batches_about_strangers
from skontro.system.batch import POSTING

Json = dict[str, Any]
HEAD: Json = {"kind": "bundle", "accounts": {"3": ["AAAAKZK0", "KZT"], "4": ["BBBBKGK0", "KZT"]}}
ORDERS = [{"kind": "order", "number": 7}, {"kind": "order", "number": None}]
CASE = {"kind": "case", "case": {"number": 2}}


def text(records: Any) -> str:
    return base64.b64encode(records.tobytes()).decode()


def batch(number: int = 5, **parts: Any) -> Json:
    found: Json = {"kind": "batch", "batch": number}
    if "events" in parts:
        events = np.zeros(len(parts["events"]), EVENT)
        events["order"] = parts.pop("events")
        found["events"] = text(events)
    if "postings" in parts:
        rows = parts.pop("postings")
        postings = np.zeros(len(rows), POSTING)
        for place, row in enumerate(rows):
            for name, value in zip(("subject", "debit", "credit"), row, strict=True):
                postings[place][name] = value
        found["postings"] = text(postings)
    if parts:
        found["body"] = json.dumps(parts["body"])
    return found


def strange(*batches: Json, case: bool = True) -> list[int]:
    return batches_about_strangers([HEAD, *ORDERS, *([CASE] if case else []), *batches])


@pytest.mark.parametrize(
    ("parts", "others"),
    [
        ({}, False),
        ({"events": [], "postings": []}, False),
        ({"events": [7, -1, 7], "postings": [(7, 3, 4)]}, False),
        ({"events": [7, 8]}, True),
        ({"events": [0]}, True),
        ({"events": [7], "postings": [(8, 3, 4)]}, True),
        ({"events": [7], "postings": [(7, 3, 4), (7, 3, 5)]}, True),
        ({"events": [7], "postings": [(7, 5, 4)]}, True),
        ({"events": [7], "postings": [(7, -1, 4)]}, True),
        ({"events": [7], "postings": [(7, 3, -1)]}, True),
    ],
)
def test_orders_and_money_of_others(parts: Json, others: bool) -> None:
    assert strange(batch(**parts)) == ([5] if others else [])


def acts(*numbers: int) -> list[Json]:
    return [{"case": number, "act": "open"} for number in numbers]


def decided(kind: str, **fields: Any) -> Json:
    return {"decision": {"kind": "act", "action": {"kind": kind}}} | fields


def approved(action: str, **fields: Any) -> Json:
    shown = {"action": action}
    return {"decision": {"kind": "approve", "action": None}, "shown": shown} | fields


STEP = {"due": 1, "kind": "start", "date": "2026-11-24", "currency": "", "algorithm": ""}


@pytest.mark.parametrize(
    ("body", "others"),
    [
        ({}, False),
        ({"cases": acts(2, 2)}, False),
        ({"cases": acts(2, 3)}, True),
        ({"cases": acts(3)}, True),
        (STEP | {"cases": acts(2)}, False),
        (STEP | {"cases": acts(2), "agreed": []}, True),
        ({"cases": acts(2), "caps": []}, True),
        ({"cases": acts(2), "shown": {}}, True),
        (decided("open_case", cases=acts(2), case=2, proposal=-1, reason=0), False),
        (decided("act_in_case", cases=acts(2)), False),
        (decided("decide_case", cases=acts(2)), False),
        (decided("transfer_in", cases=acts(2)), True),
        (decided("act_in_case", cases=acts(2), date="2026-11-24"), True),
        (approved("decide_case", cases=acts(2)), False),
        (approved("suspend", cases=acts(2)), True),
        ({"decision": {"kind": "approve"}, "cases": acts(2)}, True),
    ],
)
def test_acts_and_decisions_of_others(body: Json, others: bool) -> None:
    assert strange(batch(body=body)) == ([5] if others else [])


def test_all_such_batches_are_named_in_order() -> None:
    good, bad = batch(4, events=[7]), [batch(number, events=[8]) for number in (5, 9)]
    assert strange(bad[0], good, bad[1]) == [5, 9]


def test_without_a_case_every_act_is_about_others() -> None:
    assert strange(batch(body={"cases": acts(2)}), case=False) == [5]
    assert strange(batch(events=[7]), case=False) == []
