"""Terms that follow from an agreed result, and the search for a row that differs."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from skontro.system.joint.cycle_state import CycleState, Search
from skontro.system.joint.joint_cycle import JointResult, Publication
from skontro.system.joint.joint_documents import SignedResult
from skontro.system.joint.joint_link import joint_terms
from skontro.system.links.terms import LinkTerms


def agreed_terms(state: CycleState, publications: Sequence[Publication]) -> LinkTerms | None:
    """The terms of the link that pays a cycle; None if nothing is to pay.

    Raises:
        InputError: it cannot be paid as one link.
    """
    if state.result is None:
        return None
    return joint_terms(state.result, publications, state.cycle.valid_until)


def begin_search(own: JointResult, signed: SignedResult) -> Search:
    """The search for the first row of another member's result that differs from the own one."""
    return Search(own, 0, min(signed.rows, len(own.rows)) + 1)


def next_rows(search: Search) -> int:
    """Number of first rows whose root is asked for next."""
    return (search.same + search.differs) // 2


def searched(search: Search, root: bytes) -> Search:
    """The search after an answer; two numbers of rows that follow each other end it.

    Args:
        search: before it.
        root: of `next_rows` rows of the other result.

    Example:
        >>> searched(Search(result, 0, 4), result.prefix_root(2)).same
        2
    """
    middle = next_rows(search)
    if search.result.prefix_root(middle) == root:
        return attrs.evolve(search, same=middle)
    return attrs.evolve(search, differs=middle)
