"""The clock that is not followed when it jumps, and what two people can do about it."""

import datetime
import threading
import time
from pathlib import Path

import attrs
import pytest

from skontro.model import InputError, from_timestamp, to_timestamp
from skontro.service.clock import (
    CONFIRMED_WITHIN,
    DRIFT,
    TOLERANCE,
    WatchedClock,
    steady_clock,
    system_clock,
)
from tests.service.systems import (
    DAY,
    MINUTE,
    NOON,
    OFFICE_HOURS,
    LiveSystem,
    live_system,
    new_database,
    order,
    write_folder,
)

SECOND = 1_000_000
HOUR = 60 * MINUTE


@attrs.define
class Clocks:
    """A wall clock and a monotonic one, moved by the test."""

    wall: int = NOON
    steady: int = 5 * HOUR

    def watched(self) -> WatchedClock:
        return WatchedClock(lambda: self.wall, lambda: self.steady)

    def pass_by(self, microseconds: int) -> None:
        self.wall += microseconds
        self.steady += microseconds


def test_it_follows_a_wall_clock_that_agrees() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    for step in (1, 3 * SECOND, DAY, 30 * DAY):
        clocks.pass_by(step)
        assert clock() == clocks.wall
    clocks.wall += TOLERANCE
    assert clock() == clocks.wall
    assert clock.trouble is None


@pytest.mark.parametrize("jump", [TOLERANCE + 1, 400 * DAY, -TOLERANCE - 1, -HOUR])
def test_a_jump_is_not_followed_until_the_clock_is_back(jump: int) -> None:
    clocks = Clocks()
    clock = clocks.watched()
    before = clock()
    clocks.wall += jump
    clocks.pass_by(5 * SECOND)
    assert clock() == before + 5 * SECOND
    assert clock.trouble is not None
    assert not clock.held
    assert clock.deviation == jump
    clocks.pass_by(DAY)
    assert clock() == before + 5 * SECOND + DAY
    clocks.wall -= jump
    assert clock() == clocks.wall
    assert clock.trouble is None


@pytest.mark.parametrize("creep", [SECOND, 10 * DRIFT])
def test_a_clock_that_creeps_gets_no_further_than_a_clock_may_drift(creep: int) -> None:
    """Each step alone is small enough; together they are not followed."""
    clocks = Clocks()
    clock = clocks.watched()
    begin, elapsed = clock(), 0
    for _ in range(1000):
        clocks.pass_by(SECOND)
        elapsed += SECOND
        clocks.wall += creep
        clock()
    most = TOLERANCE + elapsed * DRIFT // 1_000_000
    assert 0 <= clock() - begin - elapsed <= most
    assert clock.trouble is not None


def test_flips_at_the_edge_of_what_is_tolerated_gain_nothing() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    clocks.wall += TOLERANCE
    for _ in range(100):
        clocks.wall += TOLERANCE
        clock()
        clocks.wall -= TOLERANCE
        clock()
    assert clock() - NOON <= TOLERANCE


def test_a_clock_that_ntp_slews_is_followed() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    for _ in range(100_000):
        clocks.pass_by(SECOND)
        clocks.wall += DRIFT - 100
        assert clock() == clocks.wall
    assert clock.trouble is None


@pytest.mark.parametrize("away", [-HOUR, -10 * SECOND, 4 * DAY + SECOND, 400 * DAY])
def test_at_the_start_it_is_held_until_it_agrees_with_the_record(away: int) -> None:
    clocks = Clocks(wall=NOON + away)
    clock = clocks.watched()
    clock.begin(NOON, 4)
    said = from_timestamp(NOON + away).isoformat(timespec="seconds")
    assert clock.trouble == (
        f"at the start the clock was at {said}, but the record ends at 2026-11-24T12:00:00+00:00"
    )
    clocks.pass_by(SECOND)
    assert clock.held
    assert clock() == NOON + SECOND
    assert clock.deviation == away
    clocks.wall = NOON + 2 * SECOND
    assert clock() == clocks.wall
    assert not clock.held
    assert clock.trouble is None


