"""The facts of the system that messages are checked against."""

import datetime
from collections.abc import Callable, Mapping

import attrs
from cryptography.x509 import Certificate

from skontro.model.participant import ParticipantDirectory
from skontro.model.settlement_calendar import SettlementCalendar


def _unknown(*_: str) -> bool:
    return False


@attrs.frozen
class SystemView:
    """The facts that messages are checked against; one that is None is not checked.

    Attributes:
        bic: of the system itself, to which headers must be addressed.
        directory: participants and accounts.
        calendar: business days and hours of currencies.
        business_date: the running business day, and the earliest value date.
        most_days_ahead: the most calendar days from it to a value date.
        knows_uetr: whether an order with this UETR was entered before.
        knows_message: whether a message with this sender (BIC) and message id was read before.
        sender: BIC of the authenticated sender; it must be the instructing agent.
        certificates: of senders by BIC, for signatures; a signed message of another is refused.
        sandbox: whether customers' own initiations (pain.001) are taken.
    """

    bic: str | None = None
    directory: ParticipantDirectory | None = None
    calendar: SettlementCalendar | None = None
    business_date: datetime.date | None = None
    most_days_ahead: int = 30
    knows_uetr: Callable[[str], bool] = _unknown
    knows_message: Callable[[str, str], bool] = _unknown
    sender: str | None = None
    certificates: Mapping[str, Certificate] | None = None
    sandbox: bool = False


#: Knows nothing: messages are checked by themselves.
NO_VIEW = SystemView()
