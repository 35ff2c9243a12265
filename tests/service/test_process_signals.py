"""Signals to the service, which runs in this process: reading anew, stopping, ending at once."""

import datetime
import gc
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import attrs
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from skontro.ledger import Fenced
from skontro.model import InputError
from skontro.service import logs, process
from skontro.service.endpoint import listen, renew_certificate
from skontro.service.process import _Process, serve
from skontro.service.settings import Settings
from skontro.system import precompile
from tests.service.one_process import a_service, until
from tests.service.systems import new_database, write_folder

_OIDC: Final = (
    '{"issuer": "https://login.example", "client_id": "skontro", '
    '"people": {"1": {"side": "operator", "person": "Anna"}}}'
)


def write_certificate(folder: Path, number: int) -> None:
    """For this machine, with this serial number, into `certificate.pem` and `key.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def shown_certificate(port: int) -> int:
    pem = ssl.get_server_certificate(("127.0.0.1", port), timeout=10)
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


@pytest.fixture
def _as_before() -> Iterator[None]:
    switch, level = sys.getswitchinterval(), logs._level[0]
    yield
    sys.setswitchinterval(switch)
    logs._level[0] = level
    gc.unfreeze()


@attrs.define
class Visitor:
    """Watches the service from a thread of its own, changes files, and sends signals.

    Attributes:
        folder: of the system.
        said: what the service logs.
        levels, certificates: at the start and after each change.
    """

    folder: Path
    said: list[Any]
    url: str = ""
    levels: list[int] = attrs.field(factory=list)
    certificates: list[int] = attrs.field(factory=list)
    switch: float = 0.0
    frozen: int = 0
    ready: httpx.Response | None = None
    error: BaseException | None = None

    def events(self) -> list[str]:
        return [one["event"] for one in self.said]

    def visit(self) -> None:
        try:
            until(lambda: "ready" in self.events())
            self.url = next(one["url"] for one in self.said if one["event"] == "ready")
            self.switch = sys.getswitchinterval()
            self.frozen = gc.get_freeze_count()
            self.ready = httpx.get(f"{self.url}/health/ready", verify=False)
            self._look()
            write_certificate(self.folder, 2)
            (self.folder / "log-level").write_text("warning")
            (self.folder / "oidc.json").write_text(_OIDC)
            self._have_read_anew("reloaded")
            (self.folder / "oidc.json").write_text(_OIDC.replace("client_id", "client"))
            (self.folder / "log-level").write_text("debug")
            (self.folder / "certificate.pem").write_text("none")
            self._have_read_anew("not reloaded; the previous values stay in force")
        except BaseException as error:
            self.error = error
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def _have_read_anew(self, event: str) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        until(lambda: event in self.events())
        self._look()

    def _look(self) -> None:
        self.levels.append(logs._level[0])
        self.certificates.append(shown_certificate(int(self.url.rpartition(":")[2])))


@pytest.mark.long
@pytest.mark.usefixtures("_as_before")
def test_signals_renew_what_may_change_and_stop_it_in_order(
    tmp_path: Path,
    ended: list[int],
) -> None:
    precompile(write_folder(tmp_path))
    write_certificate(tmp_path, 1)
    (tmp_path / "log-level").write_text("debug")
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(one) for one in signals]
    settings = Settings(
        tmp_path,
        database=new_database(),
        port=0,
        certificate=tmp_path / "certificate.pem",
        certificate_key=tmp_path / "key.pem",
        signature_processes=0,
    )
    with capture_logs() as said:
        visitor = Visitor(tmp_path, said)
        thread = threading.Thread(target=visitor.visit)
        thread.start()
        code = serve(settings, lambda _: 1)
        thread.join(60)
    assert visitor.error is None
    assert (code, ended) == (0, [])
    assert visitor.url.startswith("https://127.0.0.1:")
    assert not visitor.url.endswith(":0")
    assert visitor.ready is not None
    assert (visitor.ready.status_code, "server" in visitor.ready.headers) == (200, False)
    assert visitor.certificates == [1, 2, 2]
    assert visitor.levels == [logs.LEVELS[name] for name in ("debug", "warning", "warning")]
    assert visitor.switch == pytest.approx(0.001)
    assert visitor.events()[-1] == "stopped in order"
    assert [signal.getsignal(one) for one in signals] == before
    again = next(one for one in said if one["event"] == "reloaded")
    assert again["issuer"] == "https://login.example"
    renewed = next(one for one in said if one["event"] == "certificate reloaded")
    assert renewed["file"] == str(settings.certificate)
    assert visitor.frozen > 0, "the collector need not look at what was recovered"
    for one in listen("127.0.0.1", int(visitor.url.rpartition(":")[2])):
        one.close()


def test_a_start_that_is_refused_leaves_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []
    monkeypatch.setattr(process, "listen", lambda host, port: made.extend(listen(host, 0)) or made)

    def run(self: _Process, sockets: list[socket.socket]) -> None:
        raise Fenced("taken over")

    monkeypatch.setattr(_Process, "run", run)
    with pytest.raises(Fenced):
        serve(Settings(tmp_path), lambda _: 1)
    assert [one.fileno() for one in made] == [-1]


@pytest.mark.usefixtures("_as_before")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_begins_to_listen_stops_it_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: list[int], number: signal.Signals
) -> None:
    def told(host: str, port: int) -> list[socket.socket]:
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGHUP)
        return listen(host, port)

    before = signal.getsignal(number)
    monkeypatch.setattr(process, "listen", told)
    with capture_logs() as said:
        assert serve(Settings(tmp_path, port=0), lambda _: 1) == 0
    assert [one["event"] for one in said] == ["stopped in order"]
    assert (ended, signal.getsignal(number)) == ([], before)


def test_a_level_that_is_none_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    (tmp_path / "log-level").write_text("loud")
    with pytest.raises(InputError, match="'loud' is not one of"):
        serve(Settings(tmp_path, port=0), lambda _: 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_the_process_at_once(
    running: Any, ended: list[int], number: signal.Signals
) -> None:
    with running._signals():
        signal.raise_signal(number)
        assert (running._stopping.is_set(), running._server.should_exit) == (True, True)
        assert ended == []
        signal.raise_signal(number)
        assert ended == [128 + number]


def test_a_signal_to_read_anew_reads_the_level_before_there_is_a_service(
    running: Any, tmp_path: Path
) -> None:
    level = logs._level[0]
    (tmp_path / "log-level").write_text("error")
    try:
        with running._signals():
            signal.raise_signal(signal.SIGHUP)
            until(lambda: logs._level[0] == logs.LEVELS["error"])
    finally:
        logs._level[0] = level
    assert not running._stopping.is_set()


def test_what_cannot_be_read_anew_is_told_and_with_a_service_it_is_asked(
    running: Any, tmp_path: Path
) -> None:
    running._service = service = a_service()
    (tmp_path / "log-level").write_text("loud")
    with capture_logs() as said:
        running._reload()
        assert (service.calls, said) == (["reload"], [])
        running._service = None
        running._reload()
    assert said[0]["event"] == "not reloaded; the previous values stay in force"
    assert "'loud' is not one of" in said[0]["error"]


def test_without_a_certificate_none_is_renewed(running: Any) -> None:
    context = SimpleNamespace()
    running._server.config.ssl = context
    with capture_logs() as said:
        renew_certificate(context, running._settings)
        running._reload()
    assert said == []
