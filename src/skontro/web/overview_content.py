"""Content of the overview: what the operator sees of the whole system, a bank of its own part."""

from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
import numpy.typing as npt

from skontro.model import Country, Currency, PaymentClass, find_currency
from skontro.service.api.links import may_see_link
from skontro.service.api.service_context import Context
from skontro.service.auth.credentials import Identity
from skontro.service.live_figures import Figures
from skontro.service.peers.health import PeerHealth
from skontro.system import Proposal

#: Rows of accounts on the overview, and countries in its matrix; the rest has pages of its own.
MAX_ACCOUNTS: Final = 12
MAX_COUNTRIES: Final = 12
#: Open proposals that the overview leads to.
MAX_PROPOSALS: Final = 5
#: Links in doubt that the overview names.
MAX_IN_DOUBT: Final = 5

_Int64s = npt.NDArray[np.int64]


def _(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


@attrs.frozen
class CurrencyRow:
    """Figures of one currency, in minor units.

    Attributes:
        currency: of the amounts.
        settled_orders, settled_value: final today.
        queued: number and value of queued orders by class, most urgent first.
        balances, credit_lines, credit_used: of all accounts shown.
    """

    currency: Currency
    settled_orders: int
    settled_value: int
    queued: tuple[tuple[PaymentClass, int, int], ...]
    balances: int
    credit_lines: int
    credit_used: int

    @property
    def queued_orders(self) -> int:
        """Queued orders of all classes."""
        return sum(orders for _, orders, _ in self.queued)

    @property
    def queued_value(self) -> int:
        """Their value."""
        return sum(value for _, _, value in self.queued)


@attrs.frozen
class AccountRow:
    """Liquidity of one account, in minor units."""

    bic: str
    currency: Currency
    balance: int
    credit_line: int
    credit_used: int
    queued_orders: int
    queued_value: int

    @property
    def cover(self) -> int:
        """Balance and free credit."""
        return self.balance + self.credit_line

    @property
    def credit_part(self) -> int:
        """Part of the credit line in use, in percent, rounded up."""
        return _percent(self.credit_used, self.credit_line)

    @property
    def queue_part(self) -> int:
        """Queued value in percent of the cover, at most 100."""
        return min(100, _percent(self.queued_value, max(self.cover, 0) or self.queued_value))


def _percent(part: int, whole: int) -> int:
    return -(-100 * part // whole) if whole else 0


@attrs.frozen
class Corridor:
    """Settled orders from one country to another.

    Attributes:
        orders, national: all; those in a currency that one of both countries issues.
    """

    orders: int
    national: int

    @property
    def shade(self) -> int:
        """Shade of the national share, 0 to 9."""
        return min(9, 10 * self.national // self.orders) if self.orders else 0


@attrs.frozen(eq=False)
class Matrix:
    """National-currency share by corridor, as numbers of settled orders.

    Attributes:
        countries: with most orders first.
        rows: for each country of a payer, one corridor for each country of a payee.
        left_out: countries without a row.
        orders, national: of all corridors.
    """

    countries: tuple[Country, ...]
    rows: tuple[tuple[Corridor, ...], ...]
    left_out: int
    orders: int
    national: int


@attrs.frozen
class LinksPart:
    """Links with other systems.

    Attributes:
        peers: for the operator.
        under_way: links that have not ended here and that the person may see.
        in_doubt: ids of the first of them that lock money without a known decision.
        more_in_doubt: how many of those are left out.
        values: money that they lock, by decider and currency; for the operator.
    """

    peers: tuple[PeerHealth, ...]
    under_way: int
    in_doubt: tuple[str, ...]
    more_in_doubt: int
    values: tuple[tuple[str, Currency, int], ...]

    def values_of(self, peer: str) -> list[tuple[Currency, int]]:
        """Money locked for links that a peer decides, in minor units, by currency."""
        return [(currency, value) for decider, currency, value in self.values if decider == peer]


@attrs.frozen
class Alarm:
    """Something that needs attention.

    Attributes:
        title: a key of the catalogues.
        detail: in English as the service says it, or a figure; may be empty.
        grave: whether settlement is in danger.
    """

    title: str
    detail: str = ""
    grave: bool = False


@attrs.frozen(eq=False)
class Overview:
    """All parts of the overview.

    Attributes:
        figures: from which they are.
        currencies, accounts: those that the person may see; the first accounts only.
        more_accounts: how many accounts are left out.
        matrix, alarms: for the operator.
        links: None where no contract with another system is in force.
        proposals: the first of the person's own side, which a second person there may approve.
        open_proposals: proposals of the person's side that wait for a second person.
    """

    figures: Figures
    currencies: tuple[CurrencyRow, ...]
    accounts: tuple[AccountRow, ...]
    more_accounts: int
    matrix: Matrix | None
    alarms: tuple[Alarm, ...]
    links: LinksPart | None
    proposals: tuple[Proposal, ...]
    open_proposals: int

    @property
    def settled_orders(self) -> int:
        """Orders settled today."""
        return sum(one.settled_orders for one in self.currencies)

    @property
    def queued_orders(self) -> int:
        """Orders in queues now."""
        return sum(one.queued_orders for one in self.currencies)


def overview_of(context: Context, identity: Identity) -> Overview:
    """The overview for a person; from a thread."""
    figures = context.figures.now()
    view = figures.view
    numbers = np.arange(len(view.directory.accounts))
    if not identity.is_operator:
        numbers = np.array(context.mapper.accounts_of(identity.side), np.int64)
    accounts = _account_rows(figures, numbers)
    own = [one for one in view.proposals if one.person.side == identity.side]
    proposals = len(view.proposals) if identity.is_operator else len(own)
    return Overview(
        figures,
        tuple(_currency_rows(figures, numbers)),
        tuple(accounts[:MAX_ACCOUNTS]),
        max(0, len(accounts) - MAX_ACCOUNTS),
        _matrix(figures) if identity.is_operator else None,
        tuple(alarms(context)) if identity.is_operator else (),
        _links(context, identity) if len(view.link_contracts) else None,
        tuple(own[:MAX_PROPOSALS]),
        proposals,
    )


def _currency_rows(figures: Figures, numbers: _Int64s) -> list[CurrencyRow]:
    mine = np.zeros(len(figures.currency_of), np.int64)
    mine[numbers] = 1
    credit_used = figures.credit_used
    sums = [
        figures.by_currency(of_accounts * mine)
        for of_accounts in (
            figures.sent_orders,
            figures.sent_value,
            figures.view.balances,
            figures.view.credit_lines,
            credit_used,
            *figures.queued.orders.T,
            *figures.queued.value.T,
        )
    ]
    held = figures.by_currency(mine)
    rows = []
    for place, currency in enumerate(figures.currencies):
        if not held[place]:
            continue
        settled, value, balances, lines, used, *queued = (one[place] for one in sums)
        half = len(PaymentClass)
        by_class = tuple(zip(PaymentClass, queued[:half], queued[half:], strict=True))
        rows.append(CurrencyRow(currency, settled, value, by_class, balances, lines, used))
    return rows


def _account_rows(figures: Figures, numbers: Sequence[int] | _Int64s) -> list[AccountRow]:
    """Those that need attention first: most of the credit in use, then most queued."""
    view, used = figures.view, figures.credit_used
    orders, value = figures.queued.orders.sum(axis=1), figures.queued.value.sum(axis=1)
    rows = [
        AccountRow(
            account.bic,
            account.currency,
            int(view.balances[number]),
            int(view.credit_lines[number]),
            int(used[number]),
            int(orders[number]),
            int(value[number]),
        )
        for number in numbers
        for account in [view.directory.accounts[number]]
    ]
    rows.sort(key=lambda one: (-one.credit_part, -one.queue_part, one.bic, one.currency))
    return rows


def _matrix(figures: Figures) -> Matrix:
    orders, national = figures.corridor_orders, figures.corridor_national
    of_country = orders.sum(axis=0) + orders.sum(axis=1)
    places = sorted(range(len(of_country)), key=lambda place: (-int(of_country[place]), place))
    kept = sorted(places[:MAX_COUNTRIES])
    return Matrix(
        tuple(figures.countries[place] for place in kept),
        tuple(
            tuple(Corridor(int(orders[row, column]), int(national[row, column])) for column in kept)
            for row in kept
        ),
        len(places) - len(kept),
        int(orders.sum()),
        int(national.sum()),
    )


def _links(context: Context, identity: Identity) -> LinksPart:
    view = context.sequencer.view
    seen = [one for one in view.links_under_way if may_see_link(identity, one)]
    in_doubt = [one.terms.link for one in seen if one.in_doubt]
    if not identity.is_operator:
        return LinksPart((), len(seen), (), len(in_doubt), ())
    return LinksPart(
        tuple(context.peers.health()),
        len(seen),
        tuple(in_doubt[:MAX_IN_DOUBT]),
        len(in_doubt[MAX_IN_DOUBT:]),
        tuple(
            (decider, find_currency(code), value)
            for (decider, code), value in sorted(view.in_doubt.items())
        ),
    )


def alarms(context: Context) -> list[Alarm]:
    """Conditions that need the operator's attention now, worst first."""
    view, found = context.sequencer.view, list[Alarm]()
    why, trouble = context.readiness.why_not(), context.sequencer.clock.trouble
    if why is not None:
        found.append(Alarm(_("The service is not ready"), why, grave=True))
    if trouble is not None:
        found.append(Alarm(_("The wall clock is not followed"), trouble, grave=True))
    if context.screening.lists == "":
        found.append(Alarm(_("No screening engine is ready: orders are held"), grave=True))
    if view.screening_holds:
        found.append(Alarm(_("Orders are held for a decision"), str(view.screening_holds)))
    if view.in_doubt:
        deciders = sorted({one for one, _currency in view.in_doubt})
        found.append(Alarm(_("Money is locked for links in doubt"), ", ".join(deciders)))
    silent = [one.peer for one in context.peers.health() if one.silent and one.url is not None]
    if silent:
        found.append(Alarm(_("Another system does not answer"), ", ".join(silent)))
    if view.suspended:
        found.append(Alarm(_("Suspended participants"), ", ".join(view.suspended)))
    return found
