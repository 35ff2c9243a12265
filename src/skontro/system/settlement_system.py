"""The settlement system, engine and business day, as one deterministic function of its inputs."""

import datetime
import hashlib
import json
from typing import Any, Final

import attrs
import numpy as np

from skontro.engine import CommandKind, Commands, Engine
from skontro.model import InputError, InvariantBroken, ParticipantDirectory, ReasonCode
from skontro.model.text import canonical_text
from skontro.system.acceptance import Acceptance
from skontro.system.batch import ACCEPTED, WAREHOUSED, Batch, BatchKind
from skontro.system.business_day import BusinessDayClock
from skontro.system.cases.case_book import CaseBook
from skontro.system.cases.turn import begin_day, day_after
from skontro.system.counterlegs import Counterlegs
from skontro.system.credentials import Credentials
from skontro.system.decisions import decide, refuse_unfit, take_agreed
from skontro.system.earmark_postings import named_earmarks
from skontro.system.four_eyes import Decision, FourEyes
from skontro.system.joint.joint_book import JointBook
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.link_batch import LinkInputs, apply_links
from skontro.system.links.link_book import LinkBook
from skontro.system.links.peer_records import PeerRecords
from skontro.system.membership import Membership
from skontro.system.mirror.mirror_acceptance import refuse_at_mirrors
from skontro.system.mirror.mirror_accounts import mirror_accounts
from skontro.system.mirror.payment_book import PaymentBook
from skontro.system.order_columns import OrderColumns
from skontro.system.policy.enforcement import PolicyEnforcement
from skontro.system.screening_acceptance import check_screened, hold_or_reject, keep_held
from skontro.system.screening_holds import ScreeningHolds
from skontro.system.snapshot import restore_from, snapshot_of
from skontro.system.steps import StepKind, commands_of_step
from skontro.system.system_rules import Rules
from skontro.system.warehouse import Warehouse

#: The most orders in the warehouse at one time.
MAX_WAREHOUSED: Final = 10_000_000

#: Requests that one person of a participant may make alone.
REQUESTS: Final = (
    CommandKind.CANCEL,
    CommandKind.CHANGE_CLASS,
    CommandKind.CHANGE_TIMES,
    CommandKind.MOVE_TO_FRONT,
    CommandKind.MOVE_TO_END,
    CommandKind.SET_RESERVATION,
)

_CANCEL: Final = int(CommandKind.CANCEL)
_CHANGE_TIMES: Final = int(CommandKind.CHANGE_TIMES)


