"""Joint cycles in two verified records: the same publications, the same results, the same end."""

from collections.abc import Iterator

from skontro.ledger.link_records import LinkRecord
from skontro.ledger.reconciled import Difference, Kind
from skontro.system.joint.cycle_state import CyclePhase, CycleState

_PAYS = (CyclePhase.PAYING, CyclePhase.PAID)


def compare_cycles(one: LinkRecord, other: LinkRecord) -> list[Difference]:
    """Differences of the joint cycles of two systems; for `reconcile`, as a further comparison.

    A cycle that one of them has paid has the same result in both, and is not ended without payment
    in a record that participates. Each record alone proves that its result follows from signed
    publications.

    Args:
        one, other: two verified records.
    """
    found = []
    for state in one.system.joint:
        there = other.system.joint.get(state.identifier)
        if there is not None:
            found += [
                Difference(Kind.CYCLE, (one.name, other.name), evidence)
                for evidence in _differences(one.name, state, other.name, there)
            ]
    return found


def _differences(name: str, state: CycleState, other: str, there: CycleState) -> Iterator[str]:
    results = state.result, there.result
    if None in results or other not in state.taking_part or name not in there.taking_part:
        return
    ends = {state.phase, there.phase}
    if CyclePhase.PAID not in ends:
        return
    roots = [one.root.hex() for one in results if one is not None]
    if ends.issubset(_PAYS) and roots[0] != roots[1]:
        yield f"cycle {state.identifier}: {name} has the result {roots[0]}, {other} {roots[1]}"
    elif CyclePhase.NOT_PAID in ends:
        yield f"cycle {state.identifier}: {name}: {state.phase}, {other}: {there.phase}"
