"""Tables over HTTP: signed like any batch, recorded alike, and read in processes that may die."""

import io
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skontro.service.api.problems import Problem
from skontro.service.tables import table_readers
from skontro.service.tables.table_readers import TableReaders
from skontro.service.tables.transfer import AnswerKind, TableForm
from tests.service.systems import BANKS, LiveSystem, live_system, write_folder
from tests.service.tables.drawn_tables import body_of
from tests.service.tables.test_as_json import Here, usual


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSystem]:
    folder = tmp_path_factory.mktemp("system")
    write_folder(folder)
    with live_system(folder) as running:
        object.__setattr__(running.service.context, "tables", Here())
        yield running


@pytest.mark.parametrize("form", TableForm)
def test_a_table_is_answered_as_json_is(system: LiveSystem, form: TableForm) -> None:
    bank, table = system.bank(0), usual(3, payment_class=pl.Series(["high", None, "urgent"]))
    key = str(uuid.uuid4())
    first = bank.submit_table(body_of(form, table), form.media_type, key)
    assert first.status_code == 201, first.text
    assert [one["uetr"] for one in first.json()["orders"]] == table["uetr"].to_list()
    assert {one["status"] for one in first.json()["orders"]} == {"settled"}
    rows: list[Any] = [
        {name: value for name, value in row.items() if value is not None}
        for row in table.rows(named=True)
    ]
    # The same request in any form is a repetition, by its id and by the UETRs.
    assert bank.submit_batch(rows, key).json() == first.json()
    assert bank.submit_batch(rows).json() == first.json()
    shown = bank.get(f"/v1/orders/{rows[0]['uetr']}").json()
    assert (shown["payment_class"], shown["amount"]) == ("high", "1.00")
    changed = table.with_columns(amount=pl.lit("9.00"))
    assert bank.submit_table(body_of(form, changed), form.media_type).status_code == 409


def test_a_table_of_another_payer_or_with_a_uetr_twice_is_refused(system: LiveSystem) -> None:
    table, media = usual(2), TableForm.ARROW.media_type
    other = system.bank(1).submit_table(body_of(TableForm.ARROW, table), media)
    assert (other.status_code, other.json()["title"]) == (403, "Not yours")
    twice = pl.concat([table, table])
    found = system.bank(0).submit_table(body_of(TableForm.ARROW, twice), media)
    assert found.status_code == 409
    assert found.json()["detail"] == (
        "2 UETRs occur twice in the request; none of its orders was accepted"
    )


def test_tables_are_taken_as_batches_alone(system: LiveSystem) -> None:
    media = {"Content-Type": TableForm.ARROW.media_type}
    for path in ("/v1/orders", "/v1/links", "/v1/messages"):
        answer = system.bank(0).http.post(path, content=b"x", headers=media)
        assert answer.status_code == 415
    spelled = system.bank(0).submit_table(
        body_of(TableForm.ARROW, usual(1)), "Application/VND.apache.arrow.stream; x=1"
    )
    assert spelled.status_code == 201
    other = system.bank(0).submit_table(b"x", "application/vnd.apache.arrow.file")
    assert other.status_code == 415


def test_a_changed_body_is_not_recognised(system: LiveSystem) -> None:
    bank, body = system.bank(0), body_of(TableForm.ARROW, usual(1))
    request = bank.http.build_request(
        "POST",
        "/v1/orders/batch",
        content=body,
        headers={"Content-Type": TableForm.ARROW.media_type},
    )
    signed = next(bank.http.auth.auth_flow(request))  # type: ignore[union-attr]
    headers = dict(signed.headers)
    for name in ("host", "content-length"):
        headers.pop(name, None)
    changed = system.nobody().http.post("/v1/orders/batch", content=body + b"\0", headers=headers)
    assert changed.status_code == 401


