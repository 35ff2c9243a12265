"""The reference page shows the transition table of the code; any difference fails here."""

from skontro.system.links.phases import ENDED, Occurrence, Phase, Role
from skontro.system.links.protocol_table import TABLE
from skontro.system.links.statements import Step
from tests.system.links.protocol_page import PAGE, begin, end, renewed, transitions

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_transitions_of_the_code() -> None:
    for role in Role:
        assert TEXT.count(begin(role)) == TEXT.count(end(role)) == 1
    assert renewed(TEXT) == TEXT, "run python -m tests.system.links.protocol_page"


def test_every_row_is_in_the_tables() -> None:
    shown = "".join(transitions(role) for role in Role)
    rows = [line.split(" | ") for line in shown.splitlines()]
    inputs = sum(
        line[1].count(",") + 1 for line in rows if not line[0].startswith(("| phase", "|---"))
    )
    assert inputs == len(TABLE)


def test_the_page_names_every_phase_input_and_step() -> None:
    for one in (*Step, *Occurrence, *Phase):
        assert f"`{one}`" in TEXT or f"| {one} |" in TEXT
    assert {row.phase for row in TABLE if row.then != row.phase}.isdisjoint(ENDED)
