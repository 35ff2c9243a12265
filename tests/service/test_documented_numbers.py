"""Numbers that users plan with are those that the reference names; others stay as measured."""

import datetime
import inspect
from pathlib import Path
from typing import Any

import pytest

from skontro.ledger.order_index import DEFAULT_DAYS
from skontro.service import clock, endpoint, process, record_claim, settings
from skontro.service.api import (
    accounts,
    gate,
    http_protocol,
    order_batches,
    order_schemas,
    order_submission,
    orders,
    parameters,
    problems,
    read_limits,
    record_queries,
    service_context,
    waiting_reasons,
)
from skontro.service.auth import security_log, signature_checks, signatures
from skontro.service.sequencer import intake_queue, lease_keeper, sequencer

REFERENCE = " ".join(
    (Path(__file__).parents[2] / "docs" / "reference" / "live-service.md").read_text().split()
)
LIMITS = http_protocol.ConnectionLimits()


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("a participant may have a quarter", intake_queue._SHARE_OF_PARTICIPANT),
        ("a tenth is kept for the operator", intake_queue._KEPT_FOR_OPERATOR),
        ("up to {} s at once and 500 microseconds a second", clock.TOLERANCE / 1e6),
        ("{} microseconds a second for long", clock.DRIFT),
        ("`until` within {} minutes of its time", clock.CONFIRMED_WITHIN / 60e6),
        ("and ahead by `--clock-ahead-days` ({})", settings.CLOCK_AHEAD_DAYS),
        ("A body has at most {} MiB", service_context.MAX_BYTES / 2**20),
        ("under way at one time at most {} MiB", gate.MAX_HELD_OF_SIDE / 2**20),
        ("not recognised more than {} times a second", gate._STRANGERS_A_SECOND),
        ("Headers have at most {} KiB in 100 lines", LIMITS.header_bytes / 2**10),
        ("KiB in {} lines (431)", LIMITS.header_lines),
        ("and come within {} seconds, a body within 60 (408)", LIMITS.header_seconds),
        ("a body within {} (408)", LIMITS.body_seconds),
        ("At most {:,} connections are open", LIMITS.connections),
        ("From one address there are at most {:,}", LIMITS.per_address),
        ("{} at once, then five a second", security_log.BURST),
        ("finds nothing for five seconds", signature_checks.DEADLINE),
        ("A batch** of up to {:,} orders", order_schemas.MAX_ORDERS),
        ("Orders are remembered for {} business days", DEFAULT_DAYS),
        ("cost units: {} for each page", read_limits.PAGE_UNITS),
        ("{} for a look into the database", read_limits.DATABASE_UNITS),
        ("{:,} for a page of an old day", accounts._OLD_DAY_UNITS),
        ("After {:g} seconds, writes that the database has not confirmed", process._FINISH_SECONDS),
        ("half a request are closed after {} seconds", process._CLIENT_SECONDS),
        ("After {:g} seconds the process ends in any case", process._END_SECONDS),
        ("it is valid for five minutes", signatures.MAX_AGE / datetime.timedelta(minutes=1)),
    ],
)
def test_the_reference_names_the_number(sentence: str, number: float) -> None:
    whole = int(number) if number == int(number) else number
    assert sentence.format(whole) in REFERENCE
    if "{" not in sentence:
        words = {"quarter": 4, "tenth": 10, "five": 5}
        assert whole == next(value for word, value in words.items() if word in sentence)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (problems.MAX_MISTAKES, 100),
        (clock._DAY, 24 * 3600 * 1_000_000),
        (gate.MAX_HELD, 256 * 2**20),
        (gate._MAX_ADDRESSES, 10_000),
        (gate._STRANGERS_AT_ONCE, 500),
        (gate._LONG, 64 * 2**10),
        (record_queries._MAX_PROOFS, 64),
        (record_queries._MAX_PROVED, 500_000),
        (record_queries._MAX_SECONDS, 20),
        (http_protocol._OTHER_FILES, 256),
        (intake_queue.MAX_ORDERS_PER_BATCH, 65_536),
        (intake_queue._GOES_AHEAD, 2_000),
        (lease_keeper._SERVER_SECONDS, 30),
        (LIMITS.write_seconds, 60),
        (parameters.KEY_CHARACTERS, 64),
        (endpoint._BACKLOG, 2_048),
        (read_limits.LOOKS_PER_UNIT, 100),
        (read_limits._BETWEEN_PAUSES, 50),
        (order_batches._BYTES_OF_ORDER, 150),
        (orders._HASHES_PER_UNIT, 10),
        (security_log._MAX_CHARACTERS, 200),
        (settings.COMMANDS_PER_SNAPSHOT, 2_000_000),
        (settings.BATCHES_PER_SNAPSHOT, 5_000),
        (record_claim._REACH_SECONDS, 120),
        (signature_checks._MAX_PER_FRAME, 4),
        (waiting_reasons._TRIES, 3),
    ],
)
def test_a_number_that_was_measured_or_chosen_stays(number: Any, value: int) -> None:
    assert number == value


def test_the_sequencer_has_the_defaults_of_the_settings() -> None:
    given = inspect.signature(sequencer.Sequencer).parameters
    given_by_default = settings.Settings(Path())
    for name in ("max_waiting", "commands_per_snapshot", "batches_per_snapshot"):
        assert given[name].default == getattr(given_by_default, name)


def test_a_key_id_of_a_request_is_read_as_it_is_documented() -> None:
    for length, fits in ((1, True), (64, True), (65, False), (0, False)):
        assert bool(order_submission._KEY.fullmatch("k" * length)) == fits
    for wrong in ("a b", "a\x7f", "a\n", "ä"):
        assert not order_submission._KEY.fullmatch(wrong)
