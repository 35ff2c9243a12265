"""Systems, network, clocks and disks under one seed.

Times are microseconds of a true clock that no system sees. A statement travels with the claim of
its sender's record: a restored record is a new claim, and its peers take nothing older any more.
"""

import heapq
import random
from collections.abc import Sequence
from typing import Any

import attrs

from skontro.model import ReasonCode
from skontro.system.links.phases import Occurrence, Phase
from skontro.system.links.protocol import Table
from skontro.system.links.statements import Statement, Step, contradict
from skontro.system.links.terms import LinkTerms
from tests.system.links.instructed import D, F, G, leg, uetr
from tests.system.links.simulation.plain_system import MINUTE, SECOND, PlainSystem

#: Begin of the simulation, and the end of all trouble: what comes later arrives.
BEGIN, QUIET, END = 1_000_000 * SECOND, 1_000_090 * SECOND, 1_000_900 * SECOND
#: Nothing goes wrong any more by itself, and no statement of before is under way.
LAST_TROUBLE = 1_000_035 * SECOND
#: Systems that closed are open again.
OPEN = 1_000_100 * SECOND


@attrs.frozen
class Trouble:
    """Probabilities of what goes wrong, and what the systems leave undone in wrong variants.

    Attributes:
        loss, double: of a message.
        crash: in a batch; half of the crashes are before it is durable.
        partition, restore, close, cancel: of one in a run.
        lie: how a system lies in this run, or empty.
        compares_heads: whether a restored system compares its head with its peers.
        refuses_old_claims: whether peers refuse statements of an earlier claim of a record.
        sends_early: whether statements leave before their batch is durable.
    """

    loss: float = 0.1
    double: float = 0.1
    crash: float = 0.05
    partition: float = 0.5
    restore: float = 0.2
    close: float = 0.3
    cancel: float = 0.2
    lie: str = ""
    compares_heads: bool = True
    refuses_old_claims: bool = True
    sends_early: bool = False


#: Balances of a payer whose links are of 60 each.
COVERS = (0, 60, 60, 100, 120, 120, 120)
LIES = ("two faces", "false commit", "empty earmark")


