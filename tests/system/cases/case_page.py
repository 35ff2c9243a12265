"""Types and transitions of cases as the page shows them; as a module, it renews the page."""

from pathlib import Path

from skontro.system.cases.case_table import (
    CASE_TABLE,
    DAYS,
    OWNERS,
    CaseRow,
    CaseState,
    Outcome,
)
from skontro.system.cases.case_types import CASE_RULES, CaseRule

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "disputes.md"


def begin(name: str) -> str:
    return f"<!-- {name} -->\n"


def end(name: str) -> str:
    return f"\n<!-- end of {name} -->"


def _opened_by(rule: CaseRule) -> str:
    sides = " or ".join(map(str, rule.opened_by)) or "any participant"
    return f"{sides}, or the operator" if rule.by_operator else sides


def types() -> str:
    header = [
        "| type | opened by | against | states of the order | answers | money | days | messages |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines = [
        (
            str(kind),
            _opened_by(rule),
            "the operator" if rule.against_operator else "the other side",
            ", ".join(map(str, rule.order_states)) or "no order",
            ", ".join(map(str, rule.answers)),
            str(rule.money),
            str(rule.answer_days),
            rule.messages,
        )
        for kind, rule in CASE_RULES.items()
    ]
    return "\n".join([*header, *(f"| {' | '.join(line)} |" for line in lines)])


def owners() -> str:
    header = ["| state | next act by | business days |", "|---|---|---|"]
    lines = [
        f"| {state} | {owner} | {DAYS.get(state, 'of the type')} |"
        for state, owner in OWNERS.items()
    ]
    return "\n".join([*header, *lines])


def _then(row: CaseRow) -> str:
    if row.outcome != Outcome.NONE:
        return f"**{row.then}**: {row.outcome}"
    return "-" if row.then == row.state else f"**{row.then}**"


def transitions() -> str:
    header = ["| state | act | by | if | then | people |", "|---|---|---|---|---|---|"]
    lines = [
        f"| {row.state} | `{row.act}` | {row.by} | {row.when} | {_then(row)} "
        f"| {1 + row.two_people} |"
        for state in CaseState
        for row in CASE_TABLE
        if row.state == state
    ]
    return "\n".join([*header, *lines])


TABLES = {"types": types, "owners": owners, "transitions": transitions}


def renewed(page: str) -> str:
    """The page with the tables as they are now."""
    for name, table in TABLES.items():
        before, _, rest = page.partition(begin(name))
        _, _, after = rest.partition(end(name))
        page = f"{before}{begin(name)}{table()}{end(name)}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
