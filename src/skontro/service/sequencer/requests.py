"""Requests to the sequencer, and the state it publishes after a durable commit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import Commands
from skontro.ledger import Entry, Head
from skontro.ledger.link_evidence import PeerStatements
from skontro.model import ParticipantDirectory, PaymentDetails, Phase
from skontro.service.traces import GroupTrace
from skontro.system import (
    Credentials,
    Decision,
    Proposal,
    ScreeningLists,
    ScreeningPolicy,
    SettlementSystem,
)
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.link_batch import LinkInputs
from skontro.system.links.link_state import LinkState
from skontro.system.links.peer_records import Fork

#: Called once, from another thread, with the result or the error.
Done = Callable[[Any], None]

NO_KEY: Final = bytes(32)

#: The columns of orders whose values a participant gives.
ORDER_COLUMNS: Final = (
    "kind",
    "payer",
    "payee",
    "amount",
    "payment_class",
    "payment_type",
    "earliest",
    "latest",
    "value_date",
    "uetr",
    "counterleg",
    "counterleg_payer",
    "counterleg_payee",
    "counterleg_amount",
    "details",
)


class Overloaded(Exception):  # noqa: N818  the fact is the name
    """The backlog is too large to accept more; try again shortly."""


class Stopping(Exception):  # noqa: N818  the fact is the name
    """The service is stopping; nothing of the request was recorded."""


class Held(Exception):  # noqa: N818  the fact is the name
    """The clock is not trusted or confirmed yet; nothing of the request was recorded."""


class LinksShut(Exception):  # noqa: N818  the fact is the name
    """Links are shut until the peers have confirmed the record; nothing was recorded."""


class Conflict(Exception):  # noqa: N818  the fact is the name
    """Other content was submitted under the same request id or UETR.

    Args:
        uetrs: those in use; empty if the conflict is about the request id.
    """

    def __init__(self, uetrs: Sequence[bytes]) -> None:
        super().__init__("used for something else before")
        self.uetrs = tuple(uetrs)


@attrs.frozen(eq=False)
class Caller:
    """Submitter of work: number of the participant or -1, and the signer.

    Attributes:
        participant: number in the directory.
        person: SHA-256 of the name.
        key: SHA-256 of the person and its request id.
        content: SHA-256 of the request's content.
    """

    participant: int
    person: bytes
    key: bytes
    content: bytes

    def row(self, first: int, commands: int) -> tuple[int, bytes, bytes, bytes, int, int]:
        """The request's row in the record: its caller, its first command and their number."""
        return self.participant, self.person, self.key, self.content, first, commands


@attrs.frozen(eq=False)
class ReadOrders:
    """Orders of one request as they were read.

    Attributes:
        commands: the orders, with the digests of their details.
        details: details of each order; empty where none has any.
    """

    commands: Commands
    details: tuple[PaymentDetails, ...] = ()


@attrs.frozen(eq=False)
class Orders:
    """Orders of one request; all of them are recorded, or none.

    Attributes:
        caller: who sent it.
        commands: the orders.
        done: called with the outcome.
        attachments: the texts that the orders name, by digest.
        trace: context of the span that it belongs to, as in all work; None without traces.
    """

    caller: Caller
    commands: Commands
    done: Done
    attachments: Mapping[bytes, bytes] = attrs.field(factory=dict)
    trace: Any = None


@attrs.frozen(eq=False)
class Request:
    """A request about an order or account: one command."""

    caller: Caller
    command: Commands
    done: Done
    trace: Any = None


@attrs.frozen(eq=False)
class DecisionRequest:
    """A person's proposal, approval or rejection."""

    caller: Caller
    act: Decision
    done: Done
    trace: Any = None


@attrs.frozen(eq=False)
class Query:
    """A query of the engine between batches; answered once those are durable."""

    ask: Callable[[Any], Any]
    done: Done
    trace: Any = None


@attrs.frozen(eq=False)
class LinkRequest:
    """Inputs to links: an instruction or cancellation of a bank, or statements of a peer.

    Attributes:
        caller: who sent it. With a request id, the inputs are one instruction or cancellation.
        inputs: their proofs are checked when they are applied.
        done: called with a `LinkOutcome` or the error.
        checked: proofs among them that were checked at the edge; they need no second check while
            the contracts are the same.
    """

    caller: Caller
    inputs: LinkInputs
    done: Done
    checked: tuple[PeerStatements, ...] = ()
    trace: Any = None


Work = Orders | Request | DecisionRequest | Query | LinkRequest


