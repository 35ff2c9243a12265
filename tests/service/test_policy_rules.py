"""Policy rules of a live system: agreed by two people, enforced on orders, and shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

import skontro.cli.caps as command
from skontro.cli.connection import Service
from skontro.system.policy.document import policy_rules_to_document
from skontro.system.policy.rules import Period, PolicyAction
from tests.cli.in_process import run_main
from tests.service.systems import BANKS, DAY, NOON, LiveSystem, live_system, order, write_folder
from tests.system.policy.ruled import CAP, rule_set

pytestmark = pytest.mark.long

#: No payment of more than 10.00 tenge.
LARGE = attrs.evolve(
    CAP, name="large", action=PolicyAction.REJECT, amount=1_000, period=Period.PAYMENT
)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LiveSystem]:
    """At noon of the first day on which `CAP` and `LARGE` apply."""
    write_folder(tmp_path)
    rules = rule_set(CAP, LARGE)
    action = {
        "kind": "set_policy_rules",
        "policy_rules": policy_rules_to_document(rules),
        "effective_on": rules.effective_on.isoformat(),
    }
    with live_system(tmp_path) as system:
        assert system.agree(action).is_success
        assert system.bank(0).submit(order(amount="10.01")).json()["status"] == "settled"
        coming = system.bank(0).get("/v1/policy").json()
        assert (coming["rules"], coming["caps"]) == (None, [])
        assert [one["version"] for one in coming["coming"]] == [1]
        system.move_to(NOON + DAY)
        yield system


def remaining(system: LiveSystem, bank: int = 0) -> dict[str, str]:
    found = system.bank(bank).get("/v1/policy").json()
    assert (found["rules"]["version"], found["coming"]) == (1, [])
    return {cap["rule"]: cap["remaining"] for cap in found["caps"]}


def status(answer: Any) -> tuple[str, str | None]:
    told = answer.json()
    return told["status"], told["reason"]


def test_a_cap_that_holds_and_one_that_rejects(running: LiveSystem) -> None:
    bank = running.bank(0)
    assert status(bank.submit(order(amount="2.00"))) == ("settled", None)
    assert remaining(running)["cap"] == "1.00"
    above = order(amount="1.01")
    assert status(bank.submit(above)) == ("held", "CAP_EXCEEDED")
    assert status(bank.submit(order(amount="10.01"))) == ("rejected", "CAP_EXCEEDED")
    assert remaining(running)["cap"] == "1.00"
    assert status(bank.submit(order(amount="1.00"))) == ("settled", None)
    assert remaining(running)["cap"] == "0.00"
    assert status(bank.submit(order(amount="0.01"))) == ("held", "CAP_EXCEEDED")
    # Other participants have caps of their own.
    assert remaining(running, 1)["cap"] == "3.00"
    assert status(running.bank(1).submit(order(1, 0, "10.00"))) == ("held", "CAP_EXCEEDED")
    # Two people release the first held order, which counts then.
    assert running.agree({"kind": "release_held_order", "uetr": above["uetr"]}).is_success
    shown = bank.get(f"/v1/orders/{above['uetr']}").json()
    assert shown["status"] == "settled"
    assert (
        running.operator().get("/v1/policy", participant=BANKS[0]).json()["caps"][0]["paid"]
        == "4.01"
    )
    running.verified()


def test_the_command_shows_what_remains(
    running: LiveSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def connected(*_: object) -> Iterator[Service]:
        yield Service(running.bank(0), "the service")

    monkeypatch.setattr(command, "connected", connected)
    running.bank(0).submit(order(amount="2.00"))
    outcome = run_main("caps")
    assert outcome.returncode == 0, outcome.stderr
    rows = [line.split() for line in outcome.stdout.splitlines()]
    assert ["cap", BANKS[0], "quarter", "hold", "2.00", "3.00", "1.00", "KZT"] in rows
