"""Words for values of the system, as keys of the catalogues; templates translate them."""

from typing import Final

from skontro.model import Algorithm, OrderStatus, PaymentClass, Phase
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
PARTICIPANT_STATES: Final = {
    "active": _("Active"),
    "suspended": _("Suspended"),
    "left": _("Left"),
}
#: Why an order waits, by the kind of obstacle.
OBSTACLES: Final = {
    "value_date": _("It waits for its value date."),
    "counterleg": _("It waits for its counterleg."),
    "earliest_time": _("It waits for its earliest time."),
    "run": _("It waits for the next offsetting run."),
    "order_ahead": _("Another order of the payer is ahead of it."),
    "cover": _("The payer lacks cover."),
    "reservation": _("The payer has reserved the liquidity for higher classes."),
    "net_sender_limit": _("The net sender limit of the payer is reached."),
    "bilateral_limit": _("The bilateral limit of the payer is reached."),
    "position_limit": _("A position limit is reached."),
    "counterleg_settlement": _("Its counterleg cannot settle yet."),
    "link": _("It waits for another system."),
    "screening": _("It is held by screening."),
    "policy": _("It is held by a policy rule."),
}
ALGORITHMS: Final = {
    Algorithm.BILATERAL_ON_ENTRY: _("Two orders against each other, at the entry of one"),
    Algorithm.ALL_OR_NOTHING: _("All or nothing"),
    Algorithm.GREATEST_FIFO_SET: _("Greatest set in the order of queues"),
    Algorithm.BILATERAL_PASS: _("Pairs of participants"),
    Algorithm.BYPASS: _("Bypass in the queue"),
    Algorithm.MAXIMUM_VALUE: _("Maximum value"),
    Algorithm.WITHIN_POSITION_LIMITS: _("Within position limits"),
}
LINK_PHASES: Final = {
    "unknown": _("Not instructed"),
    "instructed": _("Instructed"),
    "matched": _("Matched"),
    "asked": _("Earmarks asked for"),
    "permitted": _("Permitted to settle"),
    "committed": _("Committed"),
    "aborted": _("Aborted"),
    "earmarking": _("Earmarking"),
    "prepared": _("Earmarked, in doubt"),
    "completed": _("Completed"),
    "released": _("Released"),
    "refused": _("Refused"),
}
CYCLE_PHASES: Final = {
    "collecting": _("Collecting"),
    "comparing": _("Comparing results"),
    "paying": _("Paying"),
    "paid": _("Paid"),
    "not_paid": _("Not paid"),
}
LINK_ROLES: Final = {"decider": _("Decides"), "follower": _("Follows")}
#: ISO 20022 messages, by the beginning of their names.
MESSAGES: Final = {
    "admi.002": _("Rejection of a message"),
    "admi.007": _("Acknowledgement of a message"),
    "camt.003": _("Query of accounts"),
    "camt.004": _("Accounts"),
    "camt.005": _("Query of orders"),
    "camt.006": _("Orders"),
    "camt.007": _("Change of an order"),
    "camt.025": _("Receipt"),
    "camt.029": _("Resolution of an investigation"),
    "camt.050": _("Transfer of liquidity"),
    "camt.052": _("Account report"),
    "camt.053": _("Account statement"),
    "camt.054": _("Debit and credit notification"),
    "camt.056": _("Request to cancel an order"),
    "camt.060": _("Request for an account report"),
    "fxtr.014": _("Trade instruction"),
    "fxtr.017": _("Status of a trade"),
    "pacs.002": _("Payment status report"),
    "pacs.004": _("Return of a payment"),
    "pacs.008": _("Customer payment"),
    "pacs.009": _("Payment of an institution"),
    "pacs.010": _("Direct debit of an institution"),
    "pacs.028": _("Request for the status of a payment"),
}
ACTIONS: Final = {
    "set_credit_line": _("Set a credit line"),
    "set_net_sender_limit": _("Set a net sender limit"),
    "set_bilateral_limit": _("Set a bilateral limit"),
    "transfer_in": _("Transfer liquidity in"),
    "transfer_out": _("Transfer liquidity out"),
    "suspend": _("Suspend a participant"),
    "resume": _("Resume a participant"),
    "extend": _("Extend a cut-off"),
    "withdraw_extension": _("Withdraw an extension"),
    "offset": _("Run offsetting"),
    "cancel": _("Cancel an order"),
    "admit": _("Admit a participant"),
    "open_account": _("Open an account"),
    "exit": _("End a membership"),
    "set_rulebook": _("Set the rulebook"),
    "set_clock_changes": _("Set clock changes"),
    "confirm_clock": _("Confirm the clock"),
    "set_standing_net_sender_limit": _("Set a standing net sender limit"),
    "set_standing_bilateral_limit": _("Set a standing bilateral limit"),
    "withdraw_agreed": _("Withdraw an agreed action"),
    "add_key": _("Add a key"),
    "replace_key": _("Replace a key"),
    "revoke_key": _("Revoke a key"),
    "add_operator": _("Add an operator"),
    "replace_token": _("Replace a token"),
    "set_role": _("Set a role"),
    "remove_person": _("Remove a person"),
    "set_screening": _("Set the rules of screening"),
    "set_screening_lists": _("Replace the sanctions lists"),
    "hold_order": _("Hold an order"),
    "release_held_order": _("Release a held order"),
    "reject_held_order": _("Reject a held order"),
    "set_link_contract": _("Set a contract with another system"),
    "suspend_links": _("Suspend links"),
    "resume_links": _("Resume links"),
    "open_links": _("Open links without a peer"),
    "end_link_in_doubt": _("End a link in doubt"),
    "set_policy_rules": _("Set policy rules"),
    "set_cycle_agreement": _("Set an agreement on joint cycles"),
    "open_case": _("Open a case"),
    "act_in_case": _("Act in a case"),
    "decide_case": _("Decide in a case"),
    "set_case_rules": _("Set the rules on cases"),
}
FIELDS: Final = {
    "participant": _("Participant (BIC)"),
    "currency": _("Currency"),
    "counterparty": _("Counterparty (BIC)"),
    "amount": _("Amount"),
    "step": _("Step"),
    "until": _("Until (for example 2026-11-24T16:30:00Z)"),
    "algorithm": _("Algorithm"),
    "uetr": _("UETR"),
    "proposal": _("Number of the proposal"),
    "person": _("Person"),
    "key_id": _("Key id"),
    "public_key": _("Public key"),
    "role": _("Role"),
    "token_sha256": _("SHA-256 of the token"),
    "name": _("Full name"),
    "country": _("Country"),
    "lei": _("LEI"),
    "currencies": _("Currencies"),
    "screening": _("Screening"),
    "travel_rule": _("Travel rule"),
    "peer": _("Peer"),
    "certificate": _("Certificate with two signatures (JSON)"),
    "trial_sha256": _("Digest of a trial"),
    "effective_on": _("Business day from which it holds"),
}
