"""A new system: its hours, holidays and keys; and a client that signs with these."""

import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from skontro.ledger.keys import make_private_key
from skontro.model import (
    InputError,
    Participant,
    ParticipantDirectory,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.service import initialise
from skontro.service.client import Client, Signature, trial_clients
from skontro.service.initialise import (
    ALWAYS_OPEN,
    KEYS_FOLDER,
    _hours,
    _write_keys,
    operator_tokens,
)
from tests.service.systems import BANKS, directory


def test_always_open_is_open_all_day_every_day() -> None:
    hours = ALWAYS_OPEN
    assert (hours.starts, hours.opens) == (datetime.time(0), datetime.time(0))
    assert hours.closes == datetime.time(23, 59, 59)
    assert (hours.weekend, hours.time_zone, dict(hours.currencies)) == ((), "UTC", {})


def participants(*countries: str) -> ParticipantDirectory:
    bics = [
        f"{name[0]}AAA{code}00" for name, code in zip(countries, ("KZ", "DE", "FR"), strict=False)
    ]
    return ParticipantDirectory(
        [
            Participant(bic, f"Bank of {country}", find_country(country))
            for bic, country in zip(bics, countries, strict=True)
        ],
        [SettlementAccount(bics[0], find_currency(code), 0) for code in ("KZT", "EUR", "USD")],
    )


def test_a_currency_rests_on_the_holidays_of_the_country_that_issues_it() -> None:
    opens, closes = datetime.time(9), datetime.time(17)
    hours = _hours(participants("KAZ", "DEU"), opens, closes, [2027, 2026])
    assert sorted(hours) == ["EUR", "KZT"]
    for one in hours.values():
        assert one.customer_cut_off == one.interbank_cut_off == closes
        assert {date.year for date in one.holidays} == {2026, 2027}
        assert [*one.holidays] == sorted(one.holidays)
    assert datetime.date(2026, 10, 3) in hours["EUR"].holidays
    assert datetime.date(2026, 3, 22) in hours["KZT"].holidays
    assert _hours(participants("KAZ"), opens, closes, []) == {}
    # Who issues it is looked up at the beginning of the first year.
    for years, found in (([2026], True), ([2026, 2025], False)):
        assert ("EUR" in _hours(participants("KAZ", "BGR"), opens, closes, years)) == found


@pytest.mark.parametrize("code", ["BGR", "BHR", "GTM", "MAR", "SWZ", "VUT", "KAZ"])
def test_the_holidays_of_every_country_that_the_library_knows_are_found(code: str) -> None:
    """Of these it has another code of three letters, or none that is a country."""
    found = initialise._public_holidays(find_country(code), [2026])
    assert len(found) > 7
    assert datetime.date(2026, 1, 1) in found


def test_a_country_whose_holidays_are_not_known_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(initialise.holidays, "country_holidays", unknown)
    assert _hours(participants("KAZ"), datetime.time(9), datetime.time(17), [2026]) == {}


def test_tokens_have_256_bits_and_belong_to_two_operators_and_a_viewer(tmp_path: Path) -> None:
    credentials = _write_keys(tmp_path, directory(banks=BANKS[:1]))
    tokens = operator_tokens(tmp_path)
    assert [len(one) for one in tokens] == [43] * 3
    assert [one.person for one in credentials.operators] == [
        "First Operator",
        "Second Operator",
        "Viewer",
    ]
    assert sorted(path.name for path in (tmp_path / KEYS_FOLDER).iterdir()) == [
        f"{BANKS[0]}-1.pem",
        f"{BANKS[0]}-2.pem",
        "operator-1.token",
        "operator-2.token",
        "viewer.token",
    ]
    assert [one.person for one in credentials.keys] == [f"Person {n} of Bank AAAA" for n in (1, 2)]


def test_a_long_name_of_a_bank_is_cut_in_the_names_of_its_persons(tmp_path: Path) -> None:
    long = ParticipantDirectory(
        [Participant(BANKS[0], "B" * 140, find_country("KAZ"))],
        [SettlementAccount(BANKS[0], find_currency("KZT"), 0)],
    )
    names = [one.person for one in _write_keys(tmp_path, long).keys]
    assert names == [f"Person {number} of {'B' * 128}" for number in (1, 2)]
    assert {len(name) for name in names} == {140}


def test_a_folder_for_keys_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / KEYS_FOLDER).write_text("")
    with pytest.raises(InputError, match=str(tmp_path / KEYS_FOLDER)):
        _write_keys(tmp_path, directory())


def sent(client: Client) -> list[httpx.Request]:
    """Requests of a client from now on, which are answered with nothing."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204)

    headers, auth = client.http.headers, client.http.auth
    transport = httpx.MockTransport(answer)
    client.http = httpx.Client(base_url="http://a", headers=headers, auth=auth, transport=transport)
    return requests


def test_a_client_sends_what_the_routes_take() -> None:
    client = Client("http://a", token="t")
    requests = sent(client)
    client.submit({"a": 1})
    client.submit({"a": 1}, "k")
    client.submit_batch([{"a": 1}], "k")
    client.propose({"b": 2}, "k")
    client.revoke({"b": 2}, "k")
    client.approve(7, "hash", "k")
    client.reject(7, "k")
    client.get("/v1/orders", after=3)
    told = [(one.method, str(one.url), one.content, one.headers.get("Idempotency-Key"))
            for one in requests]  # fmt: skip
    assert told == [
        ("POST", "http://a/v1/orders", b'{"a":1}', None),
        ("POST", "http://a/v1/orders", b'{"a":1}', "k"),
        ("POST", "http://a/v1/orders/batch", b'{"orders":[{"a":1}]}', "k"),
        ("POST", "http://a/v1/proposals", b'{"b":2}', "k"),
        ("POST", "http://a/v1/revocations", b'{"b":2}', "k"),
        ("POST", "http://a/v1/proposals/7/approval", b'{"hash":"hash"}', "k"),
        ("POST", "http://a/v1/proposals/7/rejection", b"", "k"),
        ("GET", "http://a/v1/orders?after=3", b"", None),
    ]
    assert {one.headers["Authorization"] for one in requests} == {"Bearer t"}
    for _ in range(2):
        client.propose({})
    keys = [one.headers["Idempotency-Key"] for one in requests[-2:]]
    assert len({*keys}) == 2
    assert {len(key) for key in keys} == {36}
    client.close()
    assert client.http.is_closed


def test_a_client_without_a_token_sends_none_and_takes_options(tmp_path: Path) -> None:
    key = make_private_key(tmp_path / "key.pem")
    client = Client("http://a", Signature("k", key), timeout=7)
    assert client.http.timeout.read == 7
    requests = sent(client)
    client.get("/v1/day")
    assert "Authorization" not in requests[0].headers
    assert 'keyid="k"' in requests[0].headers["Signature-Input"]


def test_trial_clients_sign_with_the_first_key_of_each(tmp_path: Path) -> None:
    _write_keys(tmp_path, directory(banks=BANKS[:2]))
    clients = trial_clients(tmp_path, "http://a")
    one = clients(BANKS[0])
    assert clients(BANKS[0]) is one
    assert one.http.timeout.read == 60
    requests = sent(one)
    one.get("/v1/day")
    assert f'keyid="{BANKS[0]}-1"' in requests[0].headers["Signature-Input"]
    assert clients(BANKS[1]) is not one
    with pytest.raises(InputError):
        clients("ABSENTKZ")
