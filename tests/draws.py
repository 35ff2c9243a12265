"""How much the tests draw: a part in the fast run (`-m "not long"`), all of it otherwise.

The long run (`make long-test`) draws all of it, of the same tests, so that nothing is left out.
`tests/conftest.py` says which run it is before it collects any test.
"""

from collections.abc import Iterable
from typing import Any

import pytest

#: The fast run draws one of so many examples.
SHARE = 12
#: A twelfth of few examples would be next to nothing.
LEAST = 5

_run = {"fast": False}


def be_fast(fast: bool) -> None:
    """Say whether this is the fast run; before any test module is imported."""
    _run["fast"] = fast


def examples(number: int) -> int:
    """Examples for Hypothesis to draw, of `number` in the long run."""
    return max(min(number, LEAST), number // SHARE) if _run["fast"] else number


def seeds(drawn: Iterable[Any]) -> list[Any]:
    """Parameters of one test each: every twelfth runs in the fast run, the others are long."""
    return [
        seed if place % SHARE == 0 else pytest.param(seed, marks=pytest.mark.long)
        for place, seed in enumerate(drawn)
    ]
