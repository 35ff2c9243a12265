"""Settings of a service: those that nobody gave, and those that are refused."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from skontro.ledger.keys import KEY_FILE, public_text, read_private_key
from skontro.model import InputError
from skontro.service.record_claim import signing_key
from skontro.service.settings import Settings


def test_settings_that_nobody_gave_are_those_that_the_command_documents(tmp_path: Path) -> None:
    given = attrs.asdict(Settings(tmp_path))
    assert given == {
        "folder": tmp_path,
        "database": None,
        "host": "127.0.0.1",
        "port": 8790,
        "base_url": None,
        "certificate": None,
        "certificate_key": None,
        "behind_proxy": False,
        "days": 20,
        "requests_per_second": 200,
        "max_waiting": 500_000,
        "commands_per_snapshot": 2_000_000,
        "batches_per_snapshot": 5_000,
        "signature_processes": 2,
        "security_log": None,
        "take_over": False,
        "head_file": None,
        "accept_head": None,
        "clock_ahead_days": 4,
        "screening_lists": None,
        "screening_processes": 1,
        "second_engine": (),
        "peers": {},
    }


def test_what_can_be_reached_from_elsewhere_speaks_tls(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        Settings(tmp_path, host=host)
    Settings(tmp_path, host="0.0.0.0", behind_proxy=True)
    Settings(tmp_path, host="0.0.0.0", certificate=tmp_path, certificate_key=tmp_path)
    with pytest.raises(InputError) as refused:
        Settings(tmp_path, host="0.0.0.0")
    assert str(refused.value).startswith("0.0.0.0 can be reached from elsewhere: give --cert")
    for alone in ("certificate", "certificate_key"):
        for host in ("127.0.0.1", "::1"):
            with pytest.raises(InputError, match="TLS takes both"):
                Settings(tmp_path, host=host, **{alone: tmp_path})  # type: ignore[arg-type]
    with pytest.raises(InputError):
        Settings(tmp_path, database="not the URL of a database")


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8790"),
        ({"host": "::1", "port": 1}, "http://[::1]:1"),
        ({"base_url": "https://a.example"}, "https://a.example"),
        ({"certificate": Path("a"), "certificate_key": Path("b")}, "https://127.0.0.1:8790"),
    ],
)
def test_the_url_under_which_callers_come(
    tmp_path: Path, settings: dict[str, Any], url: str
) -> None:
    assert Settings(tmp_path, **settings).url == url


def test_a_password_is_shown_to_nobody(tmp_path: Path) -> None:
    assert "database=None" in repr(Settings(tmp_path))
    shown = repr(Settings(tmp_path, database="postgresql://a:secret@h/d"))
    assert "secret" not in shown
    assert "@h/d" in shown


def test_a_folder_keeps_the_key_that_it_has(tmp_path: Path) -> None:
    made = public_text(signing_key(tmp_path))
    assert public_text(signing_key(tmp_path)) == made
    assert public_text(read_private_key(tmp_path / KEY_FILE)) == made
