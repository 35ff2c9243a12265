"""Traces of requests and orders by OpenTelemetry, where they are asked for; else nothing is done.

A request has a span; orders in it have one with their UETRs, with the stages below it: screening,
and from the sequencer to the commit.
"""

import contextlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from skontro.engine import Commands, uetr_text
from skontro.model import InputError

#: The variable of OpenTelemetry with the URL of a collector.
ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: UETRs that a span names; a batch may have many more.
MAX_UETRS: Final = 20
_NOTHING: Final[AbstractContextManager[Any]] = contextlib.nullcontext()


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
