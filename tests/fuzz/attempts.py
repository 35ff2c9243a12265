"""An attempt with hostile input: it succeeds or is refused in words; it never fails or hangs."""

import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from skontro.cli.terminal import ExitCode
from skontro.files import read_scenario, write_scenario
from skontro.files.refusals import write_refusals
from skontro.model import InputError
from tests.cli.in_process import Outcome, run_main
from tests.fuzz.mutations import hostile_bytes, hostile_table, hostile_yaml

#: Random changes of each file; a campaign takes thousands.
CHANGES = int(os.environ.get("SKONTRO_FUZZ", "2"))
#: Of the random changes; the day of a campaign, or anything else.
SEED = os.environ.get("SKONTRO_FUZZ_SEED", "1")
#: Seconds after which an attempt hangs: far more than any needs on a busy machine.
_HANGS_AFTER = 120


@contextmanager
def ending() -> Iterator[None]:
    """What hangs fails instead of holding everything up."""

    def fail(*_: object) -> None:
        raise TimeoutError("this hangs")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(_HANGS_AFTER)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def taken(call: Callable[[], object]) -> bool:
    """Whether the input was taken; it may be refused by an `InputError`, and nothing else."""
    refusal = None
    with ending():
        try:
            call()
        except InputError as error:
            refusal = error
    assert refusal is None or str(refusal).strip()
    return refusal is None


def run_command(*arguments: str | Path) -> Outcome:
    """A command that ends with one of the exit codes, and says why where it does not succeed."""
    with ending():
        outcome = run_main(*arguments)
    assert outcome.returncode in set(ExitCode), outcome
    assert "Traceback" not in outcome.stderr, outcome
    assert outcome.returncode == ExitCode.DONE or outcome.stderr.strip(), outcome
    return outcome


def changed(path: Path, draw: random.Random) -> bytes:
    """The file with one thing in it made hostile."""
    content = path.read_bytes()
    if draw.random() < 0.25:
        return hostile_bytes(content, draw)
    change = hostile_table if path.suffix == ".csv" else hostile_yaml
    return change(content.decode(), draw).encode("utf-8", "surrogatepass")


def settle_files(folder: Path) -> None:
    """Read a scenario; what is taken can be written in each form, and reads back the same."""
    reading = read_scenario(folder)
    if len(reading.refusals):
        assert all(refusal.message and refusal.row > 0 for refusal in reading.refusals)
        write_refusals(folder / "refusals.csv", reading.refusals)
        return
    for form in ("parquet", "csv"):
        one, other = folder / f"{form}-1", folder / f"{form}-2"
        try:
            write_scenario(one, reading.scenario, form)
            write_scenario(other, read_scenario(one).scenario, form)
        except InputError as error:
            raise AssertionError(f"taken in, but not to be written: {error}") from error
        for path in one.iterdir():
            assert path.read_bytes() == (other / path.name).read_bytes(), path.name
        shutil.rmtree(one)
        shutil.rmtree(other)
