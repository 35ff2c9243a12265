"""Random histories of cases in a real system, with all invariants checked after every batch.

`python -m tests.system.cases.histories 10000` runs so many, and prints how they ended.
"""

import datetime
import json
import random
import sys
from collections import Counter
from typing import Any

from skontro.model import OrderStatus
from skontro.system import OPERATOR, SettlementSystem
from skontro.system.cases.case import Case, CaseTerms, Delay
from skontro.system.cases.case_rules import CaseRules, CountryCalendar
from skontro.system.cases.case_table import CASE_TABLE, OF_SYSTEM, CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CASE_RULES, CaseType, OrderSide, Party
from tests.system.cases.running import DIGEST, RULES, A, B, C, Running, settled, uetr

SIDES = (A, B, C, OPERATOR)
#: Refusals that say a random act did not fit; any other is a mistake of the history.
FIT = {
    "NONE",
    "CASE_ACT_NOT_EXPECTED",
    "CASE_ENDED",
    "CASE_UNKNOWN",
    "CASE_KNOWN",
    "CASE_NOT_FOR_ORDER",
    "CASE_AMOUNT_TOO_LARGE",
    "DELAY_COMPENSATED",
    "FIELD_MISSING",
    "FIELD_MALFORMED",
    "NO_SETTLEMENT_ACCOUNT",
    "SAME_ACCOUNT",
    "AMOUNT_NOT_POSITIVE",
    "SCHEME_NOT_AGREED",
}
_BY_PEOPLE = tuple(act for act in CaseAct if act not in (CaseAct.OPEN, *OF_SYSTEM))
#: Acts that do not lead on, or end a case at once.
_ENDLESS = (CaseAct.ADD_EVIDENCE, CaseAct.WITHDRAW)


