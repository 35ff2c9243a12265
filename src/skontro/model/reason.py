"""Reason codes: why an order was rejected, returned or cancelled.

The numbers are part of the record and never change. Where several reasons apply, the one with the
lowest number is reported.
"""

from enum import IntEnum


class ReasonCode(IntEnum):
    """A numbered reason, in order of precedence; 0 means that there is nothing to explain."""

    NONE = 0

    # Errors in the text of an instruction, found on input.
    FIELD_MISSING = 10
    FIELD_MALFORMED = 11
    UNKNOWN_CURRENCY = 12
    UNKNOWN_PARTICIPANT = 13
    UNKNOWN_CLASS = 14
    WRONG_EXPONENT = 15
    AMOUNT_NOT_POSITIVE = 16
    AMOUNT_TOO_LARGE = 17
    DUPLICATE_ORDER = 18
    TIMES_OUT_OF_ORDER = 19
    OUTSIDE_BUSINESS_DAY = 20
    AMOUNT_NEGATIVE = 21

    # Rejections by the engine.
    DAY_NOT_OPEN = 30
    NO_SETTLEMENT_ACCOUNT = 31
    SAME_ACCOUNT = 32
    CURRENCIES_DIFFER = 33
    LATEST_TIME_PASSED = 34
    ORDER_UNKNOWN = 35
    ORDER_FINAL = 36
    DAY_ALREADY_OPEN = 37
    ORDER_NOT_QUEUED = 38
    WAITING_VALUE_TOO_LARGE = 39
    TOO_MUCH_MONEY = 40
    INSUFFICIENT_LIQUIDITY = 41
    CREDIT_IN_USE = 42
    UNKNOWN_ALGORITHM = 43
    SELECTION_NOT_PERMITTED = 44
    COUNTERLEG_UNKNOWN = 45
    LEGS_IN_ONE_CURRENCY = 46
    NO_COMMON_TIME = 47
    NOT_UNDER_POSITION_LIMITS = 48
    POSITION_LIMIT_REACHED = 49

    # Ends of an accepted order without settlement.
    CANCELLED_BY_PARTICIPANT = 50
    RETURNED_AT_LATEST_TIME = 51
    RETURNED_AT_END_OF_DAY = 52
    COUNTERLEG_CANCELLED = 53

    # Reasons for holding an accepted order, other than its earliest time.
    AWAITS_COUNTERLEG = 54

    # Ways of settlement other than alone and in turn: 60 plus the algorithm's number.
    OFFSET_ON_ENTRY = 61
    OFFSET_ALL_OR_NOTHING = 62
    OFFSET_IN_GREATEST_FIFO_SET = 63
    OFFSET_IN_BILATERAL_PASS = 64
    BYPASSED_FIFO = 65
    OFFSET_FOR_MAXIMUM_VALUE = 66
    WITHIN_POSITION_LIMITS = 67

    # Reasons for a conversion order without a price.
    NO_QUOTE = 70
    QUOTE_LIMIT_REACHED = 71
    RATE_WORSE_THAN_ACCEPTED = 72
    QUOTE_OFF_REFERENCE = 73

    # Refusals by the business day and by four-eyes control.
    PARTICIPANT_SUSPENDED = 80
    CURRENCY_CLOSED = 81
    CUSTOMER_CUT_OFF_PASSED = 82
    INTERBANK_CUT_OFF_PASSED = 83
    NO_BUSINESS_DAY = 84
    VALUE_DATE_TOO_FAR = 85
    ORDER_NOT_WAREHOUSED = 86
    SECOND_PERSON_NEEDED = 87
    PROPOSAL_UNKNOWN = 88
    PROPOSAL_DECIDED = 89
    NOTHING_TO_EXTEND = 90

    # The reason for warehousing an accepted order.
    AWAITS_VALUE_DATE = 91

    # Refusals of proposals and extensions.
    PROPOSAL_LAPSED = 92
    TOO_MANY_PROPOSALS = 93
    HASH_DIFFERS = 94
    EXTENSION_TOO_EARLY = 95
    EXTENSION_TOO_LATE = 96
    NOTHING_TO_CHANGE = 97
    CREDENTIAL_IN_USE = 98
    TOO_FEW_OPERATORS = 99
    # Rejection by payment versus payment before the engine.
    COUNTERLEG_MISMATCH = 100

    # Refusals by the membership of a running system.
    PARTICIPANT_LEFT = 101
    ACCOUNT_OVERDRAWN = 102
    PARTICIPANT_KNOWN = 103
    ACCOUNT_KNOWN = 104

    # Legs of links between systems: why they wait, why they end, refusals of requests about them.
    LINK_AWAITED = 110
    LEG_NOT_READY = 111
    LINK_NOT_COMMITTED = 112
    NOT_EARMARKED = 113
    EARMARK_ACCOUNT = 114
    # Links with other systems: refusals of a statement or a request.
    LINK_UNKNOWN = 115
    LINK_TERMS_DIFFER = 116
    LINK_STEP_NOT_EXPECTED = 117
    LINK_BEING_DECIDED = 118
    LINK_ENDED = 119

    # Obstacles of an accepted order, with `INSUFFICIENT_LIQUIDITY` and `POSITION_LIMIT_REACHED`.
    AWAITS_EARLIEST_TIME = 120
    AWAITS_RUN = 121
    ORDER_AHEAD = 122
    LIQUIDITY_RESERVED = 123
    NET_SENDER_LIMIT_REACHED = 124
    BILATERAL_LIMIT_REACHED = 125
    COUNTERLEG_WAITS = 126

    # Requests about the times of orders.
    ORDER_HAS_ENTERED = 127
    TIMES_OF_LEG = 128

    # Screening and the Travel Rule: reasons for holding, rejecting and returning orders.
    SCREENING_HOLD = 130
    NOT_SCREENED = 131
    SCREENING_REJECTED = 132
    TRAVEL_RULE_HOLD = 133
    TRAVEL_RULE_REJECTED = 134
    TOO_MANY_HELD = 135
    ORDER_NOT_HELD = 136
    HELD_ORDER_REJECTED = 137
    RETURNED_WHILE_HELD = 138

    # Refusal of a certificate about a link in doubt.
    LINK_CERTIFICATE_INVALID = 139

    # Links with other systems: why one ends, or is not ready.
    LINK_CONTRADICTED = 140
    LINK_LAPSED = 141
    LINK_WITHDRAWN = 142
    LINK_LEG_ENDED = 143
    LINK_CERTIFIED_NOT_COMMITTED = 144
    LINK_CAP_REACHED = 145
    LINK_CUT_OFF_NEAR = 146

    # Refusals by the contracts with other systems.
    LINK_CONTRACT_UNKNOWN = 147
    LINK_CONTRACT_MISMATCH = 148
    LINK_SUSPENDED = 149

    # Policy rules: reasons for holding and rejecting orders, and for refusing a set of rules.
    CAP_EXCEEDED = 150
    NOT_ELIGIBLE = 151
    TOO_MANY_PAYMENTS = 152
    PAYMENTS_BELOW_AMOUNT = 153
    VERSION_NOT_NEW = 154
    RATE_MISSING = 155

    # After a start, until the other systems have confirmed the own record.
    LINKS_SHUT = 156

    # Joint netting cycles with other systems.
    CYCLE_NOT_AVAILABLE = 157
    CYCLE_NOT_AGREED = 158
    CYCLE_NOT_PAYABLE = 159

    # Refusals where systems reach each other over a network.
    LINK_PEER_SILENT = 160

    # One-way payments between systems, over mirror accounts.
    MIRROR_NOT_AGREED = 165
    MIRROR_ACCOUNT = 166
    MIRROR_IN_USE = 167
    # A conversion on the way.
    AMOUNT_OFF_QUOTE = 168

    # Cases about orders: refusals of an act, and of what would break an open case.
    CASE_UNKNOWN = 169
    CASE_ACT_NOT_EXPECTED = 170
    CASE_ENDED = 171
    CASE_KNOWN = 172
    CASE_NOT_FOR_ORDER = 173
    SCHEME_NOT_AGREED = 174
    CASE_AMOUNT_TOO_LARGE = 175
    DELAY_COMPENSATED = 176
    TOO_MANY_CASES = 177
    ORDER_PAYS_CASE = 178
    CASES_OPEN = 179

    @property
    def explanation(self) -> str:
        """The reason in one sentence."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    ReasonCode.NONE: "nothing to explain",
    ReasonCode.FIELD_MISSING: "a required field is missing",
    ReasonCode.FIELD_MALFORMED: "the field cannot be read",
    ReasonCode.UNKNOWN_CURRENCY: "the currency is not an ISO 4217 currency with a minor unit",
    ReasonCode.UNKNOWN_PARTICIPANT: "the participant is not in the participant directory",
    ReasonCode.UNKNOWN_CLASS: "the payment class is not urgent, high or normal",
    ReasonCode.WRONG_EXPONENT: "the amount has more decimals than the currency's minor unit",
    ReasonCode.AMOUNT_NOT_POSITIVE: "the amount is not greater than zero",
    ReasonCode.AMOUNT_TOO_LARGE: "the amount has more than 18 digits in minor units",
    ReasonCode.DUPLICATE_ORDER: "an order with this UETR was submitted before",
    ReasonCode.TIMES_OUT_OF_ORDER: "the latest time is before the earliest time or the submission",
    ReasonCode.OUTSIDE_BUSINESS_DAY: "the time is outside the business days",
    ReasonCode.AMOUNT_NEGATIVE: "the amount is below zero",
    ReasonCode.DAY_NOT_OPEN: "the business day is not open",
    ReasonCode.NO_SETTLEMENT_ACCOUNT: "the participant has no settlement account in the currency",
    ReasonCode.SAME_ACCOUNT: "payer and payee are the same",
    ReasonCode.CURRENCIES_DIFFER: "the two settlement accounts are in different currencies",
    ReasonCode.LATEST_TIME_PASSED: "the latest settlement time had passed when the order was "
    "submitted",
    ReasonCode.ORDER_UNKNOWN: "there is no such order",
    ReasonCode.ORDER_FINAL: "the order has already been settled, returned or cancelled",
    ReasonCode.DAY_ALREADY_OPEN: "the business day is already open",
    ReasonCode.ORDER_NOT_QUEUED: "the order is not in a queue",
    ReasonCode.WAITING_VALUE_TOO_LARGE: "the payer's waiting orders would exceed its share of the "
    "currency and the unused common part",
    ReasonCode.TOO_MUCH_MONEY: "money and credit lines in the currency, or the credit lines alone, "
    "would exceed 4,000,000,000,000,000,000 minor units",
    ReasonCode.INSUFFICIENT_LIQUIDITY: "the account does not have this much unreserved money",
    ReasonCode.CREDIT_IN_USE: "more than the new credit line is in use",
    ReasonCode.UNKNOWN_ALGORITHM: "no algorithm that runs on demand has this number",
    ReasonCode.SELECTION_NOT_PERMITTED: "the selected orders cannot settle together",
    ReasonCode.COUNTERLEG_UNKNOWN: "the counterleg is unknown, or does not name or await this leg",
    ReasonCode.LEGS_IN_ONE_CURRENCY: "both legs are in the same currency",
    ReasonCode.NO_COMMON_TIME: "there is no time at which both legs may settle",
    ReasonCode.NOT_UNDER_POSITION_LIMITS: "the request does not apply where orders settle within "
    "position limits",
    ReasonCode.POSITION_LIMIT_REACHED: "the participant's aggregate position or overall value "
    "would break its limit",
    ReasonCode.CANCELLED_BY_PARTICIPANT: "cancelled by the payer",
    ReasonCode.RETURNED_AT_LATEST_TIME: "still without cover at its latest settlement time",
    ReasonCode.RETURNED_AT_END_OF_DAY: "still without cover at the end of the day",
    ReasonCode.COUNTERLEG_CANCELLED: "cancelled because its counterleg was cancelled",
    ReasonCode.AWAITS_COUNTERLEG: "held until its counterleg is submitted",
    ReasonCode.OFFSET_ON_ENTRY: "settled together with the head of the counterparty's queue",
    ReasonCode.OFFSET_ALL_OR_NOTHING: "settled together with the whole queue of the currency",
    ReasonCode.OFFSET_IN_GREATEST_FIFO_SET: "settled in the greatest set that bypasses no order",
    ReasonCode.OFFSET_IN_BILATERAL_PASS: "settled together with orders between the same two "
    "accounts",
    ReasonCode.BYPASSED_FIFO: "settled before an earlier order of its class that was blocked",
    ReasonCode.OFFSET_FOR_MAXIMUM_VALUE: "settled in the set of the largest value",
    ReasonCode.WITHIN_POSITION_LIMITS: "settled in a pass within position limits",
    ReasonCode.NO_QUOTE: "no market maker quotes these currencies at this time",
    ReasonCode.QUOTE_LIMIT_REACHED: "no quote has enough left",
    ReasonCode.RATE_WORSE_THAN_ACCEPTED: "the best quote is worse than the order accepts",
    ReasonCode.PARTICIPANT_SUSPENDED: "payer or payee is suspended",
    ReasonCode.CURRENCY_CLOSED: "the currency has no settlement on this business day",
    ReasonCode.CUSTOMER_CUT_OFF_PASSED: "the currency's cut-off for customers' payments has passed",
    ReasonCode.INTERBANK_CUT_OFF_PASSED: "the currency's cut-off has passed",
    ReasonCode.NO_BUSINESS_DAY: "the value date has passed or is no business day of the currency",
    ReasonCode.VALUE_DATE_TOO_FAR: "the value date is further ahead than orders may be warehoused",
    ReasonCode.ORDER_NOT_WAREHOUSED: "no such order is warehoused",
    ReasonCode.SECOND_PERSON_NEEDED: "another person of the same side must decide this",
    ReasonCode.PROPOSAL_UNKNOWN: "there is no such proposal",
    ReasonCode.PROPOSAL_DECIDED: "the proposal has already been decided",
    ReasonCode.NOTHING_TO_EXTEND: "the step to be extended has passed",
    ReasonCode.AWAITS_VALUE_DATE: "warehoused until its value date",
    ReasonCode.PROPOSAL_LAPSED: "the proposal has lapsed; propose it again",
    ReasonCode.TOO_MANY_PROPOSALS: "this side or person already has the most open proposals "
    "allowed",
    ReasonCode.HASH_DIFFERS: "the hash differs from that of the proposal as shown",
    ReasonCode.EXTENSION_TOO_EARLY: "the step would be in the past, before its time in the "
    "timetable, or before a step that it follows",
    ReasonCode.EXTENSION_TOO_LATE: "the day would end less than 15 minutes before the start of the "
    "next date",
    ReasonCode.NOTHING_TO_CHANGE: "nothing would change: it is already so, or does not exist",
    ReasonCode.CREDENTIAL_IN_USE: "the key, key id, token or name is in use",
    ReasonCode.TOO_FEW_OPERATORS: "two people with the role operator must remain",
    ReasonCode.COUNTERLEG_MISMATCH: "the counterleg names another order, or the terms stated by "
    "one leg differ from the other",
    ReasonCode.PARTICIPANT_LEFT: "payer or payee has left the system",
    ReasonCode.ACCOUNT_OVERDRAWN: "an account of the participant is below zero; the participant is "
    "suspended and stays",
    ReasonCode.PARTICIPANT_KNOWN: "the participant is already in the directory",
    ReasonCode.ACCOUNT_KNOWN: "the participant already has an account in the currency",
    ReasonCode.LINK_AWAITED: "waits for the decision on its link with other systems",
    ReasonCode.LEG_NOT_READY: "the order is no leg of a link that is set aside",
    ReasonCode.LINK_NOT_COMMITTED: "the link was not committed, and the money is with the payer "
    "again",
    ReasonCode.NOT_EARMARKED: "no money is earmarked for this order",
    ReasonCode.EARMARK_ACCOUNT: "an account for earmarks has no other money, orders or credit",
    ReasonCode.LINK_UNKNOWN: "no bank of this system has instructed the link",
    ReasonCode.LINK_TERMS_DIFFER: "the terms of the link differ from those instructed in this "
    "system",
    ReasonCode.LINK_STEP_NOT_EXPECTED: "the step does not follow from the state of the link",
    ReasonCode.LINK_BEING_DECIDED: "the link is being decided, so that its leg can neither be "
    "cancelled nor changed",
    ReasonCode.LINK_ENDED: "the link has ended",
    ReasonCode.AWAITS_EARLIEST_TIME: "held until its earliest time",
    ReasonCode.AWAITS_RUN: "settles only in a run of offsetting, and waits for the next",
    ReasonCode.ORDER_AHEAD: "an order of the same or a higher class is ahead of it in its payer's "
    "queue",
    ReasonCode.LIQUIDITY_RESERVED: "its payer has the cover, but reserves it for higher classes",
    ReasonCode.NET_SENDER_LIMIT_REACHED: "it would exceed its payer's net-sender limit",
    ReasonCode.BILATERAL_LIMIT_REACHED: "it would exceed its payer's bilateral limit towards the "
    "payee",
    ReasonCode.COUNTERLEG_WAITS: "its counterleg may not settle yet",
    ReasonCode.ORDER_HAS_ENTERED: "its earliest time has come, and no later one can be set",
    ReasonCode.TIMES_OF_LEG: "the times of a leg hold for its counterleg or link too, and stay",
    ReasonCode.QUOTE_OFF_REFERENCE: "the best quote is further from the reference rate than "
    "allowed",
    ReasonCode.SCREENING_HOLD: "held until two people of the operator decide: a party of the "
    "payment may be on a list",
    ReasonCode.NOT_SCREENED: "held until two people of the operator decide: it was not screened",
    ReasonCode.SCREENING_REJECTED: "a party of the payment is on a list",
    ReasonCode.TRAVEL_RULE_HOLD: "held until two people of the operator decide: information on "
    "originator or beneficiary is missing",
    ReasonCode.TRAVEL_RULE_REJECTED: "information on originator or beneficiary is missing",
    ReasonCode.TOO_MANY_HELD: "too many orders, or orders of its payer, are held already",
    ReasonCode.ORDER_NOT_HELD: "no such order is held for a decision of the operator",
    ReasonCode.HELD_ORDER_REJECTED: "two people of the operator rejected the order while it was "
    "held",
    ReasonCode.RETURNED_WHILE_HELD: "still held at the end of its value date",
    ReasonCode.LINK_CERTIFICATE_INVALID: "two officers whom the contract names must have signed "
    "the certificate for the decider of the link",
    ReasonCode.LINK_CONTRADICTED: "the statement contradicts an earlier one, or the record of this "
    "system",
    ReasonCode.LINK_LAPSED: "the decider did not commit until the time by which it was to decide",
    ReasonCode.LINK_WITHDRAWN: "a bank withdrew the link before earmarks were asked for",
    ReasonCode.LINK_LEG_ENDED: "the leg was cancelled, returned or rejected in its own system",
    ReasonCode.LINK_CERTIFIED_NOT_COMMITTED: "two officers of the decider certified that it did "
    "not commit",
    ReasonCode.LINK_CAP_REACHED: "the value in doubt towards the other system would exceed the cap "
    "of the contract",
    ReasonCode.LINK_CUT_OFF_NEAR: "a cut-off of one of the systems is too near for a new decision",
    ReasonCode.LINK_CONTRACT_UNKNOWN: "there is no contract with this system",
    ReasonCode.LINK_CONTRACT_MISMATCH: "the contract names this system otherwise than the "
    "contracts in force, or has no later version",
    ReasonCode.LINK_SUSPENDED: "links with this system are suspended",
    ReasonCode.CAP_EXCEEDED: "it would exceed a cap of the policy rules",
    ReasonCode.NOT_ELIGIBLE: "its currency or purpose is not eligible between these countries",
    ReasonCode.TOO_MANY_PAYMENTS: "more payments within an interval than the policy rules allow",
    ReasonCode.PAYMENTS_BELOW_AMOUNT: "several payments shortly below an amount of the policy "
    "rules",
    ReasonCode.VERSION_NOT_NEW: "the version is not later than that of the policy rules in force",
    ReasonCode.RATE_MISSING: "the policy rules have no rate for a currency of the system",
    ReasonCode.LINKS_SHUT: "links are shut until the other systems have confirmed that this record "
    "is complete",
    ReasonCode.CYCLE_NOT_AVAILABLE: "no agreement on joint cycles has this currency, or this "
    "creditor in another system",
    ReasonCode.CYCLE_NOT_AGREED: "the members of the joint cycle have not signed one result in "
    "time",
    ReasonCode.CYCLE_NOT_PAYABLE: "the net amounts of the joint cycle cannot be paid as one link",
    ReasonCode.LINK_PEER_SILENT: "the other system does not answer, so no new link with it starts",
    ReasonCode.MIRROR_NOT_AGREED: "the contract has no mirror accounts for this currency",
    ReasonCode.MIRROR_ACCOUNT: "a mirror account takes only payments between its two systems",
    ReasonCode.AMOUNT_OFF_QUOTE: "the amounts are not those of the quoted rate, with its rounding",
    ReasonCode.CASE_UNKNOWN: "there is no such case, or the side has no part in it",
    ReasonCode.CASE_ACT_NOT_EXPECTED: "the act does not follow from the state of the case, or is "
    "another party's",
    ReasonCode.CASE_ENDED: "the case is closed",
    ReasonCode.CASE_KNOWN: "the same side has opened a case with this reference, or has an open "
    "one of this type about the order",
    ReasonCode.CASE_NOT_FOR_ORDER: "cases of this type are opened by another side, sooner, or "
    "about orders in another state",
    ReasonCode.SCHEME_NOT_AGREED: "the compensation follows another scheme than the one agreed",
    ReasonCode.CASE_AMOUNT_TOO_LARGE: "more than what is left of the order's amount, or of the "
    "claim",
    ReasonCode.DELAY_COMPENSATED: "this delay is compensated, or is named in another open case",
    ReasonCode.TOO_MANY_CASES: "the side has too many open cases, or the case too many acts",
    ReasonCode.ORDER_PAYS_CASE: "the order pays a case, so its payer cannot cancel or change it",
    ReasonCode.CASES_OPEN: "the participant is a party of open cases",
    ReasonCode.MIRROR_IN_USE: "the mirror account has a balance or payments under way, or mirrors "
    "another system",
}
