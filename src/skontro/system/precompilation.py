"""Compilation of the engine's kernels, or their loading from the cache, before the first order."""

from skontro.engine import CommandKind, command, join
from skontro.model import Algorithm
from skontro.system.settlement_system import SettlementSystem
from skontro.system.system_rules import Rules


def precompile(rules: Rules) -> None:
    """Compile or load the kernels that settle orders, so that the first order has no delay."""
    system = SettlementSystem(rules)
    commands = join(
        [
            command(CommandKind.OPEN_DAY, 0),
            command(CommandKind.SUBMIT, 0, payer=0, payee=1, amount=1, payment_class=2),
            command(CommandKind.OFFSET, 0, amount=int(Algorithm.GREATEST_FIFO_SET)),
            command(CommandKind.CLOSE_DAY, 0),
        ]
    )
    system.engine.apply(commands)
    system.engine.why_waiting([0])
    system.engine.first_queued(0, 1)
