"""A breadth-first model checker for links, over the transition table of the protocol itself.

Messages only accumulate: each may be delivered never, late, repeatedly and in any order. A system
may stop anywhere, since no step is ever forced. With `lossy`, any message may also be lost for
good, as if a system had stopped before sending it, so that only a repetition brings it.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import attrs

from skontro.model import ReasonCode
from skontro.system.links.link_state import LinkInput, LinkState
from skontro.system.links.phases import ENDED, LegCommand, Occurrence, Phase, Role
from skontro.system.links.protocol import Table, advance
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkTerms

#: Record times of the model: before decide-by and after it.
IN_TIME, DECIDE_BY, LATE = 1, 2, 3

#: What became of a leg's money in the ledger of its system.
OPEN, EARMARKED, PAID, RETURNED = range(4)


_UNASKED = (Step.MATCH, Step.READY, Step.NOT_READY, Step.WITHDRAW)
#: Statements that change nothing in a phase and after it, where none is lost: what they would be
#: answered has been sent.
_DEAD: dict[Phase, tuple[Step, ...]] = {
    Phase.ASKED: _UNASKED,
    Phase.PERMITTED: (*_UNASKED, Step.PREPARED),
    Phase.PREPARED: (Step.MATCH, Step.EARMARK),
    **dict.fromkeys(ENDED, tuple(Step)),
}


class World(NamedTuple):
    """A state of all systems: numbers of link states, legs, statements sent, clocks."""

    states: tuple[int, ...]
    legs: tuple[int, ...]
    sent: int
    late: int
    certified: int


@attrs.frozen
class Edge:
    """A step of the world; `bank` is the account whose bank alone caused it."""

    name: str
    to: World
    bank: tuple[str, str] | None = None


class Violation(Exception):  # noqa: N818  the fact is the name
    """A property does not hold; the text says which."""


@attrs.define(slots=False)
class Model:
    """Links between systems, with what may happen to them.

    Attributes:
        terms: of the links.
        cover: of each paying account, in legs that it can pay.
        begins: phase in which all systems begin.
        table: transitions; None for those of the protocol.
        lossy: whether statements may be lost for good.
        refuses: whether followers may meet an obstacle.
        cancels: whether banks may cancel.
        ends: whether legs may end by themselves, at their latest time.
        certifies: whether the decider's officers may certify.
        claims: whether a bank may instruct again, in a variant that waits for it.
        follower_timer: whether time passes in followers too, in a variant that minds it.
        together: whether the decider has several legs, which settle in a batch of links and wait
            for each other until decide-by.
        turns_back: whether the decider's record time may fall again, in a variant.
        forgets: whether statements are dropped whose delivery changes nothing any more; only for
            the transitions of the protocol and without `lossy`.
    """

    terms: tuple[LinkTerms, ...]
    cover: dict[tuple[str, str], int]
    begins: Phase = Phase.UNKNOWN
    table: Table | None = None
    lossy: bool = False
    refuses: bool = True
    cancels: bool = True
    ends: bool = True
    certifies: bool = True
    claims: bool = False
    follower_timer: bool = False
    together: bool = False
    turns_back: bool = False
    forgets: bool = False

    def __attrs_post_init__(self) -> None:
        self.places = [(at, system) for at, one in enumerate(self.terms) for system in one.systems]
        self.place_of = {place: at for at, place in enumerate(self.places)}
        self.place_by_link = {
            (self.terms[at].link, system): place for (at, system), place in self.place_of.items()
        }
        self.accounts = []
        for at, system in self.places:
            self.accounts.append((system, self.terms[at].leg_of(system).payer))
        self.known: list[LinkState] = []
        self.numbers: dict[LinkState, int] = {}
        self.statements: list[Statement] = []
        self.bits: dict[Statement, int] = {}
        self.memory: dict[Any, Any] = {}

    def number(self, state: LinkState) -> int:
        if state not in self.numbers:
            self.numbers[state] = len(self.known)
            self.known.append(state)
        return self.numbers[state]

    def bit(self, statement: Statement) -> int:
        if statement not in self.bits:
            self.bits[statement] = len(self.statements)
            self.statements.append(statement)
        return 1 << self.bits[statement]

    def state(self, world: World, place: int) -> LinkState:
        return self.known[world.states[place]]

    def first(self) -> World:
        """All systems in the phase in which they begin."""
        numbers, sent = [], 0
        for at, system in self.places:
            state = LinkState(self.terms[at], system, decide_within=DECIDE_BY - IN_TIME)
            if self.begins == Phase.MATCHED:
                decides = state.role == Role.DECIDER
                state = attrs.evolve(
                    state,
                    phase=Phase.MATCHED,
                    matched=state.terms.followers if decides else (),
                    facts=((Step.MATCH, 0, IN_TIME),),
                )
            numbers.append(self.number(state))
        return World(tuple(numbers), (OPEN,) * len(self.places), sent, 0, 0)

    def step(self, number: int, given: LinkInput) -> tuple[int, tuple[LegCommand, ...], int, bool]:
        """The number of the state after it, commands, statements as bits, and whether taken."""
        key = (number, given)
        if key not in self.memory:
            made = advance(self.known[number], given, self.table)
            bits = 0
            for statement in made.statements:
                bits |= self.bit(statement)
            taken = made.refusal == ReasonCode.NONE
            self.memory[key] = (self.number(made.state), made.commands, bits, taken)
        return self.memory[key]  # type: ignore[no-any-return]

    def time(self, world: World, place: int) -> int:
        at, system = self.places[place]
        decides = system == self.terms[at].decider
        return LATE if decides and world.late >> at & 1 and not self.turns_back else IN_TIME

    def free_cover(self, world: World, place: int) -> int:
        account = self.accounts[place]
        used = sum(
            world.legs[other] in (EARMARKED, PAID)
            for other, its in enumerate(self.accounts)
            if its == account
        )
        return self.cover[account] - used

    def take(
        self, world: World, place: int, cause: Step | Occurrence, **fields: Any
    ) -> tuple[World, int] | None:
        """The world after an input, with its ledger, and the statements to be sent."""
        given = LinkInput(cause, 0, self.time(world, place), **fields)
        number, commands, bits, taken = self.step(world.states[place], given)
        if not taken:
            return None
        leg = self.ledger(world, place, cause, commands)
        states = (*world.states[:place], number, *world.states[place + 1 :])
        legs = (*world.legs[:place], leg, *world.legs[place + 1 :])
        return world._replace(states=states, legs=legs), bits

    def ledger(
        self, world: World, place: int, cause: Step | Occurrence, commands: tuple[LegCommand, ...]
    ) -> int:
        """The leg after the commands."""
        leg = world.legs[place]
        if cause == Occurrence.LEG_SETTLED:
            leg = self.move(leg, OPEN, PAID, "settled")
        elif cause == Occurrence.LEG_ENDED:
            leg = self.move(leg, OPEN, RETURNED, "returned")
        for command in commands:
            if command == LegCommand.EARMARK:
                covered = leg == OPEN and self.free_cover(world, place) > 0
                leg = EARMARKED if covered else leg
            elif command == LegCommand.COMPLETE:
                leg = self.move(leg, EARMARKED, PAID, "completed")
            elif command == LegCommand.RELEASE:
                leg = self.move(leg, EARMARKED, RETURNED, "released")
            elif command == LegCommand.CANCEL:
                leg = self.move(leg, OPEN, RETURNED, "cancelled")
        return leg

    @staticmethod
    def move(leg: int, before: int, after: int, name: str) -> int:
        if leg != before:
            raise Violation(f"once: a leg is {name} that is not as it must be")
        return after

    def edges(self, world: World) -> Iterator[Edge]:
        """All steps from a world."""
        for place in range(len(self.places)):
            for name, bank, (after, bits) in self.at_place(world, place):
                yield from self.sends(world, name, bank, after, bits)
        if self.lossy:
            for bit in range(world.sent.bit_length()):
                if world.sent >> bit & 1:
                    yield Edge("a statement is lost", world._replace(sent=world.sent ^ 1 << bit))

    def sends(
        self, world: World, name: str, bank: tuple[str, str] | None, after: World, bits: int
    ) -> Iterator[Edge]:
        sent = after._replace(sent=self.without_dead(after, after.sent | bits))
        if sent != world:
            yield Edge(name, sent, bank)

    def without_dead(self, world: World, sent: int) -> int:
        """The statements without those that change nothing any more."""
        if not self.forgets:
            return sent
        for bit, statement in enumerate(self.statements):
            if sent >> bit & 1:
                place = self.place_by_link[statement.link, statement.addressee]
                if statement.step in _DEAD.get(self.state(world, place).phase, ()):
                    sent &= ~(1 << bit)
        return sent

    def at_place(self, world: World, place: int) -> Iterator[tuple[str, Any, tuple[World, int]]]:
        at, system = self.places[place]
        state, leg = self.state(world, place), world.legs[place]
        own = f"{at}.{system}"
        for cause, bank, fields in self.occurrences(world, place, state, leg):
            outcome = self.take(world, place, cause, **fields)
            if outcome is not None:
                yield f"{own} {cause}", bank, outcome
        yield from self.deliveries(world, place, own)
        if state.role == Role.DECIDER:
            yield from self.of_time(world, place, state, own)
            if self.certifies and not world.certified >> at & 1 and leg != PAID:
                yield f"{own} certified", None, self.certify(world, place)

    def occurrences(
        self, world: World, place: int, state: LinkState, leg: int
    ) -> Iterator[tuple[Occurrence, tuple[str, str] | None, dict[str, Any]]]:
        bank = self.accounts[place]
        if state.phase == Phase.UNKNOWN or self.claims:
            claims = None if state.phase == Phase.UNKNOWN else bank
            yield Occurrence.INSTRUCTION, claims, {}
        before = state.phase in (Phase.INSTRUCTED, Phase.MATCHED)
        if before and not state.own_ready and self.free_cover(world, place) > 0:
            yield Occurrence.LEG_READY, None, {}
        if before and state.own_ready and self.refuses:
            yield Occurrence.LEG_NOT_READY, None, {"reason": ReasonCode.INSUFFICIENT_LIQUIDITY}
        if self.cancels:
            yield Occurrence.CANCELLATION, bank, {}
        if state.phase == Phase.PERMITTED and leg == OPEN and self.free_cover(world, place) > 0:
            yield Occurrence.LEG_SETTLED, None, {}
            if self.together:
                yield Occurrence.LEG_READY, None, {}
        if state.phase == Phase.EARMARKING and leg == EARMARKED:
            yield Occurrence.LEG_EARMARKED, None, {}
        elif state.phase == Phase.EARMARKING:
            reason = {"reason": ReasonCode.INSUFFICIENT_LIQUIDITY}
            yield Occurrence.LEG_NOT_EARMARKED, None, reason
        if self.ends and leg == OPEN and state.phase != Phase.UNKNOWN:
            yield Occurrence.LEG_ENDED, None, {}
        if self.lossy:
            yield Occurrence.REPEAT, None, {}
        if self.follower_timer and state.role == Role.FOLLOWER:
            yield Occurrence.DECIDE_BY_PASSED, None, {}

    def deliveries(
        self, world: World, place: int, own: str
    ) -> Iterator[tuple[str, None, tuple[World, int]]]:
        at, system = self.places[place]
        rest, bit = world.sent, 0
        while rest:
            if rest & 1:
                statement = self.statements[bit]
                terms = self.terms[at]
                if statement.link == terms.link and statement.addressee == system:
                    for obstacle in self.obstacles(statement):
                        fields = {
                            "sender": statement.sender,
                            "terms": statement.terms,
                            "decide_by": statement.decide_by,
                            "reason": statement.reason,
                            "obstacle": obstacle,
                        }
                        outcome = self.take(world, place, statement.step, **fields)
                        if outcome is not None:
                            yield f"{own} gets {statement.step}", None, outcome
            rest >>= 1
            bit += 1
        if world.certified >> at & 1 and self.state(world, place).role == Role.FOLLOWER:
            outcome = self.take(world, place, Occurrence.CERTIFICATE)
            if outcome is not None:
                yield f"{own} gets the certificate", None, outcome

    def obstacles(self, statement: Statement) -> tuple[ReasonCode, ...]:
        if statement.step != Step.EARMARK or not self.refuses:
            return (ReasonCode.NONE,)
        return ReasonCode.NONE, ReasonCode.LINK_CAP_REACHED, ReasonCode.LINK_SUSPENDED

    def of_time(
        self, world: World, place: int, state: LinkState, own: str
    ) -> Iterator[tuple[str, None, tuple[World, int]]]:
        """Record time passes decide-by. The engine returns a leg that may not settle later.

        From then on any signed head without a commit is a proof of absence.
        """
        at, _ = self.places[place]
        if state.decide_by is None or world.late >> at & 1:
            return
        later = world._replace(late=world.late | 1 << at)
        after, bits = later, 0
        of_link = state.phase == Phase.ASKED or self.together
        cause = Occurrence.DECIDE_BY_PASSED if of_link else Occurrence.LEG_ENDED
        if world.legs[place] == OPEN and not self.turns_back:
            after, bits = self.take(later, place, cause) or (later, 0)
        if after.legs[place] != PAID:
            for follower in state.terms.followers:
                bits |= self.bit(absence(state, follower))
        yield f"{own} decide-by passes", None, (after, bits)

    def certify(self, world: World, place: int) -> tuple[World, int]:
        at, _ = self.places[place]
        after, bits = self.take(world, place, Occurrence.CERTIFICATE) or (world, 0)
        return after._replace(certified=after.certified | 1 << at), bits


def absence(state: LinkState, follower: str) -> Statement:
    """A head later than decide-by without a commit, as the statement that it amounts to."""
    return Statement(
        link=state.terms.link,
        step=Step.NOT_COMMITTED,
        sender=state.system,
        addressee=follower,
        terms=state.terms.digest,
        batch=0,
        time=LATE,
        decide_by=DECIDE_BY,
        reason=ReasonCode.LINK_LAPSED,
    )


@attrs.define(slots=False)
class Found:
    """All reachable worlds, with their steps."""

    worlds: list[World]
    edges: list[list[tuple[int, tuple[str, str] | None]]]
    came: list[tuple[int, str]]

    def path(self, at: int) -> list[str]:
        """The shortest way to a world."""
        steps: list[str] = []
        while at:
            at, name = self.came[at]
            steps.append(name)
        return steps[::-1]


def explore(model: Model, most: int = 2_000_000) -> Found:
    """All reachable worlds, breadth first; each is checked for atomicity.

    Raises:
        Violation: with the shortest way to it.
    """
    first = model.first()
    found = Found([first], [], [(0, "")])
    numbers = {first: 0}
    queue = deque([0])
    while queue:
        at = queue.popleft()
        world = found.worlds[at]
        _check_atomic(model, found, at)
        out: list[tuple[int, tuple[str, str] | None]] = []
        try:
            for edge in model.edges(world):
                to = numbers.get(edge.to)
                if to is None:
                    to = numbers[edge.to] = len(found.worlds)
                    found.worlds.append(edge.to)
                    found.came.append((at, edge.name))
                    queue.append(to)
                out.append((to, edge.bank))
        except Violation as violation:
            raise Violation(f"{violation}: {' / '.join(found.path(at))}") from None
        found.edges.append(out)
        assert len(found.worlds) <= most
    return found


def _check_atomic(model: Model, found: Found, at: int) -> None:
    """No leg is final in one system while another of its link has ended without settlement."""
    world = found.worlds[at]
    for link in range(len(model.terms)):
        legs = {world.legs[place] for place, (of, _) in enumerate(model.places) if of == link}
        decider = model.place_of[link, model.terms[link].decider]
        if PAID in legs and (RETURNED in legs or world.legs[decider] != PAID):
            raise Violation(f"atomicity: {' / '.join(found.path(at))}")
    for place in range(len(model.places)):
        if model.free_cover(world, place) < 0:
            raise Violation(f"money: {' / '.join(found.path(at))}")


def _reaching(found: Found, goals: list[bool], *, with_banks: bool = True) -> list[bool]:
    """From which worlds a goal can be reached; without the banks, if they do not help."""
    back: list[list[int]] = [[] for _ in found.worlds]
    for at, out in enumerate(found.edges):
        for to, bank in out:
            if with_banks or bank is None:
                back[to].append(at)
    reaches = list(goals)
    queue = deque(at for at, goal in enumerate(goals) if goal)
    while queue:
        for at in back[queue.popleft()]:
            if not reaches[at]:
                reaches[at] = True
                queue.append(at)
    return reaches


def stuck(model: Model, found: Found) -> list[int]:
    """Worlds from which not all links can end any more, without help of any bank."""
    ended = [
        all(
            model.known[number].ended or model.known[number].phase == Phase.UNKNOWN
            for number in world.states
        )
        and EARMARKED not in world.legs
        for world in found.worlds
    ]
    reaches = _reaching(found, ended, with_banks=False)
    return [at for at, can in enumerate(reaches) if not can]


def free_options(model: Model, found: Found) -> list[int]:
    """Worlds in which one bank alone chooses while another's money is locked for the link.

    A bank chooses if its instruction takes an outcome away, or if an outcome needs it.
    """
    options: set[int] = set()
    for link, terms in enumerate(model.terms):
        decider = model.place_of[link, terms.decider]
        places = [place for place, (of, _) in enumerate(model.places) if of == link]
        for outcome in (PAID, RETURNED):
            goals = [world.legs[decider] == outcome for world in found.worlds]
            can = _reaching(found, goals)
            can_alone = _reaching(found, goals, with_banks=False)
            for at, world in enumerate(found.worlds):
                locked = {model.accounts[one] for one in places if world.legs[one] == EARMARKED}
                if not locked:
                    continue
                if can[at] and not can_alone[at]:
                    options.add(at)
                for to, bank in found.edges[at]:
                    others = bank is not None and bool(locked - {bank})
                    if others and can[at] and not can[to]:
                        options.add(at)
    return sorted(options)


def check(model: Model) -> Found:
    """Check all properties.

    Raises:
        Violation: one does not hold; the text has the shortest way to it.
    """
    found = explore(model)
    for name, wrong in (("end", stuck(model, found)), ("option", free_options(model, found))):
        if wrong:
            raise Violation(f"{name}: {len(wrong)} worlds: {' / '.join(found.path(wrong[0]))}")
    return found
