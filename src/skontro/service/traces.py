"""Traces of requests and orders by OpenTelemetry, where they are asked for; else nothing is done.

A request has a span, below that of its `traceparent` header, if it has one (W3C Trace Context).
Orders in it have one with their UETRs, with the stages below it: screening, and from the sequencer
to the commit. Within the latter, the sequencer settles and the writer commits.
"""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from skontro.engine import Commands, uetr_text
from skontro.model import InputError

#: The variable of OpenTelemetry with the URL of a collector.
ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: UETRs that a span names; a batch may have many more.
MAX_UETRS: Final = 20
_NOTHING: Final[AbstractContextManager[Any]] = contextlib.nullcontext()


#: Header fields of W3C Trace Context; each counts only if it comes once.
_FIELDS: Final = (b"traceparent", b"tracestate")


class GroupTrace:
    """Spans of the requests of one commit: when the sequencer settled, and the writer committed.

        trace.settled()
        trace.commits()
        trace.durable([1, 2])

    Args:
        tracer: of OpenTelemetry.
        parents: contexts of the requests.
    """

    def __init__(self, tracer: Any, parents: Sequence[Any]) -> None:  # noqa: ANN401  optional
        self._tracer, self._parents = tracer, parents
        self._settles = self._settled = self._commits = time.time_ns()

    def settled(self) -> None:
        """Note that the sequencer has settled the group."""
        self._settled = time.time_ns()

    def commits(self) -> None:
        """Note that the writer begins the commit."""
        self._commits = time.time_ns()

    def durable(self, batches: Sequence[int]) -> None:
        """Make the spans.

        Args:
            batches: numbers of the batches that have become durable.
        """
        now = time.time_ns()
        attributes = {"skontro.batches": list(batches), "skontro.requests": len(self._parents)}
        stages = (("settle", self._settles, self._settled), ("commit", self._commits, now))
        for parent in self._parents:
            for name, begin, end in stages:
                span = self._tracer.start_span(
                    name, context=parent, attributes=attributes, start_time=begin
                )
                span.end(end_time=end)


class Traces:
    """Spans of this process; until `start` they cost nothing.

    with TRACES.span("order", {"skontro.orders": 1}):
        ...
    """

    def __init__(self) -> None:
        self._tracer: Any = None
        self._provider: Any = None

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    def start(self, processor: Any) -> None:  # noqa: ANN401  optional library
        """Make spans from now on.

        Args:
            processor: of OpenTelemetry, which takes finished spans.
        """
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  optional

        self._provider = TracerProvider(resource=Resource.create({"service.name": "skontro"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("skontro")

    def stop(self) -> None:
        """Send what has been finished, and make no more spans."""
        if self._provider is not None:
            self._provider.shutdown()
        self._tracer = self._provider = None

    def span(
        self, name: str, attributes: Mapping[str, Any] | None = None
    ) -> AbstractContextManager[Any]:
        """A span for the block, below that of the block around it."""
        if self._tracer is None:
            return _NOTHING
        found: AbstractContextManager[Any] = self._tracer.start_as_current_span(
            name, attributes=attributes
        )
        return found

    def request(self, scope: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """A span of an HTTP request, below the caller's where a header names it.

        Args:
            scope: of ASGI.
        """
        if self._tracer is None:
            return _NOTHING
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415  optional
            TraceContextTextMapPropagator,
        )

        names = [name for name, _ in scope["headers"]]
        found = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in _FIELDS and names.count(name) == 1
        }
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
        span: AbstractContextManager[Any] = self._tracer.start_as_current_span(
            "request",
            context=TraceContextTextMapPropagator().extract(found),
            attributes=attributes,
        )
        return span

    def of_work(self) -> Any:  # noqa: ANN401  optional library
        """The context of the block around, for work that goes to the sequencer; None when off."""
        if self._tracer is None:
            return None
        from opentelemetry.context import get_current  # noqa: PLC0415  optional

        return get_current()

    def of_group(self, work: Sequence[Any]) -> GroupTrace | None:
        """Traces of work that is committed together; None where none of it is traced.

        Args:
            work: with the attribute `trace`, as `of_work` gave it, or without it.
        """
        if self._tracer is None:
            return None
        parents = [one for one in (getattr(each, "trace", None) for each in work) if one]
        return GroupTrace(self._tracer, parents) if parents else None

    def orders(self, orders: Commands) -> AbstractContextManager[Any]:
        """A span of these orders, with the first `MAX_UETRS` of their UETRs."""
        if self._tracer is None:
            return _NOTHING
        texts = [uetr_text(one.tobytes()) for one in orders.uetr[:MAX_UETRS]]
        return self.span("orders", {"skontro.orders": len(orders), "skontro.uetrs": texts})


#: The traces of the service in this process.
TRACES: Final = Traces()


def start_from_environment() -> None:
    """Send traces to the collector that the environment names, if it names one.

    Raises:
        InputError: the libraries are not installed.
    """
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  optional
    except ImportError:
        raise InputError(
            f"{ENDPOINT} is set, and traces need more libraries: pip install 'skontro[traces]'"
        ) from None
    TRACES.start(BatchSpanProcessor(OTLPSpanExporter()))
