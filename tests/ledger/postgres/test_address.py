"""Addresses at their limits, and messages without passwords, in one line of bounded length."""

import pytest

from skontro.ledger.postgres.address import (
    checked_url,
    is_url,
    password_of,
    scrubbed,
    shown_url,
    without_password,
)
from skontro.model import InputError

URL = "postgresql://anna:se%20cret@one:5432/record"


@pytest.mark.parametrize("port", ["1", "5432", "65535", "1,65535", "", "5432,"])
def test_ports_that_there_are(port: str) -> None:
    hosts = ",".join(f"h:{one}" for one in port.split(","))
    text = f"postgresql://{hosts}/d"
    assert checked_url(text) == text


@pytest.mark.parametrize("port", ["0", "65536", "655350", "6553500", "+1", "-1", "1e2", "1,0", "x"])
def test_ports_that_there_are_not(port: str) -> None:
    hosts = ",".join(f"h:{one}" for one in port.split(","))
    with pytest.raises(InputError, match=r"^--database: the port is not a number from 1 to 65535"):
        checked_url(f"postgresql://{hosts}/d")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("postgres://h/a b", "spaces or control"),
        ("postgres://h/a\x00", "spaces or control"),
        ("postgres://h/a\u200b", "spaces or control"),
        ("postgres://u@v@h/d", "an @ too many"),
        ("postgres://u:p/q@h/d", "an @ too many"),
        ("postgres://h/d@e", "an @ too many"),
        ("postgres://h/d?no_such=1", "cannot be read"),
        ("", "it is empty"),
        (" \t", "it is empty"),
        ("postgresq://h/d", "begins with postgresql:// or postgres://"),
        (" PostgreSQL://h/d", "begins with postgresql:// or postgres://"),
        ("host=h dbname=d", "settings as key=value are not taken"),
        ("mysql://h/d?user=x", "not the URL of a PostgreSQL database"),
        ("mysql://h/d", "not the URL of a PostgreSQL database"),
        ("system-7", "given as an argument"),
    ],
)
def test_the_mistake_is_named_and_the_text_is_not_repeated(text: str, said: str) -> None:
    with pytest.raises(InputError, match=f"^place: .*{said}") as refused:
        checked_url(text, "place")
    assert len(text) < 5 or text not in str(refused.value)
    assert shown_url(text) == "(an address that cannot be read)"


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("postgresql://h/d", True),
        ("http://h", True),
        ("postgres:/h", True),
        ("host=h", True),
        ("folder user = x", True),
        ("folder/system", False),
        ("hosts", False),
        ("a=b", False),
    ],
)
def test_what_is_meant_as_an_address(place: str, meant: bool) -> None:
    assert is_url(place) == meant


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (URL, "postgresql://anna@one:5432/record"),
        ("postgres://h/d", "postgresql://h/d"),
        ("postgres://a:1,b:2/d", "postgresql://a:1,b:2/d"),
        ("postgres://a,b,c/d?port=7", "postgresql://a:7,b:7,c:7/d"),
        ("postgres://[::1]:9/d", "postgresql://[::1]:9/d"),
        ("postgres:///d?host=/run/pg&sslpassword=x", "postgresql:///run/pg/d"),
        ("postgres:///d?hostaddr=10.0.0.1", "postgresql://10.0.0.1/d"),
        ("postgres://a%2Fb@h/x%2Fy", "postgresql://a%2Fb@h/x%2Fy"),
    ],
)
def test_what_is_shown_of_an_address(text: str, shown: str) -> None:
    assert shown_url(text) == shown
    assert "x" not in without_password("postgres://u:x@h/d?password=x")


def test_passwords_are_found_and_taken_out() -> None:
    assert password_of(URL) == "se cret"
    assert password_of("postgres://u@h/d?password=p") == "p"
    assert password_of("postgres://u@h/d") is None
    for text, without in (
        (URL, "postgresql://anna@one:5432/record"),
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("postgres://u@h/d?password=p", "postgres://u@h/d"),
        ("postgres://u@h/d?password=p&port=1", "postgres://u@h/d?port=1"),
        ("postgres://h/d?port=1&application_name=a", "postgres://h/d?port=1&application_name=a"),
    ):
        assert without_password(text) == without


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"no answer of {URL}", "no answer of postgresql://***@one:5432/record"),
        ("password se cret of anna", "password *** of anna"),
        ("(se%20cret)", "(***)"),
        ("se crets are kept", "se crets are kept"),
        ("password='other word' failed", "password=*** failed"),
        ("sslpassword = other failed", "sslpassword = *** failed"),
        ("see postgres://eve:x@h", "see postgres://***@h"),
        ("two\n lines\t of it", "two lines of it"),
    ],
)
def test_no_message_has_a_password(text: str, said: str) -> None:
    assert scrubbed(text, URL) == said


def test_secrets_of_every_kind_are_hidden() -> None:
    url = "postgres://u:a%2Fb@h/d?sslpassword=cert"
    for secret in ("a/b", "a%2Fb", "cert"):
        assert scrubbed(f"<{secret}>", url) == "<***>"
    assert scrubbed("u and h of d", url) == "u and h of d"
    assert scrubbed("nothing <> to hide", "postgres://u:@h/d") == "nothing <> to hide"


@pytest.mark.parametrize("length", [399, 400, 401])
def test_a_message_has_at_most_400_characters(length: int) -> None:
    line = scrubbed("x" * length, URL)
    assert line == ("x" * length if length <= 400 else "x" * 400 + "…")
