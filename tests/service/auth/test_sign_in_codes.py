"""One-time codes: each once, for a minute, a few of each person."""

from skontro.service.auth.sign_in_codes import (
    CODE_SECONDS,
    MAX_CODES,
    MAX_CODES_OF_ONE,
    SignInCodes,
)


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_code_works_once() -> None:
    codes = SignInCodes()
    code = codes.give("key:a")
    assert len(code) >= 43
    assert codes.take("another") is None
    assert codes.take(code) == "key:a"
    assert codes.take(code) is None


def test_a_code_works_for_a_minute() -> None:
    clock = Seconds()
    codes = SignInCodes(clock)
    code, late = codes.give("key:a"), codes.give("key:a")
    clock.now += CODE_SECONDS - 0.001
    assert codes.take(code) == "key:a"
    clock.now += 0.001
    assert codes.take(late) is None


def test_one_credential_has_a_few_codes_and_the_oldest_ends() -> None:
    codes = SignInCodes()
    other = codes.give("key:b")
    given = [codes.give("key:a") for _ in range(MAX_CODES_OF_ONE + 1)]
    assert [codes.take(code) for code in given] == [None, *["key:a"] * MAX_CODES_OF_ONE]
    assert codes.take(other) == "key:b"


def test_all_codes_together_are_bounded() -> None:
    codes = SignInCodes()
    first = codes.give("key:first")
    second = codes.give("key:second")
    codes._waiting |= {bytes([1, *n.to_bytes(4)]): (f"key:{n}", 1e12) for n in range(MAX_CODES - 2)}
    codes.give("key:last")
    assert codes.take(first) is None
    assert codes.take(second) == "key:second"
