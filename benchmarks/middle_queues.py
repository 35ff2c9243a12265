"""Queues of 30 to 70 orders with their largest value by another solver, for the tests.

`python -m benchmarks.middle_queues > middle_queues.json` draws anew those of
`tests/engine/offsetting/maximum_value`. CP-SAT reasons in integers throughout; the rules are told
to it as they stand, not as the engine's own problem states them: conditions where an order of a
class settles, not permissions.
"""

import json
import random
import sys
from typing import Any, Final

from ortools.sat.python import cp_model

#: How many queues, and how long CP-SAT may take for one; those that it does not prove are left out.
NUMBER: Final = 60
_SECONDS: Final = 60.0


def draw(seed: int) -> dict[str, Any]:
    """Queues of three to 25 accounts, scarce and less scarce, half of them with reservations."""
    source = random.Random(seed)
    number, accounts = source.randrange(30, 71), source.randrange(3, 26)
    spread, percent = source.choice([0.5, 1.0, 1.5, 2.2]), source.choice([0, 1, 3, 5, 10, 20, 40])
    scale = source.choice([1, 100, 10**5])
    orders = []
    for _ in range(number):
        payer = source.randrange(accounts)
        payee = (payer + source.randrange(1, accounts)) % accounts
        amount = max(1, round(source.lognormvariate(6.5, spread) * scale))
        orders.append([payer, source.choice([0, 1, 2, 2, 2]), payee, amount])
    orders.sort(key=lambda order: order[:2])
    mean = sum(order[3] for order in orders) // accounts
    cover = [round(mean * percent / 50 * source.random()) for _ in range(accounts)]
    reserved = [[0, 0] for _ in range(accounts)]
    if seed % 2:
        reserved = [
            [source.choice([0, round(mean * source.random() / 4)]) for _ in range(2)]
            for _ in range(accounts)
        ]
    limits = [
        round(mean * source.random()) if seed % 4 == 3 and source.random() < 0.3 else None
        for _ in range(accounts)
    ]
    return {"orders": orders, "cover": cover, "reserved": reserved, "net_sender_limit": limits}


def solve(queues: dict[str, Any]) -> int | None:
    """The largest value, or None if CP-SAT did not prove it in time."""
    model = cp_model.CpModel()
    orders = queues["orders"]
    settles = [model.new_bool_var(f"x{row}") for row in range(len(orders))]
    for account, cover in enumerate(queues["cover"]):
        own = [row for row, order in enumerate(orders) if order[0] == account]
        paid = [
            sum(orders[row][3] * settles[row] for row in own if orders[row][1] == payment_class)
            for payment_class in range(3)
        ]
        received = sum(
            order[3] * x for order, x in zip(orders, settles, strict=True) if order[2] == account
        )
        net = sum(paid) - received
        model.add(net <= cover)
        if queues["net_sender_limit"][account] is not None:
            model.add(net <= queues["net_sender_limit"][account])
        for payment_class in (1, 2):
            rest = []
            for lower in range(payment_class):
                reserved = queues["reserved"][account][lower]
                unused = model.new_int_var(0, max(reserved, 0), f"r{account}{payment_class}{lower}")
                model.add(unused >= reserved - paid[lower])
                rest.append(unused)
            for row in own:
                if orders[row][1] == payment_class:
                    model.add(cover - net >= sum(rest)).only_enforce_if(settles[row])
    model.maximize(sum(order[3] * x for order, x in zip(orders, settles, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = _SECONDS
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


def main() -> None:
    """Draw and solve; progress on standard error."""
    found: list[dict[str, Any]] = []
    seed = 0
    while len(found) < NUMBER:
        queues = draw(seed)
        value = solve(queues)
        print(seed, value, file=sys.stderr, flush=True)
        if value is not None:
            found.append({"seed": seed, **queues, "value": value})
        seed += 1
    print('{"queues": [')
    print(",\n".join(json.dumps(queues, separators=(",", ":")) for queues in found))
    print("]}")


if __name__ == "__main__":
    main()
