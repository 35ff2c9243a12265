"""When nothing more can be recorded, whoever waits is told, and the service ends."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from skontro.ledger import Fenced, Journal
from skontro.model import InputError, InvariantBroken
from skontro.service.sequencer.requests import Orders, Stopping
from skontro.service.settings import Settings
from skontro.system import Batch
from tests.service.systems import as_work, live_system, order_rows, write_folder


def _submitted(submit: Callable[[Orders], None], count: int) -> list[object]:
    answers: list[object] = []
    rows = order_rows(1)
    for again in range(count):
        # Half of them repeat the first.
        part = rows.copy() if again % 2 else order_rows(1)
        try:
            submit(as_work(part, answers.append))
        except Stopping as refused:
            answers.append(refused)
    return answers


def _all_answered(answers: list[object], count: int) -> bool:
    deadline = time.monotonic() + 60
    while len(answers) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(answers) == count


def test_a_record_that_another_process_took_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:

        def fenced(_journal: Journal, _entries: object) -> None:
            raise Fenced("another process has taken over the record")

        monkeypatch.setattr(Journal, "append", fenced)
        sequencer = system.service.sequencer
        answers = _submitted(sequencer.submit, 8)
        assert _all_answered(answers, 8)
        assert all(isinstance(answer, Stopping) for answer in answers)
        assert isinstance(_submitted(sequencer.submit, 1)[0], Stopping)
        assert [type(error) for error in system.ended] == [Fenced]
    # Leaving stops it in order: no thread waits for anything.


def test_a_broken_invariant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:

        def broken(*_: object) -> Batch:
            raise InvariantBroken("money is conserved", "it is not")

        monkeypatch.setattr(system.service.sequencer.system, "orders", broken)
        answers = _submitted(system.service.sequencer.submit, 8)
        assert _all_answered(answers, 8)
        assert all(isinstance(answer, Stopping) for answer in answers)
        assert any("money is conserved" in str(answer) for answer in answers)
        system.service.sequencer.fail(InputError("too late to be told"))
        [error] = system.ended
        assert isinstance(error, InvariantBroken)


def test_orders_that_take_too_long_to_settle_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    stuck, under_way = threading.Event(), threading.Event()

    def endless(*_: object) -> Batch:
        under_way.set()
        stuck.wait(30)
        raise InputError("too late")

    with live_system(tmp_path) as system:
        sequencer, answers = system.service.sequencer, list[object]()
        monkeypatch.setattr(sequencer.system, "orders", endless)
        sequencer.submit(as_work(order_rows(1), answers.append))
        assert under_way.wait(20)
        threading.Timer(0.1, stuck.set).start()
        assert not sequencer.stop(0.01)
        assert not sequencer.is_open
        assert _all_answered(answers, 1)
        assert isinstance(answers[0], Stopping)


def test_a_sequencer_that_was_closed_takes_nothing_more(tmp_path: Path) -> None:
    write_folder(tmp_path)
    with live_system(tmp_path) as system:
        sequencer = system.service.sequencer
        sequencer.close()
        assert not sequencer.is_open
        with pytest.raises(Stopping):
            sequencer.submit(as_work(order_rows(1), lambda _: None))
        assert sequencer.stop()


def test_a_start_that_is_refused_leaves_nothing_that_ends_the_process_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever called `serve` from a program of its own goes on after the error."""
    from skontro.service import process

    write_folder(tmp_path)
    (tmp_path / "access.yaml").write_text("format: something else\n")
    ended: list[int] = []
    monkeypatch.setattr(process, "_END_SECONDS", 30.0)
    monkeypatch.setattr(process.os, "_exit", ended.append)
    with pytest.raises(InputError, match="access"):
        process.serve(Settings(tmp_path, port=0, signature_processes=0), lambda _: 3)
    for thread in threading.enumerate():
        if thread.name == "end":
            thread.join(60)
    assert ended == []
