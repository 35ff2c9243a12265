"""Metrics for Prometheus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from skontro import __version__
from skontro.engine import EventKind
from skontro.ledger import Entry
from skontro.model import Currency, Phase, find_currency
from skontro.system import StepKind

if TYPE_CHECKING:
    from skontro.service.sequencer.requests import View

REGISTRY: Final = CollectorRegistry()

_LATENCY: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

COMMIT_SECONDS: Final = Histogram(
    "skontro_commit_seconds", "Duration of a commit.", buckets=_LATENCY, registry=REGISTRY
)
COMMANDS: Final = Counter("skontro_commands", "Commands recorded.", registry=REGISTRY)
BATCHES: Final = Counter("skontro_batches", "Batches recorded.", registry=REGISTRY)
EVENTS: Final = Counter("skontro_order_events", "Events of orders.", ["event"], registry=REGISTRY)
REQUESTS: Final = Counter(
    "skontro_http_requests", "HTTP requests.", ["method", "route", "status"], registry=REGISTRY
)
REQUEST_SECONDS: Final = Histogram(
    "skontro_http_seconds", "Duration of HTTP requests.", buckets=_LATENCY, registry=REGISTRY
)
WAITING: Final = Gauge("skontro_waiting", "Work that is not durable yet.", registry=REGISTRY)
QUEUED: Final = Gauge("skontro_queued_orders", "Orders in queues.", registry=REGISTRY)
HELD: Final = Gauge("skontro_held_orders", "Orders held for their time.", registry=REGISTRY)
WAREHOUSED: Final = Gauge(
    "skontro_warehoused_orders", "Orders that wait for their value date.", registry=REGISTRY
)
HELD_FOR_SCREENING: Final = Gauge(
    "skontro_orders_held_for_screening",
    "Orders that wait for a decision of the operator.",
    registry=REGISTRY,
)
WAITING_VALUE: Final = Gauge(
    "skontro_waiting_value",
    "Value of queued and held orders, in units of the currency.",
    ["currency"],
    registry=REGISTRY,
)
LIQUIDITY: Final = Gauge(
    "skontro_liquidity",
    "Positive balances, credit lines and credit in use, in units of the currency.",
    ["currency", "part"],
    registry=REGISTRY,
)
PHASE: Final = Gauge(
    "skontro_phase", "1 for the phase of the business day.", ["phase"], registry=REGISTRY
)
NEXT_STEP: Final = Gauge(
    "skontro_next_step_timestamp_seconds",
    "When the next step of the running day is due; 0 where none is.",
    registry=REGISTRY,
)
END_OF_DAY: Final = Gauge(
    "skontro_end_of_day_timestamp_seconds",
    "When the running day ends; 0 where none is running.",
    registry=REGISTRY,
)
OPEN_PROPOSALS: Final = Gauge(
    "skontro_open_proposals", "Proposals that wait for a second person.", registry=REGISTRY
)
SUSPENDED: Final = Gauge(
    "skontro_suspended_participants", "Participants that are suspended.", registry=REGISTRY
)
OPEN_LINKS: Final = Gauge(
    "skontro_open_links",
    "Links with other systems whose own leg has not ended.",
    registry=REGISTRY,
)
VALUE_IN_DOUBT: Final = Gauge(
    "skontro_value_in_doubt",
    "Value locked for links of another system, in units of the currency.",
    ["decider", "currency"],
    registry=REGISTRY,
)
VERSION: Final = Info("skontro_build", "Version of the program.", registry=REGISTRY)
VERSION.info({"version": __version__})
HEAD: Final = Gauge("skontro_head_batch", "Number of the last durable batch.", registry=REGISTRY)
DATABASE_REACHABLE: Final = Gauge(
    "skontro_database_reachable", "1 while the database answers.", registry=REGISTRY
)
DATABASE_REACHABLE.set(1)
OLDEST_COMMIT_SECONDS: Final = Gauge(
    "skontro_oldest_commit_seconds",
    "Age of the oldest commit that is not durable yet, the lease's own included.",
    registry=REGISTRY,
)
CLOCK_TRUSTED: Final = Gauge(
    "skontro_clock_trusted", "1 while the wall clock is followed.", registry=REGISTRY
)
CLOCK_DEVIATION_SECONDS: Final = Gauge(
    "skontro_clock_deviation_seconds",
    "How far the wall clock is ahead of the system's time.",
    registry=REGISTRY,
)
HEAD_FILE_BATCH: Final = Gauge(
    "skontro_head_file_batch", "Batch of the head kept outside the database.", registry=REGISTRY
)
HEAD_FILE_FAILURES: Final = Counter(
    "skontro_head_file_failures", "Times the head could not be kept.", registry=REGISTRY
)
PEER_SILENT: Final = Gauge(
    "skontro_peer_silent",
    "1 while a system with which links are agreed does not answer.",
    ["peer"],
    registry=REGISTRY,
)
PEER_HEARD_SECONDS: Final = Gauge(
    "skontro_peer_heard_seconds", "Seconds since a peer's last answer.", ["peer"], registry=REGISTRY
)
PEER_HEAD: Final = Gauge(
    "skontro_peer_head_batch",
    "Newest batch that a peer has proved; -1 before the first.",
    ["peer"],
    registry=REGISTRY,
)
PEER_WAITING: Final = Gauge(
    "skontro_peer_waiting_proofs",
    "Proofs that a peer has not confirmed.",
    ["peer"],
    registry=REGISTRY,
)
PEER_FORKS: Final = Gauge(
    "skontro_peer_forks",
    "Pieces of evidence that a peer has signed two records.",
    ["peer"],
    registry=REGISTRY,
)
PEER_BEHIND: Final = Gauge(
    "skontro_peer_record_behind",
    "1 while a peer holds a batch of this record that it does not have.",
    ["peer"],
    registry=REGISTRY,
)
LINKS_SHUT: Final = Gauge(
    "skontro_links_shut",
    "1 while links with a peer are shut until it has confirmed this record.",
    registry=REGISTRY,
)
PEER_OPEN_LINKS: Final = Gauge(
    "skontro_peer_open_links", "Links with a peer that have not ended.", ["peer"], registry=REGISTRY
)


def count_entries(entries: Sequence[Entry]) -> None:
    """Count the entries of a commit."""
    BATCHES.inc(len(entries))
    for entry in entries:
        COMMANDS.inc(len(entry.batch.commands))
        numbers = np.bincount(entry.batch.events["kind"])
        for kind in np.flatnonzero(numbers).tolist():
            EVENTS.labels(EventKind(kind).name.lower()).inc(int(numbers[kind]))


def show_view(view: "View") -> None:
    """Set the metrics that come from the published state."""
    QUEUED.set(view.queued)
    HELD.set(view.held)
    WAREHOUSED.set(view.warehoused)
    HELD_FOR_SCREENING.set(view.screening_holds)
    HEAD.set(view.batch)
    OPEN_PROPOSALS.set(len(view.proposals))
    SUSPENDED.set(len(view.suspended))
    OPEN_LINKS.set(view.open_links)
    for phase in Phase:
        PHASE.labels(phase.name.lower()).set(phase == view.phase)
    NEXT_STEP.set(view.steps[0].due / 1e6 if view.steps else 0)
    ends = [step.due for step in view.steps if step.kind == StepKind.END_OF_DAY]
    END_OF_DAY.set(ends[0] / 1e6 if ends else 0)
    _show_money(view)
    # Without the peers that have nothing in doubt any more.
    VALUE_IN_DOUBT.clear()
    for (decider, code), value in view.in_doubt.items():
        VALUE_IN_DOUBT.labels(decider, code).set(_units(value, find_currency(code)))


def _show_money(view: "View") -> None:
    """Totals by currency alone: metrics are open to all, and balances of a bank are its own."""
    accounts = view.directory.accounts
    for currency in view.directory.currencies:
        of_currency = [n for n, one in enumerate(accounts) if one.currency == currency]
        numbers = [n for n in of_currency if n < len(view.balances)]
        balances = view.balances[numbers].tolist()
        parts = {
            "balances": sum(max(0, one) for one in balances),
            "credit_lines": sum(view.credit_lines[numbers].tolist()),
            "credit_used": sum(max(0, -one) for one in balances),
        }
        WAITING_VALUE.labels(currency.code).set(
            _units(sum(view.waiting[numbers].tolist()), currency)
        )
        for part, amount in parts.items():
            LIQUIDITY.labels(currency.code, part).set(_units(amount, currency))


def _units(minor: int, currency: Currency) -> float:
    """Units of a currency, for a metric alone: Prometheus has no exact numbers."""
    return minor / float(10**currency.exponent)
