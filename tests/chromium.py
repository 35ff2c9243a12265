"""The real browser of the tests of pages."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, sync_playwright

_QUIET: Final = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, and close it at the end; without one the test is skipped.

    With `SKONTRO_REQUIRE_BROWSER=1` the test fails instead.
    """
    installed = Path("/usr/bin/chromium")
    path = str(installed) if installed.exists() else shutil.which("chromium")
    if path is None:
        if os.environ.get("SKONTRO_REQUIRE_BROWSER") == "1":
            pytest.fail("SKONTRO_REQUIRE_BROWSER=1, but no chromium is installed")
        pytest.skip("no chromium is installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield running
        running.close()
