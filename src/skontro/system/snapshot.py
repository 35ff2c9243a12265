"""The complete state of the settlement system as bytes, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from skontro.engine import Engine
from skontro.system.business_day import BusinessDayClock
from skontro.system.cases.case_book import CaseBook
from skontro.system.counterlegs import Counterlegs
from skontro.system.credentials import Credentials
from skontro.system.four_eyes import FourEyes
from skontro.system.joint.joint_book import JointBook
from skontro.system.links.contracts import LinkContracts
from skontro.system.links.link_book import LinkBook
from skontro.system.links.peer_records import PeerRecords
from skontro.system.membership import Membership
from skontro.system.mirror.payment_book import PaymentBook
from skontro.system.order_columns import OrderColumns
from skontro.system.policy.enforcement import PolicyEnforcement
from skontro.system.screening_holds import ScreeningHolds
from skontro.system.screening_lists import ScreeningLists
from skontro.system.screening_policy import ScreeningPolicy
from skontro.system.warehouse import Warehouse

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem


def snapshot_of(system: SettlementSystem) -> bytes:
    """The complete state of a system, for `restore_from`."""
    parts = [
        system.engine.snapshot(),
        system.warehouse.to_bytes(),
        system.screening_holds.to_bytes(),
        system.order_columns.to_bytes(),
        system.counterlegs.to_bytes(),
    ]
    lists = system.screening_lists
    document = {
        "clock": system.clock.to_document(),
        "four_eyes": system.four_eyes.to_document(),
        "credentials": system.credentials.to_document(),
        "membership": system.membership.to_document(),
        "screening": system.screening.to_document(),
        "screening_lists": None if lists is None else lists.to_document(),
        "link_contracts": system.link_contracts.to_document(),
        "links": system.links.to_document(),
        "peer_records": system.peer_records.to_document(),
        "payments": system.payments.to_document(),
        "cases": system.cases.to_document(),
        "joint": system.joint.to_document(),
        "policy": system.policy.to_document(),
        "suspended": system.suspended,
        "last_time": int(system.last_time),
        "lengths": [len(part) for part in parts],
    }
    return json.dumps(document, sort_keys=True).encode() + b"\n" + b"".join(parts)


def restore_from(system: SettlementSystem, snapshot: bytes) -> None:
    """Put a system in the state of a snapshot of a system with the same rules.

    Args:
        system: all of its state is replaced.
        snapshot: by `snapshot_of`.
    """
    head, _, rest = snapshot.partition(b"\n")
    document: dict[str, Any] = json.loads(head)
    parts = []
    for length in document["lengths"]:
        parts.append(rest[:length])
        rest = rest[length:]
    system.membership = Membership.from_document(
        system.rules.directory, system.rules.rulebook, document["membership"]
    )
    system.engine = Engine(system.directory.accounts, system.membership.rulebook)
    system.engine.restore(parts[0])
    system.warehouse = Warehouse.from_bytes(parts[1])
    system.screening_holds = ScreeningHolds.from_bytes(parts[2])
    system.screening = ScreeningPolicy(**document["screening"])
    lists = document["screening_lists"]
    system.screening_lists = None if lists is None else ScreeningLists.from_document(lists)
    system.links = LinkBook.from_document(document["links"])
    system.peer_records = PeerRecords.from_document(document["peer_records"])
    system.payments = PaymentBook.from_document(document["payments"])
    system.cases = CaseBook.from_document(document["cases"])
    system.joint = JointBook.from_document(document["joint"], system.links)
    system.link_contracts = LinkContracts.from_document(document["link_contracts"])
    system.policy = PolicyEnforcement.from_document(document["policy"])
    system.order_columns = OrderColumns.from_bytes(parts[3])
    system.counterlegs = Counterlegs.from_bytes(parts[4])
    system.clock = BusinessDayClock(
        system.rules.calendar, system.membership.rulebook, system.directory.currency_codes
    )
    system.clock.restore(document["clock"])
    system.four_eyes = FourEyes.from_document(document["four_eyes"])
    system.credentials = Credentials.from_document(document["credentials"])
    system.suspended = list(document["suspended"])
    system.last_time = document["last_time"]
    system.renew_acceptance()
