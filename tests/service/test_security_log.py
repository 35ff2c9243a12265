"""The security log: what it says, and that nobody can make it grow without bound."""

import json
from pathlib import Path

from skontro.service.security_log import BURST, SUMMARY_SECONDS, SecurityLog, key_id_claimed


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


def test_the_key_id_is_that_which_the_caller_claims() -> None:
    claimed = 'a=("@method");created=1;keyid="AAAAKZK0-1";alg="ed25519"'
    assert key_id_claimed(claimed) == "AAAAKZK0-1"
    assert key_id_claimed('a=("@method");keyid="\n"') is None
    assert key_id_claimed("") is None
