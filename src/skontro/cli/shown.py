"""Proposals formatted for a terminal."""

from __future__ import annotations

import hashlib
from typing import Any

from skontro.cli.connection import printable
from skontro.model.text import canonical_text

#: Said in the first lines already.
_FIRST = ("proposal", "proposed_by", "proposed_at", "lapses_at", "system", "action")


def shown_hash(document: Any) -> str:  # noqa: ANN401  any JSON value
    """The hash of a document, computed here and not taken from the service."""
    text = canonical_text(document)
    return hashlib.sha256(text.encode()).hexdigest()


def proposal_lines(proposal: dict[str, Any]) -> list[str]:
    """A proposal as lines: action, proposer, time limit, and the hash to approve."""
    shown = proposal["shown"]
    by = shown["proposed_by"]
    status = "open" if proposal["status"] == "open" else "agreed, waits for its day"
    lines = [
        f"Proposal {shown['proposal']} in {shown['system']}: {shown['action']} ({status})",
        f"  proposed by {by['name']} ({by['side']}) at {_one(shown['proposed_at'])}",
        f"  lapses at {_one(shown['lapses_at'])}",
    ]
    for name in sorted(shown):
        if name not in _FIRST:
            lines += _lines(name.replace("_", " "), shown[name], 2)
    lines.append(f"  hash {shown_hash(shown)}")
    return [printable(line) for line in lines]


def _lines(name: str, value: Any, indent: int) -> list[str]:  # noqa: ANN401  any JSON value
    pad = " " * indent
    one = _one(value)
    if one is not None:
        return [f"{pad}{name}: {one}"]
    if isinstance(value, list):
        parts = [(f"{name} {number}", part) for number, part in enumerate(value, 1)]
        return [line for part, content in parts for line in _lines(part, content, indent)]
    lines = [f"{pad}{name}:"]
    for key in sorted(value):
        lines += _lines(key.replace("_", " "), value[key], indent + 2)
    return lines


def _one(value: Any) -> str | None:  # noqa: ANN401  any JSON value
    """A value in one line."""
    if isinstance(value, dict):
        if {*value} == {"local", "utc"}:
            return f"{value['local']} (UTC {value['utc']})"
        if {*value} == {"bic", "name"}:
            return f"{value['bic']}, {value['name']}"
        return None
    if isinstance(value, list):
        plain = all(isinstance(part, str | int) for part in value)
        return ", ".join(map(str, value)) if plain else None
    return "none" if value is None else str(value)
