"""Small live systems on a real PostgreSQL."""

import datetime
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import numpy as np
import psycopg
from psycopg.conninfo import conninfo_to_dict

from skontro.engine import CommandKind, from_records
from skontro.files.access import ACCESS_FILE, write_access
from skontro.files.system_rules import read_system, write_system
from skontro.ledger import Verified, connect, database_url, verify
from skontro.ledger.keys import make_private_key
from skontro.ledger.postgres.tables import Records
from skontro.model import (
    CurrencyHours,
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    SettlementCalendar,
    find_country,
    find_currency,
    to_timestamp,
)
from skontro.service.api.app import MakePages, make_app
from skontro.service.auth.credentials import make_credentials
from skontro.service.client import Client, Signature
from skontro.service.clock import WatchedClock
from skontro.service.peers.peers import Transports
from skontro.service.sequencer.link_batches import Outbox
from skontro.service.sequencer.requests import NO_KEY, Caller, Orders
from skontro.service.settings import Settings
from skontro.service.startup import Service, start
from skontro.system import NO_SCREENING, Rules, ScreeningPolicy
from tests.command_rows import command_rows

BANKS = ("AAAAKZK0", "BBBBKGK0", "CCCCUZK0")
_COUNTRIES = ("KAZ", "KGZ", "UZB")
CURRENCIES = ("KZT", "RUB")
TOKENS = ("token-of-anna", "token-of-boris", "token-of-vera")
URL = "http://testserver"

#: A Tuesday on which everything is open at noon.
NOON = to_timestamp(datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC))
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE

ALWAYS = SettlementCalendar(
    time_zone="UTC",
    starts=datetime.time(0, 0),
    opens=datetime.time(0, 0),
    closes=datetime.time(23, 59, 59),
    weekend=(),
)
OFFICE_HOURS = SettlementCalendar(
    time_zone="UTC",
    starts=datetime.time(8, 0),
    opens=datetime.time(9, 0),
    closes=datetime.time(18, 0),
    currencies={
        "RUB": CurrencyHours(
            datetime.time(15, 0), datetime.time(16, 0), (datetime.date(2026, 11, 26),)
        )
    },
)


def directory(balance: int = 1_000_000, banks: Sequence[str] = BANKS) -> ParticipantDirectory:
    return ParticipantDirectory(
        [
            Participant(bic, f"Bank {bic[:4]}", find_country(country))
            for bic, country in zip(banks, _COUNTRIES, strict=False)
        ],
        [
            SettlementAccount(bic, find_currency(code), balance)
            for bic in banks
            for code in CURRENCIES
        ],
    )


def write_folder(
    folder: Path,
    calendar: SettlementCalendar = ALWAYS,
    rulebook: Rulebook | None = None,
    balance: int = 1_000_000,
    screening: ScreeningPolicy = NO_SCREENING,
) -> Rules:
    """A system with keys: two people of each bank, two operators and a viewer."""
    rules = Rules("Test", directory(balance), rulebook or Rulebook(), calendar, screening=screening)
    write_system(folder, rules)
    (folder / "keys").mkdir(exist_ok=True)
    participants = {}
    for bic in BANKS:
        people = []
        for number in (1, 2):
            key_id = f"{bic}-{number}"
            key = make_private_key(folder / "keys" / f"{key_id}.pem")
            people.append((key_id, f"Person {number} of {bic}", key.public_key()))
        participants[bic] = people
    operators = [
        ("Anna", "operator", TOKENS[0]),
        ("Boris", "operator", TOKENS[1]),
        ("Vera", "viewer", TOKENS[2]),
    ]
    write_access(folder / ACCESS_FILE, make_credentials(operators, participants))
    return read_system(folder)


_SERVER: list[str] = []


def server_url() -> str:
    """The embedded PostgreSQL of this test process."""
    if not _SERVER:
        import tempfile

        _SERVER.append(database_url(tempfile.mkdtemp(prefix=f"skontro-tests-{os.getpid()}-")))
    return _SERVER[0]


def new_database() -> str:
    """An empty database on the real server, by URL."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server_url().replace("/postgres?", f"/{name}?")


_COPIES: list[str] = []


def drop_copies() -> None:
    """Forget what `copy_of` has made so far."""
    if _COPIES:
        with psycopg.connect(server_url(), autocommit=True) as connection:
            while _COPIES:
                connection.execute(f"DROP DATABASE {_COPIES.pop()} WITH (FORCE)".encode())


def copy_of(url: str, *, for_one_test: bool = True) -> str:
    """Another database with all that one has, which nobody may be using; see `drop_copies`."""
    name = f"test_{uuid.uuid4().hex}"
    template = conninfo_to_dict(url)["dbname"]
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    if for_one_test:
        _COPIES.append(name)
    return server_url().replace("/postgres?", f"/{name}?")


def connections(url: str) -> int:
    """How many a database has, when those that were closed are gone."""
    name = url.partition("?")[0].rpartition("/")[2]
    count, deadline = -1, time.monotonic() + 60
    with psycopg.connect(server_url(), autocommit=True) as connection:
        while count and time.monotonic() < deadline:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name]
            ).fetchone()
            assert row is not None
            count = row[0]
    return count


@attrs.define
class Clock:
    """A clock that only the test moves."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