def drawn_terms(rng: random.Random, systems: Sequence[str]) -> tuple[LinkTerms, ...]:
    """One or two links between these systems; payers may have cover for one only."""
    made = []
    for number in range(rng.choice((1, 1, 2))):
        legs = tuple(leg(one, 10 * number + at, amount=60) for at, one in enumerate(systems))
        made.append(LinkTerms(uetr(0x100 + number), D, legs, BEGIN + 5 * MINUTE + MINUTE // 2))
    return tuple(made)


class World:
    """A run.

    Args:
        seed: all that happens follows from it.
        trouble: what may go wrong.
        table: transitions; None for those of the protocol.
    """

    def __init__(self, seed: int, trouble: Trouble, table: Table | None = None) -> None:
        self.rng = rng = random.Random(seed)
        self.trouble = trouble
        names = (D, F, G)[: rng.choice((2, 2, 2, 3))]
        self.terms = drawn_terms(rng, names)
        self.systems: dict[str, Any] = self._systems(names, table)
        self.now = BEGIN
        self.queue: list[tuple[int, int, str, Any]] = []
        self.count = 0
        self.down = dict.fromkeys(names, 0)
        self.beats = dict.fromkeys(names, 0)
        self.shut: dict[str, set[str]] = {}
        self.claim = dict.fromkeys(names, 0)
        #: By receiver and sender: the newest head and claim of the sender that it has seen.
        self.heads = {(one, other): 0 for one in names for other in names}
        self.claims = {(one, other): 0 for one in names for other in names}
        self.broken: tuple[str, str] | None = None
        self.received: list[Statement] = []
        self.liar = ""
        self.true_record: dict[str, Any] = {}
        self._plan(names)

    def _systems(self, names: Sequence[str], table: Table | None) -> dict[str, Any]:
        return {
            name: PlainSystem(name, *self._drawn(), terms=self.terms, table=table) for name in names
        }

    def _drawn(self) -> tuple[int, dict[str, int]]:
        """Offset of a clock, and balances by BIC."""
        offset = self.rng.randrange(-5 * MINUTE, 5 * MINUTE + 1)
        return offset, {"ALFAKZ22": self.rng.choice(COVERS), "BETAUZ22": 30}

    def _plan(self, names: Sequence[str]) -> None:
        rng, trouble = self.rng, self.trouble
        for name in names:
            for term in self.terms:
                self.at(BEGIN + rng.randrange(3 * SECOND), "instruct", (name, term.link))
            self.at(BEGIN + rng.randrange(2 * SECOND), "beat", name)
        if rng.random() < trouble.partition:
            one, other = rng.sample(names, 2)
            self.at(BEGIN + rng.randrange(8 * SECOND), "break", (one, other))
        if rng.random() < trouble.restore:
            name, begin = rng.choice(names), BEGIN + rng.randrange(5 * SECOND)
            self.at(begin, "keep", name)
            self.at(begin + rng.randrange(1, 10 * SECOND), "restore", name)
        if rng.random() < trouble.close:
            self.at(BEGIN + rng.randrange(10 * SECOND), "close", rng.choice(names))
        if rng.random() < trouble.cancel:
            place = rng.choice(names), rng.choice(self.terms).link
            self.at(BEGIN + rng.randrange(10 * SECOND), "cancel", place)
        if trouble.lie:
            self.liar = rng.choice(names[1:]) if trouble.lie == "empty earmark" else D

    def at(self, time: int, kind: str, of: Any) -> None:
        self.count += 1
        heapq.heappush(self.queue, (time, self.count, kind, of))

    def run(self) -> None:
        """All events, until nothing is left to do."""
        while self.queue:
            self.now, _, kind, of = heapq.heappop(self.queue)
            if self.now > END:
                return
            getattr(self, f"on_{kind}")(of)
            if self.now > LAST_TROUBLE and self.ended() and not self.shut:
                return

    def ended(self) -> bool:
        return all(
            state.ended or state.phase == Phase.UNKNOWN
            for system in self.systems.values()
            for state in system.links.values()
        )

    def quiet(self) -> bool:
        return self.now >= QUIET

    def works(self, name: str) -> bool:
        return self.now >= self.down[name] and name not in self.shut

    def batch(self, name: str, inputs: Any) -> None:
        """A batch of a system: durable, then sent; it may stop before either."""
        crash = not self.quiet() and self.rng.random() < self.trouble.crash
        system = self.systems[name]
        before = crash and self.rng.random() < 0.5
        kept = system.keep() if before else {}
        statements = inputs(system)
        if crash:
            self.down[name] = self.now + self.rng.randrange(10 * SECOND)
            system.restore(kept if before else system.keep())
        if not crash or (before and self.trouble.sends_early):
            for one in statements:
                self.send(self.bent(one))

    def bent(self, statement: Statement) -> Statement:
        """A statement as a liar makes it."""
        if statement.sender != self.liar:
            return statement
        last = statement.addressee == list(self.systems)[-1]
        decision = statement.step in (Step.COMMITTED, Step.NOT_COMMITTED)
        lie = self.trouble.lie
        if lie == "two faces" and decision and last:
            return _turned(statement)
        if lie == "false commit" and statement.step == Step.NOT_COMMITTED:
            return _turned(statement)
        if lie == "empty earmark" and statement.step == Step.NOT_READY:
            asked = self.systems[statement.sender].decide_by_of(statement.link)
            if asked is not None:
                return attrs.evolve(
                    statement, step=Step.PREPARED, decide_by=asked, reason=ReasonCode.NONE
                )
        return statement

    def send(self, statement: Statement) -> None:
        self.post(statement.sender, statement.addressee, statement)

    def post(self, sender: str, addressee: str, content: Any) -> None:
        """Give the network a letter, which may be lost, doubled and late."""
        letter = (sender, addressee, content, self.claim[sender], self.systems[sender].batch)
        if self.quiet():
            self.at(self.now + 10_000, "deliver", letter)
            return
        if self.broken == (sender, addressee):
            return
        for _ in range(1 + (self.rng.random() < self.trouble.double)):
            if self.rng.random() >= self.trouble.loss:
                far = self.rng.random() < 0.1
                delay = self.rng.randrange(20 * SECOND if far else SECOND // 4)
                self.at(self.now + delay, "deliver", letter)

    def on_deliver(self, letter: tuple[str, str, Any, int, int]) -> None:
        sender, addressee, content, claim, head = letter
        pair = addressee, sender
        if not self.works(addressee):
            return
        if self.trouble.refuses_old_claims and claim < self.claims[pair]:
            return
        self.claims[pair] = max(claim, self.claims[pair])
        self.heads[pair] = max(head, self.heads[pair])
        self.hear(addressee, content)

    def hear(self, name: str, one: Statement) -> None:
        self.received.append(one)
        fields = {
            "sender": one.sender,
            "terms": one.terms,
            "decide_by": one.decide_by,
            "reason": one.reason,
        }
        self.batch(name, lambda system: system.take(one.link, self.now, one.step, **fields))

    def on_instruct(self, of: tuple[str, str]) -> None:
        name, link = of
        if not self.works(name):
            self.at(self.now + SECOND, "instruct", of)
            return
        self.batch(name, lambda system: system.take(link, self.now, Occurrence.INSTRUCTION))
        if self.systems[name].links[link].phase == Phase.UNKNOWN:
            self.at(self.now + SECOND, "instruct", of)

    def on_cancel(self, of: tuple[str, str]) -> None:
        name, link = of
        if self.works(name):
            self.batch(name, lambda system: system.take(link, self.now, Occurrence.CANCELLATION))

    def on_beat(self, name: str) -> None:
        system = self.systems[name]
        self.beats[name] += 1
        wait = 60 if self.now > OPEN + MINUTE else min(2 ** self.beats[name], 16)
        self.at(self.now + wait * SECOND, "beat", name)
        if name in self.shut and self.now >= self.down[name]:
            self.ask_for_heads(name)
        if not self.works(name):
            return
        if not system.open and self.now >= OPEN:
            system.open = True
        self.batch(name, lambda one: one.beat(self.now))
        if not self.works(name):
            return
        for link, state in system.links.items():
            if not state.ended and state.phase != Phase.UNKNOWN:
                self.batch(name, lambda one, link=link: one.take(link, self.now, Occurrence.REPEAT))
                if not self.works(name):
                    return

    def on_close(self, name: str) -> None:
        if self.works(name):
            self.batch(name, lambda system: system.close(self.now))
        self.systems[name].open = False

    def on_break(self, pair: tuple[str, str]) -> None:
        self.broken = pair

    def on_keep(self, name: str) -> None:
        self.true_record = self.systems[name].keep()

    def on_restore(self, name: str) -> None:
        """The newest batches are lost; the copy that has them is found later, if it is missed."""
        system = self.systems[name]
        whole = system.keep()
        system.restore(self.true_record)
        self.true_record = whole
        self.claim[name] += 1
        self.down[name] = self.now + self.rng.randrange(5 * SECOND)
        if self.trouble.compares_heads:
            self.shut[name] = {other for other in self.systems if other != name}

    def ask_for_heads(self, name: str) -> None:
        """Ask each peer that works; one that answers takes nothing of an older claim any more."""
        system = self.systems[name]
        for peer in sorted(self.shut[name]):
            reached = self.broken not in ((name, peer), (peer, name)) or self.quiet()
            if not self.works(peer) or not reached:
                continue
            self.claims[peer, name] = self.claim[name]
            self.shut[name].discard(peer)
            if self.heads[peer, name] > system.batch:
                system.restore(self.true_record)
        if not self.shut[name]:
            del self.shut[name]

    def violations(self) -> list[str]:
        """What is wrong at the end."""
        wrong = [] if self.ended() else ["a link has not ended"]
        for term in self.terms:
            paid = {term.link in system.ledger.paid for system in self.systems.values()}
            if len(paid) == 2:
                wrong.append("one leg is final and the other is not")
        for system in self.systems.values():
            system.ledger.check()
            if system.ledger.earmarks and self.ended():
                wrong.append("an earmark is left")
        return wrong

    def accused(self) -> set[str]:
        """Systems whose signed statements contradict each other or their own record."""
        found = set()
        for at, one in enumerate(self.received):
            said = self.systems[one.sender].said
            if (one.link, one.step, one.batch, one.time) not in said:
                found.add(one.sender)
            if any(contradict(one, other) for other in self.received[:at]):
                found.add(one.sender)
        return found


def _turned(statement: Statement) -> Statement:
    """A decision turned into its opposite, as a liar signs it."""
    if statement.step == Step.COMMITTED:
        return attrs.evolve(statement, step=Step.NOT_COMMITTED, reason=ReasonCode.LINK_LEG_ENDED)
    if statement.decide_by is None:
        return statement
    time = min(statement.time, statement.decide_by)
    return attrs.evolve(statement, step=Step.COMMITTED, time=time, reason=ReasonCode.NONE)


def run(seed: int, trouble: Trouble, table: Table | None = None) -> World:
    """A run to its end."""
    world = World(seed, trouble, table)
    world.run()
    return world
