"""Kill the primary of a real PostgreSQL cluster under load, and count what is lost.

`Cluster` runs three PostgreSQL nodes under Patroni and three etcd members on this machine.
Run as a program, it loads such a cluster, kills its primary again and again, and says whether
every acknowledged commit is still there. See README.md.
"""

from __future__ import annotations

import argparse
import random
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from installation import Programs, install
from load import Load, single_rows
from nodes import HOST, LEASE_SECONDS, EtcdMember, Node, Secrets, free_ports
from psycopg import sql

NODES = 3
USER = "application"
START_SECONDS = 120.0
FAILOVER_SECONDS = LEASE_SECONDS + 40.0
REJOIN_SECONDS = 120.0
STOP_SECONDS = 20.0

REPLICATION = """
    SELECT count(*) FILTER (WHERE state = 'streaming'),
           count(*) FILTER (WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum'))
    FROM pg_stat_replication
"""


def say(text: str) -> None:
    """Print a line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


class Cluster:
    """Three PostgreSQL nodes under Patroni, replicating synchronously to a quorum."""

    def __init__(self, work: Path) -> None:
        self.work = work.resolve()
        self._password = secrets.token_hex(16)
        self._secrets = Secrets(*(secrets.token_hex(16) for _ in range(3)))
        self._programs: Programs | None = None
        ports = iter(free_ports(4 * NODES))
        data = self.work / "data"
        numbers = range(1, NODES + 1)
        self._members = [
            EtcdMember(f"etcd{n}", next(ports), next(ports), data / f"etcd{n}") for n in numbers
        ]
        self._nodes = {
            f"node{n}": Node(f"node{n}", next(ports), next(ports), data / f"node{n}")
            for n in numbers
        }

    @property
    def url(self) -> str:
        """The libpq URL of all nodes that leads to whichever is the primary."""
        hosts = ",".join(f"{HOST}:{node.port}" for node in self._nodes.values())
        return (
            f"postgresql://{USER}:{self._password}@{hosts}/postgres?target_session_attrs=read-write"
        )

    @property
    def names(self) -> list[str]:
        """The names of all nodes, running or not."""
        return list(self._nodes)

    def node_url(self, name: str) -> str:
        """The URL of one node, primary or not."""
        return f"postgresql://{USER}:{self._password}@{HOST}:{self._nodes[name].port}/postgres"

    def start(self) -> None:
        """Start an empty cluster; return when a primary has two streaming replicas.

        At least one of the two is synchronous by then. Data of an earlier run is removed.
        """
        self._programs = install(self.work)
        data = self.work / "data"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        if self._programs.account:
            data.chmod(0o755)
        try:
            for member in self._members:
                member.start(self._programs, self._members)
            _wait("etcd", 30, lambda: all(member.healthy() for member in self._members))
            for name in self._nodes:
                self.restart(name)
            self.wait_until_complete(START_SECONDS)
            self._create_user()
        except BaseException:
            self.stop()
            raise

    def _create_user(self) -> None:
        user = sql.Identifier(USER)
        with self._administer(self.primary()) as connection:
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(create.format(user, sql.Literal(self._password)))
            connection.execute(sql.SQL("GRANT CREATE ON DATABASE postgres TO {}").format(user))
            connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(user))

    def _administer(self, name: str) -> psycopg.Connection[tuple[int, int]]:
        return psycopg.connect(
            host=HOST,
            port=self._nodes[name].port,
            user="postgres",
            password=self._secrets.superuser,
            dbname="postgres",
            connect_timeout=3,
        )

    def _find_primary(self) -> str | None:
        return next((node.name for node in self._nodes.values() if node.is_primary()), None)

    def primary(self) -> str:
        """Return the name of the node that is primary and holds the lease."""
        name = self._find_primary()
        if name is None:
            raise RuntimeError("there is no primary at the moment")
        return name

    def _complete(self) -> bool:
        name = self._find_primary()
        if name is None:
            return False
        # PostgreSQL itself knows best who follows it.
        try:
            with self._administer(name) as connection:
                row = connection.execute(REPLICATION).fetchone()
        except psycopg.Error:
            return False
        return row is not None and row[0] >= NODES - 1 and row[1] >= 1

    def wait_until_complete(self, seconds: float) -> None:
        """Wait until a primary has two streaming replicas, at least one of them synchronous."""
        _wait("a primary with two streaming replicas", seconds, self._complete)

    def wait_for_primary(self, other_than: str, seconds: float) -> str:
        """Wait until a node other than `other_than` is primary, and return its name."""
        found = ""

        def other() -> bool:
            nonlocal found
            found = self._find_primary() or ""
            return found not in ("", other_than)

        _wait(f"a primary other than {other_than}", seconds, other)
        return found

    def kill_primary(self) -> str:
        """Kill the primary's Patroni, postmaster and all its children at once; return its name."""
        name = self.primary()
        self._nodes[name].kill()
        return name

    def restart(self, name: str) -> None:
        """Start a node that does not run; it rejoins the cluster by itself."""
        if self._programs is None:
            raise RuntimeError("the cluster was not started")
        etcd = [member.client for member in self._members]
        self._nodes[name].start(self._programs, etcd, self._secrets)

    def stop(self) -> None:
        """Stop everything that runs; the work folder stays."""
        for node in self._nodes.values():
            node.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for node in self._nodes.values():
            node.stop(max(0.0, deadline - time.monotonic()))
        for member in self._members:
            member.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _wait(what: str, seconds: float, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def kill_repeatedly(cluster: Cluster, kills: int, pauses: random.Random) -> None:
    """Kill the primary `kills` times, each time waiting for the successor and the rejoining."""
    for kill in range(1, kills + 1):
        time.sleep(pauses.uniform(2, 8))
        began = time.monotonic()
        killed = cluster.kill_primary()
        say(f"kill {kill}: {killed}, the primary")
        successor = cluster.wait_for_primary(killed, FAILOVER_SECONDS)
        say(f"kill {kill}: {successor} is primary after {time.monotonic() - began:.1f} s")
        time.sleep(pauses.uniform(1, 5))
        began = time.monotonic()
        cluster.restart(killed)
        cluster.wait_until_complete(REJOIN_SECONDS)
        say(f"kill {kill}: {killed} streams again after {time.monotonic() - began:.1f} s")


def prove(cluster: Cluster, load: Load, kills: int, pauses: random.Random) -> int:
    """Run `load` while the primary is killed; return the number of lost commits."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as executor:
        running = executor.submit(load, cluster.url, stop)
        try:
            kill_repeatedly(cluster, kills, pauses)
            time.sleep(2)
        finally:
            stop.set()
        report = running.result()
    cluster.wait_until_complete(REJOIN_SECONDS)
    time.sleep(1)  # the replicas apply what they have received
    lost = report.lost(cluster.url)
    holders = [name for name in cluster.names if report.lost(cluster.node_url(name)) == 0]
    say(
        f"{report.acknowledged} commits acknowledged, {lost} of them lost; "
        f"{report.unsure} unsure, {report.warned} of these with a warning; "
        f"longest time without a commit {report.longest_gap:.1f} s; "
        f"nodes that hold all acknowledged commits: {', '.join(holders) or 'none'}"
    )
    return lost


def _service_load() -> Load:
    """Skontro must be installed for this one alone."""
    from service_load import settled_orders  # noqa: PLC0415

    return settled_orders


def main(arguments: list[str] | None = None) -> int:
    """Run the proof; 1 says that an acknowledged commit is lost."""
    parser = argparse.ArgumentParser(description="Kill the primary under load; count lost commits.")
    parser.add_argument("--work", type=Path, help="work folder, kept (default: a temporary one)")
    parser.add_argument("--kills", type=int, default=3, help="how often to kill the primary")
    parser.add_argument("--seed", type=int, default=1, help="seed of the pauses between the kills")
    parser.add_argument(
        "--service", action="store_true", help="load it with the live service, not with plain rows"
    )
    options = parser.parse_args(arguments)
    load = _service_load() if options.service else single_rows
    # An ordinary kill of this program must stop the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = options.work or Path(tempfile.mkdtemp(prefix="patroni-"))
    say(f"work folder {work}: fetching programs, starting three nodes")
    began = time.monotonic()
    with Cluster(work) as cluster:
        say(f"{cluster.primary()} is primary, after {time.monotonic() - began:.1f} s")
        lost = prove(cluster, load, options.kills, random.Random(options.seed))
    if options.work is None and not lost:
        shutil.rmtree(work)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
