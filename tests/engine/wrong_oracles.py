"""Oracles with one rule wrong each: negative controls of the comparison with the engine."""

from skontro.model import Algorithm
from tests.engine.oracle import Command, Oracle, Order
from tests.engine.oracle_queues import First


class LimitsIgnoreReceipts(Oracle):
    def count(self, number: int, other: int, paid: int) -> None:
        super().count(number, other, max(0, paid))


class LimitsForgetTheirCount(Oracle):
    def control(self, c: Command) -> None:
        super().control(c)
        if self.exists(c.payer) and (limit := self.accounts[c.payer].net_sender_limit):
            limit.count = 0


class LimitsOutliveTheDay(Oracle):
    def close(self, time: int) -> None:
        limits = [account.bilateral_limits for account in self.accounts]
        super().close(time)
        for account, kept in zip(self.accounts, limits, strict=True):
            account.bilateral_limits = kept


class ReservationsAreNotUsedUp(Oracle):
    def used_up(self, reserved: dict[int, int], orders: list[Order]) -> dict[int, int]:
        return reserved


class BypassIsUnbounded(Oracle):
    def may_bypass(self, payer: int, payment_class: int) -> bool:
        bypass = self.rulebook.bypass
        return bypass is not None and payment_class in bypass.classes


class BypassesAreCountedOnForTheNextFirst(Oracle):
    def note_firsts(self, payer: int) -> None:
        before = {place: first.bypasses for place, first in self.firsts.items()}
        super().note_firsts(payer)
        for place, first in self.firsts.items():
            first.bypasses = before.get(place, first.bypasses)


class OffsettingCountsAsBypass(Oracle):
    def settle_together(self, orders: list[Order], algorithm: Algorithm, time: int) -> None:
        super().settle_together(orders, algorithm, time)
        for order in orders:
            first = self.firsts.get((order.payer, order.payment_class), First(-1))
            first.bypasses += 1


class OrdersArePostedByNumber(Oracle):
    def posting_order(self, orders: list[Order]) -> list[Order]:
        return sorted(orders, key=lambda order: order.number)


class PairsAreTakenByNumber(Oracle):
    def pairs_in_turn(self, between: dict[tuple[int, int], list[Order]]) -> list[tuple[int, int]]:
        return sorted(super().pairs_in_turn(between))


class OnEntryOnlyALoneHeadIsTried(Oracle):
    def offset_on_entry(self, order: Order, time: int) -> bool:
        return self.queue(order.payee)[1:] == [] and super().offset_on_entry(order, time)


class GreatestSetIsAllOrNothing(Oracle):
    def greatest_fifo_set(self, queued: list[Order]) -> list[Order]:
        return queued if self.permitted_together(queued) else []


class MovesToTheEndDoNotJoin(Oracle):
    def put_last(self, order: Order) -> None:
        queued_before = order.state == "queued"
        super().put_last(order)
        self.joined -= queued_before


class JoiningsAreRememberedOvernight(Oracle):
    def close(self, time: int) -> None:
        joined = self.joined
        super().close(time)
        self.joined = joined


class AllShareOneBound(Oracle):
    def has_room(self, payer: int, waits: dict[int, int]) -> bool:
        return sum(waits.values()) <= 4 * 10**18


class SharesComeOutOfTheCommonPart(Oracle):
    def has_room(self, payer: int, waits: dict[int, int]) -> bool:
        return waits[payer] <= 2 * 10**18 - sum(waits.values())


class TheCommonPartIsForWhoComesFirst(Oracle):
    def has_room(self, payer: int, waits: dict[int, int]) -> bool:
        share = 10**18 // max(16, len(waits))
        return sum(max(0, value - share) for value in waits.values()) <= 2 * 10**18


class AnEarlierTimeIsAwaitedAllTheSame(Oracle):
    def change_times(self, c: Command) -> None:
        known = 0 <= c.order < len(self.orders)
        before = self.orders[c.order].earliest if known else None
        super().change_times(c)
        if known and self.orders[c.order].state == "held":
            self.orders[c.order].earliest = max(before or 0, self.orders[c.order].earliest or 0)


class TheFirstLatestTimeStays(Oracle):
    def change_times(self, c: Command) -> None:
        known = 0 <= c.order < len(self.orders)
        before = self.orders[c.order].latest if known else None
        super().change_times(c)
        if known and before is not None:
            self.orders[c.order].latest = before


WRONG_ORACLES: list[type[Oracle]] = [
    LimitsIgnoreReceipts,
    LimitsForgetTheirCount,
    LimitsOutliveTheDay,
    ReservationsAreNotUsedUp,
    BypassIsUnbounded,
    BypassesAreCountedOnForTheNextFirst,
    OffsettingCountsAsBypass,
    OrdersArePostedByNumber,
    PairsAreTakenByNumber,
    OnEntryOnlyALoneHeadIsTried,
    GreatestSetIsAllOrNothing,
    MovesToTheEndDoNotJoin,
    JoiningsAreRememberedOvernight,
    AllShareOneBound,
    SharesComeOutOfTheCommonPart,
    TheCommonPartIsForWhoComesFirst,
    AnEarlierTimeIsAwaitedAllTheSame,
    TheFirstLatestTimeStays,
]
