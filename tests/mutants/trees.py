"""Copies of the working tree in which the faulty source is tested, and one run of tests in them."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.mutants.operators import Mutant

_ENGINE = "src/skontro/engine"
_DO_NOT_WRITE = "PYTHONDONTWRITEBYTECODE"
#: What plain Python refuses at once and compiled code may go on with.
DOES_OTHERWISE_COMPILED = (
    "IndexError",
    "UnboundLocalError",
    "OverflowError",
    "RuntimeWarning: overflow",
)
_MIN_SECONDS = 30.0
_TIMES_AS_LONG = 12.0


@dataclass(frozen=True)
class Verdict:
    """Whether the tests noticed a fault, and by what."""

    found: bool
    by: str
    seconds: float


class Tree:
    """A copy of all files of the working tree, with compiled kernels of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.temporary = self.path.with_name(f"{path.name}-tmp")
        self._copy_files()
        self._good: set[str] = set()

    def _copy_files(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            check=True,
        ).stdout.decode()
        names = {name for name in listed.split("\0") if name and Path(name).is_file()}
        for old in [p for p in self.path.rglob("*") if p.is_file()]:
            name = old.relative_to(self.path).as_posix()
            if name not in names and "__pycache__" not in name:
                old.unlink()
        for name in sorted(names):
            target = self.path / name
            if target.exists() and _stamp(target) == _stamp(Path(name)):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, target)

    def prepare(self, other: "Tree") -> None:
        """Compile what every run needs, so that no verdict waits for it, or take it over from
        another tree; compiled kernels from the working tree too.
        """
        if other is self:
            self._take_kernels(Path.cwd())
            writing = {k: v for k, v in self.environment().items() if k != _DO_NOT_WRITE}
            collect = ["-m", "pytest", "--collect-only", "-q", "-m", "not long"]
            for command in (
                ["-m", "compileall", "-q", "src"],
                [*collect, "-p", "no:cacheprovider"],
            ):
                subprocess.run(
                    [sys.executable, *command],
                    cwd=self.path,
                    env=writing,
                    stdout=subprocess.DEVNULL,
                    check=False,
                )
        else:
            for cached in other.path.rglob("*.pyc"):
                target = self.path / cached.relative_to(other.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(cached, target)
            self._take_kernels(other.path)
        warm = (
            "from tests.engine.days import run_engine\n"
            "from tests.engine.drawn_days import draw_case\n"
            "from tests.engine.drawn_legs import draw_linked_case\n"
            "for seed in range(3): run_engine(draw_case(seed)), run_engine(draw_linked_case(seed))"
        )
        subprocess.run(
            [sys.executable, "-c", warm], cwd=self.path, env=self.environment(), check=True
        )
        self._good = {p.name for p in (self.path / _ENGINE / "__pycache__").glob("kernels-*")}

    def _take_kernels(self, root: Path) -> None:
        """Numba names folders after the place of the source and looks at its times, which were
        copied with it.
        """
        sources = [path for path in (root / "src").rglob("*") if path.is_dir()]
        places = {_place(source): source.relative_to(root) for source in sources}
        for folder in (root / _ENGINE / "__pycache__").glob("kernels-*/*"):
            name, _, place = folder.name.rpartition("_")
            if place in places:
                kernels = self.path / _ENGINE / "__pycache__" / folder.parent.name
                target = kernels / f"{name}_{_place(self.path / places[place])}"
                shutil.copytree(folder, target, dirs_exist_ok=True)

    def test(self, mutant: Mutant, tests: dict[str, float], rest: dict[str, float]) -> Verdict:
        """Put a fault in, run the tests until one fails, and take it out again.

        A kernel is first tested as plain Python, which need not be compiled; where compiled code
        may differ, and where nothing was noticed, it is compiled.

        Args:
            mutant: the fault.
            tests: those that run its line.
            rest: those that are run if these notice nothing.
        """
        began = time.monotonic()
        if not tests and not rest:
            return Verdict(False, "no fast test runs this line", 0.0)
        source = self.path / mutant.file
        text, times = source.read_bytes(), source.stat()
        source.write_text(mutant.changed())
        # Another time than that of the right source: by it Python knows what it has compiled.
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns + 7 * 10**9))
        try:
            in_engine = mutant.file.startswith(f"{_ENGINE}/")
            found, by, output = False, "", ""
            if tests:
                found, by, output = self._run(tests, plain=in_engine)
            if not found and rest:
                found, by, output = self._run(rest, plain=in_engine)
            elif in_engine and (
                not found or any(sign in output for sign in DOES_OTHERWISE_COMPILED)
            ):
                found, by, output = self._run(tests, plain=False)
        finally:
            source.write_bytes(text)
            os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
            self._forget_kernels()
        return Verdict(found, by, time.monotonic() - began)

    def _forget_kernels(self) -> None:
        """Remove what was compiled of a faulty source."""
        for folder in (self.path / _ENGINE / "__pycache__").glob("kernels-*"):
            if folder.name not in self._good:
                shutil.rmtree(folder)

    def _run(self, tests: dict[str, float], *, plain: bool) -> tuple[bool, str, str]:
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True)
        compiling = 0.0 if plain else 60.0
        limits = {n: _MIN_SECONDS + compiling + _TIMES_AS_LONG * s for n, s in tests.items()}
        chosen = self.temporary / "chosen.json"
        chosen.write_text(json.dumps(limits))
        files = list(dict.fromkeys(name.partition("::")[0] for name in tests))
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutants.choosing"]
        command += ["-p", "no:cacheprovider", "-m", "not long", "--tb=short", *files]
        environment = self.environment() | {"MUTANTS_CHOSEN": str(chosen)}
        environment["NUMBA_DISABLE_JIT"] = "1" if plain else "0"
        most = 120 + compiling + 6 * sum(tests.values())
        output = self.temporary / "output.txt"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                command,
                cwd=self.path,
                env=environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = process.wait(most)
            except subprocess.TimeoutExpired:
                code = None
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            finally:
                end_processes_of(self.temporary)
        text = output.read_text(errors="replace")
        if code == 5:
            raise RuntimeError(f"none of the chosen tests exists any more:\n{text[-2000:]}")
        return code != 0, _reason(code, text), text

    def environment(self) -> dict[str, str]:
        """In which the copy's own source is imported, and nothing else is written."""
        search = [str(self.path / "src"), str(self.path), os.environ.get("PYTHONPATH", "")]
        self.temporary.mkdir(parents=True, exist_ok=True)
        return os.environ | {
            "PYTHONPATH": os.pathsep.join(search),
            _DO_NOT_WRITE: "1",
            "NUMBA_OPT": "1",  # as in every fast run, which else compiles other kernels
            "TMPDIR": str(self.temporary),
        }


def end_processes_of(folder: Path) -> None:
    """End what tests have left behind when they were ended, such as a PostgreSQL, by its files."""
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or [])
    ]
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=10)


def _stamp(path: Path) -> tuple[int, bytes]:
    return path.stat().st_mtime_ns, path.read_bytes()


def _place(folder: Path) -> str:
    return hashlib.sha1(str(folder).encode()).hexdigest()


def _reason(code: int | None, output: str) -> str:
    if code is None:
        return "took too long"
    lines = output.splitlines()
    if any(line.startswith("Timeout (") for line in lines):
        return "took too long"
    for line in reversed(lines):
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split(" - ")[0].partition(" ")[2]
    return f"exit code {code}"