@pytest.mark.parametrize("away", [0, -TOLERANCE, HOUR, 4 * DAY])
def test_at_the_start_it_may_be_as_far_as_a_record_may_rest(away: int) -> None:
    clocks = Clocks(wall=NOON + away)
    clock = clocks.watched()
    clock.begin(NOON, 4)
    assert clock() == NOON + away
    assert clock.trouble is None


@pytest.mark.parametrize("away", [-TOLERANCE - 1, 4 * DAY + 1])
def test_at_the_start_it_is_held_one_microsecond_further(away: int) -> None:
    clocks = Clocks(wall=NOON + away)
    clock = clocks.watched()
    clock.begin(NOON, 4)
    assert (clock.held, clock()) == (True, NOON)


def test_a_moment_is_confirmed_only_where_the_clock_is() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    with pytest.raises(InputError, match="nothing to confirm"):
        clock.confirm(NOON)
    clocks.wall += DAY
    clock()
    for timestamp in (NOON, NOON + DAY + CONFIRMED_WITHIN + 1, NOON + DAY - CONFIRMED_WITHIN - 1):
        with pytest.raises(InputError, match="minutes from"):
            clock.confirm(timestamp)
    clock.confirm(NOON + DAY + CONFIRMED_WITHIN)
    assert clock() == NOON + DAY
    assert clock.trouble is None


def test_what_is_said_of_a_jump_is_when_it_was_and_where_it_went() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    clocks.wall -= 2500 * 1_000
    clock()
    said = "the clock jumped back by 2.5 s, to 2026-11-24T11:59:57+00:00; time continues without it"
    assert clock.trouble == said
    clocks.wall += DAY
    clock()
    assert clock.trouble == said, "the first jump is told"
    clocks.wall -= DAY - 2500 * 1_000
    assert clock() == NOON
    clocks.wall += TOLERANCE
    clock()
    assert clock.trouble is None, "from where it was before the jump"
    assert WatchedClock._shown(2**62) == f"{2**62} microseconds since 1970"


def test_the_record_of_a_new_system_has_nothing_to_compare_the_clock_with() -> None:
    clocks = Clocks()
    clock = clocks.watched()
    clocks.pass_by(DAY)
    clocks.wall += 3 * DAY
    clock.begin(None, 0)
    assert (clock(), clock.trouble, clock.held) == (clocks.wall, None, False)
    # From here on it may drift by what the time from here allows, not from when it was made.
    for _ in range(2):
        clocks.wall += TOLERANCE
        clocks.pass_by(SECOND)
        clock()
    assert clock.trouble is not None


def test_the_machines_clocks_are_read_in_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    second = 1_000_000_000
    assert abs(system_clock() * 1_000 - time.time_ns()) < 600 * second
    assert abs(steady_clock() * 1_000 - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) < 600 * second
    monkeypatch.setattr(time, "monotonic_ns", lambda: 12_345_678)
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert steady_clock() == 12_345


def at(hour: int, minute: int = 0, days: int = 0) -> int:
    timestamp = datetime.datetime(2026, 11, 24, hour, minute, tzinfo=datetime.UTC)
    return to_timestamp(timestamp) + days * DAY


def _day(system: LiveSystem) -> tuple[str, str]:
    system.catch_up()
    shown = system.operator().get("/v1/day").json()
    return shown["date"], shown["phase"]


def _confirm(system: LiveSystem, until: str) -> int:
    return system.agree({"kind": "confirm_clock", "until": until}).status_code


