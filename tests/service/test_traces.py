"""Traces: spans of a request and of its orders with their UETRs; nothing without being asked."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    assert sorted(spans) == ["orders", "request", "screen", "settle and commit"]
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
    }
    assert spans["request"].resource.attributes["service.name"] == "skontro"
    assert spans["screen"].end_time <= spans["settle and commit"].start_time


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
