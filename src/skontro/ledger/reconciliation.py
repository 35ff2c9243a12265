"""Two or more verified records reconciled: both legs of every link, and every statement heard.

Each record alone proves its own side. Together they prove that all legs of a link settled or none,
and that each system has heard what the other's record says.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, permutations
from typing import Final

import attrs

from skontro.ledger.link_records import LinkRecord, Money
from skontro.ledger.reconciled import (
    Difference,
    Kind,
    Outcome,
    ReconciledLeg,
    ReconciledLink,
    Reconciliation,
)
from skontro.model import InputError, find_currency, format_amount
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import ENDED, Phase
from skontro.system.links.statements import Step
from skontro.system.links.terms import LinkTerms

#: Places of the money that a phase allows; the decider's leg may settle a batch before it is said.
_ALLOWED: Final = {
    Phase.PERMITTED: (Money.PAYER, Money.PAYEE),
    Phase.COMMITTED: (Money.PAYEE,),
    Phase.PREPARED: (Money.EARMARKED,),
    Phase.COMPLETED: (Money.PAYEE,),
}
_DECISIONS: Final = (Step.COMMITTED, Step.NOT_COMMITTED)

#: A further comparison of two records of linked systems, in order of their identifiers.
PairCheck = Callable[[LinkRecord, LinkRecord], Sequence[Difference]]


def reconcile(records: Sequence[LinkRecord], further: Sequence[PairCheck] = ()) -> Reconciliation:
    """Compare verified records link by link.

    Args:
        records: of two or more systems.
        further: comparisons of each pair besides those of links.

    Raises:
        InputError: fewer than two records, one without a contract, or two of one system.

    Example:
        >>> reconcile([kazakh, kyrgyz]).agrees
        True
    """
    by_name = _by_name(records)
    differences: list[Difference] = []
    proofs = 0
    for one, other in permutations(by_name.values(), 2):
        differences += _compare_keys(one, other)
        heard, found = _compare_heard(one, other)
        proofs, differences = proofs + heard, differences + found
    behind = frozenset(one.systems[1] for one in differences if one.kind == Kind.BEHIND)
    links = []
    for terms in _all_terms(by_name.values()):
        link, found = _reconcile_link(terms, by_name, behind)
        links.append(link)
        differences += found
    for record in by_name.values():
        differences += _compare_earmarks(record)
    for first, second in combinations(sorted(by_name), 2):
        for check in further:
            differences += check(by_name[first], by_name[second])
    return Reconciliation(tuple(links), tuple(differences), proofs)


def _by_name(records: Sequence[LinkRecord]) -> dict[str, LinkRecord]:
    if len(records) < 2:
        raise InputError("two records or more are reconciled, not one")
    found: dict[str, LinkRecord] = {}
    for place, record in enumerate(records, 1):
        if not record.name:
            raise InputError(f"record {place} has no contract with another system")
        if record.name in found:
            raise InputError(f"two of the records are of {record.name}")
        found[record.name] = record
    return found


def _compare_keys(one: LinkRecord, other: LinkRecord) -> Iterator[Difference]:
    """Compare the key that signed a record with that in the other's contract with it."""
    contract = other.system.link_contracts.get(one.name)
    if contract is None:
        return
    expected = contract.side(one.name).public_key
    if expected != one.key:
        yield Difference(
            Kind.KEY,
            (one.name, other.name),
            f"the record of {one.name} is signed with {one.key}, and the contract that "
            f"{other.name} recorded has {expected}",
        )


