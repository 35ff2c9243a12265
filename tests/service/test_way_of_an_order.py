"""The modules that one order passes from HTTP to the durable record: those written down."""

import re
from pathlib import Path

import pytest

from tests.service.way_of_an_order import modules_on_the_way

pytestmark = pytest.mark.long

_DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0035-one-form-of-an-order.md"


def test_an_order_passes_the_modules_that_the_decision_names(tmp_path: Path) -> None:
    """To pass another module is a decision: name it there, and raise the number with a reason."""
    found = modules_on_the_way(tmp_path)
    text = _DECISION.read_text()
    part = text[text.index("**Modules on the way") : text.index("A leg also")]
    assert [*found] == sorted(re.findall(r"`([a-z_/]+\.py)`", part))
    assert len(found) <= 26
