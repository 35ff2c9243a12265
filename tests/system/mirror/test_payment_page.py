"""The reference page shows the transitions of payments of the code; any difference fails here."""

from skontro.system.mirror.payment_statements import PaymentStep
from skontro.system.mirror.payment_table import PAYMENT_ENDED, PAYMENT_TABLE, Cause, Side, Stage
from tests.system.links.protocol_page import PAGE
from tests.system.mirror.payment_page import begin, end, renewed, transitions

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_transitions_of_the_code() -> None:
    for side in Side:
        assert TEXT.count(begin(side)) == TEXT.count(end(side)) == 1
    assert renewed(TEXT) == TEXT, "run python -m tests.system.mirror.payment_page"


def test_every_row_is_in_the_tables() -> None:
    shown = "".join(transitions(side) for side in Side)
    rows = [line.split(" | ") for line in shown.splitlines()]
    inputs = sum(
        line[1].count(",") + 1 for line in rows if not line[0].startswith(("| stage", "|---"))
    )
    assert inputs == len(PAYMENT_TABLE)


def test_the_page_names_every_stage_input_and_step() -> None:
    for one in (*PaymentStep, *Cause, *Stage):
        assert f"`{one}`" in TEXT or f"| {one} |" in TEXT
    assert {row.stage for row in PAYMENT_TABLE if row.then != row.stage}.isdisjoint(PAYMENT_ENDED)
