"""Batches of inputs to links, and proofs of their statements for other systems."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from skontro.ledger import Answer, Entry, OrderIndex
from skontro.ledger.entry import NOBODY, request_rows
from skontro.ledger.link_evidence import check_fork_of_peer, check_peer_statements
from skontro.ledger.link_proof import MAX_STATEMENT_BYTES, MAX_STATEMENTS, LinkProof
from skontro.model import NO_DIGEST, InputError, ReasonCode
from skontro.service.clock import WatchedClock
from skontro.service.sequencer.chain_end import ChainEnd
from skontro.service.sequencer.idempotency import IdsInUse
from skontro.service.sequencer.requests import (
    NO_KEY,
    CommitGroupBuilder,
    Conflict,
    Held,
    LinkRequest,
    LinksShut,
    answering,
)
from skontro.system import SettlementSystem
from skontro.system.joint.joint_statements import cycle_of
from skontro.system.joint.joint_turn import INSTRUCTION, SIGNED
from skontro.system.links.link_batch import LinkInputs, readiness_changed
from skontro.system.links.phases import Occurrence
from skontro.system.links.shut_links import ShutLinks, have_work
from skontro.system.mirror.payment_table import Cause
from skontro.system.mirror.peer_statements import addressee_of

#: Called with the identifier of a system and a proof for it; it must neither wait nor fail.
Outbox = Callable[[str, LinkProof], None]

#: Least seconds between checks whether legs have become ready.
_READINESS: Final = 0.05


@attrs.frozen
class LinkOutcome:
    """The answer to inputs to links.

    Attributes:
        batch: number of their batch.
        refused: link, input and name of the reason of each that was refused.
    """

    batch: int
    refused: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def again(cls, inputs: LinkInputs, answer: Answer | None) -> "LinkOutcome | None":
        """The outcome of a request with an id, from the answer that the record remembers."""
        if answer is None:
            return None
        if answer.reason == ReasonCode.NONE:
            return cls(answer.batch)
        ((link, cause),) = _named(inputs)
        return cls(answer.batch, ((link, cause, ReasonCode(answer.reason).name),))


def _named(inputs: LinkInputs) -> set[tuple[str, str]]:
    """Link and input of each of the inputs, as refusals name them."""
    heard = [one for proof in inputs.proofs for one in proof.statements]
    return {
        *((one.link, str(Occurrence.INSTRUCTION)) for one in inputs.terms),
        *((one.link, str(one.step)) for one in heard),
        *((link, str(Occurrence.CANCELLATION)) for link in inputs.cancelled),
        *((link, str(Occurrence.REPEAT)) for link in inputs.repeated),
        *((one.uetr, str(Cause.INSTRUCTION)) for one in inputs.payments),
        *((uetr, str(Cause.UETR_IN_USE)) for _, uetr in inputs.uetr_in_use),
        *((one.uetr, INSTRUCTION) for one in inputs.obligations),
        *((cycle_of(one), SIGNED) for one in inputs.signed),
    }


def proofs_of(entries: Sequence[Entry]) -> Iterator[tuple[str, LinkProof]]:
    """The statements of durable batches: proofs for each addressee of a batch, in their order.

    Args:
        entries: as the sequencer made them; batches read from the record have no texts.
    """
    for entry in entries:
        parts = _parts(entry.batch.statement_texts)
        if parts:
            addressees = [addressee for addressee, _ in parts]
            proofs = LinkProof.of_each(entry, [part for _, part in parts])
            yield from zip(addressees, proofs, strict=True)


def _parts(texts: Sequence[bytes]) -> list[tuple[str, dict[int, bytes]]]:
    """Statements by addressee and index, in parts that fit into one proof each."""
    parts: list[tuple[str, dict[int, bytes]]] = []
    newest: dict[str, tuple[dict[int, bytes], int]] = {}
    for index, text in enumerate(texts):
        addressee = addressee_of(text)
        part, size = newest.get(addressee, ({}, 0))
        size += len(text)
        if not part or len(part) == MAX_STATEMENTS or size > MAX_STATEMENT_BYTES:
            part, size = {}, len(text)
            parts.append((addressee, part))
        part[index] = text
        newest[addressee] = part, size
    return parts


@attrs.frozen
class Shut:
    """The peers whose links are shut.

    Attributes:
        peers: their identifiers.
        why: text for those who are refused; empty while all links are open.
    """

    peers: frozenset[str] = frozenset()
    why: str = ""


def _join(given: Sequence[LinkInputs], shut: Shut) -> LinkInputs:
    """The inputs of several requests as those of one batch."""
    joined = {
        field.name: tuple(value for one in given for value in getattr(one, field.name))
        for field in attrs.fields(LinkInputs)
        if field.name != "shut"
    }
    return LinkInputs(**joined, shut=tuple(sorted(shut.peers)))


class LinkBatches:
    """Makes the batches of links; used by the sequencer's thread alone.

    Args:
        system: settles.
        order_index: has the answers to earlier requests.
        ids_in_use: ids of requests.
        chain: batches are added to it.
        clock: no batch is made while it is held.
        now: gives the time of the next batch.
        shut: gives the peers whose links are shut.
    """

    def __init__(
        self,
        system: SettlementSystem,
        order_index: OrderIndex,
        ids_in_use: IdsInUse,
        chain: ChainEnd,
        clock: WatchedClock,
        now: Callable[[], int],
        shut: Callable[[], Shut] = Shut,
    ) -> None:
        self._system, self._order_index, self._ids_in_use = system, order_index, ids_in_use
        self._chain, self._clock, self._now, self._find_shut = chain, clock, now, shut
        self._shut = Shut()
        #: When readiness was checked last, and the batch before that check.
        self._checked, self._checked_at = -_READINESS, -1

    def apply(self, group: CommitGroupBuilder, requests: Sequence[LinkRequest]) -> None:
        """Apply requests in their order; those without an id together, the others singly."""
        if self._clock.held:
            held = Held(str(self._clock.trouble))
            group.answers += [answering(one.done, held) for one in requests]
            return
        self._shut = self._find_shut()
        refused = [one for one in requests if self._is_shut(one.inputs)]
        if refused:
            group.answers += [answering(one.done, LinksShut(self._shut.why)) for one in refused]
            requests = [one for one in requests if not self._is_shut(one.inputs)]
        joined: list[LinkRequest] = []
        for one in requests:
            if one.caller.key == NO_KEY:
                joined.append(one)
                continue
            self._apply_joined(group, joined)
            joined = []
            self._apply_with_id(group, one)
        self._apply_joined(group, joined)

    def _is_shut(self, given: LinkInputs) -> bool:
        """Whether inputs are from peers whose links are shut, or to such links."""
        try:
            return ShutLinks(self._system, self._shut.peers).concern(given)
        except InputError:
            return False  # a statement is malformed: refused like any other

    def follow(self, group: CommitGroupBuilder) -> None:
        """Make a batch without requests, if the own system has inputs to links."""
        if self._clock.held:
            return
        self._shut = self._find_shut()
        works = have_work(self._system, self._now(), self._shut.peers)
        if works or self._readiness_changed():
            self._record(group, [])

    def _readiness_changed(self) -> bool:
        """Whether legs have become ready, or no longer are; looks only after new batches."""
        number = self._chain.head.number
        if number == self._checked_at or time.monotonic() - self._checked < _READINESS:
            return False
        self._checked, self._checked_at = time.monotonic(), number
        return readiness_changed(self._system, self._shut.peers)

    def _apply_joined(self, group: CommitGroupBuilder, requests: Sequence[LinkRequest]) -> None:
        """Apply requests without an id in one batch; if one is malformed, each in its own."""
        if not requests:
            return
        try:
            refused = self._record(group, requests)
        except InputError as error:
            if len(requests) == 1:
                group.answers.append(answering(requests[0].done, error))
            else:
                for one in requests:
                    self._apply_joined(group, [one])
            return
        for one in requests:
            named = _named(one.inputs) if refused else set()
            own = tuple(row for row in refused if row[:2] in named)
            outcome = LinkOutcome(self._chain.head.number, own)
            group.answers.append(answering(one.done, outcome))

    def _apply_with_id(self, group: CommitGroupBuilder, one: LinkRequest) -> None:
        verdict = self._ids_in_use.check(one)
        if isinstance(verdict, Conflict):
            group.answers.append(answering(one.done, verdict))
            return
        if not verdict:
            self._ids_in_use.add(one)
            try:
                self._record(group, [one])
            except InputError as error:
                self._ids_in_use.forget([one])
                group.answers.append(answering(one.done, error))
                return
            group.in_flight.append(one)

        def answer() -> None:
            found = self._order_index.answer(one.caller.key)
            one.done(LinkOutcome.again(one.inputs, found))

        group.answers.append(answer)

    def _record(
        self, group: CommitGroupBuilder, requests: Sequence[LinkRequest]
    ) -> tuple[tuple[str, str, str], ...]:
        """Apply the inputs of requests in one batch, and return all that was refused in it.

        Raises:
            InputError: a proof proves nothing, an input is malformed, or too many terms wait;
                nothing was applied.
        """
        for one in requests:
            self._check_again(one)
        given = [one.inputs for one in requests]
        for fork in (fork for one in given for fork in one.forks):
            check_fork_of_peer(fork, self._system.link_contracts)
        inputs = _join(given, self._shut)
        batch = self._system.link(self._now(), self._chain.head.number + 1, inputs)
        # The commands follow from all inputs together, so they are the system's own.
        own = (NOBODY, NO_DIGEST, NO_DIGEST, NO_DIGEST, 0, len(batch.commands))
        rows = [one.caller.row(0, 0) for one in requests]
        self._chain.add(group, batch, request_rows([*rows, own]))
        return batch.refused

    def _check_again(self, request: LinkRequest) -> None:
        """Check the proofs by the contracts in force now, as `verify` does.

        Proofs that the edge has checked are skipped, unless the contract has changed since.
        """
        contracts = self._system.link_contracts
        stands = {id(one.heard) for one in request.checked if one.holds(contracts)}
        for proof in request.inputs.proofs:
            if id(proof) not in stands:
                check_peer_statements(proof, contracts)
