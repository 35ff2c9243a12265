"""The file of the sign-in by OpenID Connect: what it may say, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from skontro.model import InputError
from skontro.service.auth.oidc_settings import OIDC_FILE, OidcSettings, is_safe_url, read_oidc

PEOPLE = {"248": {"side": "operator", "person": "Anna"}}
GIVEN: dict[str, Any] = {"issuer": "https://login.example", "client_id": "a", "people": PEOPLE}


def read(folder: Path, document: object) -> OidcSettings | None:
    (folder / OIDC_FILE).write_text(json.dumps(document))
    return read_oidc(folder)


def test_without_the_file_there_is_none(tmp_path: Path) -> None:
    assert read_oidc(tmp_path) is None


def test_the_file_names_issuer_client_and_people(tmp_path: Path) -> None:
    found = OidcSettings("https://login.example", "a", {"248": ("operator", "Anna")})
    assert read(tmp_path, GIVEN) == found
    (tmp_path / "secret").write_text("hidden\n")
    with_secret = read(tmp_path, GIVEN | {"client_secret_file": "secret"})
    assert with_secret is not None
    assert with_secret.client_secret == "hidden"
    assert "hidden" not in repr(with_secret)
    (tmp_path / "system.yaml").write_text("")
    assert read_oidc(tmp_path / "system.yaml") == with_secret


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issuer": "http://login.example"}, "issuer must be a URL"),
        ({"issuer": "https://login.example?a"}, "issuer must be a URL"),
        ({"issuer": "https://login.example#a"}, "issuer must be a URL"),
        ({"issuer": 5}, "issuer must be a URL"),
        ({"client_id": ""}, "client_id must be a text"),
        ({"client_id": 5}, "client_id must be a text"),
        ({"people": {}}, "people must have"),
        ({"people": []}, "people must have"),
        ({"people": {"1": {"side": "operator"}}}, "people: '1' must have a side and a person"),
        ({"people": {"1": {"side": "", "person": "A"}}}, "people: '1' must have"),
        ({"people": {"1": {"side": "operator", "person": 5}}}, "people: '1' must have"),
        ({"people": {"1": ["operator", "A"]}}, "people: '1' must have"),
        ({"secret": "x"}, "there is no field 'secret'; there are issuer, client_id, people, cl"),
        ({"client_secret_file": ""}, "client_secret_file must name a file"),
        ({"client_secret_file": 5}, "client_secret_file must name a file"),
        ({"client_secret_file": "absent"}, "absent"),
        ({"client_secret_file": "empty"}, "client_secret_file 'empty' is empty"),
    ],
)
def test_other_values_are_refused_with_their_field(
    tmp_path: Path, changed: dict[str, Any], why: str
) -> None:
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(InputError, match=why):
        read(tmp_path, GIVEN | changed)


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=f"oidc.json: {name} is missing"):
        read(tmp_path, {key: value for key, value in GIVEN.items() if key != name})


def test_no_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be an object"):
        read(tmp_path, [])
    (tmp_path / OIDC_FILE).write_text("{")
    with pytest.raises(InputError, match=r"oidc\.json"):
        read_oidc(tmp_path)


def test_urls_have_tls_or_stay_on_this_machine() -> None:
    for safe in ("https://a.example", "http://127.0.0.1:5/x", "http://[::1]/", "http://localhost"):
        assert is_safe_url(safe)
    for unsafe in (
        "http://a.example",
        "ftp://localhost",
        "https://",
        "https://[",
        "a",
        None,
        "https://ä",
    ):
        assert not is_safe_url(unsafe)