def test_rows_of_a_table_cost_a_tenth_of_an_order(
    system: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, charged = system.service.context.batch_limits, list[float]()
    monkeypatch.setattr(limits, "charge", lambda _identity, units: charged.append(units))
    system.bank(0).submit_table(body_of(TableForm.ARROW, usual(25)), TableForm.ARROW.media_type)
    assert charged == [2.5]


def test_nothing_is_recorded_of_a_table_that_is_refused(system: LiveSystem) -> None:
    before = system.service.sequencer.view.batch
    bank, media = system.bank(0), TableForm.PARQUET.media_type
    wrong = usual(2).with_columns(payee=pl.Series([BANKS[1], "ZZZZKZK0"]))
    found = bank.submit_table(body_of(TableForm.PARQUET, wrong), media)
    as_json = bank.submit_batch([*wrong.rows(named=True)])
    assert found.json() == as_json.json()
    assert (found.status_code, found.json()["errors"][0]["pointer"]) == (422, "/orders/1/payee")
    assert system.service.sequencer.view.batch == before


def test_a_table_of_texts_as_in_the_how_to_is_taken(system: LiveSystem) -> None:
    made = io.StringIO(usual(2).write_csv())
    table = io.BytesIO()
    pl.read_csv(made, infer_schema=False).write_ipc_stream(table)
    answer = system.bank(0).submit_table(table.getvalue(), TableForm.ARROW.media_type)
    assert [one["status"] for one in answer.json()["orders"]] == ["settled", "settled"]


@pytest.mark.long
class TestProcesses:
    def test_processes_read_tables_and_are_replaced(self, tmp_path: Path) -> None:
        write_folder(tmp_path)
        with live_system(tmp_path) as system:
            readers = system.service.context.tables
            assert isinstance(readers, TableReaders)
            body, media = body_of(TableForm.ARROW, usual(3)), TableForm.ARROW.media_type
            first = system.bank(0).submit_table(body, media)
            assert first.status_code == 201
            (reader,) = readers._idle.queue
            os.kill(reader._process.pid, signal.SIGKILL)
            reader._process.wait()
            again = system.bank(0).submit_table(body, media)
            assert again.json() == first.json()
            (other,) = readers._idle.queue
            assert other is not reader
            process = other._process
        assert process.poll() is not None

    def test_a_table_that_needs_too_much_memory_is_refused_and_the_next_one_read(self) -> None:
        """Ten thousand long texts take a few hundred kilobytes when they are compressed."""
        readers = TableReaders()
        bomb = pl.DataFrame({"details": ["x" * 200_000] * 5_000})
        body = body_of(TableForm.ARROW, bomb, "zstd")
        assert len(body) < 1_000_000
        with pytest.raises(Problem, match="too much memory or time") as caught:
            readers.read(TableForm.ARROW, body)
        assert caught.value.status == 422
        good = readers.read(TableForm.ARROW, body_of(TableForm.ARROW, usual(2)))
        assert good.kind is AnswerKind.ROWS
        readers.stop()

    def test_a_process_that_hangs_is_killed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        readers, body = TableReaders(1), body_of(TableForm.ARROW, usual(2))
        assert readers.read(TableForm.ARROW, body).kind is AnswerKind.ROWS
        (reader,) = readers._idle.queue
        reader._allowed = 0.2
        os.kill(reader._process.pid, signal.SIGSTOP)
        with pytest.raises(Problem, match="too much memory or time"):
            readers.read(TableForm.ARROW, body)
        assert reader._process.poll() is not None
        assert readers.read(TableForm.ARROW, body).kind is AnswerKind.ROWS
        monkeypatch.setattr(table_readers, "MAX_ANSWER", 10)
        with pytest.raises(Problem):
            readers.read(TableForm.ARROW, body)
        readers.stop()

    def test_two_tables_are_read_at_one_time_and_a_third_waits(self) -> None:
        readers, body = TableReaders(), body_of(TableForm.PARQUET, usual(2))
        found = list[AnswerKind]()

        def read() -> None:
            found.append(readers.read(TableForm.PARQUET, body).kind)

        threads = [threading.Thread(target=read) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
        assert found == [AnswerKind.ROWS] * 6
        assert 1 <= readers._idle.qsize() <= table_readers.MOST == 2
        readers.stop()
        assert readers._idle.empty()
