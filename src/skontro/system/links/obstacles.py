"""Obstacles to a link in the own system: contract, participants, cut-off, cap, a closed day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from skontro.model import Phase, ReasonCode
from skontro.system.links.link_state import LinkState
from skontro.system.links.phases import Occurrence, Role
from skontro.system.links.protocol_table import UNFIT_ACCOUNT
from skontro.system.links.statements import Step
from skontro.system.links.terms import LinkTerms
from skontro.system.steps import StepKind

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

_SECOND = 1_000_000
#: Inputs that end an earmark: only a closed day delays them.
_ENDINGS = (Step.COMMITTED, Step.NOT_COMMITTED, Occurrence.CERTIFICATE)
_CUT_OFFS = (StepKind.INTERBANK_CUT_OFF, StepKind.END_OF_DAY)


def refusal_of_terms(system: SettlementSystem, terms: LinkTerms) -> ReasonCode:
    """Why the contracts in force do not allow a link with these terms; NONE if they do.

    The decider has a contract with each follower, and a follower with the decider. Each contract
    is named by its digest, lets the decider decide, and has the currencies of all legs of both.
    """
    own = system.link_contracts.own_system
    if own not in terms.systems:
        return ReasonCode.LINK_CONTRACT_UNKNOWN
    for peer in terms.peers_of(own):
        contract = system.link_contracts.get(peer)
        if contract is None:
            return ReasonCode.LINK_CONTRACT_UNKNOWN
        follower = peer if own == terms.decider else own
        named = terms.leg_of(follower).contract
        decides = contract.decider in (terms.decider, "closes_first")
        settles = all(
            contract.side(one).linked(leg.currency) is not None
            for one in (own, peer)
            for leg in terms.legs_of(one)
        )
        if named != contract.digest.hex() or not decides or not settles:
            return ReasonCode.LINK_CONTRACT_MISMATCH
    return ReasonCode.NONE


@attrs.frozen(eq=False)
class Obstacles:
    """Obstacles in one batch of links.

        obstacles = Obstacles(system, time)
        obstacles.to(state, Step.EARMARK)  # ReasonCode.NONE if there is none

    Contracts, suspensions and the business day are the same for the whole batch. So what follows
    from them alone is found once for all links of a kind.

    Attributes:
        system: the own system.
        time: record time of the batch.
    """

    system: SettlementSystem
    time: int
    #: By the shape of terms: what contracts and suspended peers stop, and a cut-off that is near.
    _by_terms: dict[Any, ReasonCode] = attrs.field(factory=dict, init=False)
    _by_peers: dict[Any, ReasonCode] = attrs.field(factory=dict, init=False)
    _by_cut_off: dict[Any, ReasonCode] = attrs.field(factory=dict, init=False)

    def to(self, state: LinkState, cause: Step | Occurrence) -> ReasonCode:
        """Why this system would not ask for earmarks, earmark, or end an earmark now.

        Args:
            state: the link.
            cause: the input to it.
        """
        system = self.system
        if system.clock.phase != Phase.OPEN:
            return ReasonCode.DAY_NOT_OPEN
        if cause in _ENDINGS:
            return ReasonCode.NONE
        terms = state.terms
        shape = terms.shape
        reason = self._by_peers.get(shape)
        if reason is None:
            reason = self.to_terms(terms) or _suspension_of_peers(system, state)
            self._by_peers[shape] = reason
        reason = reason or _suspension_of_parties(system, state)
        if not reason:
            near = self._by_cut_off.get(shape)
            if near is None:
                near = self._by_cut_off[shape] = _cut_off_near(system, state, self.time)
            reason = near
        if not reason and state.role == Role.FOLLOWER:
            reason = _account_unfit(system, state, cause) or _cap_reached(system, state)
        return reason

    def to_terms(self, terms: LinkTerms) -> ReasonCode:
        """As `refusal_of_terms`."""
        found = self._by_terms.get(terms.shape)
        if found is None:
            found = self._by_terms[terms.shape] = refusal_of_terms(self.system, terms)
        return found


def earmark_account(system: SettlementSystem, state: LinkState, currency: str) -> int:
    """The number of the account for earmarks of a follower's leg; -1 if there is none."""
    linked = system.link_contracts.own_side(state.terms.decider).linked(currency)
    holder = "" if linked is None else linked.earmark_account
    account = system.directory.account_number(holder, currency)
    return -1 if account is None else account


def _account_unfit(
    system: SettlementSystem, state: LinkState, cause: Step | Occurrence
) -> ReasonCode:
    """Why an account for earmarks cannot hold the earmark that a peer asks for now.

    The leg itself may be ready all the same. Said to be so again, it would be asked for at once.
    """
    if cause != Step.EARMARK:
        return ReasonCode.NONE
    for order, leg in zip(system.links.orders_of(state.terms.link), state.legs, strict=True):
        account = earmark_account(system, state, leg.currency)
        reason = system.engine.earmark_account_obstacle(order, account)
        if reason in UNFIT_ACCOUNT:
            return reason
    return ReasonCode.NONE


def _suspension_of_peers(system: SettlementSystem, state: LinkState) -> ReasonCode:
    suspended = system.link_contracts.suspended
    if any(one in suspended for one in state.terms.systems if one != state.system):
        return ReasonCode.LINK_SUSPENDED
    return ReasonCode.NONE


def _suspension_of_parties(system: SettlementSystem, state: LinkState) -> ReasonCode:
    if not system.suspended:
        return ReasonCode.NONE
    parties = {bic for leg in state.legs for bic in (leg.payer, leg.payee)}
    if not parties.isdisjoint(system.suspended):
        return ReasonCode.PARTICIPANT_SUSPENDED
    return ReasonCode.NONE


def _cut_off_near(system: SettlementSystem, state: LinkState, time: int) -> ReasonCode:
    """Whether the own cut-off comes too soon for a link to be decided before it."""
    currencies = {leg.currency for leg in state.legs}
    passed = Phase.INTERBANK_CUT_OFF_PASSED
    if any(system.clock.phases[currency] >= passed for currency in currencies):
        return ReasonCode.LINK_CUT_OFF_NEAR
    ends = [
        step.due
        for step in system.clock.steps
        if step.kind in _CUT_OFFS and step.currency in ("", *currencies)
    ]
    peers = [one for one in state.terms.systems if one in system.link_contracts]
    contracts = [system.link_contracts.get(peer) for peer in peers]
    margins = [one.timers.stop_before_cut_off for one in contracts if one is not None]
    near = bool(ends) and min(ends) - max(margins) * _SECOND < time
    return ReasonCode.LINK_CUT_OFF_NEAR if near else ReasonCode.NONE


def _cap_reached(system: SettlementSystem, state: LinkState) -> ReasonCode:
    """Whether the earmarks would bring a value in doubt above the cap of the contract."""
    decider, amounts = state.terms.decider, dict[str, int]()
    side = system.link_contracts.own_side(decider)
    for leg in state.legs:
        amounts[leg.currency] = amounts.get(leg.currency, 0) + leg.amount
    for currency, amount in amounts.items():
        linked = side.linked(currency)
        value = system.links.value_in_doubt(decider, currency) + amount
        if linked is None or value > linked.cap:
            return ReasonCode.LINK_CAP_REACHED
    return ReasonCode.NONE
