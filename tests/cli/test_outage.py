"""``skontro outage``: offers from a record, shown, written and refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from skontro.cli import outage
from skontro.ledger import OrderIndex
from skontro.system import SettlementSystem
from tests.cli.in_process import Outcome, run_main
from tests.ledger.interrupted_record import InterruptedRecord, at
from tests.service.systems import (
    OFFICE_HOURS,
    Clock,
    live_system,
    new_database,
    order,
    write_folder,
)
from tests.service.test_business_day import at as at_hour

RATES = "series,currency,date,percent\novernight credit of the central bank,KZT,2026-11-24,9\n"


@attrs.frozen
class _Read:
    order_index: OrderIndex
    system: SettlementSystem


@pytest.fixture
def rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rates, beside a record of a day in which an outage made one payment late."""
    record = InterruptedRecord()
    record.run_to(at(0, 14))
    record.order(amount=36_000_000)
    record.outage(at(1, 8))
    asked: list[tuple[object, ...]] = []

    @contextmanager
    def read(*arguments: object, quiet: bool) -> Iterator[tuple[None, _Read]]:
        asked.append((*arguments, quiet))
        yield None, _Read(record.index, record.system)

    monkeypatch.setattr(outage, "recovered_record", read)
    monkeypatch.setattr(outage, "asked", asked, raising=False)
    path = tmp_path / "rates.csv"
    path.write_text(RATES)
    return path


def run(rates: Path, *more: str) -> Outcome:
    return run_main("outage", "somewhere", "--rates", rates, *more)


def test_the_offers_of_the_last_outage(rates: Path, tmp_path: Path) -> None:
    output = tmp_path / "offers.csv"
    done = run(rates, "--json", "--output", str(output))
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert (document["batch"], document["began"], document["ended"]) == (
        5,
        "2026-11-24T14:00:00.000001+00:00",
        "2026-11-25T08:00:00+00:00",
    )
    assert (document["late_payments"], document["not_settled_yet"]) == (1, 1)
    assert document["scheme"] == "Cash penalty for lack of cash, as in the CSDR"
    (offer,) = document["offers"]
    assert (offer["payee"], offer["interest"]) == ("BBBBKGK0", "90.00")
    assert output.read_text().splitlines()[1].endswith(",1,90.00,90.00")
    assert run(rates, "--output", str(output), "--overwrite").returncode == 0
    asked = outage.asked  # type: ignore[attr-defined]
    assert asked == [("somewhere", None, None, 20, True), ("somewhere", None, None, 20, False)]


def test_offers_on_the_terminal(rates: Path) -> None:
    shown = run(rates, "--batch", "5", "--currency", "KZT").stdout
    assert "Outage of 1,079 minutes: 2026-11-24 14:00:00 UTC to 2026-11-25 08:00:00 UTC" in shown
    assert "(batch 5)" in shown
    assert "1 late payments, 1 not settled yet" in shown
    assert "90.00" in shown
    free = run(rates, "--holiday", "2026-11-24", "--json")
    assert json.loads(free.stdout)["offers"][0]["interest"] == "0.00"


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        (["--currency", "EUR"], 3, "currency: no account is in EUR"),
        (["--batch", "1"], 3, "no outage ended with batch 1"),
        (["--kind", "theft"], 3, "kind: 'theft' is not one of"),
        (["--days", "0"], 2, "--days"),
        (["--output", "{rates}"], 3, "rates.csv"),
        (["--scheme", "mine"], 3, "scheme: 'mine' is not one of"),
    ],
)
def test_refusals(rates: Path, more: list[str], code: int, text: str) -> None:
    done = run(rates, *(one.format(rates=rates) for one in more))
    assert done.returncode == code
    assert text in done.stderr


@pytest.mark.long
def test_the_offers_of_a_service_that_was_started_again(tmp_path: Path) -> None:
    url = new_database()
    write_folder(tmp_path, OFFICE_HOURS)
    rates = tmp_path / "rates.csv"
    rates.write_text(RATES)
    with live_system(tmp_path, url, Clock(at_hour(14))) as system:
        assert system.bank(0).submit(order(amount="360000.00")).json()["status"] == "queued"
    with live_system(tmp_path, url, Clock(at_hour(32))):
        pass
    done = run_main("outage", tmp_path, "--database", url, "--rates", rates, "--json")
    document = json.loads(done.stdout)
    assert (document["began"][:16], document["ended"][:16]) == (
        "2026-11-24T14:00",
        "2026-11-25T08:00",
    )
    assert [one["interest"] for one in document["offers"]] == ["90.00"]
    untrusted = run_main("outage", url, "--rates", rates)
    assert "the key that the record itself names" in untrusted.stderr
