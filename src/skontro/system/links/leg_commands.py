"""Commands to the engine about the own legs of links, in one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from skontro.engine import ANY_TIME_AFTER, NO_COMMANDS, CommandKind, Commands, commands_of
from skontro.system.links.link_state import LinkState
from skontro.system.links.obstacles import earmark_account
from skontro.system.links.phases import LegCommand

if TYPE_CHECKING:
    from skontro.system.settlement_system import SettlementSystem

#: The columns of the commands, in the order of `_Command`.
_COLUMNS: Final = ("kind", "order", "amount", "payee", "latest")
_Command: TypeAlias = tuple[int, int, int, int, int]
_KINDS: Final = {
    LegCommand.PERMIT: int(CommandKind.PERMIT),
    LegCommand.EARMARK: int(CommandKind.EARMARK),
    LegCommand.COMPLETE: int(CommandKind.COMPLETE),
    LegCommand.RELEASE: int(CommandKind.RELEASE),
    LegCommand.CANCEL: int(CommandKind.CANCEL),
}


class LegCommands:
    """The commands of one batch in the making.

        commands = LegCommands(system, time)
        commands.add(state, LegCommand.EARMARK)
        commands.to_engine()

    Args:
        system: has the links.
        time: time of the batch.

    Attributes:
        to_be_earmarked: links whose legs the engine is asked to earmark, each once.
    """

    def __init__(self, system: SettlementSystem, time: int) -> None:
        self._system, self._time = system, time
        self._commands: list[_Command] = []
        self.to_be_earmarked: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._commands)

    def add(self, state: LinkState, wanted: LegCommand) -> None:
        """Add the commands about the own legs of a link."""
        book, link, kind = self._system.links, state.terms.link, _KINDS[wanted]
        if wanted == LegCommand.CANCEL:
            self._commands += [
                (kind, order, 0, -1, ANY_TIME_AFTER) for order in book.open_orders_of(link)
            ]
            return
        latest, orders = ANY_TIME_AFTER, book.orders_of(link)
        together = wanted in (LegCommand.EARMARK, LegCommand.PERMIT)
        if wanted == LegCommand.EARMARK:
            book.ask_for_earmark(state)
            self.to_be_earmarked[link] = None
        elif wanted == LegCommand.PERMIT and state.decide_by is not None:
            latest = state.decide_by
        for place, (order, leg) in enumerate(zip(orders, state.legs, strict=True), 1):
            payee = -1
            if wanted == LegCommand.EARMARK:
                payee = earmark_account(self._system, state, leg.currency)
            following = len(orders) - place if together else 0  # legs that follow, to go together
            self._commands.append((kind, order, following, payee, latest))

    def to_engine(self) -> Commands:
        """The commands so far, as the engine takes them."""
        if not self._commands:
            return NO_COMMANDS
        columns = zip(*self._commands, strict=True)
        named = {name: [*column] for name, column in zip(_COLUMNS, columns, strict=True)}
        return commands_of(len(self._commands), time=self._time, **named)
