"""Words for types, states, acts, parties and outcomes of cases, as keys of the catalogues."""

from typing import Final

from skontro.system.cases.case_table import CaseAct, CaseState, Outcome
from skontro.system.cases.case_types import CaseType, Party


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


TYPES: Final = {
    CaseType.RECALL: _("Recall"),
    CaseType.CANCELLATION: _("Cancellation"),
    CaseType.RETURN: _("Return"),
    CaseType.NON_RECEIPT: _("Non-receipt"),
    CaseType.VALUE_DATE: _("Value date"),
    CaseType.UNABLE_TO_APPLY: _("Unable to apply"),
    CaseType.DUPLICATE: _("Duplicate"),
    CaseType.AMOUNT: _("Wrong amount"),
    CaseType.CHARGES: _("Charges"),
    CaseType.INVESTIGATION: _("Investigation"),
    CaseType.STATUS: _("Request for the status"),
    CaseType.LATE_LEG: _("Late leg"),
    CaseType.LINK_IN_DOUBT: _("Link in doubt"),
    CaseType.OUTAGE: _("Outage of the operator"),
}
STATES: Final = {
    CaseState.ANSWER_DUE: _("Answer due"),
    CaseState.INFORMATION_DUE: _("Information due"),
    CaseState.ANSWERED: _("Answered"),
    CaseState.OFFERED: _("Offered"),
    CaseState.BEFORE_OPERATOR: _("Before the operator"),
    CaseState.AWARDED: _("Awarded"),
    CaseState.DISMISSED: _("Dismissed"),
    CaseState.IN_MEDIATION: _("In mediation"),
    CaseState.PROPOSED: _("Proposed by the mediator"),
    CaseState.HALF_ACCEPTED: _("Accepted by the claimant"),
    CaseState.IN_ARBITRATION: _("In arbitration"),
    CaseState.PAYMENT_DUE: _("Payment due"),
    CaseState.CLOSED: _("Closed"),
}
ACTS: Final = {
    CaseAct.OPEN: _("Open a case"),
    CaseAct.ANSWER: _("Answer"),
    CaseAct.REFUSE: _("Refuse"),
    CaseAct.ASK: _("Ask for information"),
    CaseAct.INFORM: _("Give information"),
    CaseAct.OFFER: _("Offer"),
    CaseAct.ACCEPT: _("Accept"),
    CaseAct.DECLINE: _("Decline"),
    CaseAct.ESCALATE: _("Escalate"),
    CaseAct.WITHDRAW: _("Withdraw"),
    CaseAct.ADD_EVIDENCE: _("Add evidence"),
    CaseAct.AWARD: _("Award"),
    CaseAct.DISMISS: _("Dismiss"),
    CaseAct.PROPOSE: _("Propose as mediator"),
    CaseAct.GIVE_UP: _("Give the payment up"),
    CaseAct.SILENCE: _("The deadline passed"),
    CaseAct.PAID: _("Paid"),
    CaseAct.NOT_PAID: _("Not paid; another order follows"),
}
PARTIES: Final = {
    Party.CLAIMANT: _("Claimant"),
    Party.RESPONDENT: _("Respondent"),
    Party.OPERATOR: _("Operator"),
    Party.MEDIATOR: _("Mediator"),
    Party.ARBITER: _("Arbiter"),
    Party.SYSTEM: _("System"),
}
OUTCOMES: Final = {
    Outcome.NONE: "–",  # noqa: RUF001  the sign that tables use
    Outcome.WITHDRAWN: _("Withdrawn"),
    Outcome.NOT_PURSUED: _("Not pursued"),
    Outcome.ANSWERED: _("Answered"),
    Outcome.LAPSED: _("Offer lapsed"),
    Outcome.DISMISSED: _("Dismissed"),
    Outcome.PAID: _("Paid"),
    Outcome.UNPAID: _("Unpaid"),
}
