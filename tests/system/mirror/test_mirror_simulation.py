"""Payments between real systems under one seed, with loss, repetition, crashes and closed days.

After every step the mirror agrees to the minor unit. At the end every payment has ended, and its
money is with the payee or with the payer.
"""

from random import Random
from typing import Any

import pytest

from skontro.model import ScreeningOutcome
from skontro.system import Action, ScreeningPolicy, SettlementSystem
from skontro.system.mirror.payment_table import PAYMENT_ENDED, Stage
from skontro.system.mirror.payment_terms import PaymentTerms
from skontro.system.mirror.positions import mirror_positions
from tests.service.systems import DAY, MINUTE, NOON
from tests.system.mirror.mirrored_systems import BANKS, CREDIT, SYSTEMS, Mirrored

POLICY = ScreeningPolicy(travel_rule="off")
_OUTCOMES = (
    ScreeningOutcome.PASSED,
    ScreeningOutcome.PASSED,
    ScreeningOutcome.REJECTED,
    ScreeningOutcome.NOT_SCREENED,
)


class Run:
    """One run of two systems."""

    def __init__(self, seed: int) -> None:
        self.random, self.both = Random(seed), Mirrored(screening=POLICY, cap=20_000)
        self.made: list[PaymentTerms] = []
        self.sent: list[tuple[int, dict[str, Any]]] = []

    def check(self) -> None:
        positions = mirror_positions(self.both[0].system, self.both[1].system)
        assert [one.currency for one in positions] == ["KGS", "KZT"]
        for one in positions:
            assert one.difference == 0, one.evidence
            assert 0 <= one.mirror <= CREDIT
            assert one.vostro >= one.mirror
            assert not [payment.problem for payment in one.payments if payment.problem]

    def pay(self) -> None:
        origin = self.random.randrange(2)
        payees = [*BANKS[1 - origin], *BANKS[1 - origin], "ZZZZKZ22"]
        terms = self.both.terms(
            origin,
            self.random.choice([1, 70, 3_000, 6_000]),
            self.random.choice(["KZT", "KGS"]),
            payee=self.random.choice(payees),
            valid_until=self.both[origin].now + self.random.choice([10, 60, 900]) * MINUTE,
        )
        self.made.append(terms)
        self.both.pay(terms)

    def deliver_one(self) -> None:
        """Deliver any statement made so far; it stays, and may come again."""
        self.sent += self.both.waiting
        self.both.waiting.clear()
        if self.sent:
            place, proof = self.random.choice(self.sent)
            self.both.turn(place, proofs=(proof,))

    def submit(self) -> None:
        self.both.screened = self.random.choice(_OUTCOMES)
        self.both.submit_due(self.random.randrange(2))

    def decide(self) -> None:
        place = self.random.randrange(2)
        for terms in self.made:
            uetr = bytes.fromhex(terms.uetr.replace("-", ""))
            if uetr in self.both[place].system.screening_holds:
                kind = self.random.choice(["release_held_order", "reject_held_order"])
                self.both[place].agree(Action(kind, uetr=terms.uetr))
                return

    def lose(self) -> None:
        self.both.waiting.clear()
        self.sent = self.sent[self.random.randrange(len(self.sent) + 1) :]

    def crash(self) -> None:
        """A system continues from its snapshot."""
        country = self.both[self.random.randrange(2)]
        again = SettlementSystem(country.rules)
        again.restore(country.system.snapshot())
        country.system = again

    def pass_time(self) -> None:
        country = self.both[self.random.randrange(2)]
        country.go_to(country.now + self.random.choice([1, 30, 300]) * MINUTE)

    def turn(self) -> None:
        self.both.turn(self.random.randrange(2))

    def suspend(self) -> None:
        place = self.random.randrange(2)
        suspended = self.random.random() < 0.5
        contracts = self.both[place].system.link_contracts
        contracts.set_suspended(SYSTEMS[1 - place], suspended=suspended)

    def end(self) -> None:
        """The network and all people are there again; two more days pass."""
        self.both.screened = ScreeningOutcome.PASSED
        last = max(country.now for country in self.both.countries)
        for day in range(4):
            for place, country in enumerate(self.both.countries):
                noon = NOON + ((last - NOON) // DAY + 1 + day) * DAY
                country.go_to(noon)
                peer = SYSTEMS[1 - place]
                self.both.turn(place, repeated=country.system.payments.open_with(peer))
            self.both.deliver()
            self.check()

    def check_ends(self) -> None:
        for terms in self.made:
            origin, destination = self.both.stages(terms)
            assert origin in (*PAYMENT_ENDED, Stage.UNKNOWN)
            paired = {Stage.PAID: Stage.PAID, Stage.RETURNED: Stage.RETURNED}
            assert destination == paired.get(origin, Stage.UNKNOWN)
        for currency in ("KZT", "KGS"):
            assert sum(self._money(place, currency) for place in range(2)) == 2_000_000
        for one in mirror_positions(self.both[1].system, self.both[0].system):
            assert (one.under_way, one.payments) == (0, ())
            assert one.vostro == one.mirror

    def _money(self, place: int, currency: str) -> int:
        """All money of banks: opening balances, and what came or went."""
        system = self.both[place].system
        numbers = [
            number
            for number, account in enumerate(system.directory.accounts)
            if account.currency.code == currency and account.bic in BANKS[place]
        ]
        return int(system.engine.balances[numbers].sum())


def simulate(seed: int, steps: int = 60) -> Run:
    run = Run(seed)
    actions = [run.pay, run.deliver_one, run.submit, run.decide, run.turn]
    rare = [run.lose, run.crash, run.pass_time, run.suspend]
    for _ in range(steps):
        run.random.choice([*actions * 3, *rare])()
        run.check()
    run.end()
    run.check_ends()
    return run


@pytest.mark.parametrize("seed", range(4))
def test_the_mirror_agrees_after_every_step(seed: int) -> None:
    simulate(seed, 30)


@pytest.mark.long
def test_the_mirror_agrees_in_many_runs() -> None:
    ended: dict[Stage, int] = {}
    for seed in range(100, 220):
        run = simulate(seed)
        for terms in run.made:
            stage = run.both.stages(terms)[0]
            ended[stage] = ended.get(stage, 0) + 1
    assert min(ended[one] for one in PAYMENT_ENDED) > 20
