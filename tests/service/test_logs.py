"""What is logged from which level on, in which form, and how the level changes."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from skontro.model import InputError
from skontro.service import logs
from skontro.service.logs import LEVEL_FILE, LEVELS, configure_logs, read_level


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before, level = structlog.get_config(), logs._level[0]
    root = logging.getLogger()
    handlers, at = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    logs._level[0] = level
    root.handlers[:], root.level = handlers, at
    logging.captureWarnings(capture=False)


def said(monkeypatch: pytest.MonkeyPatch, *, as_json: bool, verbose: bool) -> list[str]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(as_json=as_json, verbose=verbose)
    log = structlog.get_logger("test")
    for name in LEVELS:
        log.log(LEVELS[name], f"as {name}", amount=7)
    logging.getLogger("library").warning("of a library")
    logging.getLogger("library").debug("too fine")
    try:
        raise ValueError("seen")
    except ValueError:
        log.exception("failed")
    return stream.getvalue().splitlines()


def test_json_lines_have_level_time_and_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [json.loads(line) for line in said(monkeypatch, as_json=True, verbose=False)]
    events = [line["event"] for line in lines]
    assert events == ["as info", "as warning", "as error", "of a library", "failed"]
    assert [line["level"] for line in lines] == ["info", "warning", "error", "warning", "error"]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["amount"] == 7
    assert lines[3]["logger"] == "library"
    assert "ValueError: seen" in lines[4]["exception"]
    assert [*lines[0]] == sorted(lines[0])


def test_verbose_shows_the_finest_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = said(monkeypatch, as_json=False, verbose=True)
    assert "as debug" in lines[0]
    assert any("of a library" in line for line in lines)
    assert "ValueError: seen" in "\n".join(lines)


def test_the_level_is_read_from_its_file(tmp_path: Path) -> None:
    logs._level[0] = logging.INFO
    assert read_level(tmp_path) is None
    assert logs._level[0] == logging.INFO
    for name, level in LEVELS.items():
        (tmp_path / LEVEL_FILE).write_text(f" {name.upper()}\n")
        assert read_level(tmp_path) == name
        assert logs._level[0] == level
    (tmp_path / LEVEL_FILE).write_text("loud")
    with pytest.raises(InputError, match="'loud' is not one of debug, info, warning, error"):
        read_level(tmp_path)
    assert logs._level[0] == LEVELS["error"]
