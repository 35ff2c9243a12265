"""Two live systems that are linked without a network: a test carries their statements."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs

from skontro.engine import CommandKind, command
from skontro.files.system_rules import read_system, write_system
from skontro.ledger.keys import public_key
from skontro.ledger.link_proof import LinkProof
from skontro.model import ParticipantDirectory, SettlementAccount, find_currency
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import NO_KEY, Caller, LinkRequest, Orders, Query
from skontro.system import SettlementSystem
from skontro.system.links.contract import ContractSide, LinkContract, LinkedCurrency, Officer
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkLeg, LinkTerms
from tests.service.systems import (
    BANKS,
    CURRENCIES,
    MINUTE,
    NOON,
    Clock,
    LiveSystem,
    directory,
    live_system,
    new_database,
    write_folder,
)
from tests.system.links.contracts import side
from tests.system.links.linked_systems import officer_keys

SYSTEMS = ("KZ-RTGS", "KG-RTGS")


def caller(key: bytes = NO_KEY, content: bytes = bytes(32)) -> Caller:
    """The first bank, with a request id or without one."""
    return Caller(0, bytes(32), key, content)


def write_linked_folder(folder: Path) -> None:
    """A system whose third bank holds the earmarks, so its accounts are empty."""
    write_folder(folder)
    banks = directory()
    accounts = [
        SettlementAccount(bic, find_currency(code), 0 if bic == BANKS[2] else 1_000_000)
        for bic in BANKS
        for code in CURRENCIES
    ]
    made = ParticipantDirectory(banks.participants, accounts)
    write_system(folder, attrs.evolve(read_system(folder), directory=made))


@attrs.define
class LinkedServices:
    """The services, and the statements that nobody has delivered yet.

    Attributes:
        folders, urls: of the systems.
        live: the running ones.
        sent: addressee and proof of each statement that was sent.
        heard: number of those that were delivered.
    """

    folders: list[Path]
    urls: list[str]
    live: list[LiveSystem] = attrs.field(factory=list)
    sent: list[tuple[str, LinkProof]] = attrs.field(factory=list)
    heard: int = 0
    contract: LinkContract | None = None
    _stack: ExitStack = attrs.field(factory=ExitStack)

    def start(self) -> None:
        """Start both services."""
        self.live = [
            self._stack.enter_context(
                live_system(
                    folder, url, Clock(), outbox=lambda *sent: self.sent.append((sent[0], sent[1]))
                )
            )
            for folder, url in zip(self.folders, self.urls, strict=True)
        ]

    def start_one(self, place: int, **options: Any) -> LiveSystem:
        """Start one service, which is not among the running ones yet."""
        return self._stack.enter_context(
            live_system(self.folders[place], self.urls[place], Clock(), **options)
        )

    def stop(self) -> None:
        """Stop both services."""
        self._stack.close()

    def agree(self) -> None:
        """Put the contract in force in both systems."""
        sides = []
        for name, code, live in zip(SYSTEMS, CURRENCIES, self.live, strict=True):
            officers = [
                Officer(person, key.public_key().public_bytes_raw().hex())
                for person, key in zip(("Ada", "Ben"), officer_keys(name), strict=True)
            ]
            linked = [LinkedCurrency(code, BANKS[2], 10**9)]
            key = live.service.context.public_key
            sides.append(ContractSide(name, f"Bank of {name}", key, officers, linked))
        self.contract = LinkContract(1, sides, decider=SYSTEMS[0])
        for place in range(2):
            self.record_contract(place)

    def agree_on_mirrors(self) -> None:
        """A second version: the second bank has the vostro, and keeps the nostro."""
        assert self.contract is not None
        sides = [
            attrs.evolve(
                one,
                currencies=[
                    attrs.evolve(linked, vostro_account=BANKS[1], nostro_account=BANKS[1])
                    for linked in one.currencies
                ],
            )
            for one in self.contract.sides
        ]
        self.contract = LinkContract(2, sides, decider=SYSTEMS[0])
        for place in range(2):
            self.record_contract(place)

    def record_contract(self, place: int) -> None:
        """Let two operators of a system put the contract in force."""
        assert self.contract is not None
        wish = {"kind": "set_link_contract", "peer": SYSTEMS[1 - place]}
        answer = self.live[place].agree(wish | {"link_contract": self.contract.to_document()})
        assert answer.is_success, answer.text

    def terms(self, *amounts: tuple[int, ...]) -> LinkTerms:
        """Terms by which the first bank pays the second in both currencies.

        Args:
            amounts: of the legs of each system; one leg of each by default.
        """
        assert self.contract is not None
        digests = ("", self.contract.digest.hex())
        legs = [
            LinkLeg(name, str(uuid.uuid4()), BANKS[0], BANKS[1], code, amount, digest)
            for name, code, of_system, digest in zip(
                SYSTEMS, CURRENCIES, amounts or ((700,), (90,)), digests, strict=True
            )
            for amount in of_system
        ]
        return LinkTerms(str(uuid.uuid4()), SYSTEMS[0], tuple(legs), NOON + 60 * MINUTE)

    def submit(self, place: int, kind: Callable[..., Any], *content: Any) -> Any:
        """The answer of a sequencer to work."""
        done: list[object] = []
        self.live[place].service.sequencer.submit(kind(*content, done.append))
        _until(lambda: done)
        return done[0]

    def order(self, place: int, terms: LinkTerms) -> None:
        """The orders of the own legs."""
        live = self.live[place]
        number = live.service.sequencer.view.directory.account_number
        for leg in terms.legs_of(SYSTEMS[place]):
            made = command(
                CommandKind.SUBMIT_LINKED,
                0,
                payer=number(leg.payer, leg.currency),
                payee=number(leg.payee, leg.currency),
                amount=leg.amount,
                payment_class=2,
                latest=terms.valid_until,
            ).evolve(uetr=uuid.UUID(leg.uetr).bytes)
            assert [*self.submit(place, Orders, caller(), made)]

    def inputs(self, place: int, whose: Caller | None = None, **inputs: Any) -> LinkOutcome:
        """The outcome of inputs to links."""
        found = self.submit(place, LinkRequest, whose or caller(), LinkInputs(**inputs))
        assert isinstance(found, LinkOutcome), found
        return found

    def deliver(self) -> list[LinkOutcome]:
        """Deliver the statements that were sent, each checked with the key of the other system."""
        waiting, self.heard = self.sent[self.heard :], len(self.sent)
        outcomes = []
        for addressee, proof in waiting:
            place = SYSTEMS.index(addressee)
            document = proof.to_document()
            sender = self.live[1 - place].service.context.public_key
            checked = LinkProof.from_document(document).check(public_key(sender))
            assert checked.batch <= self.live[1 - place].service.sequencer.view.batch
            outcomes.append(self.inputs(place, proofs=(document,)))
        return outcomes

    def phases(self, terms: LinkTerms) -> list[Phase]:
        """How far the link has come in each system."""

        def phase(system: SettlementSystem) -> Phase:
            state = system.links.get(terms.link)
            return Phase.UNKNOWN if state is None else state.phase

        return [self.submit(place, Query, phase) for place in range(2)]

    def until(self, terms: LinkTerms, wanted: Sequence[Phase]) -> None:
        """Deliver statements until the link has come so far."""

        def reached() -> bool:
            self.deliver()
            return self.phases(terms) == [*wanted]

        _until(reached)

    def instruction(self, place: int, terms: LinkTerms, **fields: object) -> dict[str, Any]:
        """What the first bank of a system sends to instruct a link."""
        leg = terms.leg_of(SYSTEMS[place]).to_document()
        names = ("uetr", "payer", "payee", "currency", "amount")
        order = {name: leg[name] for name in names}
        return {"order": order | fields, "terms": terms.to_document()}

    def balances(self, place: int) -> list[int]:
        """Of the banks in the currency of a system, minor units."""
        view = self.live[place].service.sequencer.view
        numbers = [view.directory.account_number(bic, CURRENCIES[place]) for bic in BANKS]
        return [int(view.balances[number]) for number in numbers]


def instruct_alone(live: LiveSystem) -> None:
    """Let a system record a contract and one side of a link, with a peer that is not there."""
    key = live.service.context.public_key
    own = attrs.evolve(side(SYSTEMS[0], 100, CURRENCIES[0], BANKS[2]), public_key=key)
    alone = LinkedServices([], [], [live])
    alone.contract = LinkContract(1, [own, side(SYSTEMS[1], 200, CURRENCIES[1], BANKS[2])])
    alone.record_contract(0)
    terms = alone.terms()
    alone.order(0, terms)
    assert alone.inputs(0, terms=(terms,)).refused == ()


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def linked_services(folder: Path) -> Iterator[LinkedServices]:
    """Two running systems with a contract."""
    folders = [folder / name for name in SYSTEMS]
    for one in folders:
        one.mkdir()
        write_linked_folder(one)
    services = LinkedServices(folders, [new_database(), new_database()])
    try:
        services.start()
        services.agree()
        yield services
    finally:
        services.stop()
