"""A live system for measuring: folder, keys, orders as rows and as signed HTTP requests."""

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from skontro.engine import Commands, commands_of
from skontro.files.access import ACCESS_FILE, write_access
from skontro.files.system_rules import write_system
from skontro.ledger.keys import make_private_key
from skontro.model import (
    Participant,
    ParticipantDirectory,
    Rulebook,
    SettlementAccount,
    find_country,
    find_currency,
)
from skontro.service.auth.credentials import make_credentials
from skontro.service.client import Signature
from skontro.service.initialise import ALWAYS_OPEN
from skontro.system import NO_SCREENING, Rules, ScreeningPolicy

#: As many accounts as a large system has participants.
BANKS: Final = 1_000
#: So much that every order settles at once, as in the peer's transactions.
AMPLE: Final = 10**15 - 1
#: Who sends over HTTP.
SENDERS: Final = 16
TOKENS: Final = ("first-token-of-the-benchmark", "second-token-of-the-benchmark")

_LETTERS: Final = "ABCDEFGHIJ"


def bic(number: int) -> str:
    """A BIC for each number below 10,000."""
    return "".join(_LETTERS[int(digit)] for digit in f"{number:04}") + "KZK0"


def write_folder(
    folder: Path,
    screening: ScreeningPolicy = NO_SCREENING,
    currency: str = "KZT",
    empty: Sequence[str] = (),
    accounts: int = BANKS,
    balance: int = AMPLE,
    more: Sequence[str] = (),
) -> tuple[Rules, dict[str, Ed25519PrivateKey]]:
    """A system with one currency, open all day; the keys of those who send.

    Args:
        folder: of the system.
        screening: its rules on screening.
        currency: its code.
        empty: BICs of further participants, without money.
        accounts, balance: how many have money, and minor units of each.
        more: codes of further currencies, in which they have as much.
    """
    country, unit = find_country("KAZ"), find_currency(currency)
    bics = [bic(number) for number in range(accounts)]
    directory = ParticipantDirectory(
        [Participant(one, f"Bank {one[:4]}", country) for one in (*bics, *empty)],
        [SettlementAccount(one, unit, balance) for one in bics]
        + [SettlementAccount(one, unit, 0) for one in empty]
        + [SettlementAccount(one, find_currency(code), balance) for code in more for one in bics],
    )
    rules = Rules("Benchmark", directory, Rulebook(), ALWAYS_OPEN, screening=screening)
    write_system(folder, rules)
    keys = {one: make_private_key(folder / f"{one}.pem") for one in bics[:SENDERS]}
    operators = [(f"Person {i}", "operator", token) for i, token in enumerate(TOKENS)]
    people = {one: [(one, f"Person of {one}", key.public_key())] for one, key in keys.items()}
    write_access(folder / ACCESS_FILE, make_credentials(operators, people))
    return rules, keys


def draw_orders(number: int, seed: int) -> Commands:
    """Orders between random accounts, each with a UETR of its own."""
    random = np.random.default_rng(seed)
    payer = random.integers(0, BANKS, number)
    return commands_of(
        number,
        payer=payer,
        payee=(payer + random.integers(1, BANKS, number)) % BANKS,
        amount=random.integers(1, 10**6, number),
        payment_class=2,
        uetr=np.frombuffer(random.bytes(16 * number), "V16"),
    )


def order(payer: str, payee: str) -> dict[str, str]:
    """An order as JSON has it, with a UETR of its own."""
    uetr = str(uuid.uuid4())
    return {"uetr": uetr, "payer": payer, "payee": payee, "currency": "KZT", "amount": "1.00"}


def signed_request(url: str, orders: Sequence[Mapping[str, str]], signature: Signature) -> bytes:
    """One order, or a batch of several, as the bytes of an HTTP request, signed."""
    path = "/v1/orders" if len(orders) == 1 else "/v1/orders/batch"
    content = json.dumps(orders[0] if len(orders) == 1 else {"orders": orders}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    request = httpx.Request("POST", url + path, headers=headers, content=content)
    request = next(signature.auth_flow(request))
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([f"POST {path} HTTP/1.1", *lines, "", ""]).encode() + content
