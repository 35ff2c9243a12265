"""A service that is killed while cases are decided: none is lost, and each is paid once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skontro.ledger import connect, verify
from tests.service.processes import ServiceProcess, serving
from tests.service.systems import BANKS, approve, order

pytestmark = pytest.mark.long

KILLS = 2


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    with serving(tmp_path) as running:
        yield running


def decided(service: ServiceProcess, number: int) -> int:
    """A recall that the respondent has accepted with two people."""
    one = order(amount="10.00")
    assert service.bank(0).submit(one).is_success
    given = {"reference": f"R-{number}", "type": "recall", "uetr": one["uetr"]}
    given |= {"terms": {"principal": "10.00"}}
    case = service.bank(0).send("POST", "/v1/cases", given).json()["case"]
    answer = service.bank(1).send("POST", f"/v1/cases/{case}/acts", {"act": "accept"})
    assert approve(service.bank(1, 2), answer.json()["proposal"]).is_success
    return int(case)


def test_cases_survive_kills_and_each_is_paid_once(service: ServiceProcess) -> None:
    before = service.operator().get(f"/v1/accounts/{BANKS[0]}/KZT").json()["balance"]
    cases = []
    for number in range(KILLS):
        cases.append(decided(service, number))
        service.kill()  # in any state of the order that pays
        if number % 2:
            service.kill_postgres()
        service.start()
        service.wait_ready()
    operator, deadline = service.operator(), time.monotonic() + 120
    for case in cases:
        while (found := operator.get(f"/v1/cases/{case}").json())["state"] != "closed":
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        assert found["outcome"] == "paid"
        assert [one["act"] for one in found["history"]] == ["open", "accept", "paid"]
    # All that was paid out has come back, and not more.
    assert operator.get(f"/v1/accounts/{BANKS[0]}/KZT").json()["balance"] == before
    with connect(service.database()) as connection:
        assert verify(connection).batches > 0
