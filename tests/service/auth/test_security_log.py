"""The security log: what it says, and that nobody can make it grow without bound."""

import datetime
import json
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from skontro.model import InputError
from skontro.service.auth.security_log import (
    BURST,
    SUMMARY_SECONDS,
    WATCHED,
    SecurityLog,
    key_id_claimed,
)


def test_a_flood_is_summarised_and_nothing_is_lost(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "security.log"
    log = SecurityLog(path, lambda: now[0])
    for _ in range(10 * BURST):
        log.refused(401, address="192.0.2.7", why="x" * 10_000)
    now[0] += SUMMARY_SECONDS
    log.tick()
    log.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == BURST + 1
    assert lines[-1]["counts"] == {"refused 401": 9 * BURST}
    assert path.stat().st_size < 400 * (BURST + 1)
    assert path.stat().st_mode & 0o077 == 0


def lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_so_many_are_written_at_once_and_five_a_second_after(tmp_path: Path) -> None:
    now, path = [100.0], tmp_path / "security.log"
    log = SecurityLog(path, lambda: now[0])
    for _ in range(BURST):
        log.event("seen")
    assert len(lines_of(path)) == BURST
    now[0] += 0.199
    log.refused(403)
    assert len(lines_of(path)) == BURST, "a fifth of a second is not over"
    now[0] += 0.001
    log.event("seen")
    log.event("seen", status=1)
    assert len(lines_of(path)) == BURST + 1
    now[0] += SUMMARY_SECONDS - 0.002
    log.tick()
    assert len(lines_of(path)) == BURST + 1
    now[0] += 0.001
    log.tick()
    log.tick()
    *_, last = lines_of(path)
    assert last["event"] == "not written one by one"
    assert last["counts"] == {"refused 403": 1, "seen 1": 1}
    assert len(lines_of(path)) == BURST + 2
    # However long nothing happens, no more are kept for later.
    now[0] += 1_000_000
    for _ in range(BURST + 1):
        log.event("again")
    assert len(lines_of(path)) == 2 * BURST + 2
    now[0] += SUMMARY_SECONDS
    log.event("again")
    assert [line["event"] for line in lines_of(path)[-2:]] == ["again", "not written one by one"]
    log.event("again")
    log.close()
    assert lines_of(path)[-1]["event"] == "again", "fifty seconds' worth came back"
    log.close()


def test_what_is_left_is_written_when_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "security.log"
    log = SecurityLog(path, lambda: 0.0)
    for _ in range(BURST + 3):
        log.event("seen")
    log.close()
    assert lines_of(path)[-1]["counts"] == {"seen": 3}


def test_facts_are_cut_short_and_those_that_are_not_known_left_out(tmp_path: Path) -> None:
    path = tmp_path / "security.log"
    path.write_text('{"event": "before"}\n')
    log = SecurityLog(path)
    with capture_logs() as said:
        log.refused(401, why="a" * 201, route=None, address="")
    (before, line) = lines_of(path)
    assert before == {"event": "before"}, "it is appended to"
    assert datetime.datetime.fromisoformat(str(line.pop("timestamp"))).tzinfo is datetime.UTC
    assert line == {"event": "refused", "status": 401, "why": "a" * 200, "address": ""}
    text = path.read_text().splitlines()[1]
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert said == [
        {
            "event": "refused",
            "log_level": "warning",
            "status": 401,
            "why": "a" * 200,
            "address": "",
        }
    ]
    log.close()


def test_a_file_that_cannot_be_written_is_told_and_stops_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the security log cannot be written: .*directory"):
        SecurityLog(tmp_path)
    log = SecurityLog(tmp_path / "security.log")
    assert log._file is not None
    os.close(log._file)
    with capture_logs() as said:
        log.refused(401)
    assert [one["event"] for one in said] == ["refused", "the security log cannot be written"]
    assert "Bad file descriptor" in said[1]["error"]
    log._file = None
    log.close()


def test_statuses_that_concern_security() -> None:
    assert {401, 403, 408, 413, 415, 429, 431} == WATCHED


def test_the_key_id_is_that_which_the_caller_claims() -> None:
    claimed = 'a=("@method");created=1;keyid="AAAAKZK0-1";alg="ed25519"'
    assert key_id_claimed(claimed) == "AAAAKZK0-1"
    assert key_id_claimed('a=("@method");keyid="\n"') is None
    assert key_id_claimed("") is None
