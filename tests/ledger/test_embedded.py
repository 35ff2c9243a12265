"""The embedded server is started anew when it was killed, whatever it left behind."""

import signal
from pathlib import Path

import psutil
import psycopg
import pytest

from skontro.ledger import embedded
from skontro.ledger.embedded import DatabaseLost, Embedded


def answers(url: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


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
