"""The protocol of a case: a case and an act give the next state, or a refusal."""

from collections.abc import Mapping
from typing import Final

import attrs

from skontro.model import ReasonCode
from skontro.system.cases.case import Case, CaseTerms
from skontro.system.cases.case_table import (
    CASE_TABLE,
    CaseAct,
    CaseRow,
    CaseState,
    When,
)
from skontro.system.cases.case_types import Party

#: Most questions of the respondent in one case.
MAX_QUESTIONS: Final = 2

CaseIndex = Mapping[tuple[CaseState, CaseAct], tuple[CaseRow, ...]]


def index_case_rows(rows: tuple[CaseRow, ...]) -> CaseIndex:
    """The rows by state and act, each in order."""
    index: dict[tuple[CaseState, CaseAct], tuple[CaseRow, ...]] = {}
    for row in rows:
        key = (row.state, row.act)
        index[key] = (*index.get(key, ()), row)
    return index


_INDEX: Final = index_case_rows(CASE_TABLE)


def row_for(
    case: Case, act: CaseAct, parties: tuple[Party, ...], index: CaseIndex | None = None
) -> CaseRow | ReasonCode:
    """The transition of an act by a side, or the reason of a refusal.

    Args:
        case: before the act.
        act: what is done.
        parties: the parts of the acting side in this case.
        index: other transitions, to show in tests that wrong ones are found.
    """
    if case.closed:
        return ReasonCode.CASE_ENDED
    for row in (_INDEX if index is None else index).get((case.state, act), ()):
        if row.by in parties and _applies(case, row):
            return row
    return ReasonCode.CASE_ACT_NOT_EXPECTED


def _applies(case: Case, row: CaseRow) -> bool:
    if row.when == When.ALWAYS:
        return True
    if row.when == When.BETWEEN_BANKS:
        return case.between_banks
    allowed = str(row.act) in [str(one) for one in case.rule.answers]
    if row.when == When.MAY_ASK:
        return allowed and case.asked < MAX_QUESTIONS
    return allowed


def advance_case(case: Case, row: CaseRow, terms: CaseTerms | None) -> Case:
    """The case after a transition, without deadline and history.

    Args:
        case: before it.
        row: by `row_for`.
        terms: money that the act names; None for none.
    """
    return attrs.evolve(
        case,
        state=row.then,
        outcome=row.outcome,
        asked=case.asked + (row.act == CaseAct.ASK),
        terms=terms if row.sets_terms else case.terms,
    )