@attrs.frozen(eq=False)
class View:
    """Published state of the system: never ahead of durable state.

    Attributes:
        time: time of the last batch.
        balances, credit_lines: by account number.
        waiting: value of queued and held orders, by account number.
        queued, held: numbers of orders.
        open_links: links with other systems whose own leg has not ended.
        in_doubt: value locked for them, by decider and currency.
        warehoused: orders that wait for their value date.
        screening_holds: orders that wait for a decision of the operator.
        payments_due: whether payments need orders from mirror accounts that are not submitted yet.
        case_orders_due: whether cases need orders that are not submitted yet.
        payments_sent: UETRs of payments that other systems have not answered yet.
        screening: the rules on screening in force.
        screening_lists: sanctions lists in force; None where none were agreed.
        date: the current business day, ISO 8601, or None.
        phase, phases: of the system and of each currency.
        steps: coming steps of the day.
        proposals: the open ones.
        agreed: proposals approved for a coming day.
        suspended, left: BICs.
        credentials: in force.
        directory: participants and accounts.
        batch, hash: the head of the record.
        link_contracts: with other systems.
        links_under_way: that have not ended here.
        forks: evidence that peers have signed two records.
        cycles_open: joint cycles that have not ended here, with their phases.
        cycles_unsigned: whether one of them needs a signature of this system.
        cycles_convicted: cycle and member of each conviction in them.
        cycle_orders_due: whether cycles need orders that are not submitted yet.
        links_opened: when two people opened links despite a peer, by its identifier; record time.
    """

    time: int
    balances: npt.NDArray[np.int64]
    credit_lines: npt.NDArray[np.int64]
    waiting: npt.NDArray[np.int64]
    queued: int
    held: int
    open_links: int
    in_doubt: Mapping[tuple[str, str], int]
    warehoused: int
    screening_holds: int
    payments_due: bool
    case_orders_due: bool
    payments_sent: tuple[str, ...]
    screening: ScreeningPolicy
    screening_lists: ScreeningLists | None
    date: str | None
    phase: Phase
    phases: dict[str, Phase]
    steps: tuple[Any, ...]
    proposals: tuple[Proposal, ...]
    agreed: tuple[Proposal, ...]
    suspended: tuple[str, ...]
    credentials: Credentials
    left: tuple[str, ...]
    directory: ParticipantDirectory
    batch: int
    hash: bytes
    signature: bytes
    link_contracts: LinkContracts
    links_under_way: tuple[LinkState, ...]
    forks: tuple[Fork, ...]
    links_opened: Mapping[str, int]
    cycles_open: tuple[tuple[str, str], ...]
    cycles_unsigned: bool
    cycles_convicted: tuple[tuple[str, str], ...]
    cycle_orders_due: bool


def view_of(system: SettlementSystem, head: Head) -> View:
    """The published view once the batch at the head of the record is durable."""
    engine, clock = system.engine, system.clock
    cycles = system.joint.open if system.joint.in_use else ()
    return View(
        time=int(system.last_time),
        balances=engine.balances,
        credit_lines=engine.credit_lines,
        waiting=engine.waiting,
        queued=engine.queued,
        held=engine.held,
        open_links=system.links.open_links,
        in_doubt=system.links.values_in_doubt,
        warehoused=len(system.warehouse),
        screening_holds=len(system.screening_holds),
        payments_due=system.payments.needs_orders,
        case_orders_due=clock.phase == Phase.OPEN and system.cases.needs_orders(clock.date),
        payments_sent=system.payments.sent,
        screening=system.screening,
        screening_lists=system.screening_lists,
        date=None if clock.date is None else clock.date.isoformat(),
        phase=clock.phase,
        phases=dict(clock.phases),
        steps=tuple(clock.steps),
        proposals=system.four_eyes.open,
        agreed=system.four_eyes.agreed,
        suspended=tuple(system.suspended),
        credentials=system.credentials,
        left=system.membership.left,
        directory=system.directory,
        batch=head.number,
        hash=head.hash,
        signature=head.signature,
        link_contracts=system.link_contracts.copy(),
        links_under_way=system.links.open,
        forks=system.peer_records.forks,
        links_opened=dict(system.peer_records.opened),
        cycles_open=tuple((one.identifier, str(one.phase)) for one in cycles),
        cycles_unsigned=any(one.needs_signature for one in cycles),
        cycles_convicted=tuple((one.identifier, name) for one in cycles for name in one.evidence),
        cycle_orders_due=system.joint.in_use and system.joint.own_orders.are_due,
    )


@attrs.frozen(eq=False)
class Group:
    """One transaction, and the effects of its commit.

    Attributes:
        entries: to write; may be empty.
        answers: called in turn after the commit.
        refuse: called instead if the commit fails for good.
        in_flight: work whose ids are in the order index after the commit.
        answered: amount of completed work, by side.
        view: published after the commit.
        snapshot: number of a batch and the state after it, where one is due.
        commands: number of commands in the entries.
        trace: of the requests in it; None without traces.
    """

    entries: tuple[Entry, ...]
    answers: tuple[Callable[[], None], ...]
    refuse: tuple[Done, ...]
    in_flight: tuple[Any, ...]
    answered: Mapping[int, int]
    view: View
    snapshot: tuple[int, bytes] | None
    commands: int
    trace: GroupTrace | None = None


@attrs.define(eq=False)
class CommitGroupBuilder:
    """Collects the batches and answers of one commit."""

    entries: list[Entry] = attrs.field(factory=list)
    answers: list[Callable[[], None]] = attrs.field(factory=list)
    refuse: list[Done] = attrs.field(factory=list)
    in_flight: list[Any] = attrs.field(factory=list)
    snapshot_due: bool = False
    commands: int = 0
    answered: dict[int, int] = attrs.field(factory=dict)
    trace: GroupTrace | None = None

    def finish(self, view: View, snapshot: tuple[int, bytes] | None) -> Group:
        """The transaction, with the view after it and the snapshot, where one is due."""
        return Group(
            entries=tuple(self.entries),
            answers=tuple(self.answers),
            refuse=tuple(self.refuse),
            in_flight=tuple(self.in_flight),
            answered=self.answered,
            view=view,
            snapshot=snapshot,
            commands=self.commands,
            trace=self.trace,
        )


def answering(done: Done, result: object) -> Callable[[], None]:
    """The answer to call once the group is durable."""
    return lambda: done(result)
