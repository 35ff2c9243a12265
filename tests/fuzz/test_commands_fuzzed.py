"""Hostile arguments, variables and files of whole commands: an exit code and words, no traceback.

`SKONTRO_FUZZ=100` tries every value in every place; by default a few are drawn for each.
"""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.fuzz.attempts import CHANGES, SEED, run_command
from tests.fuzz.hostile import BYTES, TEXTS
from tests.fuzz.mutations import hostile_bytes
from tests.ledger.test_receipts import RECEIPT, TEXT

pytestmark = pytest.mark.long

DAY = Path(__file__).parents[2] / "examples" / "three-banks"
SMALL = ("--countries", "KAZ,KGZ", "--payments-per-day", "30", "--largest-bank-count", "2")
#: What an argument of a process can be: no NUL; bytes that are no UTF-8 come as these characters.
ARGUMENTS = [*(text for text in TEXTS if "\x00" not in text), "caf\udce9"]

COMMANDS: dict[str, Sequence[str | Path]] = {
    "settle": ("settle", "?"),
    "settle output": ("settle", DAY, "--output", "?"),
    "settle payments": ("settle", DAY, "--payments", "?", "--output", "out"),
    "report": ("report", "?"),
    "share": ("share", "?"),
    "compare degree": ("compare", DAY, "--degree", "?", "--design", "none", "--output", "out"),
    "compare design": ("compare", DAY, "--design", "?", "--output", "out"),
    "compare designs": ("compare", DAY, "--designs", "?", "--output", "out"),
    "explore group": ("explore", "--group", "?", "--cycle", "none", "--output", "out"),
    "explore year": ("explore", "--year", "?", "--cycle", "none", "--output", "out"),
    "explore line": ("explore", "--line", "?", "--cycle", "none", "--output", "out"),
    "explore holding": ("explore", "--holding", "?", "--cycle", "none", "--output", "out"),
    "netting matrix": ("netting", "--matrix", "?"),
    "netting group": ("netting", "--group", "?"),
    "netting year": ("netting", "--year", "?"),
    "netting currency": ("netting", "--matrix", DAY / "rates.csv", "--currency", "?"),
    "init": ("init", "?", "--output", "out"),
    "init name": ("init", DAY, "--output", "out", "--name", "?"),
    "init zone": ("init", DAY, "--output", "out", "--time-zone", "?"),
    "init hour": ("init", DAY, "--output", "out", "--opens", "?"),
    "serve": ("serve", "?"),
    "serve database": ("serve", "out", "--database", "?"),
    "send": ("send", "?", DAY),
    "status token": ("status", "--url", "http://127.0.0.1:1", "--token-file", "?"),
    "status key": ("status", "--url", "http://127.0.0.1:1", "--key", "?", "--key-id", "?"),
    "propose kind": ("propose", "?"),
    "propose field": ("propose", "set_credit_line", "?"),
    "propose rulebook": ("propose", "set_rulebook", "rulebook=?"),
    "propose file": ("propose", "add_key", "public_key=@?"),
    "approve": ("approve", "?"),
    "verify": ("verify", "?"),
    "verify key": ("verify", "out", "--public-key", "?"),
    "verify database": ("verify", "out", "--database", "?"),
    "replay date": ("replay", "out", "--date", "?", "--as-scenario", "out"),
    "receipt": ("receipt", "?", "--public-key", TEXT),
    "receipt key": ("receipt", "receipt.json", "--public-key", "?"),
    "receipt head": ("receipt", "receipt.json", "--public-key", TEXT, "--head", "?"),
    **{
        f"generate {option}": ("generate", *SMALL, f"--{option}", "?", "--output", "out")
        for option in (
            "group",
            "first-date",
            "business-days",
            "trade-year",
            "seed",
            "fit",
            "smallest-bank-count",
            "periphery-link-share",
            "liquidity-share",
            "credit-share",
            "timed-share",
            "opens",
            "closes",
            "time-zone",
            "shares-file",
        )
    },
}


def _drawn(place: str) -> list[str]:
    draw = random.Random(f"{SEED} {place}")
    return ARGUMENTS if CHANGES >= 100 else draw.sample(ARGUMENTS, CHANGES * 3)


@pytest.mark.parametrize("place", COMMANDS)
def test_an_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKONTRO_TOKEN", "x")
    (tmp_path / "receipt.json").write_text(json.dumps(RECEIPT))
    for text in _drawn(place):
        run_command(*(str(part).replace("?", text) for part in COMMANDS[place]))
        shutil.rmtree(tmp_path / "out", ignore_errors=True)


VARIABLES: dict[str, Sequence[str | Path]] = {
    "SKONTRO_TOKEN": ("status", "--url", "http://127.0.0.1:1"),
    "SKONTRO_URL": ("status",),
    "SKONTRO_DATABASE": ("verify", "out"),
}


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKONTRO_TOKEN", "x")
    for text in _drawn(name):
        monkeypatch.setenv(name, text)
        run_command(*VARIABLES[name])


FILES: dict[str, Callable[[Path], Sequence[str | Path]]] = {
    "receipt": lambda path: ("receipt", path, "--public-key", TEXT),
    "links": lambda path: ("receipt", "receipt.json", "--public-key", TEXT, "--links", path),
    "matrix": lambda path: ("netting", "--matrix", path),
    "shares": lambda path: ("generate", *SMALL, "--shares-file", path, "--output", "out"),
    "token": lambda path: ("status", "--url", "http://127.0.0.1:1", "--token-file", path),
    "key": lambda path: (
        *("status", "--url", "http://127.0.0.1:1", "--key", path, "--key-id", "A-1"),
    ),
    "public key": lambda path: ("propose", "add_key", f"public_key=@{path}"),
    "rulebook": lambda path: ("propose", "set_rulebook", f"rulebook=@{path}"),
    "designs": lambda path: ("compare", DAY, "--designs", path, "--output", "out"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKONTRO_TOKEN", "x")
    (tmp_path / "receipt.json").write_text(json.dumps(RECEIPT))
    draw = random.Random(f"{SEED} {kind}")
    good = json.dumps(RECEIPT).encode()
    contents = [*BYTES, b"[" * 100_000, *(hostile_bytes(good, draw) for _ in range(CHANGES * 4))]
    for content in contents:
        path = tmp_path / ("file.csv" if kind == "matrix" else "file.yaml")
        path.write_bytes(content)
        path.chmod(0o600)
        run_command(*FILES[kind](path))
