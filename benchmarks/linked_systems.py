"""Two live systems in this process that are linked by a carrier with a delay, for measuring."""

import heapq
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.live_system import BANKS, bic, write_folder
from benchmarks.measuring import stopwatch
from skontro.engine import CommandKind, Commands, commands_of
from skontro.ledger import database_url
from skontro.ledger.link_proof import LinkProof
from skontro.model import InputError
from skontro.service.clock import system_clock
from skontro.service.garbage import ShortPauses
from skontro.service.sequencer.link_batches import LinkOutcome
from skontro.service.sequencer.requests import (
    NO_KEY,
    Caller,
    DecisionRequest,
    LinkRequest,
    Orders,
    Query,
)
from skontro.service.startup import Service, Settings, start
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
from skontro.system.links.terms import LinkLeg, LinkTerms

#: The decider is the first; the names are also those of the folders.
SYSTEMS: Final = ("KZ-RTGS", "UZ-RTGS")
_CURRENCIES: Final = ("KZT", "UZS")
#: The holder of earmarks, after all banks.
_HOLDER: Final = bic(BANKS)
_HOUR: Final = 3_600_000_000
#: Decide-by is late enough for any load: a link is to settle here.
_TIMERS: Final = LinkTimers(decide_within=3_600, stop_before_cut_off=3_600)
_CAP: Final = 10**15
_DEADLINE: Final = 600.0
#: Requests that are under way at one time.
_WINDOW: Final = 8

#: Whether the carrier takes a proof to the system with this identifier.
Takes = Callable[[str, LinkProof], bool]
#: Place of a system, and work for it: its kind and content.
Work = tuple[int, type, tuple[Any, ...]]


