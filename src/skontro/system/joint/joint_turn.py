"""Inputs to joint cycles in a batch of links, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from skontro.engine import CommandKind, Commands, command
from skontro.model import InputError, ReasonCode
from skontro.system.joint.comparing import next_rows, searched
from skontro.system.joint.cycle_state import CyclePhase, CycleState
from skontro.system.joint.joint_documents import SignedPublication, SignedResult
from skontro.system.joint.joint_progress import JointProgress
from skontro.system.joint.joint_speech import JointSpeech
from skontro.system.joint.joint_statements import (
    JointDocument,
    JointStatement,
    JointStep,
    cycle_of,
)
from skontro.system.joint.obligations import ObligationTerms
from skontro.system.joint.publishing import (
    is_fit,
    keys_of,
    own_publication,
    refusal_of_obligation,
)
from skontro.system.links.terms import LinkTerms

if TYPE_CHECKING:
    from skontro.system.links.shut_links import ShutLinks

#: Names of inputs in refusals, as those of statements have their steps.
INSTRUCTION: Final = "obligation"
SIGNED: Final = "signed"
REPEAT: Final = "repeat"


class JointTurn:
    """The part of joint cycles in one batch of links in the making.

    Args:
        shut: links that do not change, nor cycles with their peers; its system is changed.
        time: time of the batch.
        number: number of the batch in the record.

    Attributes:
        commands: to the engine.
        refusals: cycle or UETR, input and reason of each refused input.
    """

    def __init__(self, shut: ShutLinks, time: int, number: int) -> None:
        system, self._shut = shut.system, shut.peers
        self._system, self._book, self._time, self._number = system, system.joint, time, number
        self._speech = JointSpeech(system, time, number)
        self._progress = JointProgress(system, self._speech, self._shut)
        self.commands: list[Commands] = []
        self.refusals: list[list[str]] = []

    @property
    def statements(self) -> list[JointStatement]:
        """To other systems."""
        return self._speech.statements

    def begin(self) -> None:
        """Begin the cycles whose cut-off has passed; of several missed ones the last."""
        while (due := self._book.next_due(self._time, self._shut)) is not None:
            agreement = due.agreement
            cut_off = agreement.last_cut_off(self._time)
            state = self._book.begin(agreement, cut_off, self._system.link_contracts.own_system)
            state.enter(CyclePhase.COLLECTING, self._number, self._time)
            if state.after(1) < self._time:
                self._progress.end(state, ReasonCode.CYCLE_NOT_AGREED)

    def terms_due(self) -> list[LinkTerms]:
        """Terms of links that pay cycles, and whose own legs are all set aside."""
        found = []
        for state in self._book.open_without(self._shut):
            if state.phase != CyclePhase.PAYING or state.terms is None:
                continue
            if not state.has_own_legs or not self._book.can_instruct(state, self._system.links):
                continue
            ended = [
                one.reason for one in self._book.own_orders.of_cycle(state.identifier) if one.reason
            ]
            if ended:
                self._progress.end(state, ended[0])  # without the terms, no system commits the link
            else:
                state.instructed = True
                found.append(state.terms)
        return found

    def instruct(self, instructed: Iterable[ObligationTerms]) -> None:
        """Permit orders of own banks to clearing accounts; keep terms that came before them."""
        for terms in instructed:
            known = self._book.obligations.get(terms.uetr)
            if known is not None and known.terms == terms:
                continue  # repeated
            self._book.waiting.drop(terms.uetr)
            leg = self._system.links.set_aside(terms.uetr)
            reason = refusal_of_obligation(self._system, terms)
            if leg is None and not reason and terms.valid_until < self._time:
                reason = ReasonCode.ORDER_UNKNOWN
            if reason:
                self._refuse(terms.uetr, INSTRUCTION, reason)
            elif leg is None:
                self._book.waiting.put(terms, terms.uetr)
            else:
                self._book.obligations.add(terms, leg.order)
                latest = terms.valid_until
                permit = command(CommandKind.PERMIT, self._time, order=leg.order, latest=latest)
                self.commands.append(permit)

    def take_signed(self, documents: Iterable[JointDocument]) -> None:
        """Take documents that this system has signed, and state them to all members."""
        for one in documents:
            state = self._book.get(cycle_of(one))
            reason = self._refusal_of_signed(state, one)
            if reason or state is None:
                self._refuse(cycle_of(one), SIGNED, reason)
                continue
            if isinstance(one, SignedPublication):
                state.publications[state.system] = one
            else:
                state.results[state.system] = one
            self._progress.touch(state)
            self._speech.document(state, one, state.others)

    def _refusal_of_signed(self, state: CycleState | None, one: JointDocument) -> ReasonCode:
        if state is None or one.system != state.system:
            return ReasonCode.LINK_UNKNOWN
        if not self._shut.isdisjoint(state.others):
            return ReasonCode.LINKS_SHUT
        try:
            one.check(keys_of(self._system, state))
        except InputError:
            return ReasonCode.LINK_CONTRADICTED
        if isinstance(one, SignedPublication):
            expected = state.phase == CyclePhase.COLLECTING
            same = own_publication(self._system, state).root == one.publication.root
        else:
            expected = state.phase == CyclePhase.COMPARING and state.system not in state.results
            result = state.result
            same = result is not None and (one.inputs, one.rows, one.root) == (
                result.roots,
                len(result.rows),
                result.root,
            )
        if not expected:
            return ReasonCode.LINK_STEP_NOT_EXPECTED
        return ReasonCode.NONE if same else ReasonCode.LINK_CONTRADICTED

    def hear(self, statements: Iterable[JointStatement]) -> None:
        """Take statements of other members, in their order."""
        for one in statements:
            state = self._book.get(one.cycle)
            if state is None or one.addressee != state.system or one.sender not in state.others:
                reason = ReasonCode.LINK_UNKNOWN
            elif not self._shut.isdisjoint(state.others):
                reason = ReasonCode.LINKS_SHUT
            elif one.document is not None:
                reason = self._hear_document(state, one, one.document)
                if one.asks:
                    self._speech.answer(state, one.sender)
            elif one.step in (JointStep.PAID, JointStep.NOT_PAID):
                reason = self._hear_end(state, one)
            else:
                reason = self._hear_rows(state, one)
            if reason:
                self._refuse(one.cycle, str(one.step), reason)

    def _hear_document(
        self, state: CycleState, statement: JointStatement, one: JointDocument
    ) -> ReasonCode:
        if state.ended or one.system == state.system:
            return ReasonCode.NONE  # too late to count, or handed on to where it came from
        suspended = self._system.link_contracts.suspended
        if one.system in suspended and one.system not in state.evidence:
            return ReasonCode.LINK_SUSPENDED
        try:
            if isinstance(one, SignedResult):
                self._hear_result(state, one)
                return ReasonCode.NONE
            return self._hear_publication(state, statement, one)
        except InputError:
            return ReasonCode.LINK_CONTRADICTED

    def _hear_publication(
        self, state: CycleState, statement: JointStatement, one: SignedPublication
    ) -> ReasonCode:
        known = state.publications.get(one.system)
        if known is None and not self._in_time(state, statement):
            return ReasonCode.LINK_STEP_NOT_EXPECTED
        if not is_fit(state, one):
            return ReasonCode.LINK_CONTRADICTED
        member = state.member(keys_of(self._system, state), self._book.paid)
        member.hear(one)
        if known is not None and one.system in member.evidence.keys() - state.evidence.keys():
            self._progress.convict(state, one.system, (known, one))
        self._progress.touch(state)
        return ReasonCode.NONE

    def _in_time(self, state: CycleState, statement: JointStatement) -> bool:
        """Whether a publication that is not known yet still counts: later only if handed on."""
        if state.phase != CyclePhase.COLLECTING:
            return False
        handed_on = statement.document is not None and statement.document.system != statement.sender
        return handed_on or self._time <= state.after(1)

    def _hear_result(self, state: CycleState, one: SignedResult) -> None:
        one.check(keys_of(self._system, state))
        known = state.results.get(one.system)
        if known is not None and known.inputs == one.inputs and known != one:
            self._progress.convict(state, one.system, (known, one))
        else:
            state.results[one.system] = one
        self._progress.touch(state)

    def _hear_end(self, state: CycleState, one: JointStatement) -> ReasonCode:
        """The word of the member that decides, which counts where this system has no leg."""
        if state.ended or state.has_own_legs:
            return ReasonCode.NONE
        if one.sender != state.coordinator or state.result is None:
            return ReasonCode.LINK_STEP_NOT_EXPECTED
        if one.root != state.result.root.hex():
            return ReasonCode.LINK_TERMS_DIFFER
        if one.step == JointStep.PAID:
            self._progress.end(state)
        else:
            self._progress.end(state, ReasonCode.CYCLE_NOT_AGREED)
        return ReasonCode.NONE

    def _hear_rows(self, state: CycleState, one: JointStatement) -> ReasonCode:
        """A question about the own result, or an answer about that of a convicted member."""
        if one.step == JointStep.ROWS_ASKED:
            result = state.result
            if result is None or one.rows > len(result.rows):
                return ReasonCode.LINK_STEP_NOT_EXPECTED
            root = result.prefix_root(one.rows).hex()
            self._speech.state(state, JointStep.ROWS, one.sender, rows=one.rows, root=root)
            return ReasonCode.NONE
        search = state.searches.get(one.sender)
        if search is None or search.row is not None or one.rows != next_rows(search):
            return ReasonCode.LINK_STEP_NOT_EXPECTED
        search = searched(search, bytes.fromhex(one.root))
        state.searches[one.sender] = search
        if search.row is None:
            self._speech.state(state, JointStep.ROWS_ASKED, one.sender, rows=next_rows(search))
        return ReasonCode.NONE

    def repeat(self, cycles: Iterable[str]) -> None:
        """State again what has had no answer; of a cycle that has ended nothing."""
        for cycle in cycles:
            state = self._book.get(cycle)
            if state is None:
                self._refuse(cycle, REPEAT, ReasonCode.LINK_UNKNOWN)
            elif not state.ended and self._shut.isdisjoint(state.others):
                for peer in state.others:
                    self._speech.answer(state, peer, asks=True)

    def follow(self) -> None:
        """Let cycles continue, after the engine's answers; this makes no command."""
        self._progress.follow()

    def _refuse(self, name: str, given: str, reason: ReasonCode) -> None:
        self.refusals.append([name, given, reason.name])
