"""Settings of the live service."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from skontro.files.reading import exists, is_folder
from skontro.ledger import checked_url, shown_url
from skontro.ledger.order_index import DEFAULT_DAYS
from skontro.model import InputError
from skontro.screening.lists_document import LISTS_FILE
from skontro.service.peers.addresses import checked_peers, peers_in

#: Days that the clock may be ahead of the record at the start: a long weekend out of service.
CLOCK_AHEAD_DAYS: Final = 4
#: Number of commands between snapshots, in addition to those at the end of each day.
COMMANDS_PER_SNAPSHOT: Final = 2_000_000
#: Number of batches between snapshots: replaying one takes half a millisecond, however few commands
#: it has.
BATCHES_PER_SNAPSHOT: Final = 5_000
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@attrs.frozen
class Settings:
    """How the service runs; the rules of settlement are not here but in the system's folder.

    Attributes:
        folder: folder of the system.
        database: URL; None for the embedded PostgreSQL in the folder.
        host, port: to listen on.
        base_url: under which callers address the service; None for host and port.
        certificate, certificate_key: for TLS, or None.
        behind_proxy: something in front speaks TLS.
        days: business days whose orders are remembered.
        requests_per_second: that one person may make.
        max_waiting: orders and requests that may wait.
        commands_per_snapshot: after how many a snapshot is kept.
        batches_per_snapshot: after how many a snapshot is kept, with fewer commands too.
        signature_processes: that check signatures; with 0 the service does it itself.
        security_log: file to which refusals are also appended, or None.
        take_over: claim the record from another writer that lives.
        head_file: where the newest head is kept; None for the system's folder.
        accept_head: hash of the record's last batch, in hexadecimal, to continue from it although
            another head was kept.
        clock_ahead_days: that the clock may be ahead of the record at the start.
        screening_lists: document of the lists; None for `screening-lists.yaml` in the folder.
            Without either, orders are not screened.
        screening_processes: that screen parties.
        peers: URLs of other systems' services, by their identifiers; those in `peers.json` in the
            folder too.
        second_engine: command of another screening engine, whose stricter outcomes count.
    """

    folder: Path
    database: str | None = attrs.field(
        default=None, repr=lambda url: "None" if url is None else shown_url(url)
    )
    host: str = "127.0.0.1"
    port: int = 8790
    base_url: str | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    behind_proxy: bool = False
    days: int = DEFAULT_DAYS
    requests_per_second: float = 200
    max_waiting: int = 500_000
    commands_per_snapshot: int = COMMANDS_PER_SNAPSHOT
    batches_per_snapshot: int = BATCHES_PER_SNAPSHOT
    signature_processes: int = 2
    security_log: Path | None = None
    take_over: bool = False
    head_file: Path | None = None
    accept_head: str | None = None
    clock_ahead_days: int = CLOCK_AHEAD_DAYS
    screening_lists: Path | None = None
    screening_processes: int = 1
    second_engine: tuple[str, ...] = ()
    peers: Mapping[str, str] = attrs.field(factory=dict, converter=checked_peers)

    def __attrs_post_init__(self) -> None:
        if self.database is not None:
            checked_url(self.database)
        safe = self.host in LOOPBACK or self.certificate is not None or self.behind_proxy
        if not safe:
            raise InputError(
                f"{self.host} can be reached from elsewhere: give --certificate and "
                "--certificate-key, or --behind-proxy if something in front speaks TLS"
            )
        if (self.certificate is None) != (self.certificate_key is None):
            raise InputError("TLS takes both --certificate and --certificate-key")

    @property
    def lists_in_use(self) -> Path | None:
        """The document of the lists; None where there is none."""
        if self.screening_lists is not None:
            return self.screening_lists
        folder = self.folder if is_folder(self.folder) else self.folder.parent
        own = folder / LISTS_FILE
        return own if exists(own) else None

    @property
    def peers_in_use(self) -> dict[str, str]:
        """URLs of other systems' services; those of the options replace those in the folder.

        Raises:
            InputError: the file in the folder has another form.
        """
        return {**peers_in(self.folder), **self.peers}

    @property
    def url(self) -> str:
        """Under which callers address the service."""
        scheme = "http" if self.certificate is None else "https"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"{scheme}://{host}:{self.port}"
