"""``skontro init`` and ``send`` against a service: every payment comes as it stands in the file."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from skontro.cli import send
from skontro.cli.send import submitted
from skontro.cli.terminal import ExitCode
from skontro.files import read_scenario
from skontro.model import InputError
from skontro.service.client import trial_clients
from skontro.service.initialise import operator_tokens
from tests.cli.command import EXAMPLE
from tests.cli.in_process import run_main
from tests.service.in_threads import served


@pytest.mark.long
def test_a_day_is_sent_window_by_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "system"
    init = ("init", EXAMPLE, "--output", folder, "--closes", "23:59:59", "--without-screening")
    assert run_main(*init).returncode == ExitCode.DONE
    monkeypatch.setattr(send, "_WINDOW", 4)
    payments = read_scenario(EXAMPLE).scenario.payments
    with served(folder) as service:
        sent = run_main("send", folder, EXAMPLE, "--url", service.url)
        assert sent.returncode == ExitCode.DONE, sent.stderr
        clients = trial_clients(folder, service.url)
        found = []
        for row in payments.iter_rows(named=True):
            order = clients(row["payer"]).get(f"/v1/orders/{row['uetr']}").json()
            assert (order["payer"], order["payee"]) == (row["payer"], row["payee"])
            assert order["currency"] == row["currency"]
            assert order["payment_class"] == row["payment_class"]
            assert int(order["amount"].replace(".", "")) == row["amount_minor"]
            found.append(order["status"])
        counts = {
            line.split()[1]: int(line.split()[0]) for line in sent.stdout.splitlines() if line
        }
        assert sum(counts.values()) == payments.height
        assert set(counts) <= {"settled", "queued", "rejected", "held", "warehoused"}
        assert counts.get("rejected", 0) == Counter(found)["rejected"]
        (tmp_path / "token").write_text(operator_tokens(folder)[0])
        status = run_main(
            "status", "--url", service.url, "--token-file", str(tmp_path / "token")
        ).stdout.splitlines()
        queued = Counter(found)["queued"]
        assert status[0].startswith("Ready")
        assert f"Orders: {queued} queued, 0 held, 0 warehoused, 0 held for screening" in status
        assert "Suspended: nobody" in status
        assert "Proposals: none" in status
        # The same once more is what was taken before, and settles nothing a second time.
        again = run_main("send", folder, EXAMPLE, "--url", service.url)
        assert (again.returncode, "settled" in again.stdout) == (ExitCode.DONE, True)
        held = [clients(row["payer"]).get(f"/v1/orders/{row['uetr']}").json()["status"]
                for row in payments.iter_rows(named=True)]  # fmt: skip
        assert held == found
    gone = run_main("send", folder, EXAMPLE, "--url", service.url)
    assert gone.returncode == ExitCode.INPUT_UNUSABLE
    assert "is it running?" in gone.stderr


def test_what_the_service_refuses_is_said_in_its_words() -> None:
    client = SimpleNamespace(
        submit_batch=lambda _orders: SimpleNamespace(status_code=403, text="not yours")
    )
    with pytest.raises(InputError, match="the service refused 2 orders: not yours"):
        submitted(client, [{}, {}])  # type: ignore[arg-type]
