"""Traces: spans of a request and of its orders with their UETRs; nothing without being asked."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from skontro.engine import NO_COMMANDS
from skontro.model import InputError
from skontro.service import traces
from skontro.service.traces import MAX_UETRS, TRACES, start_from_environment
from tests.service.systems import LiveSystem, live_system, order, write_folder


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with live_system(folder) as running:
        yield running


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    made = InMemorySpanExporter()
    TRACES.start(SimpleSpanProcessor(made))
    yield made
    TRACES.stop()


def test_an_order_is_traced_from_the_request_to_the_commit(
    system: LiveSystem, exporter: InMemorySpanExporter
) -> None:
    sent = order()
    assert system.bank(0).submit(sent).json()["status"] == "settled"
    spans = {one.name: one for one in exporter.get_finished_spans()}
    stages = ["commit", "orders", "request", "screen", "settle", "settle and commit"]
    assert sorted(spans) == stages
    attributes: Any = spans["orders"].attributes
    assert attributes["skontro.uetrs"] == (sent["uetr"],)
    assert attributes["skontro.orders"] == 1
    request: Any = spans["request"].attributes
    assert (request["http.request.method"], request["url.path"]) == ("POST", "/v1/orders")
    parents = {name: one.parent.span_id for name, one in spans.items() if one.parent}
    assert parents == {
        "orders": spans["request"].context.span_id,
        "screen": spans["orders"].context.span_id,
        "settle and commit": spans["orders"].context.span_id,
        "settle": spans["settle and commit"].context.span_id,
        "commit": spans["settle and commit"].context.span_id,
    }
    assert {one.context.trace_id for one in spans.values()} == {spans["request"].context.trace_id}
    assert spans["request"].resource.attributes["service.name"] == "skontro"
    assert spans["screen"].end_time <= spans["settle and commit"].start_time
    times = [
        getattr(spans[name], border)
        for name in ("settle", "commit")
        for border in ("start_time", "end_time")
    ]
    whole = spans["settle and commit"]
    assert [whole.start_time, *times, whole.end_time] == sorted(
        [whole.start_time, *times, whole.end_time]
    )
    batch = system.bank(0).send("GET", f"/v1/orders/{sent['uetr']}").json()["batch"]
    for name in ("settle", "commit"):
        attributes = spans[name].attributes
        assert batch in attributes["skontro.batches"]
        assert attributes["skontro.requests"] == 1


_CALLER: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ([("traceparent", _CALLER), ("tracestate", "bank=7")], True),
        ([("traceparent", _CALLER), ("traceparent", _CALLER)], False),
        ([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")], False),
        ([("traceparent", "\xe9" * 1_000)], False),
        ([("tracestate", "bank=7")], False),
        ([], False),
    ],
)
def test_a_request_continues_the_trace_of_its_caller(
    exporter: InMemorySpanExporter, fields: list[tuple[str, str]], known: bool
) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    with TRACES.request({"method": "GET", "path": "/v1/day", "headers": headers}):
        pass
    (span,) = exporter.get_finished_spans()
    context: Any = span.context
    assert (context.trace_id == int(_CALLER[3:35], 16)) == known
    if not known:
        assert span.parent is None
        return
    parent: Any = span.parent
    assert (parent.span_id, parent.is_remote) == (int(_CALLER[36:52], 16), True)
    assert context.trace_state.to_header() == "bank=7"


def test_a_caller_who_is_not_sampled_is_not_traced(
    system: LiveSystem, exporter: InMemorySpanExporter
) -> None:
    headers = [(b"traceparent", _CALLER.replace("-01", "-00").encode())]
    with TRACES.request({"method": "GET", "path": "/", "headers": headers}), TRACES.span("x"):
        pass
    assert exporter.get_finished_spans() == ()


def test_spans_of_a_commit_have_its_times(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([10, 20, 30, 40])
    with TRACES.span("one"):
        first = TRACES.of_work()
    monkeypatch.setattr(traces.time, "time_ns", lambda: next(ticks))
    group = TRACES.of_group([SimpleNamespace(trace=first), SimpleNamespace(), *2 * [NO_COMMANDS]])
    assert group is not None
    group.settled()
    group.commits()
    group.durable([7, 8])
    found = {one.name: one for one in exporter.get_finished_spans()}
    assert (found["settle"].start_time, found["settle"].end_time) == (10, 20)
    assert (found["commit"].start_time, found["commit"].end_time) == (30, 40)
    attributes: Any = found["commit"].attributes
    assert (attributes["skontro.batches"], attributes["skontro.requests"]) == ((7, 8), 1)
    assert TRACES.of_group([SimpleNamespace()]) is None


def test_a_batch_names_its_first_uetrs(system: LiveSystem, exporter: InMemorySpanExporter) -> None:
    sent = [order(amount="0.01") for _ in range(MAX_UETRS + 1)]
    assert system.bank(0).submit_batch(sent).status_code == 201
    (span,) = [one for one in exporter.get_finished_spans() if one.name == "orders"]
    attributes: Any = span.attributes
    assert attributes["skontro.orders"] == MAX_UETRS + 1 == 21
    assert list(attributes["skontro.uetrs"]) == [one["uetr"] for one in sent[:MAX_UETRS]]


def test_nothing_is_traced_before_the_start_and_after_the_stop(system: LiveSystem) -> None:
    made = InMemorySpanExporter()
    assert not TRACES.on
    assert TRACES.span("x") is TRACES.orders(NO_COMMANDS) is traces._NOTHING
    assert TRACES.request({}) is traces._NOTHING
    assert TRACES.of_work() is TRACES.of_group([SimpleNamespace(trace=1)]) is None
    TRACES.start(SimpleSpanProcessor(made))
    assert TRACES.on
    TRACES.stop()
    TRACES.stop()
    assert system.bank(0).submit(order()).is_success
    assert made.get_finished_spans() == ()


def test_the_environment_names_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(traces.ENDPOINT, raising=False)
    start_from_environment()
    assert not TRACES.on
    monkeypatch.setenv(traces.ENDPOINT, "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(InputError, match=r"pip install 'skontro\[traces\]'"):
        start_from_environment()
    assert not TRACES.on
    monkeypatch.undo()
    monkeypatch.setenv(traces.ENDPOINT, "http://127.0.0.1:1")
    try:
        start_from_environment()
        assert TRACES.on
    finally:
        TRACES.stop()


def test_the_source_needs_no_library_until_traces_are_asked_for() -> None:
    lines = Path(traces.__file__).read_text().splitlines()
    assert not [line for line in lines if line.startswith(("import opentel", "from opentel"))]
