"""Positions in two parts of 62 bits, against integers of any size."""

from random import Random

from skontro.engine.records import ACCOUNT, PRICE, RULES, zeroed
from skontro.engine.rules.position_limits import LOW_BITS, PRICE_BITS, keeps_position_limits


def test_positions_add_up_like_integers_of_any_size() -> None:
    draw, kept = Random(7), 0
    sizes = (0, 3, 31, 32, 61)
    for _ in range(150):
        number = draw.randrange(1, 4)
        accounts, prices = zeroed(number, ACCOUNT), zeroed(number, PRICE)
        ring, rules = zeroed(number, ACCOUNT["currency"]), zeroed(1, RULES)
        value = short = 0
        for account in range(number):
            balance = draw.choice([-1, 1, 1]) * draw.randrange(1 << draw.choice(sizes))
            price = [draw.randrange(1 << draw.choice([1, 31, PRICE_BITS])) for _ in range(3)]
            accounts[account]["balance"], accounts[account]["currency"] = balance, account
            prices[account] = tuple(price)
            ring[account] = (account + 1) % number
            value += balance * (price[1] if balance >= 0 else price[2])
            short += max(0, -balance) * price[0]
        for more in (-(1 << LOW_BITS), -1, 0, 1, 1 << LOW_BITS):
            limit = short + more
            if limit < 0:
                continue
            rules[0]["aggregate_high"] = limit >> LOW_BITS
            rules[0]["aggregate_low"] = limit & ((1 << LOW_BITS) - 1)
            found = keeps_position_limits(accounts, ring, prices, rules, draw.randrange(number))
            assert found == (value >= 0 and more >= 0)
            kept += found
    assert 100 < kept < 400, kept