def test_a_clock_400_days_ahead_for_a_moment_seals_no_day(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    clocks = Clocks(wall=at(10))
    with live_system(tmp_path, clock=clocks.watched()) as system:
        assert _day(system) == ("2026-11-24", "open")
        assert system.bank(0).submit(order()).json()["status"] == "settled"
        queued = order(1, 0, "99999.00")
        assert system.bank(1).submit(queued).json()["status"] == "queued"
        clocks.wall += 400 * DAY
        threading.Event().wait(0.3)
        assert _day(system) == ("2026-11-24", "open")
        ready = system.nobody().get("/health/ready")
        assert ready.status_code == 200
        assert "jumped ahead by 34560000.0 s" in ready.json()["clock"]
        shown = system.nobody().get("/metrics").text
        assert "skontro_clock_trusted 0.0" in shown
        assert "skontro_clock_deviation_seconds 3.456e+07" in shown
        # Settlement goes on meanwhile, and so does the day, at its own pace.
        sent = order()
        assert system.bank(0).submit(sent).json()["status"] == "settled"
        answer = system.bank(0).get(f"/v1/orders/{sent['uetr']}").json()
        assert answer["submitted_at"].startswith("2026-11-24T10:")
        clocks.pass_by(at(18) - at(10))
        assert _day(system) == ("2026-11-24", "sealed")
        clocks.wall -= 400 * DAY
        system.catch_up()
        assert system.nobody().get("/health/ready").json() == {
            "status": "ready",
            "screening": "off",
        }
        assert "skontro_clock_trusted 1.0" in system.nobody().get("/metrics").text
        assert system.verified().difference is None


def test_a_jump_back_does_not_stop_the_day(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    clocks = Clocks(wall=at(10))
    with live_system(tmp_path, clock=clocks.watched()) as system:
        clocks.wall -= 3 * HOUR
        clocks.pass_by(at(15) - at(10))
        system.catch_up()
        shown = system.operator().get("/v1/day").json()
        assert shown["currencies"]["RUB"] == "customer_cut_off_passed"


def test_two_persons_confirm_a_jump(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    clocks = Clocks(wall=at(10))
    with live_system(tmp_path, clock=clocks.watched()) as system:
        assert _confirm(system, "2026-11-24T10:00:00Z") == 422
        clocks.wall += DAY
        system.catch_up()
        assert _confirm(system, "2026-11-24T10:00:00Z") == 422
        assert _day(system) == ("2026-11-24", "open")
        assert _confirm(system, "2026-11-25T10:01:00Z") == 200
        assert _day(system) == ("2026-11-25", "open")
        assert system.bank(0).submit(order()).json()["status"] == "settled"
        assert system.verified().difference is None


@pytest.mark.parametrize("away", [-8 * HOUR, 300 * DAY])
def test_a_start_far_from_the_record_writes_nothing_until_it_is_confirmed(
    tmp_path: Path, away: int
) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url = new_database()
    with live_system(tmp_path, url, clock=Clocks(wall=at(12)).watched()) as system:
        assert _day(system) == ("2026-11-24", "open")
    clocks = Clocks(wall=at(12) + away)
    with live_system(tmp_path, url, clock=clocks.watched()) as system:
        head = system.operator().get("/v1/record/head").json()["batch"]
        ready = system.nobody().get("/health/ready")
        assert ready.status_code == 503
        assert "two operators must confirm the clock" in ready.json()["detail"]
        refused = system.bank(0).submit(order())
        assert refused.status_code == 503
        assert "nothing was taken" in refused.json()["detail"]
        reservation = "/v1/accounts/AAAAKZK0/KZT/reservations/high"
        refused = system.bank(0).send("PUT", reservation, {"amount": "1.00"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
        assert "nothing was taken: at the start" in refused.json()["detail"]
        clocks.pass_by(at(18) - at(12))
        assert _day(system) == ("2026-11-24", "open")
        assert system.operator().get("/v1/record/head").json()["batch"] == head
        now = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
            microseconds=clocks.wall
        )
        assert _confirm(system, now.isoformat()) == 200
        system.catch_up()
        assert system.nobody().get("/health/ready").json() == {
            "status": "ready",
            "screening": "off",
        }
        if away > 0:
            assert _day(system) != ("2026-11-24", "open")
        assert system.verified().difference is None


def test_a_start_within_the_bound_or_with_a_wider_one_needs_no_word(tmp_path: Path) -> None:
    write_folder(tmp_path, OFFICE_HOURS)
    url = new_database()
    with live_system(tmp_path, url, clock=Clocks(wall=at(12)).watched()):
        pass
    clocks = Clocks(wall=at(12, days=3))
    with live_system(tmp_path, url, clock=clocks.watched()) as system:
        assert _day(system)[0] == "2026-11-27"
    clocks = Clocks(wall=at(12, days=24))
    with live_system(tmp_path, url, clock=clocks.watched(), clock_ahead_days=30) as system:
        assert _day(system)[0] == "2026-12-18"
