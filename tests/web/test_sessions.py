"""Sessions end by time, by sign-out and in favour of newer ones."""

from skontro.web.sessions import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    MAX_SESSIONS,
    MAX_SESSIONS_OF_ONE,
    Session,
    Sessions,
)


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_by_its_id_until_it_is_closed() -> None:
    sessions = Sessions()
    name, other = sessions.open("key:a"), sessions.open("key:b")
    found = sessions.find(name)
    assert found is not None
    assert found.credential == "key:a"
    assert len(found.csrf) >= 43
    assert sessions.find(name) is found
    assert sessions.find("") is None
    sessions.close(name)
    sessions.close(name)
    assert sessions.find(name) is None
    assert sessions.find(other) is not None


def test_the_id_is_kept_nowhere() -> None:
    sessions = Sessions()
    name = sessions.open("key:a")
    assert name.encode() not in repr(sessions._open).encode()
    assert [len(key) for key in sessions._open] == [32]


def test_a_session_ends_without_use() -> None:
    clock = Seconds()
    sessions = Sessions(clock)
    name = sessions.open("key:a")
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(name) is not None
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(name, use=False) is not None
    clock.now += 1
    assert sessions.find(name, use=False) is None


def test_a_session_ends_in_any_case() -> None:
    clock = Seconds()
    sessions = Sessions(clock)
    name, began = sessions.open("key:a"), clock.now
    while clock.now + IDLE_SECONDS - 1 < began + LONGEST_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert sessions.find(name) is not None
    clock.now = began + LONGEST_SECONDS
    assert sessions.find(name) is None


def test_one_credential_has_some_sessions_and_the_oldest_ends() -> None:
    sessions = Sessions()
    other = sessions.open("key:b")
    names = [sessions.open("key:a") for _ in range(MAX_SESSIONS_OF_ONE + 1)]
    assert [sessions.find(name) is None for name in names] == [True] + [False] * MAX_SESSIONS_OF_ONE
    assert sessions.find(other) is not None


def test_all_sessions_are_bounded_and_ended_ones_are_forgotten() -> None:
    clock = Seconds()
    sessions = Sessions(clock)
    first, second = sessions.open("key:first"), sessions.open("key:second")
    for number in range(MAX_SESSIONS - 2):
        sessions._open[number.to_bytes(4)] = Session(f"key:{number}", clock.now, clock.now)
    sessions.open("key:last")
    assert sessions.find(first) is None
    assert sessions.find(second) is not None
    clock.now += IDLE_SECONDS
    sessions.open("key:new")
    assert len(sessions._open) == 1