def _compare_heard(one: LinkRecord, other: LinkRecord) -> tuple[int, list[Difference]]:
    """Look for each batch that a record has heard of in the record that it is from.

    The hash covers all statements of the batch, and their paths to it are checked before.
    """
    proved, differences = 0, []
    systems = (one.name, other.name)
    for heard in one.heard.values():
        if heard.peer != other.name:
            continue
        recorded = other.hash_of(heard.batch)
        place = f"batch {heard.own_batch} of {one.name} has heard of batch {heard.batch} of "
        if recorded is None:
            evidence = f"{place}{other.name}, whose record ends at batch {other.head.batch}"
            differences.append(Difference(Kind.BEHIND, systems, evidence))
        elif recorded != heard.hash:
            evidence = (
                f"{place}{other.name} with the hash {heard.hash.hex()}; the record of "
                f"{other.name} has {recorded.hex()} there. Both are signed with its key"
            )
            differences.append(Difference(Kind.FORK, systems, evidence))
        else:
            proved += 1
    return proved, differences


def _all_terms(records: Iterable[LinkRecord]) -> list[LinkTerms]:
    """The terms of all links, each by the first record that has it."""
    found: dict[str, LinkTerms] = {}
    for record in records:
        for state in record.system.links:
            found.setdefault(state.terms.link, state.terms)
    return [*found.values()]


@attrs.frozen
class _Sides:
    """A link in the records that have it.

    Attributes:
        terms: by the first of these records.
        given: systems of the link whose records were given, the decider first.
        records: of these.
        states: of those that have the link.
        money: of the same.
    """

    terms: LinkTerms
    given: tuple[str, ...]
    records: Mapping[str, LinkRecord]
    states: Mapping[str, LinkState]
    money: Mapping[str, Money]

    @classmethod
    def of(cls, terms: LinkTerms, records: Mapping[str, LinkRecord]) -> "_Sides":
        given = tuple(name for name in dict.fromkeys(terms.systems) if name in records)
        found = [(name, records[name].system.links.get(terms.link)) for name in given]
        states = {name: state for name, state in found if state is not None}
        money = {name: records[name].money(state) for name, state in states.items()}
        return cls(terms, given, records, states, money)

    def with_money(self, *places: Money) -> list[str]:
        """The systems that have the money in one of these places."""
        return [name for name, money in self.money.items() if money in places]

    def different(self, kind: Kind, systems: Iterable[str], evidence: str) -> Difference:
        """A difference about this link."""
        return Difference(kind, tuple(systems), evidence, self.terms.link)


def _reconcile_link(
    terms: LinkTerms, records: Mapping[str, LinkRecord], behind: frozenset[str]
) -> tuple[ReconciledLink, list[Difference]]:
    """One link in all records that may have it."""
    sides = _Sides.of(terms, records)
    parted = [*_compare_atomicity(sides)]
    # A record that ends too early has not the other half yet.
    unproved = bool(parted) and not behind.isdisjoint(terms.systems)
    differences = [
        *_compare_money(sides),
        *([] if unproved else parted),
        *_compare_terms(sides),
        *_compare_decide_by(sides),
    ]
    outcome = Outcome.UNPROVED if unproved else _outcome(sides)
    link = ReconciledLink(
        terms,
        Outcome.CONTRADICTED if differences else outcome,
        tuple(_leg(sides, name) for name in sides.states),
        tuple(name for name in dict.fromkeys(terms.systems) if name not in records),
    )
    return link, differences


def _outcome(sides: _Sides) -> Outcome:
    if sides.with_money(Money.EARMARKED):
        return Outcome.IN_DOUBT
    if sides.with_money(Money.PAYEE):
        return Outcome.SETTLED
    ended = all(state.phase in ENDED for state in sides.states.values())
    return Outcome.ENDED if ended else Outcome.OPEN


def _leg(sides: _Sides, name: str) -> ReconciledLeg:
    record, state = sides.records[name], sides.states[name]
    link = sides.terms.link
    prepared = record.made.get((link, Step.PREPARED))
    decisions = [record.made.get((link, step)) for step in _DECISIONS]
    locked: Counter[str] = Counter()
    if sides.money[name] == Money.EARMARKED:
        for leg in record.legs(state):
            locked[leg.currency] += leg.amount
    since = record.head.time if prepared is None else prepared.time
    return ReconciledLeg(
        system=name,
        phase=state.phase,
        money=sides.money[name],
        prepared=prepared,
        decided=next((one for one in decisions if one is not None), None),
        locked=tuple(sorted(locked.items())),
        age=record.head.time - since if locked else 0,
    )


