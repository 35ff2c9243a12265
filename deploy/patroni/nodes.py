"""The processes of the cluster: an etcd member, and a PostgreSQL node under Patroni."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from installation import Account, Programs, launch, own

HOST = "127.0.0.1"
UNANSWERED = (OSError, http.client.HTTPException, ValueError)

# Patroni allows no shorter lease than 20 s; most of a failover is waiting for it to run out.
LEASE_SECONDS = 20


@dataclass(frozen=True)
class Secrets:
    """The passwords of one cluster, drawn anew for every start."""

    superuser: str
    replication: str
    rewind: str


def free_ports(count: int) -> list[int]:
    """Pick ports nobody listens on.

    They lie below the range of outgoing connections: a killed node's port has to be still free
    when the node is started again.
    """
    with contextlib.ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = random.randrange(20000, 32000)
            listener = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                listener.bind((HOST, port))
                ports.append(port)
        return ports


def _gone(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in parentheses may hold spaces; the parent is the second field after it.
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def kill_at_once(pids: list[int], seconds: float = 10.0) -> None:
    """Send SIGKILL to all of `pids`, in order, and wait until none is left."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + seconds
    left = pids
    while left := [pid for pid in left if not _gone(pid)]:
        if time.monotonic() > deadline:
            # A zombie postmaster makes its lock file look like that of a running server.
            raise RuntimeError(f"processes {left} remain; in a container, is there an init?")
        time.sleep(0.02)


class EtcdMember:
    """One member of the etcd cluster that Patroni holds its leader's lease in."""

    def __init__(self, name: str, client_port: int, peer_port: int, folder: Path) -> None:
        self.name = name
        self.client = f"{HOST}:{client_port}"
        self.peer_url = f"http://{HOST}:{peer_port}"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, programs: Programs, members: list[EtcdMember]) -> None:
        """Start the member as part of a new etcd cluster of `members`."""
        own(self.folder, programs.account)
        options = {
            "name": self.name,
            "data-dir": str(self.folder / "data"),
            "listen-client-urls": f"http://{self.client}",
            "advertise-client-urls": f"http://{self.client}",
            "listen-peer-urls": self.peer_url,
            "initial-advertise-peer-urls": self.peer_url,
            "initial-cluster": ",".join(f"{m.name}={m.peer_url}" for m in members),
            "initial-cluster-state": "new",
            # Three members and three databases share one disk: allow slow flushes.
            "heartbeat-interval": "250",
            "election-timeout": "2500",
        }
        command = [programs.etcd, *(f"--{key}={value}" for key, value in options.items())]
        log = self.folder.parent / f"{self.name}.log"
        self._process = launch(command, programs.account, self.folder, log)

    def healthy(self) -> bool:
        """Say whether the member answers and knows a leader."""
        try:
            with urllib.request.urlopen(f"http://{self.client}/health", timeout=2) as answer:
                return b'"true"' in answer.read()
        except UNANSWERED:
            return False

    def kill(self) -> None:
        """End the member; its data is of no further use."""
        if self._process:
            kill_at_once([self._process.pid])
            self._process = None


class Node:
    """One PostgreSQL server with the Patroni that runs it."""

    def __init__(self, name: str, port: int, rest_port: int, folder: Path) -> None:
        self.name = name
        self.port = port
        self.rest_port = rest_port
        self.folder = folder
        self.log = folder.parent / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def configuration(self, programs: Programs, etcd: list[str], secrets: Secrets) -> object:
        """Build Patroni's configuration; patroni.yml.example explains the settings."""
        return {
            "scope": "skontro",
            "name": self.name,
            "restapi": {
                "listen": f"{HOST}:{self.rest_port}",
                "connect_address": f"{HOST}:{self.rest_port}",
            },
            "etcd3": {"hosts": etcd},
            "bootstrap": {
                "dcs": {
                    "ttl": LEASE_SECONDS,
                    "loop_wait": 2,
                    "retry_timeout": 5,
                    "synchronous_mode": "quorum",
                    "synchronous_node_count": 1,
                    "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "use_slots": True,
                        "parameters": {"max_connections": 100, "wal_keep_size": "256MB"},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{HOST}:{self.port}",
                "connect_address": f"{HOST}:{self.port}",
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(programs.postgresql),
                "pgpass": str(self.folder / "pgpass"),
                "authentication": {
                    "superuser": {"username": "postgres", "password": secrets.superuser},
                    "replication": {"username": "replicator", "password": secrets.replication},
                    "rewind": {"username": "rewinder", "password": secrets.rewind},
                },
                "pg_hba": [
                    f"host replication replicator {HOST}/32 scram-sha-256",
                    f"host all all {HOST}/32 scram-sha-256",
                ],
                "parameters": {
                    # A socket's path is limited to about 100 bytes; the work folder may be deep.
                    "unix_socket_directories": "",
                    "password_encryption": "scram-sha-256",
                    "synchronous_commit": "on",
                    "fsync": "on",
                    "full_page_writes": "on",
                    "shared_buffers": "64MB",
                },
            },
            # One machine has one watchdog at most, and it would restart all three nodes.
            "watchdog": {"mode": "off"},
        }

    def start(self, programs: Programs, etcd: list[str], secrets: Secrets) -> None:
        """Start Patroni, which starts PostgreSQL."""
        if self._process and self._process.poll() is None:
            raise RuntimeError(f"{self.name} runs already")
        own(self.folder, programs.account)
        file = self.folder / "patroni.yml"
        # JSON is YAML as well, and the standard library writes it.
        file.write_text(json.dumps(self.configuration(programs, etcd, secrets), indent=2))
        _hand_over(file, programs.account)
        self._process = launch(
            [programs.patroni, str(file)], programs.account, self.folder, self.log
        )

    def is_primary(self) -> bool:
        """Say whether this node is a running primary that holds the lease."""
        url = f"http://{HOST}:{self.rest_port}/primary"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except UNANSWERED:  # any other status than 2xx is an OSError as well
            return False

    def _postmaster(self) -> int | None:
        data = self.folder / "data"
        try:
            pid = int((data / "postmaster.pid").read_text().split()[0])
            # The file outlives a killed server, and its number may be another process's by now.
            return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
        except (OSError, IndexError, ValueError):
            return None

    def kill(self) -> None:
        """Kill Patroni, the postmaster and every one of its children with SIGKILL."""
        pids: list[int] = []
        if self._process:
            pids += [self._process.pid, *_descendants(self._process.pid)]
        postmaster = self._postmaster()
        if postmaster:
            # The postmaster goes before its children, or it would start to recover from their end.
            pids += [postmaster, *_descendants(postmaster)]
        kill_at_once(list(dict.fromkeys(pids)))
        self._process = None

    def stop(self, seconds: float) -> None:
        """Wait until a Patroni told to stop by `ask_to_stop` has ended; kill what is left."""
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()

    def ask_to_stop(self) -> None:
        """Ask Patroni for an orderly end, which ends PostgreSQL too."""
        if self._process and self._process.poll() is None:
            self._process.terminate()


def _hand_over(file: Path, account: Account | None) -> None:
    file.chmod(0o600)
    if account:
        os.chown(file, account.uid, account.gid)
