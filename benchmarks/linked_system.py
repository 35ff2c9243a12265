"""One live system of two that are linked, for measuring: its contract, its orders and its state."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.live_system import BANKS, bic, draw_orders, write_folder
from benchmarks.measuring import stopwatch
from skontro.engine import CommandKind, Commands, commands_of
from skontro.ledger import database_url
from skontro.model import InputError
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import (
    NO_KEY,
    Caller,
    DecisionRequest,
    LinkRequest,
    Orders,
    Query,
)
from skontro.service.settings import Settings
from skontro.service.startup import Service
from skontro.system import (
    OPERATOR,
    Action,
    Decision,
    DecisionKind,
    Person,
    SettlementSystem,
)
from skontro.system.links.contract import (
    ContractSide,
    LinkContract,
    LinkedCurrency,
    LinkTimers,
    Officer,
)
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.phases import Phase
from skontro.system.links.terms import LinkLeg, LinkTerms

#: The decider is the first; the names are also those of the folders.
SYSTEMS: Final = ("KZ-RTGS", "UZ-RTGS")
DECIDER, FOLLOWER = 0, 1
#: How far a link comes in each of them.
FINAL: Final = (Phase.COMMITTED, Phase.COMPLETED)
_CURRENCIES: Final = ("KZT", "UZS")
#: The holder of earmarks, after all banks.
_HOLDER: Final = bic(BANKS)
#: Decide-by is late enough for any load: a link is to settle here.
_TIMERS: Final = LinkTimers(decide_within=3_600, stop_before_cut_off=3_600)
_CAP: Final = 10**15
_DEADLINE: Final = 600.0
#: Requests that are under way at one time.
_WINDOW: Final = 8

#: Work for a system: its kind and content.
Work = tuple[type, tuple[Any, ...]]


def new_settings(folder: Path, place: int, **others: Any) -> Settings:  # noqa: ANN401
    """The settings of a new system, in a folder of its own.

    Args:
        folder: of all systems.
        place: of the system in `SYSTEMS`.
        others: further settings.
    """
    own = folder / SYSTEMS[place]
    own.mkdir()
    write_folder(own, currency=_CURRENCIES[place], empty=[_HOLDER])
    return Settings(own, database=database_url(str(own / "record")), **others)


def contract_between(keys: Sequence[str]) -> LinkContract:
    """The contract between both systems.

    Args:
        keys: public keys, in the order of `SYSTEMS`.
    """
    sides = []
    for place, (name, key) in enumerate(zip(SYSTEMS, keys, strict=True)):
        officers = [Officer(f"Officer {n}", f"{place}{n}" * 32) for n in range(2)]
        linked = [LinkedCurrency(_CURRENCIES[place], _HOLDER, _CAP)]
        sides.append(ContractSide(name, f"Central Bank of {name}", key, officers, linked))
    return LinkContract(1, sides, decider=SYSTEMS[0], timers=_TIMERS)


def draw_terms(contract: LinkContract, number: int, seed: int, until: int) -> list[LinkTerms]:
    """Terms of links between random banks, each of one unit of each currency.

    Args:
        contract: between the systems.
        number: of links.
        seed: of the draw.
        until: latest time of settlement, microseconds since 1970.
    """
    random = np.random.default_rng(seed)
    digests, made = ("", contract.digest.hex()), []
    for payer, step in zip(
        random.integers(0, BANKS, number), random.integers(1, BANKS, number), strict=True
    ):
        pair = bic(int(payer)), bic(int(payer + step) % BANKS)
        legs = [
            LinkLeg(name, _new_uuid(random), *pair, currency, 100, digest)
            for name, currency, digest in zip(SYSTEMS, _CURRENCIES, digests, strict=True)
        ]
        made.append(LinkTerms(_new_uuid(random), SYSTEMS[0], tuple(legs), until))
    return made


def _new_uuid(random: np.random.Generator) -> str:
    return str(uuid.UUID(bytes=random.bytes(16), version=4))


def orders_in_requests(number: int, rows: int, seed: int) -> list[Commands]:
    """Domestic orders, so many a request."""
    drawn = draw_orders(number, seed)
    return [drawn.take(np.arange(at, min(at + rows, number))) for at in range(0, number, rows)]


def all_are(terms: Sequence[LinkTerms], phase: Phase, system: SettlementSystem) -> bool:
    """Whether all these links are in a phase; the last first, because it comes last."""
    states = (system.links.get(one.link) for one in reversed(terms))
    return all(state is not None and state.phase == phase for state in states)


def a_caller() -> Caller:
    """The first bank, without a request id."""
    return Caller(0, bytes(32), NO_KEY, bytes(32))


def raise_refusal(answer: object) -> None:
    """Take an answer that must not be a refusal.

    Raises:
        InputError: it is one.
    """
    if isinstance(answer, InputError):
        raise answer


def submit_all(work: Sequence[tuple["LinkedSystem", type, tuple[Any, ...]]]) -> list[Any]:
    """Submit work of one or several systems, some of it at one time, and wait for all answers.

    Raises:
        RuntimeError: one of them was refused.
    """
    answers: list[Any] = [None] * len(work)
    window = threading.Semaphore(_WINDOW)

    def done(place: int, answer: object) -> None:
        answers[place] = answer
        window.release()

    for number, (system, kind, content) in enumerate(work):
        window.acquire()
        given = content if kind is Query else (a_caller(), *content)
        system.service.sequencer.submit(kind(*given, done=partial(done, number)))
    for _ in range(_WINDOW):
        window.acquire()
    refused = [one for one in answers if isinstance(one, Exception)]
    refused += [one for one in answers if isinstance(one, LinkOutcome) and one.refused]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(work)} were refused: {refused[0]}")
    return answers


class LinkedSystem:
    """A running system.

    Args:
        service: of the system.
        place: in `SYSTEMS`.
    """

    def __init__(self, service: Service, place: int) -> None:
        self.service, self.place = service, place
        self._submit = service.sequencer.submit

    def wait_until_open(self) -> None:
        """Wait until the business day is open."""
        while self.service.sequencer.view.phase.name != "OPEN":
            time.sleep(0.05)

    def agree(self, contract: LinkContract) -> None:
        """Put a contract in force, by two people."""
        peer, document = SYSTEMS[1 - self.place], contract.to_document()
        action = Action("set_link_contract", peer=peer, link_contract=document)
        first, second = (Person(f"Person {n}", OPERATOR) for n in range(2))
        self._ask(DecisionRequest, Decision(DecisionKind.PROPOSE, first, action))
        proposed = self.query(lambda system: system.four_eyes.open[-1])
        kind, number = DecisionKind.APPROVE, proposed.number
        approval = Decision(kind, second, proposal=number, hash=proposed.hash)
        self._ask(DecisionRequest, approval)

    def _ask(self, kind: type, *content: object) -> Any:  # noqa: ANN401
        return self.submit([(kind, content)])[0]

    def submit(self, work: Sequence[Work]) -> list[Any]:
        """As `submit_all`, for this system."""
        return submit_all([(self, *one) for one in work])

    def query(self, ask: Callable[[SettlementSystem], Any]) -> Any:  # noqa: ANN401
        """An answer of the state."""
        return self._ask(Query, ask)

    def legs(self, terms: Sequence[LinkTerms]) -> Commands:
        """The orders of the own legs."""
        find = self.service.sequencer.view.directory.account_number
        legs = [one.leg_of(SYSTEMS[self.place]) for one in terms]
        uetrs = b"".join(uuid.UUID(leg.uetr).bytes for leg in legs)
        return commands_of(
            len(legs),
            kind=int(CommandKind.SUBMIT_LINKED),
            payer=[find(leg.payer, leg.currency) for leg in legs],
            payee=[find(leg.payee, leg.currency) for leg in legs],
            amount=[leg.amount for leg in legs],
            payment_class=2,
            latest=[one.valid_until for one in terms],
            uetr=np.frombuffer(uetrs, "V16"),
        )

    def instructions(self, terms: Sequence[LinkTerms], rows: int) -> list[Work]:
        """Orders and terms of links, so many a request."""
        work: list[Work] = []
        for at in range(0, len(terms), rows):
            part = tuple(terms[at : at + rows])
            work += [
                (Orders, (self.legs(part),)),
                (LinkRequest, (LinkInputs(terms=part),)),
            ]
        return work

    def post(self, terms: Sequence[LinkTerms]) -> None:
        """Submit links, whether or not others are answered, and do not wait."""
        part = tuple(terms)
        self._submit(Orders(a_caller(), self.legs(part), raise_refusal))
        self._submit(LinkRequest(a_caller(), LinkInputs(terms=part), raise_refusal))

    def wait(self, condition: Callable[[SettlementSystem], bool]) -> None:
        """Wait until a condition on the state is true.

        Raises:
            RuntimeError: it does not come true in ten minutes.
        """
        end = stopwatch() + _DEADLINE
        while not self.query(condition):
            if stopwatch() > end:
                raise RuntimeError("the links do not come so far")
            time.sleep(0.02)

    def wait_until_final(self, terms: Sequence[LinkTerms]) -> None:
        """Wait until these links have settled."""
        self.wait(partial(all_are, terms, FINAL[self.place]))

    def times(self, terms: Sequence[LinkTerms]) -> list[dict[str, int]]:
        """When each link came into its phases, by record time in microseconds."""
        book = self.service.sequencer.system.links
        return [{str(e.phase): e.time for e in book.history(one.link)} for one in terms]
