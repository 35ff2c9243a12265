"""Metrics for Prometheus."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from skontro.engine import EventKind
from skontro.ledger import Entry

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


def count_entries(entries: Sequence[Entry]) -> None:
    """Count the entries of a commit."""
    BATCHES.inc(len(entries))
    for entry in entries:
        COMMANDS.inc(len(entry.batch.commands))
        numbers = np.bincount(entry.batch.events["kind"])
        for kind in np.flatnonzero(numbers).tolist():
            EVENTS.labels(EventKind(kind).name.lower()).inc(int(numbers[kind]))
