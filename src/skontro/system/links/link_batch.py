"""A batch of inputs to links: instructions of own banks, statements of peers, repetitions.

The only batch that makes statements to other systems. Facts of other batches, such as the
settlement of the decider's leg in an offsetting run, are stated by the next batch of links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from skontro.engine import NO_COMMANDS, EventKind, join
from skontro.model import InputError, InvariantBroken, ReasonCode, content_digest
from skontro.model.text import canonical_text
from skontro.system.batch import LINK_STATEMENT, Batch, BatchKind
from skontro.system.joint.joint_statements import (
    JointDocument,
    JointStatement,
    read_joint_document,
)
from skontro.system.joint.joint_turn import JointTurn
from skontro.system.joint.obligations import ObligationTerms
from skontro.system.links.batch_transitions import BatchTransitions, Outcome
from skontro.system.links.deadlines import UNTIL_DECIDED
from skontro.system.links.heard_proof import HeardProof, as_heard
from skontro.system.links.heard_records import check_claims, take_heard
from skontro.system.links.leg_commands import LegCommands
from skontro.system.links.link_state import LinkState
from skontro.system.links.obstacles import Obstacles
from skontro.system.links.peer_records import Fork
from skontro.system.links.phases import LegCommand, Occurrence, Phase
from skontro.system.links.protocol import advance, asks_for_obstacle
from skontro.system.links.shut_links import NO_PEERS, ShutLinks
from skontro.system.links.signed_quote import SignedQuote, check_instructed, refusal_of_quote
from skontro.system.links.statements import Statement, Step
from skontro.system.links.terms import LinkLeg, LinkTerms
from skontro.system.mirror.mirror_accounts import mirror_accounts
from skontro.system.mirror.payment_batch import PaymentTurn
from skontro.system.mirror.payment_statements import PaymentStatement
from skontro.system.mirror.payment_terms import PaymentTerms

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: Most terms that wait for the orders of their own legs.
MAX_WAITING_TERMS: Final = 10_000

_SECOND: Final = 1_000_000
_ANSWERS: Final = (int(EventKind.EARMARKED), int(EventKind.REQUEST_REFUSED))


@attrs.frozen
class LinkInputs:
    """The inputs of one batch.

    Attributes:
        terms: terms as the own banks instruct them, each after the order of its own leg.
        proofs: statements of peers, with the proof that their records have them. They were
            checked before; the record keeps them as evidence.
        cancelled: links whose own bank asks to end them.
        repeated: links and payments for which no answer has come for a while.
        payments: terms of one-way payments as the own banks instruct them, like `terms`.
        uetr_in_use: payments, by origin and UETR, whose order from the own mirror account cannot be
            submitted because another order has its UETR.
        quotes: links of `terms` that are conversions, each with the quote that the bank accepts.
        claims: peer and claim of its record, of each envelope. Nothing of an earlier one is taken.
        forks: evidence that a peer has signed two records; checked before, like `proofs`.
        obligations: of own banks for joint cycles, each after the order that funds it.
        signed: documents of joint cycles that this system has signed.
        shut: peers whose links do not change, because they have not confirmed the own record.
    """

    terms: tuple[LinkTerms, ...] = ()
    proofs: tuple[HeardProof, ...] = attrs.field(default=(), converter=as_heard)
    cancelled: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    payments: tuple[PaymentTerms, ...] = ()
    uetr_in_use: tuple[tuple[str, str], ...] = ()
    quotes: tuple[tuple[str, SignedQuote], ...] = ()
    claims: tuple[tuple[str, int], ...] = ()
    forks: tuple[Fork, ...] = ()
    obligations: tuple[ObligationTerms, ...] = ()
    signed: tuple[JointDocument, ...] = ()
    shut: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "terms": [one.to_document() for one in self.terms],
            "proofs": [one.document for one in self.proofs],
            "cancelled": list(self.cancelled),
            "repeated": list(self.repeated),
            "payments": [one.to_document() for one in self.payments],
            "uetr_in_use": [list(one) for one in self.uetr_in_use],
            "quotes": [[link, one.to_document()] for link, one in self.quotes],
            "claims": [list(one) for one in self.claims],
            "forks": [one.to_document() for one in self.forks],
            "obligations": [one.to_document() for one in self.obligations],
            "signed": [one.to_document() for one in self.signed],
            "shut": list(self.shut),
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> LinkInputs:
        """The inverse of `to_document`; other keys, as the body of a batch has, do no harm."""
        return cls(
            tuple(LinkTerms.from_document(one) for one in document["terms"]),
            tuple(document["proofs"]),
            tuple(document["cancelled"]),
            tuple(document["repeated"]),
            tuple(PaymentTerms.from_document(one) for one in document["payments"]),
            tuple((origin, uetr) for origin, uetr in document["uetr_in_use"]),
            tuple(check_instructed(one) for one in document["quotes"]),
            tuple((peer, claim) for peer, claim in document["claims"]),
            tuple(Fork(**one) for one in document["forks"]),
            tuple(ObligationTerms.from_document(one) for one in document["obligations"]),
            tuple(read_joint_document(one) for one in document["signed"]),
            tuple(document["shut"]),
        )


def readiness_changed(system: SettlementSystem, shut: frozenset[str] = NO_PEERS) -> bool:
    """Whether a batch of links would find legs ready that were not, or the reverse.

    Args:
        system: as after all batches so far.
        shut: peers whose links are shut.
    """
    links = ShutLinks(system, shut)
    return any(True for _ in _changed_readiness(links)) or bool(_ready_to_settle(links))


def _changed_readiness(shut: ShutLinks) -> Iterator[tuple[str, ReasonCode]]:
    """Links whose legs have become ready, or no longer are, where no money is locked yet.

    With the reason why it would not settle now; NONE if it would.
    """
    system = shut.system
    book = system.links
    links = shut.open(book.unlocked)
    reasons = system.engine.readiness_of_each([book.orders_of(link) for link in links])
    for link, reason in zip(links, reasons, strict=True):
        state = book.get(link)
        if state is not None and (reason == ReasonCode.NONE) != state.own_ready:
            yield link, ReasonCode(reason)


def _ready_to_settle(shut: ShutLinks) -> list[str]:
    """Links that this system may commit, whose several own legs can settle together now."""
    system = shut.system
    book = system.links
    links = shut.open(book.permitted_together)
    reasons = system.engine.readiness_of_each([book.orders_of(link) for link in links])
    return [link for link, reason in zip(links, reasons, strict=True) if reason == ReasonCode.NONE]


def apply_links(system: SettlementSystem, time: int, number: int, given: LinkInputs) -> Batch:
    """The batch that inputs to links lead to.

    Args:
        system: it is changed.
        time: time of the batch.
        number: number of the batch in the record.
        given: the inputs.

    Raises:
        InputError: a statement is malformed or of an earlier claim, or too many terms wait for
            their orders.
        InvariantBroken: there are inputs of peers whose links are shut, or to such links.
    """
    shut = ShutLinks(system, frozenset(given.shut))
    if shut.concern(given):
        raise InvariantBroken("while links are shut no input to them is taken", f"batch {number}")
    heard = [one for proof in given.proofs for one in proof.statements]
    check_claims(system, given)
    _refuse_too_many(system, given)
    take_heard(system, number, given)
    turn, paying = _Turn(shut, time, number), PaymentTurn(shut, time, number)
    joint = JointTurn(shut, time, number)
    turn.end_legs()
    joint.begin()
    waiting = system.links.waiting_terms.due(time, shut.has_terms)
    turn.instruct([*waiting, *given.terms, *joint.terms_due()], dict(given.quotes))
    # Before statements: one of them may have the engine earmark or settle a leg in this batch.
    turn.occur(system.links.take_certified(shut.has), Occurrence.CERTIFICATE)
    turn.occur(_ready_to_settle(shut), Occurrence.LEG_READY)
    turn.hear([one for one in heard if isinstance(one, Statement)])
    turn.occur(given.cancelled, Occurrence.CANCELLATION)
    turn.end_late()
    turn.poll_readiness()
    paid = [one for one in given.repeated if paying.is_sent(one)]
    cycles = [one for one in given.repeated if one in system.joint]
    others = {*paid, *cycles}
    repeated = [one for one in shut.open(given.repeated) if one not in others]
    turn.occur(repeated, Occurrence.REPEAT)
    paying.take_facts()
    due = system.payments.waiting.due(time, shut.has_payment_terms)
    paying.instruct([*due, *given.payments])
    paying.hear([one for one in heard if isinstance(one, PaymentStatement)])
    paying.cannot_submit(given.uetr_in_use)
    paying.repeat(paid)
    joint.instruct([*system.joint.waiting.due(time), *given.obligations])
    joint.take_signed(given.signed)
    joint.hear([one for one in heard if isinstance(one, JointStatement)])
    joint.repeat(cycles)
    commands = join([NO_COMMANDS, turn.commands.to_engine(), *paying.commands, *joint.commands])
    batch = system.apply_to_engine(BatchKind.LINKS, time, commands)
    turn.take_outcomes(batch)
    paying.take_facts()
    joint.follow()
    refusals = (*turn.refusals, *paying.refusals, *joint.refusals)
    refused = tuple((link, cause, why) for link, cause, why in refusals)
    body = {"batch": number, **given.to_document(), "refused": refused}
    stated: list[PaymentStatement | JointStatement] = [*paying.statements, *joint.statements]
    texts = (*turn.texts, *(one.to_bytes() for one in stated))
    rows = np.frombuffer(b"".join(map(content_digest, texts)), LINK_STATEMENT)
    return attrs.evolve(
        batch, body=canonical_text(body), statements=rows, statement_texts=texts, refused=refused
    )


def _refuse_too_many(system: SettlementSystem, given: LinkInputs) -> None:
    """Refuse terms if too many wait for the orders of their own legs.

    Raises:
        InputError: which terms.
    """
    for waiting, more, name in (
        (len(system.links.waiting_terms), len(given.terms), "terms of links"),
        (len(system.payments.waiting), len(given.payments), "payments"),
        (len(system.joint.waiting), len(given.obligations), "obligations"),
    ):
        if waiting + more > MAX_WAITING_TERMS:
            raise InputError(f"more than {MAX_WAITING_TERMS} {name} wait for their orders")


class _Turn:
    """One batch of links in the making."""

    def __init__(self, shut: ShutLinks, time: int, number: int) -> None:
        self.shut, self.time, self.number = shut, time, number
        self.system = system = shut.system
        self.own_system = system.link_contracts.own_system
        self.obstacles = Obstacles(system, time)
        #: Microseconds to decide-by, by the systems of a link.
        self._within: dict[tuple[str, ...], int] = {}
        self.mirrors = mirror_accounts(system).keys()
        self.commands = LegCommands(system, time)
        self.transitions = BatchTransitions(number, time, advance)
        #: Statements as bytes.
        self.texts: list[bytes] = []
        #: Link, input and reason of each refused input.
        self.refusals: list[list[str]] = []

    def end_legs(self) -> None:
        """Take the ends of own legs that earlier batches had."""
        for event in self.system.links.take_leg_events(self.shut.has):
            cause = Occurrence.LEG_SETTLED if event.settled else Occurrence.LEG_ENDED
            reason = ReasonCode.NONE if event.settled else ReasonCode(event.reason)
            state = self._known(event.link)
            self._take(
                state, self.transitions.of(state, cause, reason=reason, time=event.time), cause
            )

    def instruct(self, instructed: Iterable[LinkTerms], quotes: Mapping[str, SignedQuote]) -> None:
        """Add new links whose own legs are set aside; keep terms that came before their orders."""
        book = self.system.links
        for terms in instructed:
            known = book.get(terms.link)
            if known is not None and known.terms == terms:
                continue  # repeated
            own = terms.legs_of(self.own_system)
            reason = self._refusal(terms, own)
            if not reason and terms.link in quotes:
                reason = refusal_of_quote(self.system, terms, quotes[terms.link], self.time)
            orders = [book.set_aside(leg.uetr) for leg in own]
            missing = next((leg.uetr for leg, one in zip(own, orders, strict=True) if not one), "")
            if reason or (missing and terms.valid_until < self.time):
                book.waiting_terms.drop(terms.link)
                reason = reason or ReasonCode.ORDER_UNKNOWN
                self.refusals.append([terms.link, str(Occurrence.INSTRUCTION), reason.name])
            elif missing:
                book.waiting_terms.put(terms, missing)
            else:
                book.waiting_terms.drop(terms.link)
                book.add(self._new(terms), [one.order for one in orders if one is not None])
                self._occur(terms.link, Occurrence.INSTRUCTION)

    def _new(self, terms: LinkTerms) -> LinkState:
        within = self._within.get(terms.systems)
        if within is None:
            found = map(self.system.link_contracts.get, terms.peers_of(self.own_system))
            seconds = min(one.timers.decide_within for one in found if one is not None)
            within = self._within[terms.systems] = seconds * _SECOND
        return LinkState(terms, self.own_system, within)

    def _refusal(self, terms: LinkTerms, own: Iterable[LinkLeg]) -> ReasonCode:
        """Why no link comes of these terms; NONE if one may, or once their order has come."""
        if terms.link in self.system.links:
            return ReasonCode.LINK_TERMS_DIFFER
        reason = self.obstacles.to_terms(terms)
        for leg in own:
            reason = reason or self._refusal_of_leg(terms, leg)
        return reason

    def _refusal_of_leg(self, terms: LinkTerms, leg: LinkLeg) -> ReasonCode:
        """Why an own leg cannot be settled, or differs from its order."""
        find, order = self.system.directory.account_number, self.system.links.set_aside(leg.uetr)
        payer, payee = find(leg.payer, leg.currency), find(leg.payee, leg.currency)
        if payer is None or payee is None:
            return ReasonCode.NO_SETTLEMENT_ACCOUNT
        if payer in self.mirrors or payee in self.mirrors:
            return ReasonCode.MIRROR_ACCOUNT
        if order is None:
            return ReasonCode.NONE
        if self.system.joint.obligations.get(leg.uetr) is not None:
            return ReasonCode.LINK_TERMS_DIFFER  # it is permitted for a joint cycle
        found = (order.payer, order.payee, order.amount, order.latest)
        same = found == (payer, payee, leg.amount, terms.valid_until)
        return ReasonCode.NONE if same else ReasonCode.LINK_TERMS_DIFFER

    def hear(self, statements: Iterable[Statement]) -> None:
        """Take statements of peers, in their order."""
        for one in statements:
            state = self.system.links.get(one.link)
            if state is None or one.addressee != state.system:
                self.refusals.append([one.link, str(one.step), ReasonCode.LINK_UNKNOWN.name])
                continue
            if self.shut.has_terms(state.terms):
                self.refusals.append([one.link, str(one.step), ReasonCode.LINKS_SHUT.name])
                continue
            outcome = self.transitions.of(
                state,
                one.step,
                sender=one.sender,
                terms=one.terms,
                decide_by=one.decide_by,
                reason=one.reason,
                obstacle=self._obstacle(state, one.step),
            )
            self._take(state, outcome, one.step)

    def occur(self, links: Iterable[str], cause: Occurrence) -> None:
        """Take an input from the own system to several links."""
        for link in links:
            if link in self.system.links:
                self._occur(link, cause)
            else:
                self.refusals.append([link, str(cause), ReasonCode.LINK_UNKNOWN.name])

    def end_late(self) -> None:
        """End links whose decide-by, or whose latest time of settlement, has passed.

        The engine returns a leg that is late before the next command. There may be none for hours,
        while another system has money locked. So the leg is cancelled, after its return.
        """
        for state in self.shut.open_states(self.system.links.late(self.time)):
            if state.phase in UNTIL_DECIDED:
                self._occur(state.terms.link, Occurrence.DECIDE_BY_PASSED)
            else:
                self.commands.add(state, LegCommand.CANCEL)

    def poll_readiness(self) -> None:
        """Take changes of readiness, where no money is locked yet."""
        for link, reason in _changed_readiness(self.shut):
            ready = reason == ReasonCode.NONE
            self._occur(link, Occurrence.LEG_READY if ready else Occurrence.LEG_NOT_READY, reason)

    def take_outcomes(self, batch: Batch) -> None:
        """Take the engine's answers to the commands of this batch: they lead to statements only."""
        made, asked = len(self.commands), self.commands.to_be_earmarked
        earmarked = set[str]()
        answers = batch.events[np.isin(batch.events["kind"], _ANSWERS)]
        columns = (answers[name].tolist() for name in ("order", "kind", "reason"))
        for order, kind, reason in zip(*columns, strict=True):
            link = self.system.links.link_of(order)
            if link is None:
                continue
            if kind == EventKind.EARMARKED and link not in earmarked:
                # Several legs are earmarked together, so the first event tells of all.
                earmarked.add(link)
                self._occur(link, Occurrence.LEG_EARMARKED)
            elif kind == EventKind.REQUEST_REFUSED and link in asked:
                self._occur(link, Occurrence.LEG_NOT_EARMARKED, ReasonCode(reason))
        self.end_legs()
        self.system.links.earmarks_answered()
        if len(self.commands) != made:
            raise InvariantBroken("outcomes of a batch of links give no commands", str(made))

    def _occur(self, link: str, cause: Occurrence, reason: ReasonCode = ReasonCode.NONE) -> None:
        state = self._known(link)
        found = self._obstacle(state, cause)
        self._take(state, self.transitions.of(state, cause, reason=reason, obstacle=found), cause)

    def _obstacle(self, state: LinkState, cause: Step | Occurrence) -> ReasonCode:
        """The obstacle that the own system finds, where the transition depends on it."""
        asks = asks_for_obstacle(state, cause)
        return self.obstacles.to(state, cause) if asks else ReasonCode.NONE

    def _known(self, link: str) -> LinkState:
        state = self.system.links.get(link)
        if state is None:
            raise InvariantBroken("an input is for a known link", link)
        return state

    def _take(self, before: LinkState, outcome: Outcome, cause: Step | Occurrence) -> None:
        terms = before.terms
        if outcome.refusal:
            self.refusals.append([terms.link, str(cause), outcome.refusal.name])
            return
        state = before
        if outcome.changes:
            state = before.changed(**outcome.changes)
            self.system.links.put(state, self.number, self.time)
        for form in outcome.forms:
            self.texts.append(form.text(terms.link, terms.digest))
        for one in outcome.commands:
            self.commands.add(state, one)
        failed = state.phase in (Phase.ABORTED, Phase.REFUSED)
        if failed and before.phase != state.phase and not outcome.commands:
            # One of several own legs has ended; the others end with it.
            self.commands.add(state, LegCommand.CANCEL)