class SettlementSystem:
    """State changed by batches in order of time; the same inputs give the same batches.

    Every input carries its timestamp, later than the previous one.

    Args:
        rules: rules of the system.

    Attributes:
        rules: the initial ones.
        membership, credentials, suspended: participants, people and suspensions in force.
        cases: about orders, with their rules.
        engine, clock, four_eyes: settlement, business day and proposals.
        acceptance: conditions of acceptance by the participants in force.
        warehouse, screening_holds: orders outside the engine.
        screening: rules on screening in force.
        screening_lists: sanctions lists in force; None where none were agreed.
        policy: policy rules in force, with their totals.
        order_columns, counterlegs: terms and unpaired legs of the orders of the running day.
        last_time: time of the last batch.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.membership = Membership(rules.directory, rules.rulebook)
        self.engine = Engine(self.directory.accounts, rules.rulebook)
        self.clock = BusinessDayClock(rules.calendar, rules.rulebook, self.directory.currency_codes)
        self.four_eyes = FourEyes()
        self.credentials = rules.credentials
        self.suspended: list[str] = []
        self.warehouse = Warehouse()
        self.screening = rules.screening
        self.screening_lists = rules.screening_lists
        self.screening_holds = ScreeningHolds()
        self.link_contracts = LinkContracts()
        self.links = LinkBook()
        self.peer_records = PeerRecords()
        self.payments = PaymentBook()
        self.cases = CaseBook()
        self.joint = JointBook()
        self.policy = PolicyEnforcement()
        self.last_time = np.iinfo(np.int64).min
        self.order_columns = OrderColumns()
        self.counterlegs = Counterlegs()
        self.renew_acceptance()

    @property
    def directory(self) -> ParticipantDirectory:
        """Participants and accounts in force."""
        return self.membership.directory

    def orders(self, time: int, orders: Commands) -> Batch:
        """Orders of participants, submitted at one time.

        Args:
            time: time of the batch, and so of the orders.
            orders: commands of kind submit or submit leg. `order` is `NO_SUCH_ORDER` in a leg whose
                counterleg's UETR belongs to an order that does not name the leg.

        Raises:
            InputError: commands of another kind, a malformed leg, or a full warehouse.
        """
        self._refuse_early(time)
        if not orders.are_orders.all():
            raise InputError("orders: a command is not an order")
        check_screened(orders)
        orders = orders.evolve(time=time, acceptance=self.acceptance.decide(orders, self.clock))
        orders = refuse_at_mirrors(self, orders)
        orders = hold_or_reject(self, orders)
        number, firsts = self.engine.orders, list[int]()
        if len(orders.counterleg) or (orders.kind == int(CommandKind.SUBMIT_LEG)).any():
            orders, firsts = self.counterlegs.link(
                orders, self.clock, self.acceptance.currency_of, number
            )
        waits = orders.column("acceptance") == WAREHOUSED
        if len(self.warehouse) + int(waits.sum()) > MAX_WAREHOUSED:
            raise InputError(f"more than {MAX_WAREHOUSED} orders wait for their value date")
        batch = self.apply_to_engine(BatchKind.ORDERS, time, orders)
        if firsts:
            self.counterlegs.keep(orders, firsts, number)
        if waits.any():
            self.warehouse.add(orders.take(waits))
        keep_held(self, orders)
        return batch

    def request(self, time: int, request: Commands) -> Batch:
        """A participant's request on one of its orders or on its account.

        Args:
            time: time of the batch, and so of the request.
            request: one command of a kind in `REQUESTS`; with a UETR, the cancellation of an
                order that is warehoused or held outside the engine.

        Raises:
            InputError: a command of another kind.
        """
        self._refuse_early(time)
        if len(request) != 1 or int(request.kind[0]) not in [int(kind) for kind in REQUESTS]:
            raise InputError("request: a command of this kind needs two people or is not a request")
        acceptance = ACCEPTED
        if len(request.uetr):
            acceptance = self._cancel(request.uetr[0].tobytes())
        elif len(request.order):
            acceptance = self._refusal_about_link(request)
        request = request.evolve(time=time, acceptance=acceptance)
        return self.apply_to_engine(BatchKind.REQUEST, time, request)

    def _refusal_about_link(self, request: Commands) -> int:
        """Why a request about the leg of a link is refused before the engine, or `ACCEPTED`."""
        order = int(request.order[0])
        refusal = int(self.links.refusal_of_request(order))
        if self.cases.pays(order) and request.kind[0] in (_CANCEL, _CHANGE_TIMES):
            refusal = int(ReasonCode.ORDER_PAYS_CASE)
        is_leg = self.links.link_of(order) is not None
        if not refusal and is_leg and request.kind[0] == _CHANGE_TIMES:
            refusal = int(ReasonCode.TIMES_OF_LEG)  # its terms bind the leg in a queue too
        return refusal

    def _cancel(self, uetr: bytes) -> int:
        """Cancel an order outside the engine: the `acceptance` of its last place, or a reason."""
        if self.cases.pays_uetr(uetr):
            return int(ReasonCode.ORDER_PAYS_CASE)
        if len(held := self.screening_holds.take(uetr)):
            return int(held.acceptance[0])
        found = self.warehouse.cancel(uetr)
        return WAREHOUSED if found else int(ReasonCode.ORDER_NOT_WAREHOUSED)

    def decide(self, time: int, decision: Decision) -> Batch:
        """A person's proposal, approval, rejection or revocation; the body gives the outcome.

        Raises:
            NotPermitted: the person may not act, or the action takes two people.
            TooManyProposals: the side has too many open proposals.
            InputError: a proposal without an action.
        """
        self._refuse_early(time)
        refuse_unfit(self, decision, time)
        self.four_eyes.lapse_at(time)
        commands, body = decide(self, decision, time)
        return self.apply_to_engine(BatchKind.DECISION, time, commands, body)

    def step(self, time: int) -> Batch | None:
        """The next step of the business day, if it is due; or None."""
        step = self.clock.next_step(time)
        if step.due > time:
            return None
        self._refuse_early(time)
        before = self.clock.date
        self.clock.take(step)
        self.four_eyes.lapse_at(time)
        commands, body = commands_of_step(self, step, time), attrs.asdict(step)
        if step.kind == StepKind.START:
            commands, agreed = take_agreed(self, step.date, time)
            body |= {"agreed": agreed} if agreed else {}
            date = datetime.date.fromisoformat(step.date)
            self.policy.begin_day(date, time)
            begin_day(self, before, date, time)
        batch = self.apply_to_engine(BatchKind.STEP, time, commands, body)
        if step.kind == StepKind.SEAL:
            balances = np.stack([self.engine.balances, self.engine.credit_lines], axis=1)
            batch = attrs.evolve(batch, balances=balances)
        return batch

    def link(self, time: int, number: int, given: LinkInputs) -> Batch:
        """Inputs to links with other systems: instructions, statements of peers, repetitions.

        Args:
            time: time of the batch.
            number: its number in the record, which its statements name.
            given: the inputs; proofs have been checked.

        Raises:
            InputError: a statement is malformed, or too many terms wait for their orders.
        """
        self._refuse_early(time)
        return apply_links(self, time, number, given)

    def commit_to_state(self, time: int, number: int) -> tuple[Batch, bytes]:
        """A batch that names the SHA-256 of the current state, and that state.

        Args:
            time: time of the batch.
            number: number of the previous batch, which led to this state.
        """
        self._refuse_early(time)
        state = self.snapshot()
        self.last_time = time
        body = {"batch": number, "sha256": hashlib.sha256(state).hexdigest()}
        return Batch(BatchKind.SNAPSHOT, time, body=canonical_text(body)), state

    def replay(self, recorded: Batch) -> Batch:
        """The batch that the inputs of a recorded batch give in this state.

        Args:
            recorded: only its inputs are read.

        Raises:
            InvariantBroken: no such batch is possible in this state.
        """
        time = recorded.time
        if recorded.kind == BatchKind.ORDERS:
            return self.orders(time, recorded.commands)
        if recorded.kind == BatchKind.REQUEST:
            return self.request(time, recorded.commands)
        if recorded.kind == BatchKind.DECISION:
            decision = Decision.from_json(json.dumps(json.loads(recorded.body)["decision"]))
            return self.decide(time, decision)
        if recorded.kind == BatchKind.LINKS:
            body = json.loads(recorded.body)
            return self.link(time, body["batch"], LinkInputs.from_document(body))
        batch = self.step(time) if recorded.kind == BatchKind.STEP else None
        if batch is None:
            raise InvariantBroken("replay gives the record", f"no step is due at {time}")
        return batch

    def snapshot(self) -> bytes:
        """The complete state, for `restore`."""
        return snapshot_of(self)

    def restore(self, snapshot: bytes) -> None:
        """Continue from the snapshot of a system with the same rules."""
        restore_from(self, snapshot)

    def _refuse_early(self, time: int) -> None:
        """Refuse an input that does not come later; a refusal leaves the state unchanged."""
        if time <= self.last_time:
            raise InputError(f"time {time} does not come after {self.last_time}, the last one")
        self.policy.drop()

    def apply_to_engine(
        self, kind: BatchKind, time: int, commands: Commands, body: dict[str, Any] | None = None
    ) -> Batch:
        """The batch of commands that the engine applies, accepted ones only.

        Args:
            kind: of the batch.
            time: time of the batch.
            commands: with the column `acceptance`.
            body: the other inputs, as JSON values.
        """
        to_engine = commands.accepted
        first, transfers = self.engine.orders, self.engine.transfers
        earmarks = named_earmarks(self.engine, to_engine)
        # First, because it may refuse all of the batch.
        events = self.engine.apply(to_engine).copy()
        self.links.observe(to_engine, first, events)
        self.payments.observe(commands, first, events, mirror_accounts(self))
        if self.cases.has_payments:
            self.cases.observe(commands, first, events, time, day_after(self))
        if self.joint.in_use:
            self.joint.observe(commands, first, events)
        self.last_time = time
        orders = to_engine.are_orders
        self.order_columns.add(to_engine if orders.all() else to_engine.take(orders))
        runs = self.engine.runs.copy()
        postings = self.order_columns.postings(to_engine, events, transfers, earmarks)
        findings = self.policy.keep(commands, first, events) if self.policy.is_active else {}
        acts = self.cases.take_notes()
        findings = {**findings, "cases": acts} if acts else findings
        text = canonical_text({**(body or {}), **findings}) if body or findings else ""
        return Batch(kind, time, commands, text, events, runs, postings)

    def set_credentials(self, credentials: Credentials) -> None:
        """Put credentials in force, and lapse proposals of people who may no longer act."""
        self.credentials = credentials
        self.four_eyes.lapse_unless(credentials.may_decide)

    def set_suspended(self, bic: str, *, suspended: bool) -> None:
        """Stop or resume taking new orders from and to a participant."""
        others = [one for one in self.suspended if one != bic]
        self.suspended = sorted([*others, bic]) if suspended else others
        self.renew_acceptance()

    def follow_membership(self) -> None:
        """Update engine, business day and acceptance to the membership in force.

        Raises:
            InvariantBroken: the engine refuses accounts that have passed the checks.
        """
        try:
            self.engine.add_accounts(self.directory.accounts[len(self.acceptance.currency_of) :])
        except InputError as error:
            raise InvariantBroken("accounts that were checked can be added", str(error)) from None
        self.clock.follow(self.membership.rulebook, self.directory.currency_codes)
        self.renew_acceptance()

    def renew_acceptance(self) -> None:
        """Accept orders by the participants now in force."""
        self.acceptance = Acceptance.of(
            self.directory, self.suspended, self.membership.left, self.rules.most_days_ahead
        )
