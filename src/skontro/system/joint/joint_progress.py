"""The way of joint cycles from one phase to the next: by documents, deadlines and links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from skontro.model import InputError, ReasonCode
from skontro.system.joint.comparing import agreed_terms, begin_search, next_rows
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.joint_documents import Keys, SignedResult
from skontro.system.joint.joint_speech import JointSpeech
from skontro.system.joint.joint_statements import JointDocument, JointStep
from skontro.system.joint.own_orders import legs_of, payment_to_creditor
from skontro.system.joint.publishing import keys_of
from skontro.system.links.phases import Phase

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_PAID_BY: Final = (Phase.COMMITTED, Phase.COMPLETED)


class JointProgress:
    """The next steps of cycles in one batch of links.

    Args:
        system: it is changed.
        speech: takes the statements.
        shut: peers whose links are shut: cycles with them do not change.
    """

    def __init__(self, system: SettlementSystem, speech: JointSpeech, shut: frozenset[str]) -> None:
        self._shut = shut
        self._system, self._book, self._speech = system, system.joint, speech
        #: Cycles of which documents have come in this batch: an insertion-ordered set.
        self._touched: dict[str, None] = {}

    def touch(self, state: CycleState) -> None:
        """Note that a cycle has another document."""
        self._touched[state.identifier] = None

    def follow(self) -> None:
        """Let cycles continue, by their documents, deadlines and links: this makes no command."""
        for state in self._book.open_without(self._shut):
            if state.phase == CyclePhase.COLLECTING:
                self._collect(state)
            if state.phase == CyclePhase.COMPARING:
                self._compare(state)
            if state.phase == CyclePhase.PAYING:
                self._follow_link(state)

    def _collect(self, state: CycleState) -> None:
        """Compare once all have published, or there was time to hand on what came."""
        missing = [one for one in state.agreement.systems if one not in state.publications]
        over = self._speech.time > state.after(2)
        if missing and not over:
            if not state.handed_on and self._speech.time > state.after(1):
                state.handed_on = True
                for name, one in state.publications.items():
                    others = [peer for peer in state.others if peer != name]
                    self._speech.document(state, one, others)
            return
        if state.system in missing:
            self.end(state, ReasonCode.CYCLE_NOT_AGREED)
            return
        state.enter(CyclePhase.COMPARING, self._speech.number, self._speech.time)
        self.touch(state)

    def _compare(self, state: CycleState) -> None:
        """Find wrong results, compute the own one again after a conviction, and look for accord."""
        if state.identifier in self._touched:
            self._find_wrong(state)
            member = state.member(keys_of(self._system, state))
            result = member.result()
            if state.result is None or state.result.roots != result.roots:
                state.take_result(result)
                state.results.pop(state.system, None)  # it is signed again
            if member.agreed is not None:
                self._agree(state)
                return
        if self._speech.time > state.after(3):
            self._give_up(state)

    def _find_wrong(self, state: CycleState) -> None:
        keys: Keys = keys_of(self._system, state)
        for name in state.others:
            signed = state.results.get(name)
            if signed is None or name in state.evidence:
                continue
            member = state.member(keys)
            member.compare(signed)
            if name in member.evidence:
                self.convict(state, name, (signed,))

    def convict(self, state: CycleState, name: str, found: tuple[JointDocument, ...]) -> None:
        """Suspend a member that signed what is wrong, and hand the evidence on."""
        if name in state.evidence:
            return
        if len(found) == 1 and isinstance(found[0], SignedResult):
            self._begin_search(state, name, found[0])
        state.evidence[name] = found
        self._system.link_contracts.set_suspended(name, suspended=True)
        self.touch(state)
        others = [peer for peer in state.others if peer != name]
        for one in found:
            self._speech.document(state, one, others)

    def _begin_search(self, state: CycleState, name: str, signed: SignedResult) -> None:
        """Ask for the roots of first rows, if the result is from the same inputs as the own one."""
        member = state.member(keys_of(self._system, state))
        result = member.result()
        if signed.inputs == result.roots:
            search = state.searches[name] = begin_search(result, signed)
            self._speech.state(state, JointStep.ROWS_ASKED, name, rows=next_rows(search))

    def _agree(self, state: CycleState) -> None:
        publications = [state.publications[one].publication for one in state.taking_part]
        try:
            state.terms = agreed_terms(state, publications)
        except InputError:
            self.end(state, ReasonCode.CYCLE_NOT_PAYABLE)
            return
        state.enter(CyclePhase.PAYING, self._speech.number, self._speech.time)
        for order in legs_of(state):
            self._book.own_orders.need(order)
        if state.terms is None and state.coordinator == state.system:
            self.end(state)

    def _give_up(self, state: CycleState) -> None:
        """End a cycle without accord in time; without an own leg, its decider is awaited."""
        publications = [state.publications[one].publication for one in state.taking_part]
        try:
            terms = agreed_terms(state, publications)
        except InputError:
            self.end(state, ReasonCode.CYCLE_NOT_PAYABLE)
            return
        state.terms = terms
        signed = state.system in state.results
        if state.has_own_legs or not signed or state.coordinator == state.system:
            self.end(state, ReasonCode.CYCLE_NOT_AGREED)
        else:
            state.enter(CyclePhase.PAYING, self._speech.number, self._speech.time)

    def _follow_link(self, state: CycleState) -> None:
        """End a cycle by the end of its link, or if the own part of it was never instructed."""
        if state.terms is None or not state.has_own_legs:
            return
        link = self._system.links.get(state.terms.link)
        if link is not None:
            if link.ended:
                self.end(state, ReasonCode.NONE if link.phase in _PAID_BY else link.reason)
        elif state.instructed:
            self.end(state, ReasonCode.CYCLE_NOT_PAYABLE)  # the contract refuses its terms
        elif self._speech.time > state.cycle.valid_until:
            self.end(state, ReasonCode.LINK_LAPSED)

    def end(self, state: CycleState, reason: ReasonCode = ReasonCode.NONE) -> None:
        """End a cycle: paid, or not for a reason."""
        is_paid = reason == ReasonCode.NONE
        state.reason = reason
        if is_paid:
            self._pay_creditors(state)
        state.enter(
            CyclePhase.PAID if is_paid else CyclePhase.NOT_PAID,
            self._speech.number,
            self._speech.time,
        )
        self._book.end(state)
        if state.coordinator == state.system and state.result is not None:
            self._speech.end(state, [one for one in state.taking_part if one != state.system])

    def _pay_creditors(self, state: CycleState) -> None:
        for name in state.taking_part:
            if name == state.system:
                continue
            for row in state.publications[name].publication.obligations:
                if row.creditor_system in state.taking_part:
                    self._book.remember_paid(name, row.reference)
                if row.creditor_system == state.system:
                    self._book.own_orders.need(payment_to_creditor(state, row))
