"""Orders of which some are legs: of pairs that fit, of pairs that do not, and of none."""

import random
from typing import Any

import numpy as np

from skontro.engine import CommandKind

_LEG = int(CommandKind.SUBMIT_LEG)


def with_some_legs(rows: Any, draw: random.Random) -> Any:
    """Turn some orders into legs; a few state terms, right or wrong."""
    for place, row in enumerate(rows):
        if draw.random() < 0.5:
            continue
        row["kind"], row["value_date"] = _LEG, 0
        row["counterleg"] = np.void(draw.randbytes(16))
        if place and draw.random() < 0.8:
            link(rows[place - 1], row)
            if draw.random() < 0.2:
                row["counterleg"] = np.void(draw.randbytes(16))
            if draw.random() < 0.4:
                state_terms(row, rows[place - 1])
                row["counterleg_amount"] += draw.choice([0, 0, 1])
    return rows


def link(one: Any, other: Any) -> None:
    """Let two orders name each other."""
    one["kind"] = other["kind"] = _LEG
    one["value_date"] = other["value_date"] = 0
    one["counterleg"], other["counterleg"] = other["uetr"], one["uetr"]


def state_terms(leg: Any, counterleg: Any) -> None:
    """Let a leg state the terms that its counterleg has."""
    for name in ("payer", "payee", "amount"):
        leg[f"counterleg_{name}"] = counterleg[name]
