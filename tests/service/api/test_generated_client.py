"""A client that another program wrote from the OpenAPI document, against a real service."""

import hashlib
import importlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from skontro.ledger.keys import read_private_key
from skontro.service.client import Signature
from tests.service.processes import ServiceProcess, serving
from tests.service.systems import BANKS, TOKENS

pytestmark = pytest.mark.long

#: A name that nothing else has: the package is imported into the tests' own process.
PACKAGE = "skontro_generated_client"

#: Messages, and orders as tables.
PASSED_ON = (
    "application/xml",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with serving(tmp_path_factory.mktemp("system")) as running:
        yield running


@pytest.fixture(scope="module")
def package(service: ServiceProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The client, generated from what the service says of itself; gone after the tests."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "openapi.json"
    document.write_bytes(httpx.get(f"{service.url}/openapi.json", timeout=30).content)
    # The generator writes clients of JSON; all else it passes on as it is.
    (folder / "options.yaml").write_text(
        "post_hooks: []\ncontent_type_overrides:\n"
        + "".join(f"  {kind}: application/octet-stream\n" for kind in PASSED_ON)
    )
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(document), "--config", str(folder / "options.yaml")]
    command += ["--output-path", str(folder / PACKAGE), "--fail-on-warning"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield PACKAGE
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]


@pytest.fixture
def models(package: str) -> ModuleType:
    return importlib.import_module(f"{package}.models")


@pytest.fixture
def call(package: str) -> Any:
    """Calls an operation, and gives the answer as the generated client reads it."""

    def answered(client: Any, tag: str, operation: str, **arguments: Any) -> Any:
        found = importlib.import_module(f"{package}.api.{tag}.{operation}")
        if "idempotency_key" in found.sync_detailed.__annotations__:
            arguments.setdefault("idempotency_key", str(uuid.uuid4()))
        return found.sync_detailed(client=client, **arguments).parsed

    return answered


def participant(service: ServiceProcess, package: str, number: int, person: int = 1) -> Any:
    """A generated client whose requests are signed; signing is the caller's, as for any client."""
    key_id = f"{BANKS[number]}-{person}"
    key = read_private_key(service.folder / "keys" / f"{key_id}.pem")
    signed = {"auth": Signature(key_id, key)}
    made = importlib.import_module(package)
    return made.Client(
        base_url=service.url, httpx_args=signed, timeout=30, raise_on_unexpected_status=True
    )


def operator(service: ServiceProcess, package: str, number: int) -> Any:
    made = importlib.import_module(package)
    return made.AuthenticatedClient(
        base_url=service.url, token=TOKENS[number], timeout=30, raise_on_unexpected_status=True
    )


def test_a_generated_client_submits_a_signed_order_reads_and_lists_it(
    service: ServiceProcess, package: str, models: ModuleType, call: Any
) -> None:
    bank = participant(service, package, 0)
    sent = models.OrderIn(
        uetr=str(uuid.uuid4()), payer=BANKS[0], payee=BANKS[1], currency="KZT", amount="12.50"
    )
    first = call(bank, "orders", "submit_order", body=sent)
    assert isinstance(first, models.EntryOut)
    assert (first.uetr, first.status) == (sent.uetr, "settled")

    shown = call(bank, "orders", "get_order", uetr=sent.uetr)
    assert isinstance(shown, models.OrderOut)
    assert (shown.amount, shown.payee, shown.waiting_for) == ("12.50", BANKS[1], None)
    assert shown.submitted_at.tzinfo is not None

    page = call(bank, "orders", "list_orders", limit=1_000)
    assert sent.uetr in [one.uetr for one in page.orders]
    # To its own type an order leads back to what was read.
    assert models.OrderOut.from_dict(shown.to_dict()).to_dict() == shown.to_dict()

    statement = call(bank, "accounts", "get_statement", bic=BANKS[0], currency="KZT")
    assert [one.debit for one in statement.entries if one.uetr == sent.uetr] == ["12.50"]
    receipt = call(bank, "orders", "get_receipt", uetr=sent.uetr)
    assert receipt.batch == shown.batch
    links = call(bank, "record", "list_record_links", first=receipt.batch, limit=1)
    assert [one.hash_ for one in links.links] == [receipt.hash_]


def test_a_generated_client_proposes_and_approves_what_it_was_shown(
    service: ServiceProcess, package: str, models: ModuleType, call: Any
) -> None:
    anna, boris = (operator(service, package, number) for number in (0, 1))
    action = models.ActionIn(
        kind=models.ActionKind.SET_CREDIT_LINE,
        participant=BANKS[1],
        currency="RUB",
        amount="2500.00",
    )
    proposed = call(anna, "four_eyes", "propose", body=action)
    assert isinstance(proposed, models.RequestOut), proposed
    shown = call(boris, "four_eyes", "get_proposal", number=proposed.proposal)
    text = json.dumps(
        shown.shown.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(text.encode()).hexdigest() == shown.hash_
    assert shown.shown["to"] == "2500.00 RUB"

    listed = call(boris, "four_eyes", "list_proposals")
    assert proposed.proposal in [one.number for one in listed.proposals]
    decision = models.ApprovalIn(hash_=shown.hash_)
    approved = call(boris, "four_eyes", "approve_proposal", number=proposed.proposal, body=decision)
    assert isinstance(approved, models.RequestOut), approved
    account = call(boris, "accounts", "get_account", bic=BANKS[1], currency="RUB")
    assert account.credit_line == "2500.00"


def test_a_generated_client_reads_problems(
    service: ServiceProcess, package: str, models: ModuleType, call: Any
) -> None:
    bank = participant(service, package, 0)
    sent = models.OrderIn(
        uetr=str(uuid.uuid4()), payer=BANKS[0], payee="ZZZZKZK0", currency="KZT", amount="1.00"
    )
    problem = call(bank, "orders", "submit_order", body=sent)
    assert isinstance(problem, models.ProblemOut)
    assert (problem.status, problem.errors[0].reason) == (422, "UNKNOWN_PARTICIPANT")
    problem = call(bank, "orders", "get_order", uetr=str(uuid.uuid4()))
    assert (problem.status, problem.title) == (404, "Not found")
    problem = call(bank, "accounts", "get_account", bic=BANKS[1], currency="KZT")
    assert problem.status == 403


def test_the_generated_client_has_every_operation(package: str, service: ServiceProcess) -> None:
    document = httpx.get(f"{service.url}/openapi.json", timeout=30).json()
    for item in document["paths"].values():
        for operation in item.values():
            tag = operation["tags"][0].replace(" ", "_")
            module = f"{package}.api.{tag}.{operation['operationId']}"
            assert callable(importlib.import_module(module).sync_detailed)
    assert not (Path(__file__).parent / package).exists()
