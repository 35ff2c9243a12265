"""The settlement system, engine and business day, as one deterministic function of its inputs."""

import datetime
import hashlib
import json
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.engine import NO_COMMANDS, CommandKind, Commands, Engine, command, join
from skontro.model import (
    InputError,
    InvariantBroken,
    ParticipantDirectory,
    ReasonCode,
    ScreeningOutcome,
    content_digest,
)
from skontro.system.acceptance import Acceptance, day_number
from skontro.system.batch import (
    ACCEPTED,
    WAREHOUSED,
    Batch,
    BatchKind,
    are_held,
)
from skontro.system.business_day import BusinessDayClock
from skontro.system.counterlegs import Counterlegs
from skontro.system.credentials import Credentials
from skontro.system.decisions import decide, refuse_unfit, take_agreed
from skontro.system.document_text import canonical_text
from skontro.system.four_eyes import Decision, FourEyes
from skontro.system.membership import Membership
from skontro.system.order_columns import OrderColumns
from skontro.system.screening_acceptance import check_screened, hold_or_reject
from skontro.system.screening_holds import ScreeningHolds
from skontro.system.screening_policy import ScreeningPolicy
from skontro.system.standing_limits import opening_commands
from skontro.system.steps import Step, StepKind
from skontro.system.system_rules import Rules
from skontro.system.warehouse import Warehouse

#: The most orders in the warehouse at one time.
MAX_WAREHOUSED: Final = 10_000_000

#: Requests that one person of a participant may make alone.
REQUESTS: Final = (
    CommandKind.CANCEL,
    CommandKind.CHANGE_CLASS,
    CommandKind.MOVE_TO_FRONT,
    CommandKind.MOVE_TO_END,
    CommandKind.SET_RESERVATION,
)