class _InProcess(httpx.BaseTransport):
    """Requests to the application without a socket, on an event loop of their own."""

    def __init__(self, app: object) -> None:
        from starlette.testclient import TestClient

        self.app: Any = app
        self._client = TestClient(app, base_url=URL, raise_server_exceptions=False)  # type: ignore[arg-type]
        self._client.__enter__()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._client.request(
            request.method,
            str(request.url),
            headers=request.headers,
            content=request.read(),
            follow_redirects=False,
        )
        self._client.cookies.clear()  # whoever asks keeps them
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content, request=request
        )

    def close(self) -> None:
        self._client.__exit__()


@attrs.define
class LiveSystem:
    """A service in this process, and clients of everybody."""

    folder: Path
    url: str
    clock: Clock | WatchedClock
    service: Service
    transport: _InProcess
    #: What the service was ended by.
    ended: list[Exception]

    def bank(self, number: int, person: int = 1) -> Client:
        from skontro.ledger.keys import read_private_key

        key_id = f"{BANKS[number]}-{person}"
        key = read_private_key(self.folder / "keys" / f"{key_id}.pem")
        return Client(URL, Signature(key_id, key), transport=self.transport)

    def operator(self, number: int = 0) -> Client:
        return Client(URL, token=TOKENS[number], transport=self.transport)

    def nobody(self) -> Client:
        return Client(URL, transport=self.transport)

    def agree(self, wish: dict[str, object]) -> httpx.Response:
        """One operator proposes, the other approves what it is shown; the last answer."""
        answer = self.operator(0).propose(wish)
        if not answer.is_success:
            return answer
        return approve(self.operator(1), answer.json()["proposal"])

    def move_to(self, timestamp: int) -> None:
        """Let the clock stand there, and wait until the business day has followed."""
        assert isinstance(self.clock, Clock)
        self.clock.now = timestamp
        deadline = time.monotonic() + 60
        while self.service.sequencer.system.clock.next_step(timestamp).due <= timestamp:
            assert time.monotonic() < deadline, "the business day does not follow"
            time.sleep(0.01)
        self.catch_up()

    def catch_up(self) -> None:
        """Wait until the sequencer has looked at the clock again."""
        self._settled()
        self._settled()

    def _settled(self) -> None:
        done: list[object] = []
        from skontro.service.sequencer.requests import Query

        self.service.sequencer.submit(Query(lambda _system: True, done.append))
        deadline = time.monotonic() + 60
        while not done:
            assert time.monotonic() < deadline, "the sequencer does not answer"
            time.sleep(0.005)

    def verified(self) -> Verified:
        with connect(self.url) as connection:
            return verify(connection)


@contextmanager
def live_system(
    folder: Path,
    url: str | None = None,
    clock: Clock | WatchedClock | None = None,
    outbox: Outbox | None = None,
    make_pages: MakePages | None = None,
    transports: Transports | None = None,
    **settings: object,
) -> Iterator[LiveSystem]:
    """A service over a folder that `write_folder` made; it trusts a `Clock` whatever it says."""
    url, clock = url or new_database(), clock or Clock()
    options = {"base_url": URL, "requests_per_second": 1e6} | settings
    ended: list[Exception] = []
    service = start(
        Settings(folder, database=url, **options),  # type: ignore[arg-type]
        ended.append,
        clock,
        outbox=outbox,
        transports=transports,
    )
    app = make_app(make_pages=make_pages)
    app.state.context = service.context
    transport = _InProcess(app)
    try:
        system = LiveSystem(folder, url, clock, service, transport, ended)
        if isinstance(clock, Clock):
            system.move_to(clock.now)
        else:
            system.catch_up()
        yield system
    finally:
        transport.close()
        service.stop()


def approve(client: Client, number: int) -> httpx.Response:
    """Approve what this client is shown; if it is shown nothing, some hash or other."""
    shown = client.get(f"/v1/proposals/{number}")
    return client.approve(number, shown.json()["hash"] if shown.is_success else "0" * 64)


def order(
    payer: int = 0, payee: int = 1, amount: str = "10.00", currency: str = "KZT", **fields: object
) -> dict[str, object]:
    return {
        "uetr": str(uuid.uuid4()),
        "payer": BANKS[payer],
        "payee": BANKS[payee],
        "currency": currency,
        "amount": amount,
    } | fields


def order_rows(count: int, amount: int = 1) -> Records:
    """Orders of the first bank to the second as the sequencer takes them, each with a new UETR."""
    rows = command_rows(count, CommandKind.SUBMIT, 0)
    rows["payer"], rows["payee"], rows["amount"], rows["payment_class"] = 0, 2, amount, 2
    uetrs = b"".join(uuid.uuid4().bytes for _ in range(count))
    rows["uetr"] = np.frombuffer(uetrs, "V16")
    return rows


def as_work(rows: Records, done: Callable[[object], None]) -> Orders:
    """These orders as one request without an id."""
    return Orders(Caller(0, bytes(32), NO_KEY, bytes(32)), from_records(rows), done)
