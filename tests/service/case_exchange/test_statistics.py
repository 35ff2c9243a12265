"""Figures of cases: counted, averaged and added by type, corridor and currency."""

from fractions import Fraction

import attrs

from skontro.service.case_exchange.statistics import CaseFigures, case_figures
from skontro.system.cases.case import Case, CaseTerms
from skontro.system.cases.case_table import CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CaseType, Party
from skontro.system.four_eyes import OPERATOR
from tests.service.case_exchange.test_exchange import case_of, event

_DAY = 86_400_000_000
_COUNTRIES = {"AAAAKZK0": "KAZ", "BBBBKGK0": "KGZ"}


def closed(case: Case, outcome: Outcome, days: float) -> Case:
    last = attrs.evolve(event(CaseAct.PAID, Party.SYSTEM), time=case.history[0].time)
    last = attrs.evolve(last, time=last.time + int(days * _DAY))
    history = (*case.history, last)
    return attrs.evolve(case, state=CaseState.CLOSED, outcome=outcome, due="", history=history)


def figures(*cases: Case) -> list[CaseFigures]:
    return case_figures(cases, _COUNTRIES.__getitem__)


def test_cases_of_one_kind_are_counted_together() -> None:
    recall = case_of(CaseType.RECALL, CaseTerms(100, 7))
    (found,) = figures(
        recall,
        closed(recall, Outcome.PAID, 3),
        closed(recall, Outcome.PAID, 4.5),
        closed(recall, Outcome.DISMISSED, 6),
        closed(attrs.evolve(recall, terms=None), Outcome.ANSWERED, 0),
    )
    assert found == CaseFigures("recall", "KAZ", "KGZ", "KZT", 5, 4, 2, Fraction(27, 2), 200, 14)
    assert found.mean_days == Fraction(27, 8)
    assert found.share_upheld == Fraction(1, 2)


def test_while_none_has_ended_there_is_no_mean() -> None:
    (found,) = figures(case_of(CaseType.RECALL, CaseTerms(100)))
    assert (found.opened, found.closed, found.mean_days, found.share_upheld) == (1, 0, None, None)
    assert (found.principal, found.compensation, found.upheld) == (0, 0, 0)


def test_types_corridors_and_currencies_are_apart_and_in_order() -> None:
    one = case_of(CaseType.VALUE_DATE)
    other = case_of(CaseType.RECALL)
    assert other.order is not None
    back = attrs.evolve(
        other,
        order=attrs.evolve(other.order, payer="BBBBKGK0", payee="AAAAKZK0"),
        claimant="BBBBKGK0",
        respondent="AAAAKZK0",
    )
    outage = case_of(CaseType.OUTAGE, order=None, respondent=OPERATOR)
    euro = attrs.evolve(other, currency="EUR")
    found = [
        (one.type, one.payer, one.payee, one.currency)
        for one in figures(one, other, back, outage, euro)
    ]
    assert found == [
        ("outage", "", "KAZ", "KZT"),
        ("recall", "KAZ", "KGZ", "EUR"),
        ("recall", "KAZ", "KGZ", "KZT"),
        ("recall", "KGZ", "KAZ", "KZT"),
        ("value date", "KAZ", "KGZ", "KZT"),
    ]
