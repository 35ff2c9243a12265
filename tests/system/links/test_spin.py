"""Spin checks a model of one link that is written from the transition table."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from skontro.system.links.protocol_table import TABLE
from tests.system.links.promela import Promela
from tests.system.links.wrong_variants import VARIANTS, Rows

MISSING = [one for one in ("spin", "gcc") if shutil.which(one) is None]
REQUIRED = os.environ.get("SKONTRO_REQUIRE_SPIN") == "1"

#: The variants whose fault one link shows without a lost statement or a bank's claim.
SAFETY = [
    variant for variant in VARIANTS if variant[1] == "atomicity" and "turns_back" not in variant[4]
]


def spin(folder: Path, model: Promela) -> tuple[int, int, str]:
    """Errors and states that Spin finds, and its report.

    Args:
        folder: for its files.
        model: to be checked exhaustively.
    """
    (folder / "link.pml").write_text(model.text(), encoding="utf-8")
    for command in (
        ["spin", "-a", "link.pml"],
        ["gcc", "-O0", "-w", "-DSAFETY", "-DVECTORSZ=2048", "-o", "pan", "pan.c"],
        ["./pan", "-E", "-m1000000"],
    ):
        made = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
    report = made.stdout
    errors = re.search(r"errors: (\d+)", report)
    states = re.search(r"([\d.e+]+) states, stored", report)
    assert errors is not None, report
    assert states is not None, report
    assert "max search depth too small" not in report
    return int(errors[1]), int(float(states[1])), report


needs_spin = pytest.mark.skipif(
    bool(MISSING) and not REQUIRED,
    reason=f"{' and '.join(MISSING)} not installed (Debian: apt-get install spin gcc)",
)


@pytest.mark.long
@needs_spin
@pytest.mark.parametrize("followers", [1, 2])
def test_spin_finds_no_violation(tmp_path: Path, followers: int) -> None:
    errors, states, report = spin(tmp_path, Promela(TABLE, followers))
    assert errors == 0, report
    assert states > (500, 20_000)[followers - 1]


@pytest.mark.long
@needs_spin
@pytest.mark.parametrize(
    ("followers", "rows", "fields"),
    [variant[2:] for variant in SAFETY],
    ids=[variant[0] for variant in SAFETY],
)
def test_spin_finds_wrong_variants(
    tmp_path: Path, followers: int, rows: Rows, fields: dict[str, Any]
) -> None:
    timers = fields.get("follower_timer", False)
    errors, _, report = spin(tmp_path, Promela(rows, followers, timers=timers))
    assert errors > 0, report
    assert "assertion violated" in report


def test_the_model_has_every_row_of_the_table() -> None:
    text = Promela(TABLE, 1).text()
    # Each pair of braces and each choice ends where it begins.
    assert text.count("if ::") == text.count(" fi;")
    assert text.count("atomic {") == text.count("; }\n") == len(list(Promela(TABLE, 1).steps()))
    assert "to_d_prepared[0] -> " in text
    assert len(Promela(TABLE, 2).text()) > len(text)
