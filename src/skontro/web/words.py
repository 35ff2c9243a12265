"""Words for values of the system, as keys of the catalogues; templates translate them."""

from typing import Final

from skontro.model import OrderStatus, PaymentClass, Phase
from skontro.system import StepKind


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


PHASES: Final = {
    Phase.START_OF_DAY: _("Start of day"),
    Phase.OPEN: _("Open"),
    Phase.CUSTOMER_CUT_OFF_PASSED: _("Customer cut-off passed"),
    Phase.INTERBANK_CUT_OFF_PASSED: _("Interbank cut-off passed"),
    Phase.END_OF_DAY: _("End of day"),
    Phase.SEALED: _("Sealed"),
}
STEPS: Final = {
    StepKind.START: _("Start of day"),
    StepKind.OPEN: _("Opening"),
    StepKind.OFFSET: _("Offsetting run"),
    StepKind.CUSTOMER_CUT_OFF: _("Customer cut-off"),
    StepKind.INTERBANK_CUT_OFF: _("Interbank cut-off"),
    StepKind.END_OF_DAY: _("End of day"),
    StepKind.SEAL: _("Seal"),
}
CLASSES: Final = {
    PaymentClass.URGENT: _("Urgent"),
    PaymentClass.HIGH: _("High"),
    PaymentClass.NORMAL: _("Normal"),
}
STATUSES: Final = {
    OrderStatus.SETTLED: _("Settled"),
    OrderStatus.QUEUED: _("Queued"),
    OrderStatus.HELD: _("Held"),
    OrderStatus.REJECTED: _("Rejected"),
    OrderStatus.RETURNED: _("Returned"),
    OrderStatus.CANCELLED: _("Cancelled"),
    "warehoused": _("Warehoused"),
    "earmarked": _("Earmarked"),
}
ROLES: Final = {
    "operator": _("Operator"),
    "viewer": _("Viewer"),
    "participant": _("Participant"),
}
