"""Real settlement systems over the network, clocks and disks of the simulation.

Other than with plain ledgers, legs are orders, domestic payments spend and bring cover, business
days end by the clock, and every statement travels with its proof.
"""

import random
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from skontro.model import Bypass, PaymentClass, Rulebook
from skontro.model import Phase as DayPhase
from skontro.system.links.phases import Phase
from skontro.system.links.protocol import Table
from skontro.system.links.statements import contradict
from skontro.system.links.terms import LinkLeg, LinkTerms
from tests.service.systems import NOON
from tests.system.links.instructed import D
from tests.system.links.simulation.plain_system import MINUTE, SECOND
from tests.system.links.simulation.real_system import (
    HOUR,
    RealSystem,
    contract_of,
    fact_of,
    forged,
)
from tests.system.links.simulation.world import BEGIN, OPEN, Trouble, World

#: Mechanisms of settlement: FIFO with and without offsetting on entry.
RULEBOOKS = (
    Rulebook(),
    Rulebook(offset_on_entry=True),
    Rulebook(bypass=Bypass((*PaymentClass,), depth=3, max_bypasses=1)),
)
#: How often a system has several legs of a link.
SEVERAL = 0.3
#: Most value in doubt: for one link, or without effect.
CAPS = (60, 119, 10**9, 10**9)


