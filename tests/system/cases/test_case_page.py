"""The reference page shows types, owners and transitions of the code; any difference fails here."""

from skontro.system.cases.case_table import CASE_TABLE
from skontro.system.cases.case_types import CASE_RULES
from tests.system.cases.case_page import PAGE, TABLES, begin, end, renewed, transitions, types

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_tables_of_the_code() -> None:
    for name in TABLES:
        assert TEXT.count(begin(name)) == TEXT.count(end(name)) == 1
    assert renewed(TEXT) == TEXT, "run python -m tests.system.cases.case_page"


def test_every_row_is_in_the_tables() -> None:
    assert len(transitions().splitlines()) == len(CASE_TABLE) + 2
    assert len(types().splitlines()) == len(CASE_RULES) + 2