class History:
    """One random history.

    Args:
        seed: draws the same history again.
    """

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.running = Running()
        self.money = self.total()
        self.paid: Counter[int] = Counter()
        self.answers: Counter[str] = Counter()
        if self.draw.random() < 0.7:
            holidays = tuple(
                sorted(
                    {
                        (datetime.date(2026, 11, 24) + datetime.timedelta(n)).isoformat()
                        for n in self.draw.sample(range(90), 10)
                    }
                )
            )
            rules = CaseRules(
                scheme=self.draw.choice(("", "csdr-cash")),
                operator_account=self.draw.choice(("", C)),
                calendars={"KZ": CountryCalendar((4, 5), holidays), "KG": CountryCalendar()},
            )
            if rules != CaseRules():
                assert self.running.agree("set_case_rules", case_rules=rules.to_document()) == (
                    "NONE"
                )

    def total(self) -> int:
        return int(self.running.system.engine.balances.sum())

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
            self.check()
        # From now on no one acts: silence and payments end every case.
        for _ in range(400):
            if not self.running.system.cases.number_open:
                break
            self.running.days(1)
            self.pay()
            self.check()
        assert self.running.system.cases.number_open == 0, "a case is stuck"

    def step(self) -> None:
        chance = self.draw.random()
        if chance < 0.25:
            self.open()
        elif chance < 0.7:
            self.act()
        elif chance < 0.75:
            self.running.days(self.draw.choice((1, 1, 3, 8)))
        elif chance < 0.8:
            self.skip_days()
        else:
            self.pay()

    def skip_days(self) -> None:
        """The service does not run for some days."""
        day = 86_400_000_000
        self.running.go_to(self.running.clock + self.draw.randint(1, 6) * day)

    def pay(self) -> None:
        """Submit orders due; sometimes other people take their UETR, or take away the cover."""
        cases = self.running.system.cases
        if self.draw.random() < 0.1:
            for _, payment in cases.unplaced:
                if payment.uetr and self.draw.random() < 0.5:
                    self.running.submit(C, A, 3, payment.uetr)
        self.running.pay_due()

    def terms(self, order: Any, kind: CaseType) -> CaseTerms | None:
        if self.draw.random() < 0.1:
            return None
        principal = self.draw.choice((0, 0, 1, 100, 50_000, 50_001))
        compensation = self.draw.choice((0, 1, 700))
        first = datetime.date(2026, 11, 1) + datetime.timedelta(self.draw.randrange(8))
        last = first + datetime.timedelta(self.draw.randrange(3))
        named = uetr(self.draw.randrange(4)) if order is None else order.uetr
        delays = (Delay(named, first.isoformat(), last.isoformat()),)
        if kind == CaseType.CHARGES:
            return CaseTerms(0, compensation)
        scheme = self.running.system.cases.rules.scheme
        return CaseTerms(
            principal, compensation, delays if compensation else (), scheme if compensation else ""
        )

    def open(self) -> None:
        kind = self.draw.choice([*CaseType])
        rule, order = CASE_RULES[kind], None
        side, likely = self.draw.choice(SIDES), self.draw.random() < 0.9
        fields: dict[str, Any] = {}
        if rule.order_states:
            payer, payee = self.draw.sample((A, B, C), 2)
            states = rule.order_states if likely else [*OrderStatus]
            status = self.draw.choice([*states])
            order = settled(self.draw.randrange(4), payer=payer, payee=payee, status=status)
            fields["order"] = order
            if likely:
                by = self.draw.choice(rule.opened_by)
                side = payer if by == OrderSide.PAYER else payee
        else:
            fields["currency"] = "KZT"
            if side == OPERATOR:
                fields["claimant"] = self.draw.choice((A, B))
        terms = self.terms(order, kind)
        if terms is not None and self.draw.random() < 0.8:
            fields["terms"] = terms
        self.note(self.running.open(side, type=kind, **fields))

    def act(self) -> None:
        open_cases = [*self.running.system.cases.open]
        if not open_cases:
            return
        case = self.draw.choice(open_cases)
        side, act = self.draw.choice(SIDES), self.draw.choice(_BY_PEOPLE)
        if self.draw.random() < 0.9:
            rows = [row for row in CASE_TABLE if row.state == case.state and row.act in _BY_PEOPLE]
            if self.draw.random() < 0.8:
                rows = [row for row in rows if row.act not in _ENDLESS]
            row = self.draw.choice(rows)
            act = row.act
            sides = {Party.CLAIMANT: case.claimant, Party.RESPONDENT: case.respondent}
            side = sides.get(row.by, OPERATOR)
        fields: dict[str, Any] = {}
        if act in (CaseAct.OFFER, CaseAct.AWARD, CaseAct.PROPOSE):
            fields["terms"] = self.terms(case.order, case.type)
        if side == OPERATOR or act == CaseAct.ADD_EVIDENCE:
            fields["evidence"] = (DIGEST,)
        self.note(self.running.act(side, case.number, act, **fields))

    def note(self, answer: str) -> None:
        assert answer in FIT, answer
        self.answers[answer] += 1

    def check(self) -> None:
        """The invariants, each computed from all cases and not from what the book counts."""
        system = self.running.system
        cases = system.cases.page(None, 10**9, 10**9)
        assert self.total() == self.money
        system.engine.check()
        today = system.clock.date
        assert today is not None
        for case in cases:
            self.check_case(case, today.isoformat())
        check_money(cases)
        assert {one.number for one in system.cases.open} == {
            one.number for one in cases if not one.closed
        }

    def check_case(self, case: Case, today: str) -> None:
        assert case.closed == (case.state == CaseState.CLOSED) == (case.outcome != Outcome.NONE)
        assert bool(case.owner) == bool(case.owner_side) == bool(case.due) == (not case.closed)
        if not case.closed:
            assert case.due >= today
        if case.state == CaseState.PAYMENT_DUE:
            assert case.payment is not None
        if case.outcome == Outcome.PAID and not self.paid[case.number]:
            assert case.payment is not None
            assert case.terms is not None
            assert case.terms.total == case.payment.amount
            self.paid[case.number] = self.settled(case)
            assert self.paid[case.number] == case.payment.amount

    def settled(self, case: Case) -> int:
        """The money that the postings of all batches moved for the order of a case."""
        assert case.payment is not None
        last = self.running.batches[-400:]
        moved = 0
        for batch in last:
            for posting in batch.postings:
                number = int(posting["subject"])
                try:
                    terms = self.running.system.order_columns.terms(number)
                except KeyError:
                    continue
                if terms["uetr"].tobytes().hex() == case.payment.uetr.replace("-", ""):
                    moved += int(posting["amount"])
        return moved

    def check_replay(self) -> None:
        """A replay of all batches gives the same state, also from a snapshot halfway."""
        system = SettlementSystem(RULES)
        half = len(self.running.batches) // 2
        for number, batch in enumerate(self.running.batches):
            if number == half:
                again = SettlementSystem(RULES)
                again.restore(system.snapshot())
                system = again
            same = system.replay(batch)
            assert json.loads(same.body or "{}") == json.loads(batch.body or "{}")
        assert system.snapshot() == self.running.system.snapshot()


def check_money(cases: list[Case]) -> None:
    """No day of a delay is compensated twice, and no more than an order is paid back."""
    days: Counter[tuple[str, str, datetime.date]] = Counter()
    back: Counter[tuple[str, str]] = Counter()
    for case in cases:
        if case.terms is None or (case.closed and case.outcome != Outcome.PAID):
            continue
        for delay in case.terms.delays:
            first = datetime.date.fromisoformat(delay.due_on)
            last = datetime.date.fromisoformat(delay.settled_on)
            for place in range(max(1, (last - first).days)):
                days[delay.uetr, case.claimant, first + datetime.timedelta(place)] += 1
        if case.order is not None:
            back[case.order.uetr, case.claimant] += case.terms.principal
            assert back[case.order.uetr, case.claimant] <= case.order.amount
    assert max(days.values(), default=0) <= 1


if __name__ == "__main__":
    outcomes: Counter[str] = Counter()
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for seed in range(first, first + count):
        history = History(seed)
        try:
            history.run(40)
            if seed % 10 == 0:
                history.check_replay()
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        outcomes.update(
            str(one.outcome) for one in history.running.system.cases.page(None, 10**9, 10**9)
        )
    sys.stdout.write(f"{count} histories; {dict(outcomes)}\n")
