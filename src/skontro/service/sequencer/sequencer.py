"""The sequencer: orders all input, settles it, and commits it in groups.

Two threads: one applies, the other writes. A request is answered only after its transaction is
durable. Only committed state is published.
"""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import join
from skontro.ledger import Answer, Entry, Head, Journal, OrderIndex, own_request
from skontro.ledger.entry import attachments_of, request_rows
from skontro.model import InputError
from skontro.service.clock import WatchedClock, decide
from skontro.service.sequencer.chain_end import ChainEnd
from skontro.service.sequencer.idempotency import IdsInUse, Taken
from skontro.service.sequencer.intake_queue import IntakeQueue, by_side
from skontro.service.sequencer.link_batches import LinkBatches, Outbox, Shut, proofs_of
from skontro.service.sequencer.requests import (
    CommitGroupBuilder,
    Conflict,
    DecisionRequest,
    Group,
    Held,
    LinkRequest,
    Orders,
    Query,
    Request,
    Stopping,
    Work,
    answering,
    view_of,
)
from skontro.service.sequencer.writer import Writer
from skontro.service.settings import BATCHES_PER_SNAPSHOT, COMMANDS_PER_SNAPSHOT
from skontro.service.traces import TRACES
from skontro.system import SettlementSystem


class Sequencer:
    """Takes work from any thread, and answers when it is durable.

    Args:
        system, order_index, head: as recovered.
        journal: claimed.
        key: signs the batches.
        clock: the system's time.
        max_waiting: limit of pending orders and requests; more are refused as `Overloaded`.
        commands_per_snapshot, batches_per_snapshot: after how many a snapshot is kept; whichever
            comes first.
        stopped: called once if the writer cannot continue.
        revive: called before each attempt to reach the database again.
        durable: called with each durable head, in the writer's thread.
        outbox: called in the same thread with proofs of durable statements for other systems.
        links_shut: gives the peers whose links are shut.
    """

    def __init__(
        self,
        system: SettlementSystem,
        order_index: OrderIndex,
        head: Head,
        journal: Journal,
        key: Ed25519PrivateKey,
        *,
        clock: WatchedClock | None = None,
        max_waiting: int = 500_000,
        commands_per_snapshot: int = COMMANDS_PER_SNAPSHOT,
        batches_per_snapshot: int = BATCHES_PER_SNAPSHOT,
        stopped: Callable[[Exception], None] | None = None,
        revive: Callable[[], object] | None = None,
        durable: Callable[[Head], None] | None = None,
        outbox: Outbox | None = None,
        links_shut: Callable[[], Shut] = Shut,
    ) -> None:
        self.system, self.order_index = system, order_index
        self._chain = ChainEnd(head, key)
        self.clock = clock or WatchedClock()
        self._durable, self._outbox = durable, outbox
        self._commands_per_snapshot, self._since_snapshot = commands_per_snapshot, 0
        self._batches_per_snapshot, self._batches_since = batches_per_snapshot, 0
        self._ids_in_use = IdsInUse(order_index)
        self.view = view_of(system, head)
        #: The last durable batch of this run.
        self.last_entry: Entry | None = None
        self.writer = Writer(
            journal, order_index, self._publish, self.fail, self._ids_in_use, revive
        )
        self._links = LinkBatches(
            system, order_index, self._ids_in_use, self._chain, self.clock, self._now, links_shut
        )
        self._intake = IntakeQueue(max_waiting, self.writer.idle)
        self._stopped = stopped
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self.writer.start()
        self._thread.start()

    def submit(self, work: Work) -> None:
        """Submit work; it is answered through its `done`.

        Raises:
            Overloaded: the backlog is too large.
            Stopping: the service is stopping.
        """
        self._intake.put(work)

    @property
    def waiting(self) -> int:
        """Number of orders and requests without an answer."""
        return self._intake.backlog.waiting

    @property
    def is_open(self) -> bool:
        """Whether the sequencer accepts work."""
        return self._intake.is_open

    def close(self) -> None:
        """Stop accepting work; accepted work is completed."""
        self._intake.close()

    def stop(self, seconds: float = 60.0) -> bool:
        """Stop accepting work, complete and write accepted work, and return.

        Args:
            seconds: time limit. After it, unwritten work is given up, and its callers learn that
                its recording is unknown.

        Returns:
            Whether all accepted work is written.
        """
        deadline = time.monotonic() + seconds
        self._intake.close()
        if self._thread.ident is not None:
            self._thread.join(seconds)
            if self._thread.is_alive():
                self.writer.abandon()
                self._thread.join(1)
        return self.writer.stop(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        try:
            while self._one_group():
                pass
        except Exception as error:
            self.fail(error)

    def _one_group(self) -> bool:
        """Apply the pending work; whether there may be more."""
        work, more = self._intake.next_group()
        group = CommitGroupBuilder(
            refuse=[one.done for one in work], answered=by_side(work), trace=TRACES.of_group(work)
        )
        try:
            self._apply(group, work)
        except Exception as error:
            for done in group.refuse:
                done(Stopping(str(error)))
            raise
        if group.trace is not None:
            group.trace.settled()
        if group.entries or group.answers:
            self.writer.put(self._finished(group))
        if not more:
            self.writer.put(None)
        return more

    def _apply(self, group: CommitGroupBuilder, work: Sequence[Work]) -> None:
        """Apply work in order of arrival; successive orders or inputs to links together."""
        self._take_steps(group)
        for kind, same in itertools.groupby(work, type):
            if kind is Orders:
                self._apply_orders(group, cast("list[Orders]", [*same]))
            elif kind is LinkRequest:
                self._links.apply(group, cast("list[LinkRequest]", [*same]))
            else:
                for one in same:
                    self._apply_other(group, cast("Request | DecisionRequest | Query", one))
        if len(self.system.link_contracts):
            self._links.follow(group)

    def _now(self) -> int:
        """The time of the next batch: after all recorded ones, even if the clock was set back."""
        return max(self.clock(), int(self.system.last_time) + 1)

    def _take_steps(self, group: CommitGroupBuilder) -> None:
        self._now()  # a look at the clock, which may end that it is held
        if self.clock.held:
            return
        while (batch := self.system.step(self._now())) is not None:
            self._chain.add(group, batch, own_request(len(batch.commands)))
            if len(batch.balances):
                group.snapshot_due = True

    def _apply_orders(self, group: CommitGroupBuilder, orders: Sequence[Orders]) -> None:
        if self.clock.held:
            held = Held(str(self.clock.trouble))
            group.answers += [answering(one.done, held) for one in orders]
            return
        accepted: list[Orders] = []
        taken_in: list[tuple[Orders, Taken]] = []
        for one in orders:
            taken = self._ids_in_use.take_orders(one)
            if isinstance(taken, Conflict):
                group.answers.append(answering(one.done, taken))
                continue
            taken_in.append((one, taken))
            if taken.new:
                accepted.append(one)
        error = self._apply_accepted(group, accepted) if accepted else None
        for one, taken in taken_in:
            # A repetition of an order that was not accepted has the same outcome.
            last, claimed = max(taken.indices, default=-1), self.order_index.uetrs.next_index
            fails = error is not None and last >= claimed
            group.answers.append(answering(one.done, error if fails else taken.indices))

    def _apply_accepted(
        self, group: CommitGroupBuilder, accepted: Sequence[Orders]
    ) -> InputError | None:
        """Settle orders submitted for the first time; or the reason for not accepting them."""
        orders = self._ids_in_use.mark_counterlegs(join([one.commands for one in accepted]))
        try:
            batch = self.system.orders(self._now(), orders)
        except InputError as error:
            self._ids_in_use.withdraw_orders(accepted)
            return error
        requests, first = [], 0
        for one in accepted:
            requests.append(one.caller.row(first, len(one.commands)))
            first += len(one.commands)
        group.in_flight += accepted
        texts = {digest: text for one in accepted for digest, text in one.attachments.items()}
        self._chain.add(group, batch, request_rows(requests), attachments_of(orders, texts))
        return None

    def _apply_other(
        self, group: CommitGroupBuilder, one: Request | DecisionRequest | Query
    ) -> None:
        if isinstance(one, Query):
            group.answers.append(answering(one.done, one.ask(self.system)))
            return
        if self.clock.held and isinstance(one, Request):
            group.answers.append(answering(one.done, Held(str(self.clock.trouble))))
            return
        verdict = self._ids_in_use.check(one)
        if isinstance(verdict, Conflict):
            group.answers.append(answering(one.done, verdict))
            return
        if not verdict:
            self._ids_in_use.add(one)
            try:
                if isinstance(one, Request):
                    batch = self.system.request(self._now(), one.command)
                else:
                    batch = decide(self.system, self.clock, self._now, one.act)
            except InputError as error:
                self._ids_in_use.forget([one])
                group.answers.append(answering(one.done, error))
                return
            group.in_flight.append(one)
            self._chain.add(group, batch, request_rows([one.caller.row(0, len(batch.commands))]))

        def answer() -> None:
            found: Answer | None = self.order_index.answer(one.caller.key)
            one.done(found)

        group.answers.append(answer)

    def _finished(self, group: CommitGroupBuilder) -> Group:
        self._since_snapshot += group.commands
        self._batches_since += len(group.entries)
        snapshot = None
        if (
            group.snapshot_due
            or self._since_snapshot >= self._commands_per_snapshot
            or self._batches_since >= self._batches_per_snapshot
        ):
            snapshot = self._commit_to_state(group)
            self._since_snapshot = self._batches_since = 0
        return group.finish(view_of(self.system, self._chain.head), snapshot)

    def _commit_to_state(self, group: CommitGroupBuilder) -> tuple[int, bytes]:
        """Record the hash of the state, so that no other state can replace it."""
        number = self._chain.head.number
        batch, state = self.system.commit_to_state(self._now(), number)
        self._chain.add(group, batch, own_request(0))
        return number, state

    def _publish(self, group: Group) -> None:
        """Publish a durable group; runs in the writer's thread."""
        self.view = group.view
        if group.entries:
            self.last_entry = group.entries[-1]
        if self._durable is not None and group.entries:
            view = group.view
            self._durable(Head(view.batch, view.time, view.hash, view.signature))
        if self._outbox is not None:
            for addressee, proof in proofs_of(group.entries):
                self._outbox(addressee, proof)
        for answer in group.answers:
            answer()
        self._intake.backlog.release(group.answered)

    def fail(self, error: Exception) -> None:
        """Stop after a fatal write error: inform all pending callers and end the service."""
        first = self._intake.close()
        self.writer.abandon()
        self._intake.refuse_all(str(error))
        if first and self._stopped is not None:
            self._stopped(error)
