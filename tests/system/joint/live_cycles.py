"""Systems that drive joint cycles: signatures and own orders as the running service makes them."""

import uuid

import attrs

from skontro.engine import CommandKind, command
from skontro.model import ReasonCode
from skontro.system import Action, ActionKind, Batch
from skontro.system.joint.agreement import CycleAgreement, CycleMember
from skontro.system.joint.cycle_state import CycleState
from skontro.system.joint.joint_cycle import JointAccount, JointResult, Publication
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_statements import JointDocument
from skontro.system.joint.obligations import ObligationTerms, OwnObligation
from skontro.system.joint.own_orders import joint_orders_due
from skontro.system.joint.publishing import to_be_signed
from tests.service.systems import MINUTE, NOON
from tests.system.joint.joint_countries import KEYS, SYSTEMS, Joint, JointCountry
from tests.system.links.linked_systems import COUNTRIES

SECOND = 1_000_000
CUT_OFF = NOON + 10 * MINUTE
UNTIL = NOON + 60 * MINUTE


class LiveJoint(Joint):
    """The three countries with an agreement on a cycle at ten past twelve.

    Args:
        cap: of all contracts.
        among: number of countries.
        agreement: fields of the agreement that differ.
    """

    def __init__(self, cap: int = 10**9, among: int = 3, **agreement: object) -> None:
        super().__init__(cap, among)
        self.agreement = attrs.evolve(self._agreement(), **agreement)
        for country in self.joint:
            assert self.agree(country.id, self.agreement) == ReasonCode.NONE
        #: Members whose service does not answer.
        self.silent: list[str] = []

    def _agreement(self) -> CycleAgreement:
        members = []
        for country in self.joint:
            own = JointAccount(country.currency, country.id, country.clearing)
            others = [
                JointAccount(country.currency, peer, bic)
                for peer, bic in country.members.items()
                if peer in self.by_id
            ]
            members.append(CycleMember(country.id, country.clearing, (own, *others)))
        return CycleAgreement("CIS", 1, members, ("12:10",), collect_within=10, pay_within=3000)

    def number(self, system: str) -> int:
        return [one.id for one in self.joint].index(system)

    def instruct_debt(
        self,
        system: str,
        amount: int,
        code: str,
        creditor: str,
        *,
        bank: int = 0,
        order: bool = True,
        fields: dict[str, object] | None = None,
    ) -> ObligationTerms:
        """A bank's order to the clearing account, and its terms."""
        country, uetr = self.country(system), str(uuid.uuid4())
        creditor_bic = next(one[3][1] for one in COUNTRIES if one[0] == creditor)
        terms = ObligationTerms(
            uetr, "CIS", country.banks[bank], creditor, creditor_bic, code, amount, UNTIL
        )
        if order:
            self.fund(terms, system)
        self.turn(self.number(system), obligations=(attrs.evolve(terms, **(fields or {})),))
        return terms

    def fund(self, terms: ObligationTerms, system: str) -> Batch:
        """The order that funds an obligation, set aside."""
        country = self.country(system)
        made = command(
            CommandKind.SUBMIT_LINKED,
            0,
            payer=country.account(terms.payer, terms.currency),
            payee=country.account(country.clearing, terms.currency),
            amount=terms.amount,
            payment_class=2,
            latest=terms.valid_until,
        ).evolve(uetr=uuid.UUID(terms.uetr).bytes)
        return country.submit(made)

    def obligation(self, system: str, terms: ObligationTerms) -> OwnObligation:
        found = self.country(system).system.joint.obligations.get(terms.uetr)
        assert found is not None
        return found

    def go(self, time: int) -> None:
        """Let time pass in all systems."""
        for country in self.joint:
            country.go_to(time)

    def cycle(self, system: str) -> CycleState:
        """The last cycle of a system."""
        return list(self.country(system).system.joint)[-1]

    def cycles(self) -> list[CycleState]:
        return [self.cycle(one) for one in SYSTEMS]

    def sign(self, system: str) -> tuple[JointDocument, ...]:
        """What a service signs now."""
        key, found = KEYS[system], list[JointDocument]()
        for one in to_be_signed(self.country(system).system):
            if isinstance(one, Publication):
                found.append(SignedPublication.of(one, key))
            else:
                found.append(SignedResult.of(one, system, key))
        return tuple(found)

    @staticmethod
    def has_work(country: JointCountry) -> bool:
        system = country.system
        return system.joint.has_work(country.now, system.links) or system.links.has_work(
            country.now
        )

    def drive(self, system: str) -> None:
        """What a service does on its own: it signs, and submits orders."""
        number, country = self.number(system), self.country(system)
        if self.has_work(country):
            self.turn(number)
        signed = self.sign(system)
        if signed:
            self.turn(number, signed=signed)
        for due in joint_orders_due(country.system):
            country.submit(due.order)
        if self.has_work(country):
            self.turn(number)

    def run(self, rounds: int = 20) -> None:
        """Let all services that answer drive their cycles, and deliver statements, to an end."""
        for _ in range(rounds):
            for country in self.joint:
                if country.id not in self.silent:
                    self.drive(country.id)
            if not self.waiting:
                return
            self.deliver()
        raise AssertionError("the cycle never ends")

    def deliver(self, rounds: int = 30) -> None:
        self.waiting = [one for one in self.waiting if one[0] not in self.silent]
        super().deliver(rounds)

    def agree(self, system: str, agreement: CycleAgreement) -> ReasonCode:
        """The answer to the second operator's approval of an agreement."""
        action = Action(ActionKind.SET_CYCLE_AGREEMENT, cycle_agreement=agreement.to_document())
        return self.country(system).agree(action)


def signed_wrongly(result: JointResult, system: str, payments: object) -> SignedResult:
    """A result with other payments, signed by a member."""
    return SignedResult.of(attrs.evolve(result, payments=payments), system, KEYS[system])
