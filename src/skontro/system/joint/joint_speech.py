"""Statements about joint cycles that a batch of links makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.joint_statements import JointDocument, JointStatement, JointStep

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


class JointSpeech:
    """The statements of one batch to other members.

    Args:
        system: of the batch.
        time: time of the batch.
        number: number of the batch in the record.

    Attributes:
        statements: in their order.
    """

    def __init__(self, system: SettlementSystem, time: int, number: int) -> None:
        self._system, self.time, self.number = system, time, number
        self.statements: list[JointStatement] = []

    def answer(self, state: CycleState, peer: str, *, asks: bool = False) -> None:
        """State the own documents and the end of a cycle to a member again."""
        own = state.system
        published, result = state.publications.get(own), state.results.get(own)
        if published is not None and state.phase != CyclePhase.PAYING:
            self.document(state, published, [peer], asks=asks and result is None)
        if result is not None:
            self.document(state, result, [peer], asks=asks)
        if state.ended and own == state.coordinator:
            self.end(state, [peer])

    def end(self, state: CycleState, peers: Iterable[str]) -> None:
        """State whether a cycle is paid."""
        if state.result is None:
            return
        step = JointStep.PAID if state.phase == CyclePhase.PAID else JointStep.NOT_PAID
        for peer in peers:
            self.state(state, step, peer, root=state.result.root.hex())

    def document(
        self, state: CycleState, one: JointDocument, peers: Iterable[str], *, asks: bool = False
    ) -> None:
        """State a document, of this system or handed on."""
        for peer in peers:
            self.state(state, JointStep.DOCUMENT, peer, document=one, asks=asks)

    def state(
        self,
        state: CycleState,
        step: JointStep,
        peer: str,
        *,
        document: JointDocument | None = None,
        asks: bool = False,
        rows: int = 0,
        root: str = "",
    ) -> None:
        """Make a statement, if there is a contract with the peer."""
        if peer not in self._system.link_contracts:
            return
        self.statements.append(
            JointStatement(
                state.identifier,
                step,
                state.system,
                peer,
                self.number,
                self.time,
                document,
                asks,
                rows,
                root,
            )
        )