class Carrier:
    """Carries proofs of statements to their addressees, each after a delay, in order.

    Args:
        deliver: gives a system the proofs that are due, as JSON values.

    Attributes:
        delay: seconds of one way.
        takes: what it carries; the rest is lost.
    """

    def __init__(self, deliver: Callable[[str, list[dict[str, Any]]], None]) -> None:
        self.delay = 0.0
        self.takes: Takes = carries_all
        self._deliver = deliver
        self._queue: list[tuple[float, int, str, LinkProof]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._thread.start()

    def post(self, addressee: str, proof: LinkProof) -> None:
        """Take a proof; used as the outbox of both systems."""
        if not self.takes(addressee, proof):
            return
        with self._changed:
            due = stopwatch() + self.delay
            heapq.heappush(self._queue, (due, next(self._numbers), addressee, proof))
            self._changed.notify()

    def close(self) -> None:
        """Carry nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (due := self._next()) is not None:
            for addressee, proofs in due.items():
                text = json.dumps([one.to_document() for one in proofs], ensure_ascii=False)
                self._deliver(addressee, json.loads(text))

    def _next(self) -> dict[str, list[LinkProof]] | None:
        """The proofs that are due, by addressee; None at the end."""
        with self._changed:
            while not self._closed:
                wait = self._queue[0][0] - stopwatch() if self._queue else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                due: dict[str, list[LinkProof]] = {}
                while self._queue and self._queue[0][0] <= stopwatch():
                    _, _, addressee, proof = heapq.heappop(self._queue)
                    due.setdefault(addressee, []).append(proof)
                return due
        return None


def carries_all(_addressee: str, _proof: LinkProof) -> bool:
    """Nothing is lost."""
    return True


class LinkedSystems:
    """Both systems, with a contract in force.

    Attributes:
        services: the decider's and the follower's.
        carrier: between them.
        contract: between them.
    """

    def __init__(self, folder: Path) -> None:
        self.services: list[Service] = []
        self.carrier = Carrier(self._deliver)
        for name, currency in zip(SYSTEMS, _CURRENCIES, strict=True):
            place = folder / name
            place.mkdir()
            write_folder(place, currency=currency, empty=[_HOLDER])
            settings = Settings(place, database=database_url(str(place / "record")))
            self.services.append(start(settings, outbox=self.carrier.post))
        self._pauses = ShortPauses()
        self._pauses.begin()  # as the process of a service does
        for service in self.services:
            while service.sequencer.view.phase.name != "OPEN":
                time.sleep(0.05)
        sides = [self._side(place) for place in range(2)]
        self.contract = LinkContract(1, sides, decider=SYSTEMS[0], timers=_TIMERS)
        for place in range(2):
            self._agree(place)

    def stop(self) -> None:
        """Stop both."""
        self._pauses.end()
        self.carrier.close()
        for service in self.services:
            service.stop()

    def _side(self, place: int) -> ContractSide:
        name = SYSTEMS[place]
        officers = [Officer(f"Officer {n}", f"{place}{n}" * 32) for n in range(2)]
        linked = [LinkedCurrency(_CURRENCIES[place], _HOLDER, _CAP)]
        key = self.services[place].context.public_key
        return ContractSide(name, f"Central Bank of {name}", key, officers, linked)

    def _agree(self, place: int) -> None:
        peer, document = SYSTEMS[1 - place], self.contract.to_document()
        action = Action("set_link_contract", peer=peer, link_contract=document)
        first, second = (Person(f"Person {n}", OPERATOR) for n in range(2))
        self._ask(place, DecisionRequest, Decision(DecisionKind.PROPOSE, first, action))
        proposed = self.query(place, lambda system: system.four_eyes.open[-1])
        kind, number = DecisionKind.APPROVE, proposed.number
        approval = Decision(kind, second, proposal=number, hash=proposed.hash)
        self._ask(place, DecisionRequest, approval)

    def _ask(self, place: int, kind: type, *content: object) -> Any:  # noqa: ANN401
        """The answer to work of one system."""
        return self.submit([(place, kind, content)])[0]

    def submit(self, work: Sequence[Work]) -> list[Any]:
        """Submit work of either system, some at one time, and wait until all is answered.

        Raises:
            RuntimeError: one of them was refused.
        """
        answers: list[Any] = [None] * len(work)
        window = threading.Semaphore(_WINDOW)

        def done(place: int, answer: object) -> None:
            answers[place] = answer
            window.release()

        for number, (place, kind, content) in enumerate(work):
            window.acquire()
            given = content if kind is Query else (_caller(), *content)
            self.services[place].sequencer.submit(kind(*given, done=partial(done, number)))
        for _ in range(_WINDOW):
            window.acquire()
        refused = [one for one in answers if isinstance(one, Exception)]
        refused += [one for one in answers if isinstance(one, LinkOutcome) and one.refused]
        if refused:
            raise RuntimeError(f"{len(refused)} of {len(work)} were refused: {refused[0]}")
        return answers

    def query(self, place: int, ask: Callable[[SettlementSystem], Any]) -> Any:  # noqa: ANN401
        """An answer of the state of one system."""
        return self._ask(place, Query, ask)

    def _deliver(self, addressee: str, proofs: list[dict[str, Any]]) -> None:
        inputs = LinkInputs(proofs=tuple(proofs))
        sequencer = self.services[SYSTEMS.index(addressee)].sequencer
        sequencer.submit(LinkRequest(_caller(), inputs, _refuse_errors))

    def draw_terms(self, number: int, seed: int) -> list[LinkTerms]:
        """Terms of links between random banks, each of one unit of each currency."""
        random = np.random.default_rng(seed)
        until, made = system_clock() + _HOUR, []
        digests = ("", self.contract.digest.hex())
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

    def legs(self, place: int, terms: Sequence[LinkTerms]) -> Commands:
        """The orders of one system's legs."""
        find = self.services[place].sequencer.view.directory.account_number
        legs = [one.leg_of(SYSTEMS[place]) for one in terms]
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

    def instruct(self, terms: Sequence[LinkTerms], rows: int, places: Sequence[int]) -> None:
        """Submit orders and terms of links in these systems, `rows` a request."""
        work: list[Work] = []
        for at in range(0, len(terms), rows):
            part = tuple(terms[at : at + rows])
            work += [(place, Orders, (self.legs(place, part),)) for place in places]
            work += [(place, LinkRequest, (LinkInputs(terms=part),)) for place in places]
        self.submit(work)

    def instruct_at_rate(self, terms: Sequence[LinkTerms], rate: int, rows: int) -> None:
        """Submit links in both systems, so many a second, whether or not others are answered."""
        begin = stopwatch()
        for at in range(0, len(terms), rows):
            time.sleep(max(0.0, begin + at / rate - stopwatch()))
            part = tuple(terms[at : at + rows])
            for place, service in enumerate(self.services):
                submit = service.sequencer.submit
                submit(Orders(_caller(), self.legs(place, part), _refuse_errors))
                submit(LinkRequest(_caller(), LinkInputs(terms=part), _refuse_errors))

    def wait(self, place: int, condition: Callable[[SettlementSystem], bool]) -> None:
        """Wait until a condition on the state of one system is true.

        Raises:
            RuntimeError: it does not come true in ten minutes.
        """
        end = stopwatch() + _DEADLINE
        while not self.query(place, condition):
            if stopwatch() > end:
                raise RuntimeError("the links do not come so far")
            time.sleep(0.02)


def _new_uuid(random: np.random.Generator) -> str:
    return str(uuid.UUID(bytes=random.bytes(16), version=4))


def _caller() -> Caller:
    return Caller(0, bytes(32), NO_KEY, bytes(32))


def _refuse_errors(answer: object) -> None:
    if isinstance(answer, InputError):
        raise answer


@contextmanager
def linked_systems(folder: Path) -> Iterator[LinkedSystems]:
    """Two running systems with a contract."""
    systems = LinkedSystems(folder)
    try:
        yield systems
    finally:
        systems.stop()