def _compare_money(sides: _Sides) -> Iterator[Difference]:
    """Compare the postings of each leg with the phase of the link in that record."""
    for name, state in sides.states.items():
        money = sides.money[name]
        if money not in _ALLOWED.get(state.phase, (Money.PAYER,)):
            evidence = (
                f"{name}: the link is {state.phase}, and its postings left the money: {money}"
            )
            yield sides.different(Kind.MONEY, [name], evidence)


def _compare_atomicity(sides: _Sides) -> Iterator[Difference]:
    """A leg that is final needs the others final, or earmarked until the decision is heard."""
    final = sides.with_money(Money.PAYEE)
    if not final:
        return
    decider = sides.terms.decider
    for name in sides.given:
        state, money = sides.states.get(name), sides.money.get(name)
        waits = money == Money.EARMARKED and name != decider
        if money == Money.PAYEE or waits:
            continue
        here = "the link is unknown" if state is None else f"it is {state.phase}"
        evidence = f"{final[0]}: the leg is final; {name}: {here}, and its leg is not final"
        yield sides.different(Kind.ATOMICITY, [final[0], name], evidence)


def _compare_terms(sides: _Sides) -> Iterator[Difference]:
    """Compare terms and contracts of a link with money at stake.

    Banks that instruct different terms under one UUID make no difference otherwise: no system
    matches such a link.
    """
    moved = sides.with_money(Money.PAYEE, Money.EARMARKED, Money.ELSEWHERE)
    for first, other in pairwise(moved):
        digests = [sides.states[name].terms.digest for name in (first, other)]
        if digests[0] != digests[1]:
            evidence = f"{first}: terms {digests[0]}; {other}: terms {digests[1]}"
            yield sides.different(Kind.TERMS, [first, other], evidence)
    decider = sides.terms.decider
    for leg in sides.terms.legs:
        if leg.system not in moved or leg.system == decider:
            continue
        for name in (decider, leg.system):
            if name in sides.records and leg.contract not in sides.records[name].contracts:
                evidence = f"{name}: contract {leg.contract} was never in force"
                yield sides.different(Kind.CONTRACT, [name], evidence)


def _compare_decide_by(sides: _Sides) -> Iterator[Difference]:
    """Compare the last time of decision that followers heard with the decider's own."""
    decider = sides.terms.decider
    own = sides.states.get(decider)
    for name, state in sides.states.items():
        if own is None or None in (own.decide_by, state.decide_by):
            continue
        if own.decide_by != state.decide_by:
            evidence = f"{decider}: decide-by {own.decide_by}; {name}: {state.decide_by}"
            yield sides.different(Kind.DECIDE_BY, [decider, name], evidence)


def _compare_earmarks(record: LinkRecord) -> Iterator[Difference]:
    """Compare the balance of each earmark account with the open earmarks of links."""
    directory, balances = record.system.directory, record.system.engine.balances
    locked: Counter[tuple[str, str]] = Counter()
    for contract in record.contracts.values():
        own = next(side for side in contract.sides if side.system == record.name)
        for one in own.currencies:
            locked[one.earmark_account, one.currency] += 0
    for state in record.system.links:
        if record.money(state) == Money.EARMARKED:
            for holder, leg in record.earmarks(state):
                locked[holder, leg.currency] += leg.amount
    for (holder, code), expected in sorted(locked.items()):
        account = directory.account_number(holder, code)
        balance = 0 if account is None else int(balances[account])
        if balance != expected:
            currency = find_currency(code)
            amounts = [f"{format_amount(one, currency)} {code}" for one in (balance, expected)]
            evidence = f"{record.name}: {holder} has {amounts[0]}; open earmarks: {amounts[1]}"
            yield Difference(Kind.EARMARKS, (record.name,), evidence)
