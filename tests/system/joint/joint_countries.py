"""Three real settlement systems with clearing accounts and accounts of each other, for cycles."""

import hashlib
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import CommandKind, Commands, command
from skontro.model import (
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.system import NO_SCREENING, Batch, Rules, SettlementSystem
from skontro.system.joint.joint_cycle import (
    JointAccount,
    JointObligation,
    NamedContract,
    Publication,
)
from skontro.system.joint.joint_documents import SignedPublication
from skontro.system.joint.joint_member import JointCycle, JointMember
from skontro.system.links.contract import ContractSide, LinkContract, LinkedCurrency, Officer
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkTerms
from tests.service.systems import MINUTE, NOON, OFFICE_HOURS
from tests.system.links.linked_systems import (
    COUNTRIES,
    CREDENTIALS,
    Country,
    Linked,
    officer_keys,
    order_of,
)

SYSTEMS = tuple(sorted(one[0] for one in COUNTRIES))
CODES = {one[0]: one[2] for one in COUNTRIES}
KEYS = {
    one: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(one.encode()).digest())
    for one in SYSTEMS
}
PUBLIC_KEYS = {one: key.public_key() for one, key in KEYS.items()}
VALID_UNTIL = NOON + 60 * MINUTE
FUNDS = 1_000_000


def cycle_of(identifier: str = "2026-11-28/1") -> JointCycle:
    return JointCycle(identifier, SYSTEMS, VALID_UNTIL)


def order_for(payer: int, payee: int, amount: int, number: int) -> Commands:
    """A normal payment whose UETR is a number."""
    order = command(CommandKind.SUBMIT, 0, payer=payer, payee=payee, amount=amount, payment_class=2)
    return order.evolve(uetr=uuid.UUID(int=number or 2**100).bytes)


class JointCountry(Country):
    """Two banks, the holder of earmarks, the clearing account, and an account of each peer.

    Banks and clearing account are in all currencies, the others in the own one.
    """

    def __init__(self, number: int, cap: int) -> None:
        self.id, country, self.currency, banks = COUNTRIES[number]
        ending, self.cap = banks[0][4:], cap
        self.clearing = f"CLRG{ending}"
        self.members = {one[0]: f"V{one[0][:2]}S{ending}" for one in COUNTRIES if one[0] != self.id}
        self.banks = (*banks, self.clearing, *self.members.values())  # type: ignore[assignment]
        everywhere = (*banks[:2], self.clearing)
        accounts = [
            SettlementAccount(bic, find_currency(code), 0, credit_line=FUNDS)
            if bic == self.clearing and code != self.currency
            else SettlementAccount(bic, find_currency(code), 0 if bic == self.clearing else FUNDS)
            for code in sorted(CODES.values())
            for bic in everywhere
        ]
        own = find_currency(self.currency)
        accounts += [SettlementAccount(bic, own, FUNDS) for bic in self.members.values()]
        accounts.append(SettlementAccount(banks[2], own, 0))
        directory = ParticipantDirectory(
            [Participant(bic, f"Bank {bic}", find_country(country)) for bic in self.banks],
            accounts,
        )
        self.rules = Rules(
            self.id,
            directory,
            Rulebook(),
            OFFICE_HOURS,
            credentials=CREDENTIALS,
            screening=NO_SCREENING,
        )
        self.system = SettlementSystem(self.rules)
        self.batches: list[Batch] = []
        self.owed: list[JointObligation] = []
        self.go_to(NOON)

    def account(self, bic: str, code: str) -> int:
        number = self.system.directory.account_number(bic, code)
        assert number is not None
        return number

    def balance(self, bic: str, code: str) -> int:
        return self.balances[self.account(bic, code)]

    def joint_side(self) -> ContractSide:
        keys = officer_keys(self.id)
        officers = [
            Officer(name, key.public_key().public_bytes_raw().hex())
            for name, key in zip(("Ada", "Ben"), keys, strict=True)
        ]
        linked = LinkedCurrency(self.currency, self.banks[2], self.cap)
        key = PUBLIC_KEYS[self.id].public_bytes_raw().hex()
        return ContractSide(self.id, f"Central Bank of {self.id}", key, officers, [linked])

    def owe(self, amount: int, code: str, system: str, bank: int = 0, creditor: int = 1) -> str:
        """A bank's order to the clearing account, for a bank of another system; its UETR."""
        uetr = uuid.uuid4()
        payer, payee = self.account(self.banks[bank], code), self.account(self.clearing, code)
        self.submit(order_for(payer, payee, amount, uetr.int))
        bics = next(one[3] for one in COUNTRIES if one[0] == system)
        debtor = self.banks[bank]
        row = JointObligation(code, self.id, debtor, system, bics[creditor], amount, str(uetr))
        self.owed.append(row)
        return str(uetr)


class Joint(Linked):
    """The three countries, with contracts between all of them."""

    def __init__(self, cap: int = 10**9, among: int = 3) -> None:
        self.joint = [JointCountry(number, cap) for number in range(among)]
        self.countries = [*self.joint]
        self.by_id = {country.id: country for country in self.countries}
        self.contracts: dict[tuple[str, str], LinkContract] = {}
        for one in self.joint:
            for other in self.joint:
                if one is not other:
                    sides = [one.joint_side(), other.joint_side()]
                    made = LinkContract(1, sides)
                    self.contracts[one.id, other.id] = made
                    one.system.link_contracts.put(other.id, made)
        self.waiting = []
        self.refused = []

    def country(self, system: str) -> JointCountry:
        return next(one for one in self.joint if one.id == system)

    def publication(self, system: str, cycle: JointCycle) -> Publication:
        """Of a system, from its record and contracts."""
        country = self.country(system)
        own = JointAccount(country.currency, system, country.clearing)
        others = [
            JointAccount(country.currency, peer, bic) for peer, bic in country.members.items()
        ]
        digests = [
            NamedContract(peer, contract.digest.hex())
            for (one, peer), contract in self.contracts.items()
            if one == system
        ]
        return Publication(
            cycle.identifier, system, tuple(country.owed), (own, *others), tuple(digests)
        )

    def signed(self, system: str, cycle: JointCycle) -> SignedPublication:
        return SignedPublication.of(self.publication(system, cycle), KEYS[system])

    def members(self, cycle: JointCycle) -> dict[str, JointMember]:
        return {one: JointMember(cycle, one, PUBLIC_KEYS) for one in cycle.members}

    def settle(self, terms: LinkTerms) -> None:
        """Instruct the link in all its systems, and deliver all statements."""
        for number, country in enumerate(self.countries):
            legs = terms.legs_of(country.id)
            for leg in legs:
                country.submit(self._order(self.joint[number], leg, terms.valid_until))
            if legs:
                self.turn(number, terms=(terms,))
        self.deliver()

    def _order(self, country: JointCountry, leg, latest: int):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        payer, payee = (country.account(bic, leg.currency) for bic in (leg.payer, leg.payee))
        return order_of(country, leg, latest).evolve(payer=payer, payee=payee)

    def ended(self, terms: LinkTerms) -> set[Phase]:
        """The phases of the link in the systems that have a part in it."""
        return {
            phase
            for country, phase in zip(self.countries, self.phases(terms), strict=True)
            if country.id in terms.systems
        }