class RealWorld(World):
    """A run of real systems.

    Args:
        seed: all that happens follows from it.
        trouble: what may go wrong.
    """

    def __init__(self, seed: int, trouble: Trouble) -> None:
        self.instructed: set[tuple[str, str, str]] = set()
        #: Of its own, so that the rest of a run does not depend on the number of legs.
        self.of_legs = random.Random(seed)
        super().__init__(seed, trouble)

    def _systems(self, names: Sequence[str], table: Table | None) -> dict[str, Any]:
        rng = self.rng
        # Sometimes the day ends soon, by the clocks.
        near = rng.random() < 0.2
        self.begin = NOON + 6 * HOUR - rng.randrange(12 * MINUTE) if near else NOON
        self.shift = self.begin - BEGIN
        cap, rulebook = rng.choice(CAPS), rng.choice(RULEBOOKS)
        digests = {name: contract_of(D, name, cap).digest.hex() for name in names[1:]}
        self.terms = tuple(self._real(terms, digests) for terms in self.terms)
        made = {}
        for name in names:
            others = [other for other in names if other != name and D in (name, other)]
            contracts = {one: contract_of(*sorted((name, one)), cap) for one in others}
            offset, balances = self._drawn()
            made[name] = RealSystem(name, offset, balances, contracts, rulebook, self.begin)
        return made

    def _real(self, terms: LinkTerms, digests: dict[str, str]) -> LinkTerms:
        legs: list[LinkLeg] = []
        for one in terms.legs:
            leg = attrs.evolve(one, contract=digests.get(one.system, ""))
            legs += self._several(leg) if self.of_legs.random() < SEVERAL else [leg]
        until = terms.valid_until + self.shift
        return attrs.evolve(terms, legs=tuple(legs), valid_until=until)

    def _several(self, leg: LinkLeg) -> list[LinkLeg]:
        """Two or three legs that pay as much as one, sometimes with one in the other direction."""
        parts = self.of_legs.choice(((20, 40), (50, 10), (20, 20, 20)))
        legs = [
            attrs.evolve(leg, amount=part, uetr=self._other_uetr(leg, number))
            for number, part in enumerate(parts)
        ]
        if self.of_legs.random() < 0.2:
            back = attrs.evolve(legs[0], payer=leg.payee, payee=leg.payer, amount=5)
            legs.insert(1, attrs.evolve(back, uetr=self._other_uetr(leg, len(parts))))
        return legs

    @staticmethod
    def _other_uetr(leg: LinkLeg, number: int) -> str:
        return f"{leg.uetr[:-12]}{int(leg.uetr[-12:], 16) + number * 0x1000:012x}"

    def _plan(self, names: Sequence[str]) -> None:
        super()._plan(names)
        rng = self.rng
        for _ in range(rng.choice((0, 0, 1, 3))):
            payment = rng.choice(names), rng.randrange(2), rng.randrange(1, 121)
            self.at(BEGIN + rng.randrange(12 * SECOND), "pay", payment)

    @property
    def local(self) -> int:
        """The true time, as the clocks of the systems would have it without their offsets."""
        return self.now + self.shift

    def group(self, name: str, work: Callable[[RealSystem], object]) -> None:
        self.batch(name, lambda system: system.group(self.local, work))

    def bent(self, sent: Any) -> Any:
        one, _ = sent
        told = super().bent(one)
        return sent if told is one else forged(self.systems[one.sender].record[-1].entry, told)

    def send(self, sent: Any) -> None:
        one, proof = sent
        self.post(one.sender, one.addressee, (one, proof))

    def hear(self, name: str, content: Any) -> None:
        one, proof = content
        self.received.append(one)
        self.group(name, lambda system: system.hear(self.local, proof))

    def on_instruct(self, of: tuple[str, str]) -> None:
        """Order and terms, in either order; each again until it is durable."""
        name, link = of
        terms = next(one for one in self.terms if one.link == link)
        for part in self.rng.sample(("order", "terms"), 2):
            if not self.works(name):
                self.at(self.now + SECOND, "instruct", of)
                return
            if (name, link, part) in self.instructed:
                continue
            number = self.systems[name].batch
            if part == "order":
                self.group(name, lambda system: system.submit_leg(self.local, terms))
            else:
                self.group(name, lambda system: system.link(self.local, terms=(terms,)))
            if self.systems[name].batch > number:
                self.instructed.add((name, link, part))

    def on_cancel(self, of: tuple[str, str]) -> None:
        name, link = of
        if self.works(name):
            self.group(name, lambda system: system.link(self.local, cancelled=(link,)))

    def on_pay(self, payment: tuple[str, int, int]) -> None:
        name, payer, amount = payment
        if self.works(name):
            self.count += 1
            number = self.count
            self.group(name, lambda system: system.pay(self.local, payer, amount, number))

    def on_close(self, name: str) -> None:
        """The clock is put forward to the end of the day."""
        self.put_forward(name, 18 * HOUR)
        if self.works(name):
            self.group(name, lambda system: None)

    def put_forward(self, name: str, time_of_day: int) -> None:
        """Put a clock forward to the next such time of day."""
        system = self.systems[name]
        system.offset += (time_of_day - self.local - system.offset) % (24 * HOUR)

    def on_beat(self, name: str) -> None:
        self.beats[name] += 1
        wait = 60 if self.now > OPEN + MINUTE else min(2 ** self.beats[name], 16)
        self.at(self.now + wait * SECOND, "beat", name)
        if name in self.shut and self.now >= self.down[name]:
            self.ask_for_heads(name)
        if not self.works(name):
            return
        system = self.systems[name]
        if self.now >= OPEN and system.system.clock.phase != DayPhase.OPEN:
            self.put_forward(name, 9 * HOUR)
        self.group(name, lambda system: system.link(self.local))
        if self.works(name):
            asked = tuple(one.terms.link for one in system.links if not one.ended)
            if asked:
                self.group(name, lambda system: system.link(self.local, repeated=asked))

    def ended(self) -> bool:
        return all(state.ended for system in self.systems.values() for state in system.links)

    def violations(self) -> list[str]:
        wrong = [] if self.ended() else ["a link has not ended"]
        paid = [system.paid for system in self.systems.values()]
        if any(len({terms.link in one for one in paid}) == 2 for terms in self.terms):
            wrong.append("one leg is final and the other is not")
        for system in self.systems.values():
            system.check_record()
            earmarked = int(system.system.engine.balances[-1])
            if earmarked and self.ended():
                wrong.append("an earmark is left")
        return wrong

    def accused(self) -> set[str]:
        said = {name: system.said for name, system in self.systems.items()}
        found = {one.sender for one in self.received if fact_of(one) not in said[one.sender]}
        for at, one in enumerate(self.received):
            found |= {one.sender for other in self.received[:at] if contradict(one, other)}
        return found

    def phases(self) -> dict[str, list[Phase]]:
        """How far each link has come, by system."""
        return {name: [one.phase for one in s.links] for name, s in self.systems.items()}


def run_real(seed: int, trouble: Trouble) -> RealWorld:
    """A run of real systems to its end."""
    world = RealWorld(seed, trouble)
    world.run()
    return world