class SettlementSystem:
    """State changed by batches in order of time; the same inputs give the same batches.

    Every input carries its timestamp, later than the previous one.

    Args:
        rules: rules of the system.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.membership = Membership(rules.directory, rules.rulebook)
        self.engine = Engine(self.directory.accounts, rules.rulebook)
        self.clock = BusinessDayClock(rules.calendar, rules.rulebook, self._codes)
        self.four_eyes = FourEyes()
        self.credentials = rules.credentials
        self.suspended: list[str] = []
        self.warehouse = Warehouse()
        self.screening = rules.screening
        self.screening_holds = ScreeningHolds()
        self.last_time = np.iinfo(np.int64).min
        self._columns = OrderColumns()
        self._counterlegs = Counterlegs()
        self._currency_of = self._currency_by_account()
        self._acceptance = self._acceptance_rules()

    @property
    def directory(self) -> ParticipantDirectory:
        """Participants and accounts in force."""
        return self.membership.directory

    def order_terms(self, number: int) -> np.void:
        """Payer, payee, amount and UETR of an order of the running day, by its number.

        Raises:
            KeyError: it is not of this day.
        """
        return self._columns.terms(number)

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
        orders = orders.evolve(time=time, acceptance=self._acceptance.decide(orders, self.clock))
        orders = hold_or_reject(self, orders)
        number = self.engine.orders
        firsts: list[int] = []
        if len(orders.counterleg) or (orders.kind == int(CommandKind.SUBMIT_LEG)).any():
            orders, firsts = self._counterlegs.link(orders, self.clock, self._currency_of, number)
        waits = orders.column("acceptance") == WAREHOUSED
        if len(self.warehouse) + int(waits.sum()) > MAX_WAREHOUSED:
            raise InputError(f"more than {MAX_WAREHOUSED} orders wait for their value date")
        batch = self._apply(BatchKind.ORDERS, time, orders)
        if firsts:
            self._counterlegs.keep(orders, firsts, number)
        if waits.any():
            self.warehouse.add(orders.take(waits))
        self._hold(orders)
        return batch

    def enter_released(self, time: int, order: Commands) -> Commands:
        """A held order that two people have released, as if it came now; commands for the engine.

        Args:
            time: time of the batch.
            order: taken from the held ones.
        """
        order = order.evolve(time=time, screening=int(ScreeningOutcome.RELEASED))
        order = order.evolve(acceptance=self._acceptance.decide(order, self.clock))
        number = self.engine.orders
        order, firsts = self._counterlegs.link(order, self.clock, self._currency_of, number)
        if firsts:
            self._counterlegs.keep(order, firsts, number)
        if int(order.column("acceptance")[0]) == WAREHOUSED:
            self.warehouse.add(order)
        return order

    def is_first_leg(self, uetr: bytes) -> bool:
        """Whether a leg with this UETR came today and none before it completed its pair."""
        return uetr in self._counterlegs

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
        request = request.evolve(time=time, acceptance=acceptance)
        return self._apply(BatchKind.REQUEST, time, request)

    def _cancel(self, uetr: bytes) -> int:
        """Cancel an order outside the engine: the `acceptance` of its last place, or a reason."""
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
        return self._apply(BatchKind.DECISION, time, commands, canonical_text(body))

    def step(self, time: int) -> Batch | None:
        """The next step of the business day, if it is due; or None."""
        step = self.clock.next_step(time)
        if step.due > time:
            return None
        self._refuse_early(time)
        self.clock.take(step)
        self.four_eyes.lapse_at(time)
        commands, body = self._commands_of_step(step, time), attrs.asdict(step)
        if step.kind == StepKind.START:
            commands, agreed = take_agreed(self, step.date, time)
            body |= {"agreed": agreed} if agreed else {}
        batch = self._apply(BatchKind.STEP, time, commands, canonical_text(body))
        if step.kind == StepKind.SEAL:
            balances = np.stack([self.engine.balances, self.engine.credit_lines], axis=1)
            batch = attrs.evolve(batch, balances=balances)
        return batch

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
        batch = self.step(time) if recorded.kind == BatchKind.STEP else None
        if batch is None:
            raise InvariantBroken("replay gives the record", f"no step is due at {time}")
        return batch

    def snapshot(self) -> bytes:
        """The complete state, for `restore`."""
        parts = [
            self.engine.snapshot(),
            self.warehouse.to_bytes(),
            self.screening_holds.to_bytes(),
            self._columns.to_bytes(),
            self._counterlegs.to_bytes(),
        ]
        document = {
            "clock": self.clock.to_document(),
            "four_eyes": self.four_eyes.to_document(),
            "credentials": self.credentials.to_document(),
            "membership": self.membership.to_document(),
            "screening": self.screening.to_document(),
            "suspended": self.suspended,
            "last_time": int(self.last_time),
            "lengths": [len(part) for part in parts],
        }
        return json.dumps(document, sort_keys=True).encode() + b"\n" + b"".join(parts)

    def restore(self, snapshot: bytes) -> None:
        """Continue from the snapshot of a system with the same rules."""
        head, _, rest = snapshot.partition(b"\n")
        document: dict[str, Any] = json.loads(head)
        parts = []
        for length in document["lengths"]:
            parts.append(rest[:length])
            rest = rest[length:]
        self.membership = Membership.from_document(
            self.rules.directory, self.rules.rulebook, document["membership"]
        )
        self.engine = Engine(self.directory.accounts, self.membership.rulebook)
        self.engine.restore(parts[0])
        self.warehouse = Warehouse.from_bytes(parts[1])
        self.screening_holds = ScreeningHolds.from_bytes(parts[2])
        self.screening = ScreeningPolicy(**document["screening"])
        self._columns = OrderColumns.from_bytes(parts[3])
        self._counterlegs = Counterlegs.from_bytes(parts[4])
        self.clock = BusinessDayClock(self.rules.calendar, self.membership.rulebook, self._codes)
        self.clock.restore(document["clock"])
        self.four_eyes = FourEyes.from_document(document["four_eyes"])
        self.credentials = Credentials.from_document(document["credentials"])
        self.suspended = list(document["suspended"])
        self.last_time = document["last_time"]
        self._currency_of = self._currency_by_account()
        self._acceptance = self._acceptance_rules()

    def _refuse_early(self, time: int) -> None:
        """Refuse an input that does not come later; a refusal leaves the state unchanged."""
        if time <= self.last_time:
            raise InputError(f"time {time} does not come after {self.last_time}, the last one")

    def _apply(self, kind: BatchKind, time: int, commands: Commands, body: str = "") -> Batch:
        to_engine = commands.accepted
        transfers = self.engine.transfers
        # First, because it may refuse all of the batch.
        events = self.engine.apply(to_engine).copy()
        self.last_time = time
        orders = to_engine.are_orders
        self._columns.add(to_engine if orders.all() else to_engine.take(orders))
        runs = self.engine.runs.copy()
        postings = self._columns.postings(to_engine, events, transfers)
        return Batch(kind, time, commands, body, events, runs, postings)

    def _commands_of_step(self, step: Step, time: int) -> Commands:
        if step.kind in (StepKind.OPEN, StepKind.END_OF_DAY):
            self._counterlegs.forget()
        if step.kind == StepKind.OPEN:
            self._columns = OrderColumns(self.engine.orders)
            return join([opening_commands(self.directory, time), self._due_orders(time)])
        if step.kind == StepKind.OFFSET:
            return command(CommandKind.OFFSET, time, amount=step.algorithm)
        if step.kind == StepKind.END_OF_DAY:
            return join([command(CommandKind.CLOSE_DAY, time), self._past_holds(step, time)])
        return NO_COMMANDS

    def _due_orders(self, time: int) -> Commands:
        """Take the warehoused orders of the day that opens."""
        if self.clock.date is None:
            return NO_COMMANDS
        orders = self.warehouse.take_due(day_number(self.clock.date))
        orders = orders.evolve(time=time, acceptance=self._acceptance.decide(orders, self.clock))
        # The rules on screening may have changed since.
        orders = hold_or_reject(self, orders)
        self._hold(orders)
        return orders

    def _past_holds(self, step: Step, time: int) -> Commands:
        """Take the held orders whose value date ends, to be returned."""
        orders = self.screening_holds.take_past(day_number(datetime.date.fromisoformat(step.date)))
        return orders.evolve(time=time, acceptance=int(ReasonCode.RETURNED_WHILE_HELD))

    def _hold(self, orders: Commands, evidence: str = "") -> None:
        """Keep those of these orders that are held outside the engine."""
        held = are_held(orders.column("acceptance"))
        if not held.any():
            return
        orders = orders.take(held)
        dates = orders.column("value_date")
        today = 0 if self.clock.date is None else day_number(self.clock.date)
        orders = orders.evolve(value_date=np.where(dates == 0, today, dates))
        accounts = self.directory.accounts
        payers = [accounts[number].bic for number in orders.payer.tolist()]
        self.screening_holds.add(orders, payers, evidence)

    def hold_warehoused(self, time: int, uetr: bytes, evidence: str) -> Commands:
        """Hold a warehoused order until two people release it; gives it as it is held."""
        order = self.warehouse.take(uetr).evolve(
            time=time,
            acceptance=-int(ReasonCode.SCREENING_HOLD),
            screening=int(ScreeningOutcome.HELD),
            evidence=content_digest(evidence.encode()),
        )
        self._hold(order, evidence)
        return order

    def set_credentials(self, credentials: Credentials) -> None:
        """Put credentials in force, and lapse proposals of people who may no longer act."""
        self.credentials = credentials
        self.four_eyes.lapse_unless(credentials.may_decide)

    def set_suspended(self, bic: str, *, suspended: bool) -> None:
        """Stop or resume taking new orders from and to a participant."""
        others = [one for one in self.suspended if one != bic]
        self.suspended = sorted([*others, bic]) if suspended else others
        self._acceptance = self._acceptance_rules()

    def follow_membership(self) -> None:
        """Update engine, business day and acceptance to the membership in force.

        Raises:
            InvariantBroken: the engine refuses accounts that have passed the checks.
        """
        try:
            self.engine.add_accounts(self.directory.accounts[len(self._currency_of) :])
        except InputError as error:
            raise InvariantBroken("accounts that were checked can be added", str(error)) from None
        self.clock.follow(self.membership.rulebook, self._codes)
        self._currency_of = self._currency_by_account()
        self._acceptance = self._acceptance_rules()

    @property
    def _codes(self) -> tuple[str, ...]:
        return tuple(currency.code for currency in self.directory.currencies)

    def _currency_by_account(self) -> npt.NDArray[np.int64]:
        """By account number, the position of its currency."""
        position = {currency: i for i, currency in enumerate(self.directory.currencies)}
        return np.array([position[a.currency] for a in self.directory.accounts], np.int64)

    def _acceptance_rules(self) -> Acceptance:
        accounts, left = self.directory.accounts, self.membership.left
        return Acceptance(
            currency_of=self._currency_of,
            currencies=self._codes,
            suspended=np.array([a.bic in self.suspended for a in accounts], np.bool_),
            left=np.array([a.bic in left for a in accounts], np.bool_),
            most_days_ahead=self.rules.most_days_ahead,
        )
