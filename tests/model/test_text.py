"""Names and lines: readable, and writable wherever they may go; one rule for files and service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skontro.model import (
    InputError,
    Participant,
    check_line,
    check_name,
    find_country,
    parse_decimal,
    parse_interval,
    parse_time,
)
from skontro.model.text import is_line
from skontro.system.credentials import Key, spelling

READABLE = [
    "Bank \U0001f3e6",
    "بانک\u200cملی ایران",
    "बैंक ऑफ क्\u200dष",
    "Česká národní banka",
    "日本銀行\u3000本店",
    "O'Neill & Sons (No. 1) \u2013 №7",
    "=HYPERLINK(1)",
    "[/bold] {{ x }} </script>",
    "x" * 140,
]
UNREADABLE = {
    "": "is empty",
    " \u00a0": "is empty",
    "x" * 141: "has 141 characters; 140 is the most",
    "Bank\x00": "character 5 is U\\+0000",
    "Bank\nof": "character 5 is U\\+000A",
    "\x1b[31m": "character 1 is U\\+001B",
    "Bank\x85": "U\\+0085",
    "Bank\u2028": "U\\+2028",
    "Bank \u202eknaB": "U\\+202E",
    "Ba\u200bnk": "U\\+200B",
    "\ufeffBank": "U\\+FEFF",
    "Bank\ufffe": "U\\+FFFE",
    "Bank \ud83c": "U\\+D83C",
    "Bank \ue000": "U\\+E000",
    "Bank \U000e0041": "U\\+E0041",
}


@pytest.mark.parametrize("name", READABLE)
def test_names_of_every_script_are_taken(name: str) -> None:
    assert check_name(name) == name
    assert Key("id", "AAAAKZK0", name, "00" * 32).person == name
    assert Participant("AAAAKZK0", name, find_country("KAZ")).name == name


@pytest.mark.parametrize("name", UNREADABLE)
def test_names_that_nobody_could_read_or_write_are_refused(name: str) -> None:
    for refused in (
        check_name,
        lambda text: Key("id", "AAAAKZK0", text, "00" * 32),
        lambda text: Participant("AAAAKZK0", text, find_country("KAZ")),
    ):
        with pytest.raises(InputError, match=UNREADABLE[name]):
            refused(name)


@pytest.mark.parametrize("key_id", ["", " a", "a ", "ü", "a\nb", "a\x00", "x" * 141, "\ud83c"])
def test_a_key_id_that_no_header_can_hold_is_refused(key_id: str) -> None:
    with pytest.raises(InputError, match="not a key id of 1 to 140 printable ASCII"):
        Key(key_id, "AAAAKZK0", "Anna", "00" * 32)


@given(text=st.text(max_size=30))
def test_a_line_that_is_taken_can_be_written_anywhere(text: str) -> None:
    try:
        check_line(text)
    except InputError:
        return
    assert text.encode().decode() == text
    assert "\x00" not in text
    assert text.splitlines() == [text]


def test_joiners_do_not_tell_two_names_apart() -> None:
    assert spelling("An\u200dna") == spelling("Anna") == spelling("\u200cAnna")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "1e3",
        "1e999999999",
        "NaN",
        "Infinity",
        ".5",
        "1.",
        "1,5",
        "\u0661",
        "1\n",
        "0x1",
    ],
)
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a decimal number"):
        parse_decimal(text)


def test_decimals_have_bounded_length() -> None:
    assert parse_decimal("0" * 50 + "9" * 18 + "." + "9" * 20)
    for text in ("9" * 19, "0." + "0" * 20 + "1", "1" * 5000):
        with pytest.raises(InputError, match="more than 18 digits") as caught:
            parse_decimal(text)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text", ["9:00", "24:00", "10", "T10:00", "10:00+05:00", "10:00Z", "\u0660\u0669:00"]
)
def test_what_is_no_local_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="local time"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0:15", "100:00", "00:00", "00:15:00.5", "00:60", "-0:15"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"interval|shorter"):
        parse_interval(text)


@pytest.mark.parametrize("code", [*range(0x180), 0x200B, 0x2028, 0xD800, 0xE000, 0x10FFFF])
def test_both_checks_of_a_line_agree(code: int) -> None:
    for text in (chr(code), f"a{chr(code)}", f"é{chr(code)}b"):
        try:
            check_line(text, 3)
        except InputError:
            assert not is_line(text, 3)
        else:
            assert is_line(text, 3)
            assert is_line(text, len(text))
            assert not is_line(text, len(text) - 1)


def test_no_text_is_no_line() -> None:
    assert not is_line("", 3)
    assert not is_line("  ", 3)
    assert not is_line(None, 3)
    assert not is_line(b"ab", 3)
