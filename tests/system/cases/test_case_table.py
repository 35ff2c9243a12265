"""The transition table alone: every state has an owner, and silence ends every case."""

import pytest

from skontro.system.cases.case_table import (
    CASE_TABLE,
    DAYS,
    OF_SYSTEM,
    OWNERS,
    CaseAct,
    CaseState,
    Outcome,
    When,
)
from skontro.system.cases.case_types import CASE_RULES, Answer, CaseMoney, CaseType, Party

OPEN = [state for state in CaseState if state != CaseState.CLOSED]


def then_of_silence(state: CaseState, between_banks: bool) -> CaseState:
    rows = [row for row in CASE_TABLE if (row.state, row.act) == (state, CaseAct.SILENCE)]
    taken = [row for row in rows if row.when == When.ALWAYS or between_banks]
    assert rows
    assert all(row.by == Party.SYSTEM for row in rows)
    return taken[0].then


@pytest.mark.parametrize("between_banks", [True, False])
def test_silence_alone_ends_a_case_from_every_state(between_banks: bool) -> None:
    for begun in OPEN:
        states = [begun]
        while states[-1] != CaseState.CLOSED:
            states.append(then_of_silence(states[-1], between_banks))
            assert len({*states}) == len(states)  # no circle


def test_every_open_state_has_an_owner_days_and_an_act_of_its_owner() -> None:
    assert [*OWNERS] == OPEN
    assert {*DAYS} == {*OPEN} - {CaseState.ANSWER_DUE}
    assert all(days > 0 for days in DAYS.values())
    for state in OPEN:
        if state == CaseState.PAYMENT_DUE:
            continue  # the order is made by the system, and the owner has to have cover
        acts = {row.act for row in CASE_TABLE if (row.state, row.by) == (state, OWNERS[state])}
        assert acts - {CaseAct.ADD_EVIDENCE, CaseAct.WITHDRAW}


def test_every_state_is_reached_and_nothing_leaves_a_closed_case() -> None:
    reached, found = {CaseState.ANSWER_DUE}, 0
    while len(reached) != found:
        found = len(reached)
        reached |= {row.then for row in CASE_TABLE if row.state in reached}
    assert reached == {*CaseState}
    assert all(row.state != CaseState.CLOSED for row in CASE_TABLE)


def test_an_outcome_is_named_exactly_where_a_case_is_closed() -> None:
    for row in CASE_TABLE:
        assert (row.then == CaseState.CLOSED) == (row.outcome != Outcome.NONE)
    assert {row.outcome for row in CASE_TABLE} == {*Outcome}


def test_two_people_commit_to_money_and_decide() -> None:
    for row in CASE_TABLE:
        money = row.sets_terms or (
            row.then == CaseState.PAYMENT_DUE and row.state != CaseState.PAYMENT_DUE
        )
        if row.by == Party.SYSTEM:
            assert not row.two_people
            assert row.act in OF_SYSTEM
            continue
        assert row.act not in OF_SYSTEM
        decides = row.by in (Party.OPERATOR, Party.MEDIATOR, Party.ARBITER)
        if money or (decides and row.act != CaseAct.ADD_EVIDENCE):
            assert row.two_people, row


def test_no_row_is_hidden_by_an_earlier_one() -> None:
    seen = set()
    for row in CASE_TABLE:
        key = (row.state, row.act, row.by)
        assert (*key, When.ALWAYS) not in seen, row
        assert (*key, row.when) not in seen, row
        seen.add((*key, row.when))


def test_every_type_has_a_rule_and_answers_that_fit_its_money() -> None:
    assert [*CASE_RULES] == [*CaseType]
    for kind, rule in CASE_RULES.items():
        pays = {Answer.OFFER, Answer.ACCEPT} <= {*rule.answers}
        assert pays == (rule.money != CaseMoney.NONE), kind
        assert {Answer.ANSWER, Answer.REFUSE, Answer.ASK} <= {*rule.answers}
        assert rule.answer_days > 0
        assert bool(rule.opened_by) == bool(rule.order_states)
    assert {str(answer) for answer in Answer} <= {str(act) for act in CaseAct}
